"""`duecourse sweep` and `sensitivity`: documents, files, shared luck, going on after a kill, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from experiments.parts import FOLDER
from tests.cli.console import Played, duecourse

AGENTS = "resources.desk.groups.general.agents"
SHORT = ("--set", "horizon.days=8", "--set", "strategies=[sms_only, call_ladder]", "--replications", "2", "--jobs", "1", "-q")


def test_a_point_of_a_sweep_is_the_comparison_there(small: Played, project: Path, tmp_path: Path) -> None:
    """At the value that the scenario has, a sweep finds what `compare` finds, to the last digit: the luck is the same."""
    asked = ("--over", f"{AGENTS}=2,3", "--jobs", "1", "-q", "--format", "json")
    done = duecourse("sweep", project, *asked, "--out", tmp_path / "s")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "duecourse/sweep/1"
    here = document["points"][0]
    assert here["at"] == {AGENTS: 2}
    for strategy in small.document["strategies"]:
        assert here["strategies"][strategy["name"]]["net_minor"] == strategy["net_minor"]
    contrast = next(c for c in small.document["contrasts"] if (c["strategy"], c["against"]) == ("gentle", "call_ladder"))
    assert here["against_champion"]["gentle"] == {key: contrast["net_minor"][key] for key in ("estimate", "ci95")}
    other = document["points"][1]["strategies"]
    assert other["do_nothing"]["recovery_minor"] == here["strategies"]["do_nothing"]["recovery_minor"], "nobody works there"
    assert other["call_ladder"] != here["strategies"]["call_ladder"]
    names = {item.name for item in (tmp_path / "s").iterdir()}
    assert names == {"manifest.json", "sweep.json", "sweep.csv", "sweep.npz", "report.html"}
    stored = json.loads((tmp_path / "s" / "sweep.json").read_text(encoding="utf-8"))
    assert stored == document
    with (tmp_path / "s" / "sweep.csv").open(encoding="utf-8-sig", newline="") as handle:
        row = next(row for row in csv.DictReader(handle) if (row["strategy"], row["metric"]) == ("call_ladder", "net_minor"))
    assert float(row["mean"]) == here["strategies"]["call_ladder"]["net_minor"]["mean"]


def test_two_values_workers_and_the_table(project: Path, tmp_path: Path) -> None:
    """Worker processes change no number; the table marks the best at each point and names the report."""
    over = ("--over", f"{AGENTS}=1:3:2", "--over", "channels.call.dial.answer=0.2,0.5")
    one = duecourse("sweep", project, *over, *SHORT, "--out", tmp_path / "one", "--format", "csv")
    two = duecourse("sweep", project, *over, *SHORT, "--jobs", "2", "--out", tmp_path / "two", "--format", "csv")
    assert one.exit_code == two.exit_code == 0, one.stderr + two.stderr
    assert one.stdout == two.stdout
    assert one.stdout.count("\n") == 1 + 4 * 3 * 7
    done = duecourse("sweep", project, *over, *SHORT, "--out", tmp_path / "one", "--resume")
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.count(" *") for line in lines[3:7]) == 4
    assert lines[-1] == f"Report: {tmp_path / 'one' / 'report.html'}"


def test_a_sweep_goes_on_where_it_was_stopped(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five of nine tasks were finished when it was killed: the others are played, and the files are those of an unbroken run."""
    import experiments.points as points

    arguments = ("sweep", project, "--over", f"{AGENTS}=1:3:1", *SHORT, "--format", "json")
    whole = duecourse(*arguments, "--out", tmp_path / "whole")
    assert whole.exit_code == 0, whole.stderr
    play, played = points.play_point, []

    def dies(base, task):
        if len(played) == 5:
            raise KeyboardInterrupt
        played.append(task)
        return play(base, task)

    monkeypatch.setattr(points, "play_point", dies)
    stopped = duecourse(*arguments, "--out", tmp_path / "run")
    assert stopped.exit_code == 1
    assert "5 of 9 tasks are kept" in stopped.stderr
    assert len(list((tmp_path / "run" / FOLDER).glob("*.part"))) == 5
    count = len(played)
    monkeypatch.setattr(points, "play_point", lambda base, task: played.append(task) or play(base, task))
    again = duecourse(*arguments, "--out", tmp_path / "run", "--resume")
    assert again.exit_code == 0, again.stderr
    assert len(played) - count == 4
    assert (tmp_path / "run" / "sweep.csv").read_bytes() == (tmp_path / "whole" / "sweep.csv").read_bytes()
    assert not (tmp_path / "run" / FOLDER).exists()


def test_sensitivity_moves_one_value_at_a_time(project: Path, tmp_path: Path) -> None:
    """The base is the comparison's; what doubles payments after a payday moves the lead; the report can be written again."""
    done = duecourse("sensitivity", project, *SHORT, "--only", "behaviour.payment.payday_factor", "--only",
                     "behaviour.payment.partial_*", "--format", "json", "--out", tmp_path / "s")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "duecourse/sensitivity/1"
    assert {value["key"] for value in document["values"]} == {
        "behaviour.payment.payday_factor", "behaviour.payment.partial_power", "behaviour.payment.partial_floor"}
    assert document["base"]["best"] == "call_ladder"
    swings = [value["swing"] for value in document["values"]]
    assert swings == sorted(swings, reverse=True)
    assert swings[0] > 0
    for value in document["values"]:
        shift = value["high"]["lead"]["estimate"] - document["base"]["lead"]["estimate"]
        assert value["high"]["shift"]["estimate"] == pytest.approx(shift)
    again = duecourse("report", tmp_path / "s", "--lang", "zh")
    assert again.exit_code == 0, again.stderr
    assert "敏感性分析" in (tmp_path / "s" / "report.zh.html").read_text(encoding="utf-8")
    refused = duecourse("report", tmp_path / "s", "--format", "xlsx")
    assert refused.exit_code == 2
    assert "expected html: a sweep or a sensitivity analysis has a page and CSV, no workbook" in refused.stderr


@pytest.mark.parametrize(("arguments", "said"), [
    (("sweep", "--over", "resources.desk.groups.general.agnets=1:3:1"), "Did you mean `agents`?"),
    (("sweep", "--over", f"{AGENTS}=-1:3:2"), "--over resources.desk.groups.general.agents"),
    (("sweep", "--over", f"{AGENTS}=1:3"), "expected KEY=A:B:STEP"),
    (("sweep", "--over", f"{AGENTS}=1,2", "--metric", "net_mior"), "Did you mean `net_minor`?"),
    (("sensitivity", "--only", "behaviour.paymnt.*"), "expected a key, or a pattern with *"),
    (("sensitivity", "--metric", "profit"), "--metric: got profit"),
])
def test_what_cannot_be_asked_is_refused_before_anything_runs(project: Path, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, four parts, no folder."""
    done = duecourse(arguments[0], project, *arguments[1:])
    assert done.exit_code == 2, done.stdout
    assert said in done.stderr
    assert not (project.parent / "runs").exists()


def test_a_dry_run_counts_the_worlds(project: Path) -> None:
    """Points x strategies x replications, and nothing is written."""
    done = duecourse("sweep", project, "--over", f"{AGENTS}=1:3:1", "--dry-run", "--format", "json")
    assert json.loads(done.stdout)["worlds"] == 3 * 4 * 3
    assert not (project.parent / "runs").exists()
