"""Small campaigns under contact rules, for tests of the gate: strategies that press, portfolios that differ, random packs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from sim.compliance.clock import Length
from sim.compliance.pack import (
    Cap,
    Consent,
    Cooldown,
    Counterparty,
    Duty,
    Head,
    OptOut,
    Pack,
    Pause,
    Visit,
    Window,
    rule_names,
)
from sim.compliance.vocabulary import CHANNELS
from sim.strategies.protocol import Retry, Step
from sim.strategies.protocol import Window as Hours
from tests.worlds import HOUR, Timed, make_portfolio, make_scenario

ALL_WEEK = [{"hours": "07:00-22:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}]
LONG_DAYS = {
    "resources.desk.groups.general.agents": 4, "resources.desk.groups.general.shifts": ALL_WEEK,
    "resources.bot_lines.hours": "06:30-23:00", "resources.field.hours": "07:00-21:00",
    "resources.field.teams": 3, "channels.call.conversation.disclosed": 0.6, "channels.call.conversation.promised": 0.4,
    "channels.call.complaint": 0.05, "channels.sms.opt_out": 0.05, "channels.call.opt_out": 0.05,
    "channels.bot_call.hand_off.chance": 0.3, "channels.call.call_back.after_missed": 0.3,
    "portfolio": {"file": "given.csv"},
}
"""Open early and late on all days, with people who talk, promise, complain and opt out often enough to be seen."""


def pressing(name="pressing", blocked=("defer", "drop", "defer", "defer")):
    """Return a strategy that contacts everybody every few days on four channels, far into the evening."""
    retry = {"no_answer": Retry(delay_s=3600), "busy": Retry(delay_s=600), "voicemail": Retry(delay_days=1)}
    return Timed(name, (
        Step("text", "all", "sms", "helpful", window=Hours(6 * HOUR, 23 * HOUR), repeats=True, blocked=blocked[0]),
        Step("bot", "all", "bot_call", "m1", window=Hours(7 * HOUR, 22 * HOUR), attempts_per_day=2, attempts_total=2,
             repeats=True, blocked=blocked[1]),
        Step("call", "all", "call", "negotiate", window=Hours(7 * HOUR, 22 * HOUR), attempts_per_day=3, attempts_total=4,
             open_days=2, repeats=True, retry=retry, exclude=("promise_live",), blocked=blocked[2]),
        Step("visit", "all", "visit", "talk", window=Hours(7 * HOUR, 21 * HOUR), repeats=True, blocked=blocked[3]),
        Step("plan", "all", "", set_hardship_plan=True)),
        every=(2, 2, 2, 6, 7), share=(0.8, 0.8, 0.9, 0.5, 0.05))


def under(packs, days=14, start="2026-11-02", zone="Asia/Shanghai", country="CN", changes=None, **compliance):
    """Return the scenario of a small campaign under these packs."""
    said = {"actor": "third_party_collector"} | compliance
    rules = {"rulepacks": list(packs), "compliance": said}
    return make_scenario(days, LONG_DAYS | rules | (changes or {}), start=start, zone=zone, country=country)


def mixed(accounts=120, seed=1, persons=100, zones=(), labels=("a", "b", "c", "d"), last_entry_day=4):
    """Return a portfolio with regions, flags in columns, and some disputes and hardship plans from the start."""
    rng = np.random.default_rng(seed)
    portfolio = make_portfolio(accounts, seed=seed, persons=persons, zones=zones, last_entry_day=last_entry_day)
    return replace(
        portfolio, region=replace(portfolio.region, labels=tuple(labels)),
        attributes={"agreed": (rng.random(accounts) < 0.6).astype(float), "noticed": (rng.random(accounts) < 0.5).astype(float)},
        dispute=rng.random(accounts) < 0.04, hardship_plan=rng.random(accounts) < 0.04)


EVENTS = ("promise_to_pay", "promise_broken", "dispute_opened", "hardship_notice", "opt_out", "medium_refused",
          "complaint_or_objection_open", "instalment_agreement_signed", "bankruptcy_filed")
FLAGS = ("debtor_agreed", "agreed", "noticed", "dpd_gt_30", "dpd_gt_60", "promise_to_pay", "dispute_opened")
SCOPES = (("person",), ("account",), ("debt",), ("person", "debt"), ("phone",), ("household",), ("household", "debt"))


def some(rng, names, least=0):
    """Return some of the names, at least so many."""
    chosen = tuple(name for name in names if rng.random() < 0.35)
    return chosen if len(chosen) >= least else (names[int(rng.integers(0, len(names)))],)


def one(rng, names):
    """Return one of the names."""
    return names[int(rng.integers(0, len(names)))]


def head(rng, kind, number):
    """Return a head: of a region or product now and then."""
    regions = frozenset(one(rng, ("A", "B", "C")) for _ in range(2)) if rng.random() < 0.2 else frozenset()
    return Head(f"{number}.{kind}", kind, one(rng, ("hard", "should", "presumption")), "read", "gate", "own", "", True, "",
                regions, "loan" if rng.random() < 0.1 else None)


def random_rule(rng, number):
    """Return a rule of any kind, such as nobody would write."""
    channels = frozenset(some(rng, ("call", "ai_call", "sms", "visit"), least=1))
    kind = int(rng.integers(0, 9))
    if kind == 0:
        opens = int(rng.integers(5, 14)) * 3600 + int(rng.integers(0, 3600))
        return Window(head(rng, "window", number), channels, one(rng, ("all", "mon-fri", "sat+sun", "sun+hol", "workday",
                      "weekend+hol", "mon-sat", "hol", "debtor_blocked")), opens, opens + int(rng.integers(0, 12)) * 3600,
                      one(rng, (None, "home", "work", "any")), some(rng, FLAGS) if rng.random() < 0.3 else (), None)
    if kind == 1 or kind == 2:
        per = one(rng, ("day", "week", "month", "rolling", "lifetime"))
        return Cap(head(rng, "cap", number), channels, int(rng.integers(0, 5)), per, int(rng.integers(1, 12)),
                   one(rng, SCOPES), one(rng, ("attempt", "unanswered", "connected", "delivered", "contact", "conversation")),
                   bool(rng.random() < 0.5), True,
                   some(rng, ("inbound", "agreed", "busy_or_invalid_number", "no_person_contacted", "reminding", "not_reached")),
                   some(rng, FLAGS) if rng.random() < 0.2 else (), None)
    if kind == 3:
        by_hours = rng.random() < 0.3
        return Cooldown(head(rng, "cooldown", number), one(rng, ("conversation", "contact", "unanswered", "promise_to_pay",
                        "opt_out")), channels, 0 if by_hours else int(rng.integers(1, 8)), int(rng.integers(1, 80)) * by_hours,
                        bool(rng.random() < 0.6), one(rng, SCOPES), bool(rng.random() < 0.5),
                        ("agreed",) if rng.random() < 0.2 else (), ())
    if kind == 4:
        until = one(rng, ("promised_date", "resolved", "promise_broken", "forever", ""))
        return Pause(head(rng, "pause", number), some(rng, EVENTS, least=1), channels,
                     int(rng.integers(1, 20)) if until == "" else 0, until, int(rng.integers(0, 3)), "", 0,
                     some(rng, ("reminding", "agreed", "dpd_gt_60")), ("promise_broken",) if rng.random() < 0.3 else (),
                     int(rng.integers(0, 60)) if rng.random() < 0.3 else 0, one(rng, SCOPES), None)
    if kind == 5:
        honour = one(rng, (None, Length(3, "bd", False), Length(2, "d", False), Length(30, "h", False)))
        requests = some(rng, ("opt_out", "medium_refused", "complaint_or_objection_open", "stop"), least=1)
        return OptOut(head(rng, "optout", number), channels, requests, honour, "", bool(rng.random() < 0.5))
    if kind == 6:
        return Consent(head(rng, "consent", number), channels, one(rng, ("agreed", "promise_to_pay")),
                       some(rng, ("opt_out", "dispute_opened", "revoke")))
    if kind == 7:
        return Visit(head(rng, "visit", number), int(rng.integers(1, 4)), bool(rng.random() < 0.4),
                     ("home",) if rng.random() < 0.3 else (), some(rng, FLAGS) if rng.random() < 0.3 else (),
                     one(rng, ("", "all_other_contact_failed", "dpd_gt_30", "promise_broken")), int(rng.integers(0, 90)), 0,
                     "", ())
    if rng.random() < 0.3:
        return Counterparty(head(rng, "counterparty", number), ("third_party", "workplace"), "forbid", (), (), (), True)
    first = frozenset(some(rng, ("sms", "ai_call", "visit"), least=1)) if rng.random() < 0.5 else frozenset()
    when = one(rng, (("first_contact",), ("dispute_opened",), ("hardship_notice", "promise_to_pay")))
    return Duty(head(rng, "duty", number), when, one(rng, ("noticed", "send_letter")), Length(2, "bd", True),
                not first, first, some(rng, FLAGS) if rng.random() < 0.5 else ())


def random_pack(seed, zone=None):
    """Return a pack of 3 to 8 random rules."""
    rng = np.random.default_rng((977, seed))
    rules = tuple(random_rule(rng, f"{seed}.{place}") for place in range(int(rng.integers(3, 9))))
    ends = date(2026, 11, 12) if rng.random() < 0.2 else None
    return Pack(f"random.{seed}", {"en": "random", "zh": "random"}, "XX", "1", date(2026, 11, int(rng.integers(1, 6))), ends,
                date(2026, 11, 1), "none", zone, one(rng, (None, "CN", "US")), (), (), {"own": ("test", "-")}, rules, (), "0",
                names=frozenset(name for rule in rules for name in rule_names(rule)))


assert set(CHANNELS) >= {"call", "ai_call", "sms", "visit"}
