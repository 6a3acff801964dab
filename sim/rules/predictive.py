"""Predictive dialling: more dials than idle agents, and what becomes of a call that is answered when nobody is idle.

A dial ahead rings without an agent. Its row of the log is written when its course is known, at the second at which it began.
"""

from __future__ import annotations

from sim.codes import Outcome
from sim.compiled import rule
from sim.order import Kind
from sim.rules.contact import SHORT_TALK_S, count_attempt, end, note_attempt, ring, talk_seconds
from sim.rules.conversation import feel_pressure
from sim.rules.gate_facts import attempt_ends
from sim.rules.person import advance
from sim.rules.tasks import settle_step
from sim.state import World

AHEAD = 2
"""Value of the log row of a dial ahead: its ringing took nobody's time."""


@rule
def may_dial(world: World, pool: int, idle: int) -> bool:
    """Return whether one more call may ring without an agent: so many for each idle agent, fewer the nearer the share of
    abandoned calls is to its ceiling, one (progressive) from there on.

    Reads: pool. Writes, Draws: nothing.
    """
    p = world.pool[pool]
    lines = 1.0
    if p.abandoned < p.ceiling:
        lines += (p.lines_per_agent - 1.0) * (1.0 - p.abandoned / p.ceiling)
    return p.ringing < int(lines * idle)


@rule
def ring_out(world: World, k: int, t: int) -> int:
    """Dial task k ahead at t. Returns the seconds until it is answered or not.

    Writes: task, tally, person.in_flight, pool.ringing. Draws: as `ring`.
    """
    count_attempt(world, k, t, -1)
    task = world.task[k]
    world.person[task.person].in_flight = 1
    task.ringing = 1
    world.pool[task.pool].ringing += 1
    lead = ring(world, k, t)
    return lead if lead > 0 else 1


@rule
def stop_ringing(world: World, k: int) -> bool:
    """Let task k's dial ahead end; returns whether somebody answered. Writes: task, pool.ringing. Draws: nothing."""
    task = world.task[k]
    task.ringing = 0
    world.pool[task.pool].ringing -= 1
    outcome = task.outcome
    return outcome == Outcome.CONVERSATION or outcome == Outcome.REFUSED or outcome == Outcome.WRONG_PARTY


@rule
def count_answer(world: World, pool: int, given_up: float) -> None:
    """Take an answered call into the desk's rolling share of abandoned ones. Writes: pool.abandoned. Draws: nothing."""
    p = world.pool[pool]
    p.abandoned += p.newest * (given_up - p.abandoned)


@rule
def connect(world: World, k: int, t: int, agent: int) -> int:
    """Give the answered task k to an idle agent at t. Returns the seconds until its outcome.

    Writes: task, pool, log (ATTEMPT: value AHEAD). Draws: TALK at the n-th.
    """
    task = world.task[k]
    task.agent = agent
    talk = talk_seconds(world, k) if task.outcome == Outcome.CONVERSATION else SHORT_TALK_S
    lead = t - task.start_s
    task.duration_s = lead + talk
    task.end_s = t + talk
    count_answer(world, task.pool, 0.0)
    note_attempt(world, k, task.start_s, lead, talk, AHEAD)
    return talk


@rule
def not_answered(world: World, k: int, t: int) -> None:
    """Nobody answers the dial ahead of task k, as it turns out at t. Writes: log (ATTEMPT), and as `end`. Draws: as `end`."""
    task = world.task[k]
    task.duration_s = t - task.start_s
    task.end_s = t
    note_attempt(world, k, task.start_s, t - task.start_s, 0, AHEAD)
    end(world, k, t)


@rule
def abandon(world: World, k: int, t: int) -> None:
    """Somebody answers task k's dial ahead at t and finds nobody: it presses them as a contact does, and is tried again as a call
    that nobody answered. Writes: log (ATTEMPT, outcome ABANDONED), pool, person, step state, outbox. Draws: nothing.
    """
    task = world.task[k]
    i = task.person
    task.duration_s = t - task.start_s
    task.end_s = t
    task.outcome = Outcome.ABANDONED
    note_attempt(world, k, task.start_s, t - task.start_s, 0, AHEAD)
    count_answer(world, task.pool, 1.0)
    advance(world, i, t)
    world.person[i].in_flight = 0
    if len(world.gate_rule) > 0:
        attempt_ends(world, k)
    feel_pressure(world, i, t, world.channel[task.channel].pressure_weight)
    settle_step(world, k, t, Outcome.NO_ANSWER, Kind.RETRY)
