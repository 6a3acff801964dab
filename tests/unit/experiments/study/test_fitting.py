"""Fits meet their targets, say so when they cannot, and always come out the same."""

from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.assumptions import values_of
from experiments.study.fitting import Search, fit, solve
from experiments.study.playing import Player, runner
from experiments.study.running import next_one, run_study
from tests.studies import tiny


def test_a_root_is_found_to_the_tolerance():
    calls = []

    def figure(x):
        calls.append(x)
        return math.exp(x) - 5

    assert figure(solve(figure, 0, 3, 1e-6)) == pytest.approx(0, abs=1e-6)
    assert len(calls) < 20


def test_steps_may_be_even_in_the_logarithm():
    assert solve(lambda x: math.log(x) - math.log(30), 0.01, 1000, 1e-9, logarithmic=True) == pytest.approx(30)


def test_a_target_out_of_reach_gives_the_nearer_end():
    assert solve(lambda x: x + 1, 0, 3, 1e-6) == 0
    assert solve(lambda x: x - 9, 0, 3, 1e-6) == 3


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def found(study):
    with runner(study, 1) as run:
        return fit(study, Player(study, run))


def test_targets_are_met_within_the_tolerance_and_the_ranges(study, found):
    fitted, values = found
    assert [round(f.target) for f in fitted] == [40, 8]
    for f in fitted:
        assert f.met
        assert abs(f.fitted - f.target) <= study.spec.tolerance
        assert f.low < f.value < f.high
    assert values["late"]["channels.sms.contents.tried.log_odds"] == fitted[1].value


def test_a_factor_moves_every_value_of_its_pattern_alike(study, found):
    fitted, values = found
    before = values_of(study.worlds["late"].scenario)
    moved = [key for key in values["late"] if ".self_cure_per_day." in key]
    assert len(moved) == len(study.worlds["late"].scenario.behaviour.payment.self_cure_per_day)
    assert [values["late"][key] / before[key].value for key in moved] == pytest.approx([fitted[0].value] * len(moved))


def test_parameters_that_hang_together_are_found_together(study, found):
    """From the wrong end of both ranges, moving both at once meets the same targets."""
    with runner(study, 1) as run:
        search = Search(study, Player(study, run))
        search.together([[0.2, 2.5]])
        assert search.good_enough()
    assert search.at[0] == pytest.approx(found[0][0].value, rel=0.05)


def test_a_control_that_takes_its_values_from_another_arm_has_its_fitted_value(study, found):
    _, values = found
    setting = study.setting(study.spec.arms["same"], values["late"], 10)
    known = values_of(setting.scenario)
    assert known["channels.sms.contents.other.log_odds"].value == values["late"]["channels.sms.contents.tried.log_odds"]
    assert setting.scenario.horizon.days == 10


def test_predictions_are_what_their_contrasts_say(study):
    result = run_study(study, 1, lambda done: None)
    by = {(p.item.outcome, p.item.arm, p.item.per, p.item.relative): p for p in result.predictions}
    plain = next(p for p in result.predictions if p.item.outcome == "cured_20" and p.item.arm == "text")
    assert plain.unit == "percentage points"
    assert plain.estimate > 0
    # The same luck, channel and value: the control is the text, to the last account.
    assert by["cured_20", "same", None, False].estimate == 0
    per, arrived = by["cured_10", "text", "delivered", False], by["arrived", "text", None, False]
    relative, mixed = by["cured_10", "text", None, True], by["cured_10", "mixed", None, False]
    difference = per.estimate * arrived.estimate / 100
    level = mixed.estimate - difference / 2
    assert relative.estimate == pytest.approx(100 * difference / level, rel=0.02)
    impossible = by["next_instalment_late", "text", None, False]
    assert math.isnan(impossible.estimate)
    assert impossible.horizon_days == 60


def test_a_shorter_world_is_the_beginning_of_a_longer_one(study):
    """Worlds end when the last outcome is known; what came before does not depend on that."""
    with runner(study, 1) as run:
        player = Player(study, run)
        short = [item for item in study.spec.predictions if item.outcome == "cured_10" and item.relative]
        alone = player.figures(short, {}, range(2))[0]
        together = Player(study, run).figures([*short, study.spec.predictions[0]], {}, range(2))[0]
    assert np.array_equal(alone, together)


def test_the_interval_for_one_more_month_is_the_t_interval():
    """Three figures 28, 30, 32: s = 2, t(2) = 4.302653, half width 4.302653 * 2 * sqrt(4 / 3) = 9.936552."""
    low, high = next_one(30.0, [28.0, 30.0, 32.0])
    assert (low, high) == (pytest.approx(30 - 9.936552, abs=1e-5), pytest.approx(30 + 9.936552, abs=1e-5))
