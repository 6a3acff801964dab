"""What planning needs compiled: administrative steps, and turning plans into tasks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.arrays import prefetch
from sim.codes import AccountStatus, Flag, Row, TaskState
from sim.compiled import rule
from sim.randomness import Draw, uniform
from sim.rules.logging import note, seal, write
from sim.rules.payment import pass_time, renew_base, schedule_payment
from sim.rules.tasks import team_pool
from sim.state import N_TASKS, STEP_STATE, Records, World

INBOUND_KEYS = 4
"""Keys below this are callers; planned work follows in order of priority."""
LUCK_BITS = 52
LUCK = 2.0**LUCK_BITS
"""A queue key is priority, then this many bits of keyed luck."""
AHEAD, TASK_LINES = 8, 3
"""How many actions ahead the place of a task is fetched, and its cache lines."""
PENDING, ADMINISTRATIVE, KEPT, MERGED = 0, 1, 2, 3
"""What becomes of an action."""
NO_ACTION, UNDER_WAY = -1, -2
"""In place of the number of the best action for a person and channel."""


@rule
def apply_status(world: World, a: int, step: int, t: int, hardship: int, stopped: int, fees: float, interest: float,
                 principal: float, until: int) -> None:
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
        p.offer_principal = principal
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
        # What a contact rule put off goes on with the attempts that it has left.
        state.attempts = state.attempts if state.deferred == 1 and state.done == 0 else 0
        state.first_day = day
        state.done = 0


@rule
def open_accounts(world: World, arm: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the open accounts of an arm and their persons, (rows,) each. Reads: account. Writes, Draws: nothing."""
    account = np.empty(len(world.account), np.int32)
    person = np.empty(len(world.account), np.int64)
    rows = 0
    for a in range(len(world.account)):
        if world.account[a].status == AccountStatus.OPEN and world.account[a].arm == arm:
            account[rows] = a
            person[rows] = world.account[a].person
            rows += 1
    return account[:rows].copy(), person[:rows].copy()


@rule
def step_states(world: World, account: NDArray[np.int32], s: int) -> Records:
    """Return what happened so far to step s of some accounts, STEP_STATE (rows,). Reads: step state. Writes, Draws: nothing."""
    out = np.empty(len(account), STEP_STATE)
    for n in range(len(account)):
        out[n] = world.step_state[account[n], s]
    return out


@rule
def judge_actions(world: World, account: NDArray[np.int32], step: NDArray[np.int16], priority: NDArray[np.int16], day: int,
                  best: NDArray[np.int32], key: NDArray[np.int64], pool: NDArray[np.int64],
                  verdict: NDArray[np.int8]) -> None:
    """Decide what becomes of each action. For each person and channel one account's are kept: its whose action is first in the
    queue's order; the person's other accounts go along.

    Arrays of shape (actions,), the last three filled here: the queue key (priority, then a keyed random number that is
    blind to arm and strategy), the pool, and PENDING (the step is under way), ADMINISTRATIVE, KEPT or MERGED (another
    account's action, or work that is still under way, takes it along). `best` (persons * channels,) is scratch of NO_ACTION, and
    is left so. Reads: step state, tasks. Writes: nothing else. Draws: ORDER at the day.
    """
    channels = len(world.channel)
    seed = world.params[0].behaviour_seed
    mark_busy(world, best, UNDER_WAY)
    for n in range(len(account)):
        a = np.int64(account[n])
        spec = world.step[step[n]]
        if world.step_state[a, step[n]].pending == 1:
            verdict[n] = PENDING
            continue
        if spec.channel < 0:
            verdict[n] = ADMINISTRATIVE
            continue
        owner = world.account[a]
        luck = np.int64(uniform(seed, owner.id, Draw.ORDER, day) * LUCK)
        key[n] = (np.int64(priority[n]) + INBOUND_KEYS) << LUCK_BITS | luck
        pool[n] = team_pool(world, spec.pool, a)
        verdict[n] = MERGED
        place = owner.person * channels + spec.channel
        rival = best[place]
        if rival == NO_ACTION or (rival >= 0 and key[n] < key[rival]):
            best[place] = n
    mark_busy(world, best, NO_ACTION)
    for n in range(len(account)):
        if verdict[n] == MERGED:
            place = world.account[account[n]].person * channels + world.step[step[n]].channel
            if best[place] >= 0 and account[best[place]] == account[n]:
                verdict[n] = KEPT
    for n in range(len(account)):
        if verdict[n] == KEPT:
            best[world.account[account[n]].person * channels + world.step[step[n]].channel] = NO_ACTION


@rule
def mark_busy(world: World, best: NDArray[np.int32], mark: int) -> None:
    """Put a mark on each person and channel with planned work from an earlier day. Reads: tasks. Writes: `best`."""
    if world.counters[N_TASKS] == len(world.task):
        return
    for k in range(len(world.task)):
        task = world.task[k]
        if task.state != TaskState.FREE and task.step >= 0 and task.inbound == 0:
            best[task.person * len(world.channel) + task.channel] = mark


@rule
def fill_tasks(world: World, account: NDArray[np.int32], step: NDArray[np.int16], arm: NDArray[np.int16],
               open_s: NDArray[np.int64], close_s: NDArray[np.int64], again: NDArray[np.bool_], key: NDArray[np.int64],
               turn: NDArray[np.int64], day: int, t: int) -> NDArray[np.int64]:
    """Turn kept actions into waiting tasks and log them as planned. The caller has reserved tasks and log rows.

    Arrays of shape (actions,) but for `turn` (kept,): the kept actions in the queue's order. Returns the numbers of
    their tasks in that order. Writes: task, step state, log (PLANNED). Draws: nothing.
    """
    tasks = np.empty(len(turn), np.int64)
    slot = np.full(len(account), -1)
    # Tasks lie in memory as they will be handed out; accounts are visited as they lie in memory.
    free = world.counters[N_TASKS]
    for n in range(len(turn)):
        k = world.free_task[free - 1 - n]
        tasks[n] = k
        slot[turn[n]] = k
    world.counters[N_TASKS] -= len(turn)
    for n in range(len(account)):
        if n + AHEAD < len(account) and slot[n + AHEAD] >= 0:
            for line in range(TASK_LINES):
                prefetch(world.task, slot[n + AHEAD], line)
        k = slot[n]
        if k < 0:
            continue
        a = np.int64(account[n])
        s = np.int64(step[n])
        spec = world.step[s]
        state = world.step_state[a, s]
        renew_firing(world, a, s, day)
        state.pending = 1
        state.hold_day = -1
        state.deferred = 0
        state.open_s = spec.open_s
        state.close_s = spec.close_s
        task = world.task[k]
        task.person = world.account[a].person
        task.account = a
        task.step = s
        task.channel = spec.channel
        task.pool = team_pool(world, spec.pool, a)
        task.content = spec.content
        task.arm = arm[n]
        task.key = key[n]
        task.open_s = open_s[n]
        task.close_s = close_s[n]
        task.attempts = 0
        task.inbound = 0
        task.ordinal = 0
        task.outcome = 0
        task.agent = -1
        task.again = 1 if again[n] else 0
        task.state = TaskState.WAITING
        row = write(world, t, Row.PLANNED, task.person, a, task.arm, 0, s)
        world.log[row].step = s
        world.log[row].channel = spec.channel
        world.log[row].pool = task.pool
        seal(world, row)
    return tasks


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
