"""Where tasks are played: in this process, in worker processes of this machine, or on a Dask cluster.

A pool has a payload, which workers get once (mapped from one file here, sent to each worker there), and maps a function over
chunks of tasks. Results come as they are ready, in any order. What a task returns depends on payload and chunk alone, so that
results are equal to the byte wherever they were made.
"""

from __future__ import annotations

import math
import os
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import joblib
from joblib.externals.loky.backend import resource_tracker
from joblib.externals.loky.process_executor import TerminatedWorkerError

from sim import InputError, RunFailed

Backend = Literal["local", "dask"]
CHUNK_S = 1.0
"""A chunk takes about so long: sending it and keeping it on file cost some milliseconds, a kill costs a chunk a worker."""
C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Workers:
    """Who plays.

    Attributes:
        jobs: worker processes of this machine; 1 plays in this process, -1 uses all processors.
        backend: "local", or "dask" for an existing cluster.
        scheduler: the cluster's address, such as tcp://host:8786.
    """

    jobs: int = 1
    backend: Backend = "local"
    scheduler: str = ""

    def check(self) -> None:
        """Refuse what does not go together.

        Raises:
            InputError: no such number of jobs; a scheduler without Dask, or the other way round.
        """
        if self.jobs == 0 or self.jobs < -1:
            raise InputError("--jobs", self.jobs, "a number of worker processes from 1, or -1 for all processors",
                             "Leave it out to use all processors.")
        if self.backend == "dask" and not self.scheduler:
            raise InputError("--backend", "dask without --scheduler", "the address of a scheduler, such as "
                             "--scheduler tcp://127.0.0.1:8786",
                             "Start one: `dask scheduler`, and workers: `dask worker ADDRESS`.")
        if self.backend == "local" and self.scheduler:
            raise InputError("--scheduler", self.scheduler, "an address only with --backend dask", "Add --backend dask.")


@dataclass(slots=True)
class Pace:
    """How many tasks make a chunk: about CHUNK_S of work, and fewer towards the end, so that all workers finish together."""

    task_s: float = math.inf
    """Seconds a task, as far as it is known."""

    def note(self, tasks: int, seconds: float) -> None:
        """Learn from a chunk that was played."""
        self.task_s = max(seconds / tasks, 1e-6)

    def count(self, left: int, size: int) -> int:
        """Return how many of the tasks that are left the next chunk takes, with so many workers."""
        return max(1, min(int(CHUNK_S / self.task_s), -(-left // (4 * size))))

    def chunks(self, tasks: Sequence[C], size: int) -> Iterator[tuple[C, ...]]:
        """Yield tasks in chunks; how large the next one is, is decided when it is asked for."""
        place = 0
        while place < len(tasks):
            count = self.count(len(tasks) - place, size)
            yield tuple(tasks[place:place + count])
            place += count


class Pool(Protocol):
    """What plays chunks of tasks."""

    @property
    def size(self) -> int:
        """How many tasks are played at the same time."""
        ...

    def map(self, work: Callable[[Any, C], R], chunks: Iterable[C]) -> Generator[R, None, None]:
        """Yield work(payload, chunk) for every chunk, as they are ready. Chunks are asked for when a worker is free."""
        ...


def workers_for(tasks: int, jobs: int) -> int:
    """Return how many processes run so many tasks: `jobs`, -1 for all processors that this process may use."""
    return min(tasks, joblib.cpu_count() if jobs < 0 else jobs)


@contextmanager
def pool_of(payload: Any, workers: Workers, tasks: int) -> Iterator[Pool]:
    """Open a pool.

    Args:
        payload: what every task needs; it must pickle, and tasks must not change it.
        workers: who plays.
        tasks: how many there are at most: no more processes than tasks are started.

    Raises:
        InputError: Dask is not installed, or no scheduler answers at that address.
    """
    if workers.backend == "dask":
        from experiments.pool_dask import cluster  # noqa: PLC0415 - an optional extra

        with cluster(payload, workers.scheduler) as pool:
            yield pool
        return
    size = workers_for(tasks, workers.jobs)
    if size <= 1:
        yield Here(payload)
        return
    with _shared(payload) as path:
        yield Processes(path, size)


@dataclass(frozen=True, slots=True)
class Here:
    """The process that asks."""

    payload: Any
    size: int = 1

    def map(self, work: Callable[[Any, C], R], chunks: Iterable[C]) -> Generator[R, None, None]:
        """Yield results in the order of chunks."""
        for chunk in chunks:
            yield work(self.payload, chunk)


@dataclass(frozen=True, slots=True)
class Processes:
    """Worker processes of this machine, by joblib; the payload is mapped from a file that was written once."""

    path: str
    size: int

    def map(self, work: Callable[[Any, C], R], chunks: Iterable[C]) -> Generator[R, None, None]:
        """Yield results as they are ready.

        Raises:
            RunFailed: a worker process was ended from outside.
        """
        pool = joblib.Parallel(n_jobs=self.size, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs")
        parent = os.getpid()
        results = pool(joblib.delayed(_work)(self.path, parent, work, chunk) for chunk in chunks)
        try:
            for result in results:  # noqa: UP028 - `yield from` would close them before we can
                yield result
        except TerminatedWorkerError:
            raise RunFailed("a worker process was ended from outside, most often for want of memory. Try fewer --jobs."
                            ) from None
        finally:
            with warnings.catch_warnings():  # that it was stopped is known to whoever stopped it
                warnings.simplefilter("ignore", UserWarning)
                results.close()


@contextmanager
def _shared(payload: Any) -> Iterator[str]:
    """Write the payload to a temporary file that workers map into memory; it goes even when this process is killed."""
    with tempfile.TemporaryDirectory(prefix="duecourse-") as folder:
        # joblib's tracker process outlives us, and takes away what we could not.
        resource_tracker.register(folder, "folder")
        try:
            path = str(Path(folder) / "payload.joblib")
            joblib.dump(payload, path)
            yield path
        finally:
            resource_tracker.unregister(folder, "folder")


def _work(path: str, parent: int, work: Callable[[Any, C], R], chunk: C) -> R:
    return work(_load(path, parent), chunk)


@lru_cache(maxsize=1)
def _load(path: str, parent: int) -> Any:
    """Read a payload that the parent wrote, once per worker process: portfolios are not sent with every task."""
    threading.Thread(target=_end_with, args=(parent,), name="end-with-parent", daemon=True).start()
    return joblib.load(path, mmap_mode="r")


def _end_with(parent: int) -> None:
    """End this process when its parent was killed: nobody else would, and it would hold memory and processors."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
