"""Estimators one by one: small stories, merging, symmetry, and the reasons for silence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.estimators.clustered import intracluster_correlation
from experiments.estimators.data import Contrast, Options
from experiments.estimators.moments import cuped_of, merge_all, moments_of, ratio_of, welch_of
from experiments.estimators.multiplicity import METHODS, adjust
from experiments.estimators.protocol import KINDS
from experiments.estimators.randomisation import mechanism
from experiments.estimators.registry import defaults, estimator, estimators
from experiments.estimators.regression import cluster_error, least_squares
from experiments.estimators.results import Estimate, NotEstimable, wald
from experiments.estimators.survival import restricted_mean
from sim.errors import InputError

EVERY = tuple(estimators())
OPTIONS = Options(permutations=199, quantile=0.7)


def contrast(kind="count", seed=1, n=240, clusters=12):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), n // clusters)
    treated = cluster % 2 == 0
    x = rng.normal(size=(n, 1))
    amount = np.exp(rng.normal(size=n) + 0.2 * treated) * (rng.random(n) < 0.6)
    outcome = amount + 0.5 * x[:, 0] ** 2
    if kind == "proportion":
        outcome = (rng.random(n) < 0.3 + 0.1 * treated).astype(float)
    elif kind == "count":
        outcome = np.round(outcome)
    return Contrast(
        outcome,
        treated,
        denominator=1.0 + rng.random(n),
        covariates=x,
        stratum=np.arange(n) % 3,
        cluster=cluster,
        time=np.ceil(rng.exponential(20.0, n)),
        event=rng.random(n) < 0.8,
        exposure=1.0 + rng.random(n),
        received=np.where(treated, rng.random(n) < 0.8, rng.random(n) < 0.2),
    )


def flipped(data):
    return Contrast(
        **{
            **vars(data),
            "treated": ~data.treated,
            "received": None if data.received is None else ~data.received,
        }
    )


@pytest.mark.parametrize("name", EVERY)
def test_every_estimator_estimates_its_kind(name):
    item = estimators()[name]
    for kind in item.kinds:
        got = item.estimate(contrast("mean" if name == "quantile" else kind), OPTIONS)
        assert isinstance(got, Estimate), got
        assert got.estimator == name
        assert got.n == 240
        assert got.ci_low < got.estimate < got.ci_high
        assert 0.0 <= got.p_value <= 1.0


@pytest.mark.parametrize("name", EVERY)
def test_swapping_the_arms_flips_the_sign(name):
    item, data = estimators()[name], contrast(estimators()[name].kinds[0])
    one, other = item.estimate(data, OPTIONS), item.estimate(flipped(data), OPTIONS)
    assert other.p_value == pytest.approx(one.p_value, abs=0.06 if name == "randomisation" else 1e-9) or (
        name == "relative_lift"
    )
    if name == "rate_ratio_exact":
        assert other.estimate == pytest.approx(1.0 / one.estimate)
        assert (other.ci_low, other.ci_high) == pytest.approx((1.0 / one.ci_high, 1.0 / one.ci_low))
    elif name == "relative_lift":
        assert other.estimate == pytest.approx(1.0 / (1.0 + one.estimate) - 1.0)
    elif name == "cace":
        # receipt is flipped too, so the effect of receiving keeps its sign
        assert other.estimate == pytest.approx(-one.estimate)
    else:
        assert other.estimate == pytest.approx(-one.estimate, abs=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_arm_is_no_estimate(name):
    data = contrast()
    rows = data.treated
    part = Contrast(**{k: v[rows] if isinstance(v, np.ndarray) else v for k, v in vars(data).items()})
    got = estimators()[name].estimate(part, OPTIONS)
    assert isinstance(got, NotEstimable)
    assert "control 0 accounts" in got.reason


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("ancova", {"covariates": np.zeros((0, 0))}, "name no covariates"),
        ("ancova", {"covariates": np.ones((240, 1))}, "constant"),
        ("lin", {"covariates": np.ones((240, 2))}, "constant"),
        ("cr2", {"cluster": None}, "name no cluster"),
        ("cluster_means", {"cluster": np.arange(240) % 5}, "both arms"),
        ("cluster_means", {"cluster": (np.arange(240) // 20) % 2}, "each needs at least 2"),
        ("blocked", {"stratum": np.arange(240)}, "stratum 1 of 240"),
        ("welch", {"outcome": np.ones(240)}, "does not vary"),
        ("pooled_z", {"outcome": np.full(240, 2.0)}, "other than 0 and 1"),
        ("pooled_z", {"outcome": np.zeros(240)}, "no event among"),
        ("rate_ratio_exact", {"outcome": np.zeros(240)}, "no event"),
        ("rate_ratio_exact", {"outcome": np.full(240, 0.5)}, "no counts"),
        ("two_part", {"outcome": -np.ones(240)}, "negative"),
        ("two_part", {"outcome": np.zeros(240)}, "fewer than 3"),
        ("winsorised", {"outcome": np.zeros(240)}, "removes all variation"),
        ("quantile", {"outcome": np.zeros(240)}, "many accounts share"),
        ("mann_whitney", {"outcome": np.zeros(240)}, "do not overlap"),
        ("log_rank", {"event": np.zeros(240, dtype=bool)}, "no event"),
        ("cox", {"event": np.zeros(240, dtype=bool)}, "no finite hazard ratio"),
        ("restricted_mean", {"event": np.zeros(240, dtype=bool)}, "no event"),
        ("cace", {"received": np.zeros(240, dtype=bool)}, "too weak an instrument"),
        ("ratio_delta", {"denominator": np.zeros(240)}, "not positive"),
        ("randomisation", {"outcome": np.ones(240)}, "the same difference"),
        ("randomisation", {"cluster": np.arange(240) % 5}, "both arms"),
    ],
)
def test_silence_has_a_reason(name, change, reason):
    got = estimators()[name].estimate(Contrast(**{**vars(contrast()), **change}), OPTIONS)
    assert isinstance(got, NotEstimable)
    assert reason in got.reason


@pytest.mark.parametrize("where", ["both", "treated", "control"])
@pytest.mark.parametrize("name", EVERY)
def test_no_events_are_no_certainty(name, where):
    """Where nobody has an event, in both arms or in one, an estimator is silent with a reason or gives an interval."""
    data = contrast()
    rows = np.ones(data.n, dtype=bool) if where == "both" else data.treated if where == "treated" else ~data.treated
    none = {"outcome": np.where(rows, 0.0, (data.outcome > np.median(data.outcome)).astype(float)),
            "event": data.event & ~rows}
    got = estimators()[name].estimate(Contrast(**{**vars(data), **none}), OPTIONS)
    if isinstance(got, NotEstimable):
        assert got.reason
    else:
        assert got.ci_low < got.estimate < got.ci_high or (got.ci_low <= got.estimate <= got.ci_high and got.ci_low < got.ci_high)


def test_no_event_in_either_arm_is_bounded_exactly():
    """0 of 160 and 0 of 80 or so: each limit is the exact bound of one arm, 1 - 0.025 ** (1 / n)."""
    data = contrast()
    got = estimators()["fisher_exact"].estimate(Contrast(outcome=np.zeros(data.n), treated=data.treated), OPTIONS)
    assert got.ci_high == pytest.approx(1 - 0.025 ** (1 / data.n_treated), rel=1e-12)
    assert got.ci_low == pytest.approx(-(1 - 0.025 ** (1 / data.n_control)), rel=1e-12)
    assert got.p_value == 1.0
    full = estimators()["fisher_exact"].estimate(Contrast(outcome=np.ones(data.n), treated=data.treated), OPTIONS)
    assert (full.ci_low, full.ci_high) == pytest.approx((-got.ci_high, -got.ci_low))


@given(
    st.lists(
        st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(0.1, 1e3)), max_size=20), min_size=2, max_size=6
    )
)
def test_moments_of_parts_merge_to_those_of_the_whole(parts):
    tables = [np.array(part).reshape(-1, 2) for part in parts]
    whole = moments_of(*np.vstack(tables).T)
    merged = merge_all(moments_of(*table.T) for table in tables)
    assert merged.n == whole.n
    assert merged.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-9)
    assert merged.scatter == pytest.approx(whole.scatter, rel=1e-7, abs=1e-5)


def test_estimates_from_merged_moments_are_those_from_rows():
    data = contrast()
    x = data.covariates[:, 0]
    arms = [
        merge_all(moments_of(data.outcome[rows], x[rows]) for rows in np.array_split(np.flatnonzero(arm), 5))
        for arm in (data.treated, ~data.treated)
    ]
    assert welch_of(*arms).se == pytest.approx(estimators()["welch"].estimate(data, OPTIONS).se, rel=1e-12)
    assert cuped_of(*arms).se == pytest.approx(estimators()["cuped"].estimate(data, OPTIONS).se, rel=1e-12)


def test_the_ratio_of_merged_moments_has_the_delta_variance():
    rng = np.random.default_rng(4)
    top, bottom = rng.gamma(2.0, size=400), 1.0 + rng.random(400)
    ratio, variance = ratio_of(
        merge_all([moments_of(top[:150], bottom[:150]), moments_of(top[150:], bottom[150:])])
    )
    residual = (top - ratio * bottom) / bottom.mean()
    assert ratio == pytest.approx(top.sum() / bottom.sum())
    assert variance == pytest.approx(residual.var(ddof=1) / 400)


def test_bias_reduced_error_is_the_dense_formula():
    # Bell and McCaffrey with full matrices, unequal clusters and a covariate
    rng = np.random.default_rng(9)
    cluster = np.repeat(np.arange(9), [3, 30, 5, 12, 1, 8, 20, 4, 17])
    n = cluster.size
    X = np.column_stack((np.ones(n), cluster % 3 == 0, rng.normal(size=n))).astype(float)
    y = X @ [1.0, 0.5, 0.2] + rng.normal(size=9)[cluster] + rng.normal(size=n)
    fit = least_squares(X, y)
    hat = X @ fit.bread @ X.T
    rest, columns, variance = np.eye(n) - hat, [], 0.0
    for g in range(9):
        rows = np.flatnonzero(cluster == g)
        values, vectors = np.linalg.eigh(np.eye(rows.size) - hat[np.ix_(rows, rows)])
        adjust_g = (
            vectors @ np.diag(np.where(values > 1e-10, 1 / np.sqrt(np.maximum(values, 1e-10)), 0)) @ vectors.T
        )
        direction = adjust_g @ X[rows] @ fit.bread[:, 1]
        variance += (direction @ fit.residuals[rows]) ** 2
        columns.append(rest[:, rows] @ direction)
    P = np.column_stack(columns)
    gram = P.T @ P
    got = cluster_error(fit, cluster, 1, 2)
    assert got.se == pytest.approx(math.sqrt(variance), rel=1e-10)
    assert got.df == pytest.approx(np.trace(gram) ** 2 / (gram**2).sum(), rel=1e-10)


def test_singleton_clusters_make_cr2_the_hc2_error():
    data = contrast()
    alone = Contrast(**{**vars(data), "cluster": np.arange(240), "covariates": np.zeros((0, 0))})
    assert estimators()["cr2"].estimate(alone, OPTIONS).se == pytest.approx(
        estimators()["hc2"].estimate(data, OPTIONS).se, rel=1e-10
    )


def test_identical_accounts_in_a_cluster_have_correlation_one():
    got = intracluster_correlation(np.repeat([1.0, 2.0, 5.0], 4), np.repeat([0, 1, 2], 4))
    assert got.icc == pytest.approx(1.0)
    assert got.design_effect == pytest.approx(4.0)


def test_the_randomisation_test_shuffles_as_the_design_did():
    data = contrast()
    again = mechanism(data)(np.random.default_rng(0))
    by_cluster = np.bincount(data.cluster, weights=again) / 20
    assert set(by_cluster) == {0.0, 1.0}
    assert again.sum() == data.treated.sum()
    within = Contrast(**{**vars(data), "cluster": None})
    once = mechanism(within)(np.random.default_rng(0))
    for s in range(3):
        assert once[data.stratum == s].sum() == data.treated[data.stratum == s].sum()


def test_the_randomisation_p_value_is_the_share_of_assignments():
    # 4 accounts, 2 treated: 6 assignments, of which the data are the extreme one
    data = Contrast(np.array([10.0, 11.0, 1.0, 2.0]), np.array([True, True, False, False]))
    got = estimators()["randomisation"].estimate(data, Options(permutations=20_000))
    assert got.p_value == pytest.approx(2 / 6, abs=0.015)


def test_restricted_mean_without_censoring_is_the_mean_of_the_cut_times():
    time = np.array([2.0, 4.0, 9.0, 12.0])
    got, variance = restricted_mean(time, np.ones(4, dtype=bool), 10.0)
    assert got == pytest.approx(np.minimum(time, 10.0).mean())
    assert variance == pytest.approx(np.minimum(time, 10.0).var() / 4)


def test_cace_is_the_ratio_of_two_differences():
    data = contrast()
    effect = data.outcome[data.treated].mean() - data.outcome[~data.treated].mean()
    receipt = data.received[data.treated].mean() - data.received[~data.treated].mean()
    assert estimators()["cace"].estimate(data, OPTIONS).estimate == pytest.approx(effect / receipt)


def test_one_cap_serves_both_arms():
    outcome = np.concatenate((np.arange(100.0), np.arange(100.0) + 1000.0))
    data = Contrast(outcome, np.arange(200) >= 100)
    got = estimators()["winsorised"].estimate(data, Options(winsorise=0.5))
    assert got.estimate == pytest.approx(np.quantile(outcome, 0.5) - np.arange(100.0).mean())


@pytest.mark.parametrize("method", METHODS)
def test_adjusted_p_values_keep_order_and_never_shrink(method):
    p = np.array([0.04, 0.01, np.nan, 0.03, 0.5])
    got = adjust(p, method)
    assert math.isnan(got[2])
    known = ~np.isnan(p)
    assert (got[known] >= p[known] - 1e-15).all()
    assert (np.diff(got[known][np.argsort(p[known])]) >= 0.0).all()


def test_every_kind_has_usual_estimators_that_can_read_it():
    for kind in KINDS:
        for name in defaults(kind, contrast()):
            assert kind in estimators()[name].kinds
    assert set(defaults("mean", contrast())) == {"cr2", "cluster_means"}


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [("welsh", "mean", "Did you mean `welch`?"), ("cox", "mean", "cox for a mean")],
)
def test_an_estimator_that_does_not_fit_is_refused(name, kind, message):
    with pytest.raises(InputError) as caught:
        estimator(name, kind)
    assert message in str(caught.value)


def test_an_error_that_is_no_number_is_no_estimate():
    assert isinstance(wald("x", "y", 1.0, math.nan, 10.0, 0.95, 5), NotEstimable)
    assert isinstance(wald("x", "y", 1.0, 1.0, 0.0, 0.95, 5), NotEstimable)


@pytest.mark.parametrize("change", [{"outcome": np.zeros(3)}, {"outcome": np.full(240, np.nan)}])
def test_columns_that_do_not_fit_are_refused(change):
    with pytest.raises(InputError):
        Contrast(**{**vars(contrast()), **change})
