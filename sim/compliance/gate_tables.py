"""Packs lowered to the arrays that the compiled gate asks (`sim.rules.gate`).

What never changes in a run (regions, products, flags, purposes, staff, places, counterparties) is settled here, once for
each class of accounts and each purpose, by asking the evaluator's own functions. What is left to the kernel is time, counts
and events. Fields of `GATE_RULE` by kind, beside the heads' (mode, media, zone, days in force, scope, `unless_*`):

========  ===========================================================================================================
WINDOW    `selector` row of `gate_selects`; allowed from `open_s` to `close_s`; visits until `close_s` - `days` (seconds)
CAP       `limit` per `per` (`n_days` where rolling); `state` place of counters, `ring` of daily counts; `width` 1 pooled
COOLDOWN  lasts `hours_s`, or `days` (`by_date`: the day itself is the first); starts with `outcomes` or `events`
PAUSE     starts with `events`; lasts `days`, or until `lifts` + `until_days` or `lifts_now`; `dated`: which dates end it
OPT_OUT   `events`; binds after `honour` (`honour_unit`, `workdays` row of `gate_workday`); `width` 9: by channel
CONSENT   given by `events`, ended by `ends`, by channel; `gate_on` 2: not given to begin with
VISIT     `notice`, `only_if` (or `events`, `unless_dpd`), not after `ends` or `not_if_dpd`; `gate_on` bits 4, 8 waive both
DUTY      `first` 1: not by these media first; 2: refuses the first contact; 3: refuses after `events`
========  ===========================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.codes import GateKind, GateMode, Outcome, Period
from sim.compliance.clock import add_workdays, holiday_table, selects
from sim.compliance.facts import Attempt, Fact, Scene, excluded
from sim.compliance.gate_static import (
    Standing,
    bits_of,
    days_above,
    heard_bits,
    media_bits,
    media_of,
    standing,
    why_asleep,
)
from sim.compliance.judge_party import FIRST_CONTACT
from sim.compliance.pack import (
    NOTICE_NAMES,
    Cap,
    Consent,
    Cooldown,
    Counterparty,
    Duty,
    Head,
    OptOut,
    Pack,
    Pause,
    Rule,
    Visit,
    Window,
)
from sim.compliance.vocabulary import BASES
from sim.state import GATE_RULE, NEVER, Records

DAY_MARGIN = 2
MEDIA = 9
INBOUND_BITS = 16
NEVER_PAUSED = -(2**62)
PERIODS = {"day": Period.DAY, "week": Period.WEEK, "month": Period.MONTH, "rolling": Period.ROLLING,
           "lifetime": Period.LIFETIME}
UNITS = {"h": 1, "d": 2, "bd": 3}
FOREVER_DAYS = 2**40

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Accounts:
    """What rules ask about accounts, arrays of shape (accounts,)."""

    keys: Mapping[str, NDArray[np.int32]]
    """Dense numbers by scope: person, account, debt, phone, household, third_party."""
    classes: NDArray[np.int32]
    standings: tuple[Standing, ...]
    """What is fixed about each class."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the packs are told about the run."""

    actor: str
    product: str | None
    country: str | None
    start: date
    days: int
    purposes: tuple[str | None, ...]
    """Purposes that occur; the last is that of calls by the debtor."""
    media: Collection[str]
    """Packs' channels that the scenario has."""
    shadow: Callable[[Head], bool]
    visit_margin_s: int
    zone_row: Callable[[str], int]


@dataclass(frozen=True, slots=True)
class GatedRule:
    """One rule of the gate, by the number that the log gives. `pack` is empty for the unknown zone."""

    id: str
    pack: str
    head: Head | None


@dataclass(frozen=True, slots=True)
class GateTables:
    """The gate as arrays (fields of `sim.state.World`, `gate_` left out), and which active rules are not in them."""

    rules: tuple[GatedRule, ...]
    arrays: Mapping[str, NDArray[Any]]
    asleep: tuple[tuple[str, str], ...]
    """(rule, why) of active rules that can never refuse in this run."""
    unbound: tuple[tuple[str, str], ...]
    """(pack, why) of packs that do not apply."""


@dataclass(slots=True)
class _Store:
    """Arrays under construction."""

    scopes: list[tuple[str, ...]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    keys: list[NDArray[np.int32]] = field(default_factory=list)
    states: list[NDArray[np.int64]] = field(default_factory=list)
    counters: int = 0
    rings: int = 0
    selectors: list[tuple[str, str | None]] = field(default_factory=list)
    lengths: list[tuple[int, str | None]] = field(default_factory=list)

    def scope(self, names: tuple[str, ...], accounts: Accounts) -> int:
        """Return the row of `gate_key` of a scope: one number for all accounts that share every key."""
        if names not in self.scopes:
            columns = np.stack([accounts.keys[name] for name in names] or [np.zeros_like(accounts.classes)])
            _, inverse = np.unique(columns, axis=1, return_inverse=True)
            self.scopes.append(names)
            self.keys.append(inverse.reshape(-1).astype(np.int32))
            self.sizes.append(int(inverse.max(initial=-1)) + 1)
        return self.scopes.index(names)

    def state(self, scope: int, width: int, initial: int) -> int:
        """Return the place of `width` numbers for each key of a scope in `gate_state`."""
        place = sum(len(part) for part in self.states)
        self.states.append(np.full(self.sizes[scope] * width, initial, np.int64))
        return place


def _place(items: list[Item], item: Item) -> int:
    """Return an item's place in a list, to which it is added if it is new."""
    if item not in items:
        items.append(item)
    return items.index(item)


def lower_gate(packs: Sequence[Pack], accounts: Accounts, told: Circumstances) -> GateTables:
    """Return the gate of a run.

    Args:
        packs: in force together, rules switched as asked (`library.assemble`).
        accounts: keys, classes and what is fixed about them.
        told: who contacts, when, where.
    """
    store = _Store()
    first = np.zeros((), GATE_RULE)
    first["kind"], first["media"] = GateKind.ZONE, (1 << MEDIA) - 1
    first["mode"] = GateMode.SHADOW if told.shadow(_ZONE_HEAD) else GateMode.ENFORCE
    width = len(accounts.standings) * len(told.purposes)
    notices = [2 if purpose in NOTICE_NAMES else 1 for purpose in told.purposes] * len(accounts.standings)
    records, rules, ons = [first], [GatedRule("tz_unknown", "", None)], [np.array(notices, np.int8)]
    counts = [np.zeros(width, np.int64)]
    asleep: list[tuple[str, str]] = []
    unbound = [(pack.id, why) for pack in packs if (why := pack.not_binding(told.actor, told.product))]
    for pack, rule in _binding(packs, told):
        on = _on(rule, pack, accounts, told)
        if not on.any() or not media_of(rule) & set(told.media):
            asleep.append((rule.head.id, why_asleep(rule, told.media, told.product)))
            continue
        records.append(_record(rule, pack, store, accounts, told))
        rules.append(GatedRule(rule.head.id, pack.id, rule.head))
        ons.append(on)
        counts.append(_counts(rule, accounts, told) if isinstance(rule, Cap) else np.zeros(width, np.int64))
    keys = np.stack(store.keys) if store.keys else np.zeros((1, len(accounts.classes)), np.int32)
    arrays: dict[str, NDArray[Any]] = {
        "rule": np.array([record.item() for record in records], GATE_RULE), "class": accounts.classes,
        "key": np.ascontiguousarray(keys),
        "on": np.ascontiguousarray(np.stack(ons, axis=1)), "counts": np.ascontiguousarray(np.stack(counts, axis=1)),
        "state": np.concatenate([np.zeros(0, np.int64), *store.states]),
        "sum": np.zeros(store.counters, np.int32), "period": np.full(store.counters, -10, np.int32),
        "ring": np.zeros(store.rings, np.int32)}
    return GateTables(tuple(rules), arrays | _days(store, told), tuple(asleep), tuple(unbound))


_ZONE_HEAD = Head("tz_unknown", "zone", "hard", "policy", "gate", "", "", True, "", frozenset(), None)


def _binding(packs: Sequence[Pack], told: Circumstances) -> Iterator[tuple[Pack, Rule]]:
    for pack in packs:
        if not pack.not_binding(told.actor, told.product):
            for rule in pack.active_rules():
                yield pack, rule


def _scenes(pack: Pack, accounts: Accounts, told: Circumstances) -> Iterator[tuple[Standing, Scene]]:
    """Yield a class and purpose at a time, as an attempt without history. Days past due are left to the kernel."""
    country = pack.country or told.country
    for item in accounts.standings:
        for purpose in told.purposes:
            attempt = Attempt(0, "visit", actor=told.actor, purpose=purpose, product=told.product, regions=item.regions,
                              staff=item.staff, flags=item.flags)
            yield item, Scene(attempt, (), ZoneInfo("UTC"), country)


def _on(rule: Rule, pack: Pack, accounts: Accounts, told: Circumstances) -> NDArray[np.int8]:
    return np.array([standing(rule, scene) for _, scene in _scenes(pack, accounts, told)], np.int8)


def _counts(rule: Cap, accounts: Accounts, told: Circumstances) -> NDArray[np.int64]:
    """Return the outcomes that a cap counts, by class and purpose."""
    out = []
    for item in accounts.standings:
        for purpose in told.purposes:
            bits = 0
            for outcome in Outcome:
                if outcome == Outcome.ABANDONED:
                    continue
                name = "in_flight" if outcome == Outcome.NONE else outcome.name.lower()
                for inbound in (False, True):
                    fact = Fact(0, "attempt", outcome=name, inbound=inbound, purpose=None if inbound else purpose,
                                flags=item.flags)
                    if fact.counts_as(rule.counts) and not excluded(fact, rule.exclude):
                        bits |= 1 << (int(outcome) + INBOUND_BITS * inbound)
            out.append(bits)
    return np.array(out, np.int64)


def _record(rule: Rule, pack: Pack, store: _Store, accounts: Accounts, told: Circumstances) -> Records:
    """Return the GATE_RULE record of a rule."""
    record = np.zeros((), GATE_RULE)
    record["mode"] = GateMode.SHADOW if told.shadow(rule.head) else GateMode.ENFORCE
    record["media"] = media_bits(media_of(rule))
    record["zone"] = told.zone_row(pack.zone) if pack.zone else -1
    record["from_day"] = (pack.effective_from - told.start).days
    record["to_day"] = (pack.effective_to - told.start).days if pack.effective_to else FOREVER_DAYS
    record["unless_dpd"] = record["not_if_dpd"] = -1
    fixed = accounts.standings[0].constants if accounts.standings else {}
    match rule:
        case Window():
            _window(record, rule, pack, store, told, fixed)
        case Cap():
            _cap(record, rule, store, accounts, fixed)
        case Cooldown():
            _cooldown(record, rule, store, accounts, fixed)
        case Pause():
            _pause(record, rule, store, accounts, fixed)
        case OptOut() | Consent():
            _request(record, rule, pack, store, accounts, told)
        case Visit():
            _visit(record, rule, fixed)
        case Duty():
            _duty(record, rule, fixed)
        case Counterparty():
            record["kind"] = GateKind.FIXED
        case _:
            raise TypeError(f"{rule.head.id} never refuses")
    return record


def _unless(record: Records, names: Collection[str], fixed: Mapping[str, bool]) -> None:
    record["unless_heard"], record["unless_dpd"] = heard_bits(names, fixed), days_above(names, fixed)


def _window(record: Records, rule: Window, pack: Pack, store: _Store, told: Circumstances,
            fixed: Mapping[str, bool]) -> None:
    days = "all" if rule.days == "debtor_blocked" else rule.days  # blocked by a flag: at all hours
    record["kind"], record["days"] = GateKind.WINDOW, told.visit_margin_s
    record["selector"] = _place(store.selectors, (days, pack.country or told.country))
    if rule.days != "debtor_blocked":
        record["open_s"], record["close_s"] = rule.open_s, rule.close_s
    _unless(record, rule.unless, fixed)


def _cap(record: Records, rule: Cap, store: _Store, accounts: Accounts, fixed: Mapping[str, bool]) -> None:
    scope, width = store.scope(rule.scope, accounts), 1 if rule.pool_channels else MEDIA
    record["kind"], record["scope"], record["width"], record["limit"] = GateKind.CAP, scope, width, rule.limit
    record["per"], record["n_days"] = PERIODS[rule.per], rule.n_days
    record["state"], record["ring"] = store.counters, store.rings
    store.counters += store.sizes[scope] * width
    store.rings += store.sizes[scope] * width * rule.n_days if rule.per == "rolling" else 0
    _unless(record, (*rule.exclude, *rule.unless), fixed)


def _cooldown(record: Records, rule: Cooldown, store: _Store, accounts: Accounts, fixed: Mapping[str, bool]) -> None:
    scope = store.scope(rule.scope, accounts)
    record["kind"], record["scope"], record["state"] = GateKind.COOLDOWN, scope, store.state(scope, 1, NEVER_PAUSED)
    record["hours_s"], record["days"], record["by_date"] = 3600 * rule.hours, rule.days, int(rule.by_date)
    starts = sum(1 << int(outcome) for outcome in Outcome if outcome.name.lower() in BASES.get(rule.after, ()))
    record["outcomes"], record["inbound_outcomes"] = starts, starts if rule.includes_inbound else 0
    record["events"] = bits_of((rule.after,))
    _unless(record, rule.exempt, fixed)


def _pause(record: Records, rule: Pause, store: _Store, accounts: Accounts, fixed: Mapping[str, bool]) -> None:
    scope = store.scope(rule.scope, accounts)
    record["kind"], record["scope"], record["state"] = GateKind.PAUSE, scope, store.state(scope, 1, NEVER_PAUSED)
    record["events"], record["days"], record["until_days"] = bits_of(rule.triggers), rule.days, rule.until_days
    record["min_dpd"] = rule.min_days_past_due
    record["lifts"] = bits_of((rule.until,))
    record["lifts_now"] = bits_of((f"{rule.until}_plus_{rule.until_days}d", *rule.exempt))
    by_date = 1 if rule.until in {"promised_date", "named_time"} else 0
    record["dated"] = by_date | (2 if rule.until not in {"", "forever"} else 0)
    _unless(record, rule.allow, fixed)


def _request(record: Records, rule: OptOut | Consent, pack: Pack, store: _Store, accounts: Accounts,
             told: Circumstances) -> None:
    scope = store.scope(("person",), accounts)
    record["scope"] = scope
    if isinstance(rule, Consent):
        record["kind"], record["width"], record["state"] = GateKind.CONSENT, MEDIA, store.state(scope, MEDIA, 0)
        record["ends"] = bits_of((*rule.withdrawn_by, f"{rule.need}_withdrawn"))
        record["events"] = bits_of((rule.need,)) & ~int(record["ends"])
        return
    width = MEDIA if rule.medium_specific else 1
    record["kind"], record["width"], record["state"] = GateKind.OPT_OUT, width, store.state(scope, width, int(NEVER))
    record["events"] = bits_of(rule.events)
    if rule.honour is not None:
        count = -rule.honour.count if rule.honour.before else rule.honour.count
        record["honour_unit"] = UNITS[rule.honour.unit]
        record["honour"] = 3600 * rule.honour.count if rule.honour.unit == "h" else count
        if rule.honour.unit == "bd":
            record["workdays"] = _place(store.lengths, (count, pack.country or told.country))


def _visit(record: Records, rule: Visit, fixed: Mapping[str, bool]) -> None:
    record["kind"], record["min_dpd"] = GateKind.VISIT, rule.min_days_past_due
    record["notice"], record["only_if"] = int(rule.give_notice), int(bool(rule.only_if))
    record["events"], record["unless_dpd"] = heard_bits((rule.only_if,), fixed), days_above((rule.only_if,), fixed)
    record["ends"], record["not_if_dpd"] = heard_bits(rule.not_if, fixed), days_above(rule.not_if, fixed)


def _duty(record: Records, rule: Duty, fixed: Mapping[str, bool]) -> None:
    record["kind"], record["events"] = GateKind.DUTY, bits_of(rule.when)
    record["first"] = 1 if rule.first_contact_not_by else 2 if FIRST_CONTACT & set(rule.when) else 3
    if rule.first_contact_not_by:
        _unless(record, rule.unless, fixed)


def _days(store: _Store, told: Circumstances) -> dict[str, NDArray[Any]]:
    """Return the tables by local day, from two days before the calendar on."""
    dates = [told.start + timedelta(days=n - DAY_MARGIN) for n in range(told.days + 2 * DAY_MARGIN + 40)]
    chosen = [[selects(days, day, holiday_table(country)) for day in dates] for days, country in store.selectors]
    later = [[(add_workdays(day, count, holiday_table(country)) - told.start).days for day in dates]
             for count, country in store.lengths]
    return {"month": np.array([12 * day.year + day.month for day in dates], np.int32),
            "selects": np.array(chosen or [[False] * len(dates)], np.int8),
            "workday": np.array(later or [[0] * len(dates)], np.int32)}


def replace_rules(packs: Sequence[Pack], off: Collection[str]) -> tuple[Pack, ...]:
    """Return the packs without some rules, for shadow prices."""
    return tuple(replace(pack, rules=tuple(rule for rule in pack.rules if rule.head.id not in off)) for pack in packs)

