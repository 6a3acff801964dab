"""What carries contacts: desks, lines, gateways, field teams, and what all of it costs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.spec.plain_errors import BadValue
from sim.spec.strategy_times import clock_s
from sim.spec.values import Days, Factor, LogOdds, Price, Probability, Seconds, Spec, Spread

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAYS: tuple[Weekday, ...] = WEEKDAYS[:5]
Amount = Annotated[int, Field(ge=0, le=30_000)] | Literal["unlimited"]
"""A number of agents, lines or teams; `unlimited` takes the queue away."""


def hours(text: Any) -> tuple[int, int]:
    """Return (open, close) seconds of the day of "09:00-18:00".

    Raises:
        BadValue: not a stretch of one day, or one that never opens.
    """
    parts = text.split("-") if isinstance(text, str) else []
    if len(parts) != 2:
        raise BadValue(text, 'hours such as "09:00-18:00"', "Put them in quotes.")
    opens, closes = clock_s(parts[0]), clock_s(parts[1])
    if opens >= closes:
        raise BadValue(text, "hours that close after they open, within one day", "It would never open.")
    return opens, closes


def _read_hours(value: Any) -> Any:
    return hours(value) if isinstance(value, str) else value


HoursOfDay = Annotated[tuple[int, int], BeforeValidator(_read_hours)]


class Shift(Spec):
    """When some or all agents of a group are on the floor."""

    hours: HoursOfDay
    days: tuple[Weekday, ...] = WORKDAYS
    agents: Annotated[int, Field(ge=0)] | None = None
    """How many of the group's agents; all of them when left out. Shifts that state a number take separate agents."""


class Group(Spec):
    """A skill group of a desk."""

    agents: Amount
    shifts: tuple[Shift, ...] = Field(min_length=1)
    skill: Factor = Field(default_factory=lambda: _one())
    """Factor on persuasion and disclosure."""
    hourly: Price = Field(default_factory=lambda: _zero())
    """Cost of a rostered agent hour, idle or busy."""


def _one() -> Any:
    from sim.spec.values import Value  # noqa: PLC0415 - a default value, built when needed

    return Value(value=1.0, low=1.0, high=1.0, source="neutral")


def _zero() -> Any:
    from sim.spec.values import Value  # noqa: PLC0415 - as above

    return Value(value=0.0, low=0.0, high=0.0, source="neutral")


class Course(Spec):
    """A training course of a desk's groups. It takes place for worlds whose strategy trains (`train:` in a strategy)."""

    groups: tuple[str, ...] = ()
    """Skill groups that attend; all when left out."""
    day: int = Field(ge=1, le=3_660)
    """Day of the campaign; where a group does not work on it, its next working day."""
    every: Annotated[int, Field(ge=1, le=3_660)] | None = None
    """Again after so many days."""
    hours: Annotated[float, Field(gt=0, le=24)]
    """Off the floor, from the beginning of the day's shifts; paid."""
    price: Price
    """Per agent and course, major units."""
    skill_log: LogOdds
    """Added to the logarithm of skill right after the course; does not add up over courses."""
    conduct_log: LogOdds
    """Added to the logarithm of conduct: below 0, fewer complaints and disputes."""
    half_life_days: Days
    """Worked days after which half of both is gone."""


class Desk(Spec):
    """People at phones, in skill groups; a step without a skill goes to the first group."""

    kind: Literal["desk"]
    groups: dict[str, Group] = Field(min_length=1)
    courses: dict[str, Course] = {}
    teams: Annotated[int, Field(ge=1, le=60)] | tuple[Annotated[float, Field(gt=0)], ...] = 1
    """Teams that share nothing: each has its part of every group's agents and its own accounts. A number for equal
    teams, or weights. Accounts are dealt to teams by the hash of their person, unless an experiment says otherwise."""
    dialling: Literal["progressive", "predictive"] = "progressive"
    """`progressive`: one dial an idle agent, who hears it ring. `predictive`: several dials an idle agent, who gets the first
    that is answered; whoever answers when nobody is idle is hung up on (abandoned)."""
    lines_per_agent: Factor = Field(default_factory=lambda: _lines())
    """Predictive: dials out at once for each idle agent."""
    abandoned_most: Probability = Field(default_factory=lambda: _ceiling())
    """Predictive: the nearer the share of answered calls that was abandoned is to this, the fewer are dialled ahead; from here on
    the desk dials progressively."""
    abandoned_over: int = Field(default=200, ge=1, le=100_000)
    """Answered calls over which that share is measured: an exponential mean with this length."""
    patience_median_s: Seconds
    patience_log_sd: Spread
    patience: Literal["lognormal", "exponential"] = "lognormal"
    """With `exponential`, `patience_median_s` is the mean (for checks against queueing formulas)."""
    open_on_holidays: bool = False

    @property
    def team_shares(self) -> tuple[float, ...]:
        """Return each team's share of the agents."""
        weights = (1.0,) * self.teams if isinstance(self.teams, int) else self.teams
        return tuple(weight / sum(weights) for weight in weights)

    @model_validator(mode="after")
    def _courses_fit(self) -> Desk:
        for name, course in self.courses.items():
            for place, group in enumerate(course.groups):
                if group not in self.groups:
                    raise BadValue(group, f"one of {', '.join(self.groups)}", "", ("courses", name, "groups", place))
        return self

    @model_validator(mode="after")
    def _roster_fits(self) -> Desk:
        for name, group in self.groups.items():
            stated = [shift.agents for shift in group.shifts if shift.agents is not None]
            if stated and group.agents != "unlimited" and sum(stated) > group.agents:
                raise BadValue(sum(stated), f"shifts of at most {group.agents} agents together", "", ("groups", name, "shifts"))
        return self


class Lines(Spec):
    """Concurrent machine lines."""

    kind: Literal["lines"]
    lines: Amount
    hours: HoursOfDay
    days: tuple[Weekday, ...] = WEEKDAYS
    open_on_holidays: bool = True


class Gateway(Spec):
    """Sends messages at a rate, at any hour: the strategy's windows say when."""

    kind: Literal["batch"]
    per_second: Annotated[int, Field(ge=1, le=100_000)] | Literal["unlimited"] = "unlimited"


class Travel(Spec):
    """Seconds and kilometres from one address to the next, in the area of the last visit or from another."""

    within_area_s: Seconds
    between_areas_s: Seconds
    log_sd: Spread
    within_area_km: Factor
    between_areas_km: Factor


Place = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]
"""Latitude and longitude in degrees."""


class FieldTeams(Spec):
    """Teams that visit."""

    kind: Literal["field"]
    teams: Amount
    hours: HoursOfDay
    days: tuple[Weekday, ...] = WORKDAYS
    visits_per_day: int = Field(ge=1, le=100)
    staff: int = Field(default=2, ge=1, le=20)
    """People in a team, which contact rules may ask for."""
    travel: Travel
    door_s: Seconds
    hourly: Price = Field(default_factory=lambda: _zero())
    open_on_holidays: bool = False
    areas: dict[str, Place] = {}
    """Where the areas (the portfolio's regions) are: distances between them then take the place of `travel`'s means."""
    base: Place | None = None
    """Where teams set out in the morning."""
    rounds: Literal["queue", "tour"] = "queue"
    """In which order a day's visits are made within one priority: by the queue's luck, or on a short round through the areas
    (a routing library: the extra `routing`)."""
    speed_kmh: Factor = Field(default_factory=lambda: _speed())
    road_factor: Factor = Field(default_factory=lambda: _road())
    """Kilometres by road for one in a straight line."""

    @model_validator(mode="after")
    def _map_complete(self) -> FieldTeams:
        if self.rounds == "tour" and not self.areas:
            raise BadValue("rounds without a map", "the places of the areas", "Add `areas: {north: [22.30, 114.17], ...}`.",
                           ("rounds",))
        if self.areas and self.base is None:
            raise BadValue("areas without a base", "where teams set out", "Add `base: [22.30, 114.17]`.", ("areas",))
        if self.areas and self.speed_kmh.value <= 0:
            raise BadValue(0, "a speed above 0", "", ("speed_kmh",))
        return self


def _lines() -> Any:
    from sim.spec.values import Value  # noqa: PLC0415 - as above

    return Value(value=2.0, low=1.2, high=3.0, unit="dials per idle agent", source="assumed")


def _ceiling() -> Any:
    from sim.spec.values import Value  # noqa: PLC0415 - as above

    return Value(value=0.03, low=0.01, high=0.05, unit="share of answered calls",
                 source="3 % over 30 days is the US safe harbour for telemarketing (16 CFR 310.4)")


def _speed() -> Any:
    from sim.spec.values import Value  # noqa: PLC0415 - as above

    return Value(value=25.0, low=15.0, high=40.0, unit="km an hour", source="assumed")


def _road() -> Any:
    from sim.spec.values import Value  # noqa: PLC0415 - as above

    return Value(value=1.3, low=1.2, high=1.5, unit="factor", source="assumed")


Resource = Annotated[Desk | Lines | Gateway | FieldTeams, Field(discriminator="kind")]


class ChannelCost(Spec):
    """What one channel costs, beyond rostered hours, in major units."""

    per_attempt: Price = Field(default_factory=_zero)
    """Per message sent, per dial, per visit."""
    per_minute: Price = Field(default_factory=_zero)
    """Per minute of ringing and talk, by the second."""
    per_km: Price = Field(default_factory=_zero)


class Costs(Spec):
    """Money that leaves: by channel, and for harm. Rostered hours stand with their group or team."""

    roster: Literal["fixed", "avoidable"] = "avoidable"
    """`fixed`: rostered hours are paid whatever the strategy does (also under do_nothing). `avoidable`: hours of a pool are
    paid on days on which the strategy gives that pool work. Both are shown; this one counts in `cost`."""
    channels: dict[str, ChannelCost] = {}
    complaint: Price = Field(default_factory=_zero)
    """Handling one complaint."""
    discount_per_year: Probability = Field(default_factory=_zero)
    """Money a year from now counts 1 / (1 + this) in `npv_minor`."""
    hiring: Price = Field(default_factory=_zero)
    """Finding somebody in place of an agent who leaves."""
