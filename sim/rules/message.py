"""Messages: sent, delivered, read after a while, acted on. They reveal nothing and promise nothing."""

from __future__ import annotations

from sim.codes import Event, Outcome, Row
from sim.compiled import rule
from sim.order import Kind
from sim.randomness import CHANNEL_STRIDE, Draw, uniform
from sim.rules.arrangement import propose
from sim.rules.clock import local_day
from sim.rules.contact import count_attempt
from sim.rules.conversation import call_back, feel_pressure, goodwill, leave_mark, make_offer, take_offence
from sim.rules.exact import lognormal
from sim.rules.gate_facts import attempt_ends
from sim.rules.logging import note, seal, write
from sim.rules.payment import persuade
from sim.rules.person import advance
from sim.rules.tasks import finish_task, post, settle_step
from sim.state import World


@rule
def send(world: World, k: int, t: int) -> None:
    """Send task k's message at t. If it will be read, the reading is a later event that keeps the task.

    Reads: channel, person. Writes: tally, task, step state, log (ATTEMPT), outbox. Draws: DELIVERED, READ, READ_DELAY.
    """
    count_attempt(world, k, t, -1)
    task = world.task[k]
    i = task.person
    p = world.person[i]
    c = world.channel[task.channel]
    seed = world.params[0].behaviour_seed
    own = CHANNEL_STRIDE * task.channel
    n = task.ordinal
    outcome = Outcome.UNDELIVERED
    if p.number_valid == 1 and uniform(seed, p.id, Draw.DELIVERED + own, n) < c.delivered:
        outcome = Outcome.DELIVERED
        world.tally[i, task.channel, 1] += 1
        world.event_day[i, Event.CONTACT] = local_day(world, p.zone, t)
    task.outcome = outcome
    if len(world.gate_rule) > 0:
        attempt_ends(world, k)
    row = write(world, t, Row.ATTEMPT, i, task.account, task.arm, 0, n)
    r = world.log[row]
    r.step = task.step
    r.channel = task.channel
    r.pool = task.pool
    r.outcome = outcome
    seal(world, row)
    if outcome == Outcome.DELIVERED and uniform(seed, p.id, Draw.READ + own, n) < c.read:
        delay = lognormal(uniform(seed, p.id, Draw.READ_DELAY + own, n), c.read_delay_median_s, c.read_delay_sigma)
        world.step_state[task.account, task.step].done = 1
        post(world, t + 1 + int(delay), Kind.READ, k)
        return
    settle_step(world, k, t, outcome, Kind.RETRY)


@rule
def read(world: World, k: int, t: int) -> None:
    """The message of task k is read at t: persuasion, a reminder of a promise, a call-back, or offence.

    Reads: content, channel, person. Writes: payment clock, person, log (READ), outbox. Draws: CALL_BACK, COMPLAINT,
    OPT_OUT.
    """
    task = world.task[k]
    i = task.person
    advance(world, i, t)
    p = world.person[i]
    if p.open_accounts > 0:
        c = world.channel[task.channel]
        note(world, t, Row.READ, i, task.account, task.arm, 0, task.ordinal, task.channel, 0)
        feel_pressure(world, i, t, c.pressure_weight)
        leave_mark(world, i, t, task.channel)
        content = world.content[task.content]
        if content.reminds == 1 and p.promise_live == 1:
            p.promise_reminded = 1
        make_offer(world, k, t)
        if world.mechanism[0].arranges == 1:
            propose(world, k, t, world.mechanism[0].by_message)
        factor = world.reason[p.reason].persuaded * goodwill(world, i, task.channel)
        persuade(world, i, t, content.log_odds * p.sensitivity * factor)
        call_back(world, k, t, c.call_back)
        take_offence(world, k, t)
    finish_task(world, k)

