"""A sizing question with clusters, looks, many arms and capacity put on top of its closed form.

Clusters divide the accounts' information by the design effect and use the t distribution on clusters - 2
degrees of freedom; looks stretch the test by their boundaries; many arms replace the level by Dunnett's; a
fixed number of attempts thins the dose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy.special import ndtr, ndtri

from experiments.design.checks import critical_z
from experiments.design.clusters import design_effect, stepped_wedge_variance, switchback_variance
from experiments.design.many_arms import dunnett_critical, equal_loadings
from experiments.design.means import tail_power
from experiments.design.size_forms import FixedTest
from experiments.design.size_means import mean_test, proportion_test
from experiments.design.size_rates import count_test, ratio_test, time_test
from experiments.design.size_request import SizeRequest
from experiments.sequential.bounds import Bounds, efficacy_bounds
from sim.errors import InputError

_LEAST_N = 3.0
"""Fewest accounts per arm for which a t test has an error."""
_REFERENCE_N = 1e4
_TINY = 1e-9


_FORMS = {
    "mean": mean_test,
    "proportion": proportion_test,
    "ratio": ratio_test,
    "count": count_test,
    "time_to_event": time_test,
}


@dataclass(frozen=True)
class Plan:
    """A request with everything that is computed once.

    Attributes:
        request: the question, its level already that of one comparison.
        test: the closed form.
        bounds: group-sequential boundaries, or None.
        effect: variance inflation by clusters.
    """

    request: SizeRequest
    test: FixedTest
    bounds: Bounds | None
    effect: float

    def independent_shift(self, distance: float, n: float) -> float:
        """Expected z statistic of `n` control accounts at one look, clusters counted, as the closed form has
        it.
        """
        usable = self._dosed(n / self.effect, n)
        raw = self.test.power_of(distance, usable) if usable >= _LEAST_N else 0.0
        critical = critical_z(self.alpha, self.sides)
        if _TINY < raw < 1.0 - _TINY:
            return float(ndtri(raw)) + critical
        # where the power says nothing any more, the shift grows with the root of the accounts
        goal = self.request.power or 0.8
        return (critical + float(ndtri(goal))) * math.sqrt(usable / self.test.size_of(distance, goal))

    def _dosed(self, usable: float, n: float) -> float:
        """Accounts that, at full dose, would tell as much: capacity dilutes the effect by the
        served share.
        """
        request = self.request
        if request.capacity is None:
            return usable
        served = min(1.0, request.capacity / (request.attempts_per_account * request.ratio * n))
        return usable * served**2

    @property
    def alpha(self) -> float:
        """Level of the closed form."""
        return self.request.alpha if self.request.test == "superiority" else self.request.one_sided_alpha

    @property
    def sides(self) -> int:
        """Sides of the closed form."""
        return self.request.sides if self.request.test == "superiority" else 1

    def power(self, n: float, distance: float | None = None) -> float:
        """Power with `n` control accounts at the last look."""
        gap = self.test.distance if distance is None else distance
        request = self.request
        if request.layout != "parallel":
            return self._layout_power(n, gap)
        if request.test == "equivalence" or (self.bounds is None and request.cluster_size is None):
            return self.test.power_of(gap, self._dosed(n / self.effect, n))
        shift = self.independent_shift(gap, n)
        if self.bounds is not None:
            return float(self.bounds.exits(shift).upper.sum())
        control = n / (request.cluster_size or 1.0)
        return self._cluster_power(shift, control * (1.0 + request.ratio) - 2.0)

    def _cluster_power(self, shift: float, df: float) -> float:
        if not self.request.small_sample:
            df = math.inf
        return tail_power(shift, self.alpha, self.sides, df, both_tails=df < math.inf) if df >= 1.0 else 0.0

    def _layout_power(self, n: float, distance: float) -> float:
        """Power of clusters that meet both arms over time; `n` counts control accounts over all periods."""
        request, size = self.request, self.request.cluster_size or 1.0
        # an effect in SD units shifts the z statistic of n accounts per arm by effect * sqrt(n / 2)
        effect_sd = self.independent_shift(distance, _REFERENCE_N) * math.sqrt(2.0 / _REFERENCE_N)
        clusters = self.clusters_of(n)
        if request.layout == "switchback":
            variance = switchback_variance(1, request.periods, size, request.icc, request.cac) / clusters
        else:
            variance = (
                stepped_wedge_variance(request.periods, 1, size, request.icc) * request.periods / clusters
            )
        return self._cluster_power(effect_sd / math.sqrt(variance), clusters - 2.0)

    def clusters_of(self, n: float) -> float:
        """Clusters in the control arm (parallel), or in all (over time), that hold `n` control accounts."""
        request, size = self.request, self.request.cluster_size or 1.0
        if request.layout == "switchback":
            return 2.0 * n / (request.periods * size)
        if request.layout == "stepped_wedge":
            return 2.0 * n / ((request.periods + 1) * size)
        return n / size

    def step(self) -> float:
        """Control accounts that are added at once: one, a cluster, or a set of clusters that
        keeps balance.
        """
        request, size = self.request, self.request.cluster_size or 1.0
        if request.layout == "switchback":
            return request.periods * size  # two clusters, one starting in each arm
        if request.layout == "stepped_wedge":
            return request.periods * (request.periods + 1) * size / 2.0
        return size if request.cluster_size is not None else 1.0


def plan_of(request: SizeRequest) -> Plan:
    """Return the plan of a request: Dunnett's level, boundaries and design effect worked out."""
    level = request
    if request.treatments > 1:
        loads = equal_loadings(request.treatments, 1.0 / request.ratio)
        critical = dunnett_critical(loads, math.inf, request.alpha, request.sides)
        level = replace(request, alpha=request.sides * float(ndtr(-critical)))
    bounds = None
    if request.looks:
        if request.cluster_size is not None or request.test == "equivalence":
            raise InputError(
                "--looks",
                str(request.looks),
                "looks at accounts that are independent",
                "Size the single-look test; `ab bounds` gives the inflation to multiply it with.",
            )
        alpha = level.alpha if level.test == "superiority" else level.one_sided_alpha
        sides = level.sides if level.test == "superiority" else 1
        bounds = efficacy_bounds(request.looks, request.rule, alpha, sides, request.parameter)
    if request.cluster_size is not None and request.metric == "mean":
        # the t distribution enters once, through the clusters
        level = replace(level, method="z", small_sample=request.small_sample and request.method != "z")
    effect = 1.0
    if request.cluster_size is not None and request.layout == "parallel":
        effect = design_effect(request.cluster_size, request.icc, request.cluster_cv)
    return Plan(level, _FORMS[level.metric](level), bounds, effect)
