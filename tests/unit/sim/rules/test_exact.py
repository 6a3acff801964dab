"""Exponential, logarithm and quantiles against the platform's and scipy's, within the errors that they state."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.rules.exact import (
    exp_exact,
    exponential_quantile,
    log_exact,
    lognormal,
    normal_quantile,
    power_of_two,
)

RNG = np.random.default_rng(7)
MOST_RELATIVE = 1e-14
"""What the module says of `exp_exact` and `log_exact`."""


def test_powers_of_two_are_exact():
    assert [power_of_two(n) for n in range(-1000, 1001)] == [2.0**n for n in range(-1000, 1001)]


def test_exp_is_within_1e_14():
    points = np.concatenate([RNG.uniform(-690, 690, 20_000), RNG.normal(0, 1, 20_000), [0.0, 1.0, -1.0, -690.0]])
    worst = max(abs(exp_exact(x) / math.exp(x) - 1.0) for x in points)
    # math.exp itself is within one unit in the last place, 2.3e-16.
    assert worst < MOST_RELATIVE
    assert exp_exact(0.0) == 1.0


def test_exp_beyond_its_range_is_clipped():
    assert exp_exact(1e6) == exp_exact(690.0)
    assert exp_exact(-690.1) == 0.0


def test_log_is_within_1e_14():
    points = np.concatenate([np.exp(RNG.uniform(-700, 700, 20_000)), RNG.uniform(1e-12, 4, 20_000), [5e-324, 1.7e308]])
    for x in points:
        # Near 1 the logarithm is near 0 and the error is that of one addition: absolute.
        assert abs(log_exact(x) - math.log(x)) <= MOST_RELATIVE * max(abs(math.log(x)), 1e-2), x
    assert log_exact(1.0) == 0.0


def test_the_exponential_quantile_inverts_its_distribution():
    u = RNG.uniform(1e-9, 1 - 1e-9, 5_000)
    found = np.array([exponential_quantile(x) for x in u])
    # 1 - u loses what u has below 1.1e-16: near 0 the error is that much absolutely.
    np.testing.assert_allclose(found, stats.expon.ppf(u), rtol=1e-13, atol=2e-16)


def test_the_normal_quantile_is_within_2e_9():
    u = np.concatenate([RNG.uniform(0, 1, 20_000), 10.0 ** RNG.uniform(-15, -2, 5_000), [0.02425, 0.97575, 0.5]])
    found = np.array([normal_quantile(x) for x in u])
    np.testing.assert_allclose(found, stats.norm.ppf(u), rtol=2e-9, atol=2e-9)
    assert normal_quantile(0.5) == 0.0


def test_the_normal_quantile_is_antisymmetric_and_rises():
    u = np.sort(RNG.uniform(1e-6, 1 - 1e-6, 20_000))
    found = np.array([normal_quantile(x) for x in u])
    assert (np.diff(found) >= 0).all()
    halves = np.arange(1, 256) / 512
    np.testing.assert_array_equal([normal_quantile(h) for h in halves], [-normal_quantile(1 - h) for h in halves])


@pytest.mark.parametrize(("median", "sigma"), [(180.0, 0.93), (90.0, 0.0), (1.0, 2.0)])
def test_the_lognormal_has_its_median_and_spread(median, sigma):
    assert lognormal(0.5, median, sigma) == median
    upper = stats.norm.cdf(1.0)
    assert lognormal(upper, median, sigma) == pytest.approx(median * math.exp(sigma), rel=1e-8)


def test_compiled_and_plain_python_agree_to_the_bit():
    for function in (exp_exact, log_exact, normal_quantile):
        for x in RNG.uniform(1e-6, 1 - 1e-6, 500):
            assert function(x) == function.py_func(x)
