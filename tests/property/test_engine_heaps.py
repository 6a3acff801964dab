"""The compiled desk's two heaps hand out what Python's heapq would."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.codes import TaskState
from sim.engine.heaps import add_run, drop_event, empty_queues, next_second, pop_ready, push_event, push_ready, waiting
from sim.world import Setting, luck_of
from tests.worlds import make_portfolio, make_scenario

ROOM = 64
SETTING = Setting(make_scenario(1), make_portfolio(4))
WORLD = SETTING.world([], luck_of(SETTING.scenario.seeds, 0))
# Small numbers, so that ties come up; None takes the first one off.
EVENTS = st.lists(st.none() | st.tuples(st.integers(0, 4), st.integers(0, 2**62)), max_size=ROOM)
READY = st.lists(st.none() | st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 2**31)), max_size=ROOM)


def queues():
    return empty_queues(pools=2, agents=1, tasks=ROOM, events=ROOM)


@given(EVENTS)
def test_events_come_by_second_then_by_key(operations):
    q, expected = queues(), []
    for number, event in enumerate(operations):
        if event is not None:
            push_event(q, event[0], event[1] ^ number, number)
            heapq.heappush(expected, (event[0], event[1] ^ number, number))
        elif expected:
            second = next_second(q)
            first = (q.event_s[0], q.event_key[0], q.event_task[0])
            assert second == first[0]
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


RUNS = st.lists(st.none() | st.integers(0, 3) | st.lists(st.integers(0, 5), max_size=8), max_size=12)


@given(RUNS)
def test_runs_and_single_tasks_make_one_queue(operations):
    # A list is a run of tasks with these keys, a number a single task, None takes two off.
    q, expected, k = queues(), [], 0
    for what in operations:
        if what is None:
            for _ in range(min(2, len(expected))):
                assert pop_ready(q, 0) == heapq.heappop(expected)[-1]
            continue
        keys = [what] if isinstance(what, int) else sorted(what)
        keys = keys[:ROOM - len(expected)]
        if not keys:
            continue
        tasks = [(k + n) % len(WORLD.task) for n in range(len(keys))]
        k += len(keys)
        for task, key in zip(tasks, keys, strict=True):
            # Persons descend: equal keys of a run come in the wrong order on purpose.
            WORLD.task[task]["key"], WORLD.task[task]["person"], WORLD.task[task]["channel"] = key, 10_000 - k - task, 0
            heapq.heappush(expected, (key, 10_000 - k - task, task))
        if isinstance(what, int):
            push_ready(WORLD, q, 0, tasks[0])
        else:
            add_run(WORLD, q, 0, np.array(tasks, np.int64))
        assert waiting(q, 0) == len(expected)
    assert [pop_ready(q, 0) for _ in range(len(expected))] == [heapq.heappop(expected)[-1] for _ in range(len(expected))]
    assert waiting(q, 0) == 0
