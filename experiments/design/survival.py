"""Events and subjects for the log-rank test.

Source: Schoenfeld (1981), Biometrika 68; Freedman (1982), Statistics in Medicine 1; subjects under uniform
accrual and exponential times: Lachin and Foulkes (1986), Biometrics 42.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr

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

METHODS = ("schoenfeld", "freedman")


@dataclass(frozen=True)
class LogRank:
    """A log-rank comparison.

    Attributes:
        hazard_ratio: treatment over control hazard.
        ratio: treatment accounts per control account.
        alpha: type I error, over both sides when two-sided.
        sides: 1 or 2.
        method: schoenfeld or freedman.
        margin: hazard ratio to be excluded; 1 for superiority.
    """

    hazard_ratio: float
    ratio: float = 1.0
    alpha: float = 0.05
    sides: int = 2
    method: str = "schoenfeld"
    margin: float = 1.0

    def __post_init__(self) -> None:
        """Raise InputError for a value that no comparison can have."""
        for name in ("hazard_ratio", "ratio", "margin"):
            positive(getattr(self, name), name)
        probability(self.alpha, "alpha")
        sides_of(self.sides)
        if self.method not in METHODS:
            raise InputError(
                "method", self.method, "schoenfeld or freedman", "Schoenfeld is the usual choice."
            )

    @property
    def information_per_event(self) -> float:
        """Squared noncentrality that one event adds."""
        effective = self.hazard_ratio / self.margin
        if self.method == "schoenfeld":
            gap = nonzero_effect(math.log(effective), "treatment")
            return gap**2 * self.ratio / (1.0 + self.ratio) ** 2
        gap = nonzero_effect(1.0 - effective, "treatment")
        return gap**2 * self.ratio / (1.0 + self.ratio * effective) ** 2

    def events(self, power: float) -> float:
        """Return the unrounded number of events in both arms for `power`."""
        return (critical_z(self.alpha, self.sides) + power_z(power)) ** 2 / self.information_per_event

    def power(self, events: float) -> float:
        """Return the power with `events` in both arms."""
        shift = math.sqrt(positive(events, "events") * self.information_per_event)
        return float(ndtr(shift - critical_z(self.alpha, self.sides)))


@dataclass(frozen=True)
class FollowUp:
    """When accounts enter and how long they are watched.

    Attributes:
        accrual_days: accounts enter evenly over this many days; 0 for all at once.
        followup_days: days from the last entry to the analysis.
        dropout_per_day: hazard of leaving unobserved.
    """

    accrual_days: float
    followup_days: float
    dropout_per_day: float = 0.0

    def __post_init__(self) -> None:
        """Raise InputError for a negative time."""
        not_negative(self.accrual_days, "accrual-days")
        not_negative(self.followup_days, "followup-days")
        not_negative(self.dropout_per_day, "dropout")
        if self.accrual_days + self.followup_days <= 0.0:
            raise InputError(
                "followup-days",
                self.followup_days,
                "a time of observation above 0",
                "Nobody can be seen to pay at the moment of entry.",
            )

    def event_probability(self, hazard_per_day: float) -> float:
        """Return the chance that an account's event is seen before the analysis."""
        leaving = positive(hazard_per_day, "hazard") + self.dropout_per_day
        share = hazard_per_day / leaving
        if self.accrual_days == 0.0:
            return -share * math.expm1(-leaving * self.followup_days)
        unseen = (
            -math.exp(-leaving * self.followup_days)
            * math.expm1(-leaving * self.accrual_days)
            / (leaving * self.accrual_days)
        )
        return share * (1.0 - unseen)


def subjects(events: float, probability_control: float, probability_treatment: float, ratio: float) -> float:
    """Return the accounts in both arms that are expected to show `events`."""
    mean = (probability_control + ratio * probability_treatment) / (1.0 + ratio)
    return events / mean
