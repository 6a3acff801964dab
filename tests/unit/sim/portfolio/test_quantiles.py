"""Quantiles of columns: equal to the rules' scalars to the bit, and to closed forms within their errors."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from sim.portfolio import quantiles
from sim.rules import exact

RNG = np.random.default_rng(5)
UNIFORMS = np.concatenate(
    [RNG.random(5_000), [1e-300, 1e-16, 0.02424, 0.02425, 0.02426, 0.5, 0.97574, 0.97576, 1.0 - 2.0**-53]]
)
REALS = np.concatenate(
    [RNG.normal(0.0, 50.0, 5_000), [0.0, -690.0, 690.0, 1e-300, 0.34657, -0.34657, 800.0, -800.0]]
)


def bits(values):
    return np.asarray(values, dtype=np.float64).view(np.uint64).tolist()


def test_columns_and_scalars_agree_to_the_bit():
    assert bits(quantiles.exp(REALS)) == bits([exact.exp_exact(x) for x in REALS])
    positive = np.exp(REALS[np.abs(REALS) < 600])
    assert bits(quantiles.log(positive)) == bits([exact.log_exact(x) for x in positive])
    assert bits(quantiles.normal(UNIFORMS)) == bits([exact.normal_quantile(u) for u in UNIFORMS])


def test_they_agree_with_the_closed_forms():
    moderate = REALS[np.abs(REALS) < 600]
    np.testing.assert_allclose(quantiles.exp(moderate), [math.exp(x) for x in moderate], rtol=1e-13)
    np.testing.assert_allclose(
        quantiles.log(UNIFORMS), [math.log(u) for u in UNIFORMS], rtol=1e-13, atol=1e-15
    )
    inner = UNIFORMS[UNIFORMS > 1e-12]
    np.testing.assert_allclose(
        quantiles.normal(inner), [NormalDist().inv_cdf(u) for u in inner], rtol=1e-8, atol=1e-9
    )


@pytest.mark.parametrize("mean", [0.0, 0.01, 1.0, 7.3, 40.0, 46.0, 50.0])
def test_a_poisson_quantile_is_the_smallest_count_whose_distribution_reaches_u(mean):
    u = UNIFORMS[(UNIFORMS > 1e-12) & (UNIFORMS < 1.0 - 1e-12)]
    counts = quantiles.poisson(u, np.full(len(u), mean))
    weights = [math.exp(-mean) * mean**k / math.factorial(k) for k in range(160)]
    ends = np.array([math.fsum(weights[: k + 1]) for k in range(160)])
    assert (ends[counts] >= u - 1e-13).all()
    assert (np.where(counts > 0, ends[np.maximum(counts - 1, 0)], 0.0) <= u + 1e-13).all()


def test_the_largest_uniform_gives_a_finite_count():
    assert 100 < quantiles.poisson(np.array([1.0 - 2.0**-53]), np.array([50.0]))[0] < 200
