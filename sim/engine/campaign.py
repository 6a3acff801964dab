"""The campaign: one loop for both engines.

What happens on a day, in order:

 1. **Settle**: everybody's own events up to the tick (payments, promises, entries) are carried out, each at its second.
 2. **Sweep**: planned work whose window has closed without an attempt is counted: carried over where the step is due again
    another day, else starved.
 3. **Assign**: the assignment says which arm each account is under today.
 4. **Observe and plan**: each arm's strategy sees its open accounts' observable columns and answers with actions.
 5. **Merge**: for each person and channel one account's actions stay; those of the person's other accounts go along.
 6. **Administer**: offers, hardship plans and stops take effect.
 7. **Open windows**: when a window opens, its tasks join their pool's queue.
 8. **Shifts**: agents come and go at their hours; where staff is simulated, they learn, leave, stay away, attend courses.
 9. **Contacts**: the desk dials, talks, sends, drives, and queues callers, second by second, until the next tick.

Steps 1 to 8 are known in advance and live in SimPy's environment. Step 9 is the desk, which exists twice behind one
interface (`desk_reference`, `desk_compiled`) and advances over half-open intervals to the next of them.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from sim.assignment import Assignment
from sim.engine.clock import Clock
from sim.engine.desk_compiled import CompiledDesk
from sim.engine.desk_reference import ReferenceDesk
from sim.engine.planning import Actions, Planner
from sim.engine.staffing import shifts_after_courses
from sim.engine.store import Sink, Store
from sim.order import Kind
from sim.order import plain_key as key
from sim.rules.person import advance_all
from sim.rules.staff import attend, begin_days
from sim.state import FULL, World
from sim.strategies.protocol import Strategy
from sim.timetable import Observed, Timetable

Engine = Literal["compiled", "reference"]


class Desk(Protocol):
    """What the campaign asks of a desk."""

    def advance(self, until: int) -> None:
        """Carry out everything in [now, until)."""
        ...

    def release(self, pool: int, tasks: NDArray[np.int64], t: int) -> None:
        """Put planned tasks into a pool's queue at t."""
        ...

    def start_shift(self, pool: int, first: int, last: int, t: int) -> None:
        """Bring agents on the floor."""
        ...

    def end_shift(self, pool: int, first: int, last: int) -> None:
        """Let agents leave."""
        ...

    def sweep(self, t: int) -> None:
        """Take work whose window has closed out of the queues."""
        ...


class Campaign:
    """One world, run once from the calendar's start to the horizon.

    With a `sink` the log is handed over day by day and not kept.
    """

    def __init__(self, world: World, timetable: Timetable, observed: Observed, strategies: Sequence[Strategy],
                 assignment: Assignment, engine: Engine = "compiled", sink: Sink | None = None) -> None:
        self._store = Store(world, sink)
        self._timetable = timetable
        self._assignment = assignment
        self._clock = Clock()
        self._planner = Planner(self._store, observed, strategies)
        self._desk: Desk = (CompiledDesk(self._store) if engine == "compiled"
                            else ReferenceDesk(self._store, self._clock))
        self.planned: Actions | None = None
        """The actions of the latest tick, for `duecourse plan`."""

    def run(self, until_day: int | None = None) -> World:
        """Run to the horizon, or up to and including the tick of day `until_day`; returns the world."""
        ticks = self._timetable.ticks
        end = self._timetable.end_s if until_day is None else ticks[until_day] + 1
        self._clock.process(self._days())
        self._clock.process(self._shifts())
        while (upcoming := self._clock.peek()) < end:
            self._desk.advance(int(upcoming))
            self._clock.step()
        self._desk.advance(end)
        if until_day is None:
            # The last second of the run is end - 1: nothing may happen at the end that the log would not hold.
            self._settle(end - 1)
            self._desk.sweep(end - 1)
        self._store.settle_log()
        return self._store.world

    def _days(self) -> Generator[Event, Any, None]:
        """The planning ticks, one a day."""
        for day, tick in enumerate(self._timetable.ticks):
            yield self._clock.at(tick, key(Kind.TICK, 0, 0, 0))
            self._day(day, tick)

    def _day(self, day: int, tick: int) -> None:
        """Steps 1 to 7 of a day."""
        self._settle(tick)
        self._desk.sweep(tick)
        self._train(day, tick)
        if day == 0 or self._assignment.period_on(day) != self._assignment.period_on(day - 1):
            self._store.world.account["arm"] = self._assignment.arms_on(day)
        self.planned = self._planner.plan(day, tick)
        for opens, pool, tasks in self._planner.carry_out(self.planned, day, tick):
            self._open(opens, pool, tasks)
        self._store.settle_log()  # day by day, while the day's rows are still near the processor

    def _open(self, opens: int, pool: int, tasks: NDArray[np.int64]) -> None:
        """Step 7: let tasks join their queue when their window opens."""
        self._clock.call(opens, key(Kind.RELEASE, pool, 0, 0), lambda: self._desk.release(pool, tasks, opens))

    def _shifts(self) -> Generator[Event, Any, None]:
        """Step 8: agents come and go. Who goes at a second goes before who comes."""
        changes = []
        for shift, day in shifts_after_courses(self._store.world, self._timetable):
            changes += [(shift.on_s, 1, shift.pool, shift.first, shift.last, day),
                        (shift.off_s, 0, shift.pool, shift.first, shift.last, day)]
        for second, comes, pool, first, last, day in sorted(changes):
            yield self._clock.at(second, key(Kind.ROSTER, pool, first, comes))
            if comes:
                if self._store.world.mechanism["staff"][0]:
                    self._begin_days(first, last, day, second)
                self._desk.start_shift(pool, first, last, second)
            else:
                self._desk.end_shift(pool, first, last)

    def _begin_days(self, first: int, last: int, day: int, t: int) -> None:
        """Let agents [first, last) begin their day of work: more experience, a beginner in their place, or nobody."""
        while first < last:
            first = begin_days(self._store.world, first, last, day, t)
            if self._store.world.counters[FULL] != 0:
                self._store.grow()

    def _train(self, day: int, t: int) -> None:
        """Carry out the day's courses; their hours are already taken from its shifts."""
        for course in np.flatnonzero(self._store.world.course["day"] == day):
            agent = 0
            while agent >= 0:
                agent = attend(self._store.world, int(course), t, agent)
                if self._store.world.counters[FULL] != 0:
                    self._store.grow()

    def _settle(self, t: int) -> None:
        """Carry out everybody's own events up to t."""
        store = self._store
        done = 0
        while done < len(store.world.person):
            done = advance_all(store.world, t, done)
            if store.world.counters[FULL] != 0:
                store.grow()
