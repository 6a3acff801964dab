"""Least squares with heteroskedasticity- and cluster-robust errors.

Source: MacKinnon and White (1985), J. Econometrics 29 (HC); Bell and McCaffrey (2002), Survey Methodology
28, and Pustejovsky and Tipton (2018), JBES 36 (CR2 with Satterthwaite degrees of freedom).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from experiments.estimators.data import FloatArray, IntArray, group_sums


@dataclass(frozen=True)
class Fit:
    """A least-squares fit.

    Attributes:
        X: (n, p) design matrix, full rank.
        coefficients: (p,).
        residuals: (n,).
        bread: (p, p) inverse of X'X.
    """

    X: FloatArray
    coefficients: FloatArray
    residuals: FloatArray
    bread: FloatArray

    @property
    def df(self) -> int:
        """Rows minus columns."""
        return int(self.X.shape[0] - self.X.shape[1])

    @property
    def leverage(self) -> FloatArray:
        """(n,) diagonal of the hat matrix."""
        return np.asarray(np.einsum("ij,jk,ik->i", self.X, self.bread, self.X), dtype=np.float64)


def least_squares(X: FloatArray, y: FloatArray) -> Fit | None:
    """Return the fit, or None when columns of X depend on each other or there are too few rows."""
    if X.shape[0] <= X.shape[1]:
        return None
    scale = np.sqrt((X * X).sum(axis=0))
    if not bool((scale > 0.0).all()):
        return None
    q, r = np.linalg.qr(X / scale)
    diagonal = np.abs(np.diag(r))
    if float(diagonal.min()) < 1e-10 * float(diagonal.max()):
        return None
    inverse = np.linalg.inv(r) / scale[:, None]
    coefficients = inverse @ (q.T @ y)
    residuals = y - X @ coefficients
    return Fit(X, coefficients, residuals, inverse @ inverse.T)


def hc_variance(fit: Fit, column: int, kind: int) -> float:
    """Return the HC0, HC1, HC2 or HC3 variance of one coefficient."""
    n, p = fit.X.shape
    influence = fit.X @ fit.bread[:, column]
    weight = fit.residuals**2
    if kind == 1:
        weight = weight * (n / (n - p))
    elif kind in (2, 3):
        # a leverage of one fits its row exactly: no information on its error
        room = np.maximum(1.0 - fit.leverage, 1e-12)
        weight = weight / room ** (kind - 1)
    return float((influence**2 * weight).sum())


@dataclass(frozen=True)
class ClusterError:
    """Cluster-robust error of one coefficient.

    Attributes:
        se: standard error.
        df: degrees of freedom.
        clusters: clusters used.
    """

    se: float
    df: float
    clusters: int


def cluster_error(fit: Fit, cluster: IntArray, column: int, kind: int) -> ClusterError:
    """Return the CR0, CR1 or CR2 error of one coefficient.

    Args:
        fit: the fit.
        cluster: (n,) codes 0..G-1.
        column: coefficient.
        kind: 0 for no correction, 1 for G/(G-1) * (n-1)/(n-p), 2 for the bias-reduced CR2. CR0 and CR1 use G
        - 1
            degrees of freedom, CR2 Satterthwaite's.
    """
    groups = int(cluster.max()) + 1
    direction = fit.bread[:, column]
    if kind < 2:
        scores = group_sums(fit.X * fit.residuals[:, None], cluster, groups)
        variance = float(((scores @ direction) ** 2).sum())
        if kind == 1:
            n, p = fit.X.shape
            variance *= groups / (groups - 1) * (n - 1) / (n - p)
        return ClusterError(math.sqrt(variance), groups - 1.0, groups)
    return _bias_reduced(fit, cluster, groups, direction)


def _bias_reduced(fit: Fit, cluster: IntArray, groups: int, direction: FloatArray) -> ClusterError:
    """CR2 under an independent working model, each cluster's hat matrix used through its low rank."""
    order = np.argsort(cluster, kind="stable")
    edges = np.searchsorted(cluster[order], np.arange(groups + 1))
    root = np.linalg.cholesky(fit.bread)
    squares, variance = np.zeros(groups), 0.0
    moved = np.zeros((groups, fit.X.shape[1]))
    for g in range(groups):
        rows = order[edges[g] : edges[g + 1]]
        X = fit.X[rows]
        u, s, _ = np.linalg.svd(X @ root, full_matrices=False)
        room = 1.0 - s * s
        # directions that the cluster determines alone have no residual; the pseudo-inverse drops them
        factor = np.where(room > 1e-10, 1.0 / np.sqrt(np.maximum(room, 1e-10)), 0.0) - 1.0
        target = X @ direction
        adjusted = target + u @ (factor * (u.T @ target))
        variance += float(adjusted @ fit.residuals[rows]) ** 2
        squares[g] = float(adjusted @ adjusted)
        moved[g] = X.T @ adjusted
    gram = np.diag(squares) - moved @ fit.bread @ moved.T
    df = float(np.trace(gram)) ** 2 / float((gram**2).sum())
    return ClusterError(math.sqrt(variance), df, groups)
