"""Tasks: taken from and given back to a free list, and the outbox through which rules cause later events."""

from __future__ import annotations

from sim.codes import Outcome, TaskState
from sim.compiled import rule
from sim.rules.clock import DAY_S, local_day, second_of_local
from sim.state import FULL, N_OUTBOX, N_TASKS, World

TASK_MARGIN = 64
"""Free tasks that must be left for what one event can cause."""


@rule
def post(world: World, t: int, kind: int, k: int) -> None:
    """Ask the desk to make event `kind` of task k happen at second t. Writes: outbox, counters."""
    n = world.counters[N_OUTBOX]
    world.outbox[n].t_s = t
    world.outbox[n].kind = kind
    world.outbox[n].task = k
    world.counters[N_OUTBOX] = n + 1


@rule
def team_pool(world: World, pool: int, a: int) -> int:
    """Return the pool that works for account a: its team's, where the desk is divided into teams."""
    teams = world.pool[pool].teams
    return pool + world.account[a].team % teams if teams > 1 else pool


@rule
def take_task(world: World) -> int:
    """Return a free task's index. The desk guarantees that one is left (`TASK_MARGIN`). Writes: counters."""
    left = world.counters[N_TASKS] - 1
    world.counters[N_TASKS] = left
    if left < TASK_MARGIN:
        world.counters[FULL] = 1
    return world.free_task[left]


@rule
def finish_task(world: World, k: int) -> None:
    """Give task k back. Writes: task, its step's `pending`, counters."""
    task = world.task[k]
    if task.step >= 0:
        world.step_state[task.account, task.step].pending = 0
    task.state = TaskState.FREE
    world.free_task[world.counters[N_TASKS]] = k
    world.counters[N_TASKS] += 1


@rule
def settle_step(world: World, k: int, t: int, outcome: int, retry_kind: int) -> None:
    """Decide what follows an attempt for its step: done, again today (an event `retry_kind`), another day, or given up.

    Reads: step, retry table. Writes: step state, task, outbox. Draws: nothing.
    """
    task = world.task[k]
    if task.step < 0:
        finish_task(world, k)
        return
    step = world.step[task.step]
    state = world.step_state[task.account, task.step]
    retry = world.retry[task.step, outcome]
    reached = outcome == Outcome.CONVERSATION or outcome == Outcome.MET or outcome == Outcome.DELIVERED
    hopeless = outcome == Outcome.INVALID
    wanted = retry.delay_s > 0 or retry.delay_days > 0
    if reached or hopeless or not wanted or state.attempts >= step.total:
        state.done = 1
        finish_task(world, k)
        return
    zone = world.person[task.person].zone
    day = local_day(world, zone, t)
    open_s = retry.open_s if retry.open_s >= 0 else step.open_s
    close_s = retry.close_s if retry.open_s >= 0 else step.close_s
    if retry.delay_days > 0:
        state.hold_day = day + retry.delay_days
        state.open_s = open_s
        state.close_s = close_s
        finish_task(world, k)
        return
    again = t + retry.delay_s
    opens = second_of_local(world, zone, day * DAY_S + open_s)
    closes = second_of_local(world, zone, day * DAY_S + close_s)
    again = opens if again < opens else again
    if task.attempts >= step.per_day or again >= closes:
        finish_task(world, k)
        return
    task.open_s = again
    task.close_s = closes
    task.state = TaskState.WAITING
    post(world, again, retry_kind, k)
