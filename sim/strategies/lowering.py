"""From a checked strategy to step tables: what each step is, and when it is due. Done once, before a run."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sim.codes import RETRYABLE
from sim.spec.expression import Expression, parse_expression
from sim.spec.strategy import (
    HARDSHIP_PLAN,
    ContactSpec,
    ReactionSpec,
    SegmentSpec,
    StepSpec,
    StrategySpec,
    Vocabulary,
    reactions_of,
)
from sim.spec.strategy_times import DAY_S, Delay, at_window_s, delay_of, window_s
from sim.strategies.protocol import DEFAULT_PRIORITY, Offer, Retry, Step, Window

DISPATCH_STATES = ("dispute", "hardship_plan", "complaint", "wrong_number", "promise_live")
"""Exclusions that the desk looks at again when a step is carried out."""
OWN_STATE = {
    "promise": "promise_live",
    "hardship": "hardship_plan",
    "dispute": "dispute",
    "complaint": "complaint",
    "wrong_number": "wrong_number",
}
"""A reaction is not held back by the state that its own event creates."""
REACTION_LEAD = 100
"""Reactions go this much ahead of their segment's priority: what somebody has just said comes first."""
FOREVER = 1_000_000
UNREACHED = ("busy", "no_answer", "voicemail", "not_met", "undelivered")
"""Outcomes that are tried again while attempts are left, unless the step says otherwise. Nobody who refused,
and no wrong person, is contacted again without the strategy saying so."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a step is due: days `first` to `last` of its anchor or event, each `every` days (0: once).

    `event` is empty for a step of a sequence. `held_by` indexes the exclusions that hold the step back. A
    reaction that several segments state alike is one step with several `segments`.
    """

    segments: tuple[int, ...]
    anchor: str
    event: str
    first: int
    last: int
    every: int
    open_days: int
    held_by: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """After `event`, accounts of a segment are treated as in `target`."""

    segment: int
    event: str
    target: int


@dataclass(frozen=True, slots=True)
class Tables:
    """A strategy lowered: step k is due by trigger k. `whens` has None for `otherwise`."""

    steps: tuple[Step, ...]
    triggers: tuple[Trigger, ...]
    segments: tuple[str, ...]
    whens: tuple[Expression | None, ...]
    excludes: tuple[Expression, ...]
    moves: tuple[Move, ...]


def lower(spec: StrategySpec, vocabulary: Vocabulary) -> Tables:
    """Return the step tables of a strategy."""
    builder = _Builder(spec, vocabulary)
    for place, segment in enumerate(spec.segments):
        builder.segment(place, segment)
    whens = tuple(
        None
        if segment.when is None
        else parse_expression(segment.when, spec.where(("segments", k, "when")))
        for k, segment in enumerate(spec.segments)
    )
    return Tables(
        tuple(builder.steps),
        tuple(builder.triggers),
        tuple(s.name for s in spec.segments),
        whens,
        builder.excludes,
        tuple(builder.moves),
    )


class _Builder:
    """Collects steps and triggers in the order of the file."""

    def __init__(self, spec: StrategySpec, vocabulary: Vocabulary) -> None:
        self.spec, self.vocabulary, self.windows = spec, vocabulary, spec.all_windows
        self.names = [segment.name for segment in spec.segments]
        self.excludes = tuple(
            parse_expression(text, spec.where(("exclude", place)))
            for place, text in enumerate(spec.exclude)
        )
        self.steps: list[Step] = []
        self.triggers: list[Trigger] = []
        self.moves: list[Move] = []

    def segment(self, place: int, segment: SegmentSpec) -> None:
        """Add the steps, reactions and moves of a segment."""
        for index, step in enumerate(segment.sequence):
            label = f"{segment.name}/{index + 1} {_deed(step)}"
            self.planned(place, segment, step, label, step.anchor or segment.anchor)
        promise = segment.on.promise
        if promise is not None and promise.remind is not None:
            label = f"on promise {_deed(promise.remind)}"
            self.planned(place, segment, promise.remind, label, "promise_due", "promise")
        for event, path, reactions in reactions_of(segment.on):
            wait = promise.check - 1 if promise is not None and path[0] == "promise" else 0
            for reaction in reactions:
                self.reaction(place, segment, event, reaction, wait)

    def planned(self, place: int, segment: SegmentSpec, step: StepSpec, label: str, anchor: str,
                event: str = "") -> None:
        """Add a step that is due on a day of an anchor; `event` where it is a reminder after that event."""
        open_days = step.days_open or _days_needed(step, self.retries(step))
        last = step.day + open_days - 1
        if step.every is not None:
            open_days = min(open_days, step.every)
            last = FOREVER if step.until is None else step.until
        repeats = step.every is not None or anchor in {"payday", "promise_due", "last_payment"}
        held_by = self.held_by(OWN_STATE.get(event, ""))
        trigger = Trigger((place,), anchor, "", step.day, last, step.every or 0, open_days, held_by)
        lead = REACTION_LEAD if event else 0
        self.add(self.step(label, segment, step, trigger, lead, repeats=repeats), trigger, shared=bool(event))

    def reaction(self, place: int, segment: SegmentSpec, event: str, reaction: ReactionSpec,
                 wait: int) -> None:
        """Add what follows an event: a move between segments, or a step due within some days of it."""
        if reaction.move_to in self.names:
            self.moves.append(Move(place, event, self.names.index(reaction.move_to)))
            return
        administrative = bool(reaction.move_to) or reaction.stop is not None
        held_by = () if administrative else self.held_by(OWN_STATE.get(event, ""))
        deed = reaction.move_to or ("stop" if reaction.stop is not None else _deed(reaction))
        days = reaction.within
        trigger = Trigger((place,), "", event, wait, wait + days, 0, days + 1, held_by)
        step = self.step(f"on {event} {deed}", segment, reaction, trigger, REACTION_LEAD, repeats=True)
        self.add(step, trigger, shared=True)

    def add(self, step: Step, trigger: Trigger, *, shared: bool) -> None:
        """Add a step; a reaction that another segment states alike becomes one step with it."""
        for number, (other, when) in enumerate(zip(self.steps, self.triggers, strict=True)):
            alike = replace(step, label=other.label, segment=other.segment) == other
            if shared and alike and replace(trigger, segments=when.segments) == when:
                self.steps[number] = replace(other, segment="")
                self.triggers[number] = replace(when, segments=when.segments + trigger.segments)
                return
        labels = {other.label for other in self.steps}
        if step.label in labels:
            step = replace(step, label=f"{step.segment}/{step.label}")
        count = sum(label == step.label or label.startswith(f"{step.label} #") for label in labels)
        self.steps.append(replace(step, label=f"{step.label} #{count + 1}") if count else step)
        self.triggers.append(trigger)

    def step(self, label: str, segment: SegmentSpec, contact: ContactSpec, trigger: Trigger, lead: int, *,
             repeats: bool) -> Step:
        """Return the step as the desk needs it."""
        stop = getattr(contact, "stop", None)
        offer = contact.offer
        held = tuple(self.excludes[place].text for place in trigger.held_by)
        states = tuple(text for text in held if text in DISPATCH_STATES)
        return Step(
            label=label,
            segment=segment.name,
            channel=contact.channel,
            content=contact.content,
            skill=contact.skill,
            window=self.window(contact),
            attempts_per_day=contact.attempts.per_day,
            attempts_total=contact.attempts.total,
            open_days=trigger.open_days,
            retry=self.retries(contact),
            priority=self.priority(segment, contact, lead),
            offer=None if offer is None else Offer(offer.waive_fees, offer.waive_interest, offer.valid_days,
                                                      offer.waive_principal, offer.plan, offer.extend_days,
                                                      offer.pause_days),
            set_hardship_plan=getattr(contact, "move_to", "") == HARDSHIP_PLAN,
            stop_channels=tuple(self.vocabulary.channels) if stop == "all" else tuple(stop or ()),
            exclude=states if contact.channel else (),
            blocked=contact.blocked or self.spec.blocked,
            repeats=repeats,
        )

    def held_by(self, own: str) -> tuple[int, ...]:
        """Return the exclusions that hold a step back, all but the state that its own event creates."""
        return tuple(place for place, item in enumerate(self.excludes) if item.text != own)

    @staticmethod
    def priority(segment: SegmentSpec, contact: ContactSpec, lead: int) -> int:
        """Return the stated priority, else the segment's, reactions ahead of it."""
        if contact.priority is not None:
            return contact.priority
        return max((DEFAULT_PRIORITY if segment.priority is None else segment.priority) - lead, 0)

    def window(self, contact: ContactSpec) -> Window:
        """Return the window in seconds of the local day."""
        if contact.at is not None:
            return Window(*at_window_s(contact.at))
        return Window(*window_s(contact.window or "day", self.windows))

    def retries(self, contact: ContactSpec) -> dict[str, Retry]:
        """Return retries by outcome: as stated, and for people who were not reached a sensible default."""
        out: dict[str, Retry] = {}
        if contact.attempts.total == 1 or not contact.channel:
            return out
        stated = contact.retry or {}
        for outcome in RETRYABLE:
            if outcome in stated:
                delay = delay_of(stated[outcome], self.windows)
            else:
                delay = self.default_delay(contact, outcome)
            if delay is not None:
                window = Window(*window_s(delay.window, self.windows)) if delay.window else None
                out[outcome] = Retry(delay.seconds, delay.days, window)
        return out

    def default_delay(self, contact: ContactSpec, outcome: str) -> Delay | None:
        """Return 20 minutes after busy, else a third of the window (30 min to 2 h), or a day later."""
        if outcome not in UNREACHED:
            return None
        if contact.attempts.per_day == 1 or outcome == "not_met":
            return Delay(days=1)
        window = self.window(contact)
        third = (window.close_s - window.open_s) // 3
        return Delay(seconds=1200 if outcome == "busy" else min(max(third, 1800), 7200, DAY_S - 1))


def _deed(contact: ContactSpec) -> str:
    return f"{contact.channel} {contact.content}" if contact.channel else "offer"


def _days_needed(contact: ContactSpec, retries: dict[str, Retry]) -> int:
    """Return the days in which all attempts can be made: as many as a day takes, or one a retry by days."""
    meant = retries if contact.attempts.per_day == 1 else (contact.retry or {})
    waits = [retry.delay_days for outcome, retry in retries.items() if outcome in meant]
    by_day = math.ceil(contact.attempts.total / contact.attempts.per_day)
    return max(by_day, 1 + max(waits, default=0) * (contact.attempts.total - 1))
