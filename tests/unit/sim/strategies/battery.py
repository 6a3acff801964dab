"""What every strategy must keep, whatever it does: run `check_strategy` on a new one with a few views."""

from __future__ import annotations

import copy

import numpy as np

from sim.strategies.protocol import DAY_S, Strategy

STATES = ("dispute", "hardship_plan", "complaint", "wrong_number", "promise_live")


def check_strategy(strategy, view):
    """Check the contract of `sim.strategies.protocol.Strategy` on one view; the view is left as it was."""
    assert isinstance(strategy, Strategy)
    _check_steps(strategy)
    plan = strategy.plan(copy.deepcopy(view))
    _check_form(strategy, view, plan)
    _check_eligible(strategy, view, plan)
    _check_same(plan, strategy.plan(copy.deepcopy(view)))
    shuffled = np.random.default_rng(11).permutation(view.rows)
    other = strategy.plan(copy.deepcopy(view).take(shuffled))
    assert _keyed(plan, np.arange(view.rows)) == _keyed(other, shuffled), (
        "the order of the rows changes the plan"
    )
    half = np.arange(0, view.rows, 2)
    alone = strategy.plan(copy.deepcopy(view).take(half))
    kept = {key: value for key, value in _keyed(plan, np.arange(view.rows)).items() if key[0] % 2 == 0}
    assert kept == _keyed(alone, half), "other accounts change what happens to an account"
    return plan


def _check_steps(strategy):
    labels = [step.label for step in strategy.steps]
    assert len(set(labels)) == len(labels), "labels are unique"
    for step in strategy.steps:
        assert 0 <= step.window.open_s < step.window.close_s <= DAY_S
        assert 1 <= step.attempts_per_day <= step.attempts_total
        assert step.open_days >= 1
        assert 0 <= step.priority <= 999
        assert set(step.exclude) <= set(STATES)
        for retry in step.retry.values():
            assert (retry.delay_s > 0) != (retry.delay_days > 0)
            assert retry.delay_s < DAY_S


def _check_form(strategy, view, plan):
    assert (plan.row.dtype, plan.step.dtype, plan.priority.dtype) == (np.int32, np.int16, np.int16)
    assert (plan.open_s.dtype, plan.close_s.dtype) == (np.int64, np.int64)
    assert len(plan.row) == len(plan.step) == len(plan.open_s) == len(plan.close_s) == len(plan.priority)
    if not len(plan.row):
        return
    assert plan.row.min() >= 0
    assert plan.row.max() < view.rows
    assert plan.step.min() >= 0
    assert plan.step.max() < len(strategy.steps)
    assert len(set(zip(plan.row.tolist(), plan.step.tolist(), strict=True))) == len(plan.row), (
        "one action a step"
    )
    midnight = view.at(0)[plan.row]
    assert (plan.open_s < plan.close_s).all()
    assert (plan.open_s >= midnight).all()
    assert (plan.close_s <= midnight + DAY_S).all(), "windows lie in the local day of the tick"


def _check_eligible(strategy, view, plan):
    for number, step in enumerate(strategy.steps):
        rows = plan.row[plan.step == number]
        if step.channel:
            assert not view.column(f"opt_out_{step.channel}")[rows].any(), (
                "nobody who opted out is contacted"
            )
        for state in step.exclude:
            assert not view.column(state)[rows].any(), f"{step.label} is planned for {state}"
        if not step.repeats:
            assert not view.step_done(number)[rows].any()
        assert (view.step_hold_day(number)[rows] <= view.day).all()


def _check_same(plan, again):
    for name in ("row", "step", "open_s", "close_s", "priority"):
        assert np.array_equal(getattr(plan, name), getattr(again, name)), "the same view gives another plan"


def _keyed(plan, rows):
    return {
        (int(rows[row]), int(step)): (int(opens), int(closes), int(priority))
        for row, step, opens, closes, priority in zip(
            plan.row, plan.step, plan.open_s, plan.close_s, plan.priority, strict=True
        )
    }
