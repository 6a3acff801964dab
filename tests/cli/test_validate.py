"""`duecourse validate`: what was read, in sentences and as a document."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.console import ROOT, STRATEGIES, duecourse, run_folders


def test_a_valid_scenario_is_summed_up(project: Path) -> None:
    """Accounts, borrowers, balance and strategies on stdout; nothing is written."""
    done = duecourse("validate", project)
    assert done.exit_code == 0
    assert done.stdout.startswith("small: valid. 300 accounts of ")
    assert done.stdout.splitlines()[0].endswith("strategies: sms_only, call_ladder, gentle, do_nothing.")
    assert "behaviour values are assumed" in done.stdout
    assert "No contact rules are on" in done.stdout
    ruled = duecourse("validate", project, "--set", "rulepacks=[us.fed]")
    assert "Contact rules at dispatch (enforced): us.fed 2026-11." in ruled.stdout
    assert run_folders(project.parent) == []


def test_the_document_counts(project: Path) -> None:
    """--format json."""
    document = json.loads(duecourse("validate", project, "--format", "json").stdout)
    assert document["schema"] == "duecourse/validate/1"
    assert (document["scenario"], document["accounts"], document["accounts_first_day"]) == ("small", 300, 300)
    assert document["strategies"] == list(STRATEGIES)
    assert document["excluded"] == []


def test_later_accounts_are_told_apart(project: Path) -> None:
    """With an inflow, the accounts of the first day are said."""
    done = duecourse("validate", project, "--set", "portfolio.synthetic.inflow_per_day=10")
    assert "300 of them are there on the first day; the others enter later." in done.stdout


def test_exclusions_are_counted(project: Path, tmp_path: Path) -> None:
    """Accounts that a mapping leaves out are counted with their balance, never dropped silently."""
    (tmp_path / "own.csv").write_text("id,owed,late\n1,100,4\n2,0,9\n3,-7.50,9\n", encoding="utf-8")
    (tmp_path / "own.yaml").write_text("name: own\ncurrency: CNY\ncolumns: {account_id: id, balance: owed, dpd: late}\n"
                                       "exclude: balance <= 0\n", encoding="utf-8")
    options = ("--portfolio", tmp_path / "own.csv", "--set", "portfolio.mapping=own.yaml")
    document = json.loads(duecourse("validate", project, *options, "--format", "json").stdout)
    assert document["accounts"] == 1
    assert document["excluded"] == [{"rule": "balance <= 0", "accounts": 2, "balance_minor": -750}]
    assert "Left out by rule `balance <= 0`: 2 accounts, balance -8 CNY." in duecourse("validate", project, *options).stdout


def test_chinese(project: Path) -> None:
    """--lang zh."""
    assert "small: 通过检查。" in duecourse("validate", project, "--lang", "zh").stdout


def test_shipped_scenarios_are_valid() -> None:
    """The demo is; the card portfolio asks for its file."""
    assert duecourse("validate", ROOT / "scenarios" / "demo.yaml").exit_code == 0
    done = duecourse("validate", ROOT / "scenarios" / "card_portfolio.yaml")
    assert done.exit_code == 2
    assert "taiwan_credit_card.csv.gz: got no such file" in done.stderr
