"""Plans, extensions and pauses: taken up by how far they fit, paid as stated, days past due standing still; each alone.

Every test has a fixed seed and states its null and n, or is exact; each check raises a false alarm with chance at most 1e-6.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.codes import AccountStatus, Arrangement, Flag, Row
from sim.engine.view import Facts
from sim.strategies.protocol import Offer, Step, Window
from sim.world import Setting
from tests.statistical.test_mechanisms import ALARM, CONSTANT, DAY, RATE, READ_S, TEXTS, alike, cured_by
from tests.worlds import ALIKE, HOUR, Timed, log_of, make_scenario, play

PEOPLE = 8_000
NOBODY_PAYS = {"behaviour.payment.self_cure_per_day": {0: 0.0}}
EVERYBODY = {"behaviour.arrangements.by_message": 1.0,
             **{f"behaviour.arrangements.{kind}": {"accepted": 1.0, "fit": {"forgot": 1.0}}
                for kind in ("plan", "extension", "pause")}}


def offered(days, offer, changes=None, people=PEOPLE, dpd=(1, 1), relief=1.0):
    """Return the setting of people alike who are all texted one offer on the first day, and their world."""
    reasons = {name: spec | {"relief": relief} for name, spec in ALIKE["behaviour.reasons"].items()}
    values = CONSTANT | TEXTS | EVERYBODY | {"behaviour.reasons": reasons,
                                             "channels.sms.contents": {"helpful": {"log_odds": 0.0}}}
    step = Step("offer", "all", "sms", "helpful", window=Window(10 * HOUR, 11 * HOUR), offer=offer)
    setting = Setting(make_scenario(days, values | (changes or {})), alike(people, dpd))
    return setting, play(setting, [Timed("offer", (step,), every=(1000,))])


@pytest.mark.parametrize(("offer", "kind"), [(Offer(plan=6), "plan"), (Offer(extend_days=9), "extension"),
                                             (Offer(pause_days=9), "pause")])
def test_an_arrangement_is_taken_up_by_how_far_it_fits(offer, kind):
    # Null: taken up with accepted 0.8 x fit 0.5 x by message 0.6, binomial; n = 8,000.
    terms = {"behaviour.arrangements.by_message": 0.6,
             f"behaviour.arrangements.{kind}": {"accepted": 0.8, "fit": {"forgot": 0.5, "shock": 1.0}}}
    _, world = offered(2, offer, NOBODY_PAYS | terms)
    rows = log_of(world, Row.ARRANGED)
    assert (rows["value"] == Arrangement[kind.upper()]).all()
    assert stats.binomtest(len(rows), PEOPLE, 0.8 * 0.5 * 0.6).pvalue > ALARM
    held = (world.person["flags"] & Flag.HARDSHIP_PLAN) != 0
    assert held.sum() == (0 if kind == "extension" else len(rows))


def test_a_plan_is_paid_part_by_part_and_ends_with_the_first_missed_one():
    # Null: each part is paid with p = 1 / (1 + e**-(k0 + k(plan))), so that 4 parts are all paid with p**4: binomial, n = 8,000.
    terms = {"behaviour.promise.kept_log_odds": 0.5, "behaviour.arrangements.plan_kept_log_odds": 0.7,
             "behaviour.arrangements.plan_misses": 1, "behaviour.arrangements.plan_first_days": 7}
    setting, world = offered(120, Offer(plan=4), NOBODY_PAYS | terms)
    kept = 1 / (1 + math.exp(-1.2))
    over = log_of(world, Row.ARRANGEMENT_OVER)
    assert len(over) == PEOPLE
    assert stats.binomtest(int((over["value"] == 0).sum()), PEOPLE, kept**4).pvalue > ALARM
    assert np.array_equal(over["value"] == 0, world.account["status"][over["account"]] == AccountStatus.CURED)
    paid = log_of(world, Row.PAYMENT)
    assert set((paid["t_s"] // DAY).tolist()) == {7, 37, 67, 97}
    part = -(-setting.portfolio.balance_minor // 4)
    first = paid[paid["t_s"] < 8 * DAY]
    assert np.array_equal(first["amount_minor"], part[first["account"]])
    assert stats.binomtest(len(first), PEOPLE, kept).pvalue > ALARM
    assert not (world.person["flags"] & Flag.HARDSHIP_PLAN).any()


@pytest.mark.parametrize("offer", [Offer(extend_days=12), Offer(pause_days=12)])
def test_days_past_due_stand_still_while_it_runs(offer):
    # Exact: entered 20 days past due on day 0; 12 days stand still; on day 30 the debt is 20 + 30 - 12 days past due.
    setting, world = offered(31, offer, NOBODY_PAYS, people=50, dpd=(20, 20))
    assert (Facts(world, setting.observed, 30, 30 * DAY, 0).dpd() == 38).all()
    assert (log_of(world, Row.ARRANGEMENT_OVER)["t_s"] == 12 * DAY).all()
    setting, world = offered(8, offer, NOBODY_PAYS, people=50, dpd=(20, 20))
    assert (Facts(world, setting.observed, 7, 7 * DAY, 0).dpd() == 20).all()


@pytest.mark.parametrize(("offer", "key"), [(Offer(extend_days=300), "extension"), (Offer(pause_days=300), "pause")])
def test_while_it_runs_the_intensity_counts_its_log_odds(offer, key):
    # Null: P(cured by day d) = 1 - exp(-r (s + (d - s) e**(0.6 relief))), s the day's share before the text is read; n = 8,000.
    _, world = offered(20, offer, {f"behaviour.arrangements.{key}_log_odds": 0.6}, relief=1.5)
    start = READ_S / DAY
    for day in (5, 20):
        chance = -math.expm1(-RATE * (start + (day - start) * math.exp(0.9)))
        assert stats.binomtest(cured_by(world, day), PEOPLE, chance).pvalue > ALARM


def test_who_has_a_plan_pays_by_the_plan_alone():
    _, world = offered(6, Offer(plan=3), {"behaviour.payment.self_cure_per_day": {0: 0.5}})
    assert len(log_of(world, Row.ARRANGED)) > 0.7 * PEOPLE
    assert log_of(world, Row.PAYMENT)["t_s"].max() < READ_S
