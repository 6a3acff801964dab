"""The compiled desk: one merged event queue for all pools, an array heap, advanced over half-open intervals.

The same story as `desk_reference`, told for speed: agents are numbers in an idle ring, tasks numbers in a heap. Every
decision is a rule that the reference desk calls too; the parity tests hold the two logs equal to the bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.arrays import prefetch
from sim.codes import ResourceKind, TaskState, Verdict
from sim.compiled import rule
from sim.engine.heaps import (
    EVENT_QUEUE,
    TASK_QUEUES,
    Queues,
    add_run,
    drop_event,
    empty_queues,
    next_second,
    pop_ready,
    push_event,
    push_ready,
    put_run,
    waiting,
)
from sim.engine.store import Store
from sim.order import Kind, key, ordinal_of
from sim.rules.contact import admit, arrive, begin, end, hang_up
from sim.rules.gate import MOST_REFUSED
from sim.rules.message import read, send
from sim.rules.predictive import abandon, connect, may_dial, not_answered, ring_out, stop_ringing
from sim.rules.tasks import finish_task
from sim.state import (
    AGENT_BUSY,
    AGENT_IDLE,
    AGENT_LEAVING,
    AGENT_OFF,
    FULL,
    N_OUTBOX,
    World,
)

DONE, ROOM_NEEDED = 0, 1
AHEAD = 6
"""How many tasks ahead records are fetched: persons as far as this, tasks twice as far."""


@rule
def make_idle(world: World, q: Queues, agent: int) -> None:
    """Put an agent at the end of the pool's idle ring, or off the floor if the shift or the day's visits are over."""
    a = world.agent[agent]
    pool = a.pool
    most = world.pool[pool].visits_per_day
    if a.state == AGENT_LEAVING or (most > 0 and a.visits >= most):
        a.state = AGENT_OFF
        return
    a.state = AGENT_IDLE
    ring = q.idle.shape[1]
    q.idle[pool, (q.idle_head[pool] + q.idle_count[pool]) % ring] = agent
    q.idle_count[pool] += 1


@rule
def take_idle(world: World, q: Queues, pool: int) -> int:
    """Take the longest idle agent of a pool."""
    agent = q.idle[pool, q.idle_head[pool]]
    q.idle_head[pool] = (q.idle_head[pool] + 1) % q.idle.shape[1]
    q.idle_count[pool] -= 1
    world.agent[agent].state = AGENT_BUSY
    world.agent[agent].visits += 1
    return agent


@rule
def queue_outbox(world: World, q: Queues) -> None:
    """Put what the last rule caused into the event queue."""
    for n in range(world.counters[N_OUTBOX]):
        out = world.outbox[n]
        task = world.task[out.task]
        ordinal = ordinal_of(out.kind, task.channel, task.step, task.ordinal)
        push_event(q, out.t_s, key(out.kind, task.pool, task.person, ordinal), out.task)
    world.counters[N_OUTBOX] = 0


@rule
def dispatch(world: World, q: Queues, pool: int, t: int) -> None:
    """Hand ready tasks of a pool to idle capacity at t, first task to the longest idle agent."""
    kind = world.pool[pool].kind
    if kind == ResourceKind.BATCH:
        if waiting(q, pool) > 0 and q.sending[pool] == 0:
            q.sending[pool] = 1
            push_event(q, max(t, q.free_from[pool]), key(Kind.SEND, pool, 0, 0), -1)
        return
    unlimited = world.pool[pool].unlimited == 1 and world.pool[pool].queues > 0
    predictive = world.pool[pool].predictive == 1 and not unlimited
    while waiting(q, pool) > 0 and (unlimited or q.idle_count[pool] > 0):
        if world.counters[FULL] != 0:
            push_event(q, t, key(Kind.OWN, pool, 0, 0), -1)
            return
        k = pop_ready(q, pool)
        ahead = predictive and world.task[k].inbound == 0
        if ahead and not may_dial(world, pool, q.idle_count[pool]):
            push_ready(world, q, pool, k)
            return
        look_ahead(world, q, pool)
        verdict = admit(world, k, t)
        if verdict == Verdict.START and ahead:
            seconds = ring_out(world, k, t)
            push_event(q, t + seconds, key(Kind.OUTCOME, pool, world.task[k].person, 1), k)
        elif verdict == Verdict.START:
            agent = -1 if unlimited else take_idle(world, q, pool)
            seconds = begin(world, k, t, agent)
            entity = world.task[k].person if unlimited else agent
            push_event(q, t + seconds, key(Kind.OUTCOME, pool, entity, 0), k)
        elif verdict == Verdict.BUSY:
            world.task[k].state = TaskState.WAITING
            retry_at(world, q, k, t + world.params[0].retry_busy_s)
        elif verdict == Verdict.DEFERRED:
            retry_at(world, q, k, world.task[k].open_s)
        else:
            finish_task(world, k)


@rule
def pick_up(world: World, q: Queues, k: int, t: int, pool: int) -> None:
    """A dial ahead ends at t: nobody answers, an idle agent takes it, or it is abandoned."""
    if not stop_ringing(world, k):
        not_answered(world, k, t)
        queue_outbox(world, q)
    elif q.idle_count[pool] > 0:
        agent = take_idle(world, q, pool)
        push_event(q, t + connect(world, k, t, agent), key(Kind.OUTCOME, pool, agent, 0), k)
    else:
        abandon(world, k, t)
        queue_outbox(world, q)
    dispatch(world, q, pool, t)


@rule
def look_ahead(world: World, q: Queues, pool: int) -> None:
    """Have the records of tasks fetched that come up soon: a day's list goes through memory in random order."""
    far = q.run_first[pool] + 2 * AHEAD
    if far < q.run_end[pool]:
        for line in range(3):
            prefetch(world.task, q.run_task[pool, far], line)
    near = far - AHEAD
    if near < q.run_end[pool]:
        task = world.task[q.run_task[pool, near]]
        for line in range(3):
            prefetch(world.person, task.person, line)
        prefetch(world.account, task.account, 0)
        prefetch(world.step_state, (task.account, task.step), 0)
        prefetch(world.tally, (task.person, task.channel, 0), 0)


@rule
def retry_at(world: World, q: Queues, k: int, t: int) -> None:
    """Make task k ready again at t."""
    task = world.task[k]
    ordinal = ordinal_of(Kind.RETRY, task.channel, task.step, task.ordinal)
    push_event(q, t, key(Kind.RETRY, task.pool, task.person, ordinal), k)


@rule
def send_second(world: World, q: Queues, pool: int, t: int) -> None:
    """Send what the gateway can in one second (rate 0: everything), then come back in the next."""
    rate = world.pool[pool].per_second
    sent = 0
    refused = 0
    while waiting(q, pool) > 0 and (rate == 0 or (sent < rate and refused < MOST_REFUSED)):
        if world.counters[FULL] != 0 and rate == 0:
            push_event(q, t, key(Kind.SEND, pool, 0, 0), -1)
            return
        k = pop_ready(q, pool)
        verdict = admit(world, k, t)
        if verdict == Verdict.START:
            send(world, k, t)
            queue_outbox(world, q)
            sent += 1
        elif verdict == Verdict.DEFERRED:
            retry_at(world, q, k, world.task[k].open_s)
            refused += 1
        else:
            finish_task(world, k)
            refused += verdict == Verdict.BLOCKED
    q.free_from[pool] = t + 1
    q.sending[pool] = 0
    dispatch(world, q, pool, t)


@rule
def inbound(world: World, q: Queues, k: int, t: int) -> None:
    """A call comes in at t: it queues with patience, or finds nobody on the floor."""
    pool = world.task[k].pool
    patience = arrive(world, k, t)
    if patience < 0:
        finish_task(world, k)
        return
    if world.pool[pool].queues == 0:
        hang_up(world, k, t, 1)
        finish_task(world, k)
        return
    push_ready(world, q, pool, k)
    dispatch(world, q, pool, t)
    if world.task[k].state == TaskState.READY:
        push_event(q, t + patience, key(Kind.HANG_UP, pool, world.task[k].person, world.task[k].ordinal), k)


@rule
def handle(world: World, q: Queues, t: int, order: int, k: int) -> None:
    """Carry out one event of the queue; its order holds kind, pool, entity and ordinal (`sim.order.key`)."""
    kind = order >> 59
    pool = (order >> 52) & 127
    if kind == Kind.OUTCOME and world.task[k].ringing == 1:
        pick_up(world, q, k, t, pool)
    elif kind == Kind.OUTCOME:
        agent = world.task[k].agent
        wrap = end(world, k, t)
        queue_outbox(world, q)
        if agent >= 0:
            if wrap > 0:
                push_event(q, t + wrap, key(Kind.FREE, pool, agent, 0), agent)
            else:
                make_idle(world, q, agent)
                dispatch(world, q, pool, t)
    elif kind == Kind.FREE:
        make_idle(world, q, k)
        dispatch(world, q, pool, t)
    elif kind == Kind.READ:
        read(world, k, t)
        queue_outbox(world, q)
    elif kind == Kind.HANG_UP:
        task = world.task[k]
        # The slot may have been given to another caller since: only who hangs up may be taken off.
        same = task.person == (order >> 20) & 0xFFFFFFFF and task.ordinal == order & 0xFFFFF
        if same and task.inbound > 0 and task.state == TaskState.READY:
            hang_up(world, k, t, 0)
    elif kind == Kind.INBOUND:
        inbound(world, q, k, t)
    elif kind == Kind.RETRY:
        push_ready(world, q, pool, k)
        dispatch(world, q, pool, t)
    elif kind == Kind.SEND:
        send_second(world, q, pool, t)
    else:
        dispatch(world, q, pool, t)


@rule
def run_until(world: World, q: Queues, until: int) -> int:
    """Carry out all events before `until`. Returns DONE, or ROOM_NEEDED when arrays must grow first."""
    while next_second(q) < until:
        if world.counters[FULL] != 0:
            return ROOM_NEEDED
        t = q.event_s[0]
        order = q.event_key[0]
        k = q.event_task[0]
        drop_event(q)
        handle(world, q, t, order, k)
    return ROOM_NEEDED if world.counters[FULL] != 0 else DONE


@rule
def release_tasks(world: World, q: Queues, pool: int, tasks: NDArray[np.int64], t: int) -> None:
    """A window opens: its tasks join the queue together."""
    add_run(world, q, pool, tasks)
    dispatch(world, q, pool, t)


@rule
def start_shift(world: World, q: Queues, pool: int, first: int, last: int, t: int) -> None:
    """Agents first to last - 1 of a pool come on the floor, in order, and take work."""
    world.pool[pool].queues += 1
    for agent in range(first, last):
        if world.agent[agent].state == AGENT_OFF:
            world.agent[agent].visits = 0
            world.agent[agent].area = -1
            make_idle(world, q, agent)
        elif world.agent[agent].state == AGENT_LEAVING:
            world.agent[agent].state = AGENT_BUSY
    dispatch(world, q, pool, t)


@rule
def end_shift(world: World, q: Queues, pool: int, first: int, last: int) -> None:
    """Agents first to last - 1 of a pool leave the floor; who is in a contact finishes it first."""
    world.pool[pool].queues -= 1
    for agent in range(first, last):
        if world.agent[agent].state == AGENT_BUSY:
            world.agent[agent].state = AGENT_LEAVING
        elif world.agent[agent].state == AGENT_IDLE:
            world.agent[agent].state = AGENT_OFF
    ring = q.idle.shape[1]
    kept = 0
    for n in range(q.idle_count[pool]):
        agent = q.idle[pool, (q.idle_head[pool] + n) % ring]
        if world.agent[agent].state == AGENT_IDLE:
            q.idle[pool, (q.idle_head[pool] + kept) % ring] = agent
            kept += 1
    q.idle_count[pool] = kept


@rule
def sweep_queues(world: World, q: Queues, t: int) -> int:
    """Take tasks whose window has closed by t out of the queues. Returns ROOM_NEEDED to be called again."""
    for pool in range(len(q.ready)):
        first, end = q.run_first[pool], q.run_end[pool]
        q.run_first[pool] = 0
        q.run_end[pool] = 0
        for n in range(first, end):
            if stays(world, q.run_task[pool, n], t):
                put_run(q, pool, q.run_end[pool], q.run_key[pool, n], q.run_tie[pool, n], q.run_task[pool, n])
                q.run_end[pool] += 1
        old = q.ready[pool]
        q.ready[pool] = 0
        for n in range(old):
            k = q.ready_task[pool, n]
            if stays(world, k, t):
                push_ready(world, q, pool, k)
    return ROOM_NEEDED if world.counters[FULL] != 0 else DONE


@rule
def stays(world: World, k: int, t: int) -> bool:
    """Return whether a queued task stays; one that does not is given back, and counted if it never had its turn."""
    task = world.task[k]
    gone = task.state == TaskState.GONE
    if world.counters[FULL] != 0 or (not gone and (task.inbound > 0 or task.close_s > t)):
        return True
    admit(world, k, t)
    finish_task(world, k)
    return False


class CompiledDesk:
    """The fast desk: calls the kernels and makes room when they ask for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        agents = max(1, int(store.world.pool["agents"].max(initial=0)))
        tasks = len(store.world.task)
        self._queues = empty_queues(len(store.world.pool), agents, tasks, self._events(tasks))

    def _events(self, tasks: int) -> int:
        """Return the most events that can wait at once: two for a task, one for an agent, one or two for a pool."""
        return 2 * tasks + 2 * len(self._store.world.agent) + 2 * len(self._store.world.pool) + 64

    def _fit(self) -> Queues:
        """Return the queues, large enough for all tasks that exist."""
        tasks = len(self._store.world.task)
        old = self._queues.ready_task.shape[1]
        if old < tasks:
            for name in EVENT_QUEUE:
                larger = np.zeros(self._events(tasks), np.int64)
                larger[:self._queues.size[0]] = getattr(self._queues, name)[:self._queues.size[0]]
                self._queues.put(name, larger)
            for name in TASK_QUEUES:
                wider = np.zeros((len(self._queues.ready), tasks), np.int64)
                wider[:, :old] = getattr(self._queues, name)
                self._queues.put(name, wider)
        return self._queues

    def advance(self, until: int) -> None:
        """Carry out everything in [now, until)."""
        while run_until(self._store.world, self._fit(), until) == ROOM_NEEDED:
            self._store.grow()

    def release(self, pool: int, tasks: NDArray[np.int64], t: int) -> None:
        """Put planned tasks, whose window opens at t, into a pool's queue."""
        release_tasks(self._store.world, self._fit(), pool, tasks, t)

    def start_shift(self, pool: int, first: int, last: int, t: int) -> None:
        """Bring agents [first, last) of a pool on the floor at t."""
        start_shift(self._store.world, self._fit(), pool, first, last, t)

    def end_shift(self, pool: int, first: int, last: int) -> None:
        """Let agents [first, last) of a pool leave, after the contact they are in."""
        end_shift(self._store.world, self._fit(), pool, first, last)

    def sweep(self, t: int) -> None:
        """Take tasks whose window closed by t off the queue; those without an attempt are counted as starved or carried over."""
        while sweep_queues(self._store.world, self._fit(), t) == ROOM_NEEDED:
            self._store.grow()
