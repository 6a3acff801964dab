"""Differences of means when whole teams, areas or days were randomised.

Source: Hayes and Moulton (2017), Cluster Randomised Trials, chapter 10 (cluster means); Bell and McCaffrey
(2002) and Pustejovsky and Tipton (2018) (CR2); Donner and Koval (1980), Biometrics 36 (intracluster
correlation).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from experiments.estimators.data import Contrast, FloatArray, IntArray, Options, codes, group_sums
from experiments.estimators.moments import moments_of
from experiments.estimators.protocol import FunctionEstimator
from experiments.estimators.regression import cluster_error, least_squares
from experiments.estimators.results import NotEstimable, Result, wald

_MEANS = ("mean", "proportion", "count")
_ACCOUNTS = "difference of means over accounts, treatment minus control, in the unit of the outcome"
_CLUSTERS = "difference of the means of cluster means, treatment minus control, in the unit of the outcome"


@dataclass(frozen=True)
class ClusterTotals:
    """Sums by cluster: all that cluster-level estimators need; totals of parts of the data add up.

    Attributes:
        treated: (G,) whether the cluster was treated.
        size: (G,) accounts.
        sums: (G, p) sums of the columns.
    """

    treated: np.ndarray
    size: FloatArray
    sums: FloatArray


def cluster_totals(data: Contrast, *columns: FloatArray) -> ClusterTotals | None:
    """Return totals by cluster, or None when some cluster holds accounts of both arms."""
    cluster = codes(data.cluster) if data.cluster is not None else np.arange(data.n)
    groups = int(cluster.max()) + 1
    size = np.bincount(cluster, minlength=groups).astype(np.float64)
    share = group_sums(data.treated.astype(np.float64), cluster, groups) / size
    if not bool(np.isin(share, (0.0, 1.0)).all()):
        return None
    return ClusterTotals(share == 1.0, size, group_sums(np.column_stack(columns), cluster, groups))


_MIXED = "a cluster holds accounts of both arms, so it was not the unit of assignment"


def few(treated: int, control: int) -> str | None:
    """Return why so few clusters cannot be compared, or None."""
    if min(treated, control) < 2:
        return f"treatment has {treated} and control {control} clusters; each needs at least 2"
    return None


def _cluster_means(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    totals = cluster_totals(data, data.outcome)
    if totals is None:
        return NotEstimable(self.name, _MIXED, data.n)
    means = totals.sums[:, 0] / totals.size
    first, second = moments_of(means[totals.treated]), moments_of(means[~totals.treated])
    reason = few(first.n, second.n)
    if reason is not None:
        return NotEstimable(self.name, reason, data.n)
    df = first.n + second.n - 2
    pooled = float(first.scatter[0, 0] + second.scatter[0, 0]) / df
    se = math.sqrt(pooled * (1.0 / first.n + 1.0 / second.n))
    return wald(
        self.name,
        self.estimand,
        float(first.mean[0] - second.mean[0]),
        se,
        df,
        options.level,
        data.n,
        first.n + second.n,
    )


def _robust(self: FunctionEstimator, data: Contrast, options: Options, kind: int) -> Result:
    cluster: IntArray = codes(data.cluster) if data.cluster is not None else np.arange(data.n)
    groups = int(cluster.max()) + 1
    if groups < 3:
        return NotEstimable(self.name, f"there are {groups} clusters; at least 3 are needed", data.n)
    by_arm = [int(np.unique(cluster[arm]).size) for arm in (data.treated, ~data.treated)]
    reason = few(*by_arm)
    if reason is not None:
        return NotEstimable(self.name, reason, data.n)
    centred = data.covariates - data.covariates.mean(axis=0)
    fit = least_squares(
        np.column_stack((np.ones(data.n), data.treated.astype(np.float64), centred)), data.outcome
    )
    if fit is None:
        return NotEstimable(self.name, "covariates are constant or depend on each other", data.n)
    error = cluster_error(fit, cluster, 1, kind)
    return wald(
        self.name,
        self.estimand,
        float(fit.coefficients[1]),
        error.se,
        error.df,
        options.level,
        data.n,
        groups,
    )


def _cr0(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    return _robust(self, data, options, 0)


def _cr1(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    return _robust(self, data, options, 1)


def _cr2(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    return _robust(self, data, options, 2)


@dataclass(frozen=True)
class IntraclusterCorrelation:
    """How alike accounts of one cluster are, arms' means removed.

    Attributes:
        icc: analysis-of-variance estimate; may be slightly negative.
        mean_size: mean accounts per cluster.
        design_effect: 1 + (mean_size - 1) * icc, by which the variance of a mean grows.
    """

    icc: float
    mean_size: float
    design_effect: float


def intracluster_correlation(outcome: FloatArray, cluster: IntArray) -> IntraclusterCorrelation:
    """Return the one-way analysis-of-variance intracluster correlation of `outcome` over `cluster` codes."""
    cluster = codes(cluster)
    groups, n = int(cluster.max()) + 1, outcome.size
    size = np.bincount(cluster, minlength=groups).astype(np.float64)
    mean = group_sums(outcome, cluster, groups) / size
    between = float((size * (mean - outcome.mean()) ** 2).sum()) / max(groups - 1, 1)
    within = float(((outcome - mean[cluster]) ** 2).sum()) / max(n - groups, 1)
    typical = (n - float((size**2).sum()) / n) / max(groups - 1, 1)
    bottom = between + (typical - 1.0) * within
    icc = (between - within) / bottom if bottom > 0.0 else 0.0
    return IntraclusterCorrelation(icc, n / groups, 1.0 + (n / groups - 1.0) * icc)


ESTIMATORS: tuple[FunctionEstimator, ...] = (
    FunctionEstimator("cluster_means", _MEANS, _CLUSTERS, _cluster_means, ("cluster",)),
    FunctionEstimator("cr0", _MEANS, _ACCOUNTS, _cr0, ("cluster",)),
    FunctionEstimator("cr1", _MEANS, _ACCOUNTS, _cr1, ("cluster",)),
    FunctionEstimator("cr2", _MEANS, _ACCOUNTS, _cr2, ("cluster",)),
)
