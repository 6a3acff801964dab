"""What planning needs compiled: administrative steps, and turning plans into tasks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.codes import Flag, Row, TaskState
from sim.compiled import rule
from sim.rules.logging import note, seal, write
from sim.rules.payment import pass_time, renew_base, schedule_payment
from sim.rules.tasks import team_pool
from sim.state import FREE_TASK, N_TASKS, World

INBOUND_KEYS = 4
"""Keys below this are callers; planned work follows in order of priority."""


@rule
def apply_status(world: World, a: int, step: int, t: int, hardship: int, stopped: int, fees: float, interest: float,
                 until: int) -> None:
    """Carry out an administrative step at a tick: a hardship plan, an offer, channels never used again.

    Reads: account, person. Writes: person.flags, opted_out, offer, payment clock, log (STATUS; value: 1 hardship plan,
    2 offer, 4 stop, added up). Draws: nothing.
    """
    i = world.account[a].person
    p = world.person[i]
    value = 0
    pass_time(world, i, t)
    if hardship == 1 and p.flags & Flag.HARDSHIP_PLAN == 0:
        p.flags |= Flag.HARDSHIP_PLAN
        value += 1
    if until > t:
        p.offer_until_s = until
        p.offer_fees = fees
        p.offer_interest = interest
        value += 2
    if stopped & ~p.opted_out:
        p.opted_out |= stopped
        value += 4
    renew_base(world, i, t)
    schedule_payment(world, i)
    state = world.step_state[a, step]
    state.attempts += 1
    state.done = 1
    if value > 0:
        note(world, t, Row.STATUS, i, a, world.account[a].arm, 0, step, -1, value)


@rule
def renew_firing(world: World, a: int, s: int, day: int) -> None:
    """Begin a step's first firing, or its next where it repeats and the last is over. Writes: step state."""
    spec = world.step[s]
    state = world.step_state[a, s]
    if state.first_day < 0 or (spec.repeats == 1 and (state.done == 1 or day >= state.first_day + spec.open_days)):
        state.first_day = day
        state.attempts = 0
        state.done = 0


@rule
def pools_of(world: World, account: NDArray[np.int32], step: NDArray[np.int16]) -> NDArray[np.int64]:
    """Return the pool of each action (actions,)."""
    out = np.empty(len(account), np.int64)
    for n in range(len(account)):
        out[n] = team_pool(world, world.step[step[n]].pool, np.int64(account[n]))
    return out


@rule
def fill_tasks(world: World, account: NDArray[np.int32], step: NDArray[np.int16], arm: NDArray[np.int16],
               open_s: NDArray[np.int64], close_s: NDArray[np.int64], order: NDArray[np.int64], day: int, t: int,
               out: NDArray[np.int64]) -> None:
    """Turn merged actions into waiting tasks and log them as planned. The caller has reserved tasks and log rows.

    Arrays of shape (actions,); `order` is the queue key (priority, then keyed random). Writes: task, step state, log
    (PLANNED: value = attempts allowed today), `out`: the tasks' numbers.
    """
    for n in range(len(account)):
        a = np.int64(account[n])
        s = np.int64(step[n])
        i = world.account[a].person
        spec = world.step[s]
        state = world.step_state[a, s]
        renew_firing(world, a, s, day)
        state.pending = 1
        state.hold_day = -1
        state.open_s = spec.open_s
        state.close_s = spec.close_s
        k = world.counters[FREE_TASK]
        task = world.task[k]
        world.counters[FREE_TASK] = task.next
        world.counters[N_TASKS] -= 1
        task.person = i
        task.account = a
        task.step = s
        task.channel = spec.channel
        task.pool = team_pool(world, spec.pool, a)
        task.content = spec.content
        task.arm = arm[n]
        task.key = order[n]
        task.open_s = open_s[n]
        task.close_s = close_s[n]
        task.attempts = 0
        task.inbound = 0
        task.ordinal = 0
        task.outcome = 0
        task.agent = -1
        task.state = TaskState.WAITING
        out[n] = k
        row = write(world, t, Row.PLANNED, i, a, np.int64(arm[n]), 0, s)
        world.log[row].step = s
        world.log[row].channel = spec.channel
        world.log[row].pool = task.pool
        seal(world, row)


@rule
def log_merged(world: World, account: NDArray[np.int32], step: NDArray[np.int16], arm: NDArray[np.int16], day: int,
               t: int) -> None:
    """Let another action for the same person and channel take these along (row MERGED).

    A merged step has had its day: the day's attempts count as made, so that a person with three accounts is not called
    three times as often. Writes: step state, log. Draws: nothing.
    """
    for n in range(len(account)):
        a = np.int64(account[n])
        s = np.int64(step[n])
        renew_firing(world, a, s, day)
        state = world.step_state[a, s]
        state.attempts += world.step[s].per_day
        if state.attempts >= world.step[s].total:
            state.done = 1
        row = write(world, t, Row.MERGED, world.account[a].person, a, np.int64(arm[n]), 0, s)
        world.log[row].step = s
        world.log[row].channel = world.step[s].channel
        seal(world, row)
