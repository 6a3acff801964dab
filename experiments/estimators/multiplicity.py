"""Adjusted p-values for several metrics or arms.

Source: Holm (1979), Hochberg (1988), Hommel (1988), Sidak (1967), Benjamini and Hochberg (1995), Benjamini
and Yekutieli (2001). Dunnett's test for arms that share a control is in `experiments.design.many_arms`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from experiments.estimators.data import FloatArray
from sim.errors import InputError, choose


def _bonferroni(p: FloatArray) -> FloatArray:
    return np.minimum(1.0, p.size * p)


def _sidak(p: FloatArray) -> FloatArray:
    return np.asarray(-np.expm1(p.size * np.log1p(-np.minimum(p, 1.0 - 1e-16))), dtype=np.float64)


def _stepwise(p: FloatArray, adjust: Callable[[FloatArray], FloatArray], *, up: bool) -> FloatArray:
    """Apply `adjust` to ascending p-values and make the result monotone, from above (up) or below (down)."""
    order = np.argsort(p, kind="stable")
    raw = adjust(p[order])
    monotone = np.minimum.accumulate(raw[::-1])[::-1] if up else np.maximum.accumulate(raw)
    out = np.empty(p.size)
    out[order] = np.minimum(1.0, monotone)
    return out


def _holm(p: FloatArray) -> FloatArray:
    return _stepwise(p, lambda s: s * np.arange(s.size, 0, -1), up=False)


def _holm_sidak(p: FloatArray) -> FloatArray:
    def adjust(s: FloatArray) -> FloatArray:
        return -np.expm1(np.arange(s.size, 0, -1) * np.log1p(-np.minimum(s, 1.0 - 1e-16)))

    return _stepwise(p, adjust, up=False)


def _hochberg(p: FloatArray) -> FloatArray:
    return _stepwise(p, lambda s: s * np.arange(s.size, 0, -1), up=True)


def _benjamini_hochberg(p: FloatArray) -> FloatArray:
    return _stepwise(p, lambda s: s * s.size / np.arange(1, s.size + 1), up=True)


def _benjamini_yekutieli(p: FloatArray) -> FloatArray:
    harmonic = float((1.0 / np.arange(1, p.size + 1)).sum())
    return _stepwise(p, lambda s: s * s.size * harmonic / np.arange(1, s.size + 1), up=True)


def _hommel(p: FloatArray) -> FloatArray:
    order = np.argsort(p, kind="stable")
    s, n = p[order], p.size
    index = np.arange(1, n + 1)
    best = float((n * s / index).min())
    q, adjusted = np.full(n, best), np.full(n, best)
    for m in range(n - 1, 1, -1):
        low, high = np.arange(n - m + 1), np.arange(n - m + 1, n)
        q1 = float((m * s[high] / np.arange(2, m + 1)).min())
        q[low] = np.minimum(m * s[low], q1)
        q[high] = q[n - m]
        adjusted = np.maximum(adjusted, q)
    out = np.empty(n)
    out[order] = np.maximum(adjusted, s)
    return np.minimum(1.0, out)


_METHODS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "none": lambda p: p.copy(),
    "bonferroni": _bonferroni,
    "sidak": _sidak,
    "holm": _holm,
    "holm_sidak": _holm_sidak,
    "hochberg": _hochberg,
    "hommel": _hommel,
    "bh": _benjamini_hochberg,
    "by": _benjamini_yekutieli,
}
METHODS = tuple(_METHODS)
"""Names of the adjustments of independent p-values."""


def adjust(p_values: Sequence[float] | FloatArray, method: str) -> FloatArray:
    """Return (k,) adjusted p-values in the given order.

    Args:
        p_values: (k,) p-values; nan stays nan and does not count.
        method: one of METHODS.
    """
    if method not in _METHODS:
        raise InputError("multiplicity", method, "one of " + ", ".join(METHODS), choose(method, METHODS))
    p = np.asarray(p_values, dtype=np.float64)
    known = ~np.isnan(p)
    if bool(((p[known] < 0.0) | (p[known] > 1.0)).any()):
        raise InputError("p_values", str(list(p)), "numbers from 0 to 1", "Write nan where there is none.")
    out = np.full(p.size, np.nan)
    if bool(known.any()):
        out[known] = _METHODS[method](p[known])
    return out
