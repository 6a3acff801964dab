"""`duecourse study list|run` as a user of the console sees them."""

from __future__ import annotations

import json

import pytest

from experiments.study.loading import study_names
from tests.cli.console import duecourse
from tests.studies import write_tiny

COLUMNS = {"outcome", "arm", "against", "horizon_days", "estimate", "mc_se", "unit"}


def run(path, *arguments):
    return duecourse("study", "run", path, "--jobs", "1", "-q", *arguments)


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    """The small study with its predictions frozen, and the document of the run that froze them."""
    path = write_tiny(tmp_path_factory.mktemp("frozen"))
    done = run(path, "--format", "json", "--freeze")
    assert done.exit_code == 0, done.stderr or done.exception
    return path, json.loads(done.stdout)


def test_the_list_names_every_shipped_study_and_what_it_asks():
    text = duecourse("study", "list").stdout
    document = json.loads(duecourse("study", "list", "--format", "json").stdout)
    assert document["schema"] == "duecourse/study-list/1"
    assert [row["study"] for row in document["studies"]] == study_names()
    assert all(name in text for name in study_names())
    assert "needs --data with taiwan_credit_card.csv.gz" in text


def test_the_document_has_what_scripts_depend_on(frozen):
    _, document = frozen
    assert set(document) == {"schema", "study", "calibrated", "predictions", "frozen_matches"}
    assert document["schema"] == "duecourse/study/1"
    assert document["study"] == "tiny"
    assert document["frozen_matches"] is True
    for row in document["calibrated"]:
        assert {"outcome", "target", "fitted"} <= set(row)
        assert abs(row["fitted"] - row["target"]) < 0.3
    for row in document["predictions"]:
        assert set(row) >= COLUMNS
    last = document["predictions"][-1]
    assert last["estimate"] is None
    assert last["mc_se"] is None
    assert last["reason"] == "no later instalments here"
    assert document["predictions"][4]["passes"] is True


def test_a_second_run_in_worker_processes_comes_to_the_frozen_predictions(frozen):
    path, document = frozen
    done = duecourse("study", "run", path, "--jobs", "2", "-q", "--format", "json")
    assert done.exit_code == 0, done.stderr or done.exception
    assert json.loads(done.stdout) == document


def test_the_report_leads_with_the_answer(frozen):
    path, _ = frozen
    lines = run(path).stdout.splitlines()
    assert lines[0] == "tiny: A text"
    assert lines[1] == "What does a text do?"
    assert any(line.startswith("Answer: cured_20, text against none, 20 days: +") for line in lines[:4])
    assert any("no later instalments here" in line for line in lines)
    assert lines[-1].startswith("Frozen: every prediction is as it was frozen")


def test_another_figure_than_the_frozen_one_exits_with_3(tmp_path, frozen):
    path, _ = frozen
    copy = write_tiny(tmp_path)
    (tmp_path / "frozen").mkdir()
    kept = json.loads((path.parent / "frozen" / "tiny.json").read_text(encoding="utf-8"))
    kept["predictions"][0]["estimate"] += 0.001
    (tmp_path / "frozen" / "tiny.json").write_text(json.dumps(kept), encoding="utf-8")
    done = run(copy)
    assert done.exit_code == 3
    assert "does NOT come to the frozen predictions" in done.stdout
    assert "cured_20, text against none, 20 days, percentage points: estimate" in done.stdout
    assert json.loads(run(copy, "--format", "json").stdout)["frozen_matches"] is False


def test_predictions_that_were_compared_are_not_renewed(tmp_path, frozen):
    path, _ = frozen
    copy = write_tiny(tmp_path)
    (tmp_path / "frozen").mkdir()
    kept = json.loads((path.parent / "frozen" / "tiny.json").read_text(encoding="utf-8"))
    kept["predictions"][0]["published"] = 3.3
    file = tmp_path / "frozen" / "tiny.json"
    file.write_text(json.dumps(kept), encoding="utf-8")
    done = run(copy, "--freeze")
    assert done.exit_code == 2
    assert "got the column published" in done.stderr
    assert "copy the study under a new name" in done.stderr
    assert json.loads(file.read_text(encoding="utf-8")) == kept


def test_freezing_says_which_predictions_moved_and_by_how_much(tmp_path, frozen):
    path, document = frozen
    copy = write_tiny(tmp_path)
    (tmp_path / "frozen").mkdir()
    kept = json.loads((path.parent / "frozen" / "tiny.json").read_text(encoding="utf-8"))
    kept["predictions"][0]["estimate"] = 4.0
    del kept["predictions"][1]
    file = tmp_path / "frozen" / "tiny.json"
    file.write_text(json.dumps(kept), encoding="utf-8")
    done = duecourse("study", "freeze", copy, "--jobs", "1")
    assert done.exit_code == 0, done.stderr or done.exception
    estimates = [row["estimate"] for row in document["predictions"]]
    assert done.stdout.splitlines()[0].startswith("tiny: 2 of 7 predictions moved (")
    assert f"cured_20, text against none, 20 days, percentage points: 4.00 -> {estimates[0]:.2f}" in done.stdout
    assert f"cured_10, text against none, 10 days, percentage points per contact: new, {estimates[1]:.2f}" in done.stdout
    assert [row["estimate"] for row in json.loads(file.read_text(encoding="utf-8"))["predictions"]] == estimates


def test_freezing_all_leaves_out_what_has_no_data_and_says_so(monkeypatch):
    monkeypatch.delenv("DUECOURSE_DATA", raising=False)
    done = duecourse("study", "freeze", "card_transitions", "--jobs", "1")
    assert done.exit_code == 3
    assert "card_transitions: left as it was; it needs --data" in done.stdout


def test_nothing_frozen_yet_is_said_and_is_no_failure(tmp_path):
    done = run(write_tiny(tmp_path), "--format", "json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["frozen_matches"] is None
    assert not (tmp_path / "frozen").exists()


def test_a_figure_outside_its_band_exits_with_3(tmp_path):
    path = write_tiny(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("band: [80, 100]", "band: [10, 20]"), encoding="utf-8")
    done = run(path)
    assert done.exit_code == 3
    assert "Answer: 0 of 1 figures lie in their bands; outside: arrived." in done.stdout
    assert "FAIL" in done.stdout


@pytest.mark.parametrize(("old", "new", "parts"), [
    ("arm: none\n    target", "arm: nine\n    target", ["tiny.yaml:", "calibrated[0].arm", "got nine", "Did you mean `none`?"]),
    ("strategy: text}", "strategy: txet}", ["arms.text.strategy", "Did you mean `text`?"]),
    ("keys: [channels.sms.contents.tried.log_odds]", "keys: [channels.sms.contents.tride.log_odds]",
     ["calibrated[1].parameter.keys", "Did you mean `channels.sms.contents.tried.log_odds`?"]),
    ("value: 0.2, low: 0.0, high: 3.0", "value: 0.2, low: 0.2, high: 0.2", ["low 0.2 and high 0.2", "a value with a range"]),
    ("days: 60, cannot", "cannot", ["predictions[6]", "`days` with `cannot`"]),
    ("{outcome: cured_10, arm: mixed}", "{outcome: cured_20, arm: text, against: none}",
     ["predictions[3]", "cured_20 of text again", "each prediction once"]),
    ("touch: delivered, channel: sms", "touch: delivered, channel: sns", ["outcomes.arrived.channel", "Did you mean `sms`?"]),
    ("stock: 600", "stock: many", ["populations.late.scenario.portfolio.synthetic.stock", "got many"]),
])
def test_a_fault_in_a_study_is_named_with_its_place(tmp_path, old, new, parts):
    path = write_tiny(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = run(path)
    assert done.exit_code == 2, done.exception
    assert done.stdout == ""
    for part in parts:
        assert part in done.stderr


def test_an_unknown_study_and_missing_data_are_refused(monkeypatch):
    monkeypatch.delenv("DUECOURSE_DATA", raising=False)
    done = run("choi")
    assert done.exit_code == 2
    assert "choi_2025" in done.stderr
    done = run("card_transitions")
    assert done.exit_code == 2
    assert "--data: got nothing, expected the folder that holds taiwan_credit_card.csv.gz" in done.stderr
