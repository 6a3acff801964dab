"""The solver of `ab size`: whichever two are given, the third fits them."""

from __future__ import annotations

import itertools
import math

import pytest
from scipy.stats import fisher_exact

from experiments.design.clusters import gls_variance, parallel_variance, switchback_variance
from experiments.design.exact_proportions import exact_power
from experiments.design.interference import DosedTest
from experiments.design.means import TwoMeans
from experiments.design.proportions import TwoProportions, score_interval, score_statistic
from experiments.design.quadrature import noncentral_t_above
from experiments.design.rates import RateRatio, exact_rate_power
from experiments.design.size import curve, size
from experiments.design.size_request import SizeRequest
from sim.errors import InputError, InputErrors

BASE = {
    "mean": {"metric": "mean", "control": 0.0, "treatment": 0.1, "sd": 1.0},
    "mean z": {"metric": "mean", "control": 0.0, "treatment": -0.1, "sd": 1.2, "method": "z", "ratio": 2.0},
    "ranks": {"metric": "mean", "control": 0.0, "treatment": 0.2, "sd": 1.0, "method": "noether"},
    "cuped": {"metric": "mean", "control": 0.0, "treatment": 0.1, "sd": 1.0, "cuped_rho": 0.6},
    "pooled": {"metric": "proportion", "control": 0.1, "treatment": 0.12},
    "unpooled": {
        "metric": "proportion",
        "control": 0.12,
        "treatment": 0.1,
        "method": "unpooled",
        "ratio": 0.5,
    },
    "arcsine": {"metric": "proportion", "control": 0.1, "treatment": 0.12, "method": "arcsine"},
    "continuity": {"metric": "proportion", "control": 0.1, "treatment": 0.12, "method": "continuity"},
    "looks": {
        "metric": "proportion",
        "control": 0.1,
        "treatment": 0.12,
        "looks": (0.5, 1.0),
        "rule": "pocock",
    },
    "many": {"metric": "proportion", "control": 0.1, "treatment": 0.12, "treatments": 3},
    "ratio": {
        "metric": "ratio",
        "control": 0.2,
        "treatment": 0.22,
        "mean_denominator": 5.0,
        "sd_numerator": 1.0,
        "sd_denominator": 4.0,
        "correlation": 0.5,
    },
    "count": {"metric": "count", "control": 0.1, "treatment": 0.13, "dispersion": 0.5},
    "events": {"metric": "time_to_event", "control": 0.02, "treatment": 0.016, "followup_days": 30.0},
    "margin": {
        "metric": "proportion",
        "control": 0.1,
        "treatment": 0.1,
        "test": "non_inferiority",
        "margin": 0.02,
    },
    "count margin": {
        "metric": "count",
        "control": 0.1,
        "treatment": 0.1,
        "test": "non_inferiority",
        "margin": 1.25,
    },
    "event margin": {
        "metric": "time_to_event",
        "control": 0.02,
        "treatment": 0.02,
        "test": "non_inferiority",
        "margin": 0.8,
        "followup_days": 30.0,
    },
    "equivalent": {
        "metric": "mean",
        "control": 0.0,
        "treatment": 0.0,
        "test": "equivalence",
        "margin": 0.1,
        "sd": 1.0,
    },
    "equal shares": {
        "metric": "proportion",
        "control": 0.1,
        "treatment": 0.1,
        "test": "equivalence",
        "margin": 0.02,
    },
    "clusters": {
        "metric": "proportion",
        "control": 0.1,
        "treatment": 0.13,
        "cluster_size": 40.0,
        "icc": 0.02,
    },
    "switchback": {
        "metric": "mean",
        "control": 0.0,
        "treatment": 0.1,
        "sd": 1.0,
        "cluster_size": 10.0,
        "icc": 0.05,
        "layout": "switchback",
        "periods": 8,
        "cac": 0.7,
    },
    "wedge": {
        "metric": "mean",
        "control": 0.0,
        "treatment": 0.1,
        "sd": 1.0,
        "cluster_size": 10.0,
        "icc": 0.05,
        "layout": "stepped_wedge",
        "periods": 4,
    },
}


@pytest.mark.parametrize("case", sorted(BASE))
def test_the_size_found_has_the_power_and_no_smaller_one_has(case):
    got = size(SizeRequest(**BASE[case], power=0.85))
    assert got.power >= 0.85 - 1e-9
    again = size(SizeRequest(**BASE[case], n=got.n_control))
    assert again.power == pytest.approx(got.power, abs=1e-9)
    step = BASE[case].get("cluster_size", 1.0) * BASE[case].get("periods", 1) * 3
    assert size(SizeRequest(**BASE[case], n=max(4.0, got.n_control - step))).power < 0.85


@pytest.mark.parametrize("case", sorted(BASE))
def test_the_effect_found_is_the_one_that_was_sized(case):
    got = size(SizeRequest(**BASE[case], power=0.85))
    base = BASE[case]
    effect = (
        base["treatment"] - base["control"]
        if base.get("test", "superiority") == "superiority"
        else base["margin"]
    )
    if got.effect_scale != "difference" and "margin" not in base:
        effect = base["treatment"] / base["control"]
    distance = abs(effect - 1.0) if got.effect_scale != "difference" else abs(effect)
    assert got.mde == pytest.approx(effect, abs=0.12 * distance)
    if "cluster_size" not in base:
        assert got.mde == pytest.approx(effect, abs=0.02 * distance)


@pytest.mark.parametrize("method", ["t", "z"])
@pytest.mark.parametrize("n", [20.0, 50.0, 1000.0, 20_000.0])
def test_the_detectable_mean_has_the_power(method, n):
    design = TwoMeans(method=method)
    assert design.power(n, design.detectable(n, 0.8), both_tails=method == "t") == pytest.approx(
        0.8, abs=1e-9
    )


def test_noncentral_t_tails_agree_with_known_ones():
    from scipy.stats import nct, t

    assert noncentral_t_above(1.7, 5.0, 0.0) == pytest.approx(t.sf(1.7, 5), abs=1e-13)
    assert noncentral_t_above(2.0, 12.0, 1.5) == pytest.approx(nct.sf(2.0, 12, 1.5), abs=1e-10)
    assert noncentral_t_above(2.0, 5000.0, 200.0) == pytest.approx(1.0, abs=1e-13)


def test_exact_power_is_the_sum_over_all_tables():
    n0, n1, p0, p1, alpha = 11, 14, 0.2, 0.6, 0.1
    total = 0.0
    for x0, x1 in itertools.product(range(n0 + 1), range(n1 + 1)):
        table = [[x1, n1 - x1], [x0, n0 - x0]]
        one_sided = min(fisher_exact(table, "greater").pvalue, fisher_exact(table, "less").pvalue)
        weight = (
            math.comb(n0, x0)
            * p0**x0
            * (1 - p0) ** (n0 - x0)
            * math.comb(n1, x1)
            * p1**x1
            * (1 - p1) ** (n1 - x1)
        )
        total += weight * (one_sided <= alpha / 2)
    assert exact_power(n0, n1, p0, p1, alpha, 2) == pytest.approx(total, abs=1e-10)


def test_the_exact_size_exceeds_the_approximate_one():
    exact = TwoProportions(0.1, 0.25, method="exact").size(0.8)
    assert TwoProportions(0.1, 0.25).size(0.8) < exact < 1.2 * TwoProportions(0.1, 0.25).size(0.8)
    assert exact_power(int(exact), int(exact), 0.1, 0.25, 0.05, 2) >= 0.8


def test_exact_rate_power_is_close_to_the_normal_one_and_below_alpha_without_effect():
    assert exact_rate_power(RateRatio(0.1, 0.13), 1500) == pytest.approx(
        RateRatio(0.1, 0.13).power(1500), abs=0.03
    )
    same = RateRatio(0.1, 0.1)
    assert 0.03 < exact_rate_power(same, 1500) <= 0.05


def test_the_score_interval_holds_the_differences_that_are_not_rejected():
    low, high = score_interval((20, 35), (200, 210), 1.959964)
    assert score_statistic((20, 35), (200, 210), low) == pytest.approx(1.959964, abs=1e-9)
    assert score_statistic((20, 35), (200, 210), high) == pytest.approx(-1.959964, abs=1e-9)


def test_closed_variances_are_those_of_least_squares():
    import numpy as np

    half = (np.arange(6) < 3).astype(float)
    parallel = np.repeat(half[:, None], 4, axis=1)
    alternating = (half[:, None] + np.arange(4)[None, :]) % 2
    given = (12.0, 0.07, 0.6)
    assert gls_variance(parallel, *given) == pytest.approx(parallel_variance(6, 4, *given), rel=1e-12)
    assert gls_variance(alternating, *given) == pytest.approx(switchback_variance(6, 4, *given), rel=1e-12)
    with pytest.raises(InputError, match="tells effect from time"):
        gls_variance(np.ones((3, 3)), *given)


def test_power_rises_peaks_and_falls_at_fixed_capacity():
    # the shift that has power 0.885 at 2,000 accounts an arm; 4,000 calls, 2 an account
    request = SizeRequest("mean", 0.0, 0.1, n=2000.0, sd=1.0, capacity=4000.0, attempts_per_account=2.0)
    power = {
        n: size(SizeRequest(**{**vars(request), "n": n})).power for n in (1000.0, 2000.0, 4000.0, 8000.0)
    }
    assert size(request).peak_n_control == 2000.0
    assert power[2000.0] > power[1000.0]
    assert power[2000.0] > power[4000.0] > power[8000.0]
    assert [round(power[n], 2) for n in (2000.0, 4000.0, 8000.0)] == [0.89, 0.61, 0.35]
    with pytest.raises(InputError, match="reached at 200 control accounts"):
        size(SizeRequest("mean", 0.0, 0.1, power=0.9, sd=1.0, capacity=400.0, attempts_per_account=2.0))


def test_a_dosed_test_serves_everybody_up_to_its_peak():
    test = DosedTest(0.07, 2.0, 4000.0)
    assert test.power(test.peak_n).served_share == 1.0
    assert test.power(2.0 * test.peak_n).served_share == 0.5


def test_the_curve_rises_with_the_accounts():
    points = curve(SizeRequest("proportion", 0.1, 0.12, power=0.8))
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(points))


def test_a_fast_trial_of_looks_needs_more_at_the_end_and_less_on_average():
    one = size(SizeRequest("proportion", 0.1, 0.12, power=0.8))
    many = size(
        SizeRequest("proportion", 0.1, 0.12, power=0.8, looks=(0.25, 0.5, 0.75, 1.0), rule="obrien_fleming")
    )
    assert many.n_control > one.n_control > many.expected_n_control
    assert many.n_control_exact == pytest.approx(one.n_control_exact * many.inflation, rel=1e-3)


def test_the_calendar_counts_everybody_and_waits_for_the_last_outcome():
    got = size(
        SizeRequest("proportion", 0.1, 0.12, n=100.0, treatments=2, inflow_per_day=30.0, horizon_days=60.0)
    )
    assert got.calendar_days == pytest.approx(300 / 30.0 + 60.0)


@pytest.mark.parametrize(
    ("given", "messages"),
    [
        (
            {"metric": "proportion", "control": 10.0, "treatment": 0.12, "power": 0.8, "alpha": 5.0},
            ["--alpha: got 5.0", "10 % is 0.1"],
        ),
        (
            {"metric": "proportio", "control": 0.1, "treatment": 0.2, "power": 0.8},
            ["Did you mean `proportion`?"],
        ),
        ({"metric": "proportion", "control": 0.1, "treatment": 0.1, "power": 0.8}, ["No number of accounts"]),
        ({"metric": "proportion", "control": 0.1, "power": 0.8}, ["two of the three"]),
        (
            {"metric": "proportion", "control": 0.1, "treatment": 0.2, "power": 0.8, "icc": 0.1},
            ["need --cluster-size"],
        ),
        (
            {"metric": "proportion", "control": 0.1, "treatment": 0.2, "power": 0.01},
            ["A coin has that power"],
        ),
        (
            {"metric": "proportion", "control": 0.1, "treatment": 0.1, "power": 0.8, "test": "equivalence"},
            ["--margin"],
        ),
        (
            {
                "metric": "mean",
                "control": 0.1,
                "treatment": 0.2,
                "power": 0.8,
                "cluster_size": 5.0,
                "layout": "switchback",
                "periods": 3,
            },
            ["an even number of periods"],
        ),
    ],
)
def test_a_question_without_sense_says_so(given, messages):
    with pytest.raises(InputErrors) as caught:
        SizeRequest(**given)
    for message in messages:
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"metric": "mean", "control": 0.0, "treatment": 0.1, "method": "zz"}, "one of t, z, noether"),
        ({"metric": "ratio", "control": 0.1, "treatment": 0.2}, "no --mean-denominator"),
        (
            {"metric": "ratio", "control": 0.1, "treatment": 0.1, "margin": 0.1, "test": "non_inferiority"},
            "superiority",
        ),
        (
            {
                "metric": "proportion",
                "control": 0.1,
                "treatment": 0.2,
                "looks": (0.5, 1.0),
                "cluster_size": 5.0,
            },
            "--looks",
        ),
        (
            {
                "metric": "proportion",
                "control": 0.1,
                "treatment": 0.05,
                "margin": 0.02,
                "test": "non_inferiority",
            },
            "cannot be shown",
        ),
    ],
)
def test_a_design_without_sense_says_so(given, message):
    with pytest.raises(InputError) as caught:
        size(SizeRequest(**given, power=0.8))
    assert message in str(caught.value)
