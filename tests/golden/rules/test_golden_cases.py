"""The golden cases of the contact rules, each judged by the console command as a user would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from experiments.cli_rules import rules

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*.yaml"))


def _expected(path: Path) -> list[Any]:
    return [item["expect"] for item in YAML(typ="safe", pure=True).load(path)["check"]]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_case(path: Path) -> None:
    """The answer, every rule that refuses, and the earliest second of a yes are as worked out by hand."""
    result = CliRunner().invoke(rules, ["check", str(path), "--format", "json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["schema"] == "duecourse/rules-check/1"
    found = [
        {
            "allow": check["allow"],
            "rules": [reason["rule"] for reason in check["reasons"]],
            "next_ok_at": check["next_ok_at"],
        }
        for check in document["checks"]
    ]
    assert found == _expected(path)


def test_there_are_golden_cases() -> None:
    """The folder is found, so that the test above cannot pass by being empty."""
    assert len(CASES) >= 20
