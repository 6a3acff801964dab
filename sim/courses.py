"""Lowering of the training courses that the world's strategies book."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.errors import InputError, nearest
from sim.mechanisms import per_day
from sim.pools import Pools
from sim.rules.exact import exp_exact
from sim.spec.resources import Course, Desk
from sim.spec.scenario import Scenario
from sim.state import COURSE, Records
from sim.strategies.protocol import Strategy
from sim.timetable import Timetable


def courses_of(strategy: Strategy) -> tuple[str, ...]:
    """Return the courses that a strategy books; those of a Python class in its attribute `train`, if it has one."""
    return tuple(getattr(strategy, "train", ()))


def lower_courses(scenario: Scenario, pools: Pools, timetable: Timetable, strategies: Sequence[Strategy]) -> Records:
    """Return the courses that take place in a world under these strategies, COURSE (courses x pools x days,).

    Raises:
        InputError: a strategy books a course that no desk has, or where staff is not simulated.
    """
    known = {name: (resource, course) for resource, spec in scenario.resources.items() if isinstance(spec, Desk)
             for name, course in spec.courses.items()}
    booked = {}
    for strategy in strategies:
        for name in courses_of(strategy):
            where = f"strategy {strategy.name}: train"
            if name not in known:
                raise InputError(where, name, f"one of the courses {', '.join(known) or '(there is none)'}",
                                 nearest(name, known) or "Courses stand under `resources.<desk>.courses`.")
            if scenario.behaviour.staff is None or not scenario.behaviour.staff.on:
                raise InputError(where, "a course where agents do not change", "`behaviour.staff` with `on: true`",
                                 "Add `behaviour: {staff: {on: true}}` to the scenario.")
            booked[name] = known[name]
    rows = [row for resource, course in booked.values() for row in _dates(scenario, pools, timetable, resource, course)]
    return np.array(sorted(rows), dtype=COURSE)


def _dates(scenario: Scenario, pools: Pools, timetable: Timetable, resource: str, course: Course) -> list[tuple[float, ...]]:
    """Return one row for each pool and day of a course; a pool that does not work on the day attends on its next."""
    last = scenario.horizon.days
    days = range(course.day - 1, last, course.every or last)
    ticks = np.array(timetable.ticks)
    out: list[tuple[float, ...]] = []
    for number, plan in enumerate(pools.plans):
        if plan.resource != resource or (course.groups and plan.skill not in course.groups):
            continue
        open_days = np.unique([np.searchsorted(ticks, s.on_s, side="right") - 1 for s in timetable.shifts if s.pool == number])
        for day in days:
            later = open_days[open_days >= day]
            if len(later):
                out.append((number, int(later[0]), round(course.hours * 3600), course.skill_log.value,
                            course.conduct_log.value, float(exp_exact(-per_day(course.half_life_days.value))),
                            round(course.price.value * scenario.currency.minor_per_major)))
    return out
