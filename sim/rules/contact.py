"""One contact from the queue to its end: may it start, what is its outcome, what follows from it.

Reach is a fact about the world at an hour (two calls in one hour find the same person at the phone); what is said and
done is luck of the n-th contact on the channel.
"""

from __future__ import annotations

from sim.codes import AccountStatus, Event, Flag, Outcome, ResourceKind, Row, TaskState, Verdict
from sim.compiled import rule
from sim.order import Kind
from sim.randomness import CHANNEL_STRIDE, Draw, uniform
from sim.rules.clock import HOUR_S, day_index, local_day, local_second
from sim.rules.conversation import call_back, converse, feel_pressure
from sim.rules.exact import exp_exact, exponential_quantile, lognormal
from sim.rules.gate import gate_verdict
from sim.rules.gate_facts import attempt_begins, attempt_ends
from sim.rules.logging import note, seal, write
from sim.rules.payment import persuade, stage_of
from sim.rules.person import advance
from sim.rules.tasks import settle_step
from sim.state import World

SHORT_TALK_S = 20
"""Seconds until a wrong or unwilling party has hung up (assumed; range 10 to 40)."""
BUSY_TONE_S = 4
"""Seconds until a busy or invalid number is recognised (assumed; range 2 to 8)."""
MOST_REACH = 0.97
"""Nobody answers always."""
INBOUND_ORDINAL = 1 << 16
"""Call-backs take their luck from ordinals of their own, so that one more dial leaves them unchanged."""


@rule
def admit(world: World, k: int, t: int) -> int:
    """Return the verdict whether task k may start at second t, after the person's own events up to t.

    Contact rules are asked last, so that what they refuse would have been a contact. Reads: person, account, step, gate.
    Writes: what `advance` and `gate_verdict` write; log (STARVED, CARRIED_OVER). Draws: nothing of its own.
    """
    task = world.task[k]
    if task.state == TaskState.GONE:
        return Verdict.OBSOLETE
    i = task.person
    advance(world, i, t)
    p = world.person[i]
    if task.inbound > 0:
        return Verdict.START if p.open_accounts > 0 else Verdict.OBSOLETE
    if world.account[task.account].status != AccountStatus.OPEN:
        return Verdict.OBSOLETE
    if p.flags & world.step[task.step].exclude or p.opted_out & (1 << task.channel):
        return Verdict.OBSOLETE
    if t >= task.close_s:
        if task.attempts == 0:
            kind = Row.CARRIED_OVER if task.again == 1 else Row.STARVED
            row = write(world, task.close_s, kind, i, task.account, task.arm, 0, task.step)
            world.log[row].step = task.step
            world.log[row].channel = task.channel
            world.log[row].pool = task.pool
            seal(world, row)
        return Verdict.STARVED
    if p.in_flight == 1 and world.channel[task.channel].kind != ResourceKind.BATCH:
        return Verdict.BUSY
    if len(world.gate_rule) > 0:
        return gate_verdict(world, k, t)
    return Verdict.START


@rule
def hour_of(world: World, i: int, t: int) -> int:
    """Return the number of the local hour, the ordinal of draws about the world (two days' offset keeps it positive)."""
    return local_second(world, world.person[i].zone, t) // HOUR_S + 48


@rule
def dial(world: World, k: int, t: int) -> int:
    """Return the outcome of a dial at t.

    Reads: reach curves, person. Writes: nothing. Draws: AT_PHONE at the hour; WRONG_PARTY, REFUSED, OUTCOME at the n-th.
    """
    task = world.task[k]
    i = task.person
    p = world.person[i]
    if p.number_valid == 0:
        return Outcome.INVALID
    c = world.channel[task.channel]
    seed = world.params[0].behaviour_seed
    hour = hour_of(world, i, t)
    free = world.free_day[day_index(world, (hour - 48) // 24)]
    unanswered = world.tally[i, task.channel, 0] - 1 - world.tally[i, task.channel, 1]
    reach = c.answer * world.at_phone[p.profile, free, hour % 24] * p.reach
    reach *= world.stage_reach[stage_of(world, i, t)]
    if unanswered > 0 and c.answer_fatigue > 0.0:
        reach *= exp_exact(-c.answer_fatigue * unanswered)
    reach = MOST_REACH if reach > MOST_REACH else reach
    own = CHANNEL_STRIDE * task.channel
    if uniform(seed, p.id, Draw.AT_PHONE, hour) < reach:
        if c.refused > 0.0 and uniform(seed, p.id, Draw.REFUSED + own, task.ordinal) < c.refused:
            return Outcome.REFUSED
        return Outcome.CONVERSATION
    if c.wrong_party + c.busy + c.voicemail <= 0.0:
        return Outcome.NO_ANSWER
    u = uniform(seed, p.id, Draw.OUTCOME + own, task.ordinal)
    if u < c.wrong_party:
        return Outcome.WRONG_PARTY
    if u < c.wrong_party + c.busy:
        return Outcome.BUSY
    if u < c.wrong_party + c.busy + c.voicemail:
        return Outcome.VOICEMAIL
    return Outcome.NO_ANSWER


@rule
def knock(world: World, k: int, t: int) -> int:
    """Return the outcome of a visit that arrives at t. Somebody else at the door is told nothing.

    Reads: reach curves, person. Writes: nothing. Draws: AT_HOME at the hour; WRONG_PARTY, REFUSED at the n-th.
    """
    task = world.task[k]
    i = task.person
    p = world.person[i]
    c = world.channel[task.channel]
    seed = world.params[0].behaviour_seed
    hour = hour_of(world, i, t)
    free = world.free_day[day_index(world, (hour - 48) // 24)]
    reach = c.answer * world.at_home[p.profile, free, hour % 24] * p.home
    reach *= world.stage_reach[stage_of(world, i, t)]
    reach = MOST_REACH if reach > MOST_REACH else reach
    own = CHANNEL_STRIDE * task.channel
    if uniform(seed, p.id, Draw.AT_HOME, hour) < reach:
        if uniform(seed, p.id, Draw.REFUSED + own, task.ordinal) < c.refused:
            return Outcome.REFUSED
        return Outcome.MET
    if uniform(seed, p.id, Draw.WRONG_PARTY + own, task.ordinal) < c.wrong_party:
        return Outcome.WRONG_PARTY
    return Outcome.NOT_MET


@rule
def talk_seconds(world: World, k: int) -> int:
    """Return the length of task k's conversation, at least a second: lognormal, or exponential for queueing checks.

    Draws: TALK at the n-th contact on the channel.
    """
    task = world.task[k]
    c = world.channel[task.channel]
    u = uniform(world.params[0].behaviour_seed, world.person[task.person].id,
                Draw.TALK + CHANNEL_STRIDE * task.channel, task.ordinal)
    if c.talk_exponential == 1:
        length = exponential_quantile(u) * c.talk_median_s
    else:
        length = lognormal(u, c.talk_median_s, c.talk_sigma)
    whole = int(length + 0.5)
    return whole if whole > 1 else 1


@rule
def travel(world: World, k: int, agent: int) -> int:
    """Return the seconds a team travels to task k's address: within the area of its last visit, or from another, by the map
    where there is one (in the morning from the base).

    Reads: pool, agent, map. Writes: agent.area. Draws: TRAVEL at the n-th visit of the person.
    """
    task = world.task[k]
    pool = world.pool[task.pool]
    area = world.account[task.account].area
    near = agent >= 0 and world.agent[agent].area == area
    median = pool.travel_within_s if near else pool.travel_between_s
    if pool.map > 0 and not near:
        base = world.area_m.shape[1] - 1
        start = world.agent[agent].area if agent >= 0 and world.agent[agent].area >= 0 else base
        median = world.area_m[pool.map - 1, start, area] / pool.m_per_s + pool.travel_within_s
    if agent >= 0:
        world.agent[agent].area = area
    u = uniform(world.params[0].behaviour_seed, world.person[task.person].id,
                Draw.TRAVEL + CHANNEL_STRIDE * task.channel, task.ordinal)
    return int(lognormal(u, median, pool.travel_sigma)) + 1


@rule
def count_attempt(world: World, k: int, t: int, agent: int) -> None:
    """Count an attempt that begins: its ordinal is what addresses its luck. Writes: tally, person, step state, task."""
    task = world.task[k]
    i = task.person
    if task.inbound == 0:
        task.ordinal = world.tally[i, task.channel, 0]
        world.tally[i, task.channel, 0] += 1
        world.person[i].attempts += 1
        world.step_state[task.account, task.step].attempts += 1
    task.attempts += 1
    task.agent = agent
    task.start_s = t
    task.state = TaskState.RUNNING
    if len(world.gate_rule) > 0:
        attempt_begins(world, k, t)


@rule
def ring(world: World, k: int, t: int) -> int:
    """Dial task k's number at t. Returns the seconds until its outcome, which is kept in the task.

    Reads: channel, person. Writes: task.outcome. Draws: as `dial`; RING at the n-th.
    """
    task = world.task[k]
    c = world.channel[task.channel]
    outcome = dial(world, k, t)
    task.outcome = outcome
    if outcome == Outcome.BUSY or outcome == Outcome.INVALID:
        return BUSY_TONE_S
    if outcome == Outcome.NO_ANSWER or c.ring_full == 1:
        return int(c.ring_s)
    u = uniform(world.params[0].behaviour_seed, world.person[task.person].id, Draw.RING + CHANNEL_STRIDE * task.channel,
                task.ordinal)
    return 1 + int(u * c.ring_s)


@rule
def note_attempt(world: World, k: int, t: int, lead: int, talk: int, value: int) -> None:
    """Log an attempt, or an inbound call, that began at t and whose course is known. Writes: log. Draws: nothing."""
    task = world.task[k]
    kind = Row.INBOUND if task.inbound > 0 else Row.ATTEMPT
    row = write(world, t, kind, task.person, task.account, task.arm, 0, task.ordinal)
    r = world.log[row]
    r.lead_s = lead
    r.talk_s = talk
    r.wrap_s = int(world.channel[task.channel].wrap_s) if talk > 0 else 0
    r.step = task.step
    r.agent = task.agent
    r.channel = task.channel
    r.pool = task.pool
    r.outcome = task.outcome
    r.value = value
    seal(world, row)


@rule
def begin(world: World, k: int, t: int, agent: int) -> int:
    """Start task k on an agent, line or team at t (agent -1: unlimited). Returns the seconds until its outcome.

    Reads: channel, pool, person. Writes: task, tally, person.in_flight, log (ATTEMPT or INBOUND, at t). Draws: reach,
    outcome, ring or travel, talk.
    """
    count_attempt(world, k, t, agent)
    task = world.task[k]
    world.person[task.person].in_flight = 1
    lead = 0
    talk = 0
    near = 0
    if task.inbound > 0:
        task.outcome = Outcome.CONVERSATION
    elif world.pool[task.pool].kind == ResourceKind.FIELD:
        near = int(agent >= 0 and world.agent[agent].area == world.account[task.account].area)
        lead = travel(world, k, agent)
        task.outcome = knock(world, k, t + lead)
        talk = int(world.params[0].door_s)
    else:
        lead = ring(world, k, t)
    if task.outcome == Outcome.CONVERSATION or task.outcome == Outcome.MET:
        talk += talk_seconds(world, k)
    elif task.outcome == Outcome.REFUSED or task.outcome == Outcome.WRONG_PARTY:
        talk += SHORT_TALK_S
    task.duration_s = lead + talk
    task.end_s = t + lead + talk
    note_attempt(world, k, t, lead, talk, task.inbound + near)
    return lead + talk if lead + talk > 0 else 1


@rule
def end(world: World, k: int, t: int) -> int:
    """Carry out what follows from task k's outcome at t. Returns the seconds of wrap-up. The task may be given back.

    Reads: task, channel, content. Writes: person, accounts, log, step state, outbox. Draws: those of the conversation.
    """
    task = world.task[k]
    i = task.person
    p = world.person[i]
    c = world.channel[task.channel]
    outcome = task.outcome
    wrap = 0
    advance(world, i, t)
    p.in_flight = 0
    if len(world.gate_rule) > 0:
        attempt_ends(world, k)
    if outcome == Outcome.CONVERSATION or outcome == Outcome.MET:
        wrap = int(c.wrap_s)
        converse(world, k, t)
    elif outcome == Outcome.REFUSED:
        wrap = int(c.wrap_s)
        world.event_day[i, Event.REFUSED] = local_day(world, p.zone, t)
        feel_pressure(world, i, t, c.pressure_weight)
    elif outcome == Outcome.WRONG_PARTY:
        wrap = int(c.wrap_s)
    elif outcome == Outcome.INVALID:
        p.flags |= Flag.WRONG_NUMBER
        world.event_day[i, Event.WRONG_NUMBER] = local_day(world, p.zone, t)
    elif outcome == Outcome.NO_ANSWER or outcome == Outcome.VOICEMAIL or outcome == Outcome.NOT_MET:
        # A missed call or a card at the door works a little by itself, and may bring a call-back.
        persuade(world, i, t, c.missed_log_odds * p.sensitivity)
        if world.mechanism[0].backfire > 0.0:
            feel_pressure(world, i, t, c.pressure_weight * world.mechanism[0].backfire_missed)
        call_back(world, k, t, c.missed_call_back)
    settle_step(world, k, t, outcome, Kind.RETRY)
    return wrap



@rule
def arrive(world: World, k: int, t: int) -> int:
    """An inbound call reaches its queue at t. Returns the seconds it will wait, -1 when there is no reason to call any more.

    Reads: pool. Writes: tally, task, log (CALL_BACK for those who ring back). Draws: PATIENCE at the n-th inbound call.
    """
    task = world.task[k]
    i = task.person
    advance(world, i, t)
    p = world.person[i]
    if p.open_accounts == 0:
        return -1
    task.ordinal = INBOUND_ORDINAL + world.tally[i, task.channel, 2]
    world.tally[i, task.channel, 2] += 1
    pool = world.pool[task.pool]
    if task.inbound == 1:
        note(world, t, Row.CALL_BACK, i, task.account, task.arm, 0, task.ordinal, task.channel, 0)
    u = uniform(world.params[0].behaviour_seed, p.id, Draw.PATIENCE, task.ordinal)
    if pool.patience_exponential == 1:
        wait = exponential_quantile(u) * pool.patience_median_s
    else:
        wait = lognormal(u, pool.patience_median_s, pool.patience_sigma)
    return 1 + int(wait) if wait < 1e8 else 100000000


@rule
def hang_up(world: World, k: int, t: int, closed: int) -> None:
    """A caller gives up at t, or finds the line closed (`closed` 1). Writes: task, log (INBOUND, outcome ABANDONED)."""
    task = world.task[k]
    row = write(world, t, Row.INBOUND, task.person, task.account, task.arm, 0, task.ordinal)
    world.log[row].channel = task.channel
    world.log[row].pool = task.pool
    world.log[row].outcome = Outcome.ABANDONED
    world.log[row].lead_s = t - task.open_s
    world.log[row].value = closed
    seal(world, row)
    task.state = TaskState.GONE
