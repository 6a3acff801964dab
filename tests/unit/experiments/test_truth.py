"""Outcomes of accounts and of days from one log, and the truth from pairs."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.truth import account_outcome, calendar_days, paired, period_outcome, play, truth_of
from sim import Row
from sim.spec.experiment import OutcomeMetric
from sim.state import LOG
from sim.world import Setting
from tests.unit.experiments.abworlds import small
from tests.worlds import make_portfolio, make_scenario

DAY = 86_400


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    variants = small(tmp_path_factory.mktemp("truth"))
    setting = variants.setting("as_is")
    return setting, play(setting, variants.strategies("three_calls"), 0), variants


def log(*rows):
    """Return log rows from (row, second, account, outcome, amount)."""
    out = np.zeros(len(rows), LOG)
    for n, (row, t, account, outcome, amount) in enumerate(rows):
        out[n]["row"], out[n]["t_s"], out[n]["account"] = row, t, account
        out[n]["outcome"], out[n]["amount_minor"] = outcome, amount
    return out


@pytest.fixture(scope="module")
def three():
    return Setting(make_scenario(10), make_portfolio(3))


STORY = log(
    (Row.ENTRY, 0, 0, 0, 100), (Row.ENTRY, 0, 1, 0, 100), (Row.ENTRY, 2 * DAY, 2, 0, 100),
    (Row.PAYMENT, DAY + 5, 0, 0, 150), (Row.PAYMENT, 3 * DAY, 0, 0, 250), (Row.CURED, 3 * DAY, 0, 0, 400),
    (Row.PAYMENT, 5 * DAY - 1, 2, 0, 700), (Row.PAYMENT, 5 * DAY, 1, 0, 900),
    (Row.ATTEMPT, 10, 0, 8, 0), (Row.ATTEMPT, 11, 0, 9, 0), (Row.ATTEMPT, 12, 1, 5, 0), (Row.ATTEMPT, 13, 1, 11, 0),
    (Row.PROMISE, 14, 1, 0, 50), (Row.PROMISE_KEPT, 4 * DAY, 1, 0, 50), (Row.COMPLAINT, 15, 2, 0, 0), (Row.OPT_OUT, 16, 2, 0, 0))


@pytest.mark.parametrize(("name", "days", "expected"), [
    ("paid", 3, [1, 0, 1]),  # account 2 entered on day 2: three days end at the second before its payment would be late
    ("paid", 2, [1, 0, 0]),
    ("cured", 10, [1, 0, 0]),
    ("recovery", 10, [4, 9, 7]),
    ("recovery", 2, [1.5, 0, 0]),
    ("right_party", 10, [2, 1, 0]),
    ("attempts", 10, [2, 2, 0]),
    ("promises", 10, [0, 1, 0]),
    ("kept", 10, [0, 1, 0]),
    ("kept", 4, [0, 0, 0]),
])
def test_each_metric_counts_its_rows_within_the_horizon_from_entry(three, name, days, expected):
    got = account_outcome(three, STORY, OutcomeMetric(name=name, horizon_days=days))
    assert got.tolist() == expected


def test_row_order_changes_nothing_and_rows_without_account_are_left_out(three):
    """Row order and the order of entries change nothing; what has no account is left out."""
    shuffled = STORY[np.random.default_rng(1).permutation(len(STORY))]
    for name in ("complaints", "opt_outs"):
        metric = OutcomeMetric(name=name, horizon_days=10)
        assert account_outcome(three, shuffled, metric).tolist() == account_outcome(three, STORY, metric).tolist() == [0, 0, 1]
    nobody = log((Row.ENTRY, 0, 0, 0, 1), (Row.OPT_OUT, 16, -1, 0, 0))
    assert account_outcome(three, nobody, OutcomeMetric(name="opt_outs", horizon_days=10)).sum() == 0


def test_days_of_a_short_story(three):
    got = period_outcome(three, STORY, OutcomeMetric(name="paid", horizon_days=10), calendar_days(10))
    assert (3 * got).tolist() == [0, 1, 0, 0, 1, 1, 0, 0, 0, 0]
    by_group = period_outcome(three, STORY, OutcomeMetric(name="recovery", horizon_days=10), calendar_days(10),
                              np.array([0, 1, 1]))
    assert by_group[0].tolist() == [0, 1.5, 0, 2.5, 0, 0, 0, 0, 0, 0]
    assert by_group[1].tolist() == [0, 0, 0, 0, 3.5, 4.5, 0, 0, 0, 0]


@pytest.mark.parametrize("name", ["paid", "cured", "recovery", "right_party", "attempts"])
def test_days_add_up_to_the_mean_of_accounts(world, name):
    setting, played, _ = world
    metric = OutcomeMetric(name=name, horizon_days=10)
    whole = account_outcome(setting, played.rows, metric).mean()
    assert period_outcome(setting, played.rows, metric, calendar_days(10)).sum() == pytest.approx(whole, rel=1e-12)
    teams = period_outcome(setting, played.rows, metric, calendar_days(10), setting.team).sum(axis=1)
    weights = np.bincount(setting.team)
    assert (teams * weights).sum() / weights.sum() == pytest.approx(whole, rel=1e-12)
    assert whole > 0


def test_the_truth_is_the_mean_of_pairs_with_its_error():
    a, b = np.array([0.0, 1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0])
    first, second = paired(a, b), paired(a, a)
    assert (first.difference, first.control_mean) == (0.25, 0.25)
    truth = truth_of([first, second])
    assert (truth.estimate, truth.control_mean, truth.control_sd) == (0.125, 0.25, 0.5)
    assert truth.mc_se == pytest.approx(0.125)  # half the distance of two values


def test_pairs_that_never_differ_are_no_certainty():
    """Nobody among 4 accounts complained in 5 pairs of worlds: one complaint more would make the error 1 / 20."""
    nobody = np.zeros(4)
    truth = truth_of([paired(nobody, nobody)] * 5)
    assert (truth.estimate, truth.mc_se) == (0.0, 1 / 20)
    one = truth_of([paired(nobody, nobody)] * 4 + [paired(nobody, np.array([1.0, 0, 0, 0]))])
    assert one.mc_se == pytest.approx(truth.mc_se)


def test_the_same_strategy_against_itself_has_no_effect_with_shared_luck(world):
    setting, played, variants = world
    again = play(setting, variants.strategies("three_calls"), 0)
    assert (again.rows == played.rows).all()
    assert again.agent_hours == played.agent_hours > 0


def test_agents_who_get_better_persuade_more(tmp_path):
    """Drift multiplies skill day by day: with +300 % more accounts pay, with -99 % fewer."""
    variants = small(tmp_path)
    setting = variants.setting("as_is")
    paid = [account_outcome(setting, play(setting, variants.strategies("three_calls"), 0, drift=drift).rows,
                            variants.spec.metric).mean() for drift in (-0.99, 0.0, 3.0)]
    assert paid[0] < paid[1] < paid[2]
