"""METHODS.md names every estimator once, and only files and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from experiments.estimators.registry import estimators
from experiments.sequential.spending import RULES

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "experiments" / "METHODS.md").read_text(encoding="utf-8")


def test_every_estimator_and_rule_has_its_row():
    named = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(named) == sorted(estimators())
    for rule in RULES:
        assert rule in PAGE


def test_every_file_and_test_that_is_named_exists():
    files = set(re.findall(r"`((?:estimators|sequential|design)/\w+\.py)`", PAGE))
    assert len(files) > 15
    for name in files:
        assert (ROOT / "experiments" / name).is_file(), name
    for name in set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE)):
        assert (ROOT / name).is_file(), name
