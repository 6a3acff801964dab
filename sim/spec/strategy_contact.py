"""Steps and reactions of the strategy language: one contact, its windows, attempts and retries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sim.codes import RETRYABLE
from sim.errors import nearest
from sim.spec.plain_errors import HIDDEN, BadValue, BadValues, KeyPath
from sim.spec.strategy_times import Attempts, at_window_s, attempts_of, days_of, delay_of, window_s

Anchor = Literal["entry", "dpd", "payday", "promise_due", "last_payment"]
Blocked = Literal["defer", "drop"]
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=80,
        pattern=r"^\w[\w .+-]*$",
        description="a name of letters, digits, `_`, `-`, `.`",
    ),
]
Priority = Annotated[int, Field(ge=0, le=999, description="a whole number from 0 (first) to 999 (last)")]
Share = Annotated[float, Field(ge=0, le=1, description="a share from 0 to 1")]
DAY = Field(ge=-10_000, le=10_000, description="a whole number of days from -10000 to 10000")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a scenario gives a planner to speak of.

    `channels`: channel name -> its contents. `skills`: skill groups, None where any is fine. `columns`: name
    -> kind of what `when:` may use, None where that is checked later. `protected`: columns not to be used.
    """

    channels: Mapping[str, Collection[str]] = field(default_factory=dict)
    skills: Collection[str] | None = None
    columns: Mapping[str, str] | None = None
    protected: Collection[str] = ()

    def reminder(self) -> tuple[str, str]:
        """Return channel and content of `remind: -1d`: the first channel that has one, else ("", "")."""
        for content in ("promise_reminder", "reminder"):
            for channel, contents in self.channels.items():
                if content in contents:
                    return channel, content
        return "", ""


def vocabulary_of(info: ValidationInfo) -> Vocabulary:
    """Return the vocabulary that the loader passes to the validators."""
    return info.context if isinstance(info.context, Vocabulary) else Vocabulary()


class Spec(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class OfferSpec(Spec):
    """Relief: shares of fees, interest and principal waived if the debt is settled within `valid_days`; or an arrangement: a plan
    of so many instalments, an extension or a hardship pause of so many days, which the person may take up.
    """

    waive_fees: Share = 0.0
    waive_interest: Share = 0.0
    waive_principal: Share = 0.0
    plan: Annotated[int, Field(ge=0, le=60)] = 0
    extend_days: Annotated[int, Field(ge=0, le=365)] = 0
    pause_days: Annotated[int, Field(ge=0, le=365)] = 0
    valid_days: Annotated[int, Field(ge=1, le=365)] = 7

    @model_validator(mode="after")
    def _offers_something(self) -> Self:
        waives = self.waive_fees + self.waive_interest + self.waive_principal > 0
        kinds = waives + (self.plan > 0) + (self.extend_days > 0) + (self.pause_days > 0)
        if kinds == 0:
            raise BadValue("an offer of nothing", "waive_fees, waive_interest, waive_principal, plan, extend_days or pause_days")
        if kinds > 1:
            raise BadValue("several offers at once", "a waiver, a plan, an extension, or a pause",
                           "Offer them in different steps.")
        return self


class ContactSpec(Spec):
    """What a step and a reaction share: a channel with its content and how it is carried out."""

    channel: Annotated[str, Field(alias=f"{HIDDEN}channel")] = ""
    content: Annotated[str, Field(alias=f"{HIDDEN}content")] = ""
    at: str | None = None
    window: str | None = None
    attempts: Annotated[Attempts, BeforeValidator(attempts_of)] = Attempts()
    retry: dict[str, str | None] | None = None
    skill: str = ""
    priority: Priority | None = None
    offer: OfferSpec | None = None
    blocked: Blocked | None = None

    @classmethod
    def also_known(cls, context: object) -> set[str]:
        """Return the channel names: keys of a step that no field holds."""
        return set(context.channels) if isinstance(context, Vocabulary) else set()

    @model_validator(mode="before")
    @classmethod
    def _take_channel(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, dict):
            return data
        named = [key for key in data if key in vocabulary_of(info).channels]
        if len(named) > 1:
            raise BadValue(
                " and ".join(named), "one channel", "Write one step for each channel.", (named[1],)
            )
        rest = {key: value for key, value in data.items() if key not in named}
        if named:
            rest |= {f"{HIDDEN}channel": named[0], f"{HIDDEN}content": data[named[0]]}
        return rest

    @field_validator("content")
    @classmethod
    def _known_content(cls, content: str, info: ValidationInfo) -> str:
        channel = info.data.get("channel", "")
        contents = vocabulary_of(info).channels.get(channel, ())
        if channel and content not in contents:
            advice = nearest(content, contents)
            raise BadValue(
                content, f"a content of {channel}: {', '.join(sorted(contents))}", advice, (channel,)
            )
        return content

    @field_validator("skill")
    @classmethod
    def _known_skill(cls, skill: str, info: ValidationInfo) -> str:
        skills = vocabulary_of(info).skills
        if skills is not None and skill not in skills:
            raise BadValue(skill, f"a skill group: {', '.join(sorted(skills))}", nearest(skill, skills))
        return skill

    @field_validator("retry")
    @classmethod
    def _known_outcomes(cls, retry: dict[str, str | None] | None) -> dict[str, str | None] | None:
        bad = [
            BadValue(
                f"the outcome `{name}`", f"one of {', '.join(RETRYABLE)}", nearest(name, RETRYABLE), (name,)
            )
            for name in retry or {}
            if name not in RETRYABLE
        ]
        if bad:
            raise BadValues(bad)
        return retry

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.channel:
            stated = [
                key
                for key in ("at", "window", "attempts", "retry", "skill")
                if key in self.model_fields_set
            ]
            if stated:
                raise BadValue(
                    f"`{stated[0]}` without a channel",
                    "a channel with it",
                    "Add a channel and its content.",
                    (stated[0],),
                )
        if self.at is not None and self.window is not None:
            raise BadValue(
                "`at` and `window`", "one of the two", "Keep the one that is meant.", ("window",)
            )
        if (
            any(value not in {None, "none"} for value in (self.retry or {}).values())
            and self.attempts.total == 1
        ):
            raise BadValue(
                "a retry of a single attempt",
                "attempts above 1 with `retry`",
                "Add `attempts: 2`.",
                ("retry",),
            )
        return self

    def time_faults(self, windows: Mapping[str, str], path: KeyPath) -> Iterator[BadValue]:
        """Yield what is wrong with windows and delays, given the strategy's named windows."""
        if self.window is not None:
            yield from _faults(lambda: window_s(self.window, windows), (*path, "window"))
        if self.at is not None:
            yield from _faults(lambda: at_window_s(self.at), (*path, "at"))
        for outcome, text in (self.retry or {}).items():
            yield from _faults(partial(self._check_retry, text, windows), (*path, "retry", outcome))

    def _check_retry(self, text: str | None, windows: Mapping[str, str]) -> None:
        delay = delay_of(text, windows)
        if delay is not None and delay.seconds and self.attempts.per_day == 1:
            raise BadValue(
                text, "a delay of days where a day has one attempt", 'Write for instance "2/day".'
            )


def _faults(check: Callable[[], object], path: KeyPath) -> Iterator[BadValue]:
    try:
        check()
    except BadValue as bad:
        yield BadValue(bad.got, bad.expected, bad.advice, path)


class StepSpec(ContactSpec):
    """One step of a sequence: on `day` of its anchor, or every `every` days from then until `until`."""

    day: Annotated[int, DAY]
    every: Annotated[int, Field(ge=1, le=366)] | None = None
    until: Annotated[int, DAY] | None = None
    days_open: Annotated[int, Field(ge=1, le=366)] | None = None
    anchor: Anchor | None = None

    @model_validator(mode="after")
    def _fits_in_time(self) -> Self:
        if not self.channel and self.offer is None:
            raise BadValue(
                "a step that does nothing", "a channel or an offer", "Name a channel and its content."
            )
        if self.until is not None and self.every is None:
            raise BadValue(
                self.until, "`until` beside `every`", "Add `every: 7`, or remove `until`.", ("until",)
            )
        if self.until is not None and self.until < self.day:
            raise BadValue(
                self.until, f"a day from {self.day} on", "The step ends before it begins.", ("until",)
            )
        if self.every is not None and self.days_open is not None and self.days_open > self.every:
            raise BadValue(
                self.days_open,
                f"at most every: {self.every}",
                "It would overlap its next turn.",
                ("days_open",),
            )
        return self


class ReactionSpec(ContactSpec):
    """What follows an event: a contact within some days, a move, or silence. Exactly one of them."""

    within: Annotated[int, BeforeValidator(days_of), Field(ge=0, le=60)] = 1
    move_to: str = ""
    stop: list[str] | Literal["all"] | None = None

    @field_validator("stop")
    @classmethod
    def _known_channels(cls, stop: Any, info: ValidationInfo) -> Any:
        channels = vocabulary_of(info).channels
        for name in stop if isinstance(stop, list) else []:
            if name not in channels:
                raise BadValue(
                    name, f"channels among {', '.join(sorted(channels))}, or all", nearest(name, channels)
                )
        return stop

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        contact = bool(self.channel) or self.offer is not None
        if contact + bool(self.move_to) + (self.stop is not None) != 1:
            raise BadValue(
                "a reaction that does " + ("nothing" if not contact else "several things"),
                "one of: a channel with its content, an offer, move_to, stop",
                "Write a list for several reactions to one event.",
            )
        return self


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Reactions = Annotated[tuple[ReactionSpec, ...], BeforeValidator(_listed)]
