"""Results as text: numbers as people read them, tables in columns, JSON without nan."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace

import pytest
from rich.cells import cell_len

from experiments.cli_common import echo_json
from experiments.cli_run import text_table
from experiments.results import CompareResult, Contrast, Difference, Estimate, MetricInfo
from experiments.tables import WORDS, compare_csv, compare_json, compare_rows, contrast_lines, number
from sim import METRICS
from tests.unit.experiments.report.example import example


def complete(replications: int = 8) -> CompareResult:
    """Return the hand-made comparison of the report's tests with every metric that a run has."""
    made = example(replications=replications)
    infos = {name: MetricInfo(m.name, m.unit, m.denominator, m.english, m.chinese, m.formula, m.better)
             for name, m in METRICS.items()}
    single = replications == 1
    value = Estimate(7.0, math.nan if single else 1.0)
    delta = Difference(0.0, *((math.nan,) * 3 if single else (-1.0, 1.0, 0.5)))
    strategies = tuple(replace(s, metrics=dict.fromkeys(infos, value) | dict(s.metrics)) for s in made.strategies)
    contrasts: tuple[Contrast, ...] = tuple(replace(c, metrics=dict.fromkeys(infos, delta) | dict(c.metrics))
                                            for c in made.contrasts)
    return replace(made, metrics=infos | dict(made.metrics), strategies=strategies, contrasts=contrasts)


@pytest.mark.parametrize(("value", "unit", "minor", "text"), [
    (math.nan, "minor", 100, "-"), (123456.0, "minor", 100, "1,235"), (123456.0, "minor", 1, "123,456"),
    (-123456.0, "minor", 100, "-1,235"), (0.1234, "share", 100, "12.3%"), (0.0, "share", 100, "0.0%"),
    (0.0, "count", 100, "0"), (64.0, "count", 100, "64"), (64.7, "count", 100, "64.7"), (1234.5, "count", 100, "1,234"),
    (1.234, "per 1000", 100, "1.23"), (0.0, "per 1000", 100, "0.00"),
])
def test_numbers_are_written_as_people_read_them(value: float, unit: str, minor: int, text: str) -> None:
    """Money in major units, shares in per cent, counts without needless decimals, a dash where there is none."""
    assert number(value, unit, minor) == text


def test_texts_stand_left_and_numbers_right() -> None:
    """A column with a word in it is a column of texts."""
    table = text_table(["name", "n", "step"], [["a", "1,234", "call"], ["bcd", "-", "x"]])
    assert table == ("name      n  step\n"
                     "----  -----  ----\n"
                     "a     1,234  call\n"
                     "bcd       -  x")


def test_chinese_takes_two_cells() -> None:
    """Columns stand under each other where letters are twice as wide."""
    lines = text_table(["指标", "n"], [["回收金额", "1"], ["ab", "23"]]).splitlines()
    assert {cell_len(line) for line in lines} == {8 + 2 + 2}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_table_has_a_row_a_metric_and_a_column_a_strategy(language: str) -> None:
    """The champion is marked; money names the currency; nothing is nan."""
    result = complete()
    header, rows = compare_rows(result, language)
    assert header[1:] == [f"{s.name} *" if s.name == result.champion else s.name for s in result.strategies]
    assert all(len(row) == len(header) for row in rows)
    assert result.currency in rows[0][0]
    assert "nan" not in text_table(header, rows)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_contrasts_say_interval_and_meaning(language: str) -> None:
    """One heading for each reference with the roster that costs count; one line a strategy; without an interval it is said."""
    result = complete()
    lines = contrast_lines(result, language)
    heads = [line for line in lines if not line.startswith("  ")]
    assert len(heads) == len({contrast.against for contrast in result.contrasts})
    assert all(WORDS[language][result.roster] in head for head in heads)
    assert len(lines) - len(heads) == len(result.contrasts)
    single = contrast_lines(complete(1), language)
    assert WORDS[language]["single"] in single[1]
    assert "nan" not in "".join(single)


def test_words_exist_in_both_languages() -> None:
    """No sentence is missing in one of them."""
    assert set(WORDS["en"]) == set(WORDS["zh"])


def test_csv_is_exact() -> None:
    """Every metric of every strategy, to the last bit; empty where there is no number."""
    result = complete(1)
    rows = list(csv.DictReader(io.StringIO(compare_csv(result))))
    assert len(rows) == sum(len(strategy.metrics) for strategy in result.strategies)
    for row in rows:
        value = result.strategy(row["strategy"]).metrics[row["metric"]]
        assert row["mean"] == ("" if math.isnan(value.mean) else repr(value.mean))
        assert row["se"] == ""


def test_json_knows_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    """What is not a number is null, and the text is one JSON document."""
    echo_json(compare_json(complete(1)))
    document = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert document["strategies"][0]["net_minor"]["se"] is None
    assert document["contrasts"][0]["net_minor"]["ci95"] == [None, None]
