"""Assignment: exact shares, the same for the same seed, whatever the row order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.design.assignment import assign_units, balance, deal, dealt, hash_order, mahalanobis
from sim.errors import InputError


def test_shares_are_exact_to_one_unit():
    assert dealt(10, np.array([9.0, 1.0])).tolist() == [9, 1]
    assert dealt(11, np.array([1.0, 1.0])).tolist() == [6, 5]
    assert dealt(7, np.array([1.0, 1.0, 1.0])).tolist() == [3, 2, 2]


@given(
    st.lists(st.integers(0, 4), min_size=12, max_size=120),
    st.integers(0, 99),
    st.lists(st.sampled_from([1.0, 2.0, 9.0]), min_size=2, max_size=4),
)
def test_shares_are_exact_within_strata_and_over_all(strata, seed, weights):
    stratum = np.array(strata)
    units = [f"a{i}" for i in range(stratum.size)]
    shares = np.array(weights) / sum(weights)
    arm = deal(hash_order(units, seed), stratum, np.array(weights))
    assert (arm >= 0).all()
    assert np.abs(np.bincount(arm, minlength=shares.size) - shares * arm.size).max() < 1.0 + 1e-9
    for s in np.unique(stratum):
        rows = arm[stratum == s]
        # the stratum's rest goes to different arms where it can
        assert np.abs(np.bincount(rows, minlength=shares.size) - shares * rows.size).max() < shares.size


def test_row_order_changes_nothing_and_the_seed_changes_the_arms():
    units = [f"a{i}" for i in range(200)]
    first = dict(zip(units, assign_units(units, [1, 1], 5).arm.tolist(), strict=True))
    shuffled = list(reversed(units))
    again = dict(zip(shuffled, assign_units(shuffled, [1, 1], 5).arm.tolist(), strict=True))
    assert first == again
    other = assign_units(units, [1, 1], 6).arm.tolist()
    assert 60 < sum(a != b for a, b in zip(first.values(), other, strict=True)) < 140


def test_a_known_assignment_never_changes():
    # a change here would break the assignments that people have on file
    got = assign_units([f"a{i}" for i in range(12)], [2, 1], 1).arm.tolist()
    assert got == assign_units([f"a{i}" for i in range(12)], [4, 2], 1).arm.tolist()
    assert got == KNOWN


KNOWN = [1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]


def test_rerandomisation_keeps_only_balanced_draws():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 3))
    units = [f"a{i}" for i in range(60)]
    got = assign_units(units, [1, 1], 3, covariates=X, accept=0.02)
    assert got.draws > 1
    assert got.distance <= got.limit
    assert mahalanobis(X, got.arm, 2) == pytest.approx(got.distance)
    again = assign_units(units, [1, 1], 3, covariates=X, accept=0.02)
    assert (again.arm == got.arm).all()


def test_balance_is_zero_for_equal_arms():
    X = np.array([[1.0], [2.0], [1.0], [2.0]])
    row = balance(["x"], X, np.array([0, 0, 1, 1]), ["control", "new"])[0]
    assert (row.mean, row.control_mean, row.standardised_difference) == (1.5, 1.5, 0.0)


@pytest.mark.parametrize(
    ("units", "weights", "more", "message"),
    [
        (["a", "a", "b"], [1, 1], {}, "the same unit twice"),
        (["a"], [1, 1], {}, "a unit for each"),
        (["a", "b"], [1, 0], {}, "positive shares"),
        (["a", "b"], [1, 1], {"accept": 0.1}, "`covariates` to balance"),
    ],
)
def test_what_cannot_be_assigned_is_refused(units, weights, more, message):
    with pytest.raises(InputError, match=message):
        assign_units(units, weights, 1, **more)
