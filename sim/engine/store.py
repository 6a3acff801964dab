"""Who holds the world's arrays while a campaign runs, and makes the growing ones larger."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.codes import TaskState
from sim.rules.logging import hash_rows
from sim.state import FULL, N_HASHED, N_LOG, N_TASKS, Records, World

Sink = Callable[[Records], None]
"""Takes a stretch of the log, LOG (rows,), each row once, in no particular order; the rows are gone when it returns."""

LOG_GROWTH = 4
"""A log is copied when it grows; memory that nobody has written to yet costs nothing."""


class Store:
    """The world between two calls. Log and tasks are replaced by larger ones; everything else keeps its place.

    With a `sink`, the log is handed over in stretches and then forgotten, so that it stays small and near the processor.
    """

    def __init__(self, world: World, sink: Sink | None = None) -> None:
        self.world = world
        self._sink = sink

    def settle_log(self) -> None:
        """Add the log's new rows to the digest, and hand it over where somebody takes it."""
        hash_rows(self.world)
        if self._sink is not None:
            self._sink(self.world.log[:self.world.counters[N_LOG]])
            self.world.counters[N_LOG] = 0
            self.world.counters[N_HASHED] = 0

    def grow(self) -> None:
        """Enlarge the log and the task table where they are short of room, and clear the request."""
        self.reserve_rows(0)
        self.reserve_tasks(256)
        self.world.counters[FULL] = 0

    def reserve_rows(self, wanted: int) -> None:
        """Make sure that the log has room for `wanted` rows and the usual margin."""
        if self._sink is not None and self._rows_needed(wanted) > len(self.world.log):
            self.settle_log()
        log, needed = self.world.log, self._rows_needed(wanted)
        if needed > len(log):
            larger = np.zeros(max(LOG_GROWTH * len(log), needed), dtype=log.dtype)
            larger[:len(log)] = log
            self.world.put("log", larger)

    def _rows_needed(self, wanted: int) -> int:
        return int(self.world.counters[N_LOG]) + wanted + 2 * int(self.world.params["log_rows"][0])

    def reserve_tasks(self, wanted: int) -> None:
        """Make sure that at least `wanted` tasks are free."""
        world = self.world
        free = int(world.counters[N_TASKS])
        if free >= wanted:
            return
        old = len(world.task)
        size = max(2 * old, old + wanted)
        tasks = np.zeros(size, dtype=world.task.dtype)
        tasks[:old] = world.task
        tasks["state"][old:] = TaskState.FREE
        numbers = np.zeros(size, np.int64)
        numbers[:free] = world.free_task[:free]
        numbers[free:free + size - old] = np.arange(old, size)[::-1]
        world.put("free_task", numbers)
        world.counters[N_TASKS] = free + size - old
        world.put("task", tasks)
