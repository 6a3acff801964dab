"""A case of `rules check` put to the compiled gate: the history is told to its own functions, then it is asked.

A case speaks of more than a simulation has. `why_not_held` names what of a check the engine cannot hold; all else is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from sim.codes import PACK_EVENT_NAMES, Outcome, Row, Verdict
from sim.compliance.case import Case
from sim.compliance.clock import local_date
from sim.compliance.evaluate import UTC_ZONE
from sim.compliance.facts import Attempt, Fact, Parties, concerns
from sim.compliance.library import assemble, shipped
from sim.compliance.pack import Cap, Cooldown, Pack
from sim.compliance.vocabulary import ACTORS, CHANNELS, DEBTOR, HOME_PLACES, IN_FLIGHT, same_actor
from sim.portfolio.table import Category
from sim.rules.gate import gate_verdict
from sim.rules.gate_facts import DATED_PROMISE, DATED_UNTIL, attempt_begins, attempt_ends, tell
from sim.spec.yaml_source import load_yaml
from sim.state import N_LOG
from sim.strategies.protocol import Step
from sim.world import Setting, luck_of
from tests.worlds import BASE, Timed, make_portfolio, make_scenario

LIKE = {"notify_call": "bot_call", "im": "sms", "email": "sms", "app": "sms", "letter": "sms"}
OURS = {"call": "call", "ai_call": "bot_call", "sms": "sms", "visit": "visit"}
ACCOUNTS_EACH = 6
LAST_S = 2**40


@dataclass(frozen=True)
class Told:
    """What the gate answered: may it be made, which rules it logged, from when it would look again (None: never)."""

    allow: bool
    rules: tuple[str, ...]
    again: int | None


def packs_in(case: Case) -> tuple[Pack, ...]:
    """Return a case's packs with its switches."""
    return assemble([shipped(name) for name in case.pack_names], case.switch_on, case.switch_off)


def actor_of(check: Attempt, packs: tuple[Pack, ...]) -> str | None:
    """Return who makes the contacts: as stated, or somebody whom every pack binds; None where nobody is."""
    if check.actor is not None:
        return check.actor
    return next((actor for actor in ACTORS if not any(pack.not_binding(actor, check.product) for pack in packs)), None)


def before(case: Case, check: Attempt) -> list[Fact]:
    """Return the facts up to a check that may concern it: the person's, and those of a phone or home that is shared."""
    return [fact for fact in sorted(case.history, key=lambda fact: fact.t) if fact.t <= check.t and any(
        concerns(fact.parties, check.parties, (key,)) for key in ("person", "phone", "household"))]


def why_not_held(case: Case, check: Attempt) -> str:
    """Return what of a check a simulation does not have; empty where it has it all."""
    packs = packs_in(case)
    if len(case.zones) > 1:
        return "a borrower in two zones at once"
    if check.counterparty != DEBTOR:
        return "contacts with others than the debtor"
    if check.place not in HOME_PLACES:
        return "contacts away from home"
    if check.inbound:
        return "contacts by the debtor are not asked about"
    actor = actor_of(check, packs)
    if actor is None:
        return "an actor whom all packs bind"
    own = [rule for pack in packs for rule in pack.active_rules() if isinstance(rule, Cap) and not rule.pool_actors]
    for fact in before(case, check):
        if not fact.is_attempt():
            if fact.event not in PACK_EVENT_NAMES:
                return f"the event {fact.event}"
            if any(date.time() != time() for date in fact.dates.values()):
                return "a date with an hour"
        elif fact.counterparty != DEBTOR or fact.place not in HOME_PLACES:
            return "contacts with others than the debtor"
        elif not same_actor(fact.actor, actor) and any({fact.channel, check.channel} <= rule.channels for rule in own):
            return "contacts by several actors"
    parties = [filled(check.parties, check.parties), *(filled(fact.parties, check.parties) for fact in before(case, check))]
    scopes = {key for pack in packs for rule in pack.active_rules() if isinstance(rule, Cap | Cooldown) for key in rule.scope}
    if scopes & {"debt", "account"} and len({account_of(one) for one in parties}) < len(set(parties)):
        return "one debt with several phones or homes"
    return ""


def filled(parties: Parties, like: Parties) -> Parties:
    """Return parties of whom nothing is unknown: what a fact of the check's person leaves out is as in the check.

    What the check leaves out tells nobody apart, since what is not known does not open the gate.
    """
    person = parties.person or like.person or "?"
    same, own = person == (like.person or person), f"of {person}"

    def key(theirs: str | None, ours: str | None) -> str:
        if ours is None:
            return own
        return theirs or (ours if same else own)

    return Parties(person, key(parties.debt or parties.account, like.debt or like.account), None,
                   key(parties.phone, like.phone), key(parties.household, like.household))


def account_of(parties: Parties) -> tuple[str | None, str | None]:
    """Return what makes an account: a person and a debt."""
    return parties.person, parties.debt


class SmallWorld:
    """A world of a few borrowers under a case's packs, told a history fact by fact."""

    def __init__(self, case: Case, check: Attempt) -> None:
        self.case, self.check, self.facts = case, check, before(case, check)
        self.parties = list(dict.fromkeys([filled(check.parties, check.parties),
                                           *(filled(fact.parties, check.parties) for fact in self.facts)]))
        self.people = list(dict.fromkeys(one.person for one in self.parties))
        zone = case.zones[0] if case.zones else UTC_ZONE
        self.zone: ZoneInfo = zone
        self.start = min(local_date(item.t, zone) for item in (check, *self.facts))
        self.origin = int(datetime.combine(self.start, time(), zone).astimezone(UTC).timestamp())
        self.purposes = list(dict.fromkeys(item.purpose for item in (check, *self.facts) if item.purpose))
        self.setting = self._setting((local_date(check.t, zone) - self.start).days + 3)
        steps = tuple(Step(channel, "all", channel, next(iter(spec.contents)))
                      for channel, spec in self.setting.scenario.channels.items())
        self.world = self.setting.world([Timed("case", steps, every=(1,) * len(steps))],
                                        luck_of(self.setting.scenario.seeds, 0))

    def _setting(self, days: int) -> Setting:
        base, check = load_yaml(BASE).data, self.check
        changes = {"rulepacks": list(self.case.pack_names), "portfolio": {"file": "given.csv"}}
        for name, like in LIKE.items():
            changes[f"channels.{name}"] = base["channels"][like] | {"counts_as": name}
            changes[f"costs.channels.{name}"] = base["costs"]["channels"][like]
        changes["resources.field.staff"] = check.staff or 1
        contents = [f"{channel}.{content}" for channel, several in make_scenario(days).contents().items() for content in several]
        self.contents = contents
        changes["compliance"] = {
            "actor": actor_of(check, packs_in(self.case)), "product": check.product, "flags": dict(check.flags),
            "switch_on": list(self.case.switch_on), "switch_off": list(self.case.switch_off), "visit_margin_minutes": 0,
            "purposes": dict(zip(contents, self.purposes, strict=False)), "phone_column": "line", "household_column": "home",
            "region_column": "region" if check.regions else ""}
        country = self.case.country or ""
        scenario = make_scenario(days, changes, start=self.start.isoformat(), zone=str(self.zone), country=country)
        return Setting(scenario, self._portfolio())

    def _portfolio(self):
        many = len(self.people)
        portfolio = make_portfolio(many * ACCOUNTS_EACH, persons=many)
        owner = np.unique(portfolio.person_hash, return_inverse=True)[1]
        self.rows: dict[Parties, int] = {}
        line, home = np.full(len(owner), np.nan), np.full(len(owner), np.nan)
        shared = {name: list(dict.fromkeys(getattr(one, name) for one in self.parties)) for name in ("phone", "household")}
        for number, person in enumerate(self.people):
            own = [one for one in self.parties if one.person == person]
            for one, row in zip(own, np.flatnonzero(owner == number)[:len(own)], strict=True):
                self.rows[one] = int(row)
                line[row], home[row] = shared["phone"].index(one.phone), shared["household"].index(one.household)
        label = next(iter(self.check.regions), "")
        nowhere = np.zeros(len(owner), np.int32)
        late = np.full(len(owner), self._late_at_start(), np.int32)
        return replace(portfolio, dpd=late, attributes={"line": line, "home": home},
                       region=Category(nowhere, (label,)), zone=Category(nowhere + bool(self.case.zones), ("", str(self.zone))))

    def _late_at_start(self) -> int:
        passed = (local_date(self.check.t, self.zone) - self.start).days
        return (self.check.days_past_due or 0) - passed

    def task(self, channel: str, parties: Parties, purpose: str | None, t: int) -> int:
        """Fill the first task with a contact and return its number."""
        world, names = self.world, self.setting.channel_names
        row = self.rows[filled(parties, self.check.parties)]
        number = names.index(OURS.get(channel, channel))
        free = [name for place, name in enumerate(self.contents) if place >= len(self.purposes)]
        name = self.contents[self.purposes.index(purpose)] if purpose else free[0]
        task = world.task[0]
        values = {"person": world.account[row]["person"], "account": row, "channel": number, "step": number, "start_s": t,
                  "content": self.setting.content_names[tuple(name.split("."))], "pool": world.step[number]["pool"], "arm": 0,
                  "close_s": LAST_S, "attempts": 0, "inbound": 0}
        for key, value in values.items():
            task[key] = value
        return 0

    def tell(self, fact: Fact) -> None:
        """Tell the gate a fact through the functions that a run uses."""
        t, world = fact.t - self.origin, self.world
        if fact.is_attempt():
            k = self.task(fact.channel or "", fact.parties, fact.purpose, t)
            world.task[k]["inbound"] = int(fact.inbound)
            attempt_begins(world, k, t)
            if fact.outcome != IN_FLIGHT:
                world.task[k]["outcome"] = Outcome[fact.outcome.upper()]
                attempt_ends(world, k)
            return
        event = PACK_EVENT_NAMES.index(fact.event)
        row = self.rows[filled(fact.parties, self.check.parties)]
        person = int(world.account[row]["person"])
        world.gate_person[person]["heard"] |= 1 << event
        dated, date = 0, 0
        for name, moment in fact.dates.items():
            dated |= DATED_UNTIL if name == "until" else DATED_PROMISE
            date = (moment.date() - self.start).days
        medium = CHANNELS.index(fact.channel) if fact.channel else -1
        for r in range(len(world.gate_rule)):
            tell(world, r, event, t, person, row, medium, dated, date)

    def ask(self) -> Told:
        """Tell the history and ask the gate for the check."""
        for fact in self.facts:
            self.tell(fact)
        t = self.check.t - self.origin
        k = self.task(self.check.channel, self.check.parties, self.check.purpose, t)
        verdict = gate_verdict(self.world, k, t)
        rows = self.world.log[:self.world.counters[N_LOG]]
        rules = tuple(self.setting.rules.rules[n].id for n in rows["value"][rows["row"] == Row.BLOCKED])
        again = int(self.world.task[k]["open_s"]) + self.origin if verdict == Verdict.DEFERRED else None
        return Told(bool(verdict == Verdict.START), rules, again)


def written(second: int, zone: ZoneInfo) -> str:
    """Return a second as cases write it."""
    return datetime.fromtimestamp(second, zone).replace(tzinfo=None).isoformat()
