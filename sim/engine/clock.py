"""The campaign's clock: SimPy's environment, with whole seconds and a stated order within each second."""

from __future__ import annotations

from collections.abc import Callable

import simpy
from simpy.events import Event


class Moment(Event):
    """An event that happens at a clock second, at its place in the order of that second (`sim.order.key`)."""

    def __init__(self, clock: Clock, second: int, order: int) -> None:
        super().__init__(clock)
        self._ok = True
        self._value = None
        clock.schedule(self, priority=order, delay=second - int(clock.now))  # type: ignore[arg-type]


class Clock(simpy.Environment):
    """SimPy's environment in whole seconds since the calendar's start.

    SimPy breaks ties by insertion; here every event is scheduled by `at` with an explicit order, so it never has to.
    """

    @property
    def second(self) -> int:
        """The current second."""
        return int(self.now)

    def at(self, second: int, order: int) -> Moment:
        """Return an event to yield: it happens at `second`, at place `order` within it."""
        return Moment(self, second, order)

    def call(self, second: int, order: int, function: Callable[[], None]) -> None:
        """Call a function at `second`, at place `order` within it."""
        moment = self.at(second, order)
        if moment.callbacks is not None:
            moment.callbacks.append(lambda _event: function())
