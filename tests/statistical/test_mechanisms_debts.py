"""What becomes of debts by themselves: later instalments, charge-off, agency, direct debit, allocation, discounting; each alone.

Every test has a fixed seed and states its null and n, or is exact; each check raises a false alarm with chance at most 1e-6.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from sim.codes import AccountStatus, Row
from sim.metrics import measure
from sim.outcomes import outcomes
from sim.strategies.protocol import Offer, Step
from sim.world import Setting
from tests.statistical.test_mechanisms import ALARM, CONSTANT, DAY, alike
from tests.worlds import ALIKE, Timed, log_of, make_portfolio, make_scenario, play

PEOPLE = 8_000
NOBODY_PAYS = {"behaviour.payment.self_cure_per_day": {0: 0.0}}
LATER = {"on": True, "every_days": 30, "most_left": 6, "interest_share": 0.2, "on_time_log_odds": 0.7, "late_fee": 5.0}
OLD = {"on": True, "day": 40, "agency": True, "commission": 0.3, "pays_per_month": 0.2, "pays_share": 0.5}
DEBIT = {"on": True, "share": 0.6, "succeeds": 0.3, "at_hour": 6}


def made(days, changes, accounts=PEOPLE, dpd=(1, 1), instalment=0):
    """Return the setting of people alike and their world, nobody contacted."""
    portfolio = make_portfolio(accounts, dpd=dpd, instalment=instalment)
    setting = Setting(make_scenario(days, CONSTANT | changes), portfolio)
    return setting, play(setting)


def test_instalments_fall_due_on_the_grid_of_the_first_due_date():
    # Exact: entered 11 days past due, the next fall due on days 19, 49, 79 after entry; and the number left is uniform on 0..6:
    # chi-square, n = 8,000.
    setting, world = made(200, NOBODY_PAYS | {"behaviour.instalments": LATER}, dpd=(11, 11), instalment=20_000)
    rows = log_of(world, Row.FELL_DUE)
    assert set((rows["t_s"] // DAY).tolist()) == {19, 49, 79, 109, 139, 169}
    assert (rows["t_s"] % DAY == 0).all()
    due = np.bincount(rows["account"][rows["value"] == 0], minlength=PEOPLE)
    assert stats.chisquare(np.bincount(due, minlength=7)).pvalue > ALARM
    found = outcomes(setting, rows)
    assert np.array_equal(found.accounts.fell_due_minor, due * (20_000 + 500))
    assert np.array_equal(world.account["interest"] - setting.portfolio.interest_minor, due * 4_000)
    assert np.array_equal(world.account["fees"] - setting.portfolio.fees_minor, due * 500)


def test_who_is_back_to_current_pays_on_time_with_the_stated_chance_or_is_overdue_anew():
    # Null: instalments of accounts back to current are paid on time with 1 / (1 + e**-0.7): binomial, n about 20,000.
    changes = {"behaviour.payment.self_cure_per_day": {0: 0.2}, "behaviour.instalments": LATER}
    setting, world = made(200, changes, instalment=20_000)
    rows = log_of(world, Row.FELL_DUE)
    on_time, missed = int((rows["value"] == 1).sum()), int((rows["value"] == 2).sum())
    assert on_time + missed > 15_000
    assert stats.binomtest(on_time, on_time + missed, 1 / (1 + math.exp(-0.7))).pvalue > ALARM
    cures = log_of(world, Row.CURED)
    assert len(cures) > PEOPLE + missed // 2, "who missed one is overdue anew and can be cured anew"
    found = outcomes(setting, log_of(world))
    assert np.array_equal(found.accounts.cured, world.account["status"] == AccountStatus.CURED)
    assert measure(setting, found)["missed_rate"] == pytest.approx(missed / (on_time + missed))


def test_debts_are_charged_off_at_their_day_and_the_agency_brings_its_share():
    # Exact: entered 10 days past due, charged off 30 days later. Null: each later month pays with chance 0.2, binomial.
    setting, world = made(200, NOBODY_PAYS | {"behaviour.charge_off": OLD}, dpd=(10, 10))
    off = log_of(world, Row.CHARGED_OFF)
    assert len(off) == PEOPLE
    assert (off["t_s"] == 30 * DAY).all()
    assert np.array_equal(np.sort(off["amount_minor"]), np.sort(setting.portfolio.balance_minor))
    paid, kept = log_of(world, Row.PAYMENT), log_of(world, Row.COMMISSION)
    months = 5
    assert (paid["value"] == 1).all()
    assert stats.binomtest(len(paid), PEOPLE * months, 0.2).pvalue > ALARM
    first = paid[np.unique(paid["account"], return_index=True)[1]]
    assert np.array_equal(first["amount_minor"], setting.portfolio.balance_minor[first["account"]] // 2)
    assert outcomes(setting, log_of(world)).cost_minor["agency commission"] == kept["amount_minor"].sum()
    assert kept["amount_minor"].sum() == pytest.approx(0.3 * paid["amount_minor"].sum(), rel=1e-3)


def test_older_debts_stay_and_without_an_agency_nothing_comes():
    _, world = made(100, NOBODY_PAYS | {"behaviour.charge_off": OLD | {"agency": False}}, accounts=300, dpd=(38, 45))
    assert len(log_of(world, Row.PAYMENT)) == 0
    old = world.account["status"] == AccountStatus.CHARGED_OFF
    assert np.array_equal(old, world.account["dpd"] < 40)
    assert (world.person["open_accounts"] == (~old)).all()


def test_direct_debits_cure_without_contact_as_often_as_stated():
    # Null: of people with a payday, a share of 0.6 has agreed, and each payday succeeds with chance 0.3 x 0.5 (the reason's
    # chance to pay in full): P(cured after k paydays) = 0.6 (1 - 0.85**k), binomial. From 1 September
    # days 5 and 15 come three times.
    reasons = {name: spec | {"full": 0.5} for name, spec in ALIKE["behaviour.reasons"].items()}
    setting, world = made(92, NOBODY_PAYS | {"behaviour.reasons": reasons, "behaviour.direct_debit": DEBIT})
    assert set(np.unique(log_of(world, Row.DEBIT)["t_s"] % DAY)) == {6 * 3600}
    payday = setting.portfolio.payday > 0
    cured = world.account["status"] == AccountStatus.CURED
    assert not cured[~payday].any()
    assert stats.binomtest(int(cured[payday].sum()), int(payday.sum()), 0.6 * (1 - 0.85**3)).pvalue > ALARM
    tries = log_of(world, Row.DEBIT)
    assert stats.binomtest(int(tries["value"].sum()), len(tries), 0.15).pvalue > ALARM


@pytest.mark.parametrize("order", [("fees", "interest", "principal"), ("principal", "interest", "fees"),
                                   ("interest", "principal", "fees")])
def test_cash_goes_to_the_parts_in_the_stated_order(order):
    # Exact: whatever has been paid, a later part is touched only when all earlier ones are gone.
    reasons = {name: spec | {"full": 0.0} for name, spec in ALIKE["behaviour.reasons"].items()}
    setting, world = made(20, {"behaviour.reasons": reasons, "behaviour.allocation": order}, accounts=2_000)
    before = {name: getattr(setting.portfolio, f"{name}_minor") for name in order}
    after = {name: world.account[name] for name in order}
    touched = 0
    for earlier, later in pairwise(order):
        moved = after[later] < before[later]
        assert (after[earlier][moved] == 0).all()
        touched += int(moved.sum())
    assert touched > 15


def test_a_settlement_forgives_its_share_of_principal_and_its_rows_name_the_parts():
    offer = Timed("settle", (Step("settle", "all", "", offer=Offer(1.0, 0.5, 30, 0.25)),), every=(1000,))
    setting = Setting(make_scenario(30, CONSTANT), alike(500))
    world = play(setting, [offer])
    rows = log_of(world, Row.FORGIVEN)
    cured = world.account["cured_s"] < 29 * DAY
    for value, part, share in ((0, "fees", 1.0), (1, "interest", 0.5), (2, "principal", 0.25)):
        taken = np.zeros(500, np.int64)
        np.add.at(taken, rows["account"][rows["value"] == value], rows["amount_minor"][rows["value"] == value])
        expected = (getattr(setting.portfolio, f"{part}_minor") * share).astype(np.int64)
        assert np.array_equal(taken[cured], expected[cured])
    assert cured.sum() > 100


def test_present_value_discounts_each_day_and_is_the_net_at_no_rate():
    # Exact but for rounding: recovery of day d counts (1 + r)**(-d / 365).
    for rate in (0.0, 0.5):
        setting, world = made(300, {"costs.discount_per_year": rate}, accounts=1_000)
        found = outcomes(setting, log_of(world))
        paid = log_of(world, Row.PAYMENT)
        value = (paid["amount_minor"] * (1 + rate) ** (-(paid["t_s"] // DAY) / 365)).sum()
        metrics = measure(setting, found)
        assert metrics["npv_minor"] == pytest.approx(value, rel=1e-12)
        assert (metrics["npv_minor"] == pytest.approx(metrics["net_minor"], rel=1e-12)) == (rate == 0.0)
