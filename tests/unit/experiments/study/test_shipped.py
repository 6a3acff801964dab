"""The shipped studies: complete, frozen, lawful by their own words, and (slowly) what they were when they were frozen."""

from __future__ import annotations

import csv
import gzip
import json
import re

import pytest

from experiments.study.frozen import COLUMNS, check_may_freeze, compare, read_frozen
from experiments.study.loading import load_study, observed_share, read_study, study_names, study_path
from experiments.study.running import run_study
from experiments.study.text import failed
from sim.provenance import TRAJECTORY_VERSION

NAMES = study_names()
REAL = ["card_transitions"]
NOT_SHIPPED = r"\b(threat|court order|your family|your employer|your friends|arrest|jail)\b"


def test_there_are_the_studies_that_there_should_be():
    assert {"base_rates", "bursztyn_2019", "card_transitions", "choi_2025", "colombia_channels", "fiorin_2023", "haynes_2013",
            "laudenbach"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_was_calibrated_on_what_and_what_it_cannot_say(name):
    spec, _ = read_study(study_path(name))
    assert spec.study == name
    assert spec.cannot_predict
    assert all(item.source for item in spec.calibrated)
    # The effect for everybody who was tried is another figure than the one for each who was reached.
    fitted = {(item.outcome, item.arm, item.against, item.per) for item in spec.calibrated}
    asked = {(item.outcome, item.arm, item.against, item.per) for item in spec.predictions}
    assert not {key for key in fitted & asked if name != "card_transitions"}, "a target is no prediction"


@pytest.mark.parametrize("name", NAMES)
def test_each_has_frozen_predictions_of_what_it_asks_and_no_comparison(name):
    spec, _ = read_study(study_path(name))
    path = study_path(name).parent / "frozen" / f"{name}.json"
    frozen = read_frozen(path)
    assert frozen["trajectory_version"] == TRAJECTORY_VERSION, f"renew with `duecourse study run {name} --freeze`"
    rows = [(row["outcome"], row["arm"], row["against"] or "", row["horizon_days"], row["unit"]) for row in frozen["predictions"]]
    assert rows == [(item.outcome, item.arm, item.against, spec.days(item), spec.unit(item)) for item in spec.predictions]
    assert all(set(row) == set(COLUMNS) for row in frozen["predictions"])
    nulls = [row["estimate"] is None for row in frozen["predictions"]]
    assert nulls == [bool(item.cannot) for item in spec.predictions]
    check_may_freeze(path)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in REAL])
def test_each_loads_with_strategies_that_threaten_nobody(name):
    study = load_study(study_path(name), None)
    for loaded in study.worlds.values():
        for channel in loaded.scenario.channels.values():
            for content in channel.contents.values():
                assert not re.search(NOT_SHIPPED, content.wording, re.IGNORECASE)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in REAL])
def test_each_run_comes_to_its_frozen_predictions(name):
    result = run_study(load_study(study_path(name), None), 1, lambda done: None)
    assert compare(result).differences == ()
    assert not failed(result)


@pytest.mark.real_data
def test_what_the_card_data_say_is_what_they_say_when_read_by_hand(real_data_dir):
    """Shares of accounts two months late that are current a month later, from the rows of the file."""
    study = load_study(study_path("card_transitions"), real_data_dir)
    with gzip.open(real_data_dir / "taiwan_credit_card.csv.gz", "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    outcome = study.spec.outcomes["two_months_late_to_current"]
    for arm, k, after in (("april", 6, 5), ("may", 5, 4), ("june", 4, 3), ("july", 3, 2)):
        late = [row for row in rows if row[f"PAY_{k}"] in {"1", "2"} and float(row[f"BILL_AMT{k}"]) > 0]
        share = 100 * sum(int(row[f"PAY_{after}"]) <= 0 for row in late) / len(late)
        assert observed_share(study.worlds[arm], outcome, "next_month", 0, "account") == pytest.approx(share)


@pytest.mark.slow
@pytest.mark.real_data
def test_the_card_study_comes_to_its_frozen_predictions(real_data_dir):
    result = run_study(load_study(study_path("card_transitions"), real_data_dir), 1, lambda done: None)
    assert compare(result).differences == ()
    august = next(found for found in result.predictions if found.item.lead)
    assert august.interval is not None
    assert august.observed is not None


def test_frozen_files_are_plain_json():
    for name in NAMES:
        path = study_path(name).parent / "frozen" / f"{name}.json"
        text = path.read_text(encoding="utf-8")
        assert json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n" == text
