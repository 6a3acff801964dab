"""What a sensitivity analysis says: shifts of the lead, who takes over, break-evens on a straight line."""

from __future__ import annotations

import csv
import io
import math

import pytest

from experiments.sensitivity import sensitivity_json, sensitivity_rows
from experiments.sweep import plain_csv
from sim import Value
from tests.unit.experiments.questions import sensitivity


def test_values_come_by_the_swing_of_the_lead():
    result = sensitivity()
    assert [value.key for value in result.values] == ["behaviour.strong", "behaviour.weak", "behaviour.none"]
    strong, weak, none = result.values
    assert strong.swing == pytest.approx(15_000.0), "from 10,000 more lead to 5,000 less"
    assert (strong.low.shift.estimate, strong.high.shift.estimate) == pytest.approx((5_000.0, -10_000.0))
    assert weak.swing == pytest.approx(150.0)
    assert none.swing == 0.0
    assert none.high is None
    assert [value.matters for value in result.values] == [True, True, False]


def test_the_break_even_is_where_the_lead_is_zero():
    """The lead is 5,000 and falls by 5,000 a unit from 1: zero at 2."""
    strong, weak, _ = sensitivity().values
    assert strong.flips
    assert strong.high.standing.best == "bold"
    assert strong.high.break_even == pytest.approx(2.0)
    assert math.isnan(strong.low.break_even)
    assert not weak.flips


def test_each_end_has_its_own_break_even():
    """Both ends turn the order round, a quarter away from where the value stands."""
    value = Value(value=0.0, low=-1.0, high=4.0, unit="", source="assumed")
    both = sensitivity({"k": (value, lambda x: 20_000.0 * abs(x))}).values[0]
    assert (both.low.break_even, both.high.break_even) == pytest.approx((-0.25, 0.25))


def test_the_document_says_who_can_win():
    document = sensitivity_json(sensitivity())
    assert document["schema"] == "duecourse/sensitivity/1"
    assert document["base"]["best"] == "calm"
    assert document["base"]["runner_up"] == "bold"
    assert document["base"]["lead"]["estimate"] == pytest.approx(5_000.0)
    assert document["winner_changes"] == ["behaviour.strong"]
    assert document["values"][2]["high"] is None
    rows = list(csv.DictReader(io.StringIO(plain_csv(*sensitivity_rows(sensitivity())))))
    assert [(row["key"], row["end"]) for row in rows] == [
        ("behaviour.strong", "low"), ("behaviour.strong", "high"), ("behaviour.weak", "low"), ("behaviour.weak", "high"),
        ("behaviour.none", "low")]
    assert float(rows[1]["lead"]) == pytest.approx(document["values"][0]["high"]["lead"]["estimate"])
