"""Caps and cooldowns: how often, and how long after."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from sim.compliance.clock import at
from sim.compliance.facts import Fact, Scene, concerns, excluded
from sim.compliance.judge_time import Clock
from sim.compliance.pack import Cap, Cooldown, Pack
from sim.compliance.vocabulary import BASES, IN_FLIGHT, is_third_party, place_covers, same_actor


def period(cap: Cap, day: date, week_start: int = 0) -> tuple[date, date]:
    """Return the first and last local day that a cap looks at on a day.

    Rolling periods are whole local days, the day itself included. Weeks start on `week_start`, 0 for Monday.
    """
    if cap.per == "day":
        return day, day
    if cap.per == "week":
        first = day - timedelta(days=(day.weekday() - week_start) % 7)
        return first, first + timedelta(days=6)
    if cap.per == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    if cap.per == "rolling":
        return day - timedelta(days=cap.n_days - 1), day
    return date.min, date.max


def counted(
    cap: Cap, pack: Pack, scene: Scene, clock: Clock, second: int, treated: Collection[str] = ()
) -> list[Fact]:
    """Return the facts that stand against a cap at a second, attempts in flight included.

    A cap by person counts what was said to that person: third parties are apart from the debtor.
    """
    first, last = period(cap, clock.day(second), clock.week_start)
    outside = _outside(scene.attempt.counterparty, treated)
    found = []
    for fact in scene.attempts(cap.scope):
        if fact.channel not in cap.channels or not fact.counts_as(cap.counts):
            continue
        if not cap.pool_channels and fact.channel != scene.attempt.channel:
            continue
        if not cap.pool_actors and not same_actor(fact.actor, scene.attempt.actor):
            continue
        if (
            pack.not_binding(fact.actor, None)
            or excluded(fact, cap.exclude)
            or not place_covers(cap.place, fact.place)
        ):
            continue
        if {"third_party", "person"} & set(cap.scope) and _outside(fact.counterparty, treated) != outside:
            continue
        if first <= clock.day(fact.t) <= last:
            found.append(fact)
    return found


def _outside(counterparty: str, treated: Collection[str]) -> bool:
    return is_third_party(counterparty) and counterparty not in treated


def cap_fails(
    cap: Cap, pack: Pack, scene: Scene, clock: Clock, second: int, treated: Collection[str] = ()
) -> str | None:
    """Return why a cap refuses the attempt at a second, None where it does not.

    Args:
        cap: the rule.
        pack: its pack; facts of actors that the pack does not bind do not count.
        scene: attempt and history.
        clock: zone, holidays and start of the week.
        second: when.
        treated: counterparties that the pack treats as the debtor.
    """
    attempt = scene.attempt
    if attempt.channel not in cap.channels or not place_covers(cap.place, attempt.place):
        return None
    if scene.exempted(cap.exclude, second) or scene.any_flag(cap.unless, second):
        return None
    if "attorney_or_creditor_calls" in cap.exclude and attempt.counterparty in ("attorney", "creditor"):
        return None
    if "third_party" in cap.scope and not _outside(attempt.counterparty, treated):
        return None
    against = counted(cap, pack, scene, clock, second, treated)
    if len(against) < cap.limit:
        return None
    flying = sum(fact.outcome == IN_FLIGHT for fact in against)
    held = f", {flying} of them in flight" if flying and cap.counts != "attempt" else ""
    span = f"{cap.n_days} days" if cap.per == "rolling" else cap.per
    return f"{len(against)} of {cap.limit} by {cap.counts} per {span} for {', '.join(cap.scope)}{held}"


def cooldown_fails(rule: Cooldown, pack: Pack, scene: Scene, clock: Clock, second: int) -> str | None:
    """Return why a cooldown refuses the attempt at a second, None where it does not."""
    if scene.attempt.channel not in rule.channels or scene.exempted(rule.exempt, second):
        return None
    if rule.require:
        return _stale(rule, scene, clock, second)
    for fact in starts(rule, pack, scene):
        if fact.t <= second < cooldown_end(rule, fact.t, clock):
            length = f"{rule.days} days, the day itself included" if rule.by_date else _length(rule)
            return f"{rule.after} on {clock.day(fact.t)}; {length}"
    return None


def cooldown_end(rule: Cooldown, since: int, clock: Clock) -> int:
    """Return the first second after a cooldown that began at `since`."""
    if rule.hours:
        return since + 3600 * rule.hours
    if rule.by_date:
        return at(clock.day(since) + timedelta(days=rule.days), 0, clock.zone)
    return since + 86_400 * rule.days


def starts(rule: Cooldown, pack: Pack, scene: Scene) -> Iterator[Fact]:
    """Yield the facts that start a cooldown: attempts with that outcome, or events of that name."""
    outside = is_third_party(scene.attempt.counterparty)
    for fact in scene.history:
        if not concerns(fact.parties, scene.attempt.parties, rule.scope):
            continue
        if fact.channel is not None and fact.channel not in rule.channels:
            continue
        if fact.is_attempt() and "person" in rule.scope and is_third_party(fact.counterparty) != outside:
            continue
        if fact.is_attempt():
            known = fact.outcome != IN_FLIGHT and fact.outcome in BASES.get(rule.after, ())
            if (
                known
                and not pack.not_binding(fact.actor, None)
                and (rule.includes_inbound or not fact.inbound)
            ):
                yield fact
        elif fact.event == rule.after:
            yield fact


def _stale(rule: Cooldown, scene: Scene, clock: Clock, second: int) -> str | None:
    """Refuse where the last known check is too old. Where none is known, the rule does not judge."""
    known = [fact.t for fact in scene.events((rule.after, *rule.require), rule.scope)]
    if not known or second < cooldown_end(rule, max(known), clock):
        return None
    return f"last {' or '.join(rule.require)} on {clock.day(max(known))}, more than {_length(rule)} ago"


def _length(rule: Cooldown) -> str:
    return f"{rule.hours} hours" if rule.hours else f"{rule.days} days"
