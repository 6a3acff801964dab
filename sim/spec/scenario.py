"""A scenario: everything that is simulated, in one frozen, validated object. It holds no arrays."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from sim.spec.behaviour import Behaviour, Channel
from sim.spec.compliance import ComplianceSpec, RuleVariant
from sim.spec.plain_errors import BadValue
from sim.spec.portfolio import PortfolioMapping, SyntheticPortfolio
from sim.spec.question import Question
from sim.spec.resources import Costs, Desk, FieldTeams, Gateway, Lines, Resource
from sim.spec.values import Spec

MAX_CHANNELS = 15


class PortfolioSpec(Spec):
    """Whose accounts: a real file with a mapping, or a synthetic draw. `--portfolio FILE` sets `file`."""

    file: str = ""
    mapping: str | PortfolioMapping | None = None
    """A mapping file (beside the scenario, or shipped), or the mapping itself. None: header aliases only."""
    synthetic: SyntheticPortfolio | None = None
    allow_protected: tuple[str, ...] = ()
    """Columns such as sex or age that strategies may use here, by name."""


class Calendar(Spec):
    """Days and hours."""

    start: date
    country: str = ""
    """ISO code whose public holidays count as free days; empty for none."""
    zone: str
    """IANA zone of the calendar, and of accounts without a zone of their own."""

    @field_validator("zone")
    @classmethod
    def _zone_known(cls, name: str) -> str:
        if name not in zoneinfo.available_timezones():
            from sim.errors import nearest  # noqa: PLC0415 - only for the message

            raise BadValue(name, "an IANA time zone such as Asia/Taipei", nearest(name, zoneinfo.available_timezones()))
        return name


class Horizon(Spec):
    """How long the campaign is followed."""

    days: int = Field(ge=1, le=3_660)


class Currency(Spec):
    """Money's name and grain."""

    code: str = Field(pattern=r"^[A-Z]{3}$")
    minor_per_major: Literal[1, 10, 100, 1000] = 100


class Seeds(Spec):
    """Seeds of three kinds of luck. A seed is any whole number; replications derive theirs from it."""

    population: int = 1
    """Who people are (latent traits), and a synthetic portfolio."""
    assignment: int = 1
    behaviour: int = 1
    """What happens to them."""


class ReportSpec(Spec):
    """What the report shows."""

    title: str = ""
    language: Literal["en", "zh"] = "en"
    timelines: int = Field(default=3, ge=0, le=50)
    """How many single lives to show."""


class Scenario(Spec):
    """One file: what is simulated and which strategies are compared."""

    scenario: str = Field(min_length=1, max_length=80)
    description: str = ""
    extends: str = ""
    portfolio: PortfolioSpec
    horizon: Horizon
    calendar: Calendar
    currency: Currency
    channels: dict[str, Channel] = Field(min_length=1)
    resources: dict[str, Resource]
    behaviour: Behaviour
    costs: Costs
    rulepacks: tuple[str, ...] = ()
    """Contact rules in force together: ids of shipped packs, or files of one's own that end in .yaml."""
    compliance: ComplianceSpec = ComplianceSpec()
    variants: dict[str, RuleVariant] = {}
    """Other contact rules for the same scenario, compared by `duecourse rules price`."""
    strategies: tuple[str | dict[str, Any], ...]
    """Shipped names, files, or strategies written here."""
    champion: str
    """The strategy that the others are measured against."""
    question: Question | None = None
    """What the comparison answers before anything else."""
    replications: int = Field(default=20, ge=1, le=100_000)
    seeds: Seeds = Seeds()
    report: ReportSpec = ReportSpec()

    @model_validator(mode="after")
    def _fits_together(self) -> Scenario:
        if len(self.channels) > MAX_CHANNELS:
            raise BadValue(len(self.channels), f"at most {MAX_CHANNELS} channels", "", ("channels",))
        for name, channel in self.channels.items():
            self._check_channel(name, channel)
        marks = self.behaviour.carry_over.weights if self.behaviour.carry_over else {}
        for name in marks:
            if name not in self.channels:
                raise BadValue(name, f"one of {', '.join(self.channels)}", "", ("behaviour", "carry_over", "weights", name))
        for name in self.costs.channels:
            if name not in self.channels:
                raise BadValue(name, f"one of {', '.join(self.channels)}", "", ("costs", "channels", name))
        return self

    def _check_channel(self, name: str, channel: Channel) -> None:
        resource = self.resources.get(channel.resource)
        if resource is None:
            raise BadValue(channel.resource, f"one of the resources {', '.join(self.resources)}", "",
                           ("channels", name, "resource"))
        way = {Gateway: "message", Desk: "dial", Lines: "dial", FieldTeams: "doorstep"}[type(resource)]
        if getattr(channel, way) is None:
            raise BadValue(f"a channel on {channel.resource} ({resource.kind})", f"the section `{way}`",
                           f"Describe what happens under `{way}:`.", ("channels", name))
        for key, link in (("call_back", channel.call_back), ("hand_off", channel.hand_off)):
            if link is not None and not isinstance(self.resources.get(link.to), Desk):
                desks = [n for n, r in self.resources.items() if isinstance(r, Desk)]
                raise BadValue(link.to, f"a desk: one of {', '.join(desks) or '(there is none)'}", "",
                               ("channels", name, key, "to"))

    def contents(self) -> Mapping[str, tuple[str, ...]]:
        """Return channel -> names of its contents."""
        return {name: tuple(channel.contents) for name, channel in self.channels.items()}
