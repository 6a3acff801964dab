"""Means over replications, and differences paired by the luck that two strategies share."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.results import Difference, Estimate

CONFIDENCE = 0.95


def estimate(values: Iterable[float]) -> Estimate:
    """Return mean and Monte-Carlo standard error of values by replication; nan values (empty denominators) are left out."""
    known = np.array([value for value in values if not math.isnan(value)])
    if len(known) == 0:
        return Estimate(math.nan, math.nan)
    se = float(known.std(ddof=1) / math.sqrt(len(known))) if len(known) > 1 else math.nan
    return Estimate(float(known.mean()), se)


def difference(a: NDArray[np.float64], b: NDArray[np.float64]) -> Difference:
    """Return the mean paired difference a - b with its 95 % t interval over replications: Monte-Carlo error only."""
    delta = (a - b)[~np.isnan(a - b)]
    if len(delta) == 0:
        return Difference(math.nan, math.nan, math.nan, math.nan)
    mean = float(delta.mean())
    if len(delta) == 1:
        return Difference(mean, math.nan, math.nan, math.nan)
    se = float(delta.std(ddof=1) / math.sqrt(len(delta)))
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(delta) - 1)) * se
    return Difference(mean, mean - half, mean + half, se)


def variance_reduction(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return 1 - Var(A - B) / (Var A + Var B): what sharing luck saved; nan without variance."""
    apart = float(a.var(ddof=1) + b.var(ddof=1)) if len(a) > 1 else 0.0
    return 1.0 - float((a - b).var(ddof=1)) / apart if apart > 0 else math.nan
