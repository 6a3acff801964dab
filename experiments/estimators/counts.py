"""Proportions and event rates, normal and exact.

Source: Fleiss, Levin and Paik (2003), chapter 3; Farrington and Manning (1990), Statistics in Medicine 9
(score interval); Fisher (1935); Przyborowski and Wilenski (1940), Biometrika 31 (conditional test of two
Poisson rates); Clopper and Pearson (1934), Biometrika 26.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betaincinv
from scipy.stats import binom, hypergeom

from experiments.design.proportions import score_interval, score_statistic
from experiments.estimators.data import Contrast, Options
from experiments.estimators.protocol import FunctionEstimator
from experiments.estimators.results import Estimate, NotEstimable, Result, quantile, two_sided_p

_SAME = 1.0 + 1e-7
"""Outcomes as likely as the observed one up to rounding belong to the two-sided exact p-value."""
_PROPORTION = "difference of proportions, treatment minus control"
_RATE = "ratio of event rates per unit of exposure, treatment over control; 1 when there is no effect"


def _table(data: Contrast) -> tuple[int, int, int, int] | None:
    """Return (treated events, treated, control events, control), or None for outcomes other than 0 and 1."""
    if not bool(np.isin(data.outcome, (0.0, 1.0)).all()):
        return None
    x1, x0 = int(data.outcome[data.treated].sum()), int(data.outcome[~data.treated].sum())
    return x1, data.n_treated, x0, data.n_control


def zero_bound(accounts: int, level: float) -> float:
    """Return the exact upper bound of a share of which no event was seen: 1 - (1 - level)^(1 / accounts).

    Source: Hanley and Lippman-Hand (1983), JAMA 249; one-sided, the Clopper-Pearson limit at 0 events.
    """
    return float(-np.expm1(np.log1p(-level) / accounts))


def same_everywhere(events: int, n1: int, n0: int, level: float) -> str:
    """Return why accounts that all have the same outcome give no normal error, and what is known all the same."""
    bounds = [zero_bound(n, level) for n in (n1, n0)]
    if events:
        bounds = [1.0 - bound for bound in bounds]
    return (f"{'nothing but events' if events else 'no event'} among {n1:,} treated and {n0:,} control accounts: shares of at "
            f"{'least' if events else 'most'} {bounds[0]:.3%} and {bounds[1]:.3%} (exact {level:.0%} bounds)")


def _exact_same(table: tuple[int, int, int, int], level: float) -> tuple[float, float]:
    """Return the interval of a difference of proportions where all accounts have the same outcome.

    Each limit is one arm's exact one-sided bound with the other arm at the edge, so that it covers at least at the level.
    """
    _, n1, _, n0 = table
    half = 0.5 + level / 2.0
    up, down = zero_bound(n1, half), zero_bound(n0, half)
    return (-down, up) if table[0] == 0 else (-up, down)


_NOT_BINARY = "the outcome holds values other than 0 and 1"


def _pooled_z(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    table = _table(data)
    if table is None:
        return NotEstimable(self.name, _NOT_BINARY, data.n)
    x1, n1, x0, n0 = table
    p1, p0, pooled = x1 / n1, x0 / n0, (x1 + x0) / (n1 + n0)
    null = math.sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n0))
    if null == 0.0:
        return NotEstimable(self.name, same_everywhere(x1 + x0, n1, n0, options.level), data.n)
    se = math.sqrt(p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0)
    half = quantile(options.level, math.inf) * se
    gap = p1 - p0
    return Estimate(
        self.name,
        self.estimand,
        gap,
        se,
        math.inf,
        options.level,
        gap - half,
        gap + half,
        two_sided_p(gap / null, math.inf),
        data.n,
    )


def _score(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    table = _table(data)
    if table is None:
        return NotEstimable(self.name, _NOT_BINARY, data.n)
    x1, n1, x0, n0 = table
    if x1 + x0 in (0, n1 + n0):
        return NotEstimable(self.name, same_everywhere(x1 + x0, n1, n0, options.level), data.n)
    low, high = score_interval((x0, x1), (n0, n1), quantile(options.level, math.inf))
    p1, p0 = x1 / n1, x0 / n0
    se = math.sqrt(p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0)
    p = two_sided_p(score_statistic((x0, x1), (n0, n1)), math.inf)
    return Estimate(self.name, self.estimand, p1 - p0, se, math.inf, options.level, low, high, p, data.n)


def fisher_p(x1: int, n1: int, x0: int, n0: int) -> float:
    """Return the two-sided Fisher p-value: all tables as likely as, or less likely than, the observed one."""
    total = x1 + x0
    support = np.arange(max(0, total - n0), min(n1, total) + 1)
    mass = hypergeom.pmf(support, n1 + n0, total, n1)
    return min(1.0, float(mass[mass <= mass[x1 - support[0]] * _SAME].sum()))


def _fisher(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    table = _table(data)
    if table is None:
        return NotEstimable(self.name, _NOT_BINARY, data.n)
    x1, n1, x0, n0 = table
    low, high = _exact_same(table, options.level)
    if x1 + x0 not in (0, n1 + n0):
        low, high = score_interval((x0, x1), (n0, n1), quantile(options.level, math.inf))
    p1, p0 = x1 / n1, x0 / n0
    se = math.sqrt(p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0)
    return Estimate(
        self.name,
        self.estimand,
        p1 - p0,
        se if se > 0.0 else math.nan,
        math.inf,
        options.level,
        low,
        high,
        fisher_p(x1, n1, x0, n0),
        data.n,
    )


def share_interval(successes: int, total: int, level: float) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) interval of a binomial share."""
    tail = (1.0 - level) / 2.0
    low = 0.0 if successes == 0 else float(betaincinv(successes, total - successes + 1, tail))
    high = 1.0 if successes == total else float(betaincinv(successes + 1, total - successes, 1.0 - tail))
    return low, high


def exact_rate_test(x1: int, exposure1: float, x0: int, exposure0: float) -> float:
    """Return the two-sided exact conditional p-value of equal Poisson rates."""
    total, share = x1 + x0, exposure1 / (exposure1 + exposure0)
    mass = binom.pmf(np.arange(total + 1), total, share)
    return min(1.0, float(mass[mass <= mass[x1] * _SAME].sum()))


def _rate_ratio(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    events = data.outcome
    if bool((events < 0.0).any()) or not bool((events == np.round(events)).all()):
        return NotEstimable(self.name, "the outcome holds values that are no counts", data.n)
    exposure = data.exposure if data.exposure is not None else np.ones(data.n)
    x1, x0 = int(events[data.treated].sum()), int(events[~data.treated].sum())
    t1, t0 = float(exposure[data.treated].sum()), float(exposure[~data.treated].sum())
    if min(t1, t0) <= 0.0:
        return NotEstimable(self.name, "an arm has no exposure", data.n)
    if x1 + x0 == 0:
        return NotEstimable(self.name, "no event was seen in either arm", data.n)
    low, high = share_interval(x1, x1 + x0, options.level)
    scale = t0 / t1
    upper = math.inf if high == 1.0 else scale * high / (1.0 - high)
    ratio = math.inf if x0 == 0 else (x1 / t1) / (x0 / t0)
    se = ratio * math.sqrt(1.0 / x1 + 1.0 / x0) if min(x1, x0) > 0 else math.nan
    return Estimate(
        self.name,
        self.estimand,
        ratio,
        se,
        math.inf,
        options.level,
        scale * low / (1.0 - low),
        upper,
        exact_rate_test(x1, t1, x0, t0),
        data.n,
    )


ESTIMATORS: tuple[FunctionEstimator, ...] = (
    FunctionEstimator("pooled_z", ("proportion",), _PROPORTION, _pooled_z, (), 1),
    FunctionEstimator("score", ("proportion",), _PROPORTION, _score, (), 1),
    FunctionEstimator("fisher_exact", ("proportion",), _PROPORTION, _fisher, (), 1),
    FunctionEstimator("rate_ratio_exact", ("count",), _RATE, _rate_ratio, (), 1),
)
