"""Many treatments against one control (Dunnett), and all pairs (Tukey).

The statistics share the control arm, so they are equicorrelated through it: with sizes n0 and n_i the
correlation of T_i and T_j is lambda_i * lambda_j, lambda_i = sqrt(n_i / (n_i + n0)); one quadrature over the
shared part and one over the variance estimate give exact critical values, p-values and power.

Source: Dunnett (1955), JASA 50; Dunnett (1964), Biometrics 20.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import studentized_range
from scipy.stats import t as student

from experiments.design.checks import positive, probability, sides_of
from experiments.design.quadrature import normal_nodes, scale_nodes
from sim.errors import InputError

FloatArray: TypeAlias = npt.NDArray[np.float64]


def loadings(n_control: float, n_treatments: Sequence[float]) -> FloatArray:
    """Return (k,) lambda_i = sqrt(n_i / (n_i + n_control))."""
    sizes = np.asarray(n_treatments, dtype=np.float64)
    if sizes.size == 0 or np.any(sizes <= 0.0) or n_control <= 0.0:
        raise InputError(
            "sizes", str([n_control, *n_treatments]), "positive sizes of control and treatments",
            "Leave out arms without accounts."
        )
    return np.sqrt(sizes / (sizes + n_control))


def equal_loadings(k: int, ratio_control: float = 1.0) -> FloatArray:
    """Return (k,) loadings when control has `ratio_control` times the size of each treatment."""
    if k < 1:
        raise InputError("arms", k, "at least one treatment", "Count the arms beside control.")
    return loadings(positive(ratio_control, "ratio"), [1.0] * k)


def no_rejection(
    critical: float, lam: FloatArray, df: float, sides: int, shift: FloatArray | None = None
) -> float:
    """P(no statistic beyond `critical`): |T_i| <= c for all i when two-sided, T_i <= c otherwise.

    Args:
        critical: common critical value.
        lam: (k,) loadings.
        df: degrees of freedom of the pooled variance; infinite for known variance.
        sides: 1 or 2.
        shift: (k,) noncentralities; none for the null.
    """
    z, wz = normal_nodes()
    s, ws = scale_nodes(df)
    delta = np.zeros(lam.size) if shift is None else shift
    total = np.ones((s.size, z.size))
    for load, move in zip(lam, delta, strict=True):
        own = math.sqrt(1.0 - load * load)
        upper = (critical * s[:, None] - load * z[None, :] - move) / own
        inside = np.asarray(ndtr(upper), dtype=np.float64)
        if sides == 2:
            inside = inside - ndtr((-critical * s[:, None] - load * z[None, :] - move) / own)
        total *= inside
    return float(ws @ total @ wz)


def dunnett_critical(lam: FloatArray, df: float, alpha: float, sides: int) -> float:
    """Return the critical value that holds the family-wise error of all comparisons with
    control at `alpha`.
    """
    probability(alpha, "alpha")
    sides_of(sides)
    low = float(student.isf(alpha / sides, df))
    high = float(student.isf(alpha / sides / lam.size, df)) + 1e-6
    return float(
        brentq(
            lambda c: 1.0 - no_rejection(c, lam, df, sides) - alpha, low - 1e-6, high, xtol=1e-12, rtol=1e-13
        )
    )


def dunnett_p_values(statistics: Sequence[float], lam: FloatArray, df: float, sides: int) -> FloatArray:
    """Return (k,) single-step adjusted p-values of the statistics against control."""
    values = np.abs(np.asarray(statistics, dtype=np.float64)) if sides == 2 else np.asarray(statistics)
    return np.array([min(1.0, max(0.0, 1.0 - no_rejection(float(v), lam, df, sides))) for v in values])


@dataclass(frozen=True)
class DunnettPower:
    """Power of a many-to-one test.

    Attributes:
        marginal: P(the first treatment's statistic is beyond the critical value).
        disjunctive: P(at least one statistic beyond the critical value).
        conjunctive: P(all treatments found), upper tails.
    """

    marginal: float
    disjunctive: float
    conjunctive: float


def dunnett_power(
    critical: float, shift: Sequence[float], lam: FloatArray, df: float, sides: int
) -> DunnettPower:
    """Return marginal (of the first treatment), disjunctive and conjunctive power.

    Args:
        critical: from `dunnett_critical`.
        shift: (k,) noncentralities, effect over standard error.
        lam: (k,) loadings.
        df: degrees of freedom.
        sides: 1 or 2.
    """
    delta = np.asarray(shift, dtype=np.float64)
    marginal = 1.0 - no_rejection(critical, lam[:1], df, sides, delta[:1])
    disjunctive = 1.0 - no_rejection(critical, lam, df, sides, delta)
    z, wz = normal_nodes()
    s, ws = scale_nodes(df)
    every = np.ones((s.size, z.size))
    for load, move in zip(lam, delta, strict=True):
        own = math.sqrt(1.0 - load * load)
        every *= ndtr((move + load * z[None, :] - critical * s[:, None]) / own)
    return DunnettPower(marginal, disjunctive, float(ws @ every @ wz))


def tukey_critical(groups: int, df: float, alpha: float = 0.05) -> float:
    """Return the studentised-range quantile for all pairs of `groups`; divide by sqrt(2) for a t scale."""
    if groups < 2:
        raise InputError("groups", groups, "at least two groups", "Count all arms, control too.")
    probability(alpha, "alpha")
    if math.isinf(df):
        z, wz = normal_nodes()

        def excess(q: float) -> float:
            inside = np.asarray(ndtr(z + q) - ndtr(z), dtype=np.float64) ** (groups - 1)
            return groups * float(wz @ inside) - (1.0 - alpha)

        return float(brentq(excess, 0.0, 20.0, xtol=1e-12))
    return float(studentized_range.isf(alpha, groups, df))
