"""`duecourse run`: one strategy beside doing nothing; runs that fail or are stopped leave finished worlds behind, or nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

from sim import RunFailed
from tests.cli.console import Played, compare, duecourse, run_folders, start


def test_run_plays_one_strategy_once(small: Played, project: Path, tmp_path: Path) -> None:
    """The champion by default, one replication; its first world is the first of `compare`."""
    found = compare(project, tmp_path / "run", command="run")
    assert found.document["schema"] == "duecourse/run/1"
    assert found.document["replications"] == 1
    assert list(found.digests) == ["call_ladder", "do_nothing"]
    value = found.result.strategy("call_ladder").values["recovery_minor"][0]
    assert value == small.result.strategy("call_ladder").values["recovery_minor"][0]


def test_a_challenger_that_inherits_runs_alone(small: Played, project: Path, tmp_path: Path) -> None:
    """`gentle` inherits from a champion that is not run; digests are those of `compare`, and its manifest repeats them."""
    found = compare(project, tmp_path / "run", "--strategy", "gentle", "--replications", "3", command="run")
    assert found.digests == {name: small.digests[name] for name in ("gentle", "do_nothing")}
    again = duecourse("rerun", tmp_path / "run", "--out", tmp_path / "again", "--jobs", "1")
    assert again.exit_code == 0, again.stderr


def test_set_replications_is_heard(project: Path, tmp_path: Path) -> None:
    """--set replications=2 is as good as --replications 2."""
    assert compare(project, tmp_path / "run", "--set", "replications=2", command="run").document["replications"] == 2


def test_doing_nothing_can_be_run(project: Path, tmp_path: Path) -> None:
    """`do_nothing` alone has no contrast."""
    document = compare(project, tmp_path / "run", "--strategy", "do_nothing", command="run").document
    assert [strategy["name"] for strategy in document["strategies"]] == ["do_nothing"]
    assert document["contrasts"] == []


def test_a_run_that_fails_in_its_first_world_leaves_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1, a sentence, no folder."""
    def broken(*_: object, **__: object) -> None:
        raise RunFailed("money is not conserved on 1 account")

    monkeypatch.setattr("experiments.tasks.simulate", broken)
    done = duecourse("compare", project, "--jobs", "1", "--replications", "1")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "The run failed: money is not conserved on 1 account"
    assert run_folders(project.parent) == []


@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "whole_group"), [("1", False), ("2", True)])
@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
def test_ctrl_c_keeps_what_is_finished_and_says_so(project: Path, tmp_path: Path, jobs: str, whole_group: bool,
                                                   cold: bool) -> None:
    """SIGINT, as a terminal sends it (to workers, too), while compiling or playing: exit code 1, one sentence; no folder where
    no world was finished, and else the command that goes on.
    """
    temporary = tmp_path / "strategies"  # a name that `run_folders` does not count
    temporary.mkdir()
    environment = {"TMPDIR": str(temporary)} | ({"DUECOURSE_CACHE": str(temporary / "cache")} if cold else {})
    with start("compare", project.name, "--replications", "50000", "--jobs", jobs, folder=project.parent,
               environment=environment, own_group=True) as process:
        deadline = time.monotonic() + 120
        while "runs" not in run_folders(project.parent) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(6)
        assert process.poll() is None, "it must still be running"
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 1
    assert stdout == ""
    assert "Traceback" not in stderr
    last = stderr.splitlines()[-1]
    if run_folders(project.parent) == []:
        assert cold, "six seconds are enough for some worlds of 300 accounts"
        assert last == "Stopped. Nothing was written."
    else:
        (run,) = (project.parent / "runs").iterdir()
        assert sorted(item.name for item in run.iterdir()) == ["parts", "unfinished.json"]
        assert re.fullmatch(r"Stopped: \d+ of 200000 worlds are kept in runs/\S+; to go on: duecourse compare small.yaml "
                            rf"--replications 50000 --jobs {jobs} --out runs/{run.name} --resume", last), last
    assert list(temporary.glob("duecourse-*")) == []


@pytest.mark.slow
def test_kernels_compile_once_before_workers_start(project: Path, tmp_path: Path) -> None:
    """On a cold cache the parent compiles and says so; on a warm one nothing is said; digests are the same."""
    environment = {"DUECOURSE_CACHE": str(tmp_path / "strategies")}
    digests, said = [], []
    for out in ("one", "two"):
        with start("compare", project.name, "--jobs", "2", "--format", "json", "--out", out, folder=project.parent,
                   environment=environment) as process:
            stdout, stderr = process.communicate(timeout=500)
        assert process.returncode == 0, stderr
        digests.append([strategy["digest"] for strategy in json.loads(stdout)["strategies"]])
        said.append(stderr)
    assert said[0].splitlines()[0] == "compiling (once per version) ..."
    assert said[0].splitlines()[1].startswith("compiled in ")
    assert "compil" not in said[1]
    assert digests[0] == digests[1]
