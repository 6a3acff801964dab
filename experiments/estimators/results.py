"""What an estimator returns: an estimate that describes itself, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from scipy.special import ndtr, ndtri, stdtr, stdtrit

from sim.errors import InputError


@dataclass(frozen=True)
class Estimate:
    """One contrast of a treatment with control.

    Attributes:
        estimator: registered name.
        estimand: what is estimated, in words, with its unit.
        estimate: the value, treatment against control.
        se: standard error; nan where the method gives only a test or an exact interval.
        df: degrees of freedom; infinite where the normal distribution is used.
        level: confidence level.
        ci_low, ci_high: confidence interval at that level.
        p_value: two-sided, against no effect.
        n: accounts used, both arms.
        clusters: clusters used, 0 where each account stands alone.
    """

    estimator: str
    estimand: str
    estimate: float
    se: float
    df: float
    level: float
    ci_low: float
    ci_high: float
    p_value: float
    n: int
    clusters: int = 0


@dataclass(frozen=True)
class NotEstimable:
    """Why nothing can be said.

    Attributes:
        estimator: registered name.
        reason: one sentence for the person who reads the result.
        n: accounts that were there.
    """

    estimator: str
    reason: str
    n: int = 0


Result: TypeAlias = Estimate | NotEstimable


def two_sided_p(statistic: float, df: float) -> float:
    """Return the two-sided p-value of a z (df infinite) or t statistic."""
    size = -abs(statistic)
    return 2.0 * float(ndtr(size) if math.isinf(df) else stdtr(df, size))


def quantile(level: float, df: float) -> float:
    """Return the upper quantile that gives a two-sided interval of `level`."""
    upper = 0.5 + level / 2.0
    return float(ndtri(upper) if math.isinf(df) else stdtrit(df, upper))


def wald(
    estimator: str,
    estimand: str,
    estimate: float,
    se: float,
    df: float,
    level: float,
    n: int,
    clusters: int = 0,
) -> Result:
    """Return a symmetric estimate with t or normal inference, or NotEstimable where the error is not a
    number.
    """
    if not (math.isfinite(estimate) and math.isfinite(se)) or se <= 0.0:
        return NotEstimable(estimator, "the outcome does not vary, so its error cannot be estimated", n)
    if df <= 0.0 or math.isnan(df):
        return NotEstimable(estimator, "no degrees of freedom are left to estimate the error", n)
    half = quantile(level, df) * se
    return Estimate(
        estimator,
        estimand,
        estimate,
        se,
        df,
        level,
        estimate - half,
        estimate + half,
        two_sided_p(estimate / se, df),
        n,
        clusters,
    )


def check_confidence(level: float, where: str = "level") -> float:
    """Return `level` if it is a confidence level."""
    if not 0.5 <= level < 1.0:
        raise InputError(where, level, "a confidence level from 0.5 to below 1", "95 % is 0.95.")
    return level
