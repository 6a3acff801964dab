"""With effects off, payments follow their closed forms: exponential times, hours by weight, shares by formula.

Every test has a fixed seed and states its null and n; each check raises a false alarm with chance at most 1e-6.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.codes import Row
from sim.world import Setting
from tests.worlds import ALIKE, QUIET, log_of, make_portfolio, make_scenario, play

DAY = 86_400
ALARM = 1e-6
PEOPLE = 20_000
RATE = 0.05
"""Per day."""
CONSTANT = {
    **ALIKE,
    "behaviour.payment.self_cure_per_day": {0: RATE},
    "behaviour.payment.payday_factor": 1.0,
    "behaviour.payment.excitation_log_odds": 0.0,
}


@pytest.fixture(scope="module")
def paid():
    """Return the world of 20,000 people alike, 40 days, nobody contacted: each pays all at the first payment."""
    setting = Setting(make_scenario(40, CONSTANT), make_portfolio(PEOPLE))
    return play(setting)


@pytest.mark.parametrize("day", [1, 5, 12, 25, 40])
def test_a_constant_hazard_cures_1_minus_e_to_the_minus_lambda_t(paid, day):
    # Null: the number cured by day d is binomial(n, 1 - e**(-lambda d)); n = 20,000.
    cured = int((log_of(paid, Row.CURED)["t_s"] < day * DAY).sum())
    assert stats.binomtest(cured, PEOPLE, 1 - math.exp(-RATE * day)).pvalue > ALARM


def test_everybody_paid_in_full_and_once(paid):
    assert len(log_of(paid, Row.PAYMENT)) == len(log_of(paid, Row.CURED))
    assert len(set(log_of(paid, Row.PAYMENT)["person"])) == len(log_of(paid, Row.PAYMENT))


def test_payments_keep_to_the_hours_weights(paid):
    # Null: the hour of a payment is multinomial; within a day the hazard is small and the weight of an hour is its
    # share but for the decline of who is left, at most RATE: taken into account by the exact integral over 40 days.
    weights = paid.hour_weight / 24
    begins = np.concatenate([[0.0], np.cumsum(weights)[:-1]])
    share = np.exp(-RATE * begins) * -np.expm1(-RATE * weights)
    hours = np.bincount(log_of(paid, Row.PAYMENT)["t_s"] % DAY // 3600, minlength=24)
    assert stats.chisquare(hours, share / share.sum() * hours.sum()).pvalue > ALARM


def test_frailty_of_mean_one_thins_the_hazard_as_its_transform_says():
    # Null: P(cured by day d) = 1 - E e**(-lambda f d) with f lognormal of mean 1, by quadrature; n = 20,000.
    log_sd = 0.8
    changes = CONSTANT | {"behaviour.people.frailty_log_sd": log_sd}
    world = play(Setting(make_scenario(30, changes), make_portfolio(PEOPLE, seed=2)))
    for day in (3, 30):
        z, w = np.polynomial.hermite_e.hermegauss(80)
        f = np.exp(log_sd * z - log_sd**2 / 2)
        chance = 1 - float((w * np.exp(-RATE * day * f)).sum() / math.sqrt(2 * math.pi))
        cured = int((log_of(world, Row.CURED)["t_s"] < day * DAY).sum())
        assert stats.binomtest(cured, PEOPLE, chance).pvalue > ALARM


def test_a_rate_that_changes_with_days_past_due_is_the_integral_of_its_steps():
    # Null: binomial with 1 - exp(-(5 * 0.10 + 15 * 0.02)) by day 20; enter at 1 day past due, step at 6; n = 20,000.
    changes = CONSTANT | {"behaviour.payment.self_cure_per_day": {1: 0.10, 6: 0.02}}
    world = play(Setting(make_scenario(20, changes), make_portfolio(PEOPLE, dpd=(1, 1))))
    for day, integral in ((5, 0.5), (6, 0.52), (20, 0.8)):
        cured = int((log_of(world, Row.CURED)["t_s"] < day * DAY).sum())
        assert stats.binomtest(cured, PEOPLE, 1 - math.exp(-integral)).pvalue > ALARM


def test_part_payments_have_the_shares_of_the_formula():
    # Null: share of what is due = floor + (1 - floor) u**power, u uniform; Kolmogorov-Smirnov over first payments.
    reasons = {name: spec | {"full": 0.0} for name, spec in ALIKE["behaviour.reasons"].items()}
    changes = CONSTANT | {"behaviour.reasons": reasons, "behaviour.payment.partial_floor": 0.1,
                          "behaviour.payment.partial_power": 3.0, "behaviour.payment.minimum": 0.01}
    setting = Setting(make_scenario(10, changes), make_portfolio(PEOPLE))
    rows = log_of(play(setting), Row.PAYMENT)
    first = rows[rows["ordinal"] == 0]
    due = setting.portfolio.balance_minor[first["account"]]
    assert len(first) > 5_000
    assert (first["amount_minor"] >= due // 10).all()
    # Amounts are cut to whole cents: half a cent is put back.
    share = np.maximum((first["amount_minor"] + 0.5) / due, 0.1)
    assert stats.kstest(((share - 0.1) / 0.9) ** (1 / 3), "uniform").pvalue > ALARM


def test_nobody_pays_when_the_intensity_is_nothing():
    world = play(Setting(make_scenario(10, CONSTANT | QUIET), make_portfolio(200)))
    assert {Row(int(row)).name for row in log_of(world)["row"]} == {"ENTRY"}
