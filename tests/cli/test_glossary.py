"""`duecourse glossary`: metrics and terms in two languages."""

from __future__ import annotations

import json
import re

import pytest

from sim import METRICS
from tests.cli.console import Played, duecourse


def test_every_metric_of_a_run_is_explained(small: Played) -> None:
    """Name, formula, denominator, English and Chinese; and none is left out."""
    document = json.loads(duecourse("glossary", "--format", "json").stdout)
    assert document["schema"] == "duecourse/glossary/1"
    explained = {metric["name"]: metric for metric in document["metrics"]}
    assert set(explained) == set(METRICS) == set(small.result.metrics)
    for metric in explained.values():
        assert all(metric[key] for key in ("unit", "denominator", "english", "chinese", "formula"))
        assert re.search("[\u4e00-\u9fff]", metric["chinese"])


def test_false_friends_are_told(small: Played) -> None:
    """Penetration means coverage in English and intensity in Chinese."""
    terms = {term["english"]: term for term in json.loads(duecourse("glossary", "--format", "json").stdout)["terms"]}
    assert "false friend" in terms["Attempts per account"]["note"]
    assert terms["Recovery rate"]["chinese"].startswith("回收率")


@pytest.mark.parametrize(("lang", "first"), [("en", "Recovery rate"), ("zh", "回收率")])
def test_the_tables_start_with_the_language_asked_for(lang: str, first: str) -> None:
    """Two tables of left-aligned texts."""
    stdout = duecourse("glossary", "--lang", lang).stdout
    row = next(line for line in stdout.splitlines() if line.startswith("recovery_rate"))
    assert row.split(maxsplit=1)[1].startswith(first)
    assert any(line.startswith(first) for line in stdout.splitlines())
