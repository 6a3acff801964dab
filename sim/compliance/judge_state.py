"""Pauses, opt-outs and consents: what the debtor's or the account's state allows."""

from __future__ import annotations

from datetime import datetime

from sim.compliance.clock import add_days, to_utc
from sim.compliance.facts import Fact, Scene
from sim.compliance.judge_time import Clock
from sim.compliance.pack import NEVER, Consent, OptOut, Pause
from sim.compliance.vocabulary import place_covers

FOREVER = 2**62
_LIFTS_OPT_OUT = ("opt_in", "reconsent")


def pause_fails(rule: Pause, scene: Scene, clock: Clock, second: int) -> str | None:
    """Return why a pause refuses the attempt at a second, None where it does not."""
    attempt = scene.attempt
    if attempt.channel not in rule.channels or not place_covers(rule.place, attempt.place):
        return None
    if scene.exempted(rule.allow, second) or any(attempt.flags.get(name, False) for name in rule.exempt):
        return None
    for fact in scene.events(rule.triggers, rule.scope):
        end = pause_end(rule, fact, scene, clock)
        if fact.t <= second < end and _old_enough(rule, fact, scene, second):
            return f"{fact.event} on {clock.day(fact.t)}; {_lasts(rule, end, clock)}"
    for name in rule.triggers:
        if attempt.flags.get(name, False) and _old_enough(rule, None, scene, second):
            return f"the flag {name} holds; {_lasts(rule, FOREVER, clock)}"
    return None


def pause_end(rule: Pause, trigger: Fact, scene: Scene, clock: Clock) -> int:
    """Return the first second after the pause that a fact began: the earliest of all that may end it."""
    ends = [FOREVER]
    if rule.days and not _extended(rule, trigger, scene, clock):
        ends.append(add_days(trigger.t, rule.days, clock.zone))
    stated = trigger.dates.get(rule.until) or (
        trigger.dates.get("until") if rule.until not in ("", NEVER) else None
    )
    if stated is not None:
        ends.append(_after(stated, rule.until_days, clock))
    lifts = {rule.until: rule.until_days, f"{rule.until}_plus_{rule.until_days}d": 0}
    seen = False
    for fact in scene.history:
        seen = seen or fact is trigger
        if not seen or fact is trigger:
            continue
        if fact not in scene.events((fact.event,), rule.scope):
            continue
        if fact.event in lifts and fact.event not in ("", NEVER):
            ends.append(add_days(fact.t, lifts[fact.event], clock.zone))
        elif fact.event in rule.exempt:
            ends.append(fact.t)
    return min(ends)


def _after(stated: datetime, days: int, clock: Clock) -> int:
    return add_days(to_utc(stated, clock.zone), days, clock.zone)


def _extended(rule: Pause, trigger: Fact, scene: Scene, clock: Clock) -> bool:
    """Whether the event that makes the pause last came in time."""
    if not rule.extend_on:
        return False
    last = add_days(trigger.t, rule.extend_within_days, clock.zone)
    return any(trigger.t <= fact.t <= last for fact in scene.events((rule.extend_on,), rule.scope))


def _old_enough(rule: Pause, trigger: Fact | None, scene: Scene, second: int) -> bool:
    """Whether the debt is late enough for the pause to count; not known counts as late enough."""
    days = trigger.days_past_due if trigger is not None else None
    if days is None:
        days = scene.days_past_due(second)
    return days is None or days >= rule.min_days_past_due


def _lasts(rule: Pause, end: int, clock: Clock) -> str:
    if end < FOREVER:
        return f"until {clock.day(end)}"
    return "for good" if rule.until == NEVER else f"until {rule.until or rule.extend_on + ' is lifted'}"


def opt_out_binds(rule: OptOut, scene: Scene, clock: Clock) -> tuple[Fact, int] | None:
    """Return the opt-out that binds first and the second from which it binds, None where there is none."""
    found: tuple[Fact, int] | None = None
    for fact in scene.events((*rule.events, *_LIFTS_OPT_OUT)):
        if rule.medium_specific and fact.channel is not None and fact.channel != scene.attempt.channel:
            continue
        if fact.event in _LIFTS_OPT_OUT:
            found = None
        elif found is None:
            binds = fact.t if rule.honour is None else rule.honour.after(fact.t, clock.zone, clock.table)
            found = (fact, binds)
    return found


def opt_out_fails(rule: OptOut, scene: Scene, clock: Clock, second: int) -> str | None:
    """Return why an opt-out refuses the attempt at a second, None where it does not, or not yet."""
    if scene.attempt.channel not in rule.channels:
        return None
    if any(scene.attempt.flags.get(name, False) for name in rule.events):
        return "the debtor opted out"
    found = opt_out_binds(rule, scene, clock)
    if found is None or second < found[1]:
        return None
    return f"{found[0].event} on {clock.day(found[0].t)}, binding from {clock.day(found[1])}"


def consent_fails(rule: Consent, scene: Scene) -> str | None:
    """Return why a consent is missing, None where it is there or not needed.

    A consent is a flag that holds, or an event of that name; a later withdrawal ends it, for its channel if
    it names one.
    """
    attempt = scene.attempt
    if attempt.channel not in rule.channels:
        return None
    given, ended = attempt.flags.get(rule.need, False), ""
    withdrawals = (*rule.withdrawn_by, f"{rule.need}_withdrawn")
    for fact in scene.events((rule.need, *_LIFTS_OPT_OUT, *withdrawals)):
        if fact.channel is not None and fact.channel != attempt.channel:
            continue
        if fact.event in withdrawals:
            given, ended = False, f", withdrawn by {fact.event}"
        else:
            given, ended = True, ""
    return None if given else f"no {rule.need} in force for {attempt.channel}{ended}"
