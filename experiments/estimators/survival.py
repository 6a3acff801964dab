"""Time to payment, cure or complaint: log-rank, Cox, restricted mean.

Source: Mantel (1966), Cancer Chemother. Rep. 50; Cox (1972), J. R. Stat. Soc. B 34, ties by Efron (1977),
JASA 72; Irwin (1949) and Royston and Parmar (2013), BMC Med. Res. Methodol. 13 (restricted mean).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from experiments.estimators.data import BoolArray, Contrast, FloatArray, Options
from experiments.estimators.protocol import FunctionEstimator
from experiments.estimators.results import Estimate, NotEstimable, Result, quantile, two_sided_p, wald

_HAZARD = "log hazard ratio, treatment against control; 0 when there is no effect"
_MAX_STEPS = 50


@dataclass(frozen=True)
class RiskTable:
    """Counts at each distinct event time.

    Attributes:
        time: (m,) distinct event times.
        at_risk, at_risk_treated: (m,) accounts still watched just before.
        events, events_treated: (m,) events then.
    """

    time: FloatArray
    at_risk: FloatArray
    at_risk_treated: FloatArray
    events: FloatArray
    events_treated: FloatArray


def risk_table(time: FloatArray, event: BoolArray, treated: BoolArray) -> RiskTable:
    """Return the risk table; accounts censored at an event time still count as at risk then."""
    moments = np.unique(time[event])
    ordered, ordered1 = np.sort(time), np.sort(time[treated])
    at_risk = time.size - np.searchsorted(ordered, moments, "left")
    at_risk1 = ordered1.size - np.searchsorted(ordered1, moments, "left")
    where = np.searchsorted(moments, time[event])
    events = np.bincount(where, minlength=moments.size)
    events1 = np.bincount(where, weights=treated[event].astype(np.float64), minlength=moments.size)
    return RiskTable(
        moments,
        at_risk.astype(np.float64),
        at_risk1.astype(np.float64),
        events.astype(np.float64),
        events1.astype(np.float64),
    )


@dataclass(frozen=True)
class LogRank:
    """Log-rank test.

    Attributes:
        observed, expected: events in treatment, seen and expected without an effect.
        variance: hypergeometric variance of observed - expected.
    """

    observed: float
    expected: float
    variance: float

    @property
    def chi_square(self) -> float:
        """Statistic on one degree of freedom."""
        return (self.observed - self.expected) ** 2 / self.variance


def log_rank(table: RiskTable) -> LogRank:
    """Return the log-rank test of a risk table."""
    share = table.at_risk_treated / table.at_risk
    expected = float((table.events * share).sum())
    left = np.maximum(table.at_risk - 1.0, 1.0)
    variance = float((table.events * share * (1.0 - share) * (table.at_risk - table.events) / left).sum())
    return LogRank(float(table.events_treated.sum()), expected, variance)


def _columns(data: Contrast) -> tuple[FloatArray, BoolArray]:
    time = data.time if data.time is not None else np.zeros(data.n)
    event = data.event if data.event is not None else np.zeros(data.n, dtype=bool)
    return time, event


def _log_rank(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    time, event = _columns(data)
    if not bool(event.any()):
        return NotEstimable(self.name, "no event was seen", data.n)
    test = log_rank(risk_table(time, event, data.treated))
    if test.variance <= 0.0:
        return NotEstimable(self.name, "only one arm was watched while events happened", data.n)
    # the one-step estimate: score over information at no effect
    value, se = (test.observed - test.expected) / test.variance, 1.0 / math.sqrt(test.variance)
    return wald(self.name, self.estimand, value, se, math.inf, options.level, data.n)


@dataclass(frozen=True)
class CoxFit:
    """A Cox fit.

    Attributes:
        coefficients: (p,) log hazard ratios.
        covariance: (p, p).
        converged: whether Newton's steps settled.
    """

    coefficients: FloatArray
    covariance: FloatArray
    converged: bool


def cox(time: FloatArray, event: BoolArray, X: FloatArray) -> CoxFit:
    """Return the partial-likelihood fit with Efron's treatment of ties.

    Args:
        time: (n,) time to event or censoring.
        event: (n,) whether the event was seen.
        X: (n, p) covariates.
    """
    order = np.argsort(-time, kind="stable")
    t, d, x = time[order], event[order], X[order] - X.mean(axis=0)
    beta: FloatArray = np.zeros(X.shape[1])
    information: FloatArray = np.eye(X.shape[1])
    likelihood, converged = -math.inf, False
    step: FloatArray = np.zeros_like(beta)
    for _ in range(_MAX_STEPS):
        value, score, trial = _efron(t, d, x, beta)
        if value < likelihood - 1e-10 * abs(likelihood):
            step = np.asarray(step / 2.0, dtype=np.float64)
            beta = beta - step
            continue
        likelihood, information = value, trial
        try:
            step = np.asarray(np.linalg.solve(information, score), dtype=np.float64)
        except np.linalg.LinAlgError:
            return CoxFit(beta, np.full_like(information, np.nan), False)
        if float(np.abs(step).max()) < 1e-10:
            converged = True
            break
        beta = beta + step
    covariance = np.asarray(np.linalg.pinv(information), dtype=np.float64)
    return CoxFit(beta, covariance, converged and bool(np.isfinite(beta).all()))


def _efron(
    t: FloatArray, d: BoolArray, x: FloatArray, beta: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Return log partial likelihood, score and information; rows come in falling order of time."""
    p = x.shape[1]
    risk = np.exp(np.clip(x @ beta, -500.0, 500.0))
    sum0 = np.cumsum(risk)
    sum1 = np.cumsum(risk[:, None] * x, axis=0)
    outer = (x[:, :, None] * x[:, None, :]).reshape(x.shape[0], p * p)
    sum2 = np.cumsum(risk[:, None] * outer, axis=0)
    rows = np.flatnonzero(d)
    moments, first, count = np.unique(-t[rows], return_index=True, return_counts=True)
    last = np.searchsorted(-t, moments, "right") - 1  # last row of the risk set at each event time
    tied0 = np.add.reduceat(risk[rows], first)
    tied1 = np.add.reduceat(risk[rows][:, None] * x[rows], first, axis=0)
    tied2 = np.add.reduceat(risk[rows][:, None] * outer[rows], first, axis=0)
    repeat = np.repeat(np.arange(moments.size), count)
    start = np.repeat(np.cumsum(count) - count, count)
    fraction = (np.arange(rows.size) - start) / np.repeat(count, count)
    s0 = sum0[last][repeat] - fraction * tied0[repeat]
    mean = (sum1[last][repeat] - fraction[:, None] * tied1[repeat]) / s0[:, None]
    second = (sum2[last][repeat] - fraction[:, None] * tied2[repeat]) / s0[:, None]
    value = float((x[rows] @ beta).sum() - np.log(s0).sum())
    score = x[rows].sum(axis=0) - mean.sum(axis=0)
    information = second.sum(axis=0).reshape(p, p) - mean.T @ mean
    return value, score, information


def _cox(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    time, event = _columns(data)
    arms = [int(event[arm].sum()) for arm in (data.treated, ~data.treated)]
    if min(arms) == 0:
        return NotEstimable(
            self.name, f"treatment has {arms[0]} and control {arms[1]} events: no finite hazard ratio", data.n
        )
    fit = cox(time, event, np.column_stack((data.treated.astype(np.float64), data.covariates)))
    if not fit.converged:
        return NotEstimable(
            self.name, "the partial likelihood has no maximum, or a covariate is constant", data.n
        )
    se = math.sqrt(max(float(fit.covariance[0, 0]), 0.0))
    return wald(self.name, self.estimand, float(fit.coefficients[0]), se, math.inf, options.level, data.n)


def restricted_mean(time: FloatArray, event: BoolArray, horizon: float) -> tuple[float, float]:
    """Return the mean time free of the event up to `horizon` and its Greenwood variance."""
    table = risk_table(time, event, np.zeros(time.size, dtype=bool))
    keep = table.time < horizon
    moments, at_risk, events = table.time[keep], table.at_risk[keep], table.events[keep]
    survival = np.concatenate(([1.0], np.cumprod(1.0 - events / at_risk)))
    edges = np.concatenate(([0.0], moments, [horizon]))
    pieces = survival * np.diff(edges)
    after = np.cumsum(pieces[::-1])[::-1][1:]  # area to the right of each event time
    room = np.maximum(at_risk * (at_risk - events), 0.0)
    terms = np.divide(events, room, out=np.zeros_like(events), where=room > 0.0)
    return float(pieces.sum()), float((after**2 * terms).sum())


def _restricted_mean(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    time, event = _columns(data)
    longest = min(float(time[data.treated].max()), float(time[~data.treated].max()))
    horizon = longest if options.horizon is None else options.horizon
    if horizon > longest or horizon <= 0.0:
        return NotEstimable(
            self.name, f"nobody in one arm was watched up to {horizon:g}; the longest is {longest:g}", data.n
        )
    parts = [restricted_mean(time[arm], event[arm], horizon) for arm in (data.treated, ~data.treated)]
    gap, variance = parts[0][0] - parts[1][0], parts[0][1] + parts[1][1]
    if variance <= 0.0:
        return NotEstimable(self.name, f"no event was seen before {horizon:g}", data.n)
    se, z = math.sqrt(variance), quantile(options.level, math.inf)
    return Estimate(
        self.name,
        f"{self.estimand}, up to {horizon:g}",
        gap,
        se,
        math.inf,
        options.level,
        gap - z * se,
        gap + z * se,
        two_sided_p(gap / se, math.inf),
        data.n,
    )


_NEEDS = ("time", "event")
ESTIMATORS: tuple[FunctionEstimator, ...] = (
    FunctionEstimator("log_rank", ("time_to_event",), _HAZARD, _log_rank, _NEEDS),
    FunctionEstimator("cox", ("time_to_event",), _HAZARD, _cox, _NEEDS),
    FunctionEstimator(
        "restricted_mean",
        ("time_to_event",),
        "difference of mean time without the event, treatment minus control, in the unit of time",
        _restricted_mean,
        _NEEDS,
    ),
)
