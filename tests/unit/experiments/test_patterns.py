"""Patterns below totals: they add up to the totals, and say what happened to single accounts."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.observed import last_touch, observe
from experiments.patterns import BUCKETS, ENDS, MEASURES, bucket_of, groups_of, patterns_of
from sim import Options, Row, load, luck_of, simulate
from sim.codes import Outcome
from tests.cli.console import write_project


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    loaded = load(write_project(tmp_path_factory.mktemp("patterns")), Options())
    strategy = loaded.strategy("call_ladder")
    return loaded, strategy, simulate(loaded.setting, [strategy], luck_of(loaded.scenario.seeds, 0))


def test_buckets_are_thirty_days_each():
    assert [BUCKETS[place] for place in bucket_of(np.array([0, 1, 30, 31, 60, 61, 180, 181, 999]))] == [
        "M0", "M1", "M1", "M2", "M2", "M3", "M6", "M7+", "M7+"]


def test_groups_of_a_dimension_add_up_to_the_portfolio(world):
    loaded, _, run = world
    patterns, groups = patterns_of(loaded.setting, run.outcomes), groups_of(loaded.portfolio)
    assert {group.dimension for group in groups} == {"region", "bucket", "balance"}, "one product alone divides nothing"
    for dimension in ("region", "bucket", "balance"):
        rows = [n for n, group in enumerate(groups) if group.dimension == dimension]
        sums = patterns["groups"][rows].sum(axis=0)
        assert sums[MEASURES.index("accounts")] == run.outcomes.accounts.entered.sum() == 300
        assert sums[MEASURES.index("paid_minor")] == run.outcomes.accounts.paid_minor.sum()
        assert sums[MEASURES.index("attempts")] == run.outcomes.accounts.attempts.sum()


def test_rows_of_the_roll_matrix_are_the_accounts_of_a_bucket(world):
    loaded, _, run = world
    matrix = patterns_of(loaded.setting, run.outcomes)["roll_accounts"]
    assert matrix.sum() == 300
    assert matrix[:, 0].sum() == run.outcomes.accounts.cured.sum()
    assert matrix[1].sum() == ((loaded.portfolio.dpd >= 1) & (loaded.portfolio.dpd <= 30)).sum()
    later = [(row, column) for row, column in np.argwhere(matrix[:, 1:] > 0) if column < row]
    assert later == [], f"nobody who is not cured goes back to an earlier bucket: {ENDS}"


def test_how_much_accounts_pay_adds_up(world):
    loaded, _, run = world
    patterns = patterns_of(loaded.setting, run.outcomes)
    assert patterns["paid_accounts"].sum() == 300
    assert patterns["paid_accounts"][0] == (run.outcomes.accounts.paid_minor == 0).sum()
    assert patterns["paid_minor"].sum() == run.outcomes.accounts.paid_minor.sum()
    paid = np.sort(run.outcomes.accounts.paid_minor)
    assert patterns["top"][0] == pytest.approx(paid[-3:].sum() / paid.sum()), "3 of 300 are the 1 %"


def test_what_a_log_shows_adds_up_to_its_outcomes(world):
    loaded, strategy, run = world
    seen = observe(loaded, strategy, run.rows)
    counts = run.outcomes.counts
    assert seen.heat.sum(axis=(0, 1)).tolist() == [counts["dials"] + counts["visits"], counts["answered"], counts["right_party"]]
    assert sum(step.attempts for step in seen.steps) == counts["attempts"]
    assert sum(step.right_party for step in seen.steps) == counts["right_party"]
    assert sum(step.planned for step in seen.steps) == counts["planned_actions"]
    assert sum(s.last_touch_minor for s in seen.steps) + seen.untouched_minor == run.outcomes.accounts.paid_minor.sum()
    assert seen.heat[:, :8].sum() == 0, "the desk is closed before eight"


def test_the_last_touch_is_the_latest_one_that_arrived_within_two_weeks(world):
    """Person 1 was reached by step 3, then not reached by step 4, and pays; person 2 pays 15 days after the last touch."""
    day = 86_400
    rows = np.zeros(7, dtype=world[2].rows.dtype)
    told = [(1, 0, Row.ATTEMPT, Outcome.DELIVERED, 2, 0), (1, day, Row.ATTEMPT, Outcome.CONVERSATION, 3, 0),
            (2, day, Row.ATTEMPT, Outcome.DELIVERED, 2, 0), (1, 2 * day, Row.ATTEMPT, Outcome.NO_ANSWER, 4, 0),
            (1, 3 * day, Row.PAYMENT, 0, -1, 500), (3, 3 * day, Row.PAYMENT, 0, -1, 70), (2, 16 * day, Row.PAYMENT, 0, -1, 900)]
    for row, values in zip(rows, told, strict=True):
        for name, value in zip(("person", "t_s", "row", "outcome", "step", "amount_minor"), values, strict=True):
            row[name] = value
    steps, money = last_touch(rows)
    assert steps.tolist() == [3, -1, -1]
    assert money.tolist() == [500.0, 70.0, 900.0]
