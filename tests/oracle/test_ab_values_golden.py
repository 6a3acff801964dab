"""Estimates of 480 synthetic accounts by R (estimatr, clubSandwich, survey, survival, multcomp, base), to
1e-8.

The folder that DUECOURSE_AB_VALUES names holds both files. Not checked, because the file does not say which
366 of
the accounts they use: y_corr_cluster_unequal_* and cluster_ratio_arm0.
"""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest

from experiments.design.many_arms import dunnett_p_values, loadings
from experiments.estimators.clustered import intracluster_correlation
from experiments.estimators.data import Contrast, Options, codes
from experiments.estimators.means import ancova_design
from experiments.estimators.moments import cuped_theta, moments_of, ratio_of
from experiments.estimators.registry import estimators
from experiments.estimators.regression import hc_variance, least_squares
from experiments.estimators.skewed import mann_whitney_p
from experiments.estimators.survival import log_rank, risk_table
from experiments.sequential.sample_ratio import sample_ratio_test
from tests.oracle import test_ab_values as values

pytestmark = pytest.mark.real_data
UNKNOWN_SUBSET = ("y_corr_cluster_unequal_CR0", "y_corr_cluster_unequal_stata", "cluster_ratio_arm0")
FULL = {
    "estimate": "estimate",
    "diff": "estimate",
    "se": "se",
    "df": "df",
    "p_value": "p_value",
    "ci_low": "ci_low",
    "ci_high": "ci_high",
}


@pytest.fixture(scope="module")
def accounts():
    with (values.folder() / "golden" / "accounts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    out = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    texts = ("stratum", "arm")
    return {name: column if name in texts else column.astype(np.float64) for name, column in out.items()}


@pytest.fixture(scope="module")
def golden():
    out: dict[str, dict[str, float]] = {}
    with (values.folder() / "golden" / "estimates.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            out.setdefault(row["estimator"], {})[row["quantity"]] = float(row["value"])
    return out


def t2(a, column, **more):
    """Return arm t2 against control."""
    keep = np.isin(a["arm"], ("control", "t2"))
    return Contrast(a[column][keep], a["arm"][keep] == "t2", **{k: v[keep] for k, v in more.items()})


def teams(a, column):
    return Contrast(a[column], a["team_arm"] == 1, cluster=codes(a["team"]))


def one(a, name):
    return a[name][:, None]


CASES = {
    "student_t": ("student", lambda a: t2(a, "recovered")),
    "welch_t": ("welch", lambda a: t2(a, "recovered")),
    "lm_robust_HC2": ("hc2", lambda a: t2(a, "recovered")),
    "ancova_pre_HC2": ("ancova", lambda a: t2(a, "recovered", covariates=one(a, "pre_recovered"))),
    "lin2013_interacted_HC2": ("lin", lambda a: t2(a, "recovered", covariates=one(a, "pre_recovered"))),
    "lin2013_interacted_pre_balance_HC2": (
        "lin",
        lambda a: t2(a, "recovered", covariates=np.column_stack((a["pre_recovered"], a["balance"]))),
    ),
    "y_corr_welch": ("welch", lambda a: t2(a, "y_corr")),
    "y_corr_ancova_HC2": ("ancova", lambda a: t2(a, "y_corr", covariates=one(a, "balance"))),
    "blocked_difference_in_means": ("blocked", lambda a: t2(a, "recovered", stratum=codes(a["stratum"]))),
    "cluster_team_CR0": ("cr0", lambda a: teams(a, "recovered")),
    "cluster_team_stata": ("cr1", lambda a: teams(a, "recovered")),
    "cluster_team_CR2": ("cr2", lambda a: teams(a, "recovered")),
    "clubSandwich_CR2_Satterthwaite": ("cr2", lambda a: teams(a, "recovered")),
    "cluster_means_t": ("cluster_means", lambda a: teams(a, "recovered")),
}


def close(got, want):
    assert got == pytest.approx(want, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("key", sorted(CASES))
def test_registered_estimators(accounts, golden, key):
    name, make = CASES[key]
    got = estimators()[name].estimate(make(accounts), Options())
    for quantity, want in golden[key].items():
        close(getattr(got, FULL[quantity]), want)


@pytest.mark.parametrize("kind", range(4))
def test_heteroskedasticity_robust_errors(accounts, golden, kind):
    for key, data in (
        (f"lm_robust_HC{kind}", t2(accounts, "recovered")),
        (f"ancova_pre_HC{kind}", t2(accounts, "recovered", covariates=one(accounts, "pre_recovered"))),
    ):
        fit = least_squares(ancova_design(data, interacted=False), data.outcome)
        close(fit.coefficients[1], golden[key]["estimate"])
        close(math.sqrt(hc_variance(fit, 1, kind)), golden[key]["se"])
        close(fit.df, golden[key]["df"])


def test_cuped(accounts, golden):
    want, data = (
        golden["cuped_pooled_theta"],
        t2(accounts, "recovered", covariates=one(accounts, "pre_recovered")),
    )
    arms = [moments_of(data.outcome[arm], data.covariates[arm, 0]) for arm in (data.treated, ~data.treated)]
    got = estimators()["cuped"].estimate(data, Options())
    close(cuped_theta(*arms)[0], want["theta"])
    close(got.estimate, want["diff"])
    close(got.se, want["se_welch"])
    close(got.p_value, want["p_value"])
    rho = np.corrcoef(data.outcome, data.covariates[:, 0])[0, 1]
    close(rho, want["rho"])
    adjusted = data.outcome - want["theta"] * data.covariates[:, 0]
    close(adjusted.var() / data.outcome.var(), want["var_adj_over_var_raw"])
    close(1.0 - rho**2, want["variance_ratio_1_minus_rho2"])


def test_clusters_and_ratios(accounts, golden):
    icc = intracluster_correlation(accounts["recovered"], codes(accounts["team"]))
    close(icc.icc, golden["icc_anova_team_m20"]["icc"])
    close(icc.design_effect, golden["icc_anova_team_m20"]["design_effect"])
    for arm in ("control", "t2"):
        rows, want = accounts["arm"] == arm, golden[f"ratio_cost_per_recovered_{arm}"]
        ratio, variance = ratio_of(moments_of(accounts["cost"][rows], accounts["recovered"][rows]))
        close(ratio, want["ratio"])
        close(math.sqrt(variance), want["se_delta"])
        close(math.sqrt(variance), want["se_svyratio"])
    got = estimators()["ratio_delta"].estimate(
        t2(accounts, "cost", denominator=accounts["recovered"]), Options()
    )
    close(got.estimate, golden["ratio_difference"]["diff"])
    close(got.se, golden["ratio_difference"]["se_delta"])
    close(got.estimate / got.se, golden["ratio_difference"]["z"])


def test_ranks_proportions_and_counts(accounts, golden):
    data = t2(accounts, "recovered")
    close(mann_whitney_p(data.outcome, data.treated, continuity=True), golden["mann_whitney_cc"]["p_value"])
    close(
        mann_whitney_p(data.outcome, data.treated, continuity=False), golden["mann_whitney_no_cc"]["p_value"]
    )
    want, binary = golden["proportions"], t2(accounts, "converted")
    assert binary.outcome[binary.treated].sum() == want["x_treat"]
    assert binary.outcome[~binary.treated].sum() == want["x_control"]
    pooled = estimators()["pooled_z"].estimate(binary, Options())
    close(pooled.p_value, want["chisq_p"])
    close(pooled.ci_low, want["wald_ci_low"])
    close(pooled.ci_high, want["wald_ci_high"])
    close(estimators()["fisher_exact"].estimate(binary, Options()).p_value, want["fisher_p"])
    want, got = (
        golden["complaints"],
        estimators()["rate_ratio_exact"].estimate(t2(accounts, "complaint"), Options()),
    )
    close(got.p_value, want["exact_conditional_p"])
    close(got.ci_low, want["rate_ratio_ci_low"])
    close(got.ci_high, want["rate_ratio_ci_high"])


def test_log_rank(accounts, golden):
    data = t2(accounts, "recovered", time=accounts["ttp"], event=accounts["event"] == 1)
    test, want = log_rank(risk_table(data.time, data.event, data.treated)), golden["logrank"]
    close(test.chi_square, want["chisq"])
    close(test.observed, want["observed_treat"])
    close(test.expected, want["expected_treat"])
    close(estimators()["log_rank"].estimate(data, Options()).p_value, want["p_value"])


def test_dunnett_and_sample_ratio(accounts, golden):
    groups = [accounts["recovered"][accounts["arm"] == arm] for arm in ("control", "t1", "t2")]
    df = sum(g.size for g in groups) - 3
    variance = sum(((g - g.mean()) ** 2).sum() for g in groups) / df
    t = [
        (g.mean() - groups[0].mean()) / math.sqrt(variance * (1 / g.size + 1 / groups[0].size))
        for g in groups[1:]
    ]
    want = golden["dunnett_t1 - control"]
    close(t[0], want["t"])
    close(df, want["df"])
    p = dunnett_p_values(t, loadings(groups[0].size, [g.size for g in groups[1:]]), df, 2)
    assert p[0] == pytest.approx(want["p_adjusted"], abs=1e-3)
    close(sample_ratio_test([240, 120, 120], [2, 1, 1]).p_value, golden["srm_ok_counts"]["p_value"])


def test_every_estimate_is_checked_or_named_as_unknown(golden):
    others = (
        {f"lm_robust_HC{k}" for k in range(4)}
        | {f"ancova_pre_HC{k}" for k in range(4)}
        | {
            "cuped_pooled_theta",
            "icc_anova_team_m20",
            "ratio_cost_per_recovered_control",
            "ratio_cost_per_recovered_t2",
            "ratio_difference",
            "mann_whitney_cc",
            "mann_whitney_no_cc",
            "proportions",
            "complaints",
            "logrank",
            "dunnett_t1 - control",
            "srm_ok_counts",
        }
    )
    assert set(golden) == set(CASES) | others | set(UNKNOWN_SUBSET)
