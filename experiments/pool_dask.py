"""Tasks on a Dask cluster: the payload is sent to each worker once, and what a lost worker was playing is played again."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from experiments.unfinished import versions
from sim import InputError, RunFailed

try:
    distributed: Any = importlib.import_module("distributed")
except ImportError:
    distributed = None

C = TypeVar("C")
R = TypeVar("R")
SCHEDULER_ANSWERS_S = 15
COUNT_EVERY_S = 2.0
RETRIES = 5
"""So often a chunk may lose its worker, or all copies of the payload, before the run gives up."""


@contextmanager
def cluster(payload: Any, address: str) -> Iterator[Cluster]:
    """Connect to a scheduler and send the payload to its workers.

    Args:
        payload: what every task needs.
        address: of the scheduler, such as tcp://127.0.0.1:8786.

    Raises:
        InputError: Dask is not installed; nobody answers at the address; no worker is there.
    """
    if distributed is None:
        raise InputError("--backend", "dask", "local, because the package `distributed` is not installed",
                         "Install it: pip install 'duecourse[dask]'.")
    try:
        client = distributed.Client(address, timeout=SCHEDULER_ANSWERS_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError("--scheduler", f"{address}, where nobody answers ({_first_line(error)})",
                         "the address of a Dask scheduler", "Start one: `dask scheduler`.") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=SCHEDULER_ANSWERS_S)
        except TimeoutError:
            raise InputError("--scheduler", f"{address}, a scheduler without workers", "a cluster with at least one worker",
                             f"Start them: `dask worker {address} --nworkers 2 --nthreads 1`.") from None
        yield Cluster(client, payload)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


@dataclass(slots=True)
class Cluster:
    """A pool on a cluster."""

    client: Any
    payload: Any
    _sent: Any = None
    _counted: tuple[float, int] = (-math.inf, 1)

    @property
    def size(self) -> int:
        """Threads of all workers that are there, counted every few seconds: workers come and go."""
        if time.monotonic() > self._counted[0] + COUNT_EVERY_S:
            self._counted = (time.monotonic(), max(1, sum(self.client.nthreads().values())))
        return self._counted[1]

    def map(self, work: Callable[[Any, C], R], chunks: Iterable[C]) -> Generator[R, None, None]:
        """Yield results as they are ready; two chunks a thread are under way, so that no worker waits.

        Raises:
            RunFailed: a chunk lost its worker too often.
            InputError: a worker runs another version of the program.
        """
        waiting = iter(chunks)
        under_way: dict[Any, tuple[C, int, Any]] = {}
        ready = distributed.as_completed(loop=self.client.loop)
        again: list[tuple[C, int]] = []

        def submit() -> None:
            while again or len(under_way) < 2 * self.size:
                chunk, tries = again.pop() if again else (next(waiting, None), 0)
                if chunk is None:
                    return
                payload = self._payload()
                future = self.client.submit(_work, payload, work, chunk, dict(versions()), pure=False)
                under_way[future] = (chunk, tries, payload)
                ready.add(future)

        try:
            submit()
            while under_way:
                future = next(ready)
                chunk, tries, payload = under_way.pop(future)
                found = _result(future)
                if found is not None:
                    yield found[0]
                    submit()
                    continue
                if self._sent is payload:
                    self._sent = None  # it may have been lost with the worker: it is sent again
                if tries >= RETRIES:
                    raise RunFailed(f"a task lost its worker {tries + 1} times, most often for want of memory. Try "
                                    "workers with more of it.")
                again.append((chunk, tries + 1))
                submit()
        finally:
            self.client.cancel(list(under_way))

    def _payload(self) -> Any:
        """Return the payload as it stands on all workers; sent when it is first needed or was lost."""
        if self._sent is None:
            self._sent = self.client.scatter(self.payload, broadcast=True, hash=False)
        return self._sent


def _result(future: Any) -> tuple[Any] | None:
    """Return a task's result in a tuple, None where there is none for want of a worker, and not because it failed.

    A task may have finished, and its worker be gone before the result was fetched: only asking for it tells.
    """
    if future.status in {"cancelled", "lost"}:
        return None
    try:
        return (future.result(),)
    except (distributed.scheduler.KilledWorker, distributed.client.FutureCancelledError):
        return None


def _work(payload: Any, work: Callable[[Any, C], R], chunk: C, expected: Mapping[str, str]) -> R:
    """Play a chunk on a worker, if it has the program that asked for it: results are equal to the byte or there are none."""
    here = versions()
    if dict(here) != dict(expected):
        differing = ", ".join(f"{name} {here[name]} (here {value})" for name, value in expected.items() if here[name] != value)
        raise InputError("--scheduler", f"a worker with {differing}", "workers with the same installation as here",
                         "Install the same version on all machines.")
    return work(payload, chunk)
