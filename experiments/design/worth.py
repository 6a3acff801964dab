"""Is the test worth it: test first, ship now or hold, in money, over a prior of the true effect.

Source: expected value of sample information, Raiffa and Schlaifer (1961), Applied Statistical Decision Theory, for a normal prior
and a normal estimate; the rule that ships is the test's own, not the Bayes rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from experiments.design.checks import critical_z, not_negative, positive, probability
from sim.errors import InputError

_REACH, _POINTS = 9.0, 20_001
"""The prior is integrated over so many SDs on either side, on so many points: smooth but for one kink."""


@dataclass(frozen=True)
class Stake:
    """What is decided and how well the test sees it. Effects are gains: positive is good.

    Attributes:
        prior_mean, prior_sd: of the true effect by account, in the metric's unit.
        unit_value: money for one unit of the metric.
        running_cost: money by account that the treatment costs beyond control.
        accounts: that the decision applies to, those in the test included.
        test_accounts, test_share: accounts in the test, and the share of them under treatment.
        lost_accounts: that pass while the test runs, outside it, under control.
        test_cost: money for carrying out the test.
        bias, sd, se: of the estimate around the true effect: mean error, real SD, and the standard error that it states.
        clearance: chance that nothing but the metric (a guardrail) stops the shipping.
        alpha, sides: level of the test that ships.
    """

    prior_mean: float
    prior_sd: float
    unit_value: float
    running_cost: float
    accounts: float
    test_accounts: float
    test_share: float
    lost_accounts: float
    test_cost: float
    bias: float
    sd: float
    se: float
    clearance: float = 1.0
    alpha: float = 0.05
    sides: int = 2

    def __post_init__(self) -> None:
        """Raise InputError for values that no decision has."""
        for name in ("prior_sd", "unit_value", "accounts", "sd", "se"):
            positive(getattr(self, name), name)
        for name in ("running_cost", "lost_accounts", "test_cost", "test_accounts"):
            not_negative(getattr(self, name), name)
        for name in ("test_share", "clearance"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InputError(name, getattr(self, name), "a share from 0 to 1", "A percentage? 5 % is 0.05.")
        probability(self.alpha, "alpha")


@dataclass(frozen=True)
class WorthOf:
    """Expected money of each choice against holding (control for everybody), in the stake's unit of money.

    Attributes:
        ship_now: everybody under treatment at once.
        test: test, then ship if the rule says so.
        perfect: if the true effect were known for free.
        best: "ship_now", "test" or "hold".
        p_ship: chance that the test ships.
        p_ship_harmful: chance that it ships what loses money.
        expected_loss: money lost by that, on average over everything.
        p_miss: chance that it holds back what would gain money.
    """

    ship_now: float
    test: float
    perfect: float
    best: str
    p_ship: float
    p_ship_harmful: float
    expected_loss: float
    p_miss: float


def worth(stake: Stake) -> WorthOf:
    """Return what each choice is worth."""
    z = np.linspace(-_REACH, _REACH, _POINTS)
    weight = np.exp(-0.5 * z * z)
    weight /= weight.sum()
    effect = stake.prior_mean + stake.prior_sd * z
    value = stake.unit_value * effect - stake.running_cost
    bound = critical_z(stake.alpha, stake.sides) * stake.se
    ships = stake.clearance * ndtr((effect + stake.bias - bound) / stake.sd)
    after = max(stake.accounts - stake.test_accounts - stake.lost_accounts, 0.0)
    mean = float(weight @ value)
    test = (min(stake.test_accounts, stake.accounts) * stake.test_share * mean + after * float(weight @ (value * ships))
            - stake.test_cost)
    now = stake.accounts * mean
    best = max((0.0, "hold"), (now, "ship_now"), (test, "test"))[1]
    loses = value < 0.0
    return WorthOf(
        now, test, stake.accounts * float(weight @ np.maximum(value, 0.0)), best, float(weight @ ships),
        float((weight * ships)[loses].sum()), after * float((weight * ships * np.maximum(-value, 0.0)).sum()),
        float((weight * (1.0 - ships))[~loses].sum()))
