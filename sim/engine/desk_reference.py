"""The reference desk: the same work as SimPy processes, to be read and to be compared with.

An agent is a process: it waits for work, carries it out, wraps up. A caller is a process: it rings, waits, perhaps
hangs up. A gateway is a process: it sends so many messages each second. Whatever is decided about a person is decided
by the rules that the compiled desk calls too.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from sim.codes import ResourceKind, TaskState, Verdict
from sim.engine.clock import Clock
from sim.engine.store import Store
from sim.order import Kind
from sim.order import plain_key as key
from sim.order import plain_ordinal_of as ordinal_of
from sim.order import plain_tie_of as tie_of
from sim.rules.contact import admit, arrive, begin, end, hang_up
from sim.rules.gate import MOST_REFUSED
from sim.rules.message import read, send
from sim.rules.predictive import abandon, connect, may_dial, not_answered, ring_out, stop_ringing
from sim.rules.tasks import finish_task
from sim.state import AGENT_BUSY, AGENT_IDLE, AGENT_LEAVING, AGENT_OFF, FULL, N_OUTBOX

Process = Generator[Event, Any, None]


class _Pool:
    """A queue of ready tasks and the agents who wait for one, the longest idle first."""

    def __init__(self, number: int, kind: int, unlimited: bool, rate: int, predictive: bool) -> None:
        self.number = number
        self.kind = kind
        self.unlimited = unlimited
        self.rate = rate
        self.predictive = predictive
        self.ready: list[tuple[int, int, int]] = []
        self.idle: deque[int] = deque()
        self.sending = False
        self.free_from = 0


class ReferenceDesk:
    """Pools of agents, lines, teams and gateways as SimPy processes in the campaign's own clock."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._pools = [_Pool(n, int(p["kind"]), bool(p["unlimited"]), int(p["per_second"]), bool(p["predictive"]))
                       for n, p in enumerate(store.world.pool)]
        self._work: dict[int, Event] = {}
        for agent in range(len(store.world.agent)):
            self._work[agent] = clock.event()
            clock.process(self._agent(agent))

    # ----------------------------------------------------------------- what the campaign asks for

    def advance(self, until: int) -> None:
        """Do nothing: the processes live in the campaign's own clock, which runs them in order."""

    def release(self, pool: int, tasks: NDArray[np.int64], t: int) -> None:
        """Put planned tasks, whose window opens at t, into a pool's queue."""
        for k in tasks:
            self._push(pool, int(k))
        self._dispatch(pool, t)

    def start_shift(self, pool: int, first: int, last: int, t: int) -> None:
        """Bring agents [first, last) of a pool on the floor at t."""
        world = self._store.world
        world.pool["queues"][pool] += 1
        for agent in range(first, last):
            record = world.agent[agent]
            if record["state"] == AGENT_OFF:
                record["visits"] = 0
                record["area"] = -1
                self._make_idle(agent)
            elif record["state"] == AGENT_LEAVING:
                record["state"] = AGENT_BUSY
        self._dispatch(pool, t)

    def end_shift(self, pool: int, first: int, last: int) -> None:
        """Let agents [first, last) of a pool leave, after the contact they are in."""
        world = self._store.world
        world.pool["queues"][pool] -= 1
        for agent in range(first, last):
            record = world.agent[agent]
            if record["state"] == AGENT_BUSY:
                record["state"] = AGENT_LEAVING
            elif record["state"] == AGENT_IDLE:
                record["state"] = AGENT_OFF
        idle = self._pools[pool].idle
        self._pools[pool].idle = deque(a for a in idle if world.agent["state"][a] == AGENT_IDLE)

    def sweep(self, t: int) -> None:
        """Take tasks whose window closed by t off the queue; those without an attempt are counted as starved or carried over."""
        for pool in self._pools:
            waiting, pool.ready = pool.ready, []
            for order, tie, k in waiting:
                task = self._store.world.task[k]
                if task["state"] != TaskState.GONE and (task["inbound"] > 0 or task["close_s"] > t):
                    pool.ready.append((order, tie, k))
                    continue
                admit(self._store.world, k, t)
                self._finish(k)
            heapq.heapify(pool.ready)

    # ------------------------------------------------------------------------------- the processes

    def _agent(self, agent: int) -> Process:
        """An agent's working life: wait for a task, carry it out until its outcome, wrap up, be free again."""
        clock = self._clock
        pool = int(self._store.world.agent["pool"][agent])
        while True:
            k, seconds = yield self._work[agent]
            self._work[agent] = clock.event()
            yield clock.at(clock.second + seconds, key(Kind.OUTCOME, pool, agent, 0))
            wrap = self._end(k)
            if wrap > 0:
                yield clock.at(clock.second + wrap, key(Kind.FREE, pool, agent, 0))
            self._make_idle(agent)
            self._dispatch(pool, clock.second)

    def _contact(self, k: int, pool: int, person: int, seconds: int) -> Process:
        """A contact where capacity is unlimited: nobody has to be free for it."""
        yield self._clock.at(self._clock.second + seconds, key(Kind.OUTCOME, pool, person, 0))
        self._end(k)

    def _ahead(self, pool: _Pool, k: int, person: int, seconds: int) -> Process:
        """A call that rings without an agent: nobody answers, an idle agent takes it, or it is abandoned."""
        yield self._clock.at(self._clock.second + seconds, key(Kind.OUTCOME, pool.number, person, 1))
        world, t = self._store.world, self._clock.second
        if not stop_ringing(world, k):
            not_answered(world, k, t)
        elif pool.idle:
            self._work[agent := self._take_idle(pool)].succeed((k, connect(world, k, t, agent)))
        else:
            abandon(world, k, t)
        self._post_outbox()
        self._dispatch(pool.number, t)

    def _caller(self, k: int, moment: Event) -> Process:
        """A call that comes in: wait for an agent with patience, or find nobody on the floor."""
        yield moment
        world = self._store.world
        t = self._clock.second
        pool = int(world.task["pool"][k])
        patience = arrive(world, k, t)
        if patience < 0:
            self._finish(k)
            return
        if world.pool["queues"][pool] == 0:
            hang_up(world, k, t, 1)
            self._finish(k)
            return
        person, ordinal = int(world.task["person"][k]), int(world.task["ordinal"][k])
        self._push(pool, k)
        self._dispatch(pool, t)
        if self._store.world.task["state"][k] != TaskState.READY:
            return
        yield self._clock.at(t + patience, key(Kind.HANG_UP, pool, person, ordinal))
        task = self._store.world.task[k]
        same = (task["person"], task["ordinal"]) == (person, ordinal)
        if same and task["inbound"] > 0 and task["state"] == TaskState.READY:
            hang_up(self._store.world, k, self._clock.second, 0)
            self._make_room()

    def _reader(self, k: int, moment: Event) -> Process:
        """A message that will be read at a moment."""
        yield moment
        read(self._store.world, k, self._clock.second)
        self._post_outbox()

    def _retry(self, k: int, moment: Event) -> Process:
        """A task that becomes ready again at a moment."""
        yield moment
        pool = int(self._store.world.task["pool"][k])
        self._push(pool, k)
        self._dispatch(pool, self._clock.second)

    def _gateway(self, pool: _Pool, moment: Event) -> Process:
        """A gateway at work: so many messages each second until the queue is empty (rate 0: all at once)."""
        yield moment
        t = self._clock.second
        sent, refused = 0, 0
        while pool.ready and (pool.rate == 0 or (sent < pool.rate and refused < MOST_REFUSED)):
            k = heapq.heappop(pool.ready)[2]
            verdict = admit(self._store.world, k, t)
            if verdict == Verdict.START:
                send(self._store.world, k, t)
                self._post_outbox()
                sent += 1
            elif verdict == Verdict.DEFERRED:
                self._defer(k)
                refused += 1
            else:
                self._finish(k)
                refused += int(verdict == Verdict.BLOCKED)
        pool.free_from = t + 1
        pool.sending = False
        self._dispatch(pool.number, t)

    # ------------------------------------------------------------------------------------- helpers

    def _push(self, pool: int, k: int) -> None:
        """Put a task into its pool's queue, by key, ties by `tie_of`."""
        task = self._store.world.task[k]
        task["state"] = TaskState.READY
        tie = tie_of(int(task["person"]), int(task["channel"]), int(task["step"]), int(task["ordinal"]))
        heapq.heappush(self._pools[pool].ready, (int(task["key"]), tie, k))

    def _dispatch(self, number: int, t: int) -> None:
        """Hand ready tasks to idle capacity: the first task to the longest idle agent."""
        pool = self._pools[number]
        if pool.kind == ResourceKind.BATCH:
            if pool.ready and not pool.sending:
                pool.sending = True
                moment = self._clock.at(max(t, pool.free_from), key(Kind.SEND, number, 0, 0))
                self._clock.process(self._gateway(pool, moment))
            return
        unlimited = pool.unlimited and self._store.world.pool["queues"][number] > 0
        while pool.ready and (unlimited or pool.idle):
            k = pool.ready[0][2]
            ahead = pool.predictive and not unlimited and self._store.world.task["inbound"][k] == 0
            if ahead and not may_dial(self._store.world, number, len(pool.idle)):
                return
            heapq.heappop(pool.ready)
            verdict = admit(self._store.world, k, t)
            if verdict == Verdict.START and ahead:
                person = int(self._store.world.task["person"][k])
                self._clock.process(self._ahead(pool, k, person, ring_out(self._store.world, k, t)))
                self._make_room()
            elif verdict == Verdict.START:
                self._start(pool, k, t)
            elif verdict == Verdict.BUSY:
                self._store.world.task["state"][k] = TaskState.WAITING
                self._come_back(k, t + int(self._store.world.params["retry_busy_s"][0]), Kind.RETRY)
            elif verdict == Verdict.DEFERRED:
                self._defer(k)
            else:
                self._finish(k)

    def _start(self, pool: _Pool, k: int, t: int) -> None:
        """Begin a contact and leave the rest to a process."""
        world = self._store.world
        if pool.unlimited:
            person = int(world.task["person"][k])
            seconds = begin(world, k, t, -1)
            self._clock.process(self._contact(k, pool.number, person, seconds))
        else:
            agent = self._take_idle(pool)
            self._work[agent].succeed((k, begin(world, k, t, agent)))
        self._make_room()

    def _take_idle(self, pool: _Pool) -> int:
        """Take the longest idle agent of a pool."""
        agent = pool.idle.popleft()
        self._store.world.agent["state"][agent] = AGENT_BUSY
        self._store.world.agent["visits"][agent] += 1
        return agent

    def _make_idle(self, agent: int) -> None:
        """Let an agent wait for work, or leave if the shift or the day's visits are over."""
        world = self._store.world
        record = world.agent[agent]
        most = world.pool["visits_per_day"][record["pool"]]
        if record["state"] == AGENT_LEAVING or (most > 0 and record["visits"] >= most):
            record["state"] = AGENT_OFF
            return
        record["state"] = AGENT_IDLE
        self._pools[int(record["pool"])].idle.append(agent)

    def _end(self, k: int) -> int:
        """Carry out what follows from an outcome; returns the seconds of wrap-up."""
        wrap = end(self._store.world, k, self._clock.second)
        self._post_outbox()
        return wrap

    def _defer(self, k: int) -> None:
        """Let a task come back when the contact rules may let it through."""
        self._come_back(k, int(self._store.world.task["open_s"][k]), Kind.RETRY)
        self._make_room()

    def _finish(self, k: int) -> None:
        finish_task(self._store.world, k)
        self._make_room()

    def _make_room(self) -> None:
        """Let the log and the tasks grow when a rule has asked for it."""
        if self._store.world.counters[FULL] != 0:
            self._store.grow()

    def _post_outbox(self) -> None:
        """Start a process for everything that the last rule caused."""
        world = self._store.world
        for n in range(int(world.counters[N_OUTBOX])):
            out = world.outbox[n]
            self._come_back(int(out["task"]), int(out["t_s"]), int(out["kind"]))
        world.counters[N_OUTBOX] = 0
        self._make_room()

    def _come_back(self, k: int, t: int, kind: int) -> None:
        """Make a later event of a task happen."""
        task = self._store.world.task[k]
        ordinal = ordinal_of(kind, int(task["channel"]), int(task["step"]), int(task["ordinal"]))
        moment = self._clock.at(t, key(kind, int(task["pool"]), int(task["person"]), ordinal))
        process = {Kind.READ: self._reader, Kind.INBOUND: self._caller, Kind.RETRY: self._retry}[Kind(kind)]
        self._clock.process(process(k, moment))
