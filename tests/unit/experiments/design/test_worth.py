"""The worth of a test against closed forms and simple limits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from experiments.design.worth import Stake, worth
from sim.errors import InputError

STAKE = Stake(prior_mean=1.0, prior_sd=2.0, unit_value=3.0, running_cost=0.0, accounts=10_000, test_accounts=1_000,
              test_share=0.5, lost_accounts=0, test_cost=0, bias=0.0, sd=0.5, se=0.5)


def test_shipping_now_is_the_prior_mean_for_everybody():
    assert worth(STAKE).ship_now == pytest.approx(30_000)
    assert worth(replace(STAKE, running_cost=3.0)).ship_now == pytest.approx(0.0, abs=1e-6)


def test_perfect_information_is_the_closed_form():
    """E[max(X, 0)] of N(3, 6) is 3 Phi(0.5) + 6 phi(0.5)."""
    assert worth(STAKE).perfect == pytest.approx(10_000 * (3 * norm.cdf(0.5) + 6 * norm.pdf(0.5)), rel=1e-5)


def test_the_chance_to_ship_is_the_assurance():
    """theta-hat is N(1, sqrt(4 + 0.25)); it ships above 1.96 x 0.5."""
    got = worth(STAKE)
    assert got.p_ship == pytest.approx(norm.sf((norm.ppf(0.975) * 0.5 - 1) / math.hypot(2, 0.5)), rel=1e-6)


def test_all_figures_agree_with_draws():
    """Null: quadrature is right. A million draws, |z| below 5: false-alarm rate 6e-7 each. Guardrails pass 80 %, bias -0.2."""
    stake = replace(STAKE, bias=-0.2, clearance=0.8, running_cost=1.5, test_cost=500, lost_accounts=2_000)
    rng = np.random.default_rng(11)
    n = 1_000_000
    effect = rng.normal(1.0, 2.0, n)
    value = 3 * effect - 1.5
    ships = (effect - 0.2 + 0.5 * rng.standard_normal(n) > norm.ppf(0.975) * 0.5) & (rng.random(n) < 0.8)
    after = 10_000 - 1_000 - 2_000
    got = worth(stake)
    for figure, draws in ((got.test, 500 * value + after * value * ships - 500), (got.p_ship, ships),
                          (got.p_ship_harmful, ships & (value < 0)), (got.p_miss, ~ships & (value >= 0)),
                          (got.expected_loss, after * ships * np.maximum(-value, 0))):
        assert abs(figure - draws.mean()) < 5 * draws.std() / math.sqrt(n)


@pytest.mark.parametrize(("change", "best"), [
    ({"prior_mean": 10.0}, "ship_now"),  # nothing to learn
    ({"prior_mean": -10.0}, "hold"),
    ({"prior_mean": 0.0, "sd": 0.05, "se": 0.05}, "test"),
    ({"prior_mean": 0.0, "test_cost": 1e9}, "hold"),
    ({"prior_mean": 0.1, "sd": 100.0, "se": 100.0}, "ship_now"),  # a test that sees nothing holds back what gains
])
def test_the_best_choice_is_the_one_that_anybody_would_make(change, best):
    assert worth(replace(STAKE, **change)).best == best


def test_a_bias_makes_harm_likelier():
    """The account-level estimate of saturated agents: +3 whatever the truth ships nearly always."""
    clean, biased = worth(replace(STAKE, prior_mean=0.0)), worth(replace(STAKE, prior_mean=0.0, bias=3.0))
    assert biased.p_ship_harmful > 5 * clean.p_ship_harmful
    assert biased.expected_loss > 5 * clean.expected_loss
    assert biased.test < clean.test


@pytest.mark.parametrize(("name", "value"), [("prior_sd", 0.0), ("sd", -1.0), ("test_share", 1.5), ("clearance", -0.1),
                                             ("alpha", 2)])
def test_values_that_no_decision_has_are_refused(name, value):
    with pytest.raises(InputError):
        replace(STAKE, **{name: value})
