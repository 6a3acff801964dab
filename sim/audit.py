"""A finished world's contacts judged again, one by one, by the slow evaluator: no event may break a rule.

The log is folded into the facts that the packs speak of; every contact that was asked for, made or blocked, is put to
`sim.compliance.evaluate` with the history that it had then. The gate and this module share no code but the packs' rules
and the table of what packs hear (`sim.rules.gate_facts.events_of`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from sim.codes import PACK_EVENT_NAMES, GateMode, Outcome, Row
from sim.compliance.evaluate import Situation, check, refusals
from sim.compliance.facts import Attempt, Fact, Parties
from sim.compliance.gate_static import Standing
from sim.compliance.judge_time import Margins
from sim.compliance.vocabulary import IN_FLIGHT
from sim.rules.gate_facts import BEFORE_RUN_S, events_of
from sim.state import N_LOG, Records, World
from sim.world import Setting

heard_in = events_of.py_func  # type: ignore[attr-defined]
RESOLVED = {Row.DISPUTE: "dispute", Row.DISCLOSED: "hardship", Row.COMPLAINT: "complaint"}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A contact on which gate and evaluator say different things."""

    t_s: int
    person: int
    account: int
    channel: str
    gate: tuple[str, ...]
    evaluator: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """What a second look at a world's contacts found."""

    asked: int
    """Contacts made or blocked."""
    judged: int
    made_against_rules: tuple[Disagreement, ...]
    """Contacts that were made although an enforced rule refuses them."""
    disagreements: tuple[Disagreement, ...]
    """Contacts of which gate and evaluator name different rules."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A contact that was asked for, and the rules that the gate named."""

    attempt: Attempt
    history: tuple[Fact, ...]
    still_flying: tuple[Fact, ...]
    """The same, but contacts of the household that end in this very second go on: the log does not say which came first."""
    made: bool
    named: tuple[str, ...]
    person: int
    account: int
    t_s: int


class _Telling:
    """Tells a world's log as facts, in the order in which it was written."""

    def __init__(self, setting: Setting, world: World) -> None:
        self.setting, self.world = setting, world
        scenario = setting.scenario
        self.said = scenario.compliance
        zone = ZoneInfo(scenario.calendar.zone)
        self.origin = int(datetime.combine(scenario.calendar.start, time(), zone).timestamp())
        self.channels = [str(channel.counts_as) for channel in scenario.channels.values()]
        portfolio = setting.portfolio
        labels = (*portfolio.zone.labels, "")
        first = world.person["first_account"]
        names = [labels[code] or scenario.calendar.zone for code in portfolio.zone.codes[first]]
        self.zones = [ZoneInfo(name) for name in names]
        self.keys = setting.rules.keys
        self.shared = any(not np.array_equal(self.keys[name], self.keys["person"]) for name in ("phone", "household"))
        self.told: defaultdict[tuple[str, int], list[tuple[int, Fact, int]]] = defaultdict(list)
        self.number = 0
        for account in range(portfolio.accounts):
            for flagged, row, value in ((portfolio.dispute, Row.DISPUTE, 0), (portfolio.hardship_plan, Row.STATUS, 1)):
                if flagged[account]:
                    self.tell_events(BEFORE_RUN_S, int(row), account, -1, value)

    def parties(self, account: int) -> Parties:
        """Return whom an account's contacts concern."""
        return Parties(**{name: str(self.keys[name][account]) for name in ("person", "debt", "account", "phone", "household")})

    def tell(self, account: int, fact: Fact, known_s: int) -> None:
        """Keep a fact under everybody whom it may concern; `known_s`: when its outcome is known."""
        self.number += 1
        for name in ("person", "phone", "household") if self.shared else ("person",):
            self.told[name, int(self.keys[name][account])].append((self.number, fact, known_s))

    def history(self, account: int, t: int) -> tuple[Fact, ...]:
        """Return what had been told; contacts that go on after t are in flight."""
        found: dict[int, tuple[Fact, int]] = {}
        for name in ("person", "phone", "household") if self.shared else ("person",):
            for number, fact, known in self.told[name, int(self.keys[name][account])]:
                found[number] = (fact, known)
        return tuple(replace(fact, outcome=IN_FLIGHT) if known > t else fact for _, (fact, known) in sorted(found.items()))

    def tell_events(self, t: int, row: int, account: int, channel: int, value: int) -> None:
        """Tell what packs hear in a row."""
        bits = heard_in(row, value)
        day = self.local_day(account, t)
        dates: Mapping[str, datetime] = {}
        start = datetime.combine(self.setting.scenario.calendar.start, time())
        if row == Row.PROMISE:
            due = start + timedelta(days=day + value)
            dates = {"promised_date": due, "named_time": due}
        elif row in RESOLVED:
            days = getattr(self.said.resolution_days, RESOLVED[Row(row)])
            dates = {} if days is None else {"until": start + timedelta(days=day + days)}
        medium = self.channels[channel] if row == Row.OPT_OUT and channel >= 0 else None
        for place, name in enumerate(PACK_EVENT_NAMES):
            if bits >> place & 1:
                fact = Fact(t + self.origin, name, self.parties(account), medium, dates=dates)
                self.tell(account, fact, t)

    def local_day(self, account: int, t: int) -> int:
        """Return the local day at the account's person."""
        zone = self.zones[int(self.keys["person"][account])]
        return (datetime.fromtimestamp(t + self.origin, zone).date() - self.setting.scenario.calendar.start).days

    def tell_attempt(self, row: Records) -> None:
        """Tell a contact that was made, or came in. A call handed on by a machine is no other call."""
        inbound = row["row"] == Row.INBOUND
        if inbound and (row["outcome"] == Outcome.ABANDONED or row["value"] > 1):
            return
        account, t = int(row["account"]), int(row["t_s"])
        spent = int(row["lead_s"] + row["talk_s"])
        message = row["outcome"] in {Outcome.DELIVERED, Outcome.UNDELIVERED}
        fact = Fact(t + self.origin, "attempt", self.parties(account), self.channels[row["channel"]],
                    Outcome(int(row["outcome"])).name.lower(), bool(inbound), self.said.actor,
                    purpose=None if inbound else self.purpose(row), flags=self.standing(account).flags)
        self.tell(account, fact, t if message else t + max(spent, 1))

    def standing(self, account: int) -> Standing:
        """Return what is fixed about an account."""
        return self.setting.rules.standing_of[int(self.world.gate_class[account])]

    def purpose(self, row: Records) -> str | None:
        """Return the purpose of a row's content."""
        return self.setting.rules.purpose_of[int(self.world.step["content"][row["step"]])]

    def attempt(self, row: Records) -> Attempt:
        """Return the contact that a row asks for."""
        account, t = int(row["account"]), int(row["t_s"])
        portfolio, standing = self.setting.portfolio, self.standing(account)
        late = int(portfolio.dpd[account]) + self.local_day(account, t) - int(portfolio.entry_day[account])
        return Attempt(t + self.origin, self.channels[row["channel"]], self.parties(account), self.said.actor,
                       purpose=self.purpose(row), product=self.said.product, regions=standing.regions, days_past_due=late,
                       staff=standing.staff, flags=standing.flags)


def asked(setting: Setting, world: World) -> Iterator[Asked]:
    """Yield every contact that was asked for, with the history that it had, in the order in which they were asked for."""
    telling = _Telling(setting, world)
    ids = [rule.id for rule in setting.rules.rules]
    named: dict[int, list[str]] = {}
    rows = world.log[:world.counters[N_LOG]]
    waiting: Records | None = None
    for row in rows:
        kind, account = int(row["row"]), int(row["account"])
        if waiting is not None and (kind != Row.BLOCKED or row["ordinal"] == 0):
            yield _ask(telling, waiting, named.pop(int(waiting["account"]), []), made=False)
            waiting = None
        if kind in {Row.BLOCKED, Row.VIOLATION}:
            named.setdefault(account, []).append(ids[row["value"]])
            waiting = row if kind == Row.BLOCKED else waiting
        elif kind == Row.ATTEMPT:
            yield _ask(telling, row, named.pop(account, []), made=True)
            telling.tell_attempt(row)
        elif kind == Row.INBOUND:
            telling.tell_attempt(row)
        else:
            telling.tell_events(int(row["t_s"]), kind, account, int(row["channel"]), int(row["value"]))
    if waiting is not None:
        yield _ask(telling, waiting, named.pop(int(waiting["account"]), []), made=False)


def _ask(telling: _Telling, row: Records, named: list[str], *, made: bool) -> Asked:
    account, t = int(row["account"]), int(row["t_s"])
    history = telling.history(account, t)
    flying = telling.history(account, t - 1) if telling.shared else history
    return Asked(telling.attempt(row), history, flying, made, tuple(named), int(row["person"]), account, t)


def situation_of(setting: Setting, person: int) -> Situation:
    """Return where a person is, as the evaluator is told."""
    scenario, portfolio = setting.scenario, setting.portfolio
    code = int(portfolio.zone.codes[int(setting.first_accounts()[person])])
    name = (*portfolio.zone.labels, "")[code] or scenario.calendar.zone
    zones = (ZoneInfo(name),) if setting.rules.zone_known[person] else ()
    return Situation(zones, scenario.calendar.country or None,
                     margins=Margins(60 * scenario.compliance.visit_margin_minutes))


def audit(setting: Setting, world: World, every: int = 1) -> Audit:
    """Judge a finished world's contacts again.

    Args:
        setting: what it was made from.
        world: with its log as it was written, not sorted.
        every: judge every n-th contact only.
    """
    tables = setting.rules.tables
    if tables is None:
        return Audit(0, 0, (), ())
    modes = tables.arrays["rule"]["mode"]
    enforced = {rule.id for rule, mode in zip(tables.rules, modes, strict=True) if mode == GateMode.ENFORCE}
    against, different, number, judged = [], [], 0, 0
    for number, item in enumerate(asked(setting, world), start=1):
        if number % every:
            continue
        judged += 1
        situation = situation_of(setting, item.person)
        history = item.history
        found = refusals(item.attempt, history, setting.rules.packs, situation)
        if not _agree(item, found, enforced, situation) and item.still_flying != history:
            history = item.still_flying
            found = refusals(item.attempt, history, setting.rules.packs, situation)
        report = Disagreement(item.t_s, item.person, item.account, item.attempt.channel, item.named, found)
        if item.made and enforced & set(found):
            against.append(report)
        refused = bool(found) or not check(item.attempt, history, setting.rules.packs, situation).allow
        if not _agree(item, found, enforced, situation) or refused != bool(found):
            different.append(report)
    return Audit(number, judged, tuple(against), tuple(different))


def _agree(item: Asked, found: tuple[str, ...], enforced: set[str], situation: Situation) -> bool:
    """Return whether the gate named the rules that the evaluator found: all of them, or of a blocked contact the enforced."""
    expected = found if item.made else tuple(rule for rule in found if rule in enforced)
    if not situation.zones:  # beyond the zone itself, the two read an unknown zone differently
        return expected[:1] == item.named[:1]
    return expected == item.named
