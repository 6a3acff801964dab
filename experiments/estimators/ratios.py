"""Ratios of means, such as cost per unit recovered, by the delta method.

Source: Cochran (1977), Sampling Techniques, chapter 6; Deng, Knoblich and Lu (2018), KDD (clusters).
"""

from __future__ import annotations

import math

import numpy as np

from experiments.estimators.clustered import cluster_totals, few
from experiments.estimators.data import Contrast, Options
from experiments.estimators.moments import Moments, moments_of, ratio_of, welch
from experiments.estimators.protocol import FunctionEstimator
from experiments.estimators.results import NotEstimable, Result, wald

_RATIO = "difference of ratios (sum of numerator over sum of denominator), treatment minus control"
_LIFT = "ratio of ratios minus 1: relative change of (sum of numerator over sum of denominator)"


def _difference(
    self: FunctionEstimator, arms: tuple[Moments, Moments], data: Contrast, options: Options, clusters: int
) -> Result:
    if min(float(arm.mean[1]) for arm in arms) <= 0.0:
        return NotEstimable(self.name, "the denominator of an arm is not positive on average", data.n)
    (first, var1), (second, var0) = ratio_of(arms[0]), ratio_of(arms[1])
    n1, n0 = arms[0].n, arms[1].n
    got = welch(first, var1 * n1, n1, second, var0 * n0, n0)
    return wald(self.name, self.estimand, got.estimate, got.se, got.df, options.level, data.n, clusters)


def _columns(data: Contrast) -> tuple[np.ndarray, np.ndarray]:
    return data.outcome, data.denominator if data.denominator is not None else np.ones(data.n)


def _delta(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    top, bottom = _columns(data)
    arms = [moments_of(top[arm], bottom[arm]) for arm in (data.treated, ~data.treated)]
    return _difference(self, (arms[0], arms[1]), data, options, 0)


def _delta_cluster(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    totals = cluster_totals(data, *_columns(data))
    if totals is None:
        return NotEstimable(self.name, "a cluster holds accounts of both arms", data.n)
    arms = [moments_of(*totals.sums[arm].T) for arm in (totals.treated, ~totals.treated)]
    reason = few(arms[0].n, arms[1].n)
    if reason is not None:
        return NotEstimable(self.name, reason, data.n)
    return _difference(self, (arms[0], arms[1]), data, options, arms[0].n + arms[1].n)


def _lift(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    top, bottom = _columns(data)
    parts = [ratio_of(moments_of(top[arm], bottom[arm])) for arm in (data.treated, ~data.treated)]
    (first, var1), (second, var0) = parts
    if second == 0.0 or not math.isfinite(second):
        return NotEstimable(self.name, "control's ratio is zero, so there is no relative change", data.n)
    change = first / second - 1.0
    se = math.sqrt(var1 / second**2 + var0 * first**2 / second**4)
    return wald(self.name, self.estimand, change, se, math.inf, options.level, data.n)


ESTIMATORS: tuple[FunctionEstimator, ...] = (
    FunctionEstimator("ratio_delta", ("ratio",), _RATIO, _delta, ("denominator",)),
    FunctionEstimator("ratio_delta_cluster", ("ratio",), _RATIO, _delta_cluster, ("denominator", "cluster")),
    FunctionEstimator("relative_lift", ("ratio", "mean", "proportion", "count"), _LIFT, _lift),
)
