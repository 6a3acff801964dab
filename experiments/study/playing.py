"""Playing a study's arms: each world once, here or in worker processes, and figures from what they show."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import joblib
import numpy as np
from joblib.externals.loky.process_executor import TerminatedWorkerError
from numpy.typing import NDArray

from experiments.study.loading import Study, observed_share
from experiments.study.outcomes import Counts
from sim import RunFailed, luck_of, simulate
from sim.spec.study import Contrast, Observed, Outcome

Values: TypeAlias = Mapping[str, Mapping[str, float]]
"""Population -> key -> value: what was fitted."""


@dataclass(frozen=True, slots=True)
class Job:
    """One world: an arm under fitted values, in one replication, asked for outcomes."""

    arm: str
    values: tuple[tuple[str, float], ...]
    replication: int
    asked: tuple[Outcome, ...]


Found: TypeAlias = dict[Outcome, float]
Runner: TypeAlias = Callable[[Sequence[Job]], Iterable[Found]]


def run_job(study: Study, job: Job) -> Found:
    """Play one world and return its outcomes."""
    arm = study.spec.arms[job.arm]
    loaded = study.worlds[arm.population]
    setting = study.setting(arm, dict(job.values), max(outcome.days for outcome in job.asked))
    run = simulate(setting, [loaded.strategy(arm.strategy)], luck_of(loaded.scenario.seeds, job.replication))
    counts = Counts(setting, run)
    return {outcome: counts.value(outcome) for outcome in job.asked}


@lru_cache(maxsize=1)
def _study(path: str) -> Study:
    study: Study = joblib.load(path, mmap_mode="r")
    return study


def _run_from(path: str, job: Job) -> Found:
    return run_job(_study(path), job)


@contextmanager
def runner(study: Study, jobs: int) -> Iterator[Runner]:
    """Yield what plays jobs: here with `jobs` 1, else in worker processes. Results come in the order of the jobs.

    Raises:
        RunFailed: a worker process was ended from outside.
    """
    if (joblib.cpu_count() if jobs < 0 else jobs) == 1:
        yield lambda batch: (run_job(study, job) for job in batch)
        return
    with tempfile.TemporaryDirectory(prefix="duecourse-") as folder, joblib.Parallel(
            n_jobs=jobs, return_as="generator", batch_size=1) as pool:
        path = str(Path(folder) / "study.joblib")
        joblib.dump(study, path)

        def apart(batch: Sequence[Job]) -> Iterable[Found]:
            try:
                yield from pool(joblib.delayed(_run_from)(path, job) for job in batch)
            except TerminatedWorkerError:
                raise RunFailed("a worker process was ended from outside, most often for want of memory. Try fewer --jobs."
                                ) from None

        yield apart


@dataclass(slots=True)
class Player:
    """Plays what is asked for, and nothing twice."""

    study: Study
    run: Runner
    tell: Callable[[int], None] = lambda _done: None
    worlds: int = 0
    """Worlds played so far."""
    _known: dict[tuple[str, tuple[tuple[str, float], ...], int], Found] = field(default_factory=dict)

    def figures(self, contrasts: Sequence[Contrast], values: Values, replications: range) -> list[NDArray[np.float64]]:
        """Return each contrast's figure by replication, in its unit, (replications,) each."""
        wanted: dict[str, dict[Outcome, None]] = {}
        for item in contrasts:
            for arm in self._arms(item):
                wanted.setdefault(arm, {}).update(dict.fromkeys(self._asked(item)))
        self._play([Job(arm, self._values(arm, values), replication, tuple(asked))
                    for arm, asked in wanted.items() for replication in replications])
        return [self._figure(item, values, replications) for item in contrasts]

    def _play(self, jobs: Sequence[Job]) -> None:
        """Play those jobs that are not known yet, whole: asking for one more outcome plays the world again."""
        new = [job for job in jobs if not set(job.asked) <= set(self._known.get(_key(job), {}))]
        for job, found in zip(new, self.run(new), strict=True):
            self._known.setdefault(_key(job), {}).update(found)
            self.worlds += 1
            self.tell(self.worlds)

    def _arms(self, item: Contrast) -> list[str]:
        """Return the arms that a contrast plays."""
        arms = self.study.spec.arms
        return [name for arm in (item.arm, item.against) if arm for name in (arms[arm].mean_of or (arm,))]

    def _asked(self, item: Contrast) -> list[Outcome]:
        outcome = self.study.spec.outcomes[item.outcome]
        return [outcome, _touched(outcome, item)] if item.per else [outcome]

    def _values(self, arm: str, values: Values) -> tuple[tuple[str, float], ...]:
        return tuple(sorted(values.get(self.study.spec.arms[arm].population, {}).items()))

    def _level(self, arm: str, outcome: Outcome, values: Values, replications: range) -> NDArray[np.float64]:
        """Return an arm's outcome by replication; of a mean of arms, their mean."""
        names = self.study.spec.arms[arm].mean_of or (arm,)
        table = np.array([[self._known[name, self._values(name, values), r][outcome] for r in replications] for name in names])
        return np.asarray(table.mean(axis=0), dtype=np.float64)

    def _figure(self, item: Contrast, values: Values, replications: range) -> NDArray[np.float64]:
        outcome = self.study.spec.outcomes[item.outcome]
        level = self._level(item.arm, outcome, values, replications)
        if not item.against:
            return level
        other = self._level(item.against, outcome, values, replications)
        if item.relative:
            return 100.0 * (level / other - 1.0)
        if item.per:
            touched = _touched(outcome, item)
            apart = (self._level(item.arm, touched, values, replications)
                     - self._level(item.against, touched, values, replications))
            return 100.0 * (level - other) / np.where(apart == 0.0, np.nan, apart)
        return level - other

    def observed(self, item: Contrast, seen: Observed, arm: str) -> float:
        """Return what the data say about an outcome of an arm, in percent; of a mean of arms, their mean."""
        spec = self.study.spec
        worlds = [self.study.worlds[spec.arms[name].population] for name in (spec.arms[arm].mean_of or (arm,))]
        return float(np.mean([observed_share(world, spec.outcomes[item.outcome], seen.attribute, seen.at_most, seen.weight)
                              for world in worlds]))


def _key(job: Job) -> tuple[str, tuple[tuple[str, float], ...], int]:
    return job.arm, job.values, job.replication


def _touched(outcome: Outcome, item: Contrast) -> Outcome:
    """Return the outcome that counts those who were reached, over the same accounts and days."""
    return Outcome(measure="reached", days=outcome.days, touch=item.per or "conversation", dpd=outcome.dpd)
