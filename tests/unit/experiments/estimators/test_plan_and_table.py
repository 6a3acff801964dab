"""From an experiment file and a data file to one row a unit."""

from __future__ import annotations

import gzip
import textwrap

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.estimators.analysis import analyze
from experiments.estimators.plan import load_plan
from experiments.estimators.results import Estimate, NotEstimable
from experiments.estimators.table import read_units
from sim.errors import InputError

PLAN = """
    unit: id
    arm: arm
    control: champion
    metrics:
      - {name: paid, kind: proportion}
      - {name: amount, kind: mean}
"""
DATA = """
    id,arm,paid,amount
    1,champion,0,0
    2,new,1,5
    3,champion,1,2
    4,new,1,3
    5,champion,0,0
    6,new,0,0
"""


@pytest.fixture
def files(tmp_path):
    def make(plan=PLAN, data=DATA, name="data.csv"):
        (tmp_path / "e.yaml").write_text(textwrap.dedent(plan), encoding="utf-8")
        text = textwrap.dedent(data).strip() + "\n"
        if name.endswith(".gz"):
            (tmp_path / name).write_bytes(gzip.compress(text.encode()))
        else:
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / "e.yaml", tmp_path / name

    return make


def read(files_made):
    plan, data = files_made
    return read_units(load_plan(plan), data)


def test_a_row_is_a_unit(files):
    got = read(files())
    assert got.arms == ("champion", "new")
    assert got.arm.tolist() == [0, 1, 0, 1, 0, 1]
    assert got.numbers["amount"].tolist() == [0.0, 5.0, 2.0, 3.0, 0.0, 0.0]
    assert got.warnings == ()


def test_compressed_parquet_and_workbook_give_the_same(files, tmp_path):
    import openpyxl

    plan, data = files()
    want = read((plan, data))
    _, zipped = files(name="data.csv.gz")
    table = {
        "id": [1, 2, 3, 4, 5, 6],
        "arm": ["champion", "new"] * 3,
        "paid": [0, 1, 1, 1, 0, 0],
        "amount": [0.0, 5.0, 2.0, 3.0, 0.0, 0.0],
    }
    pq.write_table(pa.table(table), tmp_path / "data.parquet")
    book = openpyxl.Workbook()
    book.active.append(list(table))
    for row in zip(*table.values(), strict=True):
        book.active.append(row)
    book.save(tmp_path / "data.xlsx")
    for path in (zipped, tmp_path / "data.parquet", tmp_path / "data.xlsx"):
        got = read((plan, path))
        assert got.arm.tolist() == want.arm.tolist()
        assert got.numbers["amount"].tolist() == want.numbers["amount"].tolist()


@pytest.mark.parametrize("arms", [("0", "1"), ("0.0", "1.0"), ("0", "1.0")])
def test_arm_values_are_compared_as_text(files, arms):
    data = f"arm,paid\n{arms[0]},1\n{arms[1]},0\n{arms[0]},0\n{arms[1]},1"
    got = read(
        files(
            "arm: arm\ncontrol: 0\nallocation: {0: 1, 1: 2}\nmetrics: [{name: paid, kind: proportion}]", data
        )
    )
    assert got.arm.tolist() == [0, 1, 0, 1]


def test_rows_of_one_unit_are_folded_and_units_in_two_arms_left_out(files):
    data = """
        id,arm,paid,amount
        1,champion,0,1
        1,champion,1,4
        2,new,0,2
        3,new,0,1
        3,champion,1,1
        4,champion,0,0
    """
    got = read(files(data=data))
    assert got.arm.tolist() == [0, 1, 0]
    assert got.numbers["amount"].tolist() == [5.0, 2.0, 0.0]
    assert got.numbers["paid"].tolist() == [1.0, 0.0, 0.0]
    assert any("1 units appear in more than one arm" in warning for warning in got.warnings)
    assert any("6 rows belong to 4 units" in warning for warning in got.warnings)


def test_where_keeps_rows_and_a_missing_value_keeps_none(files):
    plan = 'arm: arm\ncontrol: a\nwhere: "M == 1 and Q <= 103"\nmetrics: [{name: y}]'
    data = "arm,y,M,Q\na,1,1,5\nb,2,1,103\na,3,0,5\nb,4,1,104\na,5,1,\nb,6,1,1"
    assert read(files(plan, data)).numbers["y"].tolist() == [1.0, 2.0, 6.0]


def test_units_without_a_value_are_left_out_and_said(files):
    data = DATA.replace("4,new,1,3", "4,new,1,")
    got = analyze(*files(data=data))
    by = {line.metric: line for line in got.contrasts if line.rank == 0}
    assert by["paid"].result.n == 6
    assert by["amount"].result.n == 5
    assert any("amount: 1 units have no value" in warning for warning in got.warnings)


def test_the_plan_may_stand_under_analysis_beside_a_scenario(files):
    inner = textwrap.indent(textwrap.dedent(PLAN), "  ")
    got = load_plan(files(f"scenario: card.yaml\ndesign: {{kind: complete}}\nanalysis:\n{inner}")[0])
    assert [metric.name for metric in got.metrics] == ["paid", "amount"]


def test_settings_of_the_file_serve_every_metric_that_can_use_them(files):
    plan = """
        arm: arm
        control: champion
        alpha: 0.1
        estimators: [welch, cox]
        time: days
        event: seen
        metrics:
          - {name: amount, kind: mean, alpha: 0.02}
          - {name: cure, kind: time_to_event}
    """
    amount, cure = load_plan(files(plan)[0]).metrics
    assert (amount.alpha, amount.estimators) == (0.02, ("welch",))
    assert (cure.alpha, cure.estimators, cure.time, cure.event) == (0.1, ("cox",), "days", "seen")


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ("arm: arm\ncontrol: a", "no `metrics`"),
        ("control: a\nmetrics: [{name: y}]", "no `arm`"),
        ("arm: arm\ncontrol: a\nmetrics: [{name: y, kind: meen}]", "Did you mean `mean`?"),
        ("arm: arm\ncontrol: a\nmetrics: [{name: y, estimators: [welsh]}]", "Did you mean `welch`?"),
        ("arm: arm\ncontrol: a\nmetrics: [{name: y}]\nstratta: [x]", "Did you mean `strata`?"),
        ("arm: arm\ncontrol: a\nmetrics: [{name: y, kinnd: mean}]", "Did you mean `kind`?"),
        ("arm: arm\ncontrol: a\nmetrics: [{name: y}, {name: y}]", "a name that is not taken"),
        ("arm: arm\ncontrol: a\nmetrics: [{name: y, alpha: 5}]", "above 0 and below 0.5"),
        ("arm: arm\ncontrol: a\nmetrics: [{numerator: y, kind: ratio}]", "no `denominator`"),
        ("arm: arm\ncontrol: a\nmetrics: [{name: y}]\nallocation: {a: 1}", "a positive weight for each arm"),
        ("arm: arm\ncontrol: a\nmetrics: [{name: y}]\nmultiplicity: bonferoni", "Did you mean `bonferroni`?"),
        ("arm: arm\ncontrol: a\nmetrics: [{name: y}]\nwhere: 'y = 1'", "Write == to compare"),
        ("- 1", "no mapping"),
    ],
)
def test_a_faulty_file_names_line_and_cure(files, plan, message):
    with pytest.raises(InputError) as caught:
        load_plan(files(plan)[0])
    assert message in str(caught.value)
    assert "e.yaml:" in str(caught.value)


@pytest.mark.parametrize(
    ("plan", "data", "message"),
    [
        (PLAN, DATA.replace("amount", "amout"), "Did you mean `amout`?"),
        (PLAN.replace("champion", "champio"), DATA, "Did you mean `champion`?"),
        (PLAN, DATA.replace("2,new,1,5", "2,new,3,5"), "0 or 1 for a proportion"),
        (PLAN, DATA.replace("2,new,1,5", "2,new,1,many"), "row 3 amount"),
        (PLAN + "\n    allocation: {champion: 1, other: 1}", DATA, "no share for new"),
        (PLAN, "id,arm,paid,amount\n1,champion,0,0", "control and at least one more arm"),
        (PLAN + "\n    where: 'amount > 99'", DATA, "a condition that some row meets"),
    ],
)
def test_data_that_do_not_fit_the_plan_are_refused(files, plan, data, message):
    with pytest.raises(InputError) as caught:
        read(files(plan, data))
    assert message in str(caught.value)


def thousand(seed=3, shift=0.0, clusters=0):
    rng = np.random.default_rng(seed)
    rows = ["id,arm,y,x,team"]
    for i in range(1000):
        arm = "new" if (i % clusters if clusters else i) % 2 else "champion"
        team = i % clusters if clusters else i
        rows.append(
            f"{i},{arm},{rng.normal() + (team % 5 if clusters else 0):.6f},"
            f"{rng.normal() + shift * (arm == 'new'):.6f},{team}"
        )
    return "\n".join(rows)


WIDE = "unit: id\narm: arm\ncontrol: champion\nmetrics: [{name: y}]\n"


@pytest.mark.parametrize(
    ("extra", "data", "warning"),
    [
        ("", thousand(), None),
        ("allocation: {champion: 2, new: 1}", thousand(), "sample-ratio mismatch"),
        ("covariates: [x]", thousand(shift=0.5), "baseline imbalance: x"),
        ("covariates: [x]", thousand(), None),
        (
            "cluster: team\nestimators: [welch]",
            thousand(clusters=20),
            "welch ignore that whole clusters were assigned",
        ),
        ("cluster: team\nestimators: [cr2]", thousand(clusters=6), "too few clusters"),
        ("cluster: team\nestimators: [cr1]", thousand(clusters=30), "cr1 reject too often"),
        ("cluster: team\nestimators: [cr2]", thousand(clusters=40), None),
    ],
)
def test_what_makes_a_result_doubtful_is_said(files, extra, data, warning):
    got = analyze(*files(WIDE + extra, data))
    if warning is None:
        assert got.warnings == ()
    else:
        assert any(warning in text for text in got.warnings), got.warnings


def test_missing_covariates_do_not_change_who_is_compared(files):
    rows = thousand().splitlines()
    rows[5] = ",".join((*rows[5].split(",")[:3], "", rows[5].split(",")[4]))
    got = analyze(*files(WIDE + "covariates: [x]", "\n".join(rows)))
    assert {line.result.n for line in got.contrasts} == {1000}
    assert any("covariate x: 1 units have no value" in text for text in got.warnings)


def test_arms_that_lose_different_shares_are_said(files):
    rows = thousand().splitlines()
    lost = [
        ",".join((*r.split(",")[:2], "", *r.split(",")[3:])) if ",new," in r and i % 4 else r
        for i, r in enumerate(rows)
    ]
    assert any("lose different shares" in text for text in analyze(*files(WIDE, "\n".join(lost))).warnings)


def test_a_margin_is_tested_on_the_good_side(files):
    rng = np.random.default_rng(8)
    data = "arm,y\n" + "\n".join(
        f"{'new' if i % 2 else 'champion'},{int(rng.random() < 0.1)}" for i in range(8000)
    )
    plan = "arm: arm\ncontrol: champion\nmetrics: [{name: y, kind: proportion, margin: %s, direction: %s}]"
    wide = analyze(*files(plan % (0.05, "smaller_is_better"), data)).contrasts[0]
    narrow = analyze(*files(plan % (0.0001, "larger_is_better"), data)).contrasts[0]
    assert wide.margin.shown
    assert not narrow.margin.shown
    z = (0.05 - wide.result.estimate) / wide.result.se
    assert wide.margin.p_value == pytest.approx(float(np.exp(-z * z / 2) / z / np.sqrt(2 * np.pi)), rel=0.2)


def test_adjustment_is_over_metrics_and_arms_of_one_rank(files):
    rows = ["arm,y,z"] + [f"{'abc'[i % 3]},{(i * 7) % 11},{(i * 5) % 13}" for i in range(90)]
    plan = (
        "arm: arm\ncontrol: a\nmultiplicity: bonferroni\n"
        "metrics: [{name: y, estimators: [welch, mann_whitney]}, {name: z, estimators: [welch]}]"
    )
    got = analyze(*files(plan, "\n".join(rows)))
    for line in got.contrasts:
        factor = 4 if line.rank == 0 else 2
        assert line.p_adjusted == pytest.approx(min(1.0, factor * line.result.p_value))


def test_dunnett_shares_one_control(files):
    rows = ["arm,y"] + [f"{'abc'[i % 3]},{(i * 7) % 11 + (i % 3) * 0.7 + i / 40}" for i in range(90)]
    got = analyze(
        *files(
            "arm: arm\ncontrol: a\nmultiplicity: dunnett\nmetrics: [{name: y, estimators: [student]}]",
            "\n".join(rows),
        )
    )
    for line in got.contrasts:
        assert line.result.p_value < line.p_adjusted < 2.0 * line.result.p_value + 0.05


def test_what_cannot_be_estimated_stays_in_the_result(files):
    got = analyze(*files(PLAN.replace("kind: mean", "kind: mean, estimators: [cr2, welch]")))
    kinds = [type(line.result) for line in got.contrasts if line.metric == "amount"]
    assert kinds == [NotEstimable, Estimate]
