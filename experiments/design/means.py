"""Sizes, power and detectable effects for the difference of two means.

All sizes are unrounded accounts in the control arm; the treatment arm has `ratio` times as many. `method` z
is the normal closed form, t the noncentral t with n1 + n2 - 2 (equal SDs) or Satterthwaite (unequal SDs)
degrees of freedom.

Source: Cohen (1988), Statistical Power Analysis, chapter 2; Welch (1947), Biometrika 34. Non-inferiority and
two one-sided tests: Julious (2004), Statistics in Medicine 23; Schuirmann (1987).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtrit

from experiments.design.checks import (
    critical_z,
    nonzero_effect,
    positive,
    power_z,
    probability,
    sides_of,
    smallest_n,
)
from experiments.design.quadrature import noncentral_t_above
from sim.errors import InputError

Method = Literal["z", "t"]
_NORMAL_DF = 1e8
"""From here on the t distribution is the normal to the last digits that matter."""


@dataclass(frozen=True)
class TwoMeans:
    """A comparison of two means.

    Attributes:
        sd_control, sd_treatment: standard deviations of the outcome, in its unit.
        ratio: treatment accounts per control account.
        alpha: type I error, over both sides when two-sided.
        sides: 1 or 2.
        method: z or t.
        variance_factor: multiplies the variance: 1 - rho^2 with CUPED, the design effect with clusters.
    """

    sd_control: float = 1.0
    sd_treatment: float = 1.0
    ratio: float = 1.0
    alpha: float = 0.05
    sides: int = 2
    method: Method = "t"
    variance_factor: float = 1.0

    def __post_init__(self) -> None:
        """Raise InputError for a value that no comparison can have."""
        for name in ("sd_control", "sd_treatment", "ratio", "variance_factor"):
            positive(getattr(self, name), name)
        probability(self.alpha, "alpha")
        sides_of(self.sides)
        if self.method not in ("z", "t"):
            raise InputError(
                "method", self.method, "z or t", "Use t unless a table of normal sizes is wanted."
            )

    @property
    def unit_variance(self) -> float:
        """Variance of the difference times the control arm's size."""
        return self.variance_factor * (self.sd_control**2 + self.sd_treatment**2 / self.ratio)

    def degrees_of_freedom(self, n: float) -> float:
        """Degrees of freedom with `n` control accounts."""
        if self.sd_control == self.sd_treatment:
            return n * (1.0 + self.ratio) - 2.0
        first, second = self.sd_control**2 / n, self.sd_treatment**2 / (n * self.ratio)
        return (first + second) ** 2 / (first**2 / (n - 1.0) + second**2 / (n * self.ratio - 1.0))

    def power(self, n: float, difference: float, *, both_tails: bool = True) -> float:
        """Return the power at a true difference.

        Args:
            n: control accounts, at least 2.
            difference: true difference, in the unit of the outcome; its sign is ignored.
            both_tails: whether rejection on the wrong side counts (exact t test) or not (planning
                convention).
        """
        shift = abs(difference) / math.sqrt(self.unit_variance / positive(n, "n"))
        df = self.degrees_of_freedom(n) if self.method == "t" else math.inf
        return tail_power(shift, self.alpha, self.sides, df, both_tails=both_tails)

    def size(self, difference: float, power: float) -> float:
        """Return the unrounded control size at which a true `difference` is found with `power`."""
        gap = nonzero_effect(difference, "effect")
        normal = self.unit_variance * ((critical_z(self.alpha, self.sides) + power_z(power)) / gap) ** 2
        if self.method == "z":
            return normal
        least = 2.0 / min(1.0, self.ratio) if self.ratio != 1.0 else 2.0
        return smallest_n(lambda n: self.power(n, gap), power, normal, least)

    def detectable(self, n: float, power: float) -> float:
        """Return the smallest difference found with `power` by `n` control accounts."""
        normal = (critical_z(self.alpha, self.sides) + power_z(power)) * math.sqrt(self.unit_variance / n)
        if self.method == "z":
            return normal
        return float(
            brentq(lambda d: self.power(n, d) - power, normal * 0.5, normal * 20.0, xtol=1e-14, rtol=1e-12)
        )


def tail_power(shift: float, alpha: float, sides: int, df: float, *, both_tails: bool) -> float:
    """P(reject) of a z test (df infinite) or t test whose statistic has noncentrality `shift`."""
    if df >= _NORMAL_DF:
        critical = critical_z(alpha, sides)
        value = float(ndtr(shift - critical))
        return value + float(ndtr(-shift - critical)) if sides == 2 and both_tails else value
    critical = float(stdtrit(df, 1.0 - alpha / sides))
    value = noncentral_t_above(critical, df, shift)
    return value + noncentral_t_above(critical, df, -shift) if sides == 2 and both_tails else value


def non_inferiority_size(design: TwoMeans, margin: float, difference: float, power: float) -> float:
    """Return the unrounded control size to show that treatment is not worse than control by `margin`.

    Args:
        design: with the one-sided level in `alpha` and `sides` 1.
        margin: largest loss that is accepted, above 0, in the unit of the outcome.
        difference: true gain of treatment (negative if it is worse), in the direction that is good.
        power: probability of showing it.
    """
    return design.size(margin_distance(margin, difference), power)


def margin_distance(margin: float, difference: float) -> float:
    """Return how far the truth lies inside a non-inferiority margin."""
    positive(margin, "margin")
    distance = margin + difference
    if distance <= 0.0:
        raise InputError(
            "margin",
            margin,
            f"a margin above the assumed loss of {-difference:g}",
            "A treatment that is truly worse than the margin cannot be shown to be non-inferior.",
        )
    return distance


def equivalence_power(n: float, design: TwoMeans, margin: float, difference: float = 0.0) -> float:
    """Return the power of two one-sided z tests, each at `design.alpha`, to show |difference| < margin."""
    se = math.sqrt(design.unit_variance / n)
    z = float(-ndtri(design.alpha))
    inside = float(ndtr((margin - difference) / se - z) + ndtr((margin + difference) / se - z)) - 1.0
    return max(0.0, inside)


def equivalence_size(design: TwoMeans, margin: float, power: float, difference: float = 0.0) -> float:
    """Return the unrounded control size of an equivalence test with margins of `margin` either way."""
    positive(margin, "margin")
    if abs(difference) >= margin:
        raise InputError(
            "margin",
            margin,
            f"a margin above the true difference {abs(difference):g}",
            "Arms that differ by more than the margin are not equivalent.",
        )
    z, gap = float(-ndtri(design.alpha)), margin - abs(difference)
    if difference == 0.0:
        return design.unit_variance * ((z + float(ndtri((1.0 + power) / 2.0))) / gap) ** 2
    start = design.unit_variance * ((z + power_z(power)) / gap) ** 2
    return smallest_n(lambda n: equivalence_power(n, design, margin, difference), power, start, 1.0)


@dataclass(frozen=True)
class CovariateGain:
    """What a covariate of correlation rho saves (CUPED, ANCOVA).

    Attributes:
        variance_ratio: adjusted over raw variance, 1 - rho^2; also the ratio of sizes.
        effective_multiplier: accounts that one adjusted account is worth.
        se_ratio: adjusted over raw standard error; also the ratio of detectable effects.
    """

    variance_ratio: float
    effective_multiplier: float
    se_ratio: float


def covariate_gain(rho: float) -> CovariateGain:
    """Return the gain from a pre-period covariate (Deng, Xu, Kohavi and Walker 2013)."""
    if not -1.0 < rho < 1.0:
        raise InputError(
            "cuped-rho",
            rho,
            "a correlation above -1 and below 1",
            "Use the correlation of the covariate with the outcome within arms.",
        )
    ratio = 1.0 - rho * rho
    return CovariateGain(ratio, 1.0 / ratio, math.sqrt(ratio))
