"""Operating characteristics of group-sequential designs: power, expected size, inflation, futility.

Drift is the expected Z at information 1. A fixed test with the same error and power needs information
``(z_alpha + z_beta)^2`` per unit effect; all ratios are to that.

Source: Jennison and Turnbull (2000), chapter 2; Pampallona and Tsiatis (1994), J. Stat. Plan. Inference 42
(beta spending).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from experiments.sequential.bounds import Bounds, check_level, lower_for, upper_for
from experiments.sequential.integration import (
    ExitProbabilities,
    FloatArray,
    check_information,
    exit_probabilities,
    start,
)
from experiments.sequential.spending import spent


def fixed_drift(alpha: float, sides: int, power: float) -> float:
    """Return the drift at which a fixed-sample test has `power` (the far tail is not counted)."""
    return float(ndtri(1.0 - alpha / sides) + ndtri(power))


@dataclass(frozen=True)
class Inflation:
    """Price of looking early, relative to the fixed test of equal error and power.

    Attributes:
        drift: drift at which the sequential design has `power`.
        power: that power.
        inflation: maximum information over fixed information.
        expected_h0, expected_half, expected_h1: expected information over fixed information when the effect
            is zero, half the design effect, the design effect.
    """

    drift: float
    power: float
    inflation: float
    expected_h0: float
    expected_half: float
    expected_h1: float


def drift_for_power(bounds: Bounds, power: float) -> float:
    """Return the drift at which the design rejects on the effect's own side with probability `power`.

    A two-sided design also rejects on the wrong side, with a chance that is no power and is not counted.
    """
    check_level(power, "power")

    def excess(drift: float) -> float:
        return float(bounds.exits(drift).upper.sum()) - power

    high = fixed_drift(bounds.alpha, bounds.sides, max(power, 0.5)) + 1.0
    while excess(high) < 0.0:
        high += 2.0
    return float(brentq(excess, 0.0, high, xtol=1e-12, rtol=1e-13))


def inflation(bounds: Bounds, power: float) -> Inflation:
    """Return the inflation factor and expected sizes of a design without futility stopping."""
    drift = drift_for_power(bounds, power)
    factor = (drift / fixed_drift(bounds.alpha, bounds.sides, power)) ** 2
    expected = [factor * bounds.exits(share * drift).expected_information for share in (0.0, 0.5, 1.0)]
    return Inflation(drift, power, factor, *expected)


@dataclass(frozen=True)
class FutilityDesign:
    """Efficacy and futility boundaries that meet at the last look.

    Attributes:
        information: (K,) information fractions.
        upper, lower: (K,) Z boundaries: reject above, stop for futility below.
        cumulative_beta: (K,) type II error spent by each look at `drift`.
        binding: whether the type I error counts on stopping for futility.
        inflation: price, as for designs without futility.
    """

    information: FloatArray
    upper: FloatArray
    lower: FloatArray
    cumulative_beta: FloatArray
    binding: bool
    inflation: Inflation

    def exits(self, drift: float) -> ExitProbabilities:
        """Exit probabilities when futility is obeyed."""
        return exit_probabilities(self.information, self.lower, self.upper, drift)


def futility_design(
    information: Sequence[float] | FloatArray,
    alpha_rule: str,
    beta_rule: str,
    alpha: float,
    power: float,
    *,
    binding: bool,
    alpha_parameter: float | None = None,
    beta_parameter: float | None = None,
) -> FutilityDesign:
    """Return one-sided boundaries with alpha spending above and beta spending below.

    Args:
        information: (K,) information fractions ending at 1.
        alpha_rule: spending rule of the efficacy boundary, one of `spending.SPENDING_RULES`.
        beta_rule: spending rule of the futility boundary.
        alpha: one-sided type I error.
        power: 1 - beta, exact at the returned drift.
        binding: if true the efficacy boundary is lowered because crossing the futility boundary stops the
            test for certain; if false the type I error holds even when futility is ignored.
        alpha_parameter: rho or gamma of the alpha rule, where needed.
        beta_parameter: rho or gamma of the beta rule, where needed.
    """
    times = check_information(information)
    check_level(alpha, "alpha")
    check_level(power, "power")
    beta = 1.0 - power
    spend_a = [spent(alpha_rule, float(t), alpha, alpha_parameter) for t in times]
    spend_b = [spent(beta_rule, float(t), beta, beta_parameter) for t in times]

    def excess(drift: float) -> float:
        upper, lower = _bounds_for_drift(times, spend_a, spend_b, drift, binding)
        return _lower_error(times, upper, lower, drift) - beta

    base = fixed_drift(alpha, 1, power)
    drift = float(brentq(excess, 0.9 * base, 2.0 * base, xtol=1e-12, rtol=1e-13))
    upper, lower = _bounds_for_drift(times, spend_a, spend_b, drift, binding)
    lower[-1] = upper[-1]
    exits = [exit_probabilities(times, lower, upper, share * drift) for share in (0.0, 0.5, 1.0)]
    factor = (drift / base) ** 2
    price = Inflation(drift, power, factor, *(factor * e.expected_information for e in exits))
    return FutilityDesign(times, upper, lower, np.cumsum(exits[2].lower), binding, price)


def _lower_error(times: FloatArray, upper: FloatArray, lower: FloatArray, drift: float) -> float:
    """Type II error when the last look accepts everything below its efficacy boundary."""
    closed = lower.copy()
    closed[-1] = upper[-1]
    return float(exit_probabilities(times, closed, upper, drift).lower.sum())


def _bounds_for_drift(
    times: FloatArray, spend_a: Sequence[float], spend_b: Sequence[float], drift: float, binding: bool
) -> tuple[FloatArray, FloatArray]:
    null, null_open, alternative = start(), start(), start()
    upper, lower = np.empty(times.size), np.empty(times.size)
    used_a = used_b = 0.0
    for k, t in enumerate(times):
        time = float(t)
        upper[k] = upper_for(null if binding else null_open, time, spend_a[k] - used_a, 0.0)
        low = lower_for(alternative, time, spend_b[k] - used_b, drift)
        # A futility boundary above efficacy would leave no continuation region.
        lower[k] = min(low, upper[k])
        used_a, used_b = spend_a[k], spend_b[k]
        if k + 1 == times.size:
            break
        gap = float(times[k + 1] - t)
        null_open = null_open.advance(time, -math.inf, float(upper[k]), 0.0, gap)
        null = null.advance(time, float(lower[k]), float(upper[k]), 0.0, gap)
        alternative = alternative.advance(time, float(lower[k]), float(upper[k]), drift, gap)
    return upper, lower
