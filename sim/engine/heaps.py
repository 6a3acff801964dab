"""The compiled desk's own arrays: the event queue and the pools' queues of ready tasks, as array heaps."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.arrays import ArraySet
from sim.codes import TaskState
from sim.compiled import rule
from sim.state import I8, World

EVENT_QUEUE = ("event_s", "event_key", "event_task")
TASK_QUEUES = ("ready_key", "ready_tie", "ready_task")


class Queues(ArraySet):
    """The desk's own arrays. N events, Q pools, K tasks, G agents."""

    FIELDS: ClassVar = {
        "event_s": (I8, 1),  # (N,) heap by (event_s, event_key)
        "event_key": (I8, 1),  # (N,)
        "event_task": (I8, 1),  # (N,) a task, or an agent for FREE
        "ready_key": (I8, 2),  # (Q, K) heaps by (ready_key, ready_tie)
        "ready_tie": (I8, 2),  # (Q, K)
        "ready_task": (I8, 2),  # (Q, K)
        "ready": (I8, 1),  # (Q,) sizes
        "idle": (I8, 2),  # (Q, G) rings: the longest idle first
        "idle_head": (I8, 1),  # (Q,)
        "idle_count": (I8, 1),  # (Q,)
        "sending": (I8, 1),  # (Q,) 1 while a SEND event is queued
        "free_from": (I8, 1),  # (Q,) the first second at which the gateway may send again
        "size": (I8, 1),  # (1,) events in the heap
    }
    __slots__ = tuple(FIELDS)
    event_s: NDArray[np.int64]
    event_key: NDArray[np.int64]
    event_task: NDArray[np.int64]
    ready_key: NDArray[np.int64]
    ready_tie: NDArray[np.int64]
    ready_task: NDArray[np.int64]
    ready: NDArray[np.int64]
    idle: NDArray[np.int64]
    idle_head: NDArray[np.int64]
    idle_count: NDArray[np.int64]
    sending: NDArray[np.int64]
    free_from: NDArray[np.int64]
    size: NDArray[np.int64]


@rule
def push_event(q: Queues, t: int, order: int, task: int) -> None:
    """Put an event into the queue."""
    at = q.size[0]
    q.size[0] = at + 1
    while at > 0:
        up = (at - 1) >> 1
        if q.event_s[up] < t or (q.event_s[up] == t and q.event_key[up] < order):
            break
        q.event_s[at] = q.event_s[up]
        q.event_key[at] = q.event_key[up]
        q.event_task[at] = q.event_task[up]
        at = up
    q.event_s[at] = t
    q.event_key[at] = order
    q.event_task[at] = task


@rule
def drop_event(q: Queues) -> None:
    """Take the first event off the queue (its columns were read at place 0 before)."""
    n = q.size[0] - 1
    q.size[0] = n
    t = q.event_s[n]
    order = q.event_key[n]
    task = q.event_task[n]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= n:
            break
        right = down + 1
        if right < n and (q.event_s[right] < q.event_s[down] or (
                q.event_s[right] == q.event_s[down] and q.event_key[right] < q.event_key[down])):
            down = right
        if t < q.event_s[down] or (t == q.event_s[down] and order < q.event_key[down]):
            break
        q.event_s[at] = q.event_s[down]
        q.event_key[at] = q.event_key[down]
        q.event_task[at] = q.event_task[down]
        at = down
    q.event_s[at] = t
    q.event_key[at] = order
    q.event_task[at] = task


@rule
def push_ready(world: World, q: Queues, pool: int, k: int) -> None:
    """Put task k into its pool's queue; ties of the key go by the person's row, which is by hash."""
    world.task[k].state = TaskState.READY
    order = world.task[k].key
    tie = world.task[k].person
    at = q.ready[pool]
    q.ready[pool] = at + 1
    while at > 0:
        up = (at - 1) >> 1
        if q.ready_key[pool, up] < order or (q.ready_key[pool, up] == order and q.ready_tie[pool, up] < tie):
            break
        q.ready_key[pool, at] = q.ready_key[pool, up]
        q.ready_tie[pool, at] = q.ready_tie[pool, up]
        q.ready_task[pool, at] = q.ready_task[pool, up]
        at = up
    q.ready_key[pool, at] = order
    q.ready_tie[pool, at] = tie
    q.ready_task[pool, at] = k


@rule
def pop_ready(q: Queues, pool: int) -> int:
    """Take the first task off a pool's queue."""
    first = q.ready_task[pool, 0]
    n = q.ready[pool] - 1
    q.ready[pool] = n
    order = q.ready_key[pool, n]
    tie = q.ready_tie[pool, n]
    k = q.ready_task[pool, n]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= n:
            break
        right = down + 1
        if right < n and (q.ready_key[pool, right] < q.ready_key[pool, down] or (
                q.ready_key[pool, right] == q.ready_key[pool, down]
                and q.ready_tie[pool, right] < q.ready_tie[pool, down])):
            down = right
        if order < q.ready_key[pool, down] or (order == q.ready_key[pool, down] and tie < q.ready_tie[pool, down]):
            break
        q.ready_key[pool, at] = q.ready_key[pool, down]
        q.ready_tie[pool, at] = q.ready_tie[pool, down]
        q.ready_task[pool, at] = q.ready_task[pool, down]
        at = down
    q.ready_key[pool, at] = order
    q.ready_tie[pool, at] = tie
    q.ready_task[pool, at] = k
    return first
