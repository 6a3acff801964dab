"""Real level and coverage of every estimator and sequential rule, by simulation with fixed seeds.

Each test states its null; a rate of R replications is compared with its nominal value by limits that a
correct method leaves with probability at most 1e-6 (4.9 binomial standard errors), plus a stated slack where
a method is only asymptotically right. Known-invalid methods must fall outside the same limits.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from experiments.design.clusters import ClusterDesign
from experiments.design.means import TwoMeans
from experiments.design.proportions import TwoProportions
from experiments.estimators.data import Contrast, Options
from experiments.estimators.registry import estimators
from experiments.estimators.results import Estimate
from experiments.sequential.always_valid import confidence_sequence_halfwidth, confidence_sequence_precision
from experiments.sequential.bounds import efficacy_bounds, equal_looks
from experiments.sequential.inference import final_inference, naive_estimate
from experiments.sequential.sample_ratio import sample_ratio_test, sequential_sample_ratio

LIMIT = 4.9
"""Binomial standard errors that a correct rate leaves, on either side, with probability 1e-6."""
N = 200
Draw = Callable[[np.random.Generator], tuple[Contrast, float]]
"""Returns data and the true value of the estimand."""


def limits(p: float, replications: int, slack: float = 0.0) -> tuple[float, float]:
    half = LIMIT * math.sqrt(p * (1.0 - p) / replications)
    return p - half - slack, p + half + slack


def complete(rng: np.random.Generator, n: int = N) -> np.ndarray:
    return rng.permutation(np.arange(n) % 2 == 0)


def normal(rng):
    treated = complete(rng)
    x = rng.normal(size=(N, 1))
    stratum = np.arange(N) % 4
    y = 0.3 * treated + 0.8 * x[:, 0] + 0.5 * stratum + rng.normal(size=N) * np.where(treated, 1.5, 1.0)
    return Contrast(y, treated, covariates=x, stratum=stratum), 0.3


def equal_variance(rng):
    treated = complete(rng)
    return Contrast(0.3 * treated + rng.normal(size=N), treated), 0.3


def blocked(rng):
    stratum = np.repeat(np.arange(5), N // 5)
    treated = np.concatenate([complete(rng, N // 5) for _ in range(5)])
    return Contrast(0.3 * treated + stratum + rng.normal(size=N), treated, stratum=stratum), 0.3


def clusters(rng, groups=24):
    sizes = rng.integers(4, 16, groups)
    cluster = np.repeat(np.arange(groups), sizes)
    treated = rng.permutation(np.arange(groups) % 2 == 0)[cluster]
    y = 0.3 * treated + rng.normal(size=groups)[cluster] * 0.5 + rng.normal(size=cluster.size)
    return Contrast(y, treated, cluster=cluster, denominator=np.ones(cluster.size)), 0.3


def binary(rng):
    treated = complete(rng)
    return Contrast((rng.random(N) < np.where(treated, 0.35, 0.25)).astype(float), treated), 0.1


def counts(rng):
    treated = complete(rng)
    exposure = 0.5 + rng.random(N)
    events = rng.poisson(np.where(treated, 0.6, 0.4) * exposure)
    return Contrast(events.astype(float), treated, exposure=exposure), 1.5


def ratio(rng):
    treated = complete(rng, 400)
    bottom = rng.gamma(4.0, size=400)
    top = bottom * np.where(treated, 0.25, 0.2) + rng.normal(size=400) * 0.2
    return Contrast(top, treated, denominator=bottom), 0.05


def lift(rng):
    treated = complete(rng, 400)
    return Contrast(rng.gamma(4.0, size=400) * np.where(treated, 1.1, 1.0), treated), 0.1


def amounts(rng):
    treated = complete(rng, 400)
    y = np.exp(rng.normal(size=400) * 0.8) * (rng.random(400) < np.where(treated, 0.6, 0.5))
    return Contrast(y, treated), 0.1 * math.exp(0.32)


def ranks(rng):
    treated = complete(rng)
    return Contrast(rng.normal(size=N) + 0.5 * treated, treated), 0.6381631951 - 0.5


def shifted(rng):
    treated = complete(rng, 400)
    return Contrast(rng.normal(size=400) + 0.5 * treated, treated), 0.5


def hazards(rng):
    treated = complete(rng, 300)
    time = rng.exponential(np.where(treated, 20.0 / 1.3, 20.0))
    censored = rng.uniform(5.0, 60.0, 300)
    return Contrast(
        np.zeros(300), treated, time=np.minimum(time, censored), event=time <= censored
    ), math.log(1.3)


def capped(rng):
    data, _ = hazards(rng)
    # mean of min(T, 5) for exponential T: (1 - exp(-5 h)) / h
    means = [(1.0 - math.exp(-5.0 * h)) / h for h in (1.3 / 20.0, 1.0 / 20.0)]
    return data, means[0] - means[1]


def noncompliance(rng):
    treated = complete(rng, 400)
    kind = rng.random(400)  # 0.2 always, 0.6 when assigned, 0.2 never
    received = (kind < 0.2) | (treated & (kind < 0.8))
    y = 0.5 * received + (kind < 0.2) * 1.0 + rng.normal(size=400)
    return Contrast(y, treated, received=received), 0.5


def assigned(rng):
    data, _ = noncompliance(rng)
    return data, 0.5 * 0.6


CASES: dict[str, tuple[Draw, float]] = {
    # estimator -> (data with a known effect, slack of its coverage where it is only asymptotic)
    "welch": (normal, 0.0),
    "hc2": (normal, 0.0),
    "student": (equal_variance, 0.0),
    "cuped": (normal, 0.005),
    "ancova": (normal, 0.005),
    "lin": (normal, 0.005),
    "post_stratified": (normal, 0.0),
    "blocked": (blocked, 0.0),
    "cluster_means": (clusters, 0.005),
    "cr2": (clusters, 0.01),
    "ratio_delta": (ratio, 0.005),
    "relative_lift": (lift, 0.005),
    "pooled_z": (binary, 0.01),
    "score": (binary, 0.01),
    "mann_whitney": (ranks, 0.01),
    "quantile": (shifted, 0.02),
    "two_part": (amounts, 0.02),
    "log_rank": (hazards, 0.02),
    "cox": (hazards, 0.005),
    "restricted_mean": (capped, 0.01),
    "itt": (assigned, 0.0),
    "cace": (noncompliance, 0.01),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CASES))
def test_the_interval_covers_the_true_effect_as_often_as_it_says(name):
    # null: coverage is 0.95; n = 1,000 data sets; false alarm 1e-6
    draw, slack = CASES[name]
    replications, rng = 1000, np.random.default_rng(11)
    covered = 0
    for _ in range(replications):
        data, truth = draw(rng)
        got = estimators()[name].estimate(data, Options(horizon=5.0))
        assert isinstance(got, Estimate)
        covered += got.ci_low <= truth <= got.ci_high
    low, high = limits(0.95, replications, slack)
    assert low <= covered / replications <= high


@pytest.mark.slow
def test_exact_methods_never_cover_less_than_they_say():
    # null: coverage of the exact rate ratio is at least 0.95, Fisher's level at most 0.05; n = 1,000; false
    # alarm 1e-6
    replications, rng = 1000, np.random.default_rng(12)
    covered = rejected = 0
    for _ in range(replications):
        data, truth = counts(rng)
        got = estimators()["rate_ratio_exact"].estimate(data, Options())
        covered += got.ci_low <= truth <= got.ci_high
        treated = complete(rng, 60)
        small = Contrast((rng.random(60) < 0.1).astype(float), treated)
        rejected += estimators()["fisher_exact"].estimate(small, Options()).p_value <= 0.05
    assert covered / replications >= limits(0.95, replications)[0]
    assert rejected / replications <= limits(0.05, replications)[1]


@pytest.mark.slow
def test_the_randomisation_test_holds_its_level_whatever_the_outcome():
    # null: no effect on anybody, 8 clusters, heavy tails; level at most 0.05; n = 500; false alarm 1e-6
    replications, rng = 500, np.random.default_rng(13)
    rejected = 0
    cluster = np.repeat(np.arange(8), 10)
    for _ in range(replications):
        treated = rng.permutation(np.arange(8) % 2 == 0)[cluster]
        y = np.exp(2.0 * rng.normal(size=80)) + 5.0 * rng.normal(size=8)[cluster]
        got = estimators()["randomisation"].estimate(
            Contrast(y, treated, cluster=cluster), Options(permutations=199)
        )
        rejected += got.p_value <= 0.05
    assert rejected / replications <= limits(0.05, replications)[1]


def rejection_rate(name: str, groups: int, replications: int, seed: int) -> float:
    rng, rejected = np.random.default_rng(seed), 0
    for _ in range(replications):
        data, truth = clusters(rng, groups)
        null = data.with_outcome(data.outcome - truth * data.treated)
        rejected += estimators()[name].estimate(null, Options()).p_value <= 0.05
    return rejected / replications


def test_uncorrected_cluster_errors_reject_too_often_with_six_clusters_and_cr2_does_not():
    # null: no effect, 6 clusters; CR0 must lie outside the limits of 0.05 that CR2 stays below; n = 800; 1e-6
    _, high = limits(0.05, 800)
    assert rejection_rate("cr0", 6, 800, 14) > high
    assert rejection_rate("welch", 6, 800, 14) > high
    assert rejection_rate("cr2", 6, 800, 14) <= high + 0.01


def paths(rng: np.random.Generator, replications: int, looks: int, drift: float) -> np.ndarray:
    t = equal_looks(looks)
    steps = rng.normal(size=(replications, looks)) * math.sqrt(1.0 / looks) + drift / looks
    return np.cumsum(steps, axis=1) / np.sqrt(t)


def test_peeking_inflates_and_boundaries_do_not():
    # null: no effect, 20,000 paths; peeking at 1.96 gives .142 at 5 looks and .193 at 10; false alarm 1e-6
    rng = np.random.default_rng(15)
    for looks, error in ((5, 0.142), (10, 0.193)):
        z = paths(rng, 20_000, looks, 0.0)
        low, high = limits(error, 20_000, 0.0005)
        assert low <= (np.abs(z) > 1.959964).any(axis=1).mean() <= high
        for rule in ("pocock", "lan_demets_obf"):
            bound = efficacy_bounds(equal_looks(looks), rule, 0.05, 2).z
            low, high = limits(0.05, 20_000)
            assert low <= (np.abs(z) > bound).any(axis=1).mean() <= high


def test_inference_after_stopping_is_right_where_the_naive_one_is_biased():
    # null: stage-wise intervals cover 0.95, the median-unbiased estimate lies below the truth half the time,
    # the naive estimate has the bias that integration gives; n = 600 tests; false alarm 1e-6
    rng, drift, replications = np.random.default_rng(16), 2.5, 600
    b = efficacy_bounds(equal_looks(3), "pocock", 0.05, 2)
    z = paths(rng, replications, 3, drift)
    covered = below = 0
    naive = []
    for row in z:
        crossed = np.flatnonzero(np.abs(row) > b.z)
        look = int(crossed[0]) if crossed.size else 2
        t = float(b.information[look])
        # in units of the drift: estimate Z / sqrt(t), standard error 1 / sqrt(t)
        got = final_inference(b, look + 1, float(row[look]) / math.sqrt(t), 1.0 / math.sqrt(t))
        covered += got.ci_low <= drift <= got.ci_high
        below += got.estimate <= drift
        naive.append(got.naive_estimate)
    low, high = limits(0.95, replications)
    assert low <= covered / replications <= high
    low, high = limits(0.5, replications)
    assert low <= below / replications <= high
    error = LIMIT * float(np.std(naive)) / math.sqrt(replications)
    want = naive_estimate(b, drift)
    assert abs(float(np.mean(naive)) - want.mean) <= error
    assert want.bias > 0.3


def test_always_valid_rules_are_rarely_wrong_however_often_one_looks():
    # null: no effect, equal shares; looked at after each of 2,000 accounts; P(ever wrong) at most 0.05; n =
    # 2,000
    rng, replications, n = np.random.default_rng(17), 2000, 2000
    rho = confidence_sequence_precision(0.05, 500.0)
    half = np.array([confidence_sequence_halfwidth(float(k), 0.05, rho) for k in range(1, n + 1)])
    mean = np.cumsum(rng.normal(size=(replications, n)), axis=1) / np.arange(1, n + 1)
    # asymptotic: the first accounts, where a normal error is no promise, are left out
    wrong = (np.abs(mean[:, 19:]) > half[19:]).any(axis=1).mean()
    assert wrong <= limits(0.05, replications)[1]
    treated = np.cumsum(rng.random((400, 400)) < 0.5, axis=1)[:, 9::10]
    ever = [
        min(
            sequential_sample_ratio([float(x), float(k - x)], [1, 1])[1]
            for x, k in zip(row, range(10, 401, 10), strict=True)
        )
        <= 0.05
        for row in treated
    ]
    assert np.mean(ever) <= limits(0.05, 400)[1]


def test_the_sample_ratio_test_has_its_level():
    # null: planned shares 9 to 1, 5,000 accounts, 20,000 tests at 0.05; false alarm 1e-6, slack for
    # discreteness
    counts_ = np.random.default_rng(18).binomial(5000, 0.1, 20_000)
    level = np.mean([sample_ratio_test([5000 - x, x], [9, 1]).p_value <= 0.05 for x in counts_])
    low, high = limits(0.05, 20_000, 0.003)
    assert low <= level <= high


def test_sized_tests_have_the_power_they_were_sized_for():
    # null: power 0.8 at the computed size, 4,000 tests each; false alarm 1e-6
    rng, replications = np.random.default_rng(19), 4000
    n = math.ceil(TwoMeans().size(0.5, 0.8))
    one, zero = rng.normal(size=(replications, n)) + 0.5, rng.normal(size=(replications, n))
    se = np.sqrt((one.var(axis=1, ddof=1) + zero.var(axis=1, ddof=1)) / n)
    low, high = limits(0.8, replications, 0.002)
    assert low <= (np.abs((one.mean(axis=1) - zero.mean(axis=1)) / se) > 1.98).mean() <= high
    n = math.ceil(TwoProportions(0.1, 0.2).size(0.8))
    x1, x0 = rng.binomial(n, 0.2, replications), rng.binomial(n, 0.1, replications)
    pooled = (x1 + x0) / (2 * n)
    z = (x1 - x0) / n / np.sqrt(pooled * (1 - pooled) * 2 / n)
    low, high = limits(0.8, replications, 0.02)  # the normal approximation at 199 an arm
    assert low <= (np.abs(z) > 1.959964).mean() <= high


def test_sized_cluster_tests_have_the_power_they_were_sized_for():
    # null: power 0.8 with whole clusters and the t distribution; 4,000 tests; false alarm 1e-6
    rng, replications = np.random.default_rng(20), 4000
    design = ClusterDesign(10.0, 0.1)
    got = design.size(0.5 / math.sqrt(2.0), 0.8)
    sd = math.sqrt(0.1 + 0.9 / 10.0)
    one = rng.normal(size=(replications, got.treatment)) * sd + 0.5
    zero = rng.normal(size=(replications, got.control)) * sd
    pooled = np.sqrt((one.var(axis=1, ddof=1) + zero.var(axis=1, ddof=1)) / got.control)
    from scipy.stats import t

    critical = t.isf(0.025, got.control + got.treatment - 2)
    low, high = limits(got.power, replications)
    assert low <= (np.abs((one.mean(axis=1) - zero.mean(axis=1)) / pooled) > critical).mean() <= high
