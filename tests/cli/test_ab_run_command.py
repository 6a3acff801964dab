"""`duecourse ab run` and `ab size EXPERIMENT`: documents, tables, refusals, and that workers change nothing."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from experiments.ab_play import Findings, play_jobs
from experiments.ab_run import load_experiment
from experiments.jobs import TRUTH, Job
from experiments.store import pack, unpack
from tests.cli.console import duecourse
from tests.unit.experiments.abworlds import EXPERIMENT, write

FULL = EXPERIMENT + """\
guardrails: [{name: attempts, horizon_days: 10, margin: 2}]
proxies: [{name: right_party, horizon_days: 4}]
looks: {days: [5, 10]}
faults: [{kind: leakage, share: 0.3}]
fault_replications: 4
impulse_days: 2
expect: {control: 0.3, treatment: 0.31}
worth: {prior_sd: 0.05, unit_value: 100, accounts: 5000}
"""
ROW = {"design", "estimator", "metric", "effect", "utilisation", "allocation", "replications", "failed", "truth",
       "mean_estimate", "bias", "bias_parts", "sd", "mean_se", "rmse", "coverage", "reject_rate", "type_s", "type_m", "mc_se",
       "agent_hours", "cost_minor"}


def run(path, *arguments, command="run"):
    return duecourse("ab", command, path, "--jobs", "1", "-q", *arguments)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    done = run(write(tmp_path_factory.mktemp("ab"), FULL), "--format", "json")
    assert done.exit_code == 0, done.stderr or done.exception
    return done


def test_the_document_keeps_its_contract(full):
    """One document, its schema, a truth for each metric, rows with every key and a Monte-Carlo error for every diagnosand."""
    document = json.loads(full.stdout)
    assert document["schema"] == "duecourse/ab-run/1"
    assert set(document["truth"]) == {"paid_10d", "attempts_10d", "right_party_4d"}
    for truth in document["truth"].values():
        assert math.isfinite(truth["estimate"])
        assert truth["mc_se"] >= 0
    assert len(document["rows"]) == 6
    for row in document["rows"]:
        assert set(row) >= ROW
        assert row["metric"] == "paid_10d"
        assert row["replications"] == 6
        assert set(row["mc_se"]) >= {"mean_estimate", "bias", "sd", "mean_se", "rmse", "coverage", "reject_rate", "type_s",
                                     "type_m", "agent_hours", "cost_minor"}
        assert set(row["bias_parts"]) == {"direct_effect", "carry_over", "displaced_capacity"}
        assert row["agent_hours"] > 0
        assert row["cost_minor"] > 0
    none = [row for row in document["rows"] if row["effect"] == "none"]
    assert all(row["truth"] == 0 and row["type_s"] is None for row in none)


def test_what_the_experiment_asked_for_beyond_designs_is_there(full):
    document = json.loads(full.stdout)
    assert {row["rule"] for row in document["monitoring"]} == {"last_look_only", "peeking", "lan_demets_obf",
                                                               "confidence_sequence", "msprt"}
    assert {row["design"] for row in document["ship"]} == {row["design"] for row in document["proxies"]} == {
        "complete", "team", "switchback"}
    clean, leaky = document["faults"]
    assert (clean["fault"], leaky["fault"]) == ("none", "leakage")
    assert (clean["detection"]["crossing"], leaky["detection"]["crossing"]) == (0.0, 1.0)
    assert document["impulse"][0]["days"] == 2
    assert {row["best"] for row in document["worth"]} <= {"test", "ship_now", "hold"}
    assert len(document["worth"]) == 3


def test_it_says_before_the_run_what_cannot_work(full):
    """0.30 against 0.31 with 120 accounts an arm has no power, and three calls are more than the desk can do."""
    warnings = json.loads(full.stdout)["warnings"]
    assert any("complete: power" in text and "where 80% is wanted" in text for text in warnings)
    assert any("three_calls plans" in text and "times what desk can do" in text for text in warnings)
    assert all(f"before the run: {text}" in full.stderr for text in warnings)


def test_sections_that_nobody_asked_for_are_left_out(tmp_path):
    document = json.loads(run(write(tmp_path), "--format", "json", "--set", "replications=2").stdout)
    assert not {"ship", "proxies", "monitoring", "faults", "impulse", "worth"} & set(document)


def test_one_and_two_workers_print_the_same_bytes(full, tmp_path):
    two = duecourse("ab", "run", write(tmp_path, FULL), "--jobs", "2", "-q", "--format", "json")
    assert two.exit_code == 0, two.stderr
    assert two.stdout == full.stdout


def test_the_table_names_designs_rules_faults_and_money(tmp_path):
    done = run(write(tmp_path, FULL))
    assert done.exit_code == 0, done.stderr
    for word in ("complete", "switchback", "looking early", "lan_demets_obf", "ship rule", "proxy", "fault put in", "leakage",
                 "worth, CNY", "2 days of three_calls", "! before the run"):
        assert word in done.stdout


def test_three_arms_have_a_row_each_and_a_family(tmp_path):
    arms = "arms: [one_call, three_calls]"
    three = EXPERIMENT.replace(arms, "arms: [one_call, three_calls, do_nothing]\nmultiplicity: dunnett")
    path = write(tmp_path, three)
    done = run(path, "--format", "json")
    assert done.exit_code == 0, done.stderr or done.exception
    document = json.loads(done.stdout)
    assert [row["arm"] for row in document["rows"]] == ["three_calls", "do_nothing"] * 6
    assert len(document["families"]) == 6
    for family in document["families"]:
        assert family["multiplicity"] == "dunnett"
        assert family["all_reject_rate"] <= family["any_reject_rate"] <= family["unadjusted_any_reject_rate"]
    truths = {truth["arm"]: truth["estimate"] for truth in document["truths"] if truth["effect"] == "as_is"}
    assert truths["do_nothing"] < 0 < document["truth"]["paid_10d"]["control_mean"]
    assert document["truth"]["paid_10d"]["estimate"] == truths["three_calls"]
    words = run(path, "--set", "replications=2").stdout
    assert "all treatments together" in words
    assert "complete: do_nothing" in words
    size = run(path, command="size")
    assert size.exit_code == 2
    assert "got 3 arms, expected control and one treatment" in size.stderr
    assert "--treatments 2" in size.stderr


def test_what_several_treatments_gave_is_kept_whole(tmp_path):
    """What an unfinished run keeps of a world comes back as it was: the second treatment and its adjusted p-values too."""
    arms = "arms: [one_call, three_calls]"
    text = EXPERIMENT.replace(arms, "arms: [one_call, three_calls, do_nothing]") + "faults: [{kind: leakage, share: 0.3}]\n"
    variants = load_experiment(write(tmp_path, text), None, ())
    fault = variants.spec.faults[0]
    jobs = [Job("as_is", "as_is", TRUTH, 0), Job("as_is", "as_is", 0, 1), Job("as_is", "as_is", 0, 1, fault=fault)]
    part, _ = play_jobs(variants, jobs)
    again = unpack(Findings, pack(part, "x"), "x")
    assert again == part
    assert again.findings[0].more[0].truths
    assert again.findings[1].more[0].adjusted[0][0] == "welch"
    assert again.findings[2].more[0].job.fault is None


def test_csv_holds_the_rows(tmp_path):
    done = run(write(tmp_path), "--format", "csv", "--set", "replications=2")
    assert done.exit_code == 0, done.stderr
    assert "switchback" in done.stdout


@pytest.mark.parametrize(("old", "new", "parts"), [
    ("arms: [one_call, three_calls]", "arms: [one_call, two_calls]",
     ("small.yaml:3 arms[1]: got two_calls", "expected one of", "Did you mean")),
    ("arms: [one_call, three_calls]", "arms: [one_call, one_call]",
     ("small.yaml:3 arms: got one_call", "two different strategies", "effects: [none]")),
    ("horizon_days: 10}", "horizon_days: 11}",
     ("small.yaml:4 metric.horizon_days: got 11", "at most the scenario's 10 days", "Lengthen")),
    ("{kind: complete}", "{kind: complete, estimators: [welsh]}", ("small.yaml:6 designs[0]", "got welsh", "welch")),
    ("{kind: complete}", "{kind: completely}", ("small.yaml:6 designs[0].kind", "got completely", "complete")),
    ("{kind: complete}", "{kind: team, accounts: 20}", ("designs[0].accounts", "a design of accounts", "leave `accounts` out")),
    ("{kind: complete}", "{kind: complete, accounts: 500}",
     ("small.yaml:6 designs[0] accounts: got 500", "at most the portfolio's 240 accounts", "Take fewer")),
    ("{kind: switchback}", "{kind: switchback, period_days: 5}", ("2 periods", "at least 4 periods", "Shorten period_days")),
    ("{kind: complete}", "{kind: complete, allocation: [1000, 1]}",
     ("small.yaml:6 designs[0] allocation: got 240 accounts, none of which falls to three_calls", "Raise its share")),
    ("{kind: complete}", "{kind: complete, allocation: [1]}", ("a weight for each of the 2 arms", "In the order of the arms")),
    ("{kind: complete}", "{kind: saturation, saturations: [0.5]}", ("saturations: got [0.5]", "at least two different shares")),
    ("scenario: small_desk.yaml", "scenario: smal_desk.yaml", ("small.yaml:2 scenario: got smal_desk.yaml", "a file beside")),
    ("replications: 6", "expect: {control: 2, treatment: 0.1}", ("small.yaml:10 expect: got 2.0", "2 % is 0.02")),
    ("replications: 6", "alpha: 0.9", ("small.yaml:10 alpha: got 0.9", "at most 0.5")),
    ("replications: 6", "unit: household", ("designs[0] household_column: got household", "deal persons")),
    ("{kind: switchback}", "{kind: complete}", ("designs[2]", "each design under its own name", "name:")),
    ("replications: 6", "replications: 1", ("small.yaml:10 replications: got 1", "a whole number from 2")),
    ("replications: 6", "replicas: 6", ("small.yaml:10 replicas", "unknown key", "replications")),
    ("replications: 6", "looks: {days: [5, 20]}", ("looks.days", "got 20", "scenario's 10", "Look earlier")),
    ("replications: 6", "looks: {days: [5, 3]}", ("looks.days", "days that increase", "Sort them")),
    ("replications: 6", "looks: {days: [5, 9], rule: wang_tsiatis}", ("looks.rule", "parameter")),
    ("replications: 6", "impulse_days: 10", ("impulse_days", "got 10", "fewer than the scenario's 10 days")),
    ("replications: 6", "faults: [{kind: leakage, share: -0.1}]", ("faults[0].share", "a share above 0")),
])
def test_a_fault_is_named_with_its_place_what_is_allowed_and_what_to_do(tmp_path, old, new, parts):
    text = EXPERIMENT.replace(old, new)
    assert text != EXPERIMENT
    done = run(write(tmp_path, text))
    assert done.exit_code == 2, (done.stdout, done.stderr, done.exception)
    assert done.stdout == ""
    for part in parts:
        assert part in done.stderr, f"{part!r} is not in: {done.stderr}"


def test_several_faults_are_named_together(tmp_path):
    text = EXPERIMENT.replace("horizon_days: 10}", "horizon_days: 12}").replace("{kind: team", "{kind: team, name: t").replace(
        "[cluster_means]", "[cluster_mean]")
    done = run(write(tmp_path, text))
    assert done.exit_code == 2
    assert "got 12" in done.stderr
    assert "got cluster_mean" in done.stderr


def test_a_shipped_experiment_is_found_by_its_name_and_an_unknown_one_is_named():
    done = duecourse("ab", "run", "capacity_stealin", "--jobs", "1", "-q")
    assert done.exit_code == 2
    assert "EXPERIMENT: got capacity_stealin, expected an experiment's file, or one of the shipped: aa" in done.stderr
    assert "Did you mean `capacity_stealing`?" in done.stderr
    found = load_experiment(Path("capacity_stealing"), None, ())
    assert found.spec.experiment == "capacity_stealing"


def test_settings_change_the_experiment(tmp_path):
    document = json.loads(run(write(tmp_path), "--set", "replications=2", "--set", "effects=[none]", "--format", "json").stdout)
    assert {row["replications"] for row in document["rows"]} == {2}
    assert {row["effect"] for row in document["rows"]} == {"none"}


# ------------------------------------------------------------------------------------------ ab size EXPERIMENT


def test_size_of_an_experiment_puts_the_simulated_power_beside_the_formula(tmp_path):
    done = run(write(tmp_path), "--format", "json", "--set", "replications=8", command="size")
    assert done.exit_code == 0, done.stderr or done.exception
    document = json.loads(done.stdout)
    assert document["schema"] == "duecourse/ab-size/1"
    assert {"n_control", "n_treatment", "power", "mde", "method"} <= set(document)
    point, = document["points"]
    assert (point["design"], point["n_control"], point["n_treatment"]) == ("complete", 120, 120)
    assert 0 < point["served_share"] < 1
    assert point["independent"] > point["shared"]
    assert 0 <= point["simulated"] <= 1
    assert document["peak_n_treatment"] < 240
    assert any("agents run short" in text for text in document["words"])


def test_size_says_why_there_is_no_size(tmp_path):
    """Saturated agents: the truth is near zero, so that no number of accounts finds it."""
    done = run(write(tmp_path), "--set", "replications=4", command="size")
    assert done.exit_code == 0, done.stderr
    assert "cannot be told from 0" in done.stdout


def test_size_takes_a_file_or_options(tmp_path):
    done = run(write(tmp_path), "--metric", "mean", command="size")
    assert done.exit_code == 2
    assert "a file or options, not both" in done.stderr
