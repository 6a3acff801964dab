"""A study: a published experiment, or a set of base rates, that the model is calibrated on in part and predicts in part.

What was calibrated on what, and what is predicted, stands in the file before anything is played. Outcomes are shares of accounts
(or of money, or of promises) in percent within some days from an account's entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sim.errors import nearest
from sim.spec.plain_errors import BadValue, KeyPath
from sim.spec.values import Spec

Measure = Literal["paid", "cured", "open", "collected", "kept", "reached", "mode_day", "still_open"]
Touch = Literal["delivered", "conversation", "met"]
Unit = Literal["percent", "percentage points", "percentage points per contact", "percent of the other arm", "days past due"]
Percent = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]


class Outcome(Spec):
    """Something that is counted by account, within `days` from its entry.

    `paid`: any payment. `cured`: back to current; `open`: not so. `collected`: cash over the balance at entry. `kept`: promises
    kept over promises matured. `reached`: accounts with a contact of the kind `touch`. `mode_day`: days past due with most cures.
    `still_open`: accounts open after `days` over those open after `since`.
    """

    measure: Measure
    days: int = Field(ge=1, le=3_660)
    since: int = Field(default=0, ge=0, le=3_660)
    touch: Touch = "conversation"
    """Of `reached`."""
    channel: str = ""
    """Of `kept`: who took the promise; of `reached`: by which channel. Empty: any."""
    among: Literal["all", "spoken"] = "all"
    """`spoken`: only accounts with a conversation or a met visit within the days."""
    dpd: tuple[int, int] | None = None
    """Only accounts that entered with days past due from ... to ..."""
    weight: Literal["account", "balance"] = "account"
    about: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.measure == "still_open") != (self.since > 0):
            raise BadValue(self.since, "`since` with the measure still_open, and only with it", "", ("since",))
        if self.since >= self.days:
            raise BadValue(self.since, f"fewer days than {self.days}", "", ("since",))
        return self


class Population(Spec):
    """Whose accounts: a shipped scenario by name, or one written here (`extends:` allowed)."""

    about: str
    scenario: str | dict[str, Any]
    data: str = ""
    """A public data set's file in the folder of --data, for a scenario with a real portfolio."""


class Arm(Spec):
    """One group of an experiment: a population under a strategy, with what else is different there. Or a mean of other arms."""

    population: str = ""
    strategy: str = "do_nothing"
    values: dict[str, float] = {}
    """Values of the scenario that differ in this arm, by key."""
    same_as: dict[str, str] = {}
    """Values of this arm that are taken from another key, after calibration: a negative control."""
    mean_of: tuple[str, ...] = ()
    about: str = ""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.population) == bool(self.mean_of):
            raise BadValue("neither or both of `population` and `mean_of`", "one of the two")
        return self


class Observed(Spec):
    """An outcome that the population's data hold: the share of accounts whose attribute is at most some value."""

    attribute: str
    at_most: float
    weight: Literal["account", "balance"] = "account"


class Contrast(Spec):
    """What is reported of an outcome: a level, or a difference between two arms."""

    outcome: str
    arm: str
    against: str = ""
    relative: bool = False
    """The difference as a share of the other arm's level."""
    per: Touch | None = None
    """The difference over the difference of accounts reached in that way: the effect for each who was (instrumented)."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.against and (self.relative or self.per):
            raise BadValue("no `against`", "`against` with `relative` or `per`")
        if self.relative and self.per:
            raise BadValue("`relative` and `per`", "one of the two")
        return self


class Parameter(Spec):
    """What is fitted: one value of a scenario between its low and high; or a factor on several, or a term added to several."""

    keys: tuple[str, ...] = Field(min_length=1)
    """Keys such as channels.sms.contents.moral.log_odds; `*` stands for any part of one."""
    scale: tuple[float, float] | None = None
    """Bounds of a factor on all keys."""
    shift: tuple[float, float] | None = None
    """Bounds of a term added to all keys. Neither: one key, bounded by its low and high."""
    populations: tuple[str, ...] = ()
    """Where it is set; empty: everywhere."""
    about: str = ""
    """What it is, in a few words, where keys would be long."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.scale and self.shift:
            raise BadValue("`scale` and `shift`", "one of the two", "", ("shift",))
        if not self.scale and not self.shift and (len(self.keys) != 1 or "*" in self.keys[0]):
            raise BadValue(", ".join(self.keys), "one key without *, or `scale` or `shift` for several", "Add scale: [0.5, 2].",
                           ("keys",))
        if self.scale and not 0 < self.scale[0] < self.scale[1]:
            raise BadValue(list(self.scale), "a factor's bounds above 0, the smaller first", "", ("scale",))
        if self.shift and not self.shift[0] < self.shift[1]:
            raise BadValue(list(self.shift), "bounds of which the first is smaller", "", ("shift",))
        return self

    def moved(self, value: float, number: float) -> float:
        """Return a key's value with the parameter at a number."""
        if self.scale:
            return value * number
        return value + number if self.shift else number


class Calibration(Contrast):
    """A published figure, and the parameter that is moved until the model shows it."""

    target: Percent | Observed
    source: str
    parameter: Parameter


class Prediction(Contrast):
    """What is asked of the model. `cannot` says why there is no answer."""

    basis: Literal["mechanism", "assumption"] = "mechanism"
    """Whether it follows from what was calibrated and how the model works, or mainly from a value that is assumed."""
    lead: bool = False
    """Named in the answer at the top of the report."""
    cannot: str = ""
    days: int = Field(default=0, ge=0, le=3_660)
    """Horizon of an outcome that the model does not have (only with `cannot`)."""
    band: tuple[Percent, Percent] | None = None
    """Where the figure has to be; outside, the study fails."""
    observed: Observed | None = None
    """What happened, where the data say so: reported beside the prediction, never used for it."""
    spread_of: tuple[str, ...] = ()
    """Arms whose observed figures give the interval for one more of their kind."""

    @model_validator(mode="after")
    def _stated(self) -> Self:
        if bool(self.cannot) != bool(self.days):
            raise BadValue(self.days, "`days` with `cannot`, and only with it", "", ("days",))
        if self.cannot and (self.band or self.observed or self.lead):
            raise BadValue("`cannot` with a figure", "no band, observed or lead where nothing is predicted", "", ("cannot",))
        return self


class Replications(Spec):
    """How often worlds are played. Predictions are played with other luck than what was fitted."""

    fit: int = Field(default=4, ge=1, le=10_000)
    predict: int = Field(default=20, ge=2, le=10_000)


class StudySpec(Spec):
    """A study file."""

    study: str = Field(pattern=r"^[a-z0-9_]+$", max_length=60)
    title: str
    question: str
    source: str
    design: str = ""
    """The experiment in a sentence or two: arms, unit, horizon, size."""
    populations: dict[str, Population] = Field(min_length=1)
    arms: dict[str, Arm] = Field(min_length=1)
    outcomes: dict[str, Outcome] = Field(min_length=1)
    calibrated: tuple[Calibration, ...] = ()
    """In the order in which they are fitted; each parameter has one target."""
    predictions: tuple[Prediction, ...] = Field(min_length=1)
    can_predict: tuple[str, ...] = ()
    cannot_predict: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    replications: Replications = Replications()
    tolerance: float = Field(default=0.05, gt=0)
    """How near a target has to be met, in the target's unit."""
    frozen_tolerance: float = Field(default=1e-6, gt=0)
    """How near a run has to come to the frozen figures, in their unit: the same seeds give the same numbers."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for path, name, known in self._names():
            if name not in known:
                raise BadValue(name, f"one of {', '.join(known)}", nearest(name, known), path)
        for number, item in enumerate(self.calibrated):
            if isinstance(item.target, Observed) and item.against:
                raise BadValue(item.against, "no `against` where the target is what the data hold", "",
                               ("calibrated", number, "against"))
        asked = [(item.outcome, item.arm, item.against, item.relative, item.per) for item in self.predictions]
        for number, contrast in enumerate(asked):
            if contrast in asked[:number]:
                raise BadValue(f"{contrast[0]} of {contrast[1]} again", "each prediction once", "", ("predictions", number))
        for name, arm in self.arms.items():
            for other in arm.mean_of:
                if self.arms[other].mean_of:
                    raise BadValue(other, "arms that are no means themselves", "", ("arms", name, "mean_of"))
        return self

    def _names(self) -> Iterator[tuple[KeyPath, str, list[str]]]:
        """Yield (key path, name, names that are known there) of every reference."""
        populations, arms, outcomes = list(self.populations), list(self.arms), list(self.outcomes)
        for name, arm in self.arms.items():
            if arm.population:
                yield ("arms", name, "population"), arm.population, populations
            for other in arm.mean_of:
                yield ("arms", name, "mean_of"), other, arms
        for number, item in enumerate(self.calibrated):
            for population in item.parameter.populations:
                yield ("calibrated", number, "parameter", "populations"), population, populations
        for section, items in (("calibrated", self.calibrated), ("predictions", self.predictions)):
            for number, contrast in enumerate(items):
                unheld = isinstance(contrast, Prediction) and bool(contrast.cannot)
                if not unheld:
                    yield (section, number, "outcome"), contrast.outcome, outcomes
                yield (section, number, "arm"), contrast.arm, arms
                if contrast.against:
                    yield (section, number, "against"), contrast.against, arms
                for other in contrast.spread_of if isinstance(contrast, Prediction) else ():
                    yield (section, number, "spread_of"), other, arms

    def unit(self, item: Contrast) -> Unit:
        """Return the unit of a contrast's figure."""
        if item.outcome in self.outcomes and self.outcomes[item.outcome].measure == "mode_day":
            return "days past due"
        if item.relative:
            return "percent of the other arm"
        if item.per:
            return "percentage points per contact"
        return "percentage points" if item.against else "percent"

    def days(self, item: Contrast) -> int:
        """Return a contrast's horizon in days."""
        return item.days if isinstance(item, Prediction) and item.cannot else self.outcomes[item.outcome].days
