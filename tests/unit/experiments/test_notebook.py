"""Notebook use: the console's numbers by import, tables through Arrow, a display that keeps names text, examples that run."""

from __future__ import annotations

import json

import pytest

from experiments.notebook import KINDS, Comparison, compare, load_scenario, report, sweep, table
from sim import InputError
from tests.cli.console import write_project
from tests.notebooks import FOLDER, code_cells, run
from tests.unit.experiments.report.example import HOSTILE, example

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    path = write_project(tmp_path_factory.mktemp("notebook"))
    return load_scenario(path, {"horizon.days": 8, "strategies": "[sms_only, call_ladder]"}, replications=2)


def test_a_comparison_is_shown_and_its_tables_add_up(loaded):
    """The mean over the rows of `replications` is the estimate in `metrics`; days add up to the horizon."""
    found = compare(loaded)
    frame = table(found, "replications").to_pandas()
    mean = frame[(frame["strategy"] == "call_ladder") & (frame["metric"] == "recovery_minor")]["value"].mean()
    metrics = table(found, "metrics").to_pandas()
    row = metrics[(metrics["strategy"] == "call_ladder") & (metrics["against"] == "") & (metrics["metric"] == "recovery_minor")]
    assert row["estimate"].item() == pytest.approx(mean)
    daily = table(found, "daily").to_pandas()
    assert daily[daily["strategy"] == "call_ladder"].groupby("replication")["recovery_minor"].sum().mean() == pytest.approx(mean)
    assert found._repr_html_().startswith("<p><b>")
    assert "call_ladder" in str(found)


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_has_rows_and_names(kind):
    found = table(Comparison(example()), kind)
    assert found.num_rows > 0
    assert len(set(found.column_names)) == len(found.column_names)


def test_an_unknown_table_gets_the_nearest():
    with pytest.raises(InputError, match="Did you mean `metrics`"):
        table(Comparison(example()), "metrix")


def test_names_from_outside_stay_text_on_display():
    shown = Comparison(example(names=HOSTILE))._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_a_report_is_written_where_nothing_stands(tmp_path):
    found = Comparison(example(), "zh")
    assert report(found, tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert report(found, tmp_path / "r.xlsx").stat().st_size > 10_000
    for path, said in ((tmp_path / "r.html", "does not exist yet"), (tmp_path / "r.pdf", "ends in .html or .xlsx")):
        with pytest.raises(InputError, match=said):
            report(found, path)


def test_a_sweep_is_a_table_too(loaded):
    found = sweep(loaded, ["resources.desk.groups.general.agents=1,2"])
    frame = table(found).to_pandas()
    assert len(frame) == 2 * 3 * 7
    assert (frame[frame["metric"] == "net_minor"]["best_here"] == "yes").sum() == 2


def test_there_is_one_notebook_for_each_reader():
    assert [path.stem for path in NOTEBOOKS] == ["planner", "statistician"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_executed_and_runs_again(path):
    """Every cell has its number and what it showed, and shows the same kind of thing now; renew: python -m tests.notebooks."""
    document = json.loads(path.read_text(encoding="utf-8"))
    cells = code_cells(document)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert all(cell["outputs"] for cell in cells)
    for cell, outputs in zip(cells, run(document), strict=True):
        assert [found["output_type"] for found in outputs] == [kept["output_type"] for kept in cell["outputs"]]
