"""A planned A/B test of strategies, as data: what `duecourse ab run` and `ab size` judge against the simulated truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sim.spec.plain_errors import BadValue
from sim.spec.values import Spec

DesignKind = Literal["complete", "stratified", "rerandomised", "team", "area", "switchback", "team_switchback", "saturation",
                     "dedicated"]
MetricName = Literal["paid", "cured", "recovery", "complaints", "opt_outs", "right_party", "attempts", "promises", "kept"]
Share = Annotated[float, Field(gt=0, lt=1)]
Weight = Annotated[float, Field(gt=0)]
Weights = tuple[Weight, ...]
Level = Annotated[float, Field(gt=0, le=0.5)]
Multiplicity = Literal["none", "bonferroni", "sidak", "holm", "holm_sidak", "hochberg", "hommel", "dunnett"]
BY_ACCOUNT = ("complete", "stratified", "rerandomised", "dedicated")
"""Designs that deal the experiment's units: persons, accounts or households."""
BY_TIME = ("switchback", "team_switchback")
"""Designs that compare stretches of time."""
HARM = ("complaints", "opt_outs", "attempts")
"""Metrics of which less is better."""


class OutcomeMetric(Spec):
    """What is compared, by account within a horizon from the campaign's start or the account's entry."""

    name: MetricName = "paid"
    """`paid`: any payment; `cured`; `recovery`: cash in major units; the others are counts (`kept`: promises kept)."""
    horizon_days: int = Field(ge=1, le=3_660)

    @property
    def key(self) -> str:
        """Name with horizon, such as `paid_30d`."""
        return f"{self.name}_{self.horizon_days}d"


class Guardrail(OutcomeMetric):
    """A metric that must not get worse by more than a margin."""

    margin: Weight
    """The largest loss that is accepted, in the metric's unit by account."""

    @property
    def larger_is_better(self) -> bool:
        """Whether more of it is good."""
        return self.name not in HARM


class DesignSpec(Spec):
    """How arms are dealt, and which estimators are tried on it.

    `complete`, `stratified`, `rerandomised`: the experiment's units, so that accounts of a person or household keep together.
    `team`, `area`: whole clusters. `switchback`: everybody changes arms together by period; `team_switchback`: each team by
    itself. `saturation`: teams draw a share of treated accounts. `dedicated`: units, and agents are divided between the arms
    by the allocation.
    """

    kind: DesignKind
    name: str = Field(default="", max_length=60)
    """Under which its rows appear; empty: the kind."""
    estimators: tuple[str, ...] = ()
    """Registered estimators; empty: those that suit the design."""
    allocation: Weights | None = None
    """A weight for each arm, control first; empty: the experiment's."""
    accounts: int | None = Field(default=None, ge=4)
    """How many accounts take part; the others stay under the control strategy and compete for agents. Empty: all."""
    period_days: int = Field(default=1, ge=1, le=365)
    """Of a switchback."""
    washout_days: int = Field(default=0, ge=0, le=364)
    """Days at the beginning of each period that are not counted."""
    order: Literal["random", "alternating", "points"] = "random"
    """Arms of a switchback's periods: dealt at random in equal numbers; one after the other; or drawn by coin, anew only at the
    points that are best against a carry-over of one period (Bojinov, Simchi-Levi and Zhao 2023)."""
    saturations: tuple[Share, ...] = (0.25, 0.75)
    accept: float = Field(default=0.01, gt=0, le=1)
    """Share of assignments that re-randomisation takes for balanced."""

    @property
    def label(self) -> str:
        """The name of its rows."""
        return self.name or self.kind

    @model_validator(mode="after")
    def _fits(self) -> DesignSpec:
        if self.washout_days >= self.period_days:
            raise BadValue(self.washout_days, f"fewer days than the period's {self.period_days}", "", ("washout_days",))
        if self.kind == "saturation" and len(set(self.saturations)) < 2:
            raise BadValue(list(self.saturations), "at least two different shares", "Write [0.25, 0.75].", ("saturations",))
        if self.accounts is not None and self.kind not in BY_ACCOUNT:
            raise BadValue(self.accounts, f"a design of accounts: {', '.join(BY_ACCOUNT)}",
                           f"{self.kind} takes whole teams, areas or days: leave `accounts` out.", ("accounts",))
        return self


class Looks(Spec):
    """Interim looks: at each, the log as it stands on that morning."""

    days: tuple[Annotated[int, Field(ge=1, le=3_660)], ...] = Field(min_length=1)
    """Days of the campaign after which somebody looks, increasing; the last is the planned end."""
    rule: str = "lan_demets_obf"
    """Group-sequential rule, as in `ab bounds`."""
    parameter: float | None = None
    matured: bool = False
    """Count only accounts whose whole horizon has passed; otherwise everybody who has entered, with what is known so far."""

    @model_validator(mode="after")
    def _increase(self) -> Looks:
        if list(self.days) != sorted(set(self.days)):
            raise BadValue(list(self.days), "days that increase", "Sort them.", ("days",))
        return self


class Expectation(Spec):
    """What the planner expects before anything is played, for the closed-form power."""

    control: float
    """Mean of the metric in control."""
    treatment: float
    sd: Weight | None = None
    """Of the outcome by account; not needed for yes or no."""


class Fault(Spec):
    """Something that goes wrong, put in on purpose.

    `mismatch`: a share of the treated accounts is lost from the data. `leakage`: a share of control accounts is worked under the
    treatment. `attrition`: a share of the accounts that were cured leaves the data. `drift`: agents' persuasion changes by this
    share from the first day to the last. `duplicates`: a share of the accounts stands in the data twice under two numbers, dealt
    apart.
    """

    kind: Literal["mismatch", "leakage", "attrition", "drift", "duplicates"]
    share: float = Field(gt=-1, le=1)

    @model_validator(mode="after")
    def _sign(self) -> Fault:
        if self.share == 0 or (self.share < 0 and self.kind != "drift"):
            raise BadValue(self.share, "a share above 0" if self.kind != "drift" else "a change other than 0", "", ("share",))
        return self


class Worth(Spec):
    """What a decision is worth: a prior over the true effect, and what follows from shipping."""

    prior_mean: float | None = None
    """Of the effect on the metric by account; empty: the simulated truth."""
    prior_sd: Weight
    """Of the same: how far the simulated truth may be off."""
    unit_value: Weight = 1.0
    """Money in major units for one unit of the metric (1 for recovery)."""
    accounts: int = Field(ge=1)
    """That the decision will be applied to within its life, those in the test included."""
    running_cost: float = Field(default=0.0, ge=0)
    """Of the treatment beyond control, by account, in major units; empty: 0."""
    test_cost: float = Field(default=0.0, ge=0)
    """Of carrying out the test, in major units."""
    life_days: Weight | None = None
    """Days over which the accounts come, so that a test's delay costs accounts; empty: nobody is lost by waiting."""


class ExperimentSpec(Spec):
    """An experiment file."""

    experiment: str = Field(min_length=1, max_length=80)
    description: str = ""
    scenario: str
    """A scenario file beside this one, or a shipped one."""
    settings: tuple[str, ...] = ()
    """`key=value` changes of the scenario, as with --set."""
    arms: tuple[str, ...] = Field(max_length=10)
    """Strategies: control first. Each of the others is compared with control."""
    allocation: Weights | None = None
    """A weight for each arm; empty: equal."""
    multiplicity: Multiplicity = "holm"
    """How the p-values of several treatments of one world are adjusted before anything is called significant."""
    unit: Literal["person", "account", "household"] = "person"
    """What designs of accounts deal: all accounts of a person or of a household together, or each account by itself."""
    household_column: str = "household"
    """The portfolio's column that says who shares a home; where it is empty a person is a household."""
    metric: OutcomeMetric
    guardrails: tuple[Guardrail, ...] = ()
    proxies: tuple[OutcomeMetric, ...] = ()
    """Earlier metrics that might stand for the metric, checked against it."""
    covariates: tuple[Literal["log_balance", "dpd", "score"], ...] = ("log_balance", "dpd")
    """What is known before the test and adjusted for."""
    strata: tuple[Literal["month_past_due", "balance_third", "region", "product"], ...] = Field(
        default=("month_past_due", "balance_third"), min_length=1)
    designs: tuple[DesignSpec, ...] = Field(min_length=1)
    effects: tuple[Literal["as_is", "none"], ...] = ("as_is",)
    """`none`: both arms get the control strategy, so that every rejection is a false alarm."""
    utilisations: dict[str, Annotated[float, Field(gt=0, le=1_000)]] = Field(default={"as_is": 1.0}, min_length=1)
    """Name -> factor on the number of desk agents."""
    replications: int = Field(default=200, ge=2, le=100_000)
    truth_replications: int = Field(default=50, ge=2, le=100_000)
    parts_replications: int = Field(default=0, ge=0, le=100_000)
    """Replications without capacity limits that split bias into parts; 0: not split."""
    target_mc_se: float = Field(default=0.0, ge=0, le=0.5)
    """Stop when the Monte-Carlo error of every rejection rate is below this; 0: play all replications."""
    alpha: Level = 0.05
    power: Share = 0.8
    """Wanted for the metric."""
    guardrail_alpha: Level = 0.05
    """One-sided, of each guardrail's non-inferiority test."""
    looks: Looks | None = None
    expect: Expectation | None = None
    faults: tuple[Fault, ...] = ()
    """Put into the first design on purpose, to see which diagnostics notice."""
    fault_replications: int = Field(default=100, ge=2, le=100_000)
    impulse_days: int = Field(default=0, ge=0, le=365)
    """Days under treatment before everybody returns to control, to measure how long it acts on; 0: not measured."""
    worth: Worth | None = None
    analysis: Mapping[str, Any] | None = None
    """What `ab assign` and `ab analyze` read from the same file; see there."""

    @model_validator(mode="after")
    def _fits(self) -> ExperimentSpec:
        if len(self.arms) < 2:
            raise BadValue(list(self.arms), "control and at least one treatment", "Add a strategy to compare with.", ("arms",))
        for place, arm in enumerate(self.arms):
            if arm in self.arms[:place]:
                raise BadValue(arm, "two different strategies; for an A/A test write `effects: [none]`",
                               "Leave one of the two out, or name another.", ("arms",))
        for key, weights in ((("allocation",), self.allocation),
                             *((("designs", n, "allocation"), d.allocation) for n, d in enumerate(self.designs))):
            if weights is not None and len(weights) != len(self.arms):
                raise BadValue(list(weights), f"a weight for each of the {len(self.arms)} arms",
                               f"In the order of the arms: {', '.join(self.arms)}.", key)
        labels = [design.label for design in self.designs]
        for place, label in enumerate(labels):
            if label in labels[:place]:
                raise BadValue(label, "each design under its own name", "Give one of them a `name:`.", ("designs", place))
        two = [n for n, design in enumerate(self.designs) if design.kind == "saturation"]
        if two and len(self.arms) > 2:
            raise BadValue("saturation", "another design for more than two arms",
                           "A saturation is the share of one treatment: test treatments one by one.", ("designs", two[0], "kind"))
        if self.faults and self.designs[0].kind not in BY_ACCOUNT:
            raise BadValue(self.designs[0].kind, f"a first design of accounts ({', '.join(BY_ACCOUNT)}) for `faults`",
                           "Put it first.", ("designs", 0, "kind"))
        return self

    @property
    def weights(self) -> tuple[float, ...]:
        """The allocation, equal where none is stated."""
        return self.allocation or (1.0,) * len(self.arms)

    @property
    def treatments(self) -> tuple[str, ...]:
        """The arms beside control."""
        return self.arms[1:]

    def allocation_of(self, design: DesignSpec) -> tuple[float, ...]:
        """Return a design's weights by arm, its own or the experiment's."""
        return design.allocation or self.weights
