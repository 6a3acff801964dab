"""Sizes when whole teams, areas or days are randomised.

Source: Eldridge, Ashby and Kerry (2006), Int. J. Epidemiology 35 (unequal sizes); Hussey and Hughes (2007),
Contemp. Clin. Trials 28 (stepped wedge); Hooper, Teerenstra, de Hoop and Eldridge (2016), Statistics in
Medicine 35 (cluster autocorrelation); Bojinov, Simchi-Levi and Zhao (2023), Management Science 69 (switchback
points).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from experiments.design.checks import (
    LARGEST_N,
    critical_z,
    nonzero_effect,
    not_negative,
    positive,
    power_z,
    probability,
)
from experiments.design.means import tail_power
from sim.errors import InputError

FloatArray: TypeAlias = npt.NDArray[np.float64]


def design_effect(cluster_size: float, icc: float, cv: float = 0.0) -> float:
    """Return the factor by which clustering multiplies the variance of a mean.

    Args:
        cluster_size: mean accounts per cluster.
        icc: intracluster correlation of the outcome, 0 to 1.
        cv: coefficient of variation of cluster sizes.
    """
    positive(cluster_size, "cluster-size")
    probability(icc, "icc", inner=False)
    not_negative(cv, "cluster-cv")
    return 1.0 + ((1.0 + cv * cv) * cluster_size - 1.0) * icc


@dataclass(frozen=True)
class ClusterSize:
    """Clusters for a two-arm parallel cluster test.

    Attributes:
        design_effect: variance inflation.
        control_z: unrounded control clusters by the normal closed form.
        control: whole control clusters with the t distribution on (clusters - 2) degrees of freedom.
        treatment: whole treatment clusters.
        power: at those whole clusters.
    """

    design_effect: float
    control_z: float
    control: int
    treatment: int
    power: float


@dataclass(frozen=True)
class ClusterDesign:
    """A two-arm parallel cluster test.

    Attributes:
        cluster_size: mean accounts per cluster.
        icc: intracluster correlation.
        cv: coefficient of variation of cluster sizes.
        ratio: treatment clusters per control cluster.
        alpha, sides: level.
    """

    cluster_size: float
    icc: float
    cv: float = 0.0
    ratio: float = 1.0
    alpha: float = 0.05
    sides: int = 2

    @property
    def effect(self) -> float:
        """The design effect."""
        return design_effect(self.cluster_size, self.icc, self.cv)

    def power(
        self, control: float, treatment: float, individual_shift: float, *, small_sample: bool = True
    ) -> float:
        """Return the power of the cluster-level test.

        Args:
            control: control clusters.
            treatment: treatment clusters.
            individual_shift: effect over the standard error that one control and one treatment account would
                give, with the smaller arm's weights: difference / sqrt(var0 / 1 + var1 / ratio).
            small_sample: whether to use the t distribution.
        """
        se = math.sqrt(self.effect / (control * self.cluster_size))
        df = control + treatment - 2.0 if small_sample else math.inf
        if df < 1.0:
            return 0.0
        return tail_power(individual_shift / se, self.alpha, self.sides, df, both_tails=True)

    def size(self, individual_shift: float, power: float) -> ClusterSize:
        """Return the clusters needed.

        Args:
            individual_shift: difference / sqrt(sd0^2 + sd1^2 / ratio), for accounts.
            power: goal.
        """
        gap = nonzero_effect(individual_shift, "effect")
        z = critical_z(self.alpha, self.sides) + power_z(power)
        clusters = self.effect * (z / gap) ** 2 / self.cluster_size
        if clusters > LARGEST_N:
            raise InputError(
                "effect",
                individual_shift,
                "an effect that some number of clusters finds",
                "Enlarge the effect or lower the power.",
            )
        control = max(2, math.ceil(clusters - 1e-9))
        while self.power(control, math.ceil(control * self.ratio - 1e-9), gap) < power:
            control += 1
        treatment = math.ceil(control * self.ratio - 1e-9)
        return ClusterSize(self.effect, clusters, control, treatment, self.power(control, treatment, gap))


def parallel_variance(clusters: int, periods: int, size: float, icc: float, cac: float) -> float:
    """Return the variance of the effect when half of `clusters` are treated in all periods, outcome SD 1.

    Args:
        clusters: clusters in both arms.
        periods: periods in which each cluster is measured with new accounts.
        size: accounts per cluster and period.
        icc: correlation of two accounts in one cluster and period.
        cac: cluster autocorrelation: between-period over within-period correlation.
    """
    within = icc * (1.0 - cac) + (1.0 - icc) / size
    return 4.0 / clusters * (icc * cac + within / periods)


def switchback_variance(clusters: int, periods: int, size: float, icc: float, cac: float) -> float:
    """Return the variance of the effect when clusters alternate between arms each period, outcome SD 1.

    Half of the clusters start in each arm and `periods` is even; arguments as for `parallel_variance`. No
    carry-over: with it, the first periods after each switch must be left out.
    """
    return 4.0 / (clusters * periods) * (icc * (1.0 - cac) + (1.0 - icc) / size)


def stepped_wedge_variance(steps: int, clusters_per_step: int, size: float, icc: float) -> float:
    """Return the Hussey-Hughes variance of a stepped wedge with `steps` + 1 periods, outcome SD 1."""
    treated = np.array(
        [[1.0 if period > step else 0.0 for period in range(steps + 1)] for step in range(steps)]
    )
    design = np.repeat(treated, clusters_per_step, axis=0)
    clusters, periods = design.shape
    noise = (1.0 - icc) / size
    u, v = float(design.sum()), float((design.sum(axis=1) ** 2).sum())
    w = float((design.sum(axis=0) ** 2).sum())
    top = clusters * noise * (noise + periods * icc)
    bottom = (clusters * u - w) * noise + (u * u + clusters * periods * u - periods * w - clusters * v) * icc
    return float(top / bottom)


def gls_variance(design: FloatArray, size: float, icc: float, cac: float) -> float:
    """Return the variance of the effect of any cluster-by-period design by generalised least squares.

    Args:
        design: (clusters, periods), share of the cell that is treated.
        size: accounts per cell.
        icc: correlation within a cell.
        cac: cluster autocorrelation.
    """
    clusters, periods = design.shape
    covariance = np.full((periods, periods), icc * cac)
    covariance[np.diag_indices(periods)] = icc + (1.0 - icc) / size
    inverse = np.linalg.inv(covariance)
    total = np.zeros((periods + 1, periods + 1))
    for row in design:
        columns = np.column_stack((np.eye(periods), row))
        total += columns.T @ inverse @ columns
    if np.linalg.matrix_rank(total) < periods + 1:
        raise InputError(
            "design",
            f"{clusters} clusters, {periods} periods",
            "a design that tells effect from time",
            "Treat some clusters, but not all of them, in some period.",
        )
    return float(np.linalg.inv(total)[-1, -1])


def switchback_points(length: int, carryover: int) -> tuple[int, ...]:
    """Return the minimax-optimal periods (from 1) at which a switchback draws its arm anew.

    Args:
        length: periods in the test; must be a multiple n >= 4 of `carryover`.
        carryover: order m of the carry-over: an arm still acts m periods after it ended.
    """
    if carryover < 1 or length % carryover != 0 or length // carryover < 4:
        raise InputError(
            "length",
            f"{length} periods with carry-over {carryover}",
            "a length that is a multiple of the carry-over, at least 4 times it",
            "Shorten or lengthen the test to such a length.",
        )
    blocks = length // carryover
    return (1, *(j * carryover + 1 for j in range(2, blocks - 1)))


def power_from_variance(
    effect_sd: float, variance: float, alpha: float, sides: int, df: float = math.inf
) -> float:
    """Return the power of a test of an effect in SD units whose estimate has `variance`."""
    return tail_power(
        abs(effect_sd) / math.sqrt(positive(variance, "variance")), alpha, sides, df, both_tails=True
    )
