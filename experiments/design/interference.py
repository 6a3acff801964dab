"""What sharing agents does to an A/B test, in the fluid limit (many accounts, random or first-come order).

Accounts of arm a ask for d_a attempts a day and a served attempt recovers v_a; a pool serves at most
`capacity` attempts per account and day, whatever the arm. The served share falls as demand rises, so one arm
takes from the
other: the measured difference is not what putting everybody under one arm would change.

Source: conservation of attempts; Boutilier, Jonasson, Li and Yoeli (2024), Operational dosage, arXiv
2407.21322, for power that falls again when more accounts share the same callers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr

from experiments.design.checks import critical_z, positive, probability
from sim.errors import InputError


@dataclass(frozen=True)
class SharedPool:
    """Two arms at one pool of agents.

    Attributes:
        demand_control, demand_treatment: attempts asked for per account and day.
        value_control, value_treatment: recovered per served attempt.
        capacity: attempts that the pool can serve per account and day.
    """

    demand_control: float
    demand_treatment: float
    value_control: float
    value_treatment: float
    capacity: float


@dataclass(frozen=True)
class PoolEffect:
    """Measured and true effect per account and day.

    Attributes:
        service_fraction: share of asked attempts that is served.
        naive_difference: what comparing the arms measures.
        global_effect: everybody under treatment minus everybody under control.
        bias: naive_difference - global_effect.
    """

    service_fraction: float
    naive_difference: float
    global_effect: float
    bias: float


def pool_effect(pool: SharedPool, treated_share: float) -> PoolEffect:
    """Return measured and true effect when `treated_share` of accounts are treated."""
    probability(treated_share, "treated_share", inner=False)
    positive(pool.capacity, "capacity")
    demand = treated_share * pool.demand_treatment + (1.0 - treated_share) * pool.demand_control
    served = min(1.0, pool.capacity / demand) if demand > 0.0 else 1.0
    naive = served * (pool.value_treatment * pool.demand_treatment - pool.value_control * pool.demand_control)
    truth = pool.value_treatment * min(pool.demand_treatment, pool.capacity) - pool.value_control * min(
        pool.demand_control, pool.capacity
    )
    return PoolEffect(served, naive, truth, naive - truth)


@dataclass(frozen=True)
class CapacityPower:
    """Power against n when treatment shares a fixed number of attempts.

    Attributes:
        served_share: share of the intended dose that treated accounts get.
        power: at that dose.
    """

    served_share: float
    power: float


@dataclass(frozen=True)
class DosedTest:
    """A test whose treatment needs agents.

    Attributes:
        shift_per_root_n: full-dose effect over (standard error times sqrt(n)), n control accounts.
        attempts_per_account: attempts that the full dose takes per treated account.
        capacity: attempts that are there for the test in all.
        ratio: treatment accounts per control account.
        alpha, sides: level.
    """

    shift_per_root_n: float
    attempts_per_account: float
    capacity: float
    ratio: float = 1.0
    alpha: float = 0.05
    sides: int = 2

    def __post_init__(self) -> None:
        """Raise InputError for values that no test has."""
        positive(self.attempts_per_account, "attempts-per-account")
        positive(self.capacity, "capacity")
        positive(self.ratio, "ratio")

    @property
    def peak_n(self) -> float:
        """Control accounts at which power peaks: all treated accounts just get the full dose.

        Below, more accounts sharpen the estimate; above, the effect falls as 1/n and the error only as
        1/sqrt(n).
        """
        return self.capacity / (self.attempts_per_account * self.ratio)

    def power(self, n: float) -> CapacityPower:
        """Return the power with `n` control accounts, the effect in proportion to the dose that is served."""
        served = min(1.0, self.capacity / (self.attempts_per_account * self.ratio * positive(n, "n")))
        shift = self.shift_per_root_n * math.sqrt(n) * served
        return CapacityPower(served, float(ndtr(shift - critical_z(self.alpha, self.sides))))

    def check_reachable(self, power: float) -> None:
        """Raise InputError when no number of accounts reaches `power` with these agents."""
        best = self.power(self.peak_n).power
        if best < power:
            raise InputError(
                "power",
                f"{power:g} with {self.capacity:g} attempts",
                f"a power of at most {best:.4f}, reached at {self.peak_n:.0f} control accounts",
                "Add agents or lower the attempts per account: more accounts would dilute the dose.",
            )
