"""`ab analyze`: from an experiment file and its outcomes to estimates, adjusted p-values and warnings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.design.many_arms import dunnett_p_values, loadings
from experiments.estimators.data import BoolArray, Contrast, FloatArray, Options, codes
from experiments.estimators.diagnostics import (
    SplitCheck,
    absent_warnings,
    assigned_by_cluster,
    balance_warnings,
    cluster_warnings,
    missing_warnings,
    rare_warnings,
    split_check,
    split_warnings,
    tail_warnings,
)
from experiments.estimators.multiplicity import adjust
from experiments.estimators.plan import AnalysisPlan, MetricPlan, load_plan
from experiments.estimators.registry import defaults, estimators
from experiments.estimators.results import Estimate, Result, two_sided_p
from experiments.estimators.table import UnitTable, read_units

_NULL_AT_ONE = frozenset({"rate_ratio_exact"})
_LOG_HAZARD = frozenset({"log_rank", "cox"})


@dataclass(frozen=True)
class MarginTest:
    """Non-inferiority of one contrast.

    Attributes:
        margin: largest loss that is accepted; a ratio for rates and hazards.
        larger_is_better: direction that is good.
        p_value: one-sided, against a loss as large as the margin.
        shown: whether p_value is at most alpha / 2.
    """

    margin: float
    larger_is_better: bool
    p_value: float
    shown: bool


@dataclass(frozen=True)
class ContrastResult:
    """One line of the result.

    Attributes:
        metric, arm, control: what is compared.
        rank: place of the estimator in its metric's list; 0 is the primary one.
        result: estimate, or the reason why there is none.
        alpha: two-sided level.
        p_adjusted: over all metrics and arms at the same rank; nan where there is no p-value.
        margin: non-inferiority, where the plan names a margin.
    """

    metric: str
    arm: str
    control: str
    rank: int
    result: Result
    alpha: float
    p_adjusted: float
    margin: MarginTest | None


@dataclass(frozen=True)
class Analysis:
    """The answer of `ab analyze`.

    Attributes:
        split: sample-ratio check.
        contrasts: one for each metric, arm and estimator.
        warnings: what a reader must know.
        multiplicity: adjustment used.
        sha256: of the data file.
    """

    split: SplitCheck
    contrasts: tuple[ContrastResult, ...]
    warnings: tuple[str, ...]
    multiplicity: str
    sha256: str


def analyze(experiment: Path, data: Path) -> Analysis:
    """Analyse a data file as an experiment file says.

    Raises:
        InputError: a fault in either file.
    """
    plan = load_plan(experiment)
    return analyze_units(plan, read_units(plan, data))


def analyze_units(plan: AnalysisPlan, table: UnitTable) -> Analysis:
    """Analyse units that were read already."""
    split = split_check(plan, table)
    warnings = [*table.warnings, *absent_warnings(plan, table), *split_warnings(split)]
    warnings += balance_warnings(plan, table)
    for name in plan.covariates:
        gone = int(np.isnan(table.numbers[name]).sum())
        if gone:
            warnings.append(f"covariate {name}: {gone} units have no value; the mean stands in")
    lines: list[ContrastResult] = []
    for metric in plan.metrics:
        usable = _usable(metric, table)
        warnings += missing_warnings(metric, table, usable.astype(np.float64))
        by_arm: list[list[Result]] = []
        for index in range(1, len(table.arms)):
            data = contrast(plan, metric, table, index, usable)
            names = metric.estimators or defaults(metric.kind, data)
            results = _estimate(plan, metric, data, names)
            by_arm.append(results)
            warnings += cluster_warnings(table, metric, data, names)
            warnings += tail_warnings(metric, data, names)
            warnings += rare_warnings(metric, data, results)
        dunnett = _dunnett(metric, table, usable, by_arm) if plan.multiplicity == "dunnett" else None
        for index, results in enumerate(by_arm, start=1):
            for rank, result in enumerate(results):
                adjusted = math.nan if dunnett is None else float(dunnett[rank][index - 1])
                lines.append(
                    ContrastResult(
                        metric.name,
                        table.arms[index],
                        table.arms[0],
                        rank,
                        result,
                        metric.alpha,
                        adjusted,
                        margin_test(metric, result),
                    )
                )
    if plan.multiplicity != "dunnett":
        lines = _adjusted(lines, plan.multiplicity)
    return Analysis(split, tuple(lines), tuple(dict.fromkeys(warnings)), plan.multiplicity, table.sha256)


def _usable(metric: MetricPlan, table: UnitTable) -> BoolArray:
    """Return (n,) whether a unit has every value that the metric needs."""
    keep = np.ones(table.arm.size, dtype=bool)
    for name in metric.columns:
        keep &= ~np.isnan(table.numbers[name])
    if table.received is not None:
        keep &= ~np.isnan(table.received)
    return keep


def contrast(
    plan: AnalysisPlan, metric: MetricPlan, table: UnitTable, index: int, usable: BoolArray
) -> Contrast:
    """Return the columns of one arm against control."""
    rows = usable & ((table.arm == index) | (table.arm == 0))

    def column(name: str) -> FloatArray | None:
        return table.numbers[name][rows] if name else None

    outcome = column(metric.column)
    event = column(metric.event)
    covariates = [_filled(table.numbers[name][rows]) for name in plan.covariates]
    by_cluster = assigned_by_cluster(table)
    return Contrast(
        np.zeros(int(rows.sum())) if outcome is None else outcome,
        table.arm[rows] == index,
        denominator=column(metric.denominator),
        covariates=np.column_stack(covariates) if covariates else np.zeros((int(rows.sum()), 0)),
        stratum=None if table.stratum is None else codes(table.stratum[rows]),
        cluster=codes(table.cluster[rows]) if by_cluster and table.cluster is not None else None,
        time=column(metric.time),
        event=None if event is None else event == 1.0,
        exposure=column(metric.exposure),
        received=None if table.received is None else table.received[rows] == 1.0,
    )


def _filled(covariate: FloatArray) -> FloatArray:
    """Return a covariate with its mean where it is missing.

    Covariates are known before assignment, so a missing one is as likely in each arm: filling it in costs
    precision but no validity, while leaving the account out would change who is compared.
    """
    seen = ~np.isnan(covariate)
    return np.where(seen, covariate, covariate[seen].mean() if bool(seen.any()) else 0.0)


def _estimate(plan: AnalysisPlan, metric: MetricPlan, data: Contrast, names: Sequence[str]) -> list[Result]:
    known = estimators()
    options = Options(
        1.0 - metric.alpha, metric.winsorise, metric.quantile, metric.horizon, plan.permutations, plan.seed
    )
    return [known[name].estimate(data, options) for name in names]


def margin_test(metric: MetricPlan, result: Result) -> MarginTest | None:
    """Return the non-inferiority test of an estimate, where the plan names a margin and the estimate has an
    error.
    """
    if metric.margin is None or not isinstance(result, Estimate) or not result.se > 0.0:
        return None
    value, se, margin = result.estimate, result.se, metric.margin
    if result.estimator in _NULL_AT_ONE or result.estimator in _LOG_HAZARD:
        # margins of rates and hazards are ratios; the log scale is the symmetric one
        if result.estimator in _NULL_AT_ONE:
            value, se = math.log(value), se / value
        distance = math.log(margin)
        gap = distance - value if margin > 1.0 else value - distance
    else:
        gap = value + margin if metric.larger_is_better else margin - value
    half = two_sided_p(gap / se, result.df) / 2.0
    p = half if gap > 0.0 else 1.0 - half
    return MarginTest(margin, metric.larger_is_better, p, p <= metric.alpha / 2.0)


def _adjusted(lines: Sequence[ContrastResult], method: str) -> list[ContrastResult]:
    """Adjust the p-values of each rank over metrics and arms: the primary estimates are one family."""
    values = np.full(len(lines), np.nan)
    raw = np.array([line.result.p_value if isinstance(line.result, Estimate) else np.nan for line in lines])
    for rank in {line.rank for line in lines}:
        rows = [i for i, line in enumerate(lines) if line.rank == rank]
        values[rows] = adjust(raw[rows], method)
    return [
        ContrastResult(
            line.metric, line.arm, line.control, line.rank, line.result, line.alpha, float(value), line.margin
        )
        for line, value in zip(lines, values, strict=True)
    ]


def _dunnett(
    metric: MetricPlan, table: UnitTable, usable: BoolArray, by_arm: Sequence[Sequence[Result]]
) -> list[FloatArray]:
    """Return, for each estimator, (arms - 1,) Dunnett-adjusted p-values of the comparisons with control.

    `student` uses the variance pooled over all arms, as the textbook test does; others their own standard
    errors.
    """
    size = np.array([float(((table.arm == i) & usable).sum()) for i in range(len(table.arms))])
    lam = loadings(float(size[0]), [float(n) for n in size[1:]])
    out = []
    for rank in range(len(by_arm[0])):
        found = [results[rank] for results in by_arm]
        statistic = np.array([_statistic(r) for r in found])
        df = min((r.df for r in found if isinstance(r, Estimate)), default=math.inf)
        if found[0].estimator == "student" and metric.column:
            statistic, df = _pooled(table.numbers[metric.column], table.arm, usable, len(table.arms))
        known = ~np.isnan(statistic)
        p = np.full(statistic.size, np.nan)
        if bool(known.any()):
            p[known] = dunnett_p_values([float(s) for s in statistic[known]], lam[known], df, 2)
        out.append(p)
    return out


def _statistic(result: Result) -> float:
    if not isinstance(result, Estimate) or not result.se > 0.0:
        return math.nan
    if result.estimator in _NULL_AT_ONE:
        return (
            math.log(result.estimate) / (result.se / result.estimate) if result.estimate > 0.0 else math.nan
        )
    return result.estimate / result.se


def _pooled(values: FloatArray, arm: np.ndarray, usable: BoolArray, arms: int) -> tuple[FloatArray, float]:
    groups = [values[(arm == i) & usable] for i in range(arms)]
    df = float(sum(g.size for g in groups) - arms)
    variance = sum(float(((g - g.mean()) ** 2).sum()) for g in groups) / df
    zero = groups[0]
    return np.array(
        [
            float(g.mean() - zero.mean()) / math.sqrt(variance * (1.0 / g.size + 1.0 / zero.size))
            for g in groups[1:]
        ]
    ), df
