"""Counterparties, visits, and duties that come before contact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.compliance.clock import DAY_S, add_workdays, at
from sim.compliance.facts import Fact, Scene
from sim.compliance.judge_state import opt_out_binds
from sim.compliance.judge_time import Clock
from sim.compliance.pack import NOTICE_NAMES, Counterparty, Duty, OptOut, Rule, Visit
from sim.compliance.vocabulary import (
    BASES,
    DEBTOR,
    HOME_PLACES,
    WORK_PLACES,
    channel_set,
    is_third_party,
    named,
    who_covers,
)

FIRST_CONTACT = frozenset(
    {"first_communication", "first_contact", "first_demand", "first_reminder", "collection_start"}
)
"""What starts a duty with the first contact rather than with an event."""
_VOICE, _WRITTEN = channel_set(("voice",)), channel_set(("text", "letter"))


def counterparty_fails(rule: Counterparty, treated: Iterable[str], scene: Scene, second: int) -> str | None:
    """Return why a counterparty may not be spoken to, None where the rule does not say so.

    Args:
        rule: the rule.
        treated: counterparties that the pack treats as the debtor.
        scene: attempt and history.
        second: when.
    """
    attempt = scene.attempt
    if attempt.counterparty in treated or rule.rule in ("allow", "treat_as_debtor"):
        return None
    if not who_covers(rule.who, attempt.counterparty, attempt.place):
        return None
    whom = attempt.counterparty if attempt.counterparty != DEBTOR else f"debtor at {attempt.place}"
    if rule.stop_on_refusal and is_third_party(attempt.counterparty) and _refused(scene):
        return f"{whom} refused contact before"
    if rule.rule == "forbid_if":
        return f"{whom}: {' or '.join(rule.conditions)}" if scene.any_flag(rule.conditions, second) else None
    if rule.rule == "allow_if":
        return (
            None
            if scene.any_flag(rule.conditions, second)
            else f"{whom}: only if {' or '.join(rule.conditions)}"
        )
    if not scene.exempted(rule.exempt, second):
        return f"{whom} may not be contacted" + (f", except {', '.join(rule.exempt)}" if rule.exempt else "")
    if rule.allowed_purpose and attempt.purpose not in rule.allowed_purpose:
        return f"{whom} may be contacted only for {' or '.join(rule.allowed_purpose)}, not {attempt.purpose}"
    return None


def _refused(scene: Scene) -> bool:
    for fact in scene.events(("attempt", "third_party_refused"), ("third_party",)):
        if fact.event == "third_party_refused":
            return True
        if fact.outcome == "refused" and is_third_party(fact.counterparty):
            return True
    return False


def visit_fails(rule: Visit, scene: Scene, second: int) -> str | None:
    """Return which preconditions of a visit do not hold, None where all do; not stated does not hold."""
    if scene.attempt.channel != "visit":
        return None
    problems = [
        text
        for text in (*_staffing(rule, scene), *_stage(rule, scene, second), *_site(rule, scene, second))
        if text
    ]
    return "; ".join(problems) or None


def _staffing(rule: Visit, scene: Scene) -> Iterator[str]:
    staff = scene.attempt.staff
    if rule.min_staff > 1 and (staff is None or staff < rule.min_staff):
        yield f"{rule.min_staff} staff needed, {'not stated' if staff is None else staff}"
    for name in rule.conduct:  # how a visit is held is promised by default; a flag may say that it is not
        if scene.attempt.flags.get(name, True) is False:
            yield f"needs {name}"


def _stage(rule: Visit, scene: Scene, second: int) -> Iterator[str]:
    if rule.give_notice and not _announced(scene, second):
        yield "the first visit needs notice beforehand"
    if rule.only_if and not scene.flag(rule.only_if, second) and not _others_failed(scene):
        yield f"only if {rule.only_if}"
    days = scene.days_past_due(second)
    if rule.min_days_past_due and (days is None or days < rule.min_days_past_due):
        yield f"not before {rule.min_days_past_due} days past due, {'not stated' if days is None else days}"
    for name in rule.not_if:
        if scene.flag(name, second):
            yield f"not if {name}"


def _site(rule: Visit, scene: Scene, second: int) -> Iterator[str]:
    place = scene.attempt.place
    at_work = place in WORK_PLACES
    if rule.min_missed_appearances and place in HOME_PLACES:
        missed = sum(1 for _ in scene.events(("missed_appearance",)))
        if missed < rule.min_missed_appearances:
            yield f"at home only after {rule.min_missed_appearances} missed appearances, {missed} so far"
    elif rule.places and not _place_allowed(rule.places, place, scene, second):
        yield f"only at {', '.join(rule.places)}, not {place}"
    if rule.workplace and at_work and not scene.any_flag((rule.workplace, "debtor_requested"), second):
        yield f"at work {rule.workplace}"


def _place_allowed(places: tuple[str, ...], place: str, scene: Scene, second: int) -> bool:
    if place in places:
        return True
    if place in HOME_PLACES and set(places) & HOME_PLACES:
        return True
    return (
        place in WORK_PLACES and "workplace_if_absent" in places and scene.flag("workplace_if_absent", second)
    )


def _announced(scene: Scene, second: int) -> bool:
    """Whether notice of visits was given, or a visit was made before: notice is for the first one."""
    if scene.any_flag(NOTICE_NAMES, second):
        return True
    return any(
        fact.channel == "visit" or (fact.purpose in NOTICE_NAMES and fact.outcome == "delivered")
        for fact in scene.attempts(("person",))
    )


def _others_failed(scene: Scene) -> bool:
    """Whether voice and a written channel were tried and nobody was spoken to."""
    tried = [fact for fact in scene.attempts(("person",)) if not fact.inbound]
    spoke = any(fact.outcome in ("conversation", "refused", "met") for fact in tried)
    voice, written = (any(fact.channel in group for fact in tried) for group in (_VOICE, _WRITTEN))
    return voice and written and not spoke


def duty_fails(rule: Duty, scene: Scene, clock: Clock, second: int) -> str | None:
    """Return why a duty that comes before contact refuses it, None where it does not."""
    if rule.first_contact_not_by:
        if scene.attempt.channel not in rule.first_contact_not_by or _contacted(scene, "attempt"):
            return None
        return (
            None
            if scene.any_flag(rule.unless, second)
            else f"the first contact may not be by {scene.attempt.channel}"
        )
    if not rule.precondition or not _due(rule, scene):
        return None
    name = named(rule.do)
    if scene.attempt.flags.get(name, False):
        return None
    done = [fact.t for fact in scene.events((name,))]
    if not done:
        return f"{rule.do} must come first"
    if rule.deadline is not None and rule.deadline.before and second < ready(rule, min(done), clock):
        return f"{rule.do} on {clock.day(min(done))}; contact {rule.deadline.count} business days later"
    return None


def ready(rule: Duty, done: int, clock: Clock) -> int:
    """Return the first second of contact after a precondition was met."""
    if rule.deadline is None or not rule.deadline.before:
        return done
    if rule.deadline.unit == "bd":
        return at(add_workdays(clock.day(done), rule.deadline.count, clock.table), 0, clock.zone)
    return done + DAY_S * rule.deadline.count


def _due(rule: Duty, scene: Scene) -> bool:
    """Whether this attempt would be the first contact, or an event that starts the duty has happened."""
    if FIRST_CONTACT & set(rule.when):
        return not _contacted(scene, "attempt")
    return any(True for _ in scene.events(rule.when))


def _contacted(scene: Scene, basis: str) -> bool:
    """Whether we tried before (attempt), or reached somebody (contact), on this debt."""
    for fact in scene.attempts(("person", "debt")):
        if basis == "attempt" and not fact.inbound:
            return True
        if basis == "contact" and fact.outcome in BASES["contact"]:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Notice:
    """A duty that this attempt would start, or that is open since an event. `deadline` is a UTC second."""

    rule: str
    do: str
    deadline: int | None


def notices(rules: Iterable[Rule], scene: Scene, clock: Clock) -> Iterator[Notice]:
    """Yield the duties with their deadlines, and opt-outs that do not bind yet."""
    now = scene.attempt.t
    for rule in rules:
        if isinstance(rule, OptOut) and scene.attempt.channel in rule.channels:
            found = opt_out_binds(rule, scene, clock)
            if found is not None and now < found[1]:
                yield Notice(rule.head.id, "honour_opt_out", found[1])
        elif isinstance(rule, Duty) and rule.head.enforce == "plan":
            started = _started(rule, scene)
            if started is not None:
                yield Notice(rule.head.id, rule.do, _deadline(rule, started, clock))


def _started(rule: Duty, scene: Scene) -> int | None:
    """Return the second at which an open duty starts or started, None where there is none."""
    name = named(rule.do)
    if scene.attempt.flags.get(name, False):
        return None
    done = [fact.t for fact in scene.events((name,))]
    if FIRST_CONTACT & set(rule.when):
        basis = "contact" if "first_communication" in rule.when else "attempt"
        return None if done or _contacted(scene, basis) else scene.attempt.t
    open_since = [fact for fact in _triggers(rule, scene) if not any(t >= fact.t for t in done)]
    return open_since[0].t if open_since else None


def _triggers(rule: Duty, scene: Scene) -> Iterator[Fact]:
    yield from scene.events(rule.when)


def _deadline(rule: Duty, started: int, clock: Clock) -> int | None:
    """Return the last second of the deadline; business days end with the local day."""
    if rule.deadline is None:
        return None
    last = rule.deadline.after(started, clock.zone, clock.table)
    return last - 1 if rule.deadline.unit == "bd" and not rule.deadline.before else last
