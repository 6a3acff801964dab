"""A planned A/B test of strategies, as data: what `duecourse ab run` diagnoses against the simulated truth."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.spec.plain_errors import BadValue
from sim.spec.values import Spec

DesignKind = Literal["complete", "stratified", "rerandomised", "team", "area", "switchback", "saturation", "dedicated"]
MetricName = Literal["paid", "cured", "recovery", "complaints", "right_party"]


class OutcomeMetric(Spec):
    """What is compared, by account within a horizon from the campaign's start or the account's entry."""

    name: MetricName = "paid"
    """`paid`: any payment; `cured`; `recovery`: cash in major units; `complaints`, `right_party`: counts."""
    horizon_days: int = Field(ge=1, le=3_660)


class DesignSpec(Spec):
    """How arms are dealt, and which estimators are tried on it.

    `complete`, `stratified`, `rerandomised`: accounts (persons keep together). `team`, `area`: whole clusters. `switchback`:
    everybody, arms by period in random order. `saturation`: teams draw a share of treated accounts. `dedicated`: accounts, and
    agents are divided between the arms by the allocation.
    """

    kind: DesignKind
    estimators: tuple[str, ...] = ()
    """Registered estimators; empty: those that suit the design."""
    period_days: int = Field(default=1, ge=1, le=365)
    """Of a switchback."""
    washout_days: int = Field(default=0, ge=0, le=364)
    """Days at the beginning of each period that are not counted."""
    saturations: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.25, 0.75)
    accept: float = Field(default=0.01, gt=0, le=1)
    """Share of assignments that re-randomisation takes for balanced."""

    @model_validator(mode="after")
    def _washout_fits(self) -> DesignSpec:
        if self.washout_days >= self.period_days:
            raise BadValue(self.washout_days, f"fewer days than the period's {self.period_days}", "", ("washout_days",))
        return self


class ExperimentSpec(Spec):
    """An experiment file."""

    experiment: str = Field(min_length=1, max_length=80)
    description: str = ""
    scenario: str
    """A scenario file beside this one, or a shipped one."""
    settings: tuple[str, ...] = ()
    """`key=value` changes of the scenario, as with --set."""
    arms: tuple[str, str]
    """Strategies: control first."""
    allocation: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]] = (1.0, 1.0)
    metric: OutcomeMetric
    designs: tuple[DesignSpec, ...] = Field(min_length=1)
    effects: tuple[Literal["as_is", "none"], ...] = ("as_is",)
    """`none`: both arms get the control strategy, so that every rejection is a false alarm."""
    utilisations: dict[str, Annotated[float, Field(gt=0)]] = {"as_is": 1.0}
    """Name -> factor on the number of desk agents."""
    replications: int = Field(default=200, ge=2, le=100_000)
    truth_replications: int = Field(default=50, ge=2, le=100_000)
    parts_replications: int = Field(default=0, ge=0, le=100_000)
    """Replications without capacity limits that split bias into parts; 0: not split."""
    target_mc_se: float = Field(default=0.0, ge=0, le=0.5)
    """Stop when the Monte-Carlo error of every rejection rate is below this; 0: play all replications."""
    alpha: float = Field(default=0.05, gt=0, lt=1)

    @model_validator(mode="after")
    def _fits(self) -> ExperimentSpec:
        if self.arms[0] == self.arms[1]:
            raise BadValue(self.arms[0], "two different strategies; for an A/A test write `effects: [none]`", "", ("arms",))
        return self
