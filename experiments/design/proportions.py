"""Sizes and power for two proportions: pooled, unpooled, arcsine, continuity-corrected, exact.

All sizes are unrounded accounts in the control arm; the treatment arm has `ratio` times as many.

Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, chapter 4; Cohen (1988),
chapter 6 (arcsine); Farrington and Manning (1990), Statistics in Medicine 9 (non-inferiority).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from experiments.design.checks import (
    critical_z,
    nonzero_effect,
    positive,
    power_z,
    probability,
    sides_of,
    smallest_n,
)
from experiments.design.exact_proportions import exact_power, exact_size
from sim.errors import InputError, choose

METHODS = ("pooled", "unpooled", "arcsine", "continuity", "exact")


@dataclass(frozen=True)
class TwoProportions:
    """A comparison of two proportions.

    Attributes:
        control, treatment: true proportions, above 0 and below 1.
        ratio: treatment accounts per control account.
        alpha: type I error, over both sides when two-sided.
        sides: 1 or 2.
        method: one of METHODS. `exact` is Fisher's test with the alpha/2 in each tail.
        variance_factor: design effect or covariate gain; not for `exact`.
    """

    control: float
    treatment: float
    ratio: float = 1.0
    alpha: float = 0.05
    sides: int = 2
    method: str = "pooled"
    variance_factor: float = 1.0

    def __post_init__(self) -> None:
        """Raise InputError for a value that no comparison can have."""
        probability(self.control, "control")
        probability(self.treatment, "treatment")
        positive(self.ratio, "ratio")
        probability(self.alpha, "alpha")
        sides_of(self.sides)
        positive(self.variance_factor, "variance_factor")
        if self.method not in METHODS:
            raise InputError(
                "method", self.method, "one of " + ", ".join(METHODS), choose(self.method, METHODS)
            )
        if self.method == "exact" and self.variance_factor != 1.0:
            raise InputError(
                "method", "exact", "a normal method with clusters or a covariate", "Use pooled or unpooled."
            )

    @property
    def difference(self) -> float:
        """Treatment minus control."""
        return self.treatment - self.control

    @property
    def cohen_h(self) -> float:
        """Difference of the arcsine-transformed proportions."""
        return 2.0 * math.asin(math.sqrt(self.treatment)) - 2.0 * math.asin(math.sqrt(self.control))

    @property
    def null_variance(self) -> float:
        """Variance of the difference times the control size, if both arms had the pooled proportion."""
        pooled = (self.control + self.ratio * self.treatment) / (1.0 + self.ratio)
        return pooled * (1.0 - pooled) * (1.0 + 1.0 / self.ratio)

    @property
    def true_variance(self) -> float:
        """Variance of the difference times the control size."""
        return self.control * (1.0 - self.control) + self.treatment * (1.0 - self.treatment) / self.ratio

    def power(self, n: float, *, both_tails: bool = False) -> float:
        """Return the power with `n` control accounts.

        Args:
            n: control accounts.
            both_tails: whether rejection on the wrong side counts as well.
        """
        positive(n, "n")
        if self.method == "exact":
            return exact_power(
                round(n), round(n * self.ratio), self.control, self.treatment, self.alpha, self.sides
            )
        critical = critical_z(self.alpha, self.sides)
        if self.method == "arcsine":
            mean, scale = abs(self.cohen_h), math.sqrt((1.0 + 1.0 / self.ratio) * self.variance_factor / n)
            bound = critical * scale
        else:
            mean = abs(self.difference)
            if self.method == "continuity":
                mean -= (1.0 + 1.0 / self.ratio) / (2.0 * n)
            scale = math.sqrt(self.true_variance * self.variance_factor / n)
            null = self.true_variance if self.method == "unpooled" else self.null_variance
            bound = critical * math.sqrt(null * self.variance_factor / n)
        value = float(ndtr((mean - bound) / scale))
        # Cohen's arcsine tables count rejection in either tail; the others by convention do not.
        counted = (both_tails or self.method == "arcsine") and self.sides == 2
        return value + float(ndtr((-mean - bound) / scale)) if counted else value

    def size(self, power: float) -> float:
        """Return the unrounded control size for `power`."""
        za, zb = critical_z(self.alpha, self.sides), power_z(power)
        gap = nonzero_effect(self.difference, "treatment")
        if self.method == "exact":
            first = TwoProportions(
                self.control, self.treatment, self.ratio, self.alpha, self.sides, "continuity"
            )
            return float(
                exact_size(
                    self.control, self.treatment, self.alpha, self.sides, power, self.ratio, first.size(power)
                )
            )
        if self.method == "arcsine":
            start = self.variance_factor * (1.0 + 1.0 / self.ratio) * ((za + zb) / self.cohen_h) ** 2
            return smallest_n(self.power, power, start, 1e-9)
        if self.method == "unpooled":
            plain = self.true_variance * ((za + zb) / gap) ** 2
        else:
            plain = ((za * math.sqrt(self.null_variance) + zb * math.sqrt(self.true_variance)) / gap) ** 2
        plain *= self.variance_factor
        if self.method == "continuity":
            correction = 2.0 * (1.0 + self.ratio) / (plain * self.ratio * gap)
            return plain / 4.0 * (1.0 + math.sqrt(1.0 + correction)) ** 2
        return plain


def detectable_treatment(design: TwoProportions, n: float, power: float, *, increase: bool = True) -> float:
    """Return the treatment proportion nearest to control that is found with `power` by `n`
    control accounts.
    """
    control = design.control
    edge = 1.0 - 1e-12 if increase else 1e-12
    near = control + (1e-12 if increase else -1e-12) * (1.0 + control)

    def excess(p: float) -> float:
        at = TwoProportions(
            control, p, design.ratio, design.alpha, design.sides, design.method, design.variance_factor
        )
        return at.power(n) - power

    if excess(edge) < 0.0:
        raise InputError(
            "n", n, "more accounts", "With so few, no proportion differs detectably from control."
        )
    if excess(near) >= 0.0:
        raise InputError("power", power, "a power above the level alpha", "Raise the power.")
    return float(brentq(excess, near, edge, xtol=1e-13, rtol=1e-12))


@dataclass(frozen=True)
class ProportionMargin:
    """Non-inferiority of a proportion.

    Attributes:
        control, treatment: true proportions.
        margin: largest loss that is accepted, above 0, as a difference of proportions.
        larger_is_better: false for complaints and other harms.
        alpha: one-sided level.
        ratio: treatment accounts per control account.
    """

    control: float
    treatment: float
    margin: float
    larger_is_better: bool = True
    alpha: float = 0.025
    ratio: float = 1.0

    def __post_init__(self) -> None:
        """Raise InputError for a value that no comparison can have."""
        probability(self.control, "control")
        probability(self.treatment, "treatment")
        positive(self.margin, "margin")
        probability(self.alpha, "alpha")
        positive(self.ratio, "ratio")
        if self.distance <= 0.0:
            raise InputError(
                "margin",
                self.margin,
                "a margin above the assumed loss of treatment",
                "A treatment that is truly worse than the margin cannot be shown to be non-inferior.",
            )

    @property
    def distance(self) -> float:
        """How far the truth lies inside the margin."""
        gain = self.treatment - self.control
        return self.margin + (gain if self.larger_is_better else -gain)

    @property
    def true_variance(self) -> float:
        """Variance of the difference times the control size."""
        return TwoProportions(self.control, self.treatment, self.ratio).true_variance

    def null_variance(self) -> float:
        """Variance under the constrained maximum-likelihood estimates at the margin."""
        signed = -self.margin if self.larger_is_better else self.margin
        treatment = constrained_treatment(self.treatment, self.control, signed, self.ratio)
        control = min(max(treatment - signed, 0.0), 1.0)
        return control * (1.0 - control) + treatment * (1.0 - treatment) / self.ratio

    def power(self, n: float, method: str = "wald") -> float:
        """Return the power with `n` control accounts; `method` is wald or farrington_manning."""
        null = self._null(method)
        za = critical_z(self.alpha, 1)
        return float(
            ndtr((self.distance * math.sqrt(n) - za * math.sqrt(null)) / math.sqrt(self.true_variance))
        )

    def size(self, power: float, method: str = "wald") -> float:
        """Return the unrounded control size for `power`; `method` is wald or farrington_manning."""
        za, zb = critical_z(self.alpha, 1), power_z(power)
        return (
            (za * math.sqrt(self._null(method)) + zb * math.sqrt(self.true_variance)) / self.distance
        ) ** 2

    def _null(self, method: str) -> float:
        if method == "wald":
            return self.true_variance
        if method == "farrington_manning":
            return self.null_variance()
        known = ("wald", "farrington_manning")
        raise InputError("method", method, "wald or farrington_manning with a margin", choose(method, known))


def constrained_treatment(treatment: float, control: float, difference: float, ratio: float) -> float:
    """Return the treatment proportion that maximises the likelihood given treatment - control = `difference`.

    Args:
        treatment: observed treatment proportion.
        control: observed control proportion.
        difference: difference that is imposed.
        ratio: treatment accounts per control account.

    Source: Farrington and Manning (1990), appendix: the root of a cubic.
    """
    theta = 1.0 / ratio
    a = 1.0 + theta
    b = -(1.0 + theta + treatment + theta * control + difference * (theta + 2.0))
    c = difference**2 + difference * (2.0 * treatment + theta + 1.0) + treatment + theta * control
    d = -treatment * difference * (1.0 + difference)
    v = b**3 / (3.0 * a) ** 3 - b * c / (6.0 * a * a) + d / (2.0 * a)
    u = math.copysign(math.sqrt(max(0.0, b * b / (3.0 * a) ** 2 - c / (3.0 * a))), v)
    if u == 0.0:
        return -b / (3.0 * a)
    w = (math.pi + math.acos(min(1.0, max(-1.0, v / u**3)))) / 3.0
    return min(1.0, max(0.0, 2.0 * u * math.cos(w) - b / (3.0 * a)))


def score_statistic(events: tuple[int, int], totals: tuple[int, int], difference: float = 0.0) -> float:
    """Return the Farrington-Manning statistic for treatment - control = `difference`.

    Args:
        events: (control, treatment) events.
        totals: (control, treatment) accounts.
        difference: hypothesis.
    """
    control, treatment = events[0] / totals[0], events[1] / totals[1]
    top = constrained_treatment(treatment, control, difference, totals[1] / totals[0])
    low = min(max(top - difference, 0.0), 1.0)
    variance = low * (1.0 - low) / totals[0] + top * (1.0 - top) / totals[1]
    gap = treatment - control - difference
    if variance <= 0.0:
        return math.copysign(math.inf, gap) if gap != 0.0 else 0.0
    return gap / math.sqrt(variance)


def equivalence_proportions_size(
    control: float,
    margin: float,
    alpha: float,
    power: float,
    treatment: float | None = None,
    ratio: float = 1.0,
) -> float:
    """Return the unrounded control size of two one-sided Wald tests, each at `alpha`, within +-margin."""
    second = control if treatment is None else treatment
    variance = TwoProportions(
        probability(control, "control"), probability(second, "treatment"), ratio
    ).true_variance
    gap = second - control
    if abs(gap) >= positive(margin, "margin"):
        raise InputError(
            "margin",
            margin,
            f"a margin above the true difference {abs(gap):g}",
            "Arms that differ by more than the margin are not equivalent.",
        )
    z = critical_z(alpha, 1)

    def power_at(n: float) -> float:
        root = math.sqrt(n / variance)
        return max(0.0, float(ndtr((margin - gap) * root - z) + ndtr((margin + gap) * root - z)) - 1.0)

    start = variance * ((z + power_z(power)) / (margin - abs(gap))) ** 2
    return smallest_n(power_at, power, start, 1.0)


def score_interval(events: tuple[int, int], totals: tuple[int, int], z: float) -> tuple[float, float]:
    """Return the differences (treatment - control) that the score test does not reject at
    |statistic| <= z.
    """
    gap = events[1] / totals[1] - events[0] / totals[0]
    edge = 1.0 - 1e-12

    def low(difference: float) -> float:
        return score_statistic(events, totals, difference) - z

    def high(difference: float) -> float:
        return score_statistic(events, totals, difference) + z

    left = -1.0 if low(-edge) <= 0.0 else float(brentq(low, -edge, gap, xtol=1e-14))
    right = 1.0 if high(edge) >= 0.0 else float(brentq(high, gap, edge, xtol=1e-14))
    return float(np.float64(left)), float(np.float64(right))
