"""What a sweep asks and says: values of an axis, who stands first, where the winner changes."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest

from experiments.standing import standing
from experiments.sweep import axes_of, axis_of, plain_csv, points_of, sweep_json, sweep_rows
from sim import InputError
from tests.unit.experiments.questions import sweep


def test_a_range_holds_both_ends_and_is_exact():
    axis = axis_of("resources.desk.agents=20:200:60")
    assert (axis.key, axis.texts, axis.values) == ("resources.desk.agents", ("20", "80", "140", "200"), (20, 80, 140, 200))
    assert axis_of("a=0.1:0.3:0.1").texts == ("0.1", "0.2", "0.3"), "no 0.30000000000000004"
    assert axis_of("a=1:2.4:0.5").texts == ("1", "1.5", "2"), "the last value that a step meets"
    assert axis_of("a = 5, 1 ,3").values == (5, 1, 3)


@pytest.mark.parametrize("text", [
    "a", "=1:2:1", "a=", "a=1:2", "a=1:2:0", "a=2:1:1", "a=1:2:-1", "a=1:x:1", "a=1,x", "a=1", "a=1,1", "a=nan,1",
    "a=1:1000000:0.01", "a=inf:nan:1"])
def test_what_is_no_axis_is_refused_in_four_parts(text):
    with pytest.raises(InputError, match=r"--over: got .*, expected KEY=A:B:STEP or KEY=A,B,C with a key of the scenario\. ."):
        axis_of(text)


def test_two_different_axes_at_most():
    assert len(axes_of(["a=1,2", "b=1,2"])) == 2
    for texts, said in (([], "once or twice"), (["a=1,2"] * 2, "two different keys"),
                        (["a=1,2", "b=1,2", "c=1,2"], "once or twice"), (["a=1:200:1", "b=1:200:1"], "at most 10000")):
        with pytest.raises(InputError, match=said):
            axes_of(texts)


def test_points_are_the_grid_with_the_last_axis_fastest():
    assert [point.settings for point in points_of(axes_of(["a=1,2", "b=3,4"]))] == [
        ("a=1", "b=3"), ("a=1", "b=4"), ("a=2", "b=3"), ("a=2", "b=4")]


def test_who_stands_first_and_whether_that_is_clear():
    luck = np.array([0.0, 5.0, -3.0, 1.0])
    found = standing({"a": luck, "b": luck + 1.0, "c": luck - 9.0})
    assert (found.best, found.runner_up, found.lead.estimate, found.clear) == ("b", "a", 1.0, True), "paired: the luck is shared"
    noisy = standing({"a": luck, "b": -luck + 1.6})
    assert (noisy.best, noisy.clear) == ("b", False)
    assert standing({"a": luck, "b": luck + 1.0}, "lower").best == "a"
    assert standing({"a": np.array([math.nan]), "b": np.array([1.0])}).best == "b", "what cannot be estimated comes last"
    assert not standing({"a": np.array([1.0]), "b": np.array([2.0])}).clear, "one replication is never clear"


def test_the_winner_changes_between_two_values():
    result = sweep(over=["agents=10:40:10"])
    assert [point.standing.best for point in result.points] == ["calm", "calm", "bold", "bold"]
    assert [(s.below, s.above, s.before, s.after) for s in result.switches] == [("20", "30", "calm", "bold")]
    assert result.wins == {"calm": 2, "bold": 2, "do_nothing": 0}


def test_the_document_and_the_table_hold_the_same_numbers():
    result = sweep(over=["agents=10:40:10", "x=1,2"])
    document = sweep_json(result)
    assert document["schema"] == "duecourse/sweep/1"
    assert [axis["key"] for axis in document["axes"]] == ["agents", "x"]
    assert len(document["points"]) == 8
    assert document["switches"] == []
    rows = list(csv.DictReader(io.StringIO(plain_csv(*sweep_rows(result)))))
    for point in document["points"]:
        for name, metrics in point["strategies"].items():
            row = next(r for r in rows if (float(r["agents"]), float(r["x"]), r["strategy"], r["metric"])
                       == (point["at"]["agents"], point["at"]["x"], name, "net_minor"))
            assert float(row["mean"]) == metrics["net_minor"]["mean"]
            assert (row["best_here"] == "yes") == (name == point["best"])


def test_names_that_a_spreadsheet_would_run_are_marked():
    assert plain_csv(["a"], [["=HYPERLINK(1)"], [-1.5], [math.nan]]) == "a\n'=HYPERLINK(1)\n-1.5\n\"\"\n"
