"""`duecourse init`: a project that runs as it is made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.console import duecourse


def test_a_new_project_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that `init` names works at once, and its challenger makes a difference."""
    monkeypatch.chdir(tmp_path)
    done = duecourse("init", "mine")
    assert done.exit_code == 0
    assert done.stdout == "Made mine. Next: duecourse compare mine/scenario.yaml\n"
    small = ("--set", "portfolio.synthetic.stock=200", "--set", "portfolio.synthetic.inflow_per_day=0", "--replications", "2",
             "--set", "horizon.days=12", "--jobs", "1", "--format", "json")
    found = duecourse("compare", "mine/scenario.yaml", *small)
    assert found.exit_code == 0, found.stderr
    strategies = {strategy["name"]: strategy for strategy in json.loads(found.stdout)["strategies"]}
    assert list(strategies) == ["call_ladder", "gentle", "do_nothing"]
    assert strategies["gentle"]["attempts"]["sms"] > 0
    assert strategies["call_ladder"]["attempts"]["call"] > strategies["gentle"]["attempts"]["call"] > 0


def test_its_mapping_reads_a_portfolio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mapping.yaml fits a file with the columns it names, and leaves out what it says."""
    monkeypatch.chdir(tmp_path)
    duecourse("init", "mine")
    Path("own.csv").write_text("account_id,balance,days_past_due\nA1,100,4\nA2,0,4\n", encoding="utf-8")
    done = duecourse("validate", "mine/scenario.yaml", "--portfolio", "own.csv", "--set", "portfolio.mapping=mapping.yaml",
                     "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["accounts"] == 1


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder with something in it, and a file, are refused; an empty folder is taken."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "scenario.yaml").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for name in ("full", "file"):
        done = duecourse("init", tmp_path / name)
        assert done.exit_code == 2
        assert f"DIR: got {tmp_path / name}, expected a folder that does not exist yet, or an empty one." in done.stderr
    assert (tmp_path / "full" / "scenario.yaml").read_text(encoding="utf-8") == "mine"
    (tmp_path / "empty").mkdir()
    assert duecourse("init", tmp_path / "empty").exit_code == 0
