"""May this contact be made? The slow, obviously correct answer, from an explicit history of facts.

`check` asks every rule of every pack at the attempt's second, and looks for the earliest second at which
none would refuse: each rule's answer can turn to yes only at a local midnight, a window's opening, or the
exact end of a pause or cooldown, so those seconds are tried one after another with the same question.
Nothing is cached, nothing is clever; the gate of the simulation is held against this module on random
histories.

What the gate needs from the same packs, lowered to arrays (not built here):

- `Window`: per (zone, day of the horizon, channel, region, product, place) the intersection of all windows as
  open and close seconds, int32, with one row more per `unless` flag that occurs; a look-up at dispatch.
- `Cap`: per (rule, scope key) a row of counters. Rolling caps: a ring of `n_days` daily counts and their
  running sum, advanced at local midnight, O(1) a look; calendar caps: one count and the number of its
  period; lifetime: one count. Scope keys become dense row numbers (person, person x debt, account, phone,
  household) when the world is made; rules that pool actors or channels use one row, others one per actor or
  channel. Bases are a bit mask by outcome. Caps on anything but `attempt` take a place when a dial starts
  and give it back with the outcome (`in_flight`).
- `Cooldown`: per (rule, scope key) the second at which it ends, int64, written with the outcome.
- `Pause`, `OptOut`, `Consent`, `Duty` with `precondition`: per (rule, person or debt) the second from which
  and until which contact is refused, written by events; `FOREVER` for those that an event lifts.
- `Counterparty`, `Visit`: constants of the action or flags of the person, tested at dispatch.
- Order of reasons: packs as listed, rules as in their file, so that both forms name the same first rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from heapq import heapify, heappop, heappush
from zoneinfo import ZoneInfo

from sim.compliance.clock import at, holiday_table, to_local
from sim.compliance.facts import Attempt, Fact, Scene
from sim.compliance.judge_counts import cap_fails, cooldown_end, cooldown_fails, starts
from sim.compliance.judge_party import Notice, counterparty_fails, duty_fails, notices, ready, visit_fails
from sim.compliance.judge_state import FOREVER, consent_fails, opt_out_fails, pause_end, pause_fails
from sim.compliance.judge_time import Clock, Margins, window_fails, window_instants
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
    Rule,
    Visit,
    Window,
)
from sim.compliance.vocabulary import named

ZONE_UNKNOWN = "tz_unknown"
UTC_ZONE = ZoneInfo("UTC")
EASTMOST_S = 14 * 3600
"""The zone furthest ahead of UTC."""
SEARCH_DAYS = 400
"""How far past the last known end a yes is sought: a year of holidays and the longest cap."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the debtor is, and what the run makes of severities.

    `zones` empty is an unknown zone, which fails closed; with several, every one must allow.
    """

    zones: tuple[ZoneInfo, ...]
    country: str | None = None
    blocking: frozenset[str] = frozenset({"hard", "presumption", "should", "draft"})
    """Severities that refuse; others are returned as reasons and do not refuse."""
    margins: Margins = field(default_factory=Margins)
    week_start: int = 0
    """The first day of a calendar week, 0 for Monday."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that refuses. `next_ok` is the earliest second at which it would not, None for never."""

    rule: str
    kind: str
    severity: str
    detail: str
    next_ok: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one check. `next_ok` is the earliest second at which it would be yes, None for never."""

    allow: bool
    reasons: tuple[Reason, ...]
    next_ok: int | None
    notices: tuple[Notice, ...] = ()
    not_applied: tuple[tuple[str, str], ...] = field(default=())
    """(pack, why) for packs that do not bind this actor, product or day."""


@dataclass(frozen=True, slots=True)
class _Bound:
    """A rule of a pack, with the scene and clock by which it is asked."""

    rule: Rule
    pack: Pack
    scene: Scene
    clock: Clock
    treated: frozenset[str]

    def fails(self, second: int, margins: Margins) -> str | None:
        """Return why the rule refuses the attempt at a second; None where it does not, or is not in force."""
        if self.pack.not_in_force(second, self.clock.zone):
            return None
        found: str | None = None
        match self.rule:
            case Window():
                found = window_fails(self.rule, self.scene, self.clock, second, margins)
            case Cap():
                found = cap_fails(self.rule, self.pack, self.scene, self.clock, second, self.treated)
            case Cooldown():
                found = cooldown_fails(self.rule, self.pack, self.scene, self.clock, second)
            case Pause():
                found = pause_fails(self.rule, self.scene, self.clock, second)
            case OptOut():
                found = opt_out_fails(self.rule, self.scene, self.clock, second)
            case Consent():
                found = consent_fails(self.rule, self.scene)
            case Counterparty():
                found = counterparty_fails(self.rule, self.treated, self.scene, second)
            case Visit():
                found = visit_fails(self.rule, self.scene, second)
            case Duty():
                found = duty_fails(self.rule, self.scene, self.clock, second)
            case _:
                pass
        return found

    def ends(self) -> Iterator[int]:
        """Yield the exact seconds, known now, at which this rule may stop refusing."""
        scene, clock = self.scene, self.clock
        match self.rule:
            case Cooldown() if not self.rule.require:
                yield from (
                    cooldown_end(self.rule, fact.t, clock) for fact in starts(self.rule, self.pack, scene)
                )
            case Pause():
                for fact in scene.events(self.rule.triggers, self.rule.scope):
                    end = pause_end(self.rule, fact, scene, clock)
                    if end < FOREVER:
                        yield end
            case Duty():
                yield from (ready(self.rule, fact.t, clock) for fact in scene.events((named(self.rule.do),)))
            case _:
                return


def check(attempt: Attempt, history: Iterable[Fact], packs: Sequence[Pack], situation: Situation) -> Verdict:
    """Judge one attempt at its second.

    Args:
        attempt: the contact that is asked about; a contact by the debtor (`inbound`) is never refused.
        history: what happened; facts later than the attempt are left out.
        packs: packs in force together; the strictest wins, since every rule must allow.
        situation: zones, country and severities.

    Returns:
        Every rule that refuses, in the order of packs and rules; the earliest second at which none that
        blocks would, if nothing else happened; the duties that the attempt would start.
    """
    facts = tuple(sorted((fact for fact in history if fact.t <= attempt.t), key=lambda fact: fact.t))
    not_applied = _not_applied(attempt, packs, situation)
    if attempt.inbound:
        return Verdict(True, (), attempt.t, (), not_applied)
    bound = _bind(attempt, facts, packs, situation)
    if not situation.zones and packs:
        return _zone_unknown(attempt, bound, situation, not_applied)
    reasons = _reasons(bound, attempt.t, situation)
    blocking = [reason for reason in reasons if reason.severity in situation.blocking]
    next_ok: int | None = attempt.t
    if blocking:
        hard = [item for item in bound if item.rule.head.severity in situation.blocking]
        never = any(reason.next_ok is None for reason in blocking)
        next_ok = None if never else _earliest(hard, attempt.t, situation)
    return Verdict(not blocking, reasons, next_ok, _notices(bound), not_applied)


def refusals(attempt: Attempt, history: Iterable[Fact], packs: Sequence[Pack], situation: Situation) -> tuple[str, ...]:
    """Return the ids of all rules that refuse an attempt, in order, as `check` does, without asking when they would not.

    Rules of known zones only: an unknown zone is what `check` says it is.
    """
    facts = tuple(sorted((fact for fact in history if fact.t <= attempt.t), key=lambda fact: fact.t))
    if not situation.zones and packs:
        return tuple(reason.rule for reason in check(attempt, facts, packs, situation).reasons)
    bound = _bind(attempt, facts, packs, situation)
    return tuple(dict.fromkeys(item.rule.head.id for item in bound if item.fails(attempt.t, situation.margins) is not None))


def _zone_unknown(
    attempt: Attempt, bound: Sequence[_Bound], situation: Situation, not_applied: tuple[tuple[str, str], ...]
) -> Verdict:
    """Refuse, and name what refuses whatever the hour; windows, caps and cooldowns need a zone."""
    unknown = Reason(
        ZONE_UNKNOWN, "zone", "hard", "the debtor's zone is not known, so no hour is known to be lawful", None
    )
    timeless = [item for item in bound if not isinstance(item.rule, (Window, Cap, Cooldown))]
    others = tuple(replace(reason, next_ok=None) for reason in _reasons(timeless, attempt.t, situation))
    return Verdict(False, (unknown, *others), None, (), not_applied)


def _bind(
    attempt: Attempt, facts: Sequence[Fact], packs: Sequence[Pack], situation: Situation
) -> list[_Bound]:
    """Return every active rule that speaks of this actor, region and product, once per zone of the debtor."""
    found = []
    for pack in packs:
        if pack.not_binding(attempt.actor, attempt.product):
            continue
        treated = frozenset(
            who
            for rule in pack.active_rules()
            if isinstance(rule, Counterparty) and rule.rule == "treat_as_debtor"
            for who in rule.who
        )
        for zone in situation.zones or (UTC_ZONE,):
            country = pack.country or situation.country
            own = ZoneInfo(pack.zone) if pack.zone else zone
            clock = Clock(own, holiday_table(country), situation.week_start)
            scene = Scene(attempt, facts, zone, country)
            found += [
                _Bound(rule, pack, scene, clock, treated)
                for rule in pack.active_rules()
                if _speaks(rule.head, attempt)
            ]
    return found


def _speaks(head: Head, attempt: Attempt) -> bool:
    if head.regions and not head.regions & attempt.regions:
        return False
    return head.product is None or head.product == attempt.product


def _reasons(bound: Sequence[_Bound], second: int, situation: Situation) -> tuple[Reason, ...]:
    """Return one reason a rule that refuses; of several zones, the one that lets go last."""
    found: dict[tuple[str, str], Reason] = {}
    for item in bound:
        detail = item.fails(second, situation.margins)
        if detail is None:
            continue
        head, key = item.rule.head, (item.pack.id, item.rule.head.id)
        reason = Reason(head.id, head.kind, head.severity, detail, _earliest([item], second, situation))
        if key not in found or _later(reason.next_ok, found[key].next_ok):
            found[key] = reason
    return tuple(found.values())


def _later(one: int | None, other: int | None) -> bool:
    return other is not None and (one is None or one > other)


def _earliest(bound: Sequence[_Bound], second: int, situation: Situation) -> int | None:
    """Return the earliest second from `second` on at which none of these rules refuses, None for never."""
    for candidate in _candidates(bound, second):
        if all(item.fails(candidate, situation.margins) is None for item in bound):
            return candidate
    return None


def _candidates(bound: Sequence[_Bound], second: int) -> Iterator[int]:
    """Yield, in order, every second from `second` on at which one of these rules may turn to yes."""
    ends = [end for item in bound for end in item.ends()]
    clocks = {item.clock.zone for item in bound} | {item.scene.zone for item in bound}
    last = max([second, *ends, *(at(item.pack.effective_from, 0, item.clock.zone) for item in bound)])
    first = to_local(second, UTC_ZONE).date() - timedelta(days=1)
    days = (to_local(last, UTC_ZONE).date() - first).days + SEARCH_DAYS
    waiting = [second, *ends]
    heapify(waiting)
    for day in (first + timedelta(days=offset) for offset in range(days)):
        for moment in _of_day(bound, clocks, day):
            heappush(waiting, moment)
        settled = at(day + timedelta(days=1), 0, UTC_ZONE) - EASTMOST_S  # no zone's next day has begun before
        while waiting and waiting[0] < settled:
            moment = heappop(waiting)
            if moment >= second:
                yield moment


def _of_day(bound: Sequence[_Bound], zones: Collection[ZoneInfo], day: date) -> Iterator[int]:
    """Yield midnight and the openings of a local day; every quarter of an hour when clocks change."""
    for zone in zones:
        midnight, end = at(day, 0, zone), at(day + timedelta(days=1), 0, zone)
        yield midnight
        if to_local(midnight, zone).utcoffset() != to_local(end, zone).utcoffset():
            yield from range(midnight, end, 900)
    for item in bound:
        if isinstance(item.rule, Window):
            yield from window_instants(item.rule, item.scene, item.clock, day)


def _notices(bound: Sequence[_Bound]) -> tuple[Notice, ...]:
    """Return the duties of packs in force, each once."""
    found: dict[tuple[str, str], Notice] = {}
    for item in bound:
        if item.pack.not_in_force(item.scene.attempt.t, item.clock.zone):
            continue
        for notice in notices((item.rule,), item.scene, item.clock):
            found.setdefault((item.pack.id, notice.rule), notice)
    return tuple(found.values())


def _not_applied(
    attempt: Attempt, packs: Sequence[Pack], situation: Situation
) -> tuple[tuple[str, str], ...]:
    zone = situation.zones[0] if situation.zones else UTC_ZONE
    found = []
    for pack in packs:
        why = pack.not_binding(attempt.actor, attempt.product) or pack.not_in_force(attempt.t, zone)
        if why:
            found.append((pack.id, why))
    return tuple(found)


Judge = Callable[[Attempt, Iterable[Fact], Sequence[Pack], Situation], Verdict]
"""The shape of `check`, for whatever is held against it."""
