"""Every reference value of designs in the folder that DUECOURSE_AB_VALUES names; see test_ab_values."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from experiments.design import (
    clusters,
    decisions,
    heavy_tail,
    interference,
    many_arms,
    means,
    rates,
    survival,
)
from experiments.design.proportions import ProportionMargin, TwoProportions
from tests.oracle import test_ab_values as values

pytestmark = pytest.mark.real_data
CHECKS: dict[str, tuple[values.Check, str, float]] = {}
Row = values.Row


def check(name, kind, tolerance):
    return values.check(name, kind, tolerance, CHECKS)


def degrees(text: str) -> float:
    return math.inf if text == "Inf" else float(text)


@check("two_means_equal_allocation", "rel", 1e-5)
def equal_means(r: Row) -> Iterator[tuple[str, float]]:
    sides = 2 if r["alternative"] == "two.sided" else 1
    for method in ("t", "z"):
        n = means.TwoMeans(alpha=float(r["alpha"]), sides=sides, method=method).size(
            float(r["d"]), float(r["power"])
        )
        yield f"n_per_group_{method}", n
        yield f"n_ceiling_{method}", math.ceil(n)


@check("two_means_unequal_allocation", "rel", 1e-5)
def unequal_means(r: Row) -> Iterator[tuple[str, float]]:
    ratio = float(r["ratio_n2_over_n1"])
    for method in ("t", "z"):
        n = means.TwoMeans(ratio=ratio, alpha=float(r["alpha"]), method=method).size(
            float(r["d"]), float(r["power"])
        )
        yield f"n1_{method}", n
        yield f"n2_{method}", n * ratio
    yield "total_ratio_vs_equal", (1.0 + ratio) * (1.0 + 1.0 / ratio) / 4.0


# R's uniroot solved the t column to about 1e-4 only; test_the_detectable_mean_has_the_power holds ours to
# 1e-9.
@check("two_means_mde", "rel", 1e-4)
def detectable_means(r: Row) -> Iterator[tuple[str, float]]:
    for method in ("t", "z"):
        design = means.TwoMeans(alpha=float(r["alpha"]), method=method)
        yield f"mde_d_{method}", design.detectable(float(r["n_per_group"]), float(r["power"]))


@check("two_means_power", "rel", 1e-5)
def means_power(r: Row) -> Iterator[tuple[str, float]]:
    n, d, alpha = float(r["n_per_group"]), float(r["d"]), float(r["alpha"])
    yield "power_two_sided_t_both_tails", means.TwoMeans(alpha=alpha).power(n, d)
    yield "power_two_sided_t_pwr", means.TwoMeans(alpha=alpha).power(n, d)
    yield "power_one_sided_t", means.TwoMeans(alpha=alpha, sides=1).power(n, d)
    yield "power_two_sided_z", means.TwoMeans(alpha=alpha, method="z").power(n, d)


def proportions(r: Row, method: str) -> TwoProportions:
    return TwoProportions(float(r["p1"]), float(r["p2"]), 1.0, float(r["alpha"]), 2, method)


@check("two_proportions", "rel", 1e-6)
def two_proportions(r: Row) -> Iterator[tuple[str, float]]:
    for column, method in (
        ("n_pooled_z", "pooled"),
        ("n_unpooled_z", "unpooled"),
        ("n_power_prop_test", "pooled"),
        ("n_arcsine_pwr", "arcsine"),
        ("n_fleiss_continuity", "continuity"),
        ("n_rpact", "pooled"),
    ):
        yield column, proportions(r, method).size(float(r["power"]))
    yield "cohen_h", abs(proportions(r, "arcsine").cohen_h)


@check("two_proportions_power", "rel", 1e-6)
def proportions_power(r: Row) -> Iterator[tuple[str, float]]:
    n = float(r["n_per_group"])
    yield "power_prop_test_strict", proportions(r, "pooled").power(n, both_tails=True)
    yield "power_pwr_arcsine", proportions(r, "arcsine").power(n)
    yield "power_pooled_z", proportions(r, "pooled").power(n)
    yield "power_unpooled_z", proportions(r, "unpooled").power(n)


@check("noninferiority_means", "rel", 1e-6)
def margin_means(r: Row) -> Iterator[tuple[str, float]]:
    for method, column in (("z", "n_per_group_z"), ("t", "n_per_group_t_rpact")):
        design = means.TwoMeans(alpha=float(r["alpha_one_sided"]), sides=1, method=method)
        yield (
            column,
            means.non_inferiority_size(
                design, float(r["margin_sd"]), float(r["true_diff_sd"]), float(r["power"])
            ),
        )


@check("noninferiority_proportions", "rel", 1e-6)
def margin_proportions(r: Row) -> Iterator[tuple[str, float]]:
    design = ProportionMargin(
        float(r["p_control"]),
        float(r["p_treat"]),
        float(r["margin"]),
        r["direction"] == "larger_is_better",
        float(r["alpha_one_sided"]),
    )
    yield "n_per_group_wald", design.size(float(r["power"]))
    yield "n_ceiling", math.ceil(design.size(float(r["power"])))
    yield "n_per_group_farrington_manning_rpact", design.size(float(r["power"]), "farrington_manning")


@check("equivalence_tost_means", "rel", 1e-6)
def equivalence(r: Row) -> Iterator[tuple[str, float]]:
    design = means.TwoMeans(alpha=float(r["alpha_each"]), sides=1)
    yield "n_per_group_z", means.equivalence_size(design, float(r["margin_sd"]), float(r["power"]))


@check("survival_events", "rel", 1e-6)
def events(r: Row) -> Iterator[tuple[str, float]]:
    for method in ("schoenfeld", "freedman"):
        n = survival.LogRank(
            float(r["hazard_ratio"]), float(r["allocation_ratio"]), float(r["alpha_two_sided"]), 2, method
        ).events(float(r["power"]))
        yield f"events_{method}", n
        yield f"events_{method}_rpact", n
        if method == "schoenfeld":
            yield "events_ceiling", math.ceil(n)


@check("survival_subjects_exponential", "rel", 1e-6)
def subjects(r: Row) -> Iterator[tuple[str, float]]:
    ratio, hazard = float(r["hazard_ratio"]), float(r["lambda_control_per_day"])
    watched = survival.FollowUp(float(r["accrual_days"]), float(r["followup_days"]))
    p0, p1 = watched.event_probability(hazard), watched.event_probability(hazard * ratio)
    needed = survival.LogRank(ratio).events(0.8)
    yield "p_event_control", p0
    yield "p_event_treat", p1
    yield "events", needed
    yield "subjects_total", survival.subjects(needed, p0, p1, 1.0)


@check("cluster_design_effect", "rel", 1e-9)
def cluster_sizes(r: Row) -> Iterator[tuple[str, float]]:
    design = clusters.ClusterDesign(
        float(r["cluster_size"]), float(r["icc"]), float(r["cv"]), 1.0, float(r["alpha"])
    )
    got = design.size(float(r["effect_sd"]) / math.sqrt(2.0), float(r["power"]))
    yield "design_effect", got.design_effect
    yield "clusters_per_arm_z", got.control_z
    yield "clusters_per_arm_z_ceiling", math.ceil(got.control_z)
    yield "clusters_per_arm_t", got.control
    yield "n_individual_per_arm_z", got.control_z * float(r["cluster_size"]) / got.design_effect


@check("cluster_crossover_variance", "rel", 1e-8)
def crossover(r: Row) -> Iterator[tuple[str, float]]:
    given = (
        int(r["clusters_total"]),
        int(r["periods"]),
        float(r["cluster_period_size"]),
        float(r["icc"]),
        float(r["cac"]),
    )
    parallel, alternating = clusters.parallel_variance(*given), clusters.switchback_variance(*given)
    yield "var_parallel", parallel
    yield "var_switchback_alternating", alternating
    yield "variance_ratio_switchback_over_parallel", alternating / parallel


@check("stepped_wedge_variance", "rel", 1e-8)
def wedge(r: Row) -> Iterator[tuple[str, float]]:
    yield (
        "var_hussey_hughes",
        clusters.stepped_wedge_variance(
            int(r["steps"]), int(r["clusters_per_step"]), float(r["cluster_period_size"]), float(r["icc"])
        ),
    )


@check("switchback_optimal_points", "abs", 0.0)
def points(r: Row) -> Iterator[tuple[str, float]]:
    got = clusters.switchback_points(int(r["T"]), int(r["carryover_m"]))
    assert got == tuple(int(x) for x in r["randomization_points"].split())
    yield "n_points", len(got)


@check("cuped_variance", "rel", 1e-9)
def cuped(r: Row) -> Iterator[tuple[str, float]]:
    got = means.covariate_gain(float(r["rho"]))
    yield "variance_ratio", got.variance_ratio
    yield "n_needed_ratio", got.variance_ratio
    yield "effective_n_multiplier", got.effective_multiplier
    yield "se_ratio", got.se_ratio
    yield "mde_ratio", got.se_ratio


@check("delta_ratio_variance", "rel", 1e-9)
def delta(r: Row) -> Iterator[tuple[str, float]]:
    metric = rates.RatioMetric(*(float(r[c]) for c in ("mean_num", "mean_den", "sd_num", "sd_den", "corr")))
    yield "ratio", metric.ratio
    yield "n_times_var_ratio", metric.variance
    yield "n_times_var_log_ratio", metric.log_variance
    yield (
        "n_per_arm_for_10pct_rel_change_alpha05_power80",
        rates.ratio_metric_size(metric.log_variance, 0.1, 0.05, 2, 0.8),
    )
    yield (
        "n_ignoring_denominator_variance",
        rates.ratio_metric_size(metric.numerator_only_variance, 0.1, 0.05, 2, 0.8),
    )


@check("zero_inflated_lognormal", "rel", 1e-8)
def zero_inflated(r: Row) -> Iterator[tuple[str, float]]:
    z = heavy_tail.ZeroInflatedLognormal(float(r["p_pay"]), float(r["mu_log"]), float(r["sigma_log"]))
    yield "mean", z.mean
    yield "sd", z.sd
    yield "cv_squared", (z.sd / z.mean) ** 2
    yield "cv_squared_formula", z.cv_squared
    yield "skewness", z.skewness
    yield "n_per_arm_10pct_lift_amount", z.amount_size(0.1)
    yield "n_per_arm_10pct_lift_payer_rate", z.payer_size(0.1)
    yield "n_kohavi_355_s2", heavy_tail.normal_needs(z.skewness)
    yield "n_boos_hughes_oliver_122_56_s2", heavy_tail.normal_needs(z.skewness, heavy_tail.BOOS_HUGHES_OLIVER)


@check("rate_ratio_sample_size", "rel", 1e-8)
def rate_ratio(r: Row) -> Iterator[tuple[str, float]]:
    control = float(r["rate_control"])
    yield (
        "n_per_arm",
        rates.RateRatio(
            control,
            control * float(r["rate_ratio"]),
            1.0,
            float(r["dispersion"]),
            1.0,
            float(r["alpha_two_sided"]),
        ).size(float(r["power"])),
    )


@check("zero_event_upper_bound", "rel", 1e-8)
def zero_events(r: Row) -> Iterator[tuple[str, float]]:
    got = rates.zero_event_bound(float(r["n"]))
    yield "exact_upper95", got.upper
    yield "rule_of_three", got.rule_of_three
    yield "exact_upper975", rates.zero_event_bound(float(r["n"]), 0.975).upper


@check("dunnett_critical_values", "abs", 1e-5)
def dunnett(r: Row) -> Iterator[tuple[str, float]]:
    lam = many_arms.equal_loadings(int(r["k_treatments"]))
    yield (
        "critical_value",
        many_arms.dunnett_critical(lam, degrees(r["df"]), float(r["alpha"]), int(r["sided"])),
    )
    yield "correlation", float(lam[0] ** 2)


@check("dunnett_optimal_allocation", "abs", 1e-5)
def dunnett_allocation(r: Row) -> Iterator[tuple[str, float]]:
    k = int(r["k_treatments"])
    ratio = 1.0 / decisions.shared_control_allocation(k).treatment_per_control
    lam = many_arms.equal_loadings(k, ratio)
    yield "control_to_treatment_ratio", ratio
    yield "correlation", float(lam[0] ** 2)
    yield (
        "critical_value",
        many_arms.dunnett_critical(lam, degrees(r["df"]), float(r["alpha"]), int(r["sided"])),
    )


@check("dunnett_power", "abs", 1e-5)
def dunnett_power(r: Row) -> Iterator[tuple[str, float]]:
    k = int(r["k_treatments"])
    lam = many_arms.equal_loadings(k)
    critical = many_arms.dunnett_critical(lam, math.inf, 0.05, 2)
    got = many_arms.dunnett_power(critical, [float(r["ncp_each"])] * k, lam, math.inf, 2)
    yield "critical_value", critical
    yield "marginal_power", got.marginal
    yield "disjunctive_power", got.disjunctive
    yield "conjunctive_power_upper", got.conjunctive


@check("tukey_critical_values", "abs", 1e-5)
def tukey(r: Row) -> Iterator[tuple[str, float]]:
    q = many_arms.tukey_critical(int(r["n_groups"]), degrees(r["df"]))
    yield "q95", q
    yield "t_equiv", q / math.sqrt(2.0)


@check("decision_rule_guardrails", "rel", 1e-8)
def ship_rule(r: Row) -> Iterator[tuple[str, float]]:
    got = decisions.ship_rule(
        int(r["success_metrics"]), int(r["guardrails"]), float(r["alpha"]), float(r["beta"])
    )
    yield "alpha_success", got.alpha_success
    yield "alpha_guardrail", got.alpha_guardrail
    yield "beta_corrected", got.beta
    yield "n_per_arm_success_mde0p05sd", decisions.size_per_arm(0.05, got.alpha_success, got.beta)
    yield "n_per_arm_guardrail_nim0p05sd", decisions.size_per_arm(0.05, got.alpha_guardrail, got.beta)
    yield "uncorrected_joint_power_if_independent", got.joint_power_uncorrected
    yield "corrected_joint_power_lower_bound", got.joint_power


@check("optimal_allocation", "rel", 1e-9)
def allocation(r: Row) -> Iterator[tuple[str, float]]:
    if r["kind"] == "neyman_two_arm":
        got = decisions.neyman_allocation(float(r["sd_control"]), float(r["sd_treat"]))
    elif r["kind"] == "sqrt_k_rule":
        got = decisions.shared_control_allocation(int(r["k"]))
    else:
        got = decisions.cost_allocation(float(r["cost_ratio"]))
    yield "n_treat_over_n_control", got.treatment_per_control
    yield "variance_ratio_vs_equal", got.variance_ratio


@check("assurance_normal_prior", "rel", 1e-8)
def assurance(r: Row) -> Iterator[tuple[str, float]]:
    se = math.sqrt(2.0 / float(r["n_per_arm"]))
    yield "assurance_upper", decisions.assurance(float(r["prior_mean"]), float(r["prior_sd"]), se)
    yield "power_at_prior_mean_upper", decisions.assurance(float(r["prior_mean"]), 0.0, se)


@check("type_s_type_m", "rel", 1e-8)
def sign_magnitude(r: Row) -> Iterator[tuple[str, float]]:
    got = decisions.sign_magnitude(float(r["true_effect"]), float(r["se"]), float(r["alpha"]))
    yield "power", got.power
    yield "type_s", got.type_s
    yield "type_m_exaggeration", got.type_m


@check("beta_binomial_prob_best", "rel", 1e-9)
def better_arm(r: Row) -> Iterator[tuple[str, float]]:
    got = decisions.better_arm(*(float(r[c]) for c in ("alpha_A", "beta_A", "alpha_B", "beta_B")))
    yield "prob_B_beats_A", got.probability
    yield "prob_quadrature", got.probability
    yield "expected_loss_choose_B", got.expected_loss


@check("mann_whitney_noether", "rel", 1e-8)
def noether(r: Row) -> Iterator[tuple[str, float]]:
    p = heavy_tail.shift_probability(float(r["normal_shift_d"]))
    yield "p_x_less_y", p
    yield "n_total_noether", heavy_tail.noether_total(p, float(r["alpha"]), float(r["power"]))
    yield "are_normal", heavy_tail.RANK_EFFICIENCY_NORMAL


@check("monte_carlo_precision", "rel", 1e-8)
def precision(r: Row) -> Iterator[tuple[str, float]]:
    got = decisions.precision(int(r["successes"]), int(r["nsim"]), 0.95, float(r["p"]))
    yield "mcse", got.mcse
    yield "clopper_low", got.exact[0]
    yield "clopper_high", got.exact[1]
    yield "wilson_low", got.wilson[0]
    yield "wilson_high", got.wilson[1]
    yield "nsim_for_mcse_0p005", decisions.replications_for(float(r["p"]), 0.005)


@check("interference_fluid_benchmark", "rel", 1e-9)
def fluid(r: Row) -> Iterator[tuple[str, float]]:
    columns = ("demand_control", "demand_treat", "value_control", "value_treat", "capacity")
    got = interference.pool_effect(
        interference.SharedPool(*(float(r[c]) for c in columns)), float(r["treated_share"])
    )
    yield "service_fraction", got.service_fraction
    yield "naive_difference", got.naive_difference
    yield "gate", got.global_effect
    yield "bias", got.bias


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_values_are_reproduced(name):
    values.compare(name, *CHECKS[name])
