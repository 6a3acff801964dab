"""`duecourse plan`: what a strategy plans on one day."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from tests.cli.console import assert_refused, duecourse, run_folders


def test_the_actions_of_a_day_are_listed(project: Path) -> None:
    """Sums by step are the sums of the actions; the date is the calendar's; times open before they close."""
    done = duecourse("plan", project, "--strategy", "sms_only", "--day", "1", "--format", "json")
    document = json.loads(done.stdout)
    assert document["schema"] == "duecourse/plan/1"
    assert (document["strategy"], document["day"], document["date"]) == ("sms_only", 1, "2025-09-01")
    actions = document["actions"]
    assert sum(document["by_step"].values()) == len(actions) > 100
    assert {action["channel"] for action in actions} == {"sms"}
    assert all("00:00" <= action["opens"] < action["closes"] <= "24:00" for action in actions)
    assert len({action["account"] for action in actions}) == len(actions)


def test_table_and_csv_hold_the_same_actions(project: Path) -> None:
    """The table shows the first ones and says how many more there are; CSV has them all."""
    table = duecourse("plan", project, "--day", "3", "--most", "2").stdout
    rows = list(csv.DictReader(io.StringIO(duecourse("plan", project, "--day", "3", "--format", "csv").stdout)))
    assert table.startswith(f"call_ladder, day 3 (2025-09-03): {len(rows):,} actions\n")
    assert f"... and {len(rows) - 2} more" in table
    assert rows[0]["account"] in table
    assert run_folders(project.parent) == []


def test_a_day_after_the_horizon(project: Path) -> None:
    """Is refused with the days that there are."""
    done = duecourse("plan", project, "--day", "21")
    assert_refused(done, "--day: got 21, expected a day from 1 to 20.", folder=project.parent)


def test_do_nothing_plans_nothing(project: Path) -> None:
    """No action, and no empty table that looks like an error."""
    done = duecourse("plan", project, "--strategy", "do_nothing")
    assert done.exit_code == 0
    assert done.stdout.startswith("do_nothing, day 1 (2025-09-01): 0 actions")
