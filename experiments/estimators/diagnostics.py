"""What makes a result doubtful: a split that is not the planned one, arms that differed before, dependence,
tails.

Each check returns sentences for the person who reads the result; none changes an estimate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from experiments.design.heavy_tail import KOHAVI, normal_needs
from experiments.estimators.clustered import intracluster_correlation
from experiments.estimators.data import Contrast, FloatArray, IntArray, codes
from experiments.estimators.moments import moments_of, welch_of
from experiments.estimators.plan import AnalysisPlan, MetricPlan
from experiments.estimators.results import Result, two_sided_p
from experiments.estimators.table import UnitTable, same_arm, share_of
from experiments.sequential.sample_ratio import SRM_ALERT, sample_ratio_test

CLUSTER_ROBUST = frozenset({"cluster_means", "cr0", "cr1", "cr2", "ratio_delta_cluster", "randomisation"})
NORMAL_MEANS = frozenset(
    {"welch", "student", "hc2", "ancova", "lin", "cuped", "blocked", "post_stratified", "itt"}
)
FEW_CLUSTERS = 10
"""Clusters in the smaller arm below which even CR2 is only roughly right."""
FEW_FOR_CR1 = 40
"""Clusters in all below which CR0 and CR1 reject too often."""
FEW_EVENTS = 5
"""Events in an arm below which the normal distribution is not to be trusted."""
IMBALANCE_P = 0.01
"""Level over all covariates and arms together."""


@dataclass(frozen=True)
class SplitCheck:
    """Sample-ratio check.

    Attributes:
        p_value: chi-square p-value.
        counts: units of assignment by arm.
        shares: planned shares by arm.
        assumed_equal: whether the plan stated no shares.
        counted: what was counted: units or clusters.
    """

    p_value: float
    counts: dict[str, int]
    shares: dict[str, float]
    assumed_equal: bool
    counted: str


def assigned_by_cluster(table: UnitTable) -> bool:
    """Whether every cluster lies in one arm, so that clusters were what was assigned."""
    if table.cluster is None:
        return False
    pairs = np.unique(np.column_stack((table.cluster, table.arm)), axis=0)
    return bool(np.unique(table.cluster).size == pairs.shape[0])


def split_check(plan: AnalysisPlan, table: UnitTable) -> SplitCheck:
    """Return the sample-ratio test over the units that were assigned."""
    arm = table.arm
    by_cluster = assigned_by_cluster(table)
    if by_cluster and table.cluster is not None:
        _, first = np.unique(table.cluster, return_index=True)
        arm = arm[first]
    counts = np.bincount(arm, minlength=len(table.arms))
    weights = np.array([share_of(plan.allocation, name) for name in table.arms])
    shares = weights / weights.sum()
    test = sample_ratio_test([float(c) for c in counts], [float(s) for s in shares])
    return SplitCheck(
        test.p_value,
        {name: int(c) for name, c in zip(table.arms, counts, strict=True)},
        {name: float(s) for name, s in zip(table.arms, shares, strict=True)},
        not plan.allocation,
        "clusters" if by_cluster else "units",
    )


def split_warnings(check: SplitCheck) -> list[str]:
    """Return what the split says."""
    if check.p_value >= SRM_ALERT:
        return []
    counts = ", ".join(f"{name} {count:,}" for name, count in check.counts.items())
    shares = ":".join(f"{share:.4g}" for share in check.shares.values())
    planned = (
        "equal shares, as `allocation` states none" if check.assumed_equal else f"planned shares {shares}"
    )
    found = f"{counts} {check.counted} do not fit {planned} (p = {check.p_value:.2g})"
    return [f"sample-ratio mismatch: {found}; find the cause before reading any effect"]


def absent_warnings(plan: AnalysisPlan, table: UnitTable) -> list[str]:
    """Return planned arms that no unit has; with `where` they may have been left out on purpose."""
    if plan.where is not None:
        return []
    absent = [arm for arm in plan.allocation if same_arm(arm) not in {same_arm(name) for name in table.arms}]
    return [f"no unit is in the planned arm {arm}" for arm in absent]


def balance_warnings(plan: AnalysisPlan, table: UnitTable) -> list[str]:
    """Return covariates and strata in which the arms differed before anything was done."""
    checks = max(1, (len(plan.covariates) + (table.stratum is not None)) * (len(table.arms) - 1))
    level, out = IMBALANCE_P / checks, []
    for name in plan.covariates:
        values = table.numbers[name]
        for index in range(1, len(table.arms)):
            one, zero = values[table.arm == index], values[table.arm == 0]
            one, zero = one[~np.isnan(one)], zero[~np.isnan(zero)]
            if min(one.size, zero.size) < 2:
                continue
            got = welch_of(moments_of(one), moments_of(zero))
            if (
                got.se > 0.0
                and not _clustered_only(table)
                and two_sided_p(got.estimate / got.se, got.df) < level
            ):
                sd = math.sqrt((float(one.var(ddof=1)) + float(zero.var(ddof=1))) / 2.0)
                out.append(
                    f"baseline imbalance: {name} differs by {got.estimate / sd:+.3f} standard deviations "
                    f"between {table.arms[index]} and {table.arms[0]}; adjust for it or look for its cause"
                )
    if table.stratum is not None and not _clustered_only(table):
        p = _independence(table.stratum, table.arm)
        if p < level:
            out.append(f"baseline imbalance: arms have different shares of the strata (p = {p:.2g})")
    return out


def _clustered_only(table: UnitTable) -> bool:
    # accounts of whole clusters are alike, so an account-level balance test cries wolf
    return assigned_by_cluster(table)


def _independence(rows: IntArray, columns: IntArray) -> float:
    """Return the chi-square p-value of independence of two sets of codes."""
    rows, columns = codes(rows), codes(columns)
    shape = (int(rows.max()) + 1, int(columns.max()) + 1)
    seen: FloatArray = np.zeros(shape)
    np.add.at(seen, (rows, columns), 1.0)
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    df = (shape[0] - 1) * (shape[1] - 1)
    if df == 0:
        return 1.0
    return float(chdtrc(df, float(((seen - expected) ** 2 / expected).sum())))


def missing_warnings(metric: MetricPlan, table: UnitTable, usable: FloatArray) -> list[str]:
    """Return how many units a metric lacks, and whether arms lose different shares."""
    lost = ~usable.astype(bool)
    if not bool(lost.any()):
        return []
    text = ", ".join(f"{name} {int(lost[table.arm == i].sum())}" for i, name in enumerate(table.arms))
    out = [f"{metric.name}: {int(lost.sum())} units have no value and are left out ({text})"]
    p = _independence(lost.astype(np.int64), table.arm)
    if p < SRM_ALERT:
        out.append(
            f"{metric.name}: arms lose different shares of their units (p = {p:.2g}); "
            "the rest are no longer comparable"
        )
    return out


def cluster_warnings(table: UnitTable, metric: MetricPlan, data: Contrast, names: Sequence[str]) -> list[str]:
    """Return what clusters do to the named estimators."""
    if table.cluster is None or data.cluster is None:
        return []
    if not assigned_by_cluster(table):
        return ["clusters hold accounts of several arms: accounts, not clusters, were assigned"]
    out = []
    sizes = [int(np.unique(data.cluster[arm]).size) for arm in (data.treated, ~data.treated)]
    ignoring = [name for name in names if name not in CLUSTER_ROBUST]
    if ignoring:
        effect = 1.0
        if metric.kind != "time_to_event":
            residual = data.outcome - np.where(
                data.treated, data.outcome[data.treated].mean(), data.outcome[~data.treated].mean()
            )
            effect = intracluster_correlation(residual, data.cluster).design_effect
        out.append(
            f"{metric.name}: {', '.join(ignoring)} ignore that whole clusters were assigned; "
            f"the variance is understated by a factor of about {max(effect, 1.0):.2f}"
        )
    if min(sizes) < FEW_CLUSTERS:
        out.append(
            f"{metric.name}: too few clusters ({sizes[0]} treated, {sizes[1]} control); "
            "prefer cr2 or a randomisation test and distrust p-values near the level"
        )
    weak = [name for name in names if name in ("cr0", "cr1")]
    if weak and sum(sizes) < FEW_FOR_CR1:
        out.append(
            f"{metric.name}: {', '.join(weak)} reject too often with {sum(sizes)} clusters; prefer cr2"
        )
    return out


def tail_warnings(metric: MetricPlan, data: Contrast, names: Sequence[str]) -> list[str]:
    """Return whether the outcome's tail is too heavy for the normal distribution of a mean."""
    used = [name for name in names if name in NORMAL_MEANS]
    if metric.kind not in ("mean", "count") or not used:
        return []
    need, worst = 0.0, 0.0
    for arm in (data.treated, ~data.treated):
        values = data.outcome[arm]
        spread = float(values.std())
        if spread > 0.0:
            worst = max(worst, abs(float((((values - values.mean()) / spread) ** 3).mean())))
            need = max(need, normal_needs(worst, KOHAVI))
    smallest = min(data.n_treated, data.n_control)
    if smallest >= need:
        return []
    why = f"skewness {worst:.1f}; {need:,.0f} accounts per arm are needed, the smaller has {smallest:,}"
    return [f"{metric.name}: tail too heavy for a normal interval ({why}); add winsorised or mann_whitney"]


def rare_warnings(metric: MetricPlan, data: Contrast, results: Sequence[Result]) -> list[str]:
    """Return whether a normal method was used on very few events, or where one arm's outcomes do not vary at all."""
    names = {r.estimator for r in results}
    normal = names & {"pooled_z", "score", *NORMAL_MEANS}
    if metric.kind not in ("proportion", "count", "mean") or not normal:
        return []
    arms = {"treatment": data.outcome[data.treated], "control": data.outcome[~data.treated]}
    if not all(values.size for values in arms.values()):
        return []
    if metric.kind == "proportion":
        events = [float(values.sum()) for values in arms.values()]
        others = [float(values.size) - e for values, e in zip(arms.values(), events, strict=True)]
        if min(*events, *others) < FEW_EVENTS:
            return [f"{metric.name}: fewer than {FEW_EVENTS} events (or non-events) in an arm; read fisher_exact instead"]
        return []
    if metric.kind == "count" and min(float(values.sum()) for values in arms.values()) < FEW_EVENTS:
        return [f"{metric.name}: fewer than {FEW_EVENTS} events in an arm; read rate_ratio_exact instead"]
    still = [name for name, values in arms.items() if float(values.max()) == float(values.min())]
    return [f"{metric.name}: all outcomes in {name} are {arms[name][0]:g}, which says nothing of their error: the interval is "
            "that of the other arm alone and too narrow" for name in still if len(still) == 1]
