"""Plays the jobs of an experiment: here, in worker processes or on a cluster, leaving out what an interrupted run has played."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from experiments.jobs import Finding, Job, Runner, run_job
from experiments.pools import Pace, Workers, pool_of
from experiments.variants import Variants

MOST_PROCESSES = 100
"""How many jobs there will be is not known beforehand; no more worker processes than this are started."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What some jobs gave: a part of an unfinished run.

    Attributes:
        labels: of the jobs.
        findings: of the same, their jobs without the fault that was put in: that is a pydantic model, and the label says it.
    """

    labels: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The jobs."""
        return self.labels


def label_of(job: Job) -> str:
    """Return a job's label, which says all that tells it from other jobs."""
    fault = "" if job.fault is None else f" {job.fault.kind} {job.fault.share!r}"
    flags = f"{' unlimited' if job.unlimited else ''}{' alarmed' if job.alarmed else ''}"
    return f"{job.replication} {job.utilisation} {job.effect} {job.design}{flags}{fault}"


def play_jobs(variants: Variants, jobs: Sequence[Job]) -> tuple[Findings, float]:
    """Play jobs of an experiment; returns what they gave, and the seconds that it took."""
    started = time.perf_counter()
    found = tuple(_with_job(run_job(variants, variants.spec, job), replace(job, fault=None)) for job in jobs)
    return Findings(tuple(map(label_of, jobs)), found), time.perf_counter() - started


def _with_job(finding: Finding, job: Job) -> Finding:
    """Return what further treatments found along with it, too."""
    return replace(finding, job=job, more=tuple(_with_job(other, job) for other in finding.more))


@contextmanager
def runner(variants: Variants, workers: Workers, tell: Callable[[int], None], known: Sequence[Findings] = (),
           keep: Callable[[Findings], None] = lambda _: None) -> Iterator[Runner]:
    """Yield a function that plays jobs; workers get the portfolio once.

    Args:
        variants: the experiment with its scenario.
        workers: who plays; what is found does not depend on it.
        tell: is told the number of finished jobs, those of an interrupted run included.
        known: what an interrupted run has played.
        keep: is given what was played, chunk by chunk, before anything else happens to it.
    """
    before = {label: finding for part in known for label, finding in zip(part.labels, part.findings, strict=True)}
    done = len(before)
    with pool_of(Variants(variants.loaded, variants.spec), workers, MOST_PROCESSES) as pool:

        def run(batch: Sequence[Job]) -> Iterator[Finding]:
            nonlocal done
            yield from (_with_job(before[label_of(job)], job) for job in batch if label_of(job) in before)
            left = {label_of(job): job for job in batch if label_of(job) not in before}
            pace = Pace()  # worlds of the truth take longer than those of a design
            with closing(pool.map(play_jobs, pace.chunks(tuple(left.values()), pool.size))) as played:
                for part, seconds in played:
                    keep(part)
                    pace.note(len(part.labels), seconds)
                    done += len(part.labels)
                    tell(done)
                    yield from (_with_job(finding, left[label])
                                for label, finding in zip(part.labels, part.findings, strict=True))

        yield run
