"""Quantiles of whole columns from + - * / alone: numpy's exp and log differ between machines in the last bit.

Column versions of the scalar functions that rules use; a test holds the two equal to the bit.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]

_LN2_HI: Final = 6.93147180369123816490e-01
_LN2_LO: Final = 1.90821492927058770002e-10
_INV_LN2: Final = 1.44269504088896338700
_SQRT_HALF: Final = 0.70710678118654752440
_TAIL: Final = 0.02425
POISSON_PART: Final = 50.0
"""A Poisson count is a sum of independent ones with means up to this, so that e**-mean stays far from 0."""


def exp(x: Column) -> Column:
    """Return e**x for |x| <= 690 (clipped), relative error below 1e-14: Taylor after reduction by ln 2."""
    clipped = np.clip(x, -690.0, 690.0)
    scaled = clipped * _INV_LN2
    n = np.trunc(np.where(scaled >= 0.0, scaled + 0.5, scaled - 0.5))
    r = (clipped - n * _LN2_HI) - n * _LN2_LO
    p = 1.0 + r / 13.0
    for k in range(12, 0, -1):
        p = 1.0 + r * p / k
    return np.asarray(np.where(x < -690.0, 0.0, np.ldexp(p, n.astype(np.int32))), dtype=np.float64)


def log(x: Column) -> Column:
    """Return ln x for x > 0, relative error below 1e-14: series of atanh on [sqrt(1/2), sqrt(2))."""
    m, n = np.frexp(x)
    small = m < _SQRT_HALF
    m = np.where(small, m * 2.0, m)
    power = np.where(small, n - 1, n).astype(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = np.full(np.shape(x), 1.0 / 25.0)
    for k in range(23, 0, -2):
        p = p * z + 1.0 / k
    value: Column = power * _LN2_HI + (power * _LN2_LO + 2.0 * s * p)
    return value


def _tail(q: Column) -> Column:
    c = -7.784894002430293e-03 * q - 3.223964580411365e-01
    for a in (-2.400758277161838e00, -2.549732539343734e00, 4.374664141464968e00, 2.938163982698783e00):
        c = c * q + a
    d = 7.784695709041462e-03 * q + 3.224671290700398e-01
    for a in (2.445134137142996e00, 3.754408661907416e00, 1.0):
        d = d * q + a
    ratio: Column = c / d
    return ratio


def normal(u: Column) -> Column:
    """Return the standard normal quantile of u in (0, 1), error below 2e-9 (P. J. Acklam 2003)."""
    q = u - 0.5
    r = q * q
    a = -3.969683028665376e01 * r + 2.209460984245205e02
    for c in (-2.759285104469687e02, 1.383577518672690e02, -3.066479806614716e01, 2.506628277459239e00):
        a = a * r + c
    b = -5.447609879822406e01 * r + 1.615858368580409e02
    for c in (-1.556989798598866e02, 6.680131188771972e01, -1.328068155288572e01, 1.0):
        b = b * r + c
    low, high = u < _TAIL, u > 1.0 - _TAIL
    out = a * q / b
    out[low] = _tail(np.sqrt(-2.0 * log(u[low])))
    out[high] = -_tail(np.sqrt(-2.0 * log(1.0 - u[high])))
    return np.asarray(out, dtype=np.float64)


def poisson(u: Column, mean: Column) -> NDArray[np.int64]:
    """Return the Poisson quantile at u for means up to `POISSON_PART`, by summing probabilities."""
    term = exp(-mean)
    total = term.copy()
    count = np.zeros(len(u), dtype=np.int64)
    k = 0
    while True:
        more = (u > total) & (term > 0.0)
        if not more.any():
            return count
        k += 1
        term = term * mean / k
        # The upper tail beyond a double's resolution is nothing: there the count stops.
        more &= (term > 1e-18) | (k < mean)
        total = total + term
        count[more] = k
        term = np.where(more, term, 0.0)
