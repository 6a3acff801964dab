"""One task of a comparison: one strategy, one replication. What it returns is small; logs stay in the worker."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import joblib
import numpy as np
from joblib.externals.loky.process_executor import TerminatedWorkerError
from numpy.typing import NDArray

from sim import Assignment, Campaign, Engine, Loaded, RunFailed, cache_directory, luck_of, measure, simulate


@dataclass(frozen=True, slots=True)
class TaskResult:
    """The outcomes of one world. `accounts` sums what accounts.parquet averages: paid, cured, attempts, ... by account."""

    strategy: str
    replication: int
    digest: str
    metrics: dict[str, float]
    attempts: dict[str, int]
    cost_by_kind: dict[str, float]
    daily: dict[str, NDArray[np.float64]]
    funnel: dict[str, int]
    accounts: dict[str, NDArray[np.float64]]
    entry_minor: int
    blocked: dict[str, int] = field(default_factory=dict)
    """Attempts that contact rules refused, by rule."""
    violations: dict[str, int] = field(default_factory=dict)


def run_task(loaded: Loaded, strategy: str, replication: int, engine: Engine) -> TaskResult:
    """Run one strategy for one replication and return its outcomes."""
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
    return TaskResult(strategy, replication, run.digest, measure(setting, found), dict(found.attempts), costs,
                      dict(found.daily), dict(found.funnel),
                      {name: np.asarray(column, dtype=np.float64) for name, column in accounts.items()},
                      int(found.accounts.entry_minor.sum()), dict(found.blocked), dict(found.violations))


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


@lru_cache(maxsize=2)
def _load(path: str) -> Loaded:
    """Read a scenario that the parent wrote, once per worker process: portfolios are not sent with every task."""
    loaded: Loaded = joblib.load(path, mmap_mode="r")
    return loaded


def _run_from(path: str, strategy: str, replication: int, engine: Engine) -> TaskResult:
    return run_task(_load(path), strategy, replication, engine)


@contextmanager
def _shared(loaded: Loaded) -> Iterator[str]:
    """Write the loaded scenario to a temporary file that workers map into memory."""
    with tempfile.TemporaryDirectory(prefix="duecourse-") as folder:
        path = str(Path(folder) / "loaded.joblib")
        joblib.dump(loaded, path)
        yield path


def run_tasks(loaded: Loaded, tasks: Sequence[tuple[str, int]], engine: Engine, jobs: int) -> Iterator[TaskResult]:
    """Run tasks (strategy, replication) and yield their results as they finish.

    Args:
        loaded: scenario, portfolio and strategies.
        tasks: in any order; results do not depend on it.
        engine: "compiled" or "reference".
        jobs: worker processes; 1 runs here, -1 uses all processors.

    Raises:
        RunFailed: a worker process was ended from outside.
    """
    workers = workers_for(len(tasks), jobs)
    if workers == 1:
        for strategy, replication in tasks:
            yield run_task(loaded, strategy, replication, engine)
        return
    with _shared(loaded) as path:
        pool = joblib.Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs")
        try:
            yield from pool(joblib.delayed(_run_from)(path, strategy, replication, engine)
                            for strategy, replication in tasks)
        except TerminatedWorkerError:
            raise RunFailed("a worker process was ended from outside, most often for want of memory. Try fewer --jobs."
                            ) from None


def workers_for(tasks: int, jobs: int) -> int:
    """Return how many processes run so many tasks: `jobs`, -1 for all processors that this process may use."""
    return min(tasks, joblib.cpu_count() if jobs < 0 else jobs)
