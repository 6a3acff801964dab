"""Mergeable sufficient statistics: counts, means and centred cross-products of a few columns in one arm.

Two parts of the data give the same numbers as the whole (Chan, Golub and LeVeque 1983), so replications,
days or workers can be folded in any order; everything that needs only first and second moments is computed
from here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from experiments.estimators.data import FloatArray


@dataclass(frozen=True)
class Moments:
    """First and second moments of p columns.

    Attributes:
        n: rows.
        mean: (p,) means.
        scatter: (p, p) sums of products of deviations from the means.
    """

    n: int
    mean: FloatArray
    scatter: FloatArray

    @property
    def covariance(self) -> FloatArray:
        """(p, p) sample covariance with n - 1."""
        return self.scatter / (self.n - 1)

    def variance(self, column: int = 0) -> float:
        """Sample variance of one column."""
        return float(self.scatter[column, column]) / (self.n - 1)

    def combination(self, weights: FloatArray) -> tuple[float, float]:
        """Return mean and sample variance of the weighted sum of the columns."""
        return float(self.mean @ weights), float(weights @ self.scatter @ weights) / (self.n - 1)


def moments_of(*columns: FloatArray) -> Moments:
    """Return the moments of (n,) columns."""
    table = np.column_stack(columns)
    if table.shape[0] == 0:
        return Moments(0, np.zeros(table.shape[1]), np.zeros((table.shape[1], table.shape[1])))
    mean = table.mean(axis=0)
    centred = table - mean
    # the second centring removes the rounding of the mean
    mean, centred = mean + centred.mean(axis=0), centred - centred.mean(axis=0)
    return Moments(table.shape[0], mean, centred.T @ centred)


def merge(first: Moments, second: Moments) -> Moments:
    """Return the moments of both parts together."""
    if first.n == 0:
        return second
    if second.n == 0:
        return first
    n = first.n + second.n
    gap = second.mean - first.mean
    mean = first.mean + gap * (second.n / n)
    scatter = first.scatter + second.scatter + np.outer(gap, gap) * (first.n * second.n / n)
    return Moments(n, mean, scatter)


def merge_all(parts: Iterable[Moments]) -> Moments:
    """Return the moments of all parts together; at least one part."""
    iterator = iter(parts)
    total = next(iterator)
    for part in iterator:
        total = merge(total, part)
    return total


@dataclass(frozen=True)
class Difference:
    """Difference of two independent means with its error.

    Attributes:
        estimate: treatment minus control.
        se: standard error, each arm with its own variance.
        df: Satterthwaite degrees of freedom.
    """

    estimate: float
    se: float
    df: float


def welch(mean1: float, variance1: float, n1: int, mean0: float, variance0: float, n0: int) -> Difference:
    """Return the Welch difference of treatment (1) and control (0)."""
    first, second = variance1 / n1, variance0 / n0
    total = first + second
    if total <= 0.0:
        return Difference(mean1 - mean0, 0.0, math.nan)
    df = total**2 / (first**2 / (n1 - 1) + second**2 / (n0 - 1))
    return Difference(mean1 - mean0, math.sqrt(total), df)


def welch_of(treatment: Moments, control: Moments, weights: FloatArray | None = None) -> Difference:
    """Return the Welch difference of the first column, or of a weighted sum of the columns."""
    if weights is None:
        weights = np.zeros(treatment.mean.size)
        weights[0] = 1.0
    mean1, variance1 = treatment.combination(weights)
    mean0, variance0 = control.combination(weights)
    return welch(mean1, variance1, treatment.n, mean0, variance0, control.n)


def cuped_theta(treatment: Moments, control: Moments) -> FloatArray:
    """Return (p,) regression coefficients of column 0 on columns 1..p over both arms pooled."""
    pooled = merge(treatment, control).scatter
    return np.asarray(np.linalg.lstsq(pooled[1:, 1:], pooled[1:, 0], rcond=None)[0], dtype=np.float64)


def cuped_of(treatment: Moments, control: Moments) -> Difference:
    """Return the CUPED difference: column 0 adjusted by the covariates in the other columns."""
    return welch_of(treatment, control, np.concatenate(([1.0], -cuped_theta(treatment, control))))


def ratio_of(arm: Moments) -> tuple[float, float]:
    """Return ratio of column 0 to column 1 and its delta-method variance."""
    ratio = float(arm.mean[0] / arm.mean[1])
    _, variance = arm.combination(np.array([1.0, -ratio]) / float(arm.mean[1]))
    return ratio, variance / arm.n
