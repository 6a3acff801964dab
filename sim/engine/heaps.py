"""The compiled desk's own arrays: the event queue, an array heap, and the pools' queues of ready tasks.

What was planned for a window joins its queue together and already in order: a run. It is handed out from the front,
which costs nothing; only what comes one by one (callers, repeated attempts) goes through a heap beside the run.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.arrays import ArraySet
from sim.codes import TaskState
from sim.compiled import rule
from sim.order import tie_of
from sim.state import I8, NEVER, World

EVENT_QUEUE = ("event_s", "event_key", "event_task")
TASK_QUEUES = ("ready_key", "ready_tie", "ready_task", "run_key", "run_tie", "run_task")
BY_POOL = ("ready", "run_first", "run_end", "idle_head", "idle_count", "sending", "free_from")


class Queues(ArraySet):
    """The desk's own arrays. N events, Q pools, K tasks, G agents."""

    FIELDS: ClassVar = {
        "event_s": (I8, 1),  # (N,) heap by (event_s, event_key)
        "event_key": (I8, 1),  # (N,)
        "event_task": (I8, 1),  # (N,) a task, or an agent for FREE
        "ready_key": (I8, 2),  # (Q, K) heaps by (ready_key, ready_tie)
        "ready_tie": (I8, 2),  # (Q, K)
        "ready_task": (I8, 2),  # (Q, K)
        "ready": (I8, 1),  # (Q,) sizes of the heaps
        "run_key": (I8, 2),  # (Q, K) runs, ascending by (run_key, run_tie) from run_first to run_end - 1
        "run_tie": (I8, 2),  # (Q, K)
        "run_task": (I8, 2),  # (Q, K)
        "run_first": (I8, 1),  # (Q,)
        "run_end": (I8, 1),  # (Q,)
        "idle": (I8, 2),  # (Q, G) rings: the longest idle first
        "idle_head": (I8, 1),  # (Q,)
        "idle_count": (I8, 1),  # (Q,)
        "sending": (I8, 1),  # (Q,) 1 while a SEND event is queued
        "free_from": (I8, 1),  # (Q,) the first second at which the gateway may send again
        "size": (I8, 1),  # (1,) events in the heap
        "open_root": (I8, 1),  # (1,) 1 while the heap's root is open: its other events are at places 1 to size
    }
    __slots__ = tuple(FIELDS)
    event_s: NDArray[np.int64]
    event_key: NDArray[np.int64]
    event_task: NDArray[np.int64]
    ready_key: NDArray[np.int64]
    ready_tie: NDArray[np.int64]
    ready_task: NDArray[np.int64]
    ready: NDArray[np.int64]
    run_key: NDArray[np.int64]
    run_tie: NDArray[np.int64]
    run_task: NDArray[np.int64]
    run_first: NDArray[np.int64]
    run_end: NDArray[np.int64]
    idle: NDArray[np.int64]
    idle_head: NDArray[np.int64]
    idle_count: NDArray[np.int64]
    sending: NDArray[np.int64]
    free_from: NDArray[np.int64]
    size: NDArray[np.int64]
    open_root: NDArray[np.int64]


def empty_queues(pools: int, agents: int, tasks: int, events: int) -> Queues:
    """Return empty queues with room for so many agents in the largest pool, tasks and events."""
    return Queues(idle=np.zeros((pools, agents), np.int64), size=np.zeros(1, np.int64),
                  open_root=np.zeros(1, np.int64),
                  **{name: np.zeros(pools, np.int64) for name in BY_POOL},
                  **{name: np.zeros((pools, tasks), np.int64) for name in TASK_QUEUES},
                  **{name: np.zeros(events, np.int64) for name in EVENT_QUEUE})


@rule
def next_second(q: Queues) -> int:
    """Return the second of the first event, NEVER without one; its columns stand at place 0 from now on."""
    n = q.size[0]
    if q.open_root[0] == 1:
        q.open_root[0] = 0
        if n > 0:
            sift_down(q, q.event_s[n], q.event_key[n], q.event_task[n], n)
    if n == 0:
        return int(NEVER)
    return q.event_s[0]


@rule
def drop_event(q: Queues) -> None:
    """Take the first event off the queue. Its place stays open: mostly an event follows that can go right there."""
    q.size[0] -= 1
    q.open_root[0] = 1


@rule
def push_event(q: Queues, t: int, order: int, task: int) -> None:
    """Put an event into the queue."""
    at = q.size[0]
    q.size[0] = at + 1
    if q.open_root[0] == 1:
        q.open_root[0] = 0
        sift_down(q, t, order, task, at + 1)
        return
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
def sift_down(q: Queues, t: int, order: int, task: int, n: int) -> None:
    """Put an event at the root of a heap of n events, root included, and let it sink to its place."""
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
def tie_of_task(world: World, k: int) -> int:
    """Return what orders task k among tasks of equal keys."""
    task = world.task[k]
    return tie_of(task.person, task.channel, task.step, task.ordinal)


@rule
def push_ready(world: World, q: Queues, pool: int, k: int) -> None:
    """Put task k into its pool's heap."""
    world.task[k].state = TaskState.READY
    order = world.task[k].key
    tie = tie_of_task(world, k)
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
def add_run(world: World, q: Queues, pool: int, tasks: NDArray[np.int64]) -> None:
    """Put tasks that come in order of their keys into the pool's run, merged with what is left of the last one."""
    old_key = q.run_key[pool, q.run_first[pool]:q.run_end[pool]].copy()
    old_tie = q.run_tie[pool, q.run_first[pool]:q.run_end[pool]].copy()
    old_task = q.run_task[pool, q.run_first[pool]:q.run_end[pool]].copy()
    old = 0
    at = 0
    for k in tasks:
        world.task[k].state = TaskState.READY
        order = world.task[k].key
        tie = tie_of_task(world, k)
        while old < len(old_key) and (old_key[old] < order or (old_key[old] == order and old_tie[old] < tie)):
            put_run(q, pool, at, old_key[old], old_tie[old], old_task[old])
            at += 1
            old += 1
        put_run(q, pool, at, order, tie, k)
        at += 1
    while old < len(old_key):
        put_run(q, pool, at, old_key[old], old_tie[old], old_task[old])
        at += 1
        old += 1
    q.run_first[pool] = 0
    q.run_end[pool] = at


@rule
def put_run(q: Queues, pool: int, at: int, order: int, tie: int, k: int) -> None:
    """Put a task at a place of the run, or before it where keys that are equal came in another order."""
    while at > 0 and (q.run_key[pool, at - 1] > order or (q.run_key[pool, at - 1] == order
                                                          and q.run_tie[pool, at - 1] > tie)):
        q.run_key[pool, at] = q.run_key[pool, at - 1]
        q.run_tie[pool, at] = q.run_tie[pool, at - 1]
        q.run_task[pool, at] = q.run_task[pool, at - 1]
        at -= 1
    q.run_key[pool, at] = order
    q.run_tie[pool, at] = tie
    q.run_task[pool, at] = k


@rule
def waiting(q: Queues, pool: int) -> int:
    """Return how many tasks are in a pool's queue."""
    return q.ready[pool] + q.run_end[pool] - q.run_first[pool]


@rule
def pop_ready(q: Queues, pool: int) -> int:
    """Take the first task off a pool's queue: that of the run or that of the heap."""
    front = q.run_first[pool]
    if front < q.run_end[pool] and (q.ready[pool] == 0 or q.run_key[pool, front] < q.ready_key[pool, 0] or (
            q.run_key[pool, front] == q.ready_key[pool, 0] and q.run_tie[pool, front] < q.ready_tie[pool, 0])):
        q.run_first[pool] = front + 1
        return q.run_task[pool, front]
    return pop_heap(q, pool)


@rule
def pop_heap(q: Queues, pool: int) -> int:
    """Take the first task off a pool's heap."""
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
