"""The shipped strategies pass the battery, are lawful by their own text, and fit old and new debt."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from sim.spec.strategy_source import load_strategy
from sim.strategies.protocol import DoNothing
from sim.strategies.yaml_strategy import YamlStrategy
from tests.unit.sim.strategies.battery import check_strategy
from tests.unit.sim.strategies.views import CHANNELS, VOCABULARY, TableView, random_view

NAMES = ("sms_only", "call_ladder", "multichannel", "personalised")
HOUR = 3600


def shipped(name):
    path = Path(str(files("scenarios") / "strategies" / f"{name}.yaml"))
    return YamlStrategy(load_strategy(path, VOCABULARY), VOCABULARY)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [1, 2])
def test_each_passes_the_battery(name, seed):
    plan = check_strategy(shipped(name), random_view(2_000, seed))
    assert len(plan.row) > 100


def test_do_nothing_passes_the_battery_with_an_empty_plan():
    assert len(check_strategy(DoNothing(), random_view(50, 1)).row) == 0


@pytest.mark.parametrize("name", NAMES)
def test_each_keeps_to_daytime_few_attempts_and_its_channels(name):
    strategy = shipped(name)
    uses = {step.channel for step in strategy.steps} - {""}
    assert uses <= {"sms_only": {"sms"}, "call_ladder": {"call"}}.get(name, set(CHANNELS))
    for step in strategy.steps:
        windows = [
            step.window,
            *(retry.window for retry in step.retry.values() if retry.window is not None),
        ]
        assert all(window.open_s >= 8 * HOUR and window.close_s <= 21 * HOUR for window in windows)
        assert step.attempts_per_day <= 2
        assert step.attempts_total <= 4
        if step.channel:
            assert {"dispute", "hardship_plan", "complaint", "wrong_number"} <= set(step.exclude)
            assert "refused" not in step.retry


@pytest.mark.parametrize("name", NAMES)
def test_nobody_hears_more_than_once_a_day_and_channel_or_four_times_in_a_week(name):
    """An account that nothing reaches, from day 1 past due and from 200 days past due, over 120 days."""
    strategy = shipped(name)
    view = TableView(
        2,
        {
            "dpd": np.array([1, 200]),
            "entry_day": np.array([1, 1]),
            "balance": np.array([9e4, 9e4]),
            "days_to_payday": np.array([11.0, np.nan]),
        },
    )
    contacts = []
    for _ in range(120):
        plan = strategy.plan(view)
        channels = [strategy.steps[step].channel for step in plan.step]
        for row in (0, 1):
            today = [channel for channel, other in zip(channels, plan.row, strict=True) if other == row]
            assert len(set(today)) == len(today)
            contacts += [(row, view.day)] * len(today)
        view.carry_out(strategy, plan, np.ones(len(plan.row), bool))
        view = view.later()
    for row in (0, 1):
        days = [day for other, day in contacts if other == row]
        assert 3 <= len(days) <= 40
        assert max(sum(day <= other < day + 7 for other in days) for day in days) <= 4


@pytest.mark.parametrize("name", NAMES)
def test_old_debt_and_fresh_debt_both_get_something_within_three_weeks(name):
    strategy = shipped(name)
    view = TableView(
        3,
        {
            "dpd": np.array([1, 45, 300]),
            "entry_day": np.array([1, 1, 90]),
            "balance": np.array([2e3, 2e3, 2e3]),
        },
    )
    reached = set()
    for _ in range(21):
        plan = strategy.plan(view)
        reached |= set(plan.row.tolist())
        view.carry_out(strategy, plan, np.ones(len(plan.row), bool))
        view = view.later()
    assert reached == {0, 1, 2}
