"""Unconditional power of Fisher's exact test, by summing over both binomials.

Source: Suissa and Shuster (1985), J. R. Stat. Soc. A 148, for the summation; Fisher (1935) for the test.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln
from scipy.stats import binom

from sim.errors import InputError

FloatArray: TypeAlias = npt.NDArray[np.float64]

MAX_ACCOUNTS = 60_000
"""Beyond this the normal methods agree with the exact test to a fraction of a percent and cost nothing."""
_NEGLIGIBLE = 1e-13
_SETTLED = 5


def exact_power(n0: int, n1: int, p0: float, p1: float, alpha: float, sides: int) -> float:
    """Return the power of Fisher's exact test with alpha / sides in each tail that counts.

    Args:
        n0: control accounts.
        n1: treatment accounts.
        p0: control proportion.
        p1: treatment proportion.
        alpha: level, over both sides when two-sided.
        sides: 1 (the direction of p1 - p0) or 2.
    """
    if n0 < 1 or n1 < 1 or n0 + n1 > MAX_ACCOUNTS:
        raise InputError(
            "n",
            n0 + n1,
            f"2 to {MAX_ACCOUNTS} accounts for the exact method",
            "Use --method pooled or continuity for larger tests.",
        )
    if p1 < p0:
        return exact_power(n1, n0, p1, p0, alpha, sides)
    x0, w0 = _support(n0, p0)
    x1, w1 = _support(n1, p1)
    reject_up, reject_down = 0.0, 0.0
    level = alpha / sides
    sums = np.arange(x0[0] + x1[0], x0[-1] + x1[-1] + 1)
    for total in sums:
        up, down = _critical(int(total), n0, n1, level)
        treated = np.arange(max(x1[0], total - x0[-1]), min(x1[-1], total - x0[0]) + 1)
        if treated.size == 0:
            continue
        weight = w1[treated - x1[0]] * w0[total - treated - x0[0]]
        reject_up += float(weight[treated >= up].sum())
        reject_down += float(weight[treated <= down].sum())
    return reject_up + (reject_down if sides == 2 else 0.0)


def exact_size(
    p0: float, p1: float, alpha: float, sides: int, power: float, ratio: float, first: float
) -> int:
    """Return the smallest control size from which the exact power stays at least `power` for the next sizes.

    Exact power saws up and down by a size or two, so a single size that reaches it is not enough.
    """

    def reached(n: int) -> bool:
        return exact_power(n, max(1, math.ceil(n * ratio)), p0, p1, alpha, sides) >= power

    low, high = 1, max(4, math.ceil(first))
    while not reached(high):
        low, high = high, math.ceil(high * 1.25) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle
    n = max(2, high - _SETTLED)
    run = 0
    while run < _SETTLED:
        run = run + 1 if reached(n) else 0
        n += 1
    return n - _SETTLED


def _support(n: int, p: float) -> tuple[npt.NDArray[np.int64], FloatArray]:
    low, high = int(binom.ppf(_NEGLIGIBLE, n, p)), int(binom.isf(_NEGLIGIBLE, n, p))
    x = np.arange(max(0, low), min(n, high) + 1)
    return x, np.asarray(binom.pmf(x, n, p), dtype=np.float64)


def _critical(total: int, n0: int, n1: int, level: float) -> tuple[int, int]:
    """Return the treated counts from which, and up to which, a one-sided Fisher p is at most `level`."""
    low, high = max(0, total - n0), min(n1, total)
    centre, sd = total * n1 / (n0 + n1), math.sqrt(max(total * n1 * n0, 1)) / (n0 + n1)
    left = max(low, math.floor(centre - 10.0 * sd) - 2)
    right = min(high, math.ceil(centre + 10.0 * sd) + 2)
    x = np.arange(left, right + 1, dtype=np.float64)
    log_pmf = (
        gammaln(n1 + 1.0)
        - gammaln(x + 1.0)
        - gammaln(n1 - x + 1.0)
        + gammaln(n0 + 1.0)
        - gammaln(total - x + 1.0)
        - gammaln(n0 - total + x + 1.0)
        - gammaln(n0 + n1 + 1.0)
        + gammaln(total + 1.0)
        + gammaln(n0 + n1 - total + 1.0)
    )
    pmf = np.exp(log_pmf)
    upper = np.cumsum(pmf[::-1])[::-1]
    lower = np.cumsum(pmf)
    tolerance = level * (1.0 + 1e-10)
    up = int(x[upper <= tolerance][0]) if bool((upper <= tolerance).any()) else right + 1
    down = int(x[lower <= tolerance][-1]) if bool((lower <= tolerance).any()) else left - 1
    return up, down
