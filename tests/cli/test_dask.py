"""`--backend dask`: a real cluster on this machine gives the same bytes, also when one of its workers is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.console import ROOT, duecourse, start
from tests.cli.test_resume import contents

distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed: pip install 'duecourse[dask]'")
BOUND_S = 300
"""No step of these tests waits longer: the first may have to compile."""


@dataclass(frozen=True)
class Cluster:
    """A scheduler on loopback and two worker processes of one thread."""

    address: str
    workers: tuple[subprocess.Popen[bytes], ...]


def process(stack: ExitStack, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a process of the cluster in a group of its own, which is gone with the stack, whatever happens."""
    child = subprocess.Popen([sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]], cwd=folder,
                             env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True)

    def end() -> None:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(timeout=BOUND_S)

    stack.callback(end)
    return child


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start a scheduler and two workers as the README says, without their nannies so that a killed one stays away."""
    with ExitStack() as stack:
        file = folder / "scheduler.json"
        process(stack, folder, "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file",
                str(file))
        deadline = time.monotonic() + BOUND_S
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        address = json.loads(file.read_text("utf-8"))["address"]
        workers = tuple(process(stack, folder, "dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                                "--local-directory", str(folder)) for _ in range(2))
        with distributed.Client(address, timeout=BOUND_S, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=BOUND_S)
        yield Cluster(address, workers)


def test_a_cluster_that_loses_a_worker_gives_the_same_files(project: Path, tmp_path: Path) -> None:
    """One of two workers is killed as soon as some worlds are finished and more than half are not: its tasks are played again by
    the other, and the folder is that of a run in one process, to the byte.
    """
    command = ("compare", project.name, "--replications", "100", "-q", "--format", "json")
    with cluster(tmp_path) as there:
        far = ("--backend", "dask", "--scheduler", there.address)
        with start(*command, *far, "--out", "far", folder=project.parent) as process_:
            deadline, done = time.monotonic() + BOUND_S, 0
            while not done and time.monotonic() < deadline:
                time.sleep(0.02)
                done = worlds(project.parent / "far")
            there.workers[0].kill()
            assert 0 < done < 200
            stdout, stderr = process_.communicate(timeout=BOUND_S)
        assert process_.returncode == 0, stderr
        assert there.workers[0].poll() is not None
        assert there.workers[1].poll() is None
        refused = duecourse(*command, "--backend", "dask")
        assert refused.exit_code == 2
    near = duecourse(*command, "--out", "near", "--jobs", "1")
    assert near.exit_code == 0, near.stderr
    assert json.loads(stdout)["strategies"] == json.loads(near.stdout)["strategies"]
    one, other = contents(project.parent / "far"), contents(project.parent / "near")
    different = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    # These hold the command, which differs.
    assert different <= {"result.npz", "report.html", "report.xlsx"}


def worlds(folder: Path) -> int:
    """Return how many worlds an unfinished run has on file."""
    try:
        return int(json.loads((folder / "unfinished.json").read_text("utf-8"))["tasks_done"])
    except OSError:
        return 0


def test_nobody_answers_at_an_address(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler that is not there is bad input, with the command that starts one."""
    monkeypatch.setattr("experiments.pool_dask.SCHEDULER_ANSWERS_S", 1)
    done = duecourse("compare", project, "--backend", "dask", "--scheduler", "tcp://127.0.0.1:9", "--replications", "1")
    assert done.exit_code == 2
    assert "--scheduler: got tcp://127.0.0.1:9, where nobody answers" in done.stderr
    assert "dask scheduler" in done.stderr
