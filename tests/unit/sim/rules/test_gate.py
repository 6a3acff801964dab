"""The gate in small stories: one borrower or a few, everybody alike, and the days and seconds at which contact is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from sim.codes import Outcome, Row
from sim.errors import InputError
from sim.portfolio.table import Category
from sim.spec.strategy import Vocabulary
from sim.spec.strategy_source import strategy_from
from sim.spec.yaml_source import parse_yaml
from sim.strategies.protocol import Retry, Step, Window
from sim.strategies.yaml_strategy import YamlStrategy
from sim.world import Setting
from tests.worlds import ALIKE, HOUR, QUIET, Timed, log_of, make_portfolio, make_scenario, play

DAY = 86_400
OPEN_ALWAYS = {
    "resources.desk.groups.general.agents": "unlimited", "resources.bot_lines.lines": "unlimited", "resources.field.teams": 1,
    "resources.desk.groups.general.shifts": [
        {"hours": "00:00-24:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}],
    "resources.bot_lines.hours": "00:00-24:00", "resources.field.hours": "00:00-24:00",
    "resources.field.days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
}
NOBODY_HOME = {f"channels.call.dial.{name}": 0.0 for name in ("answer", "busy", "voicemail", "wrong_party")}
ALWAYS_TALK = {"channels.call.dial.answer": 1.0, "channels.call.dial.answer_fatigue_log": 0.0,
               "behaviour.people.reach_log_sd": 0.0, "channels.call.conversation.refused": 0.0}


def campaign(packs, steps, days=15, changes=None, start="2026-03-02", zone="America/New_York", country="US", every=None,
             accounts=30, portfolio=None, **said):
    """Play steps, each on every day unless `every` says otherwise; return (setting, log)."""
    rules = {"rulepacks": packs, "compliance": {"actor": "third_party_collector"} | said}
    scenario = make_scenario(days, ALIKE | QUIET | OPEN_ALWAYS | rules | (changes or {}), start=start, zone=zone, country=country)
    setting = Setting(scenario, portfolio or make_portfolio(accounts))
    steps = [steps] if isinstance(steps, Step) else steps
    strategy = Timed("story", tuple(steps), every=tuple(every or [1] * len(steps)))
    return setting, log_of(play(setting, [strategy]))


def call(first=9, last=18, **changed):
    """Return a step that calls within hours, once a day unless told otherwise."""
    return Step("call", "all", "call", "negotiate", window=Window(int(first * HOUR), int(last * HOUR)),
                **{"repeats": True} | changed)


def by_day(rows, setting, kind=Row.ATTEMPT):
    """Return the rows of a kind by day of the calendar, of the borrower with most of them."""
    chosen = rows[rows["row"] == kind]
    table = np.zeros((setting.persons, setting.scenario.horizon.days), int)
    np.add.at(table, (chosen["person"], chosen["t_s"] // DAY), 1)
    return table[table.sum(axis=1).argmax()].tolist()


def test_seven_connected_calls_in_seven_days_then_none_until_the_first_falls_out():
    """us.c1, golden case 1: rolling days count today; two calls a day fill the week on the fourth day."""
    step = call(attempts_per_day=2, attempts_total=2, retry={"no_answer": Retry(delay_s=HOUR)})
    setting, rows = campaign(["us.fed"], step, days=14, changes=NOBODY_HOME)
    assert by_day(rows, setting) == [2, 2, 2, 1, 0, 0, 0, 2, 2, 2, 1, 0, 0, 0]
    blocked = rows[rows["row"] == Row.BLOCKED]
    assert {setting.rules.rules[number].id for number in blocked["value"]} == {"us.c1"}


def test_busy_lines_do_not_count():
    """us.c1 leaves out busy and invalid numbers: two calls a day go on for ever."""
    step = call(attempts_per_day=2, attempts_total=2, retry={"busy": Retry(delay_s=HOUR)})
    setting, rows = campaign(["us.fed"], step, days=9, changes=NOBODY_HOME | {"channels.call.dial.busy": 1.0})
    assert by_day(rows, setting) == [2] * 9


def test_after_a_talk_the_talk_day_is_the_first_of_seven():
    """us.d1, golden case 2: a talk on 2 March blocks to the 8th; 9 March is free again. Texts are not held back."""
    text = Step("text", "all", "sms", "helpful", window=Window(10 * HOUR, 11 * HOUR), repeats=True)
    setting, rows = campaign(["us.fed"], [call(), text], changes=ALWAYS_TALK)
    attempts = rows[(rows["row"] == Row.ATTEMPT)]
    talks = attempts[attempts["outcome"] == Outcome.CONVERSATION]
    gaps = np.concatenate([np.diff(np.sort(talks["t_s"][talks["person"] == person] // DAY)) for person in range(setting.persons)])
    assert gaps.min() == 7
    assert np.median(gaps) == 7  # a few do not answer on the day itself
    assert len(talks) > setting.persons
    assert by_day(attempts[attempts["channel"] == 0], setting) == [1] * 15


@pytest.mark.parametrize(("start", "closed"), [("2026-03-06", [2, 9]), ("2026-12-24", [])])
def test_a_day_on_which_nobody_may_be_called(start, closed):
    """id.ojk: Sundays and national holidays are closed, Saturdays open."""
    setting, rows = campaign(["id.ojk"], call(), days=11, changes=NOBODY_HOME, start=start, zone="Asia/Jakarta", country="ID")
    none = [day for day, count in enumerate(by_day(rows, setting)) if count == 0]
    assert set(closed) <= set(none)
    if not closed:
        assert 1 in none  # 25 December 2026, a Friday


def test_who_waits_for_an_agent_past_the_hour_is_not_called():
    """cn.w1, golden case 11: the hour counts at which an agent is free, not at which the call was due."""
    few = {"resources.desk.groups.general.agents": 1, "channels.call.dial.ring_s": 600.0}
    setting, rows = campaign(["cn.base"], call(first=21, last=24), days=2, changes=NOBODY_HOME | few, zone="Asia/Shanghai",
                             country="CN", actor="bank")
    attempts = rows[rows["row"] == Row.ATTEMPT]["t_s"] % DAY
    assert len(attempts) == 12  # ten minutes each, from nine to ten, on two days
    assert attempts.max() < 22 * HOUR
    assert (rows["row"] == Row.BLOCKED).sum() > 0
    assert setting.persons == 30


def test_a_place_is_held_while_a_talk_goes_on():
    """it.c1, golden case 24: one talk a day, shared by people and machines that dial at the same time."""
    bot = Step("bot", "all", "bot_call", "m1", window=Window(9 * HOUR, 18 * HOUR), repeats=True)
    machine = {name.replace("channels.call", "channels.bot_call"): value for name, value in ALWAYS_TALK.items()}
    homes = np.zeros(20)
    portfolio = replace(make_portfolio(20), attributes={"home": homes})
    long = {"channels.call.conversation.talk_median_s": 3000.0, "channels.bot_call.conversation.talk_median_s": 3000.0}
    _, rows = campaign(["it.unirec"], [call(), bot], days=4, changes=ALWAYS_TALK | machine | long, zone="Europe/Rome",
                       country="IT", portfolio=portfolio)
    talks = rows[(rows["row"] == Row.ATTEMPT) & (rows["outcome"] == Outcome.CONVERSATION)]
    counts = np.unique(np.stack([talks["person"], talks["t_s"] // DAY]), axis=1, return_counts=True)[1]
    assert len(talks) > 20
    assert counts.max() == 1


def test_two_people_of_one_home_share_its_cap():
    """A cap by household counts visits to all who live there; without the column everybody has a home of their own."""
    portfolio = replace(make_portfolio(6), attributes={"home": np.array([0.0, 0, 0, 1, 1, 1])})
    visit = Step("visit", "all", "visit", "talk", window=Window(9 * HOUR, 18 * HOUR), repeats=True)
    said = {"actor": "bank", "flags": {"notice_given": True}}
    apart = campaign(["company.default"], visit, days=10, portfolio=portfolio, **said)[1]
    together = campaign(["company.default"], visit, days=10, portfolio=portfolio, household_column="home", **said)[1]
    assert [int((rows["row"] == Row.ATTEMPT).sum()) for rows in (apart, together)] == [6, 2]


def test_where_the_zone_is_not_known_nobody_is_contacted():
    """An empty cell of a zone column fails closed, as do people whose accounts lie in two zones; others are contacted."""
    portfolio = make_portfolio(12)
    codes = np.array([0] * 4 + [1] * 8, np.int32)
    portfolio = replace(portfolio, zone=Category(codes, ("", "America/New_York")))
    setting, rows = campaign(["us.fed"], call(), days=3, changes=NOBODY_HOME | {"portfolio": {"file": "given.csv"}},
                             portfolio=portfolio)
    assert set(rows["person"][rows["row"] == Row.ATTEMPT]) == set(range(4, 12))
    blocked = rows[rows["row"] == Row.BLOCKED]
    assert {setting.rules.rules[number].id for number in blocked["value"]} == {"tz_unknown"}
    assert any("4 of 12 borrowers have no known time zone" in text for text in setting.rules.warnings)


STRATEGY = """\
strategy: one_call
blocked: {blocked}
windows: {{office: "09:00-18:00"}}
segments:
  - name: all
    when: "dpd >= 0"
    sequence:
      - {{day: 1, call: negotiate, window: office}}
  - name: otherwise
    sequence: []
"""


@pytest.mark.parametrize(("blocked", "first"), [("defer", datetime(2026, 3, 9, 9)), ("drop", None)])  # noqa: DTZ001
def test_a_blocked_contact_waits_for_the_next_day_that_is_open_or_goes(blocked, first):
    """A step of one day, a Sunday, under a house policy that calls nobody on Sundays: on Monday at nine, or never."""
    rules = {"rulepacks": ["company.default"], "compliance": {"actor": "bank"}}
    scenario = make_scenario(5, ALIKE | QUIET | OPEN_ALWAYS | NOBODY_HOME | rules, start="2026-03-08")
    vocabulary = Vocabulary(channels=scenario.contents())
    strategy = YamlStrategy(strategy_from(parse_yaml(STRATEGY.format(blocked=blocked), Path("one.yaml")), vocabulary), vocabulary)
    rows = log_of(play(Setting(scenario, make_portfolio(8)), [strategy]))
    attempts = rows[rows["row"] == Row.ATTEMPT]
    if first is None:
        assert len(attempts) == 0
    else:
        assert len(attempts) == 8
        assert set(attempts["t_s"]) == {int((first - datetime(2026, 3, 8)).total_seconds())}  # noqa: DTZ001


def test_within_the_day_a_contact_waits_until_the_window_opens():
    """A step from six, a pack from eight: dialled at eight to the second, and blocked once."""
    _, rows = campaign(["us.fed"], call(first=6), days=1, changes=NOBODY_HOME, accounts=5)
    assert set(rows["t_s"][rows["row"] == Row.ATTEMPT]) == {8 * HOUR}
    assert int((rows["row"] == Row.BLOCKED).sum()) == 5


@pytest.mark.parametrize(("said", "where", "advice"), [
    ({"region_column": "regin"}, "compliance.region_column", "Did you mean `region`?"),
    ({"purposes": {"sms.helpfull": "notice"}}, "compliance.purposes", "Did you mean `sms.helpful`?"),
    ({"flags": {"debtor_agreed": "agred"}}, "compliance.flags.debtor_agreed", ""),
    ({"switch_off": ["us.c9"]}, "compliance.switch_off", "Did you mean `us."),
])
def test_what_the_packs_are_told_is_checked(said, where, advice):
    with pytest.raises(InputError) as caught:
        campaign(["us.fed"], call(), days=1, **said)
    assert caught.value.where == where
    assert advice in str(caught.value)
