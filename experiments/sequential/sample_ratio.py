"""Sample-ratio mismatch: did the arms get the shares they were meant to get?

Source: chi-square goodness of fit (Pearson 1900); the sequential test is the Dirichlet-multinomial martingale
of Lindon and Malek (2022), Anytime-valid inference for multinomial count data, NeurIPS 35.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc, gammaln

from sim.errors import InputError

SRM_ALERT = 0.001
"""Below this p-value the split is not the planned one; a looser level would cry wolf once in twenty tests."""


@dataclass(frozen=True)
class SampleRatio:
    """Chi-square test of the planned shares.

    Attributes:
        chi_square: the statistic.
        df: arms - 1.
        p_value: its upper tail.
    """

    chi_square: float
    df: int
    p_value: float


def sample_ratio_test(counts: Sequence[float], shares: Sequence[float]) -> SampleRatio:
    """Return the chi-square test of `counts` (arms,) against planned `shares` (arms,), which
    may be weights.
    """
    observed, probability = _check(counts, shares)
    expected = probability * observed.sum()
    statistic = float((((observed - expected) ** 2) / expected).sum())
    df = observed.size - 1
    return SampleRatio(statistic, df, float(gammaincc(df / 2.0, statistic / 2.0)))


def sequential_sample_ratio(
    counts: Sequence[float], shares: Sequence[float], concentration: float = 100.0
) -> tuple[float, float]:
    """Return (log Bayes factor, p-value) of the always-valid test of the planned shares.

    The p-value holds at this look; over a sequence of looks use the running minimum.

    Args:
        counts: (arms,) accounts assigned so far.
        shares: (arms,) planned shares or weights.
        concentration: weight of the Dirichlet prior centred on the shares; larger looks for smaller
            mismatches.
    """
    observed, probability = _check(counts, shares)
    if not (math.isfinite(concentration) and concentration > 0.0):
        raise InputError("concentration", concentration, "a positive number", "Check its sign.")
    prior = concentration * probability
    log_factor = float(
        gammaln(prior.sum())
        - gammaln(prior.sum() + observed.sum())
        + (gammaln(prior + observed) - gammaln(prior)).sum()
        - (observed * np.log(probability)).sum()
    )
    return log_factor, min(1.0, math.exp(min(0.0, -log_factor)))


def _check(counts: Sequence[float], shares: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    observed, weight = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if observed.size < 2 or observed.shape != weight.shape:
        raise InputError(
            "counts",
            str(list(counts)),
            "a count for each of two or more arms with a share",
            "Give one share for every arm.",
        )
    if np.any(observed < 0) or observed.sum() <= 0 or np.any(weight <= 0) or not np.all(np.isfinite(weight)):
        raise InputError(
            "counts",
            str(list(counts)),
            "counts of at least 0, not all 0, and positive shares",
            "An arm without a share cannot be tested.",
        )
    return observed, weight / weight.sum()
