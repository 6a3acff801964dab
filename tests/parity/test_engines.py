"""The SimPy desk and the compiled desk write the same log, to the bit, on generated scenarios."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from sim.assignment import Assignment
from sim.codes import Row
from sim.eventlog import digest_of
from sim.strategies.protocol import Offer, Retry, Step, Window
from sim.world import Setting, luck_of
from tests.worlds import HOUR, Timed, first_difference, log_of, make_portfolio, make_scenario, play

SEEDS = range(16)
CONTENTS = {"sms": ("reminder", "helpful", "promise_reminder"), "call": ("reminder", "negotiate", "firm", "relief"),
            "bot_call": ("m1", "promise_reminder"), "visit": ("talk",)}
PACKS = ((), ("us.fed", "uk.conc"), ("it.unirec", "ru.230fz"), ("vn.consumer", "au.rg96", "jp.mlba"))
"""Contact rules by seed: none, and packs that were in force on the days below."""
MECHANISMS = ("backfire", "staff", "liquidity", "carry_over", "instalments", "charge_off", "direct_debit")
MECHANISM_VALUES = {"behaviour.people.tolerance_contacts": 2.0, "behaviour.staff.leaves_per_day": 0.1,
                    "behaviour.staff.absent": 0.2, "behaviour.staff.provoked_dispute": 0.1,
                    "resources.desk.courses.conversation.every": 3,
                    "resources.desk.courses.law_and_conduct.day": 2,
                    "behaviour.liquidity.hit_per_day": 0.2, "behaviour.liquidity.recovers_per_day": 0.2,
                    "behaviour.instalments.every_days": 7, "behaviour.instalments.on_time_log_odds": 0.0,
                    "behaviour.charge_off.day": 60, "behaviour.charge_off.every_days": 1,
                    "behaviour.charge_off.pays_per_month": 0.5,
                    "behaviour.arrangements.plan_first_days": 1}
"""What makes them matter within some days."""
STATES = ("dispute", "hardship_plan", "complaint", "wrong_number", "promise_live")


def amount(rng, most):
    """Return a number of agents, lines or teams: none, some, or unlimited."""
    return ["unlimited", 0, 1, int(rng.integers(2, most + 1))][rng.integers(0, 4)]


def hours(rng, least=9, latest=17):
    """Return a stretch of a day of 20 minutes to 9 hours."""
    opens = int(rng.integers(least * 60, latest * 60))
    return f"{opens // 60:02d}:{opens % 60:02d}", min(opens + int(rng.integers(20, 540)), 24 * 60)


def shift(rng):
    """Return the hours of a shift as text."""
    opens, closes = hours(rng)
    return f"{opens}-{closes // 60:02d}:{closes % 60:02d}"


def resources(rng):
    """Return changes that make capacity scarce, plentiful or absent."""
    staff = amount(rng, 6)
    shifts = [{"hours": shift(rng)} for _ in range(rng.integers(1, 4))]
    if isinstance(staff, int) and staff >= len(shifts) and rng.random() < 0.4:
        shifts = [entry | {"agents": staff // len(shifts)} for entry in shifts]
    return {
        "resources.gateway.per_second": [1, 3, "unlimited"][rng.integers(0, 3)],
        "resources.desk.groups.general.agents": staff,
        "resources.desk.groups.general.shifts": shifts,
        "resources.desk.groups.senior.agents": amount(rng, 3),
        "resources.desk.groups.senior.shifts": [{"hours": shift(rng)}],
        "resources.desk.open_on_holidays": bool(rng.random() < 0.5),
        "resources.desk.patience": ["lognormal", "exponential"][rng.integers(0, 2)],
        "resources.bot_lines.lines": amount(rng, 8),
        "resources.bot_lines.hours": shift(rng),
        "resources.field.teams": amount(rng, 3),
        "resources.field.visits_per_day": int(rng.integers(1, 6)),
        "channels.call.conversation.wrap_s": [0.0, 45.0][rng.integers(0, 2)],
        "channels.bot_call.hand_off.chance": 0.4,
        "channels.call.call_back.after_missed": 0.5,
        "channels.sms.call_back.chance": 0.3,
    }


def window(rng, scenario, channel):
    """Return a window that meets the hours of a channel's resource."""
    while True:
        open_s = int(rng.integers(8, 19)) * HOUR
        found = Window(open_s, min(open_s + int(rng.integers(1, 9)) * HOUR, 21 * HOUR))
        resource = scenario.resources[scenario.channels[channel].resource]
        spans = {"batch": lambda _r: [(0, 86_400)], "lines": lambda r: [r.hours], "field": lambda r: [r.hours],
                 "desk": lambda r: [s.hours for s in r.groups["general"].shifts]}[resource.kind](resource)
        if any(begin < found.close_s and found.open_s < end for begin, end in spans):
            return found


def contact(rng, scenario, number, offers):
    """Return a random step that contacts."""
    channel = list(CONTENTS)[rng.integers(0, 4)]
    per_day = int(rng.integers(1, 4))
    retry = {name: Retry(delay_s=int(rng.integers(1, 10_000))) if rng.random() < 0.6 else Retry(delay_days=1)
             for name in ("busy", "no_answer", "voicemail", "wrong_party", "refused", "not_met", "undelivered")
             if rng.random() < 0.6}
    offer = (Offer(0.2, 0.0, 5), Offer(plan=2), Offer(extend_days=3), Offer(pause_days=2), None)[number % 5] if offers else None
    exclude = tuple(name for name in STATES if rng.random() < 0.2)
    return Step(f"{number} {channel}", "all", channel, CONTENTS[channel][rng.integers(0, len(CONTENTS[channel]))],
                window=window(rng, scenario, channel), attempts_per_day=per_day,
                attempts_total=per_day + int(rng.integers(0, 3)), open_days=int(rng.integers(1, 4)), retry=retry,
                priority=int(rng.integers(0, 1000)), exclude=exclude, repeats=bool(rng.random() < 0.5),
                blocked=("defer", "drop")[number % 2], offer=offer)


def strategy(rng, scenario, name):
    """Return a strategy of random steps, administrative ones among them."""
    steps = [contact(rng, scenario, n, scenario.behaviour.staff.on) for n in range(rng.integers(3, 7))]
    steps += [Step("waive", "all", "", offer=Offer(0.5, 0.3, 3, 0.2)),
              Step("plan", "all", "", set_hardship_plan=True),
              Step("stop", "all", "", stop_channels=("sms", "call"))]
    contacts = len(steps) - 3
    return Timed(name, tuple(steps), every=(*rng.integers(1, 4, contacts).tolist(), 5, 5, 5),
                 share=(*rng.uniform(0.3, 1.0, contacts).tolist(), 0.1, 0.05, 0.05), seed=int(rng.integers(0, 10**6)))


@dataclass(frozen=True)
class Trained(Timed):
    """A strategy whose agents attend courses."""

    train: tuple[str, ...] = ("conversation", "law_and_conduct")


PLACES = {"a": (31.2, 121.5), "b": (31.5, 120.3), "c": (30.3, 120.2), "d": (32.1, 118.8)}


def field_map(seed):
    """Return changes that give every other seed's field teams a map, with rounds by it and dials ahead in half of them."""
    if seed % 2:
        return {}
    return {"resources.desk.dialling": ("predictive", "progressive")[seed // 2 % 2], "resources.desk.abandoned_over": 5,
            "resources.desk.lines_per_agent": 3.0,
            "resources.field.areas": PLACES, "resources.field.base": (31.0, 121.0),
            "resources.field.rounds": ("tour", "queue")[seed // 2 % 2], "resources.field.speed_kmh": 200.0}


def mechanisms(seed):
    """Return changes that switch some of the mechanisms on: all of them with every fourth seed, none with the next."""
    rng = np.random.default_rng(1000 + seed)
    chance = (1.0, 0.0, 0.5, 0.5)[seed % 4]
    return {f"behaviour.{name}.on": True for name in MECHANISMS if rng.random() < chance} | MECHANISM_VALUES


def generated(seed):
    """Return (setting, strategies, assignment) of a random small scenario."""
    rng = np.random.default_rng(seed)
    days = int(rng.integers(4, 12))
    start, zone, country = [("2025-09-01", "Asia/Shanghai", "CN"), ("2025-03-27", "Europe/Berlin", "DE"),
                            ("2025-10-30", "America/New_York", "US")][seed % 3]
    rules = {"rulepacks": PACKS[seed // 4],
             "compliance": {"actor": "third_party_collector", "gate": "shadow" if seed % 4 == 3 else "enforce",
                            "flags": {"notice_given": True, "prior_express_consent": seed % 2 == 0}}}
    scenario = make_scenario(days, resources(rng) | rules | mechanisms(seed) | field_map(seed),
                             start=start, zone=zone, country=country)
    accounts = int(rng.integers(60, 160))
    portfolio = make_portfolio(accounts, seed=seed, instalment=30_000, persons=int(accounts * 0.8), last_entry_day=days // 2,
                               zones=(zone, "America/Chicago") if seed % 4 == 0 else ())
    strategies = [strategy(rng, scenario, "a"), strategy(rng, scenario, "b")]
    if scenario.behaviour.staff.on:
        strategies[1] = Trained(**vars(strategies[1]))
    if seed % 2:
        assignment = Assignment.by_account(rng.integers(0, 2, accounts).astype(np.int16))
    else:
        assignment = Assignment.switchback(accounts, rng.integers(0, 2, 6).astype(np.int16), 2)
    return Setting(scenario, portfolio), strategies, assignment


@pytest.fixture(scope="module")
def both():
    """Return seed -> the world of each engine."""
    found = {}
    for seed in SEEDS:
        setting, strategies, assignment = generated(seed)
        found[seed] = [play(setting, strategies, engine, assignment) for engine in ("compiled", "reference")]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_both_engines_write_the_same_log(both, seed):
    compiled, reference = both[seed]
    assert first_difference(log_of(compiled), log_of(reference)) == ""
    assert digest_of(compiled) == digest_of(reference)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_engines_leave_the_same_world(both, seed):
    compiled, reference = both[seed]
    for name in ("person", "account", "tally", "event_day", "step_state", "gate_person", "gate_tried", "gate_state",
                 "gate_sum", "gate_ring"):
        assert np.array_equal(getattr(compiled, name), getattr(reference, name)), name


def test_the_generated_scenarios_reach_everything_that_a_log_can_say(both):
    rows = np.concatenate([log_of(compiled) for compiled, _ in both.values()])
    missing = {kind.name for kind in Row} - {Row(int(kind)).name for kind in np.unique(rows["row"])}
    assert not missing
    assert {(row, channel) for row, channel in zip(rows["row"].tolist(), rows["channel"].tolist(), strict=True)
            if row == Row.ATTEMPT} == {(Row.ATTEMPT, channel) for channel in range(4)}
    inbound = rows[rows["row"] == Row.INBOUND]
    # Answered, given up in the queue, and found the line closed.
    ends = set(zip(inbound["outcome"].tolist(), inbound["value"].tolist(), strict=True))
    assert ends >= {(9, 1), (9, 2), (12, 0), (12, 1)}


def test_growing_tables_change_nothing():
    # 3,000 accounts begin with 1,024 tasks and a log of 20,000 rows: both have to grow in the middle of a day.
    changes = {"resources.gateway.per_second": "unlimited", "resources.bot_lines.lines": "unlimited",
               "resources.desk.groups.general.agents": 5, "channels.sms.call_back.chance": 0.9,
               "channels.sms.message.read": 1.0, "channels.sms.message.delivered": 1.0}
    setting = Setting(make_scenario(3, changes), make_portfolio(3000))
    steps = (Step("text", "all", "sms", "helpful", window=Window(9 * HOUR, 18 * HOUR), repeats=True),
             Step("bot", "all", "bot_call", "m1", window=Window(10 * HOUR, 19 * HOUR), attempts_per_day=6,
                  attempts_total=12, open_days=2, retry={"no_answer": Retry(delay_s=600)}))
    strategies = [Timed("busy", steps, every=(1, 1))]
    compiled, reference = (play(setting, strategies, engine) for engine in ("compiled", "reference"))
    assert len(compiled.task) > 1024
    assert len(compiled.log) > len(setting.world(strategies, luck_of(setting.scenario.seeds, 0)).log)
    assert first_difference(log_of(compiled), log_of(reference)) == ""


def test_the_helper_says_where_two_logs_part():
    setting, strategies, assignment = generated(1)
    rows = log_of(play(setting, strategies, assignment=assignment))
    other = rows.copy()
    other["talk_s"][40] += 1
    assert first_difference(rows, rows.copy()) == ""
    assert first_difference(rows, other).startswith("row 40 (second ")
    assert f"talk_s {rows['talk_s'][40]} / {rows['talk_s'][40] + 1}" in first_difference(rows, other)
    assert "one ends after 50 rows" in first_difference(rows[:50], rows)
