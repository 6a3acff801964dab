"""Outcomes that are mostly zero with a heavy tail: winsorised and two-part means, quantiles, ranks.

Source: Tukey and McLaughlin (1963), Sankhya A 25 (winsorising); Aitchison (1955), JASA 50, and Zhou and Tu
(2000), Biometrics 56 (two-part lognormal mean); Woodruff (1952), JASA 47 (quantile intervals); Mann and
Whitney (1947), DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44 (error of the rank estimate).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import binom, rankdata

from experiments.estimators.data import Contrast, FloatArray, Options
from experiments.estimators.moments import moments_of, welch_of
from experiments.estimators.protocol import FunctionEstimator
from experiments.estimators.results import Estimate, NotEstimable, Result, quantile, two_sided_p, wald

_AMOUNTS = ("mean", "count")


def winsorised(outcome: FloatArray, share: float) -> FloatArray:
    """Return the outcome capped at its pooled quantile: one cap for both arms, so that no arm gains by it."""
    return np.minimum(outcome, np.quantile(outcome, share))


def _winsorised(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    capped = winsorised(data.outcome, options.winsorise)
    if float(capped.max()) == float(capped.min()):
        share = float((data.outcome > capped.max()).mean())
        return NotEstimable(
            self.name,
            f"the cap at quantile {options.winsorise:g} removes all variation "
            f"({share:.2%} of accounts lie above it)",
            data.n,
        )
    got = welch_of(moments_of(capped[data.treated]), moments_of(capped[~data.treated]))
    return wald(self.name, self.estimand, got.estimate, got.se, got.df, options.level, data.n)


def _two_part_arm(outcome: FloatArray) -> tuple[float, float] | None:
    """Return the mean of a zero-inflated lognormal and its variance, or None with fewer than 3 positives."""
    positive = outcome[outcome > 0.0]
    if positive.size < 3:
        return None
    share = positive.size / outcome.size
    log = np.log(positive)
    centre, spread = float(log.mean()), float(log.var(ddof=1))
    mean = share * math.exp(centre + spread / 2.0)
    relative = (
        (1.0 - share) / (outcome.size * share)
        + spread / positive.size
        + spread**2 / (2.0 * (positive.size - 1))
    )
    return mean, mean**2 * relative


def _two_part(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    if bool((data.outcome < 0.0).any()):
        return NotEstimable(self.name, "the outcome has negative values", data.n)
    arms = [_two_part_arm(data.outcome[arm]) for arm in (data.treated, ~data.treated)]
    if arms[0] is None or arms[1] is None:
        return NotEstimable(self.name, "an arm has fewer than 3 accounts with an amount above 0", data.n)
    gap = arms[0][0] - arms[1][0]
    return wald(
        self.name, self.estimand, gap, math.sqrt(arms[0][1] + arms[1][1]), math.inf, options.level, data.n
    )


def _quantile_arm(outcome: FloatArray, share: float, level: float) -> tuple[float, float]:
    """Return a sample quantile and its Woodruff standard error from order statistics."""
    ordered = np.sort(outcome)
    n = ordered.size
    low = int(binom.ppf((1.0 - level) / 2.0, n, share))
    high = int(binom.ppf((1.0 + level) / 2.0, n, share)) + 1
    left, right = ordered[max(low - 1, 0)], ordered[min(high, n) - 1]
    return float(np.quantile(ordered, share)), float(right - left) / (2.0 * quantile(level, math.inf))


def _quantile(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    parts = [
        _quantile_arm(data.outcome[arm], options.quantile, options.level)
        for arm in (data.treated, ~data.treated)
    ]
    if parts[0][1] == 0.0 or parts[1][1] == 0.0:
        return NotEstimable(
            self.name,
            f"quantile {options.quantile:g} is a value that many accounts share "
            f"({parts[0][0]:g} in treatment, {parts[1][0]:g} in control)",
            data.n,
        )
    se = math.hypot(parts[0][1], parts[1][1])
    return wald(self.name, self.estimand, parts[0][0] - parts[1][0], se, math.inf, options.level, data.n)


def mann_whitney_p(outcome: FloatArray, treated: np.ndarray, *, continuity: bool) -> float:
    """Return the two-sided Mann-Whitney p-value: normal, corrected for ties and, if asked, for continuity."""
    ranks = rankdata(outcome)
    n1, n0 = int(treated.sum()), int((~treated).sum())
    u = float(ranks[treated].sum()) - n1 * (n1 + 1) / 2.0
    _, counts = np.unique(outcome, return_counts=True)
    n = n1 + n0
    ties = float((counts.astype(np.float64) ** 3 - counts).sum()) / (n * (n - 1.0))
    sd = math.sqrt(n1 * n0 / 12.0 * (n + 1.0 - ties))
    if sd == 0.0:
        return 1.0
    gap = u - n1 * n0 / 2.0
    if continuity:
        gap = math.copysign(max(abs(gap) - 0.5, 0.0), gap)
    return two_sided_p(gap / sd, math.inf)


def _mann_whitney(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    treated, control = data.outcome[data.treated], data.outcome[~data.treated]
    sorted0, sorted1 = np.sort(control), np.sort(treated)
    # placements: share of the other arm below (ties half)
    place1 = 0.5 * (np.searchsorted(sorted0, treated, "left") + np.searchsorted(sorted0, treated, "right"))
    place0 = 0.5 * (np.searchsorted(sorted1, control, "left") + np.searchsorted(sorted1, control, "right"))
    place1, place0 = place1 / control.size, 1.0 - place0 / treated.size
    value = float(place1.mean())
    variance = float(place1.var(ddof=1)) / treated.size + float(place0.var(ddof=1)) / control.size
    if variance <= 0.0:
        return NotEstimable(self.name, "the arms do not overlap at all, or all outcomes are equal", data.n)
    se, z = math.sqrt(variance), quantile(options.level, math.inf)
    p = mann_whitney_p(data.outcome, data.treated, continuity=True)
    return Estimate(
        self.name,
        self.estimand,
        value - 0.5,
        se,
        math.inf,
        options.level,
        value - 0.5 - z * se,
        value - 0.5 + z * se,
        p,
        data.n,
    )


ESTIMATORS: tuple[FunctionEstimator, ...] = (
    FunctionEstimator(
        "winsorised",
        _AMOUNTS,
        "difference of means of the outcome capped at a pooled quantile, treatment minus control",
        _winsorised,
    ),
    FunctionEstimator(
        "two_part",
        _AMOUNTS,
        "difference of share paying times lognormal mean paid, treatment minus control",
        _two_part,
    ),
    FunctionEstimator(
        "quantile", _AMOUNTS, "difference of quantiles, treatment minus control", _quantile, (), 10
    ),
    FunctionEstimator(
        "mann_whitney",
        ("mean", "count"),
        "P(treated above control) + half P(equal) - 1/2: 0 when neither arm tends to be larger",
        _mann_whitney,
    ),
)
