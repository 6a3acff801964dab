"""Sizes for ratios of event rates, for ratio metrics, and exact bounds where no event was seen.

Source: Zhu and Lakkis (2014), Statistics in Medicine 33, method 2 (negative binomial; dispersion 0 is
Poisson);
delta method: Casella and Berger (2002), section 5.5; zero events: Hanley and Lippman-Hand (1983), JAMA 249.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr
from scipy.stats import binom, poisson

from experiments.design.checks import (
    critical_z,
    nonzero_effect,
    not_negative,
    positive,
    power_z,
    probability,
    sides_of,
)
from sim.errors import InputError


@dataclass(frozen=True)
class RateRatio:
    """A comparison of two event rates.

    Attributes:
        control, treatment: events per account and unit of exposure.
        exposure: units of exposure per account.
        dispersion: negative-binomial dispersion: variance = mean + dispersion * mean^2; 0 for Poisson.
        ratio: treatment accounts per control account.
        alpha: type I error, over both sides when two-sided.
        sides: 1 or 2.
        variance_factor: design effect or covariate gain.
    """

    control: float
    treatment: float
    exposure: float = 1.0
    dispersion: float = 0.0
    ratio: float = 1.0
    alpha: float = 0.05
    sides: int = 2
    variance_factor: float = 1.0

    def __post_init__(self) -> None:
        """Raise InputError for a value that no comparison can have."""
        for name in ("control", "treatment", "exposure", "ratio", "variance_factor"):
            positive(getattr(self, name), name)
        not_negative(self.dispersion, "dispersion")
        probability(self.alpha, "alpha")
        sides_of(self.sides)

    @property
    def log_ratio(self) -> float:
        """Log of treatment over control rate."""
        return math.log(self.treatment / self.control)

    @property
    def unit_variance(self) -> float:
        """Variance of the log rate ratio times the control size."""
        first = 1.0 / (self.exposure * self.control) + self.dispersion
        second = 1.0 / (self.exposure * self.treatment) + self.dispersion
        return self.variance_factor * (first + second / self.ratio)

    def size(self, power: float) -> float:
        """Return the unrounded control size for `power`."""
        gap = nonzero_effect(self.log_ratio, "treatment")
        return self.unit_variance * ((critical_z(self.alpha, self.sides) + power_z(power)) / gap) ** 2

    def power(self, n: float, margin_ratio: float = 1.0) -> float:
        """Return the power with `n` control accounts against a rate ratio of `margin_ratio`."""
        distance = abs(self.log_ratio - math.log(margin_ratio))
        return float(ndtr(distance / math.sqrt(self.unit_variance / n) - critical_z(self.alpha, self.sides)))

    def non_inferiority_size(self, margin_ratio: float, power: float) -> float:
        """Return the unrounded control size to show a rate ratio on the good side of `margin_ratio`.

        Args:
            margin_ratio: above 1 where fewer events are better (complaints), below 1 where more are better.
            power: probability of showing it.
        """
        distance = math.log(positive(margin_ratio, "margin")) - self.log_ratio
        if margin_ratio == 1.0 or (distance <= 0.0) == (margin_ratio > 1.0):
            raise InputError(
                "margin",
                margin_ratio,
                "a rate ratio beyond the assumed one",
                "State the margin as a ratio of rates: 1.25 allows 25 % more events.",
            )
        one_sided = critical_z(self.alpha / self.sides, 1)
        return self.unit_variance * ((one_sided + power_z(power)) / distance) ** 2


def exact_rate_power(design: RateRatio, n: float) -> float:
    """Return the power of the exact conditional (binomial) test of two Poisson rates.

    Given the total number of events, the treated ones are binomial with share ratio / (1 + ratio) under no
    effect; alpha / sides is used in each tail that counts.
    """
    if design.dispersion > 0.0 or design.variance_factor != 1.0:
        raise InputError(
            "method",
            "exact",
            "Poisson counts of independent accounts",
            "Use the zhu_lakkis method with dispersion, clusters or covariates.",
        )
    mean0 = n * design.exposure * design.control
    mean1 = n * design.ratio * design.exposure * design.treatment
    mean = mean0 + mean1
    share, null = mean1 / mean, design.ratio / (1.0 + design.ratio)
    level = design.alpha / design.sides
    up = design.treatment > design.control
    total_power = 0.0
    for total in range(int(poisson.ppf(1e-13, mean)), int(poisson.isf(1e-13, mean)) + 1):
        high = int(binom.isf(level, total, null)) + 1  # smallest count with P(X >= count) <= level
        low = int(binom.ppf(level, total, null)) - 1
        if float(binom.cdf(low + 1, total, null)) <= level:
            low += 1
        reject = 0.0
        if design.sides == 2 or up:
            reject += float(binom.sf(high - 1, total, share))
        if design.sides == 2 or not up:
            reject += float(binom.cdf(low, total, share))
        total_power += reject * float(poisson.pmf(total, mean))
    return total_power


@dataclass(frozen=True)
class RatioMetric:
    """A ratio of two means over the same accounts, such as cost per unit recovered.

    Attributes:
        mean_numerator, mean_denominator: means per account.
        sd_numerator, sd_denominator: standard deviations per account.
        correlation: of numerator and denominator over accounts.
    """

    mean_numerator: float
    mean_denominator: float
    sd_numerator: float
    sd_denominator: float
    correlation: float = 0.0

    def __post_init__(self) -> None:
        """Raise InputError for a value that no metric can have."""
        positive(self.mean_numerator, "mean_numerator")
        positive(self.mean_denominator, "mean_denominator")
        not_negative(self.sd_numerator, "sd_numerator")
        not_negative(self.sd_denominator, "sd_denominator")
        if not -1.0 <= self.correlation <= 1.0:
            raise InputError("correlation", self.correlation, "a correlation from -1 to 1",
                             "Of numerator and denominator, over accounts.")

    @property
    def ratio(self) -> float:
        """Numerator mean over denominator mean."""
        return self.mean_numerator / self.mean_denominator

    @property
    def log_variance(self) -> float:
        """Variance of the log ratio times the number of accounts (delta method)."""
        first = self.sd_numerator / self.mean_numerator
        second = self.sd_denominator / self.mean_denominator
        return first**2 + second**2 - 2.0 * self.correlation * first * second

    @property
    def variance(self) -> float:
        """Variance of the ratio times the number of accounts (delta method)."""
        return self.ratio**2 * self.log_variance

    @property
    def numerator_only_variance(self) -> float:
        """What ignoring the denominator's variance would take for `log_variance`: a trap, shown for
        comparison.
        """
        return (self.sd_numerator / self.mean_numerator) ** 2


def ratio_metric_size(
    log_variance: float,
    relative_change: float,
    alpha: float,
    sides: int,
    power: float,
    allocation: float = 1.0,
) -> float:
    """Return the unrounded control size to find a relative change of a ratio metric.

    Args:
        log_variance: variance of the log ratio per account, `RatioMetric.log_variance`.
        relative_change: (treatment - control) / control.
        alpha: type I error, over both sides when two-sided.
        sides: 1 or 2.
        power: goal.
        allocation: treatment accounts per control account.
    """
    gap = nonzero_effect(relative_change, "treatment")
    z = critical_z(alpha, sides) + power_z(power)
    return positive(log_variance, "log_variance") * (1.0 + 1.0 / allocation) * (z / gap) ** 2


@dataclass(frozen=True)
class ZeroEvents:
    """What may be true when n accounts showed no event.

    Attributes:
        upper: exact upper confidence bound of the probability.
        rule_of_three: 3 / n, its approximation at 95 %.
    """

    upper: float
    rule_of_three: float


def zero_event_bound(n: float, confidence: float = 0.95) -> ZeroEvents:
    """Return the exact one-sided upper bound of a probability after no event in `n` accounts."""
    positive(n, "n")
    probability(confidence, "confidence")
    return ZeroEvents(-math.expm1(math.log1p(-confidence) / n), 3.0 / n)
