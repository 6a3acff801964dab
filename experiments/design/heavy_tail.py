"""Outcomes that are mostly zero with a heavy tail, and rank tests.

Source: zero-inflated lognormal moments (Aitchison 1955, JASA 50); rules of thumb for the normal approximation
by Kohavi et al. (2014), KDD, and Boos and Hughes-Oliver (2000), The American Statistician 54; Noether (1987),
JASA 82.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr

from experiments.design.checks import critical_z, nonzero_effect, positive, power_z, probability
from experiments.design.proportions import TwoProportions
from sim.errors import InputError

KOHAVI = 355.0
"""Accounts per squared skewness for a normal two-sided 95 % interval (Kohavi et al. 2014)."""
BOOS_HUGHES_OLIVER = 122.56
"""Accounts per squared skewness by the earlier, looser rule."""
RANK_EFFICIENCY_NORMAL = 3.0 / math.pi
"""Asymptotic relative efficiency of Mann-Whitney against t for normal outcomes."""


@dataclass(frozen=True)
class ZeroInflatedLognormal:
    """Amount paid: zero with probability 1 - payer_share, else lognormal.

    Attributes:
        payer_share: P(amount > 0).
        log_mean, log_sd: of the log amount among payers.
    """

    payer_share: float
    log_mean: float
    log_sd: float

    def __post_init__(self) -> None:
        """Raise InputError for a value that no distribution has."""
        if not 0.0 < self.payer_share <= 1.0:
            raise InputError("payer_share", self.payer_share, "a number above 0 and at most 1",
                             "The share of accounts that pay anything.")
        positive(self.log_sd, "log_sd")

    def raw_moment(self, order: int) -> float:
        """E[amount^order]."""
        return self.payer_share * math.exp(order * self.log_mean + 0.5 * order**2 * self.log_sd**2)

    @property
    def mean(self) -> float:
        """Mean over all accounts."""
        return self.raw_moment(1)

    @property
    def sd(self) -> float:
        """Standard deviation over all accounts."""
        return math.sqrt(self.raw_moment(2) - self.mean**2)

    @property
    def cv_squared(self) -> float:
        """Squared coefficient of variation: exp(log_sd^2) / payer_share - 1."""
        return math.exp(self.log_sd**2) / self.payer_share - 1.0

    @property
    def skewness(self) -> float:
        """Standardised third central moment."""
        mean = self.mean
        third = self.raw_moment(3) - 3.0 * mean * self.raw_moment(2) + 2.0 * mean**3
        return third / self.sd**3

    def amount_size(self, lift: float, alpha: float = 0.05, sides: int = 2, power: float = 0.8) -> float:
        """Return the unrounded size per arm to find a relative lift of the mean amount (normal
        closed form).
        """
        z = critical_z(alpha, sides) + power_z(power)
        return 2.0 * self.cv_squared * (z / nonzero_effect(lift, "lift")) ** 2

    def payer_size(self, lift: float, alpha: float = 0.05, sides: int = 2, power: float = 0.8) -> float:
        """Return the unrounded size per arm to find the same lift through the share of payers alone."""
        return TwoProportions(
            self.payer_share, self.payer_share * (1.0 + lift), 1.0, alpha, sides, "unpooled"
        ).size(power)


def normal_needs(skewness: float, per_squared_skewness: float = KOHAVI) -> float:
    """Return the accounts per arm from which the mean's normal interval can be trusted."""
    return per_squared_skewness * skewness**2


def shift_probability(effect_sd: float) -> float:
    """P(X < Y) when Y is X shifted by `effect_sd` standard deviations, both normal."""
    return float(ndtr(effect_sd / math.sqrt(2.0)))


def noether_total(
    p_less: float, alpha: float, power: float, sides: int = 2, treatment_share: float = 0.5
) -> float:
    """Return the unrounded accounts in both arms for a Mann-Whitney test.

    Args:
        p_less: P(control < treatment) + half P(equal) under the alternative.
        alpha: type I error, over both sides when two-sided.
        power: goal.
        sides: 1 or 2.
        treatment_share: share of accounts in treatment.
    """
    probability(p_less, "p_less")
    probability(treatment_share, "treatment_share")
    z = critical_z(alpha, sides) + power_z(power)
    gap = nonzero_effect(p_less - 0.5, "p_less")
    return z**2 / (12.0 * treatment_share * (1.0 - treatment_share) * gap**2)


def noether_power(
    total: float, p_less: float, alpha: float, sides: int = 2, treatment_share: float = 0.5
) -> float:
    """Return the power of a Mann-Whitney test with `total` accounts in both arms."""
    gap = abs(p_less - 0.5)
    shift = gap * math.sqrt(12.0 * treatment_share * (1.0 - treatment_share) * total)
    return float(ndtr(shift - critical_z(alpha, sides)))
