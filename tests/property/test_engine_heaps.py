"""The compiled desk's two heaps hand out what Python's heapq would."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.codes import TaskState
from sim.engine.heaps import EVENT_QUEUE, TASK_QUEUES, Queues, drop_event, pop_ready, push_event, push_ready
from sim.world import Setting, luck_of
from tests.worlds import make_portfolio, make_scenario

ROOM = 64
SETTING = Setting(make_scenario(1), make_portfolio(4))
WORLD = SETTING.world([], luck_of(SETTING.scenario.seeds, 0))
# Small numbers, so that ties come up; None takes the first one off.
EVENTS = st.lists(st.none() | st.tuples(st.integers(0, 4), st.integers(0, 2**62)), max_size=ROOM)
READY = st.lists(st.none() | st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 2**31)), max_size=ROOM)


def queues():
    by_pool = {name: np.zeros(2, np.int64) for name in ("ready", "idle_head", "idle_count", "sending", "free_from")}
    return Queues(idle=np.zeros((2, 1), np.int64), size=np.zeros(1, np.int64), **by_pool,
                  **{name: np.zeros((2, ROOM), np.int64) for name in TASK_QUEUES},
                  **{name: np.zeros(ROOM, np.int64) for name in EVENT_QUEUE})


@given(EVENTS)
def test_events_come_by_second_then_by_key(operations):
    q, expected = queues(), []
    for number, event in enumerate(operations):
        if event is not None:
            push_event(q, event[0], event[1] ^ number, number)
            heapq.heappush(expected, (event[0], event[1] ^ number, number))
        elif expected:
            first = (q.event_s[0], q.event_key[0], q.event_task[0])
            drop_event(q)
            assert first == heapq.heappop(expected)
        assert q.size[0] == len(expected)


@given(READY)
def test_ready_tasks_come_by_key_then_by_person_in_each_pool(operations):
    q, expected = queues(), ([], [])
    for k, event in enumerate(operations):
        if event is not None:
            pool, key, person = event
            WORLD.task[k]["key"], WORLD.task[k]["person"] = key, person ^ k
            push_ready(WORLD, q, pool, k)
            heapq.heappush(expected[pool], (key, person ^ k, k))
            assert WORLD.task[k]["state"] == TaskState.READY
        else:
            for pool in (0, 1):
                if expected[pool]:
                    assert pop_ready(q, pool) == heapq.heappop(expected[pool])[2]
        assert q.ready.tolist() == [len(expected[0]), len(expected[1])]
