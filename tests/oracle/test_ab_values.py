"""Every reference value of the folder that DUECOURSE_AB_VALUES names, within the tolerance its README states.

The values come from R packages (rpact, pwr, mvtnorm, estimatr, clubSandwich, survival), the confseq C++
header and closed forms; none is copied here. Set DUECOURSE_AB_SHOW=1 to print the largest deviation of each
file.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from experiments.design import means, survival
from experiments.design.proportions import TwoProportions, score_interval
from experiments.estimators.multiplicity import adjust
from experiments.sequential import always_valid, inference, mixtures, sample_ratio
from experiments.sequential.bounds import Bounds, efficacy_bounds, equal_looks
from experiments.sequential.operating import FutilityDesign, futility_design, inflation
from experiments.sequential.spending import spent

pytestmark = pytest.mark.real_data
VARIABLE = "DUECOURSE_AB_VALUES"
Row = dict[str, str]
Check = Callable[[Row], Iterator[tuple[str, float]]]
"""Yields (column, our value) for one row."""
CHECKS: dict[str, tuple[Check, str, float]] = {}
"""File -> (check, "abs" or "rel", tolerance)."""

FAMILIES = {
    "OBrienFleming": ("obrien_fleming", None),
    "Pocock": ("pocock", None),
    "WangTsiatis_0.25": ("wang_tsiatis", 0.25),
    "LanDeMets_OBF_spending": ("lan_demets_obf", None),
    "LanDeMets_Pocock_spending": ("lan_demets_pocock", None),
    "LanDeMets_OBF": ("lan_demets_obf", None),
    "LanDeMets_Pocock": ("lan_demets_pocock", None),
    "KimDeMets_rho1": ("kim_demets", 1.0),
    "KimDeMets_rho2": ("kim_demets", 2.0),
    "KimDeMets_rho3": ("kim_demets", 3.0),
    "HwangShihDeCani_-4": ("hwang_shih_decani", -4.0),
    "HwangShihDeCani_-2": ("hwang_shih_decani", -2.0),
    "HwangShihDeCani_1": ("hwang_shih_decani", 1.0),
}
SPENDING = {
    "bsOF": "lan_demets_obf",
    "bsP": "lan_demets_pocock",
    "bsKD": "kim_demets",
    "bsHSD": "hwang_shih_decani",
}


def folder() -> Path:
    value = os.environ.get(VARIABLE)
    if not value:
        pytest.skip(f"{VARIABLE} is unset: it names the folder with the reference values")
    return Path(value)


def rows(name: str) -> list[Row]:
    with (folder() / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check(
    name: str, kind: str, tolerance: float, into: dict[str, tuple[Check, str, float]] = CHECKS
) -> Callable[[Check], Check]:
    def register(function: Check) -> Check:
        into[f"{name}.csv"] = (function, kind, tolerance)
        return function

    return register


@cache
def bounds(family: str, looks: int, alpha: float, sides: int) -> Bounds:
    rule, parameter = FAMILIES[family]
    return efficacy_bounds(equal_looks(looks), rule, alpha, sides, parameter)


@check("gsd_boundaries_equal_spacing", "abs", 1e-5)
def boundaries(r: Row) -> Iterator[tuple[str, float]]:
    b, k = bounds(r["family"], int(r["K"]), float(r["alpha"]), int(r["sided"])), int(r["look"]) - 1
    yield "z_crit", float(b.z[k])
    yield "nominal_p_one_sided", float(b.nominal_p[k])
    yield "cum_alpha_spent", float(b.cumulative_alpha[k])


@check("gsd_inflation_asn", "abs", 1e-5)
def inflation_asn(r: Row) -> Iterator[tuple[str, float]]:
    got = inflation(bounds(r["family"], int(r["K"]), float(r["alpha"]), int(r["sided"])), float(r["power"]))
    yield "max_information", got.drift**2
    yield "inflation_factor", got.inflation
    yield "asn_ratio_H0", got.expected_h0
    yield "asn_ratio_H01", got.expected_half
    yield "asn_ratio_H1", got.expected_h1


@check("gsd_crossing_probabilities", "abs", 1e-6)
def crossing(r: Row) -> Iterator[tuple[str, float]]:
    b = bounds(r["family"], int(r["K"]), float(r["alpha_one_sided"]), 1)
    exits, look = b.exits(float(r["drift_EZ_final"])), int(r["look"])
    yield "p_cross_at_look", float(exits.upper[look - 1])
    yield "cum_power", float(exits.upper[:look].sum())
    yield "expected_info_fraction", exits.expected_information


@cache
def futile(rule: str, gamma: str, binding: str, looks: int) -> FutilityDesign:
    return futility_design(
        equal_looks(looks),
        "lan_demets_obf",
        SPENDING[rule],
        0.025,
        0.8,
        binding=binding == "TRUE",
        beta_parameter=None if gamma == "NA" else float(gamma),
    )


@check("gsd_futility_beta_spending", "abs", 1e-4)
def futility(r: Row) -> Iterator[tuple[str, float]]:
    got, k = futile(r["beta_spending"], r["gammaB"], r["binding"], int(r["K"])), int(r["look"]) - 1
    yield "z_upper", float(got.upper[k])
    yield "z_futility", float(got.lower[k])
    yield "cum_beta_spent", float(got.cumulative_beta[k])
    yield "inflation_factor", got.inflation.inflation
    yield "asn_ratio_H0", got.inflation.expected_h0
    yield "asn_ratio_H1", got.inflation.expected_h1


@check("gsd_sample_sizes", "rel", 1e-6)
def sequential_sizes(r: Row) -> Iterator[tuple[str, float]]:
    got = inflation(bounds(r["family"], int(r["K"]), 0.025, 1), 0.8)
    # totals over both arms; the t correction enters the fixed size once
    total = 2.0 * means.TwoMeans(alpha=0.025, sides=1, method="z").size(0.1, 0.8)
    yield "means_d0.1_n_fixed", total
    yield "means_d0.1_n_max", total * got.inflation
    yield "means_d0.1_asn_H1", total * got.expected_h1
    two = 2.0 * TwoProportions(0.10, 0.12, 1.0, 0.025, 1).size(0.8)
    yield "rates_10_12_n_fixed", two
    yield "rates_10_12_n_max", two * got.inflation
    events = survival.LogRank(0.8, 1.0, 0.025, 1).events(0.8)
    yield "surv_hr0.8_events_fixed", events
    yield "surv_hr0.8_events_max", events * got.inflation


@check("gsd_mle_bias", "abs", 1e-5)
def mle_bias(r: Row) -> Iterator[tuple[str, float]]:
    got = inference.naive_estimate(bounds(r["family"], int(r["K"]), 0.05, 2), float(r["theta_true"]))
    yield "power", got.power
    yield "mean_mle", got.mean
    yield "bias", got.bias
    yield "mean_mle_given_reject", got.mean_given_reject
    yield "expected_info_fraction", got.expected_information


@check("naive_peeking_type1", "abs", 1e-5)
def peeking(r: Row) -> Iterator[tuple[str, float]]:
    yield "actual_type1", inference.peeking_error(int(r["looks"]), float(r["nominal_alpha"]))


@check("wrong_sequential_rules_type1", "abs", 1e-4)
def wrong_rules(r: Row) -> Iterator[tuple[str, float]]:
    looks = int(r["looks"])
    t = equal_looks(looks)
    used = [0.0, *(spent("lan_demets_obf", float(x), 0.05) for x in t)]
    if r["rule"].startswith("cumulative"):
        z = [float(-ndtri(a / 2)) for a in used[1:]]
    elif r["rule"].startswith("z_over"):
        z = [float(-ndtri(0.025)) / float(x) for x in t]
    elif r["rule"].startswith("bonferroni"):
        z = [float(-ndtri(0.025 / looks))] * looks
    else:  # increments taken as if looks were independent, given no rejection so far
        z = [float(-ndtri((b - a) / (1.0 - a) / 2)) for a, b in pairwise(used)]
    yield "actual_type1", inference.always_tested_error([float(x) for x in t], z)


@check("always_valid_rules_discrete_looks", "abs", 1e-4)
def always_valid_looks(r: Row) -> Iterator[tuple[str, float]]:
    t = [float(x) for x in equal_looks(int(r["looks"]))]
    z = [float(r["constant_z"])] * len(t)
    if r["rule"].startswith("asymptotic"):
        z = [float(x) for x in always_valid.confidence_sequence_z(t, 0.05)]
        yield "constant_z", z[-1]
    yield "actual_type1", inference.always_tested_error(t, z)


@check("monitoring_rules_power_price", "abs", 1e-4)
def monitoring(r: Row) -> Iterator[tuple[str, float]]:
    looks = int(r["looks"])
    t = [float(x) for x in equal_looks(looks)]
    if r["rule"] in FAMILIES:
        z = bounds(r["rule"], looks, 0.05, 2).z
    elif r["rule"].startswith("asymptotic"):
        z = always_valid.confidence_sequence_z(t, 0.05)
    else:
        z = np.full(looks, 3.58451536 if r["rule"].startswith("statsig") else float(-ndtri(0.025 / looks)))
    got = always_valid.price_of_monitoring(t, {"rule": z}, 0.05, float(r["drift"]))[0]
    yield "fixed_power", got.fixed_power
    yield "power_upper", got.power
    yield "expected_info_fraction", got.expected_information


@check("conditional_power", "abs", 1e-8)
def conditional(r: Row) -> Iterator[tuple[str, float]]:
    got = inference.conditional_power(
        float(r["info_fraction"]), float(r["z_interim"]), float(-ndtri(0.025)), 2.8015852
    )
    yield "conditional_power_design_drift_2p80", got.design
    yield "conditional_power_current_trend", got.trend
    yield "conditional_power_null", got.null
    yield "predictive_power_flat_prior", got.predictive


@check("confidence_sequence_boundaries_confseq", "rel", 1e-8)
def confseq(r: Row) -> Iterator[tuple[str, float]]:
    name, v, alpha = r["function"], float(r["v"]), float(r["alpha"])
    if name.startswith("poly"):
        yield "boundary", mixtures.poly_stitching(v, alpha, float(name.split("=")[1]))
        return
    v_opt, alpha_opt = float(r["v_opt"]), float(r["alpha_opt"])
    if name.startswith("normal"):
        yield "boundary", mixtures.normal_mixture(v, alpha, v_opt, alpha_opt, one_sided="one" in name)
    elif name.startswith("gamma"):
        yield "boundary", mixtures.gamma_exponential_mixture(v, alpha, v_opt, alpha_opt, float(r["c"]))
    else:
        yield "boundary", mixtures.beta_binomial_mixture(v, alpha, v_opt, alpha_opt, 0.5, 0.5)


@check("asymptotic_confidence_sequence", "rel", 1e-8)
def asymptotic(r: Row) -> Iterator[tuple[str, float]]:
    rho = always_valid.confidence_sequence_precision(float(r["alpha"]), float(r["n_opt"]))
    half = always_valid.confidence_sequence_halfwidth(float(r["n"]), float(r["alpha"]), rho)
    yield "rho_squared", rho
    yield "halfwidth_sigma1", half
    yield "equivalent_z", half * math.sqrt(float(r["n"]))


@check("msprt_normal", "rel", 1e-8)
def msprt(r: Row) -> Iterator[tuple[str, float]]:
    got = always_valid.mixture_sprt(float(r["diff"]), float(r["V"]), float(r["tau2"]), 0.05)
    yield "Lambda", math.exp(got.log_likelihood_ratio)
    yield "always_valid_p", got.p_value
    yield "ci_halfwidth_alpha05", got.halfwidth
    yield "z_threshold_alpha05", got.z


@check("sprt_wald", "rel", 1e-8)
def sprt(r: Row) -> Iterator[tuple[str, float]]:
    got = always_valid.sprt(float(r["p0"]), float(r["p1"]), float(r["alpha"]), float(r["beta"]))
    yield "log_upper", got.log_upper
    yield "log_lower", got.log_lower
    yield "asn_H0_wald", got.expected_n_h0
    yield "asn_H1_wald", got.expected_n_h1


@check("srm", "abs", 1e-8)
def srm(r: Row) -> Iterator[tuple[str, float]]:
    counts, shares = [[float(x) for x in r[name].split()] for name in ("counts", "probs")]
    test = sample_ratio.sample_ratio_test(counts, shares)
    yield "chi2", test.chi_square
    yield "df", test.df
    yield "p_chi2", test.p_value
    for weight in (100, 1):
        factor, p = sample_ratio.sequential_sample_ratio(counts, shares, weight)
        yield f"log_bf_dirichlet_{weight}", factor
        yield f"seq_p_dirichlet_{weight}", p


@cache
def all_p_adjusted() -> dict[tuple[str, str, str], float]:
    out = {}
    for name in {r["set"] for r in rows("p_adjust.csv")}:
        part = [r for r in rows("p_adjust.csv") if r["set"] == name]
        for method in ("bonferroni", "sidak", "holm", "holm_sidak", "hochberg", "hommel", "BH", "BY"):
            got = adjust([float(r["p"]) for r in part], method.lower())
            out |= {(name, r["i"], method): float(p) for r, p in zip(part, got, strict=True)}
    return out


@check("p_adjust", "rel", 1e-7)  # the file holds 8 digits
def p_adjust(r: Row) -> Iterator[tuple[str, float]]:
    for method in ("bonferroni", "sidak", "holm", "holm_sidak", "hochberg", "hommel", "BH", "BY"):
        yield method, all_p_adjusted()[r["set"], r["i"], method]


def test_every_file_has_a_check():
    from tests.oracle import test_ab_values_design as design

    known = {*CHECKS, *design.CHECKS, "gsd_inference_after_stop.csv"}
    assert {path.name for path in folder().glob("*.csv")} == known


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_values_are_reproduced(name):
    compare(name, *CHECKS[name])


def compare(name: str, function: Check, kind: str, tolerance: float) -> None:
    worst, at, count = 0.0, "", 0
    for number, row in enumerate(rows(name), 2):
        for column, got in function(row):
            if row[column] in ("", "NA"):
                continue
            want = float(row[column])
            # at looks with z above 6 rpact and gsDesign themselves differ by up to 4e-5
            off = abs(got - want) / (4.0 if column == "z_crit" and want > 6.0 else 1.0)
            if kind == "rel" and want != 0.0:
                off /= abs(want)
            count += 1
            if off >= worst:
                worst, at = off, f"line {number} {column}: {got!r}, expected {want!r}"
    assert count > 0
    assert worst <= tolerance, at


RATES = {1: ((101, 128), 1000), 2: ((205, 259), 2000), 3: ((304, 385), 3000)}
"""Stage -> ((control, treatment) events, accounts per arm): what gives the file's pooled statistics to all
digits.
"""


@pytest.mark.parametrize(
    "example",
    [
        "means_stop2_OF",
        "means_all3_OF",
        "means_stop2_P",
        "means_all3_P",
        "means_stop2_asOF",
        "means_all3_asOF",
        "rates_OF",
        "rates_asOF",
    ],
)
def test_inference_after_a_stop(example):
    want = {
        (int(r["stage"]), r["quantity"]): float(r["value"].replace("NA", "nan"))
        for r in rows("gsd_inference_after_stop.csv")
        if r["example"] == example
    }
    rule = {"OF": "obrien_fleming", "P": "pocock", "asOF": "lan_demets_obf"}[example.split("_")[-1]]
    b = efficacy_bounds(equal_looks(3), rule, 0.025, 1)
    worst = 0.0
    for stage in sorted({stage for stage, _ in want}):
        low, high = want[stage, "repeated_ci_low"], want[stage, "repeated_ci_high"]
        z = want[stage, "overall_test_stat"]
        se = (high - low) / 2.0 / want[stage, "critical_value"]
        got = inference.repeated_inference(b, stage, z * se, se)
        pairs = [
            (float(b.z[stage - 1]), want[stage, "critical_value"]),
            (got.p_value, want[stage, "repeated_p"]),
        ]
        if example.startswith("rates"):
            events, n = RATES[stage]
            pairs += list(
                zip(score_interval(events, (n, n), float(b.z[stage - 1])), (low, high), strict=True)
            )
        else:
            pairs += [(got.ci_low, low), (got.ci_high, high)]
        if not math.isnan(want.get((stage, "final_p"), math.nan)):
            final = inference.final_inference(b, stage, z * se, se)
            pairs += [
                (final.p_value, want[stage, "final_p"]),
                (final.ci_low, want[stage, "final_ci_low"]),
                (final.ci_high, want[stage, "final_ci_high"]),
                (final.estimate, want[stage, "median_unbiased_estimate"]),
            ]
        assert got.reject == bool(want[stage, "action_reject"])
        worst = max(worst, *(abs(a - c) for a, c in pairs))
    assert worst <= 1e-5
