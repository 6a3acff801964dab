"""Lowering of resources and channels: pools of like capacity, their agents and shifts, channel and content tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sim.codes import ResourceKind
from sim.portfolio.table import stable_hash
from sim.rules.clock import clock_second
from sim.spec.behaviour import Channel, CountsAs
from sim.spec.resources import WEEKDAYS, Desk, FieldTeams, Gateway, Group, Lines, Travel
from sim.spec.resources import Shift as ShiftSpec
from sim.spec.scenario import Scenario
from sim.spec.values import Value
from sim.state import AGENT, CHANNEL, CONTENT, POOL, Records
from sim.strategies.protocol import DAY_S
from sim.timetable import Shift

NOBODY = -1
COUNTS_AS: tuple[str, ...] = CountsAs.__args__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """One pool before it has numbers: its place in the scenario, its people and its hours."""

    name: str
    resource: str
    skill: str
    kind: ResourceKind
    agents: int
    unlimited: bool
    hours: tuple[tuple[ShiftSpec, int, int], ...]
    """(shift, first, last): agents [first, last) of this pool work this shift."""
    open_on_holidays: bool
    hourly: Value | None
    group: str = ""
    """The name without the team, under which reports count it; empty where there are no teams."""
    teams: int = 1
    """How many pools from this one on are its group's teams."""


@dataclass(frozen=True, slots=True)
class Pools:
    """All pools. `plans[n]` describes pool n; agents are numbered through all pools."""

    plans: tuple[PoolPlan, ...]
    records: Records
    agents: Records
    skilled: NDArray[np.bool_]
    """(agents,): whether it is a person, whose skill is drawn."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names such as "desk.general", in pool order."""
        return tuple(plan.name for plan in self.plans)

    def of(self, resource: str, skill: str = "") -> int:
        """Return the pool of a resource; of a desk, the skill group, or its first group. -1 when there is none."""
        for number, plan in enumerate(self.plans):
            if plan.resource == resource and skill in ("", plan.skill):
                return number
        return -1


def _plans(scenario: Scenario) -> Iterator[PoolPlan]:
    for name, resource in scenario.resources.items():
        if isinstance(resource, Desk):
            for skill, group in resource.groups.items():
                yield from _desk_group(name, resource, skill, group)
        elif isinstance(resource, Gateway):
            yield PoolPlan(name, name, "", ResourceKind.BATCH, 0, unlimited=True, hours=(), open_on_holidays=True,
                           hourly=None)
        elif isinstance(resource, Lines):
            count, unlimited = _amount(resource.lines)
            shift = ShiftSpec(hours=resource.hours, days=resource.days)
            yield PoolPlan(name, name, "", ResourceKind.LINES, count, unlimited, ((shift, 0, count),),
                           resource.open_on_holidays, None)
        else:
            count, unlimited = _amount(resource.teams)
            shift = ShiftSpec(hours=resource.hours, days=resource.days)
            yield PoolPlan(name, name, "", ResourceKind.FIELD, count, unlimited, ((shift, 0, count),),
                           resource.open_on_holidays, resource.hourly)


def _desk_group(name: str, desk: Desk, skill: str, group: Group) -> Iterator[PoolPlan]:
    """Yield a skill group's pools, one a team."""
    count, unlimited = _amount(group.agents)
    shares = desk.team_shares
    ends = [round(count * sum(shares[:n + 1])) for n in range(len(shares))]
    for team, (first, last) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        whole = f"{name}.{skill}"
        label = f"{whole}#{team + 1}" if len(shares) > 1 else whole
        hours = tuple((shift, max(a, first) - first, max(min(b, last), first) - first) for shift, a, b in
                      _hours(group, count))
        yield PoolPlan(label, name, skill, ResourceKind.DESK, last - first, unlimited, hours, desk.open_on_holidays,
                       group.hourly, whole, len(shares) if team == 0 else 1)


def _amount(given: int | str) -> tuple[int, bool]:
    return (0, True) if isinstance(given, str) else (given, False)


def _hours(group: Group, count: int) -> tuple[tuple[ShiftSpec, int, int], ...]:
    out, next_agent = [], 0
    for shift in group.shifts:
        if shift.agents is None:
            out.append((shift, 0, count))
        else:
            out.append((shift, next_agent, next_agent + shift.agents))
            next_agent += shift.agents
    return tuple(out)


def lower_pools(scenario: Scenario) -> Pools:
    """Return the pools of a scenario's resources."""
    plans = tuple(_plans(scenario))
    records = np.zeros(len(plans), POOL)
    agents = np.zeros(sum(plan.agents for plan in plans), AGENT)
    skilled = np.zeros(len(agents), np.bool_)
    next_agent = 0
    for number, plan in enumerate(plans):
        pool = records[number]
        pool["kind"], pool["first_agent"], pool["agents"] = plan.kind, next_agent, plan.agents
        pool["unlimited"], pool["skill"], pool["teams"] = int(plan.unlimited), 1.0, plan.teams
        resource = scenario.resources[plan.resource]
        if isinstance(resource, Desk):
            pool["skill"] = resource.groups[plan.skill].skill.value
            pool["patience_median_s"] = resource.patience_median_s.value
            pool["patience_sigma"] = resource.patience_log_sd.value
            pool["predictive"], pool["lines_per_agent"] = int(resource.dialling == "predictive"), resource.lines_per_agent.value
            pool["ceiling"], pool["newest"] = resource.abandoned_most.value, 1.0 / resource.abandoned_over
            pool["patience_exponential"] = int(resource.patience == "exponential")
        elif isinstance(resource, Gateway):
            pool["per_second"] = 0 if resource.per_second == "unlimited" else resource.per_second
        elif isinstance(resource, FieldTeams):
            pool["visits_per_day"] = resource.visits_per_day
            _travel(pool, resource.travel)
            pool["tour"], pool["m_per_s"] = int(resource.rounds == "tour"), resource.speed_kmh.value / 3.6
            pool["map"] = 1 + [name for name, r in scenario.resources.items() if isinstance(r, FieldTeams) and r.areas].index(
                plan.resource) if resource.areas else 0
        for k in range(plan.agents):
            agents[next_agent + k]["id"] = stable_hash(f"agent:{plan.name}:{k}")
            agents[next_agent + k]["pool"] = number
        skilled[next_agent:next_agent + plan.agents] = plan.kind in (ResourceKind.DESK, ResourceKind.FIELD)
        next_agent += plan.agents
    agents["area"] = NOBODY
    return Pools(plans, records, agents, skilled)


def _travel(pool: Records, travel: Travel) -> None:
    pool["travel_within_s"], pool["travel_between_s"] = travel.within_area_s.value, travel.between_areas_s.value
    pool["travel_sigma"] = travel.log_sd.value
    pool["km_within"], pool["km_between"] = travel.within_area_km.value, travel.between_areas_km.value


def shifts_of(scenario: Scenario, pools: Pools, holidays: frozenset[date], zone_from: NDArray[np.int64],
              zone_offset: NDArray[np.int64]) -> tuple[Shift, ...]:
    """Return every stretch in which agents are on the floor, in the calendar's zone. Unlimited pools have hours too."""
    out = []
    for day in range(scenario.horizon.days):
        today = scenario.calendar.start + timedelta(days=day)
        for number, plan in enumerate(pools.plans):
            if today in holidays and not plan.open_on_holidays:
                continue
            first_agent = int(pools.records["first_agent"][number])
            for shift, first, last in plan.hours:
                if WEEKDAYS[today.weekday()] in shift.days:
                    on, off = (int(clock_second(zone_from, zone_offset, 0, day * DAY_S + second))
                               for second in shift.hours)
                    out.append(Shift(on, off, first_agent + first, first_agent + last, number))
    return tuple(out)


def lower_channels(scenario: Scenario, pools: Pools) -> tuple[Records, Records, dict[tuple[str, str], int]]:
    """Return (CHANNEL records, CONTENT records, (channel, content) -> place in the content table)."""
    channels = np.zeros(len(scenario.channels), CHANNEL)
    rows: list[tuple[float, int]] = []
    places: dict[tuple[str, str], int] = {}
    for number, (name, spec) in enumerate(scenario.channels.items()):
        for content_name, content in spec.contents.items():
            places[name, content_name] = len(rows)
            rows.append((content.log_odds.value, int(content.reminds_promise)))
        _fill_channel(channels[number], spec, pools)
        marks = scenario.behaviour.carry_over
        if marks is not None and marks.on and name in marks.weights:
            channels["carry_over"][number] = marks.weights[name].value
    return channels, np.array(rows, dtype=CONTENT), places


def _fill_channel(c: Records, spec: Channel, pools: Pools) -> None:
    c["kind"] = pools.records["kind"][pools.of(spec.resource)]
    c["counts_as"] = COUNTS_AS.index(spec.counts_as)
    c["call_back_pool"] = pools.of(spec.call_back.to) if spec.call_back else NOBODY
    c["hand_off_pool"] = pools.of(spec.hand_off.to) if spec.hand_off else NOBODY
    c["missed_log_odds"], c["habituation"] = spec.missed_log_odds.value, spec.habituation.value
    c["pressure_weight"], c["opt_out"], c["complaint"] = (spec.pressure_weight.value, spec.opt_out.value,
                                                          spec.complaint.value)
    if spec.message:
        m = spec.message
        c["delivered"], c["read"] = m.delivered.value, m.read.value
        c["read_delay_median_s"], c["read_delay_sigma"] = m.read_delay_median_s.value, m.read_delay_log_sd.value
    if spec.dial:
        d = spec.dial
        c["answer"], c["busy"], c["voicemail"], c["wrong_party"] = (d.answer.value, d.busy.value, d.voicemail.value,
                                                                    d.wrong_party.value)
        c["ring_s"], c["answer_fatigue"] = d.ring_s.value, d.answer_fatigue_log.value
        c["ring_full"] = int(d.ring_answered == "full")
    if spec.doorstep:
        c["answer"], c["wrong_party"] = spec.doorstep.met.value, spec.doorstep.wrong_party.value
    if spec.conversation:
        v = spec.conversation
        c["refused"], c["talk_median_s"], c["talk_sigma"] = v.refused.value, v.talk_median_s.value, v.talk_log_sd.value
        c["talk_exponential"] = int(v.talk == "exponential")
        c["wrap_s"], c["disclosed"] = v.wrap_s.value, v.disclosed.value
        c["promised"], c["kept_log_odds"], c["pays_now"] = v.promised.value, v.kept_log_odds.value, v.pays_now.value
    if spec.call_back:
        b = spec.call_back
        c["call_back"], c["missed_call_back"], c["call_back_delay_s"] = (b.chance.value, b.after_missed.value,
                                                                         b.delay_mean_s.value)
    if spec.hand_off:
        c["hand_off"] = spec.hand_off.chance.value
