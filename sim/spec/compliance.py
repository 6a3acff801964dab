"""How a scenario applies its contact rules: who contacts, for what, and what refusal means.

Names of packs, rules, flags and columns are checked where the scenario meets its packs and portfolio.
"""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from sim.errors import nearest
from sim.spec.plain_errors import BadValue
from sim.spec.values import Spec

Actor = Literal["lender", "bank", "consumer_finance", "microlender", "third_party_collector", "debt_buyer", "agency"]
Severity = Literal["hard", "presumption", "should", "draft"]


def _own_words(value: object) -> object:
    return "lender" if value == "first_party_creditor" else value


class Resolution(Spec):
    """Days until something is dealt with, for pauses that end then; left out: not within the run."""

    dispute: Annotated[int, Field(ge=1, le=3_650)] | None = None
    hardship: Annotated[int, Field(ge=1, le=3_650)] | None = None
    complaint: Annotated[int, Field(ge=1, le=3_650)] | None = None


class ComplianceSpec(Spec):
    """What the packs are told about contacts, and what follows where they refuse."""

    actor: Annotated[Actor, BeforeValidator(_own_words)] = "lender"
    """Who makes the contacts; packs that do not bind this actor do not apply. `first_party_creditor` is `lender`."""
    gate: Literal["enforce", "shadow"] = "enforce"
    """`shadow`: nothing is blocked, and what a rule would have refused is logged as a violation."""
    report_only: tuple[Severity, ...] = ()
    """Severities whose rules run in shadow while the others are enforced."""
    switch_on: tuple[str, ...] = ()
    switch_off: tuple[str, ...] = ()
    product: str | None = None
    purpose: str | None = None
    purposes: dict[str, str] = {}
    """Purposes by content, such as `sms.promise_reminder: reminder_agreed`; others have `purpose`."""
    region_column: str = ""
    """The portfolio's column with regions as packs name them (MA, NYC, SP); empty: no rule of a region applies."""
    phone_column: str = ""
    household_column: str = ""
    """Columns that say who shares a phone or a home; empty: every person has their own."""
    flags: dict[str, bool | str] = {}
    """What packs ask about debtor, account or practice: true, false, or the column where a number above 0 means true."""
    resolution_days: Resolution = Resolution()
    visit_margin_minutes: int = Field(default=60, ge=0, le=720)
    """Visits leave no later than so long before a window ends, so that the door is reached within it."""


class RuleVariant(Spec):
    """The same scenario under other contact rules, a column of `duecourse rules price`."""

    rulepacks: tuple[str, ...] = ()
    compliance: ComplianceSpec = ComplianceSpec()
    zone: str = ""
    """Local time of the packs' country, so that hours mean the same for all variants; empty: the scenario's zone."""

    @field_validator("zone")
    @classmethod
    def _zone_known(cls, name: str) -> str:
        if name and name not in zoneinfo.available_timezones():
            raise BadValue(name, "an IANA time zone such as Asia/Taipei", nearest(name, zoneinfo.available_timezones()))
        return name
