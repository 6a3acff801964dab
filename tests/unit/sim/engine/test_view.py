"""What strategies see is what the world holds, for the open accounts of their arm, and nothing latent."""

from __future__ import annotations

import numpy as np
import pytest

from sim.assignment import Assignment
from sim.codes import EVENT_NAMES, AccountStatus, Event, Flag
from sim.engine.campaign import Campaign
from sim.engine.view import READERS, ObservedView, column_kinds
from sim.errors import InputError
from sim.portfolio.table import Category
from sim.rules.payment import days_past_due
from sim.spec.strategy_source import view_columns
from sim.state import PERSON
from sim.strategies.protocol import Step, Window
from sim.world import Setting, luck_of
from tests.worlds import HOUR, Timed, make_portfolio, make_scenario

DAY = 11
CALLING = Timed("calling", (
    Step("call", "all", "call", "negotiate", window=Window(9 * HOUR, 18 * HOUR), attempts_per_day=2, attempts_total=2,
         repeats=True),
    Step("text", "all", "sms", "helpful", window=Window(10 * HOUR, 12 * HOUR), attempts_total=2)), every=(1, 2))
LATENT = ("reason", "frailty", "sensitivity", "reach", "home", "tolerance", "trust", "profile", "base", "residual",
          "next_pay_s")


@pytest.fixture(scope="module")
def setting():
    return Setting(make_scenario(20), make_portfolio(300, persons=220, last_entry_day=14))


@pytest.fixture(scope="module")
def world(setting):
    """Return the world at the tick of day 11; accounts of even row are under arm 0, the others under arm 1."""
    arms = (np.arange(300) % 2).astype(np.int16)
    fresh = setting.world([CALLING, CALLING], luck_of(setting.scenario.seeds, 0))
    campaign = Campaign(fresh, setting.timetable, setting.observed, [CALLING, CALLING], Assignment.by_account(arms))
    return campaign.run(until_day=DAY)


@pytest.fixture(scope="module")
def view(setting, world):
    return ObservedView(world, setting.observed, DAY, setting.timetable.ticks[DAY], 1, len(CALLING.steps))


def test_its_rows_are_the_open_accounts_of_its_arm(world, view):
    expected = [a for a in range(300) if a % 2 == 1 and world.account["status"][a] == AccountStatus.OPEN]
    assert view.accounts.tolist() == expected
    assert view.rows == len(expected) > 50
    assert (world.account["status"] == AccountStatus.FUTURE).any()
    assert (world.account["status"] == AccountStatus.CURED).any()


def test_money_is_in_major_units(world, view):
    account = world.account[view.accounts]
    for name in ("principal", "interest", "fees", "paid", "instalment"):
        np.testing.assert_array_equal(view.column(name), account[name] / 100)
    total = account["principal"] + account["interest"] + account["fees"]
    np.testing.assert_array_equal(view.column("balance"), total / 100)


def test_days_past_due_are_those_of_the_rules(world, view):
    oldest = [days_past_due(world, int(p), view.t_s) for p in view.persons]
    alone = world.person["open_accounts"][view.persons] == 1
    assert alone.sum() > 30
    np.testing.assert_array_equal(view.column("dpd")[alone], np.array(oldest)[alone])
    assert (view.column("person_dpd") <= oldest).all()


def test_the_day_of_entry_is_day_one(setting, view):
    entered = setting.portfolio.entry_day[view.accounts]
    np.testing.assert_array_equal(view.column("entry_day"), DAY - entered + 1)
    assert view.column("entry_day").min() == 1


def test_persons_share_their_facts_among_their_accounts(world, view):
    attempts = view.column("attempts")
    np.testing.assert_array_equal(attempts, world.person["attempts"][view.persons])
    assert attempts.max() > 2
    balance = view.column("balance")
    together = [balance[view.persons == person].sum() for person in view.persons]
    np.testing.assert_allclose(view.column("person_balance"), together)


def test_channel_columns_read_the_channels_tally(world, view):
    np.testing.assert_array_equal(view.column("attempts_call"), world.tally[view.persons, 1, 0])
    np.testing.assert_array_equal(view.column("contacts_sms"), world.tally[view.persons, 0, 1])
    np.testing.assert_array_equal(view.column("opt_out_sms"), world.person["opted_out"][view.persons] & 1 == 1)


def test_what_never_happened_is_not_a_number(world, view):
    never = world.person["last_contact_s"][view.persons] < 0
    days = view.column("days_since_contact")
    np.testing.assert_array_equal(np.isnan(days), never)
    assert (days[~never] >= 0).all()
    assert (days[~never] <= DAY).all()


def test_a_promise_is_days_away_while_it_lives(world, view):
    live = world.person["promise_live"][view.persons] == 1
    left = view.column("days_to_promise")
    np.testing.assert_array_equal(np.isnan(left), ~live)
    assert live.any()
    due = (world.person["promise_due_s"][view.persons][live] // 86_400).astype(float)
    ahead = due < 10**6  # a day that is past was set to never
    np.testing.assert_array_equal(left[live][ahead], due[ahead] - DAY)
    np.testing.assert_array_equal(view.column("promise_live"), live)


def test_payday_comes_within_a_month(world, view):
    left = view.column("days_to_payday")
    payday = world.person["payday"][view.persons]
    assert np.isnan(left[payday == 0]).all()
    # Day 11 from 1 September is the 12th: the 15th is three days away, 5 October twenty-three.
    np.testing.assert_array_equal(left[payday == 15], 3)
    np.testing.assert_array_equal(left[payday == 5], 23)


def test_a_reason_is_unknown_until_it_was_told(world, view):
    reason = view.column("reason")
    told = world.person["revealed"][view.persons]
    assert [reason.labels[code] for code in reason.codes[told < 0]] == ["unknown"] * int((told < 0).sum())
    np.testing.assert_array_equal(reason.codes[told >= 0] - 1, world.person["reason"][view.persons][told >= 0])
    assert (told >= 0).any()


def test_buckets_are_thirty_days_wide(view):
    bucket, dpd = view.column("bucket"), view.column("dpd")
    for edge, label in ((1, "M1"), (30, "M1"), (31, "M2"), (60, "M2"), (61, "M3"), (90, "M3"), (91, "M4")):
        here = dpd == edge
        assert {bucket.labels[code] for code in bucket.codes[here]} <= {label}
    assert {bucket.labels[code] for code in bucket.codes} >= {"M1", "M2", "M3"}


def test_flags_are_the_persons(world, view):
    for name, flag in (("dispute", Flag.DISPUTE), ("hardship_plan", Flag.HARDSHIP_PLAN), ("complaint", Flag.COMPLAINT),
                       ("wrong_number", Flag.WRONG_NUMBER), ("promise_live", Flag.PROMISE_LIVE)):
        np.testing.assert_array_equal(view.column(name), world.person["flags"][view.persons] & flag != 0)


def test_a_steps_state_is_that_of_the_arms_own_step(world, view):
    first = len(CALLING.steps)
    for step in range(2):
        state = world.step_state[view.accounts, first + step]
        np.testing.assert_array_equal(view.step_attempts(step), state["attempts"])
        np.testing.assert_array_equal(view.step_first_day(step), state["first_day"])
        np.testing.assert_array_equal(view.step_hold_day(step), state["hold_day"])
    assert not view.step_done(0).any(), "a step that repeats is never done"
    assert view.step_done(1).any()
    assert [array.tolist()[0] for array in view.step_window(1)] == [10 * HOUR, 12 * HOUR]


def test_days_of_events_are_the_persons(world, view):
    for event in EVENT_NAMES:
        np.testing.assert_array_equal(view.event_day(event), world.event_day[view.persons, Event[event.upper()]])
    assert view.event_day("contact").max() in (DAY - 1, DAY)


def test_a_second_of_the_day_is_found_on_the_clock(setting, view):
    np.testing.assert_array_equal(view.at(9 * HOUR), np.full(view.rows, DAY * 86_400 + 9 * HOUR))
    own = np.arange(view.rows, dtype=np.int32)
    np.testing.assert_array_equal(view.at(own), DAY * 86_400 + own)


def test_every_column_that_it_offers_can_be_read_and_is_of_its_kind(view):
    for name, kind in view.kinds().items():
        column = view.column(name)
        assert {"number": np.float64, "flag": np.bool_}.get(kind) == getattr(column, "dtype", None), name
        assert isinstance(column, Category) == (kind == "text")
        assert len(column.codes if kind == "text" else column) == view.rows


def test_the_language_knows_the_columns_that_the_engine_offers(setting):
    offered = column_kinds(setting.channel_names, {})
    language = view_columns(setting.scenario.contents())
    assert {name: kind for name, kind in language.items() if name in offered} == {
        name: kind for name, kind in offered.items() if name in language}
    assert set(offered) - set(language) <= {"person_balance", "person_dpd", "person_accounts"}


@pytest.mark.parametrize("name", LATENT)
def test_nothing_latent_has_a_name(view, name):
    assert name in PERSON.names
    if name == "reason":
        return  # the column of this name shows what was revealed, see above
    assert name not in READERS
    with pytest.raises(InputError):
        view.column(name)


def test_an_unknown_column_names_its_nearest(view):
    with pytest.raises(InputError, match="balance"):
        view.column("balence")


def test_days_are_counted_through_daylight_saving():
    # Berlin, clocks forward on 30 March 2025, day 10: an account that enters after it enters at a local midnight too.
    setting = Setting(make_scenario(20, start="2025-03-20", zone="Europe/Berlin"),
                      make_portfolio(300, last_entry_day=18, dpd=(1, 20), zones=("Europe/Berlin", "America/New_York")))
    campaign = Campaign(setting.world([CALLING], luck_of(setting.scenario.seeds, 0)), setting.timetable,
                        setting.observed, [CALLING], Assignment.constant(300))
    view = ObservedView(campaign.run(until_day=19), setting.observed, 19, setting.timetable.ticks[19], 0, 0)
    entered = setting.portfolio.entry_day[view.accounts]
    assert (entered > 10).sum() > 50
    np.testing.assert_array_equal(view.column("entry_day"), 19 - entered + 1)
    np.testing.assert_array_equal(view.column("dpd"), setting.portfolio.dpd[view.accounts] + 19 - entered)
