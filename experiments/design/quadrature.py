"""Panels of Gauss-Legendre nodes over a normal part and over the estimated SD, shared by t
and Dunnett tests.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, ndtr

FloatArray: TypeAlias = npt.NDArray[np.float64]
_PANELS, _NODES = 12, 16
_REACH = 9.0
"""Normal tails beyond this hold 2e-19."""


def legendre(low: float, high: float, panels: int = _PANELS) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights on `panels` equal panels of [low, high]."""
    base, weight = np.polynomial.legendre.leggauss(_NODES)
    edges = np.linspace(low, high, panels + 1)
    half, centre = 0.5 * np.diff(edges), 0.5 * (edges[1:] + edges[:-1])
    return (centre[:, None] + half[:, None] * base).ravel(), (half[:, None] * weight).ravel()


@lru_cache(maxsize=1)
def normal_nodes() -> tuple[FloatArray, FloatArray]:
    """Return nodes and standard normal weights."""
    x, w = legendre(-_REACH, _REACH)
    return x, w * np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


@lru_cache(maxsize=512)
def scale_nodes(df: float) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights of s = sqrt(chi^2_df / df), the estimated over the true SD."""
    if math.isinf(df):
        return np.ones(1), np.ones(1)
    spread = 1.0 / math.sqrt(2.0 * df)
    s, w = legendre(max(1e-9, 1.0 - 10.0 * spread), 1.0 + 10.0 * spread)
    log_density = (
        math.log(2.0)
        + 0.5 * df * math.log(0.5 * df)
        - float(gammaln(0.5 * df))
        + (df - 1.0) * np.log(s)
        - 0.5 * df * s * s
    )
    return s, w * np.exp(log_density)


def noncentral_t_above(t: float, df: float, shift: float) -> float:
    """P(T > t) for the noncentral t distribution, to about 1e-13.

    Args:
        t: threshold.
        df: degrees of freedom, at least 1.
        shift: noncentrality.
    """
    s, w = scale_nodes(df)
    return float(w @ ndtr(shift - t * s))
