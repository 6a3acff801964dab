"""What is fixed about a rule in a run: whom it concerns, which exceptions hold anyway, what only events could change."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sim.codes import PACK_EVENT_NAMES
from sim.compliance.facts import Scene
from sim.compliance.judge_party import FIRST_CONTACT, counterparty_fails, visit_fails
from sim.compliance.pack import (
    NOTICE_NAMES,
    Cap,
    Consent,
    Cooldown,
    Counterparty,
    Duty,
    OptOut,
    Pause,
    Rule,
    Statement,
    Visit,
    Window,
)
from sim.compliance.vocabulary import CHANNELS, named, place_covers

HOME = "home"
NEVER, DEPENDS, ALWAYS = 0, 1, 2
NOTICE_GIVEN, CONDITION_HOLDS = 4, 8
_MORE_DAYS = re.compile(r"^dpd_gt_(\d+)$")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is fixed about a class of accounts. `constants` are those flags that are the same for everybody."""

    regions: frozenset[str]
    flags: Mapping[str, bool]
    constants: Mapping[str, bool]
    staff: int | None


def bits_of(names: Collection[str]) -> int:
    """Return the events of the simulation among some names, bits by `sim.codes.PackEvent`."""
    return sum(1 << place for place, name in enumerate(PACK_EVENT_NAMES) if name in names)


def heard_bits(names: Collection[str], fixed: Mapping[str, bool]) -> int:
    """Return the events that would set one of these flags; a flag that the scenario states is what it says."""
    return bits_of([name for name in names if name not in fixed])


def days_above(names: Collection[str], fixed: Mapping[str, bool]) -> int:
    """Return the least N of names dpd_gt_N, -1 without one."""
    found = [int(match[1]) for name in names if name not in fixed and (match := _MORE_DAYS.match(name))]
    return min(found, default=-1)


def media_of(rule: Rule) -> frozenset[str]:
    """Return the packs' channels that a rule speaks of."""
    match rule:
        case Window() | Cap() | Cooldown() | Pause() | OptOut() | Consent():
            return rule.channels
        case Visit():
            return frozenset({"visit"})
        case Duty() if rule.first_contact_not_by:
            return rule.first_contact_not_by
        case Statement():
            return frozenset()
        case _:
            return frozenset(CHANNELS)


def media_bits(media: Collection[str]) -> int:
    """Return channels as bits in the order of the packs' vocabulary."""
    return sum(1 << place for place, name in enumerate(CHANNELS) if name in media)


def standing(rule: Rule, scene: Scene) -> int:
    """Return whether a rule never refuses, always, or it depends, for an attempt without history.

    A visit's value says also (bits) whether notice was given and its condition holds anyway.
    """
    head, attempt = rule.head, scene.attempt
    if (head.regions and not head.regions & attempt.regions) or head.product not in {None, attempt.product}:
        return NEVER
    found = NEVER
    match rule:
        case Window():
            found = _window(rule, scene)
        case Cap():
            quiet = "third_party" in rule.scope or scene.exempted(rule.exclude, 0) or scene.any_flag(rule.unless, 0)
            found = DEPENDS if place_covers(rule.place, HOME) and not quiet else NEVER
        case Cooldown():
            found = NEVER if rule.require or scene.exempted(rule.exempt, 0) else DEPENDS
        case Pause():
            found = _pause(rule, scene)
        case OptOut():
            stated = any(attempt.flags.get(name, False) for name in rule.events)
            found = ALWAYS if stated else DEPENDS if bits_of(rule.events) else NEVER
        case Consent():
            ends = bits_of((*rule.withdrawn_by, f"{rule.need}_withdrawn"))
            found = ALWAYS if not attempt.flags.get(rule.need, False) else DEPENDS if ends else NEVER
        case Visit():
            found = _visit(rule, scene)
        case Counterparty():
            found = ALWAYS if counterparty_fails(rule, (), scene, 0) else NEVER
        case Duty():
            found = _duty(rule, scene)
        case _:
            pass
    return found


def _window(rule: Window, scene: Scene) -> int:
    if not place_covers(rule.place, HOME) or scene.any_flag(rule.unless, 0):
        return NEVER
    if rule.days == "debtor_blocked":
        return DEPENDS if scene.attempt.flags.get("debtor_blocked", False) else NEVER
    return DEPENDS


def _pause(rule: Pause, scene: Scene) -> int:
    flags = scene.attempt.flags
    if not place_covers(rule.place, HOME) or scene.exempted(rule.allow, 0):
        return NEVER
    if any(flags.get(name, False) for name in rule.exempt):
        return NEVER
    if any(flags.get(name, False) for name in rule.triggers):
        return ALWAYS
    return DEPENDS if bits_of(rule.triggers) else NEVER


def _visit(rule: Visit, scene: Scene) -> int:
    fixed = replace(rule, give_notice=False, only_if="", min_days_past_due=0)
    if visit_fails(fixed, scene, 0):
        return ALWAYS
    notice = NOTICE_GIVEN if scene.any_flag(NOTICE_NAMES, 0) else 0
    condition = CONDITION_HOLDS if rule.only_if and scene.flag(rule.only_if, 0) else 0
    return DEPENDS | notice | condition


def _duty(rule: Duty, scene: Scene) -> int:
    if rule.first_contact_not_by:
        return NEVER if scene.any_flag(rule.unless, 0) else DEPENDS
    if not rule.precondition or scene.attempt.flags.get(named(rule.do), False):
        return NEVER
    return DEPENDS if FIRST_CONTACT & set(rule.when) or bits_of(rule.when) else NEVER


def why_asleep(rule: Rule, media: Collection[str], product: str | None) -> str:
    """Return why a rule can never refuse in a run, in plain words."""
    if isinstance(rule, Statement) or (isinstance(rule, Duty) and not rule.precondition and not rule.first_contact_not_by):
        return "states a duty or conduct that no contact is refused for"
    if not media_of(rule) & set(media):
        return "speaks of channels that the scenario does not have"
    if rule.head.product not in {None, product}:
        return f"speaks of the product {rule.head.product}"
    if isinstance(rule, Counterparty):
        return "speaks of others than the debtor, whom a simulated contact never addresses"
    if rule.head.regions:
        return f"speaks of {', '.join(sorted(rule.head.regions))}, where no account is, or an exception holds"
    if isinstance(rule, Pause) and not bits_of(rule.triggers):
        return f"waits for what the simulation does not have: {', '.join(rule.triggers)}"
    if isinstance(rule, Window) and rule.days == "debtor_blocked":
        return "waits for hours that the debtor blocks, which the simulation does not have"
    return "an exception holds for every account, or it waits for what the simulation does not have"
