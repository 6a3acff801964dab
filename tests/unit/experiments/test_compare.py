"""Estimates over replications: means, errors, paired intervals, and what sharing luck saved."""

from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.compare import Collected, by_kind
from experiments.paired import difference, estimate, variance_reduction
from experiments.tasks import Played, TaskResult

NAN = math.nan


def test_a_mean_with_its_standard_error() -> None:
    """1, 2, 3, 4: mean 2.5, sample variance 5/3, error sqrt(5/12)."""
    found = estimate([1, 2, 3, 4])
    assert found.mean == 2.5
    assert found.se == pytest.approx(math.sqrt(5 / 12))


def test_replications_without_a_denominator_are_left_out() -> None:
    """A rate of nothing is not zero, and does not count."""
    assert estimate([NAN, 1, 3]).mean == 2
    assert math.isnan(estimate([NAN, NAN]).mean)
    assert (estimate([5]).mean, math.isnan(estimate([5]).se)) == (5, True)


def test_a_paired_interval() -> None:
    """Differences 1, 2, 3: mean 2, error 1/sqrt(3), t of 2 degrees of freedom 4.30265 (any table of Student's t)."""
    found = difference(np.array([11.0, 22.0, 33.0]), np.array([10.0, 20.0, 30.0]))
    assert found.estimate == 2
    assert found.se == pytest.approx(1 / math.sqrt(3))
    assert found.low == pytest.approx(2 - 4.30265 / math.sqrt(3), abs=1e-5)
    assert found.high == pytest.approx(2 + 4.30265 / math.sqrt(3), abs=1e-5)


def test_without_pairs_there_is_no_interval() -> None:
    """One replication has an estimate only; none has nothing; a pair with a missing side is no pair."""
    one = difference(np.array([3.0]), np.array([1.0]))
    assert one.estimate == 2
    assert all(math.isnan(value) for value in (one.low, one.high, one.se))
    assert math.isnan(difference(np.array([NAN]), np.array([1.0])).estimate)
    assert difference(np.array([NAN, 5.0, 7.0]), np.array([1.0, 4.0, 4.0])).estimate == 2


def test_a_cost_that_only_some_replications_have_counts_as_nothing_in_the_others() -> None:
    found = by_kind([{"calls": 4.0}, {"calls": 6.0, "hiring": 9.0}, {"calls": 5.0}])
    assert {kind: estimate.mean for kind, estimate in found.items()} == {"calls": 5.0, "hiring": 3.0}


def test_variance_reduction_has_three_landmarks() -> None:
    """Equal up to a constant saves everything, mirror images cost as much again, no variance says nothing."""
    a = np.array([1.0, 2.0, 4.0])
    assert variance_reduction(a, a + 3) == pytest.approx(1)
    assert variance_reduction(a, -a) == pytest.approx(-1)
    assert math.isnan(variance_reduction(np.ones(3), np.ones(3)))
    assert math.isnan(variance_reduction(np.ones(1), np.zeros(1)))


def test_independent_values_save_nothing_on_average() -> None:
    """Null: A and B independent normal, n = 100,000 replications: |1 - Var(A-B) / (Var A + Var B)| < 0.02.

    The sample value is asymptotically normal with standard error 1/sqrt(n) = 0.0032; 0.02 is more than six of them, a false
    alarm below 1e-9. The seed is fixed.
    """
    rng = np.random.default_rng(3)
    assert abs(variance_reduction(rng.normal(size=100_000), rng.normal(size=100_000))) < 0.02


def result(replication: int, paid: int) -> Played:
    """Return a chunk of one replication with one account column."""
    fields = TaskResult.__dataclass_fields__
    values = {name: {} for name in fields} | {"strategy": "s", "replication": replication, "digest": "0", "entry_minor": 0}
    return Played((TaskResult(**values),), {"paid_minor": np.array([paid, 1], dtype=np.int8)})


def test_results_are_ordered_however_they_come_in() -> None:
    """Sums by account and the order of replications do not depend on which worker was quicker; 240 is beyond a chunk's int8."""
    forward, backward = Collected(), Collected()
    for number in range(4):
        forward.add(result(number, 40 * number))
        backward.add(result(3 - number, 40 * (3 - number)))
    assert [r.replication for r in backward.ordered()] == [0, 1, 2, 3]
    assert forward.accounts["paid_minor"].tolist() == backward.accounts["paid_minor"].tolist() == [240.0, 4.0]
