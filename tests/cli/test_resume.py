"""`--resume`: whatever stopped a run, it is finished to the same digests and the same files as one that was not stopped."""

from __future__ import annotations

import hashlib
import json
import random
import resource
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from experiments.jobs import Finding, Job, run_job
from sim import RunFailed
from tests.cli.console import duecourse, start, write_project
from tests.unit.experiments.abworlds import EXPERIMENT
from tests.unit.experiments.abworlds import write as write_experiment

COMMAND = ("compare", "small.yaml", "--replications", "24", "--jobs", "2", "-q")
ARMS = EXPERIMENT.replace("arms: [one_call, three_calls]", "arms: [one_call, three_calls, do_nothing]") + """\
guardrails: [{name: attempts, horizon_days: 10, margin: 2}]
looks: {days: [5, 10]}
faults: [{kind: leakage, share: 0.3}]
fault_replications: 2
"""
KILLS = 50
SEED = 20250901


def contents(folder: Path) -> dict[str, Any]:
    """Return the files of a finished run by name: digests of their bytes, the manifest without times and command."""
    out: dict[str, Any] = {}
    for path in sorted(folder.iterdir()):
        assert path.is_file(), f"{path} is left over"
        out[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    if "manifest.json" in out:
        out["manifest.json"] = {key: value for key, value in json.loads((folder / "manifest.json").read_text("utf-8")).items()
                                if key not in {"command", "created", "wall_time_s"}}
    return out


class Interrupted:
    """A project, and what an uninterrupted run of it leaves."""

    def __init__(self, folder: Path) -> None:
        write_project(folder)
        self.folder, self.out = folder, folder / "run"
        self.finish("--out", "run")  # compiles
        shutil.rmtree(self.out)
        self.finish("--out", "run")
        self.whole = contents(self.out)
        shutil.rmtree(self.out)

    def finish(self, *arguments: str) -> str:
        """Run to the end and return what was said."""
        with start(*COMMAND, *arguments, folder=self.folder) as process:
            _, stderr = process.communicate(timeout=200)
        assert process.returncode == 0, stderr
        return stderr

    def finished(self) -> bool:
        """Return whether the folder is that of a finished run."""
        return (self.out / "manifest.json").exists() and not (self.out / "unfinished.json").exists()

    def since(self, moment: float, pattern: str) -> int:
        """Return how many files of a pattern were written since a moment: those of an earlier run do not count."""
        count = 0
        for path in self.out.glob(pattern):
            with suppress(FileNotFoundError):  # moved meanwhile
                count += path.stat().st_mtime >= moment
        return count

    def kill(self, luck: random.Random, *arguments: str) -> bool:
        """Run, and kill the process at a random moment; returns whether it left an unfinished run.

        Moments are told by what the folder holds and not by a clock, so that a busy machine does not move them beyond the end:
        while it begins, after some new parts, or after some files of the finished run; and then up to 0.2 s later.
        """
        pattern, most = luck.choice((("unfinished.json", 1), ("parts/*.part", 12), ("parts/*.part", 12), ("draft/*", 7)))
        return self.kill_at(pattern, luck.randint(1, most), luck.uniform(0.0, 0.2), *arguments)

    def kill_at(self, pattern: str, new: int, delay_s: float, *arguments: str) -> bool:
        """Run, and kill the process so long after there are so many new files of this pattern; returns as above."""
        began = time.time()
        with start(*COMMAND, "--out", "run", *arguments, folder=self.folder, own_group=True) as process:
            while process.poll() is None and self.since(began, pattern) < new and not self.finished():
                time.sleep(0.002)
            time.sleep(delay_s)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)  # also waits for workers, which hold the same pipes and end with their parent
        return process.returncode == -signal.SIGKILL and not self.finished()


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Interrupted:
    return Interrupted(tmp_path_factory.mktemp("resume"))


def campaign(run: Interrupted, kills: int) -> int:
    """Kill a run at random moments, each time from the beginning, and finish it; returns how many kills hit an unfinished run.

    Every other resumed run is killed as well. The files must be those of the uninterrupted run.
    """
    luck, hits = random.Random(SEED), 0
    for number in range(kills):
        shutil.rmtree(run.out, ignore_errors=True)
        hits += run.kill(luck)
        if number % 2:
            run.kill(luck, "--resume")
        run.finish("--out", "run", "--resume")
        assert contents(run.out) == run.whole, f"kill {number}"
    return hits


def test_five_kills_at_random_moments(interrupted: Interrupted) -> None:
    """SIGKILL, resumed, the same files to the byte. A kill that comes when all is done shows nothing: most must not."""
    assert campaign(interrupted, 5) >= 3


@pytest.mark.slow
def test_fifty_kills_at_random_moments(interrupted: Interrupted) -> None:
    """The same, fifty times."""
    assert campaign(interrupted, KILLS) >= KILLS * 3 // 4


def test_finished_worlds_are_not_played_again(interrupted: Interrupted) -> None:
    """The folder tells how many are finished, and the resumed run plays the others; a second one has nothing to do."""
    shutil.rmtree(interrupted.out, ignore_errors=True)
    assert interrupted.kill_at("parts/*.part", 3, 0.0)
    parts = len(list((interrupted.out / "parts").glob("*.part")))
    done = json.loads((interrupted.out / "unfinished.json").read_text("utf-8"))["tasks_done"]
    assert parts >= 3
    command = tuple(word for word in COMMAND if word != "-q")
    with start(*command, "--out", "run", "--resume", folder=interrupted.folder) as process:
        _, said = process.communicate(timeout=200)
    kept = int(said.split("going on with run: ")[1].split(" ")[0])
    assert kept >= max(done, parts), "a part may be on file that unfinished.json does not count yet"
    assert f"small: {96 - kept} worlds in" in said
    assert contents(interrupted.out) == interrupted.whole
    with start(*command, "--out", "run", "--resume", folder=interrupted.folder) as process:
        _, said = process.communicate(timeout=200)
    assert said.splitlines()[0] == "run is finished: nothing was run"
    assert contents(interrupted.out) == interrupted.whole


def stopped(out: Path, *patches: tuple[str, object], arguments: tuple[str, ...], exit_code: int = 1) -> str:
    """Run with something broken into a folder, in this process; returns the last line that was said."""
    with pytest.MonkeyPatch.context() as broken:
        for place, instead in patches:
            broken.setattr(place, instead)
        done = duecourse(*arguments, "--out", out)
    assert (done.exit_code, done.stdout) == (exit_code, ""), done.stderr
    return done.stderr.splitlines()[-1]


def full(*_: object, **__: object) -> None:
    """Raise what a full disk raises."""
    raise OSError(28, "No space left on device")


def fails(*_: object, **__: object) -> None:
    """Raise what a run that fails raises."""
    raise RunFailed("money is not conserved on 1 account")


@pytest.mark.parametrize(("place", "breaks"), [
    ("experiments.lives.simulate", fails), ("experiments.report.write_report", fails),
    ("experiments.runfolder.write_manifest", full), ("experiments.durable.os.fsync", full),
    ("experiments.runfolder.sync_folder", full)])
def test_whatever_fails_later_is_played_no_second_time(small: Any, project: Path, place: str, breaks: object) -> None:
    """While files are written, when nothing more fits on the disk, at the very end: worlds are kept, and one sentence says how to
    go on; then no world is simulated but those whose log is kept.
    """
    out = project.parent / "out"
    arguments = ("compare", project, "--jobs", "1", "--format", "json")
    calls = 0

    def later(*given: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        return breaks(*given, **named) if calls > 20 or "fsync" not in place else None  # type: ignore[operator]

    said = stopped(out, (place, later), arguments=arguments)
    assert "worlds are kept in" in said
    assert said.endswith("--resume")
    assert json.loads((out / "unfinished.json").read_text("utf-8"))["tasks_done"] > 0
    done = duecourse(*arguments, "--out", out, "--resume")
    assert done.exit_code == 0, done.stderr
    digests = {strategy["name"]: strategy["digest"] for strategy in json.loads(done.stdout)["strategies"]}
    assert digests == small.digests
    assert {path.name for path in out.iterdir()} == {path.name for path in small.folder.iterdir()}


@pytest.mark.parametrize("after", [3, 30])
def test_an_experiment_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """`ab run`, three arms with faults and looks, stopped among the truths and among the designs: the same files."""
    monkeypatch.chdir(tmp_path)
    path = write_experiment(tmp_path, ARMS)
    arguments = ("ab", "run", path.name, "--jobs", "1", "-q", "--format", "json", "--out")
    whole = duecourse(*arguments, "whole")
    assert whole.exit_code == 0, whole.stderr
    played = 0

    def played_some(*given: Any) -> Finding:
        nonlocal played
        played += 1
        if played > after:
            raise KeyboardInterrupt
        return run_job(*given)

    with monkeypatch.context() as broken:
        broken.setattr("experiments.ab_play.run_job", played_some)
        done = duecourse(*arguments, "run")
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"Stopped: {after} of" in done.stderr.splitlines()[-1]
    counted: list[Job] = []

    def counting(*given: Any) -> Finding:
        counted.append(given[2])
        return run_job(*given)

    monkeypatch.setattr("experiments.ab_play.run_job", counting)
    done = duecourse(*arguments, "run", "--resume")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == whole.stdout == (tmp_path / "run" / "diagnosis.json").read_text("utf-8")
    assert contents(tmp_path / "run") == contents(tmp_path / "whole")
    assert len(counted) == len(set(counted)), "no job is played twice"
    assert duecourse(*arguments, "run", "--resume").stdout == whole.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the files of a running process")
def test_a_disk_that_is_really_full(interrupted: Interrupted) -> None:
    """Files may not grow beyond 2 MB, which parts are below and the report is above: worlds are kept, and resumed."""
    shutil.rmtree(interrupted.out, ignore_errors=True)
    with start(*COMMAND, "--out", "run", folder=interrupted.folder) as process:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        _, stderr = process.communicate(timeout=200)
    assert process.returncode == 1
    assert stderr.splitlines()[0].startswith("The run failed: [Errno 27] File too large")
    assert stderr.splitlines()[1].startswith("96 of 96 worlds are kept in run; to go on: ")
    interrupted.finish("--out", "run", "--resume")
    assert contents(interrupted.out) == interrupted.whole


def test_one_process_at_a_time_and_ctrl_c(project: Path) -> None:
    """While a run is played a second one is refused, and named the first; Ctrl-C ends the first in one sentence, and its folder
    goes on; with another seed it does not.
    """
    command = ("compare", project.name, "--replications", "5000", "--jobs", "1", "-q", "--out", "run")
    with start(*command, folder=project.parent) as process:
        deadline = time.monotonic() + 200
        while not list(project.parent.glob("run/parts/*.part")) and time.monotonic() < deadline:
            time.sleep(0.05)
        for more in ((), ("--resume",)):
            second = duecourse(*command, *more)
            assert second.exit_code == 2
            expected = f"run, which process {process.pid} is writing to" if more else "run, which holds an unfinished run"
            assert expected in second.stderr
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (1, "")
    done = json.loads((project.parent / "run" / "unfinished.json").read_text("utf-8"))["tasks_done"]
    assert stderr == (f"Stopped: {done} of 20000 worlds are kept in run; to go on: duecourse {' '.join(command)} --resume\n")
    other = duecourse(*command, "--resume", "--seed", "7")
    assert other.exit_code == 2
    assert "seeds.behaviour" in other.stderr
    assert "(there it is " in other.stderr
    assert "Start it as it was: duecourse compare small.yaml --replications 5000" in other.stderr
    report = duecourse("report", "run")
    assert report.exit_code == 2
    assert "an unfinished run" in report.stderr
