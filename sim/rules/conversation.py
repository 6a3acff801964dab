"""What happens when the right person talks: a reason comes to light, money is paid or promised, or it goes wrong."""

from __future__ import annotations

from sim.codes import AccountStatus, Event, Flag, Reason, ResourceKind, Row, TaskState
from sim.compiled import rule
from sim.order import Kind
from sim.randomness import CHANNEL_STRIDE, Draw, uniform
from sim.rules.arrangement import propose
from sim.rules.clock import DAY_S, local_day
from sim.rules.exact import exp_exact, exponential_quantile, log_exact
from sim.rules.logging import note
from sim.rules.payment import (
    amount_to_pay,
    new_residual,
    next_account,
    pass_time,
    persuade,
    receive,
    renew_base,
    schedule_payment,
    stage_of,
)
from sim.rules.promise import check_kept, make_promise
from sim.rules.tasks import post, take_task, team_pool
from sim.state import World

PAYS_NOW_ORDINAL = 1 << 20
"""Amounts paid in a conversation take luck of their own, apart from payments made by oneself."""


@rule
def feel_pressure(world: World, i: int, t: int, weight: float) -> None:
    """Add a contact to the person's pressure, a count that halves with time. Writes: person.pressure, pressure_s."""
    p = world.person[i]
    if p.pressure > 0.0:
        p.pressure *= exp_exact(-world.params[0].pressure_decay_per_s * (t - p.pressure_s))
    p.pressure += weight
    p.pressure_s = t


@rule
def leave_mark(world: World, i: int, t: int, channel: int) -> None:
    """Let a contact on `channel` in the person's early phase leave its mark for good. Writes: person.mark. Draws: nothing."""
    weight = world.channel[channel].carry_over
    if weight > 0.0 and t < world.person[i].entry_s + world.mechanism[0].mark_until_s:
        world.person[i].mark += weight


@rule
def goodwill(world: World, i: int, channel: int) -> float:
    """Return what habituation, carry-over and backfire leave of a contact's effect.

    habituation ** (pressure of earlier contacts) * e ** (-carry-over * marks) - backfire * max(0, pressure / tolerance - 1):
    with the last on, contact beyond what the person bears drives them away, so that the answer to more is not monotone.

    Reads: channel, mechanism, pressure, tolerance, mark. Writes, Draws: nothing.
    """
    c = world.channel[channel]
    p = world.person[i]
    factor = 1.0
    earlier = p.pressure - c.pressure_weight
    if earlier > 0.0 and c.habituation < 1.0:
        factor = exp_exact(log_exact(c.habituation) * earlier)
    if p.mark > 0.0:
        factor *= exp_exact(-world.mechanism[0].mark_log * p.mark)
    backfire = world.mechanism[0].backfire
    if backfire > 0.0 and p.pressure > p.tolerance:
        factor -= backfire * (p.pressure / p.tolerance - 1.0)
    return factor


@rule
def make_offer(world: World, k: int, t: int) -> None:
    """Make the offer of task k's step to the person it reached, if the step has one and none is live.

    Reads: step. Writes: offer, payment clock, log (STATUS, value 2). Draws: nothing.
    """
    task = world.task[k]
    if task.step < 0 or world.step[task.step].offer_days == 0:
        return
    i = task.person
    p = world.person[i]
    if p.offer_until_s > t:
        return
    step = world.step[task.step]
    pass_time(world, i, t)
    p.offer_until_s = t + step.offer_days * DAY_S
    p.offer_fees = step.offer_fees
    p.offer_interest = step.offer_interest
    p.offer_principal = step.offer_principal
    renew_base(world, i, t)
    schedule_payment(world, i)
    note(world, t, Row.STATUS, i, task.account, task.arm, 0, task.step, task.channel, 2)


@rule
def take_offence(world: World, k: int, t: int) -> None:
    """The person may complain, and may ask not to be contacted on this channel again.

    Reads: channel, pressure, tolerance. Writes: flags, opted_out, event_day, log (COMPLAINT, OPT_OUT). Draws:
    COMPLAINT, OPT_OUT, DISPUTED at the n-th contact of the channel. All grow with pressure over the person's tolerance, and,
    where staff is simulated, with the agent's conduct, which may also provoke a dispute.
    """
    task = world.task[k]
    i = task.person
    p = world.person[i]
    c = world.channel[task.channel]
    seed = world.params[0].behaviour_seed
    own = CHANNEL_STRIDE * task.channel
    strain = 1.0 + p.pressure / p.tolerance
    staffed = world.mechanism[0].staff == 1 and task.agent >= 0
    if staffed:
        strain *= world.agent[task.agent].conduct
    day = local_day(world, p.zone, t)
    if c.complaint > 0.0 and uniform(seed, p.id, Draw.COMPLAINT + own, task.ordinal) < c.complaint * strain:
        p.flags |= Flag.COMPLAINT
        world.event_day[i, Event.COMPLAINT] = day
        note(world, t, Row.COMPLAINT, i, task.account, task.arm, 0, task.ordinal, task.channel, 0)
    if c.opt_out > 0.0 and uniform(seed, p.id, Draw.OPT_OUT + own, task.ordinal) < c.opt_out * strain:
        p.opted_out |= 1 << task.channel
        world.event_day[i, Event.OPT_OUT] = day
        note(world, t, Row.OPT_OUT, i, task.account, task.arm, 0, task.ordinal, task.channel, 0)
    told = staffed and p.flags & Flag.DISPUTE == 0 and world.pool[task.pool].kind != ResourceKind.LINES
    if told and uniform(seed, p.id, Draw.DISPUTED + own, task.ordinal) < world.mechanism[0].provoked * strain:
        p.flags |= Flag.DISPUTE
        world.event_day[i, Event.DISPUTE] = day
        note(world, t, Row.DISPUTE, i, task.account, task.arm, 0, task.ordinal, task.channel, 1)


@rule
def call_back(world: World, k: int, t: int, chance: float) -> None:
    """The person may ring back within hours: an inbound task for the channel's call-back pool.

    Reads: channel. Writes: a task, outbox, log (CALL_BACK: value = hours). Draws: CALL_BACK,
    CALL_BACK_DELAY at the n-th.
    """
    task = world.task[k]
    c = world.channel[task.channel]
    p = world.person[task.person]
    if c.call_back_pool < 0 or world.params[0].inbound_channel < 0 or chance <= 0.0 or p.open_accounts == 0:
        return
    seed = world.params[0].behaviour_seed
    own = CHANNEL_STRIDE * task.channel
    if uniform(seed, p.id, Draw.CALL_BACK + own, task.ordinal) >= chance:
        return
    u = uniform(seed, p.id, Draw.CALL_BACK_DELAY + own, task.ordinal)
    incoming(world, k, t + 1 + int(exponential_quantile(u) * c.call_back_delay_s), c.call_back_pool, 1)


@rule
def incoming(world: World, k: int, t: int, pool: int, inbound: int) -> None:
    """Let the person of task k reach `pool` by phone at t. `inbound` 1: call-back, 2: handed over by a machine."""
    source = world.task[k]
    n = take_task(world)
    task = world.task[n]
    task.person = source.person
    task.account = source.account
    task.channel = world.params[0].inbound_channel
    task.pool = team_pool(world, pool, source.account)
    task.step = -1
    task.content = world.params[0].inbound_content
    task.arm = source.arm
    task.attempts = 0
    task.inbound = inbound
    # Callers in the order of their ringing, those whom a machine hands over first; below all planned work (INBOUND_KEYS).
    task.key = ((2 - inbound) << 50) | t
    task.open_s = t
    task.state = TaskState.WAITING
    task.ordinal = source.channel << 16 | (source.ordinal & 0xFFFF)
    post(world, t, Kind.INBOUND, n)


@rule
def disclose(world: World, k: int, t: int, skill: float) -> None:
    """The reason may come to light; hardship and dispute become states that strategies see.

    Reads: reason, channel. Writes: person.revealed, flags, event_day, log (DISCLOSED, DISPUTE). Draws: DISCLOSED at
    the n-th.
    """
    task = world.task[k]
    i = task.person
    p = world.person[i]
    if p.revealed >= 0 or world.channel[task.channel].disclosed <= 0.0:
        return
    own = CHANNEL_STRIDE * task.channel
    u = uniform(world.params[0].behaviour_seed, p.id, Draw.DISCLOSED + own, task.ordinal)
    if u >= world.channel[task.channel].disclosed * skill:
        return
    p.revealed = p.reason
    day = local_day(world, p.zone, t)
    note(world, t, Row.DISCLOSED, i, task.account, task.arm, 0, task.ordinal, task.channel, p.reason)
    if p.reason == Reason.HARDSHIP:
        world.event_day[i, Event.HARDSHIP] = day
    if p.reason == Reason.DISPUTE:
        p.flags |= Flag.DISPUTE
        world.event_day[i, Event.DISPUTE] = day
        note(world, t, Row.DISPUTE, i, task.account, task.arm, 0, task.ordinal, task.channel, 0)


@rule
def skill_of(world: World, k: int) -> float:
    """Return the factor that the agent and their skill group put on persuasion and disclosure; 1 for machines."""
    task = world.task[k]
    agent = world.agent[task.agent].skill if task.agent >= 0 else 1.0
    return agent * world.pool[task.pool].skill


@rule
def converse(world: World, k: int, t: int) -> None:
    """A right-party conversation ends at t (call, AI call, call-back or met visit).

    Reads: channel, content, reason, skill. Writes: person, accounts, promise, log, outbox. Draws: all of the n-th
    conversation on the channel: DISCLOSED, COMPLAINT, OPT_OUT, PAYS_NOW, PROMISED, HAND_OFF.
    """
    task = world.task[k]
    i = task.person
    p = world.person[i]
    c = world.channel[task.channel]
    params = world.params[0]
    own = CHANNEL_STRIDE * task.channel
    p.contacts += 1
    world.tally[i, task.channel, 1] += 1
    p.last_contact_s = t
    world.event_day[i, Event.CONTACT] = local_day(world, p.zone, t)
    if p.open_accounts == 0:
        return
    feel_pressure(world, i, t, c.pressure_weight)
    leave_mark(world, i, t, task.channel)
    skill = skill_of(world, k)
    disclose(world, k, t, skill)
    take_offence(world, k, t)
    if c.hand_off_pool >= 0 and uniform(params.behaviour_seed, p.id, Draw.HAND_OFF + own, task.ordinal) < c.hand_off:
        note(world, t, Row.HAND_OFF, i, task.account, task.arm, 0, task.ordinal, task.channel, 0)
        incoming(world, k, t + 1, c.hand_off_pool, 2)
        return
    if p.flags & Flag.DISPUTE:
        return
    make_offer(world, k, t)
    if world.mechanism[0].arranges == 1 and propose(world, k, t, 1.0):
        return
    reason = world.reason[p.reason]
    persuaded = reason.persuaded * skill * goodwill(world, i, task.channel)
    ability = world.stage_ability[stage_of(world, i, t)]
    effect = world.content[task.content].log_odds
    persuade(world, i, t, effect * p.sensitivity * persuaded)
    if uniform(params.behaviour_seed, p.id, Draw.PAYS_NOW + own, task.ordinal) < c.pays_now * persuaded * ability:
        pass_time(world, i, t)
        receive(world, i, t, amount_to_pay(world, i, t, PAYS_NOW_ORDINAL + p.payments), task.channel)
        new_residual(world, i)
        renew_base(world, i, t)
        schedule_payment(world, i)
        check_kept(world, i, t)
    if p.open_accounts == 0 or p.promise_live == 1 or persuaded < 0.0:
        return
    chance = c.promised * reason.promised * p.trust * ability
    if chance > 0.0 and uniform(params.behaviour_seed, p.id, Draw.PROMISED + own, task.ordinal) < chance:
        account = task.account
        if world.account[account].status != AccountStatus.OPEN:
            account = next_account(world, i, t)
        make_promise(world, i, account, t, task.channel, task.pool, task.arm)
        p.promise_skill = skill
