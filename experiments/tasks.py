"""Tasks of a comparison: one strategy, one replication each, played in chunks. What comes back is small.

Logs stay in the worker.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.patterns import patterns_of
from experiments.pools import Pace, Workers, pool_of
from sim import Assignment, Campaign, Engine, Loaded, cache_directory, luck_of, measure, simulate


@dataclass(frozen=True, slots=True)
class TaskResult:
    """The outcomes of one world."""

    strategy: str
    replication: int
    digest: str
    metrics: dict[str, float]
    attempts: dict[str, int]
    cost_by_kind: dict[str, float]
    daily: dict[str, NDArray[np.float64]]
    funnel: dict[str, int]
    entry_minor: int
    blocked: dict[str, int] = field(default_factory=dict)
    """Attempts that contact rules refused, by rule."""
    violations: dict[str, int] = field(default_factory=dict)
    patterns: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    """Small arrays below totals (`experiments.patterns`)."""


@dataclass(frozen=True, slots=True)
class Played:
    """Some replications of one strategy: what a worker returns, and a part of an unfinished run."""

    results: tuple[TaskResult, ...]
    accounts: dict[str, NDArray[np.integer[Any]]]
    """Sums over the replications of what accounts.parquet averages (paid, cured, attempts, ...) by account, in integers as
    narrow as they fit."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """Strategy and replication of each."""
        return tuple(label_of(result.strategy, result.replication) for result in self.results)


def label_of(strategy: str, replication: int) -> str:
    """Return a task's label."""
    return f"{replication} {strategy}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some replications of one strategy, to play."""

    strategy: str
    replications: tuple[int, ...]
    engine: Engine


def play_chunk(loaded: Loaded, chunk: Chunk) -> tuple[Played, float]:
    """Play a chunk; returns what was found, and the seconds that it took."""
    started = time.perf_counter()
    results: list[TaskResult] = []
    sums: dict[str, NDArray[np.int64]] = {}
    for replication in chunk.replications:
        result, accounts = run_task(loaded, chunk.strategy, replication, chunk.engine)
        results.append(result)
        for name, column in accounts.items():
            sums[name] = sums[name] + column if name in sums else column
    return Played(tuple(results), {name: _narrow(column) for name, column in sums.items()}), time.perf_counter() - started


def _narrow(column: NDArray[np.int64]) -> NDArray[np.integer[Any]]:
    """Return the same numbers in the narrowest signed integers that hold them."""
    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    kind = next(kind for kind in (np.int8, np.int16, np.int32, np.int64)
                if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return column.astype(kind)


def run_task(loaded: Loaded, strategy: str, replication: int, engine: Engine) -> tuple[TaskResult, dict[str, NDArray[np.int64]]]:
    """Run one strategy for one replication and return its outcomes, and those by account."""
    setting = loaded.setting
    run = simulate(setting, [loaded.strategy(strategy)], luck_of(loaded.scenario.seeds, replication), engine=engine,
                   keep_log=False)
    found = run.outcomes
    place = 0 if loaded.scenario.costs.roster == "fixed" else 1
    costs = dict(found.cost_minor) | {f"roster {pool}": pair[place] for pool, pair in found.roster_minor.items()}
    accounts = {"paid_minor": found.accounts.paid_minor, "forgiven_minor": found.accounts.forgiven_minor,
                "cured": found.accounts.cured, "attempts": found.accounts.attempts,
                "right_party": found.accounts.right_party, "promises": found.accounts.promises,
                "complaints": found.accounts.complaints}
    result = TaskResult(strategy, replication, run.digest, measure(setting, found), dict(found.attempts), costs,
                        dict(found.daily), dict(found.funnel), int(found.accounts.entry_minor.sum()), dict(found.blocked),
                        dict(found.violations), patterns_of(setting, found))
    return result, {name: np.asarray(column, dtype=np.int64) for name, column in accounts.items()}


def is_compiled(engine: Engine) -> bool:
    """Return whether this version's kernels are in the cache already."""
    return _mark(engine).is_file()


def _mark(engine: Engine) -> Path:
    return cache_directory() / f"complete-{engine}"


def compile_kernels(loaded: Loaded, engine: Engine) -> None:
    """Play two days of the champion, which compiles whatever the engine needs, and note that in the cache.

    Without it, workers that start together on an empty cache would each compile the same kernels.
    """
    chosen = [loaded.strategy(loaded.scenario.champion)]
    world = loaded.setting.world(chosen, luck_of(loaded.scenario.seeds, 0))
    campaign = Campaign(world, loaded.setting.timetable, loaded.setting.observed, chosen,
                        Assignment.constant(loaded.portfolio.accounts), engine)
    campaign.run(until_day=min(1, loaded.scenario.horizon.days - 1))
    _mark(engine).parent.mkdir(parents=True, exist_ok=True)
    _mark(engine).touch()


def run_tasks(loaded: Loaded, tasks: Iterable[tuple[str, int]], engine: Engine,
              workers: Workers) -> Generator[Played, None, None]:
    """Play tasks (strategy, replication) and yield chunks of them as they finish.

    Args:
        loaded: scenario, portfolio and strategies.
        tasks: in any order; results do not depend on it.
        engine: "compiled" or "reference".
        workers: who plays; results do not depend on it.

    Raises:
        RunFailed: a worker process was ended from outside.
        InputError: the workers cannot be had.
    """
    left: dict[str, list[int]] = {}
    for strategy, replication in tasks:
        left.setdefault(strategy, []).append(replication)
    if not left:
        return
    with pool_of(loaded, workers, sum(map(len, left.values()))) as pool:
        paces = {name: Pace() for name in left}
        with closing(pool.map(play_chunk, chunks_of(left, engine, pool.size, paces))) as found:
            for played, took in found:
                paces[played.results[0].strategy].note(len(played.results), took)
                yield played


def chunks_of(left: Mapping[str, Sequence[int]], engine: Engine, size: int, paces: Mapping[str, Pace]) -> Iterator[Chunk]:
    """Yield chunks of the strategy that has most left to play: what is there of an interrupted run is about the same of each.

    Args:
        left: replications to play, by strategy.
        engine: "compiled" or "reference".
        size: workers.
        paces: of the strategies; looked at anew for each chunk.
    """
    waiting = {name: list(numbers) for name, numbers in left.items()}
    while any(waiting.values()):
        name = max(waiting, key=lambda name: len(waiting[name]))
        count = paces[name].count(len(waiting[name]), size)
        yield Chunk(name, tuple(waiting[name][:count]), engine)
        del waiting[name][:count]
