"""The agreement check knows the workload's moments and notices models that are a little wrong."""

from __future__ import annotations

import dataclasses
import math

import pytest

from benchmarks import agreement, harness
from benchmarks.implementations import BASELINE, IMPLEMENTATIONS
from benchmarks.peers import heapq_loop
from benchmarks.workload import CallCentre

CENTRE = CallCentre.sized(4_000)
ROUNDS = 3
OTHER = next(known for known in IMPLEMENTATIONS if known.name == "heapq_loop")


def row_of(chosen, tallies):
    """A row with counts only."""
    spread = harness.Spread(1.0, 1.0, 1.0)
    return harness.Row(harness.Entry("call_centre", chosen, CENTRE), spread, spread, 0.0, tuple(tallies))


def runs(centre, first_seed):
    """ROUNDS runs of the plain loop."""
    return [heapq_loop.simulate(centre, first_seed + i) for i in range(ROUNDS)]


@pytest.fixture(scope="module")
def baseline():
    """A row that stands for the baseline."""
    return row_of(BASELINE, runs(CENTRE, 50))


def failed_statistics(tallies, baseline):
    """Names of the tests that an implementation with these counts fails."""
    return {check.statistic for check in agreement.check([row_of(OTHER, tallies), baseline]).failed}


def test_attempts_variance_is_that_of_a_cut_geometric():
    """Summed outcome by outcome, for four days."""
    centre = CallCentre(days=4, answer_probability=0.5, pay_probability=0.4)
    pays = 0.2
    chance = {1: pays, 2: pays * 0.8, 3: pays * 0.64, 4: 0.512}
    mean = sum(n * p for n, p in chance.items())
    variance = sum((n - mean) ** 2 * p for n, p in chance.items())
    assert sum(chance.values()) == pytest.approx(1)
    assert agreement.attempts_variance(centre) == pytest.approx(variance)


def test_residual_of_a_fixed_ring_is_uniform():
    """If nobody answers, what is left of an attempt is uniform over the 25 s ring: variance 25^2 / 12."""
    assert agreement.residual_variance(CallCentre(answer_probability=0.0)) == pytest.approx(25**2 / 12)


def test_handling_moments_of_a_constant_talk():
    """If everybody answers and talk never varies, an attempt takes 25 + 180 + 30 s."""
    centre = CallCentre(answer_probability=1.0, talk_sigma_log=0.0)
    for order in (1, 2, 3):
        assert agreement.handling_moment(centre, order) == pytest.approx(235.0**order)


def test_the_same_model_agrees(baseline):
    """Null true, n = 3 runs of 4,000 borrowers; false-alarm rate 1e-6 for all eight tests; seeds fixed."""
    assert failed_statistics(runs(CENTRE, 70), baseline) == set()


@pytest.mark.parametrize(
    ("change", "statistic"),
    [
        ({"answer_probability": 0.26}, "contacts given attempts"),
        ({"pay_probability": 0.09}, "payers given contacts"),
        ({"talk_mean_s": 187.0}, "talk given contacts"),
        ({"days": 27}, "attempts against the baseline"),
    ],
)
def test_a_wrong_parameter_is_noticed(change, statistic, baseline):
    """One parameter off by four to twelve per cent: its own test fails."""
    assert statistic in failed_statistics(runs(dataclasses.replace(CENTRE, **change), 90), baseline)


def test_time_in_steps_is_noticed(baseline):
    """Counts of a right model, but agents idled for a minute a day before the list ended."""
    stepped = [
        dataclasses.replace(tally, listing_s=tally.listing_s + 60.0 * CENTRE.days)
        for tally in runs(CENTRE, 110)
    ]
    assert failed_statistics(stepped, baseline) == {"work in progress against the baseline"}


def test_a_run_in_which_nothing_happened_does_not_agree(baseline):
    """No attempts give no z score; that is a failure, not a pass."""
    nothing = [dataclasses.replace(tally, attempts=0, contacts=0, payers=0) for tally in runs(CENTRE, 130)]
    assert "contacts given attempts" in failed_statistics(nothing, baseline)


def test_limit_is_bonferroni(baseline):
    """P(|Z| > limit) times the number of tests is the stated false-alarm rate."""
    found = agreement.check([row_of(OTHER, runs(CENTRE, 70)), baseline])
    assert len(found.checks) == 8
    assert math.erfc(found.z_limit / math.sqrt(2)) * 8 == pytest.approx(agreement.FALSE_ALARM_RATE, rel=1e-6)


def test_work_in_progress_is_left_out_where_the_normal_approximation_is_poor():
    """Below 500 agent-days that test is not made, rather than made badly."""
    small = CallCentre.sized(800)
    spread = harness.Spread(1.0, 1.0, 1.0)
    rows = [
        harness.Row(harness.Entry("call_centre", chosen, small), spread, spread, 0.0, (tally,))
        for chosen, tally in (
            (OTHER, heapq_loop.simulate(small, 1)),
            (BASELINE, heapq_loop.simulate(small, 2)),
        )
    ]
    statistics = {check.statistic for check in agreement.check(rows).checks}
    assert "attempts against the baseline" in statistics
    assert "work in progress against the baseline" not in statistics
