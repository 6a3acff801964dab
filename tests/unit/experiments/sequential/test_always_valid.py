"""Confidence sequences, mSPRT, SPRT and the sample-ratio tests."""

from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.sequential.always_valid import (
    confidence_sequence_halfwidth,
    confidence_sequence_precision,
    confidence_sequence_z,
    mixture_sprt,
    price_of_monitoring,
    sprt,
)
from experiments.sequential.mixtures import normal_mixture
from experiments.sequential.sample_ratio import sample_ratio_test, sequential_sample_ratio
from sim.errors import InputError


def test_the_sequence_is_nearly_tightest_where_it_was_tuned():
    def half(n, tuned):
        return confidence_sequence_halfwidth(n, 0.05, confidence_sequence_precision(0.05, tuned))

    assert half(1000, 1000) == pytest.approx(
        min(half(1000, t) for t in np.linspace(300, 3000, 200)), rel=5e-3
    )


def test_the_sequence_is_the_normal_mixture_over_n():
    n, alpha = 500.0, 0.05
    half = confidence_sequence_halfwidth(n, alpha, confidence_sequence_precision(alpha, n))
    assert half * n == pytest.approx(normal_mixture(n, alpha, n, alpha, one_sided=False), rel=1e-12)


def test_the_p_value_meets_alpha_where_the_interval_meets_zero():
    at = mixture_sprt(0.1, 0.002, 0.01, 0.05).halfwidth
    assert mixture_sprt(at, 0.002, 0.01, 0.05).p_value == pytest.approx(0.05, rel=1e-10)


def test_always_valid_costs_power_beside_group_sequential():
    looks = [0.2, 0.4, 0.6, 0.8, 1.0]
    row = price_of_monitoring(looks, {"cs": confidence_sequence_z(looks, 0.05)}, 0.05, 2.8015852)[0]
    assert row.type1 < 0.05
    assert row.power < row.fixed_power - 0.3


def test_sprt_of_equal_hypotheses_is_refused():
    assert sprt(0.1, 0.12, 0.05, 0.2).expected_n_h0 < sprt(0.1, 0.11, 0.05, 0.2).expected_n_h0
    with pytest.raises(InputError, match="told apart"):
        sprt(0.1, 0.1, 0.05, 0.2)


def test_shares_may_be_weights():
    assert sample_ratio_test([100, 210], [1, 2]) == sample_ratio_test([100, 210], [1 / 3, 2 / 3])
    assert sequential_sample_ratio([100, 210], [1, 2])[0] == pytest.approx(
        sequential_sample_ratio([100, 210], [10, 20])[0]
    )


def test_a_gross_mismatch_is_seen_and_an_exact_split_is_not():
    assert sample_ratio_test([5200, 4800], [1, 1]).p_value < 1e-4
    assert sample_ratio_test([5000, 5000], [1, 1]).p_value == 1.0
    assert sequential_sample_ratio([5000, 5000], [1, 1])[1] == 1.0


@pytest.mark.parametrize("counts", [[1], [1, -1], [0, 0], [1, math.inf]])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(InputError):
        sample_ratio_test(counts, [1.0, 1.0 if counts[-1] != math.inf else math.inf])
