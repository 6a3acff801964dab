"""Ensembles: values drawn from their ranges, the same for all strategies."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.assumptions import values_of
from experiments.ensemble import chance_threshold, draw_values, summarise, with_values
from tests.worlds import make_scenario


def test_draws_stay_in_their_ranges_and_depend_on_key_and_member_alone():
    scenario = make_scenario(10)
    ranges = values_of(scenario)
    first, again, other = draw_values(scenario, 0), draw_values(scenario, 0), draw_values(scenario, 1)
    assert first == again
    assert first.keys() == other.keys()
    assert first != other
    for key, value in first.items():
        assert ranges[key].low <= value <= ranges[key].high


def test_half_of_the_draws_lie_below_the_central_value():
    scenario = make_scenario(10)
    ranges = values_of(scenario)
    below = [value < ranges[key].value for member in range(40) for key, value in draw_values(scenario, member).items()
             if ranges[key].low < ranges[key].value < ranges[key].high]
    # Null: chance one half, n over 5,000; 5 standard errors, false-alarm rate below 1e-6.
    assert abs(np.mean(below) - 0.5) < 5 * 0.5 / np.sqrt(len(below))


def test_replaced_values_are_the_only_ones_that_change():
    scenario = make_scenario(10)
    key = "channels.sms.message.read"
    changed = with_values(scenario, {key: 0.123})
    values, before = values_of(changed), values_of(scenario)
    assert values[key].value == 0.123
    assert {k for k in values if values[k] != before[k]} == {key}


class _Named:
    def __init__(self, name: str) -> None:
        self.name = name


class _Loaded:
    def __init__(self, champion: str, names: list[str]) -> None:
        self.strategies = [_Named(name) for name in names]
        self.scenario = type("S", (), {"champion": champion})()


def test_parameter_uncertainty_and_monte_carlo_error_are_told_apart():
    rng = np.random.default_rng(5)
    draws = rng.random(400)
    results = []
    for draw in draws:
        luck = rng.normal(0, 1, 4)
        results.append(({"a": 10 * draw + luck, "do_nothing": np.zeros(4)}, {"x": draw, "y": rng.random()}))
    found = summarise(_Loaded("a", ["a", "do_nothing"]), results, 4)
    # Var of 10 U is 100/12 = 8.33, of the mean of 4 errors 0.25: share 0.971.
    assert found.contrasts[0].parameter_share == pytest.approx(0.971, abs=0.01)
    assert found.contrasts[0].drivers[0].key == "x"
    assert abs(found.contrasts[0].drivers[1].correlation) < chance_threshold(400, 2) * 1.6
    assert found.best == "a"


def test_a_winner_that_was_only_picked_has_no_lead_after_correction():
    rng = np.random.default_rng(11)
    names = ["a", "b", "c", "do_nothing"]
    leads = []
    for _ in range(200):
        results = [({name: rng.normal(0, 1, 2) for name in names}, {"x": 0.0}) for _ in range(20)]
        leads.append(summarise(_Loaded("a", names), results, 2).advantage)
    # Null: no strategy is better; the mean of 200 corrected leads is 0, z limit 5 (false-alarm rate below 1e-6).
    assert abs(np.mean(leads)) < 5 * np.std(leads) / np.sqrt(200)
