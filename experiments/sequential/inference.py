"""Inference after a group-sequential test stopped, and what its naive estimate hides.

Stage-wise ordering: stopping earlier through the upper boundary is stronger evidence for a positive effect
than stopping later; within one look the larger Z is stronger. p-value, confidence interval and
median-unbiased estimate all come from the probability of stronger evidence as a function of the drift.

Source: Jennison and Turnbull (2000), chapters 8 and 9; Proschan, Lan and Wittes (2006), chapter 3
(conditional power); Emerson and Fleming (1990), Biometrika 77.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from experiments.sequential.bounds import Bounds, efficacy_bounds
from experiments.sequential.integration import FloatArray, exit_probabilities, start
from sim.errors import InputError

_SMALLEST_P = 1e-15


@dataclass(frozen=True)
class RepeatedInference:
    """Valid at every look, whatever made the test stop.

    Attributes:
        look: number of the look, from 1.
        estimate: the maximum-likelihood estimate at this look, in the unit of the metric.
        ci_low, ci_high: repeated confidence interval; a one-sided design of level alpha gives coverage 1 - 2
            alpha.
        p_value: repeated p-value: the smallest level at which this rule would have rejected at this look.
        reject: whether the boundary is crossed at this look.
    """

    look: int
    estimate: float
    ci_low: float
    ci_high: float
    p_value: float
    reject: bool


@dataclass(frozen=True)
class FinalInference:
    """Stage-wise inference at the look where the test stopped.

    Attributes:
        look: look at which the test stopped, from 1.
        p_value: one-sided for a one-sided design, else two-sided.
        estimate: median-unbiased estimate, in the unit of the metric.
        ci_low, ci_high: confidence interval with coverage 1 - 2 alpha (one-sided) or 1 - alpha (two-sided).
        naive_estimate: the maximum-likelihood estimate, biased away from zero by stopping.
    """

    look: int
    p_value: float
    estimate: float
    ci_low: float
    ci_high: float
    naive_estimate: float


def repeated_inference(
    bounds: Bounds, look: int, estimate: float, standard_error: float
) -> RepeatedInference:
    """Return repeated confidence interval and p-value at one look.

    Args:
        bounds: the design.
        look: number of the look, from 1.
        estimate: effect estimate at this look.
        standard_error: its standard error.
    """
    k = _index(bounds, look)
    _check_se(standard_error)
    z = estimate / standard_error
    half = float(bounds.z[k]) * standard_error
    size = abs(z) if bounds.sides == 2 else z
    return RepeatedInference(
        look,
        estimate,
        estimate - half,
        estimate + half,
        _repeated_p(bounds, k, size),
        size >= float(bounds.z[k]),
    )


def _repeated_p(bounds: Bounds, k: int, z: float) -> float:
    def margin(log_level: float) -> float:
        at = efficacy_bounds(
            bounds.information, bounds.rule, math.exp(log_level), bounds.sides, bounds.parameter
        )
        return float(at.z[k]) - z

    low, high = math.log(_SMALLEST_P), math.log(bounds.sides * 0.5 - 1e-9)
    if margin(high) > 0.0:
        return 1.0  # not even the loosest level would have rejected
    if margin(low) < 0.0:
        return _SMALLEST_P
    return math.exp(float(brentq(margin, low, high, xtol=1e-12)))


def final_inference(bounds: Bounds, look: int, estimate: float, standard_error: float) -> FinalInference:
    """Return stage-wise p-value, confidence interval and median-unbiased estimate after stopping.

    Args:
        bounds: the design; looks after `look` do not matter.
        look: look at which the test stopped, from 1: the first crossing, or the last look.
        estimate: effect estimate at that look.
        standard_error: its standard error.
    """
    k = _index(bounds, look)
    _check_se(standard_error)
    z = estimate / standard_error
    # theta = drift / sqrt(maximum information), and the standard error at look k is 1 / sqrt(information k)
    unit = standard_error * math.sqrt(float(bounds.information[k]))
    tail = bounds.alpha if bounds.sides == 1 else bounds.alpha / 2.0

    def drift_at(probability: float) -> float:
        def excess(drift: float) -> float:
            return stronger_evidence(bounds, look, z, drift) - probability

        centre = z / math.sqrt(float(bounds.information[k]))
        low, high = centre - 4.0, centre + 4.0
        while excess(low) > 0.0:
            low -= 4.0
        while excess(high) < 0.0:
            high += 4.0
        return float(brentq(excess, low, high, xtol=1e-11, rtol=1e-13))

    upward = stronger_evidence(bounds, look, z, 0.0)
    p = upward if bounds.sides == 1 else min(1.0, 2.0 * min(upward, 1.0 - upward))
    return FinalInference(
        look, p, drift_at(0.5) * unit, drift_at(tail) * unit, drift_at(1.0 - tail) * unit, estimate
    )


def stronger_evidence(bounds: Bounds, look: int, z: float, drift: float) -> float:
    """P(evidence for a positive effect at least as strong as stopping at `look` with `z`) under `drift`."""
    k = _index(bounds, look)
    times, upper, lower = bounds.information[: k + 1], bounds.z[: k + 1].copy(), bounds.lower[: k + 1].copy()
    if bounds.sides == 2 and z < 0.0:
        lower[k], upper[k] = z, np.inf
        exits = exit_probabilities(times, lower, upper, drift)
        return 1.0 - float(exits.lower.sum())
    upper[k] = z
    return float(exit_probabilities(times, lower, upper, drift).upper.sum())


@dataclass(frozen=True)
class NaiveEstimate:
    """What the maximum-likelihood estimate does under a stopping rule, on the drift scale.

    Attributes:
        drift: true drift.
        power: P(reject), both tails when two-sided.
        mean: E[estimate].
        bias: mean - drift.
        mean_given_reject: E[estimate given rejection]; nan when rejection is impossible.
        expected_information: mean information fraction at stopping.
    """

    drift: float
    power: float
    mean: float
    bias: float
    mean_given_reject: float
    expected_information: float


def naive_estimate(bounds: Bounds, drift: float) -> NaiveEstimate:
    """Return mean and bias of the maximum-likelihood estimate when the test stops at its boundary."""
    times, density = bounds.information, start()
    mean_rejected = probability = expected_information = mean_all = 0.0
    for k, t in enumerate(times):
        time, upper, lower = float(t), float(bounds.z[k]), float(bounds.lower[k])
        gap = time - density.information
        sd, centre = math.sqrt(gap), density.nodes + drift * gap
        up, up_mean = _tail_moments(centre, density.mass, sd, upper * math.sqrt(time))
        down, down_mean = _tail_moments(-centre, density.mass, sd, -lower * math.sqrt(time))
        left = up + down
        probability += left
        mean_rejected += (up_mean - down_mean) / time
        if k + 1 == times.size:
            mean_all = mean_rejected + (float(density.mass @ centre) - up_mean + down_mean) / time
            expected_information += density.surviving * time
            break
        expected_information += left * time
        density = density.advance(time, lower, upper, drift, float(times[k + 1] - t))
    given = mean_rejected / probability if probability > 0.0 else math.nan
    return NaiveEstimate(drift, probability, mean_all, mean_all - drift, given, expected_information)


def _tail_moments(centre: FloatArray, mass: FloatArray, sd: float, bound: float) -> tuple[float, float]:
    """Probability and first moment of a normal mixture above `bound`."""
    if math.isinf(bound):
        return 0.0, 0.0
    standard = (bound - centre) / sd
    tail = np.asarray(ndtr(-standard), dtype=np.float64)
    density = np.exp(-0.5 * standard * standard) / math.sqrt(2.0 * math.pi)
    return float(mass @ tail), float(mass @ (centre * tail + sd * density))


@dataclass(frozen=True)
class ConditionalPower:
    """P(Z at information 1 exceeds the critical value, given the interim Z).

    Attributes:
        design: under the drift that the design assumed.
        trend: under the drift estimated so far.
        null: under no effect.
        predictive: averaged over the posterior of the drift from a flat prior.
    """

    design: float
    trend: float
    null: float
    predictive: float


def conditional_power(information: float, z: float, critical: float, design_drift: float) -> ConditionalPower:
    """Return conditional and predictive power by the B-value.

    Args:
        information: information fraction of the interim look, above 0 and below 1.
        z: interim statistic.
        critical: critical value of the final look.
        design_drift: expected final Z under the design effect.
    """
    if not 0.0 < information < 1.0:
        raise InputError(
            "information",
            information,
            "an information fraction above 0 and below 1",
            "At 1 the test is over: compare Z with its boundary.",
        )
    left = 1.0 - information
    value = z * math.sqrt(information)

    def given(drift: float) -> float:
        return float(ndtr((value + drift * left - critical) / math.sqrt(left)))

    predictive = float(ndtr((z / math.sqrt(information) - critical) * math.sqrt(information / left)))
    return ConditionalPower(given(design_drift), given(z / math.sqrt(information)), given(0.0), predictive)


def always_tested_error(information: Sequence[float], z: Sequence[float], drift: float = 0.0) -> float:
    """P(abs(Z) exceeds its bound at any look): the real error (or power) of any rule at scheduled looks.

    Args:
        information: (K,) information fractions.
        z: (K,) two-sided bounds in use, right or wrong.
        drift: expected Z at information 1.
    """
    bound = np.asarray(z, dtype=np.float64)
    exits = exit_probabilities(information, -bound, bound, drift)
    return float((exits.lower + exits.upper).sum())


def peeking_error(looks: int, alpha: float) -> float:
    """Type I error of testing two-sided at nominal `alpha` at each of `looks` equally spaced looks."""
    z = float(-ndtri(alpha / 2.0))
    return always_tested_error([float(k) / looks for k in range(1, looks + 1)], [z] * looks)


def _index(bounds: Bounds, look: int) -> int:
    if not 1 <= look <= bounds.information.size:
        raise InputError("look", look, f"a look from 1 to {bounds.information.size}", "Looks count from 1.")
    return look - 1


def _check_se(standard_error: float) -> None:
    if not (math.isfinite(standard_error) and standard_error > 0.0):
        raise InputError(
            "standard_error", standard_error, "a positive number", "Give the estimate's standard error."
        )
