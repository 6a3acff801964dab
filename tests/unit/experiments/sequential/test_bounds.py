"""Boundaries and the integration under them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from experiments.sequential.bounds import efficacy_bounds, equal_looks
from experiments.sequential.inference import (
    conditional_power,
    final_inference,
    repeated_inference,
    stronger_evidence,
)
from experiments.sequential.integration import exit_probabilities
from experiments.sequential.operating import drift_for_power, futility_design, inflation
from experiments.sequential.spending import RULES, SPENDING_RULES, spent
from sim.errors import InputError

PARAMETER = {"wang_tsiatis": 0.25, "kim_demets": 2.0, "hwang_shih_decani": -4.0}


def test_two_looks_agree_with_the_bivariate_normal():
    t, z, drift = [0.4, 1.0], [2.2, 1.9], 1.3
    correlation = math.sqrt(t[0] / t[1])
    mean = [drift * math.sqrt(t[0]), drift]
    inside = multivariate_normal.cdf(
        z, mean, [[1.0, correlation], [correlation, 1.0]], abseps=1e-12, releps=1e-12
    )
    exits = exit_probabilities(t, [-math.inf, -math.inf], z, drift)
    assert exits.upper.sum() == pytest.approx(1.0 - inside, abs=1e-9)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("looks", [(0.3, 0.31, 0.9, 1.0), (1.0,), tuple(np.linspace(0.05, 1.0, 20))])
def test_every_rule_spends_exactly_its_level_at_any_looks(rule, sides, looks):
    got = efficacy_bounds(looks, rule, 0.04, sides, PARAMETER.get(rule))
    assert got.cumulative_alpha[-1] == pytest.approx(0.04, abs=1e-9)
    assert np.all(np.diff(got.cumulative_alpha) >= 0.0)


@pytest.mark.parametrize("rule", RULES)
def test_one_look_is_the_fixed_test(rule):
    got = efficacy_bounds([1.0], rule, 0.05, 2, PARAMETER.get(rule))
    assert got.z[0] == pytest.approx(float(-ndtri(0.025)), abs=1e-10)
    assert inflation(got, 0.8).inflation == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("rule", SPENDING_RULES)
def test_spending_starts_at_nothing_and_ends_at_the_level(rule):
    parameter = PARAMETER.get(rule)
    assert spent(rule, 1e-9, 0.05, parameter) < 1e-6
    assert spent(rule, 1.0, 0.05, parameter) == 0.05
    assert spent(rule, 0.4, 0.05, parameter) < spent(rule, 0.6, 0.05, parameter)


def test_a_look_that_can_stop_nobody_has_an_infinite_bound():
    got = efficacy_bounds([0.0005, 1.0], "lan_demets_obf", 0.05, 2)
    assert math.isinf(got.z[0])
    assert got.nominal_p[0] == 0.0
    assert got.cumulative_alpha[-1] == pytest.approx(0.05, abs=1e-9)


def test_interim_looks_can_be_bounded_before_the_last_is_known():
    whole = efficacy_bounds([0.3, 0.6, 1.0], "lan_demets_pocock", 0.05, 2)
    sofar = efficacy_bounds([0.3, 0.6], "lan_demets_pocock", 0.05, 2)
    assert sofar.z == pytest.approx(whole.z[:2], abs=1e-11)
    with pytest.raises(InputError, match="a last look at 1 for pocock"):
        efficacy_bounds([0.3, 0.6], "pocock", 0.05, 2)


def test_power_at_the_found_drift_is_the_power_asked_for():
    got = efficacy_bounds(equal_looks(4), "pocock", 0.025, 1)
    assert got.exits(drift_for_power(got, 0.87)).upper.sum() == pytest.approx(0.87, abs=1e-9)


@pytest.mark.parametrize("binding", [True, False])
def test_futility_design_keeps_both_errors(binding):
    got = futility_design(
        equal_looks(3), "lan_demets_obf", "kim_demets", 0.025, 0.9, binding=binding, beta_parameter=2.0
    )
    assert got.exits(got.inflation.drift).upper.sum() == pytest.approx(0.9, abs=1e-8)
    ignored = exit_probabilities(got.information, [-math.inf] * 3, got.upper, 0.0).upper.sum()
    obeyed = got.exits(0.0).upper.sum()
    assert (obeyed if binding else ignored) == pytest.approx(0.025, abs=1e-9)
    assert obeyed <= ignored


def test_looking_costs_more_the_earlier_the_rule_spends():
    factor = {
        rule: inflation(efficacy_bounds(equal_looks(5), rule, 0.05, 2), 0.8).inflation
        for rule in ("obrien_fleming", "pocock")
    }
    assert 1.0 < factor["obrien_fleming"] < factor["pocock"]


def test_final_inference_after_one_look_is_the_ordinary_one():
    got = final_inference(efficacy_bounds([1.0], "pocock", 0.05, 2), 1, 3.0, 1.5)
    assert got.p_value == pytest.approx(2.0 * float(ndtr(-2.0)), abs=1e-12)
    assert (got.ci_low, got.ci_high) == pytest.approx((3.0 - 1.959964 * 1.5, 3.0 + 1.959964 * 1.5), abs=1e-5)
    assert got.estimate == pytest.approx(3.0, abs=1e-8)


def test_swapping_the_arms_flips_every_sign():
    b = efficacy_bounds(equal_looks(3), "lan_demets_obf", 0.05, 2)
    one, other = final_inference(b, 2, 2.0, 0.6), final_inference(b, 2, -2.0, 0.6)
    assert other.p_value == pytest.approx(one.p_value, abs=1e-12)
    assert other.estimate == pytest.approx(-one.estimate, abs=1e-9)
    assert (other.ci_low, other.ci_high) == pytest.approx((-one.ci_high, -one.ci_low), abs=1e-9)


def test_stage_wise_order_prefers_early_stopping():
    b = efficacy_bounds(equal_looks(3), "pocock", 0.025, 1)
    assert stronger_evidence(b, 1, 2.4, 0.0) < stronger_evidence(b, 2, 5.0, 0.0)


def test_repeated_p_meets_alpha_exactly_at_the_boundary():
    b = efficacy_bounds(equal_looks(3), "pocock", 0.025, 1)
    got = repeated_inference(b, 2, float(b.z[1]), 1.0)
    assert got.p_value == pytest.approx(0.025, abs=1e-9)
    assert got.ci_low == pytest.approx(0.0, abs=1e-12)


def test_conditional_power_without_any_effect_seen_is_small():
    got = conditional_power(0.5, 0.0, 1.959964, 2.8)
    assert got.null < got.design < 0.5
    with pytest.raises(InputError, match="above 0 and below 1"):
        conditional_power(1.0, 0.0, 1.96, 2.8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: efficacy_bounds([0.5, 0.5], "pocock", 0.05, 2), "increasing information fractions"),
        (lambda: efficacy_bounds([0.5, 1.2], "lan_demets_obf", 0.05, 2), "at most 1"),
        (lambda: efficacy_bounds([1.0], "pokock", 0.05, 2), "Did you mean `pocock`?"),
        (lambda: efficacy_bounds([1.0], "kim_demets", 0.05, 2), "Add --parameter X"),
        (lambda: efficacy_bounds([1.0], "pocock", 0.05, 2, 0.3), "no parameter"),
        (lambda: efficacy_bounds([1.0], "pocock", 5, 2), "5 % is 0.05"),
        (lambda: efficacy_bounds([1.0], "pocock", 0.05, 3), "1 or 2"),
        (lambda: efficacy_bounds([], "pocock", 0.05, 2), "1 to 400 numbers"),
    ],
)
def test_what_no_design_has_is_refused(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert message in str(caught.value)
