"""`duecourse ab analyze` and `ab assign` as a user of the console sees them."""

from __future__ import annotations

import csv
import hashlib
import io
import json

import pytest

from experiments.ab_run import load_experiment
from sim.errors import InputError
from tests.cli.test_ab_command import document, fault, run


@pytest.fixture
def accounts(tmp_path):
    path = tmp_path / "accounts.csv"
    lines = ["id,area,balance,team,arm,paid,amount"]
    for i in range(100):
        paid, amount = int((i * 7) % 3 == 0), (i * 13) % 17
        lines.append(
            f"a{i},{'NS'[i % 2]},{100 + (i * 37) % 900},t{i % 10},{'ab'[(i // 10) % 2]},{paid},{amount}"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def written(tmp_path, text):
    path = tmp_path / "experiment.yaml"
    path.write_text(text, encoding="utf-8")
    return path


ANALYSIS = """unit: id
arm: arm
control: a
metrics: [{name: paid, kind: proportion}, {name: amount, estimators: [welch, cr2]}]
"""


def test_analyze_answers_by_its_schema(tmp_path, accounts):
    got = document("analyze", written(tmp_path, ANALYSIS), "--data", accounts)
    assert list(got)[:4] == ["schema", "srm", "contrasts", "warnings"]
    assert got["schema"] == "duecourse/ab-analyze/1"
    assert got["srm"]["p_value"] == 1.0
    wanted = {
        "metric",
        "arm",
        "control",
        "estimator",
        "estimate",
        "se",
        "df",
        "level",
        "ci",
        "p_value",
        "p_adjusted",
        "n",
        "reason",
    }
    for line in got["contrasts"]:
        assert wanted <= set(line)
        assert (line["arm"], line["control"]) == ("b", "a")
    silent = next(line for line in got["contrasts"] if line["estimator"] == "cr2")
    assert silent["estimate"] is None
    assert silent["ci"] is None
    assert silent["reason"] == "the data name no cluster"
    spoken = next(line for line in got["contrasts"] if line["estimator"] == "welch")
    assert spoken["reason"] is None
    assert spoken["ci"][0] < spoken["estimate"] < spoken["ci"][1]
    assert spoken["n"] == 100


def test_analyze_in_words_and_as_csv(tmp_path, accounts):
    plan = written(tmp_path, ANALYSIS)
    words = run("analyze", plan, "--data", accounts).stdout
    assert words.startswith("split: a 50, b 50 units, p = 1")
    assert "not estimable: the data name no cluster" in words
    rows = list(
        csv.DictReader(io.StringIO(run("analyze", plan, "--data", accounts, "--format", "csv").stdout))
    )
    assert [row["estimator"] for row in rows][-2:] == ["welch", "cr2"]


def test_analyze_says_what_is_wrong_with_file_and_line(tmp_path, accounts):
    said = fault(
        "analyze", written(tmp_path, ANALYSIS.replace("kind: proportion", "kind: prop")), "--data", accounts
    )
    assert "experiment.yaml:4 metrics[0].kind: got prop" in said
    assert "no such file" in fault("analyze", tmp_path / "none.yaml", "--data", accounts)
    assert "no such file" in fault("analyze", written(tmp_path, ANALYSIS), "--data", tmp_path / "none.csv")


DESIGNS = {
    "complete": "allocation: {champion: 9, new: 1}",
    "stratified": "arms: [champion, new]\nstrata: area\ncovariates: [balance]",
    "cluster": "arms: [champion, new]\ncluster: team\nstrata: area",
    "rerandomised": "arms: [champion, a, b]\ndesign: rerandomised\ncovariates: [balance]\naccept: 0.05",
}


@pytest.mark.parametrize("design", sorted(DESIGNS))
def test_assign_is_the_same_for_the_same_seed_in_any_row_order(tmp_path, accounts, design):
    plan = written(tmp_path, "unit: id\n" + DESIGNS[design])
    first = document("assign", plan, "--data", accounts, "--out", tmp_path / "one", "--seed", 7)
    head, *lines = accounts.read_text(encoding="utf-8").splitlines()
    turned = tmp_path / "turned.csv"
    turned.write_text("\n".join([head, *reversed(lines)]) + "\n", encoding="utf-8")
    again = document("assign", plan, "--data", turned, "--out", tmp_path / "two", "--seed", 7)
    other = document("assign", plan, "--data", accounts, "--out", tmp_path / "three", "--seed", 8)
    assert first["design"] == design
    if (
        design != "rerandomised"
    ):  # its distance sums covariates in row order, and a draw may fall on the limit
        assert again["assignment_sha256"] == first["assignment_sha256"]
    assert other["assignment_sha256"] != first["assignment_sha256"]
    data = (tmp_path / "one" / "assignment.csv").read_bytes()
    assert first["assignment_sha256"] == hashlib.sha256(data).hexdigest()
    assert first["data_sha256"] == hashlib.sha256(accounts.read_bytes()).hexdigest()
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["schema"], manifest["seed"]) == ("duecourse/ab-assign/1", 7)
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert len({row["id"] for row in rows}) == 100
    counts = {arm: sum(row["arm"] == arm for row in rows) for arm in first["counts"]}
    assert counts == first["counts"]
    if design == "complete":
        assert counts == {"champion": 90, "new": 10}
    if design == "cluster":
        assert len({(row["cluster"], row["arm"]) for row in rows}) == 10
        assert first["clusters"] == {"champion": 5, "new": 5}
    if design == "stratified":
        assert {(row["area"] if "area" in row else row["stratum"], row["arm"]) for row in rows} == {
            (s, a) for s in "NS" for a in ("champion", "new")
        }
        assert first["balance"][0]["variable"] == "balance"


def test_an_assignment_can_be_analysed(tmp_path, accounts):
    plan = written(
        tmp_path,
        "unit: id\nallocation: {champion: 1, new: 1}\ncontrol: champion\narm: arm\n"
        "metrics: [{name: paid, kind: proportion}]",
    )
    document("assign", plan, "--data", accounts, "--out", tmp_path / "out")
    text = (tmp_path / "out" / "assignment.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    outcomes = tmp_path / "outcomes.csv"
    outcomes.write_text(
        "id,arm,paid\n" + "\n".join(f"{r['id']},{r['arm']},{i % 2}" for i, r in enumerate(rows)),
        encoding="utf-8",
    )
    assert document("analyze", plan, "--data", outcomes)["srm"]["p_value"] == 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("allocation: {a: 1, b: 1}", "no `unit`"),
        ("unit: id", "two or more arms with positive shares"),
        ("unit: id\narms: [a, b]\ndesign: stratifid", "Did you mean `stratified`?"),
        ("unit: id\narms: [a, b]\ndesign: cluster", "the key `cluster`"),
        ("unit: area\narms: [a, b]", "one row a unit"),
        ("unit: id\narms: [a, b]\nstrata: aera", "Did you mean `area`?"),
        ("unit: id\narms: [a, b]\ncluster: team\nstrata: balance", "one stratum a cluster"),
        ("unit: id\narms: [a, b]\ncovariates: [area]", "a numeric column"),
        ("unit: id\nallocation: {a: 1000000, b: 1}", "100 units, none of which falls to b"),
        ("unit: id\nallocation: {a: .inf, b: 1}", "two or more arms with positive shares"),
        ("unit: id\narms: {a: 1, b: 2}", "Shares belong under `allocation`"),
        ("unit: id\narms: [a, b]\ncluster: area", "2 clusters, 1 of them for a"),
        ("unit: id\narms: [a, b]\nstratum: area", "experiment.yaml:3 stratum: got the key `stratum`"),
        ("unit: id\narms: [a, b]\nstratum: area", "Did you mean `strata`?"),
        ("unit: id\narms: [a, b]\nzzz: 1", "Remove it."),
        ("scenario: x\narms: [a, b]", "Write analysis: {unit: account_id"),
        ("unit: id\narms: [a, b]\nallocation: [1, 2, 3]", "two or more arms with positive shares"),
        ("scenario: x\narms: [a, b]\nanalysis: {unit: id, alocation: {a: 1, b: 1}}", "Did you mean `allocation`?"),
    ],
)
def test_assign_refuses_what_it_cannot_do(tmp_path, accounts, text, message):
    assert message in fault("assign", written(tmp_path, text), "--data", accounts, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_units_that_lie_in_every_arm_cannot_be_analysed(tmp_path):
    """All rows of one unit, half of them in each arm: said as such, not as a count that no test can use."""
    both = tmp_path / "both.csv"
    both.write_text("id,arm,paid\n" + "".join(f"x,{'ab'[i % 2]},0\n" for i in range(20)), encoding="utf-8")
    plan = written(tmp_path, "unit: id\narm: arm\ncontrol: a\n"
                   "metrics: [{name: paid, kind: proportion}]")
    said = fault("analyze", plan, "--data", both)
    assert "experiment.yaml:1 unit: got no id that is in one arm only" in said
    assert "Does `id` name what was assigned?" in said


def test_an_estimator_that_no_metric_can_use_is_refused(tmp_path, accounts):
    plan = written(tmp_path, "arm: arm\ncontrol: a\nestimators: [cox]\nmetrics: [{name: paid, kind: proportion}]")
    assert "experiment.yaml:3 estimators: got cox, expected an estimator that some metric can use" in fault(
        "analyze", plan, "--data", accounts)


def test_one_experiment_file_is_run_assigned_and_analysed(tmp_path, accounts):
    """What the simulation calls unit and strata is not what the data file's columns are called; arms and shares are the same."""
    plan = written(
        tmp_path,
        "experiment: e\nscenario: demo\narms: [sms_only, multichannel]\nallocation: [9, 1]\nunit: person\n"
        "strata: [month_past_due]\nmetric: {name: paid, horizon_days: 30}\ndesigns: [{kind: complete}]\n"
        "analysis: {unit: id, arm: arm, control: sms_only, metrics: [{name: paid, kind: proportion}]}",
    )
    assert load_experiment(plan, None, ()).spec.unit == "person"
    got = document("assign", plan, "--data", accounts, "--out", tmp_path / "out")
    assert got["counts"] == {"sms_only": 90, "multichannel": 10}
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "assignment.csv").read_text(encoding="utf-8"))))
    outcomes = tmp_path / "outcomes.csv"
    lines = [f"{row['id']},{row['arm']},{i % 2}" for i, row in enumerate(rows)]
    outcomes.write_text("\n".join(["id,arm,paid", *lines]), encoding="utf-8")
    srm = document("analyze", plan, "--data", outcomes)["srm"]
    assert srm["p_value"] == 1.0
    assert srm["shares"] == {"sms_only": 0.9, "multichannel": 0.1}


def test_a_faulty_analysis_is_named_before_an_experiment_is_run(tmp_path):
    plan = written(
        tmp_path,
        "experiment: e\nscenario: demo\narms: [sms_only, multichannel]\nmetric: {name: paid, horizon_days: 30}\n"
        "designs: [{kind: complete}]\nanalysis: {unit: id, arm: arm, control: sms_only, metrics: [{name: paid, kind: share}]}",
    )
    with pytest.raises(InputError, match=r"analysis\.metrics\[0\]\.kind: got share"):
        load_experiment(plan, None, ())


def test_an_assignment_is_never_overwritten(tmp_path, accounts):
    plan = written(tmp_path, "unit: id\narms: [a, b]")
    assert run("assign", plan, "--data", accounts, "--out", tmp_path / "out").exit_code == 0
    assert "never overwritten" in fault("assign", plan, "--data", accounts, "--out", tmp_path / "out")
