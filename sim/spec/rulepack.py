"""A rule pack as a planner writes it: one YAML file of contact rules, each with its source and confidence.

Only the form is checked here. What the rules mean stands in `sim.compliance`, which works on frozen records
lowered from these models (`sim.compliance.lowering`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.errors import nearest
from sim.spec.plain_errors import BadValue
from sim.spec.rulepack_fields import (
    Basis,
    Channels,
    ClockPair,
    Confidence,
    Days,
    Enforcement,
    Names,
    Period,
    Scope,
    Severity,
    Zone,
)


class Strict(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Source(Strict):
    """Where a value comes from."""

    ref: str
    url: str


class Title(Strict):
    """What a pack is called, in both languages."""

    en: str
    zh: str


class RuleSpec(Strict):
    """What every rule carries."""

    id: str
    sev: Severity
    src: str
    conf: Confidence
    enforce: Enforcement
    default: bool | None = None
    """Off when false. Without it a rule is on, unless its value is unverified (`memory`) or a draft."""
    region: Names = ()
    product: str | None = None
    note: str = ""

    @model_validator(mode="after")
    def _unverified_is_off(self) -> Self:
        if self.default and (self.conf == "memory" or self.sev == "draft"):
            raise BadValue(
                True,
                "false, or no `default`, for an unverified value or a draft",
                "Verify the value and change `conf`, or leave the rule off.",
                ("default",),
            )
        return self


class WindowSpec(RuleSpec):
    """When contact is allowed. `allow` is half-open; [] is never."""

    channels: Channels
    days: Days
    allow: ClockPair
    place: str | None = None
    unless: Names = ()
    budget_hours_per_week: float | None = None


class CapSpec(RuleSpec):
    """How often. `max` null: no number in the source, a report metric only."""

    channels: Channels
    max: Annotated[int, Field(ge=0)] | None
    per: Period
    n_days: Annotated[int, Field(ge=1)] | None = None
    scope: Scope
    counts: Basis
    pool_channels: bool
    pool_actors: bool
    exclude: Names = ()
    unless: Names = ()
    place: str | None = None

    @model_validator(mode="after")
    def _rolling_has_days(self) -> Self:
        if (self.per == "rolling") != (self.n_days is not None):
            got = f"per {self.per} {'without' if self.n_days is None else 'with'} n_days"
            raise BadValue(got, "n_days with `per: rolling`, and only there", "", ("n_days",))
        if self.max is None and self.enforce == "gate":
            raise BadValue("null", "a number, for a cap that is a gate", "Use `enforce: report`.", ("max",))
        return self


class CooldownSpec(RuleSpec):
    """How long after an event. With `require` the event must be recent instead."""

    after: str
    channels: Channels
    days: Annotated[int, Field(ge=1)] | None = None
    hours: Annotated[int, Field(ge=1)] | None = None
    day_one: Literal["event_date", "event_time"]
    scope: Scope
    includes_inbound: bool = False
    except_: Names = Field((), alias="except")
    require: Names = ()

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.days is None) == (self.hours is None):
            raise BadValue(
                f"days {self.days} and hours {self.hours}", "either `days` or `hours`", "", ("days",)
            )
        return self


class ExtensionSpec(Strict):
    """An event soon after the trigger that makes a pause last until it is lifted."""

    on: str
    within_days: Annotated[int, Field(ge=1)]


class PauseSpec(RuleSpec):
    """An event stops contact for `days`, or `until` an event, a date that the trigger carries, or forever."""

    trigger: Names
    channels: Channels
    days: Annotated[int, Field(ge=0)] | None = None
    until: str | None = None
    extend: str | None = None
    extension: ExtensionSpec | None = None
    allow: Names = ()
    except_: Names = Field((), alias="except")
    freeze: Names = ()
    block_actions: Names = ()
    repeat_limit: str | None = None
    need: str | None = None
    not_before: str | None = None
    min_days_past_due: int | None = None
    scope: Scope = ("person",)
    place: str | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if not self.days and not self.until:
            raise BadValue("neither", "`days`, or `until` with an event or forever", "", ("until",))
        return self


class OptOutSpec(RuleSpec):
    """A request to stop, and how soon it binds."""

    channels: Channels
    request: str
    events: Names
    """Event names that are such a request."""
    honour_within: str
    medium_specific: bool = False
    """Whether a request on one channel stops only that channel."""
    notice_in_each_message: bool = False
    fee: bool | None = None


class ConsentSpec(RuleSpec):
    """Contact by these channels needs this consent beforehand."""

    channels: Channels
    need: str
    withdrawn_by: Names = ()
    """Event names that end the consent; with a channel in the event, for that channel."""


class CounterpartySpec(RuleSpec):
    """Who may be spoken to."""

    who: Names
    rule: Literal["forbid", "forbid_if", "allow", "allow_if", "treat_as_debtor"]
    if_: Names = Field((), alias="if")
    except_: Names = Field((), alias="except")
    allowed_purpose: Names = ()
    disclose_debt: bool | None = None
    stop_on_refusal: bool = False
    verify_identity_first: bool = False
    limit: str | None = None


class VisitSpec(RuleSpec):
    """What must hold before a visit, and how it is conducted."""

    min_staff: Annotated[int, Field(ge=1)] | None = None
    show_id: bool = False
    give_notice: bool | Literal["written"] = False
    explain_purpose: bool = False
    consent_to_enter_home: bool = False
    enter: str | None = None
    record: bool | str = False
    stay_outside_unless_invited: bool = False
    leave_when_asked: bool = False
    workplace: Literal["only_on_request", "only_if_resident_there"] | None = None
    place: Names = ()
    not_if: Names = ()
    only_if: str | None = None
    not_before: str | None = None
    min_days_past_due: int | None = None
    home_visit_only_after: str | None = None
    min_missed_appearances: int | None = None
    carry: Names = ()


class RequiredSpec(RuleSpec):
    """A duty: what starts it, what is to be done, by when."""

    when: Names
    do: str
    deadline: str | None = None
    every: str | None = None
    precondition: bool = False
    """Whether no contact is allowed before it is done."""
    first_contact_not_by: Channels = ()
    """Channels that may not carry the first contact."""
    unless: Names = ()


class EvidenceSpec(RuleSpec):
    """What must be recorded and kept."""

    what: str
    channels: Channels = ("any",)
    retain: str


class ForbiddenSpec(RuleSpec):
    """Conduct that is forbidden; a contact simulator can only repeat it."""

    what: Names


class ReliefSpec(RuleSpec):
    """What must or may be offered to people who cannot pay."""

    duty: Literal[
        "may_offer", "must_offer_review", "must_consider", "must_decide", "court_conciliation", "notice"
    ]
    what: str
    when: Names = ()
    max_term: str | None = None
    deadline: str | None = None
    conditions: Names = ()
    effect: Names = ()


class AppliesTo(Strict):
    """Whom the pack binds. An empty list is everybody."""

    actors: Names = ()
    products: Names = ()
    stages: Names = ()


class PackSpec(Strict):
    """One rule pack, as its file states it."""

    id: str
    title: Title
    jurisdiction: str
    version: str
    effective_from: date
    effective_to: date | None = None
    verified_on: date
    force: str
    tz: Zone
    calendar: str | None = None
    applies_to: AppliesTo = AppliesTo()
    sources: dict[str, Source] = {}
    switches_on: dict[str, Names] = {}
    """For a pack that only switches on rules of other packs: pack id -> rule ids."""
    windows: tuple[WindowSpec, ...] = ()
    caps: tuple[CapSpec, ...] = ()
    cooldowns: tuple[CooldownSpec, ...] = ()
    pauses: tuple[PauseSpec, ...] = ()
    optout: tuple[OptOutSpec, ...] = ()
    consent: tuple[ConsentSpec, ...] = ()
    counterparties: tuple[CounterpartySpec, ...] = ()
    visit: tuple[VisitSpec, ...] = ()
    required: tuple[RequiredSpec, ...] = ()
    evidence: tuple[EvidenceSpec, ...] = ()
    forbidden: tuple[ForbiddenSpec, ...] = ()
    relief: tuple[ReliefSpec, ...] = ()
    notes: tuple[str, ...] = ()

    def rules(self) -> Iterator[RuleSpec]:
        """Yield every rule, in the order of the file's sections."""
        for section in (
            self.windows,
            self.caps,
            self.cooldowns,
            self.pauses,
            self.optout,
            self.consent,
            self.counterparties,
            self.visit,
            self.required,
            self.evidence,
            self.forbidden,
            self.relief,
        ):
            yield from section

    @model_validator(mode="after")
    def _rules_are_sourced_and_unique(self) -> Self:
        seen: set[str] = set()
        for rule in self.rules():
            if rule.id in seen:
                raise BadValue(f"the rule id `{rule.id}` twice", "ids that are unique in a pack")
            seen.add(rule.id)
            if rule.src not in self.sources:
                raise BadValue(
                    f"src `{rule.src}` in rule `{rule.id}`",
                    f"one of {', '.join(self.sources)}",
                    nearest(rule.src, self.sources) or "Add it to `sources`.",
                )
        return self
