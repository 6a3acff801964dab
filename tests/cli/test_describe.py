"""`duecourse describe`: what a scenario will do, before any run."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.console import STRATEGIES, duecourse, run_folders


def test_segments_loads_and_differences_are_said(project: Path) -> None:
    """Every strategy in sentences, the champion marked, accounts by segment, load, what the challenger changes."""
    done = duecourse("describe", project)
    assert done.exit_code == 0
    heads = [line for line in done.stdout.splitlines() if line.startswith("== ")]
    assert heads == ["== sms_only ==", "== call_ladder * ==", "== gentle ==", "== do_nothing =="]
    assert "Contacts nobody." in done.stdout.split("== do_nothing ==")[1]
    gentle = done.stdout.split("== gentle ==")[1]
    assert "Compared with the champion call_ladder:" in gentle
    assert "Segment early: new: day 1 since entry: sms `helpful`, 10:00-11:00." in gentle
    assert "not legal advice" in done.stdout
    assert run_folders(project.parent) == []


def test_the_document_adds_up(project: Path) -> None:
    """Accounts of all segments are all accounts; sms has no daily limit, calls have one."""
    document = json.loads(duecourse("describe", project, "--format", "json").stdout)
    assert document["schema"] == "duecourse/describe/1"
    assert [described["strategy"] for described in document["described"]] == list(STRATEGIES)
    for described in document["described"][:-1]:
        assert sum(leaf["accounts"] for leaf in described["leaves"]) == 300
    loads = {load["channel"]: load for load in document["loads"]["gentle"]}
    assert set(loads) == {"sms", "call"}
    assert loads["sms"]["capacity_per_day"] is None
    assert 0 < loads["call"]["planned_per_day"] < loads["call"]["capacity_per_day"]


def test_too_little_capacity_is_warned_of(project: Path) -> None:
    """One agent cannot do what is planned: the numbers are said before anything is run."""
    done = duecourse("describe", project, "--set", "resources.desk.groups.general.agents=0",
                     "--set", "resources.desk.groups.senior.agents=0")
    assert done.exit_code == 0
    assert "! call: " in done.stdout.split("== call_ladder * ==")[1].split("== gentle ==")[0]


def test_accounts_that_never_enter_and_packs_in_force_for_a_part_are_said(project: Path) -> None:
    """Who enters after the horizon takes no part; a pack that begins within it holds from then on."""
    (project.parent / "own.csv").write_text("account_id,balance,dpd,entry_day\nA1,10,4,0\nA2,10,4,20\n", encoding="utf-8")
    done = duecourse("describe", project, "--portfolio", "own.csv")
    assert "Note: 1 of 2 accounts enter after the last day, 2025-09-20: they take no part" in done.stdout
    packs = ("--set", "rulepacks=[cn.base]", "--set", "compliance.actor=bank", "--set", "calendar.start=2026-01-20")
    said = [line for line in duecourse("describe", project, *packs).stdout.splitlines() if "is in force only" in line]
    assert len(said) == 1
    assert "the pack cn.base is in force only from 2026-01-30" in said[0]


def test_chinese(project: Path) -> None:
    """--lang zh puts sentences, tables and the note into Chinese."""
    done = duecourse("describe", project, "--lang", "zh")
    assert "与冠军策略 call_ladder 相比:" in done.stdout
    assert "分组 (首日)" in done.stdout
    assert "since entry" not in done.stdout
    assert "不构成法律意见" in done.stdout
