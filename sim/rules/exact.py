"""Exponential, logarithm and the normal quantile from + - * / alone, so that digests agree on every machine.

libm's last bits differ between systems, and numpy's differ from `math`'s. Relative errors here: `exp` and `log` below
1e-14, the quantile below 2e-9 (Acklam's approximation), which the tests check against scipy.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import rule

LN2_HI = 6.93147180369123816490e-01
LN2_LO = 1.90821492927058770002e-10
INV_LN2 = 1.44269504088896338700
SQRT_HALF = 0.70710678118654752440


@rule
def power_of_two(n: int) -> float:
    """Return 2.0**n exactly for -1000 <= n <= 1000."""
    result = 1.0
    factor = 2.0 if n >= 0 else 0.5
    k = n if n >= 0 else -n
    while k > 0:
        if k & 1:
            result *= factor
        factor *= factor
        k >>= 1
    return result


@rule
def exp_exact(x: float) -> float:
    """Return e**x. Reads, Writes, Draws: nothing. x is clipped to [-690, 690].

    Source: range reduction x = n ln 2 + r, |r| <= ln 2 / 2, then the Taylor polynomial of degree 13 in Horner form.
    """
    if x == 0.0:
        return 1.0
    if x > 690.0:
        x = 690.0
    if x < -690.0:
        return 0.0
    scaled = x * INV_LN2
    n = int(scaled + 0.5) if scaled >= 0.0 else int(scaled - 0.5)
    r = (x - n * LN2_HI) - n * LN2_LO
    p = 1.0 + r / 13.0
    for k in range(12, 0, -1):
        p = 1.0 + r * p / k
    return p * power_of_two(n)


@rule
def log_exact(x: float) -> float:
    """Return ln x for x > 0. Reads, Writes, Draws: nothing.

    Source: x = m 2**n with m in [sqrt(1/2), sqrt(2)), ln m = 2 atanh((m - 1) / (m + 1)) as a series to degree 25.
    """
    n = 0
    m = x
    while m >= 1.41421356237309504880:
        m *= 0.5
        n += 1
    while m < SQRT_HALF:
        m *= 2.0
        n -= 1
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = 1.0 / 25.0
    for k in range(23, 0, -2):
        p = p * z + 1.0 / k
    return n * LN2_HI + (n * LN2_LO + 2.0 * s * p)


@rule
def exponential_quantile(u: float) -> float:
    """Return the unit exponential's quantile, -ln(1 - u). Reads, Writes, Draws: nothing."""
    return -log_exact(1.0 - u)


@rule
def _tail_quantile(q: float) -> float:
    """Return the lower-tail branch of Acklam's rational approximation at q = sqrt(-2 ln p)."""
    c = ((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e00) * q
          - 2.549732539343734e00) * q + 4.374664141464968e00) * q + 2.938163982698783e00
    d = (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e00) * q
         + 3.754408661907416e00) * q + 1.0
    return c / d


@rule
def normal_quantile(u: float) -> float:
    """Return the standard normal quantile of u in (0, 1). Reads, Writes, Draws: nothing.

    Source: P. J. Acklam (2003), a rational approximation with relative error below 1.15e-9. sqrt is exact by IEEE 754.
    """
    if u < 0.02425:
        return _tail_quantile(np.sqrt(-2.0 * log_exact(u)))
    if u > 0.97575:
        return -_tail_quantile(np.sqrt(-2.0 * log_exact(1.0 - u)))
    q = u - 0.5
    r = q * q
    a = ((((-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02) * r
          + 1.383577518672690e02) * r - 3.066479806614716e01) * r + 2.506628277459239e00
    b = ((((-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02) * r
          + 6.680131188771972e01) * r - 1.328068155288572e01) * r + 1.0
    return a * q / b


@rule
def lognormal(u: float, median: float, sigma: float) -> float:
    """Return the lognormal quantile at u with a given median and log-standard deviation."""
    return median * exp_exact(sigma * normal_quantile(u))
