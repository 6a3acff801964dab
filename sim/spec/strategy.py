"""The strategy language: who is contacted, by which channel, when, and what follows from what people say.

A strategy is a list of segments (first match wins, `otherwise` is last), each with a timed sequence of steps
and reactions to events. Channels and contents are data of the scenario, so they come in as a `Vocabulary`.
These classes hold what the planner wrote, checked; `sim.strategies` turns them into step tables.

Days of a step count on its anchor:
    entry         days since the account entered, 1 on the day of entry (the default)
    dpd           days past due
    payday        0 on the salary day, negative before it
    promise_due   0 on the day a live promise is due, -1 the day before, 1 the day after
    last_payment  days since the last payment
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from sim.errors import InputError, nearest
from sim.spec.expression import parse_expression
from sim.spec.plain_errors import BadValue, BadValues, KeyPath, key_text, real_path
from sim.spec.strategy_contact import (
    Anchor,
    Blocked,
    ContactSpec,
    Name,
    OfferSpec,
    Priority,
    Reactions,
    ReactionSpec,
    Spec,
    StepSpec,
    Vocabulary,
    vocabulary_of,
)
from sim.spec.strategy_times import DEFAULT_WINDOWS, clock_s, days_of, window_s
from sim.spec.yaml_source import Document

__all__ = [
    "DEFAULT_EXCLUDE",
    "EVENTS",
    "HARDSHIP_PLAN",
    "OTHERWISE",
    "Anchor",
    "ContactSpec",
    "OfferSpec",
    "OnSpec",
    "PromiseSpec",
    "ReactionSpec",
    "SegmentSpec",
    "StepSpec",
    "StrategySpec",
    "Vocabulary",
    "reactions_of",
]

OTHERWISE = "otherwise"
HARDSHIP_PLAN = "hardship_plan"
"""The target of `move_to:` that is no segment: contact pauses and payments are reduced."""
DEFAULT_EXCLUDE = ("dispute", "hardship_plan", "promise_live")
EVENTS = ("broken", "hardship", "dispute", "refused", "wrong_number", "opt_out", "complaint")
"""What `on:` may name beside `promise`."""


class PromiseSpec(Spec):
    """A reminder before a promise is due, the days until it is checked, what follows if it is broken."""

    remind: StepSpec | None = None
    check: Annotated[int, BeforeValidator(days_of), Field(ge=1, le=60)] = 1
    broken: Reactions = ()

    @field_validator("remind", mode="before")
    @classmethod
    def _short_form(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None or isinstance(value, dict):
            return value
        channel, content = vocabulary_of(info).reminder()
        if not channel:
            raise BadValue(
                value,
                "a reminder with its channel, such as {day: -1, sms: reminder}",
                "No channel has a content named promise_reminder or reminder.",
            )
        return {"day": days_of(value), channel: content}

    @field_validator("remind")
    @classmethod
    def _in_time(cls, value: StepSpec | None) -> StepSpec | None:
        if value is not None and (value.day > 0 or value.anchor is not None or value.every is not None):
            raise BadValue(
                f"day {value.day}", "a day before the promise is due, such as -1d, without anchor or every"
            )
        return value


class OnSpec(Spec):
    """Reactions by event."""

    promise: PromiseSpec | None = None
    broken: Reactions = ()
    hardship: Reactions = ()
    dispute: Reactions = ()
    refused: Reactions = ()
    wrong_number: Reactions = ()
    opt_out: Reactions = ()
    complaint: Reactions = ()

    @model_validator(mode="after")
    def _broken_once(self) -> Self:
        if self.broken and self.promise is not None and self.promise.broken:
            raise BadValue(
                "`broken` twice", "`broken` under `on:` or under `promise:`", "Keep one.", ("broken",)
            )
        return self


class SegmentSpec(Spec):
    """Accounts that are treated alike."""

    name: Name
    when: str | None = None
    anchor: Anchor = "entry"
    priority: Priority | None = None
    sequence: list[StepSpec]
    on: OnSpec = OnSpec()

    @field_validator("when")
    @classmethod
    def _an_expression(cls, when: str | None) -> str | None:
        return None if when is None else _checked(when)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.name == OTHERWISE and self.when is not None:
            raise BadValue(
                self.when, "no `when` in `otherwise`", "It takes whatever the others leave.", ("when",)
            )
        for index, step in enumerate(self.sequence):
            anchor = step.anchor or self.anchor
            low, high = {"entry": (1, 10_000), "payday": (-30, 0), "last_payment": (0, 10_000)}.get(
                anchor, (-10_000, 10_000)
            )
            if not low <= step.day <= high:
                raise BadValue(
                    step.day,
                    f"a day from {low} to {high} for the anchor {anchor}",
                    "The day of entry is day 1." if anchor == "entry" else "",
                    ("sequence", index, "day"),
                )
        return self


def _checked(text: str) -> str:
    try:
        parse_expression(text, "")
    except InputError as error:
        raise BadValue(error.got, error.expected, error.advice) from None
    return text


class StrategySpec(Spec):
    """A whole strategy, after `inherits:` was resolved."""

    strategy: Name
    inherits: str | None = None
    about: str = ""
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    windows: dict[str, str] = Field(default_factory=dict)
    blocked: Blocked = "defer"
    train: tuple[str, ...] = ()
    """Courses of the scenario's desks that its agents attend."""
    segments: Annotated[list[SegmentSpec], Field(min_length=1)]
    _document: Document | None = PrivateAttr(default=None)

    @field_validator("exclude")
    @classmethod
    def _expressions(cls, exclude: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_checked(text) for text in exclude)

    @field_validator("windows")
    @classmethod
    def _windows_open(cls, windows: dict[str, str]) -> dict[str, str]:
        bad: list[BadValue] = []
        for name, text in windows.items():
            try:
                window_s(text, {})
                clock_s(text.partition("-")[0])
            except BadValue as error:
                bad.append(BadValue(error.got, error.expected, error.advice, (name,)))
        if bad:
            raise BadValues(bad)
        return windows

    @model_validator(mode="after")
    def _whole(self) -> Self:
        faults = [*_segment_faults(self.segments)]
        for path, _, contact in self.contacts():
            faults.extend(contact.time_faults(self.all_windows, path))
        if faults:
            raise BadValues(faults)
        return self

    @property
    def name(self) -> str:
        """The strategy's name."""
        return self.strategy

    @property
    def all_windows(self) -> dict[str, str]:
        """Named windows: the language's own and the strategy's on top."""
        return {**DEFAULT_WINDOWS, **self.windows}

    def contacts(self) -> Iterator[tuple[KeyPath, SegmentSpec, ContactSpec]]:
        """Yield every step and reaction with its key path and segment."""
        for place, segment in enumerate(self.segments):
            at: KeyPath = ("segments", place)
            for index, step in enumerate(segment.sequence):
                yield (*at, "sequence", index), segment, step
            if segment.on.promise is not None and segment.on.promise.remind is not None:
                yield (*at, "on", "promise", "remind"), segment, segment.on.promise.remind
            for event, path, reactions in reactions_of(segment.on):
                del event
                for index, reaction in enumerate(reactions):
                    yield (*at, "on", *path, index), segment, reaction

    def placed(self, document: Document) -> Self:
        """Return the strategy with the document it was read from, for messages."""
        copy = self.model_copy()
        copy._document = document  # noqa: SLF001 - its own kind
        return copy

    def where(self, path: KeyPath = ()) -> str:
        """Return file:line and key of a part, or the strategy's name and the key."""
        if self._document is None:
            return f"strategy {self.name}: {key_text(path)}"
        return self._document.where(real_path(path, self._document.data))


def reactions_of(on: OnSpec) -> Iterator[tuple[str, KeyPath, tuple[ReactionSpec, ...]]]:
    """Yield event, key path below `on:` and reactions, in the order of `EVENTS`."""
    if on.promise is not None and on.promise.broken:
        yield "broken", ("promise", "broken"), on.promise.broken
    for event in EVENTS:
        reactions: tuple[ReactionSpec, ...] = getattr(on, event)
        if reactions:
            yield event, (event,), reactions


def _segment_faults(segments: list[SegmentSpec]) -> Iterator[BadValue]:
    names = [segment.name for segment in segments]
    for place, name in enumerate(names):
        if name in names[:place]:
            yield BadValue(name, "each segment name once", "Rename one.", ("segments", place, "name"))
    if OTHERWISE not in names:
        yield BadValue(
            f"the last segment `{names[-1]}`",
            "a last segment named `otherwise`",
            "Add `- {name: otherwise, sequence: []}`.",
            ("segments",),
        )
    elif names[-1] != OTHERWISE:
        yield BadValue(
            "segments after `otherwise`",
            "`otherwise` as the last segment",
            "Move it to the end.",
            ("segments", names.index(OTHERWISE), "name"),
        )
    if HARDSHIP_PLAN in names:
        yield BadValue(
            HARDSHIP_PLAN,
            "another name: `move_to: hardship_plan` starts a plan",
            "Rename the segment.",
            ("segments", names.index(HARDSHIP_PLAN), "name"),
        )
    targets = [name for name in names if name != OTHERWISE] + [HARDSHIP_PLAN]
    reached = {reaction.move_to for s in segments for _, _, rs in reactions_of(s.on) for reaction in rs}
    for place, segment in enumerate(segments):
        if segment.when is None and segment.name not in {OTHERWISE, *reached}:
            yield BadValue(
                "no `when`",
                "the key `when` in a segment that nothing moves to",
                'Add for instance when: "1 <= dpd <= 30".',
                ("segments", place),
            )
        for _, path, reactions in reactions_of(segment.on):
            for index, reaction in enumerate(reactions):
                if reaction.move_to and reaction.move_to not in [*targets, OTHERWISE]:
                    yield BadValue(
                        reaction.move_to,
                        f"one of {', '.join(targets)}",
                        nearest(reaction.move_to, targets),
                        ("segments", place, "on", *path, index, "move_to"),
                    )
