"""Who holds the world's arrays while a campaign runs, and makes the growing ones larger."""

from __future__ import annotations

import numpy as np

from sim.codes import TaskState
from sim.state import FREE_TASK, FULL, N_LOG, N_TASKS, World

LOG_GROWTH = 4
"""A log is copied when it grows; memory that nobody has written to yet costs nothing."""


class Store:
    """The world between two calls. Log and tasks are replaced by larger ones; everything else keeps its place."""

    def __init__(self, world: World) -> None:
        self.world = world

    def grow(self) -> None:
        """Enlarge the log and the task table where they are short of room, and clear the request."""
        self.reserve_rows(0)
        self.reserve_tasks(256)
        self.world.counters[FULL] = 0

    def reserve_rows(self, wanted: int) -> None:
        """Make sure that the log has room for `wanted` rows and the usual margin."""
        log = self.world.log
        needed = int(self.world.counters[N_LOG]) + wanted + 2 * int(self.world.params["log_rows"][0])
        if needed > len(log):
            larger = np.zeros(max(LOG_GROWTH * len(log), needed), dtype=log.dtype)
            larger[:len(log)] = log
            self.world.put("log", larger)

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
        tasks["next"][old:] = np.arange(old + 1, size + 1)
        tasks["next"][size - 1] = world.counters[FREE_TASK]
        world.counters[FREE_TASK] = old
        world.counters[N_TASKS] = free + size - old
        world.put("task", tasks)
