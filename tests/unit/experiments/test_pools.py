"""Pools and the sizes of chunks."""

from __future__ import annotations

import math

import pytest

from experiments.pools import CHUNK_S, Here, Pace, Workers, pool_of, workers_for
from sim import InputError


def test_workers_are_no_more_than_tasks() -> None:
    """One task needs one process; -1 asks the machine."""
    assert workers_for(1, 8) == 1
    assert workers_for(10, 3) == 3
    assert 1 <= workers_for(1000, -1) <= 1000


def test_a_chunk_is_one_task_until_the_pace_is_known() -> None:
    """Then about a second's worth."""
    pace = Pace()
    assert pace.count(1000, 2) == 1
    pace.note(4, 0.4)
    assert pace.count(10_000, 2) == round(CHUNK_S / 0.1)
    pace.note(1, 30.0)
    assert pace.count(10_000, 2) == 1


def test_chunks_get_smaller_towards_the_end_and_hold_every_task_once() -> None:
    """An eighth of what is left for two workers: the last chunks are single tasks."""
    pace = Pace()
    pace.note(1, 0.0)
    chunks = list(pace.chunks(range(100), 2))
    assert [number for chunk in chunks for number in chunk] == list(range(100))
    sizes = [len(chunk) for chunk in chunks]
    assert sizes[0] == math.ceil(100 / 8)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-2:] == [1, 1]


def test_a_chunk_is_decided_when_it_is_asked_for() -> None:
    """So that what the first ones took is known."""
    pace = Pace()
    chunks = pace.chunks(range(1000), 1)
    assert len(next(chunks)) == 1
    pace.note(1, 0.01)
    assert len(next(chunks)) == 100


def test_one_worker_plays_here() -> None:
    """In the order of chunks, each when the one before was taken."""
    with pool_of(10, Workers(jobs=4), tasks=1) as pool:
        assert isinstance(pool, Here)
        assert list(pool.map(lambda payload, chunk: payload + chunk, [1, 2])) == [11, 12]


@pytest.mark.parametrize(("workers", "where"), [
    (Workers(jobs=0), "--jobs"), (Workers(jobs=-2), "--jobs"), (Workers(backend="dask"), "--backend"),
    (Workers(scheduler="tcp://127.0.0.1:8786"), "--scheduler")])
def test_flags_that_do_not_go_together_are_refused(workers: Workers, where: str) -> None:
    """In four parts."""
    with pytest.raises(InputError) as caught:
        workers.check()
    assert caught.value.where == where
    assert caught.value.advice


def test_dask_that_is_not_installed_is_a_plain_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setattr("experiments.pool_dask.distributed", None)
    with pytest.raises(InputError, match="`distributed` is not installed") as caught, \
            pool_of(0, Workers(backend="dask", scheduler="tcp://127.0.0.1:1"), 1):
        pass
    assert "duecourse[dask]" in caught.value.advice
