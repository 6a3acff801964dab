"""Diagnosis of A/B designs against the simulated truth: designs x estimators x effects x utilisations, replicated.

The truth is the mean paired difference between everybody under B and everybody under A, with shared luck. Each replication of a
design deals its own assignment, plays one world in which the arms share (or divide) their agents, and asks each estimator what it
sees. Every diagnosand carries its Monte-Carlo standard error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.estimators.results import Estimate
from experiments.jobs import TRUTH, Finding, Job, Runner, metrics_of, names_of_estimators
from experiments.truth import Truth, truth_of
from sim.spec.experiment import DesignSpec, ExperimentSpec

BATCH = 100


@dataclass(frozen=True, slots=True)
class DesignRow:
    """One row of the diagnosis: a design with an estimator, at an effect and a utilisation."""

    design: str
    estimator: str
    metric: str
    effect: str
    utilisation: str
    allocation: tuple[float, float]
    accounts: int | None
    """That take part; None: all."""
    replications: int
    failed: int
    truth: float
    mean_estimate: float
    bias: float
    bias_parts: Mapping[str, float] | None
    """`carry_over`: the bias without capacity limits; `displaced_capacity`: the rest of it; `direct_effect`: the true effect
    without capacity limits."""
    sd: float
    mean_se: float
    rmse: float
    coverage: float
    reject_rate: float
    type_s: float
    """Share of rejections with the wrong sign; nan without a true effect or rejections."""
    type_m: float
    """Mean size of the estimate over the truth among rejections; as above."""
    mc_se: Mapping[str, float]
    agent_hours: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One design at an effect and a utilisation, and everything that its replications gave, in order."""

    design: DesignSpec
    effect: str
    utilisation: str
    found: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All rows and cells, and the truths."""

    experiment: str
    truth: Mapping[tuple[str, str], Truth]
    """Of the metric, by (utilisation, effect)."""
    truths: Mapping[tuple[str, str, str], Truth]
    """Of every metric, by (utilisation, effect, key)."""
    rows: tuple[DesignRow, ...]
    cells: tuple[Cell, ...]


def diagnose(spec: ExperimentSpec, run: Runner) -> Diagnosis:
    """Play everything that an experiment asks of its designs.

    Args:
        spec: the experiment.
        run: plays jobs, in parallel or not, and yields findings in any order.
    """
    truths = truths_of(spec, run)
    free = truths_of(spec, run, unlimited=True) if spec.parts_replications else {}
    rows: list[DesignRow] = []
    cells: list[Cell] = []
    for utilisation in spec.utilisations:
        for effect in spec.effects:
            key = (utilisation, effect, spec.metric.key)
            for number, design in enumerate(spec.designs):
                found = _replicate(spec, run, utilisation, effect, number)
                cells.append(Cell(design, effect, utilisation, tuple(found)))
                parts = _parts(spec, run, utilisation, effect, number, free[key]) if free else {}
                rows.extend(_rows(spec, cells[-1], truths[key], parts))
    metric = {(u, e): truth for (u, e, name), truth in truths.items() if name == spec.metric.key}
    return Diagnosis(spec.experiment, metric, truths, tuple(rows), tuple(cells))


def truths_of(spec: ExperimentSpec, run: Runner, *, unlimited: bool = False) -> dict[tuple[str, str, str], Truth]:
    """Return the truth of each metric by (utilisation, effect, key), perhaps without capacity limits."""
    jobs = [Job(u, "as_is", TRUTH, r, unlimited) for u in spec.utilisations for r in range(spec.truth_replications)]
    found: dict[str, dict[int, Finding]] = {}
    for finding in run(jobs):
        found.setdefault(finding.job.utilisation, {})[finding.job.replication] = finding
    out: dict[tuple[str, str, str], Truth] = {}
    for utilisation in spec.utilisations:
        by_replication = [dict(found[utilisation][r].truths) for r in range(spec.truth_replications)]
        for metric in metrics_of(spec):
            truth = truth_of([pairs[metric.key] for pairs in by_replication])
            out[utilisation, "as_is", metric.key] = truth
            out[utilisation, "none", metric.key] = Truth(0.0, 0.0, truth.control_mean, truth.control_sd, truth.control_sd)
    return out


def _replicate(spec: ExperimentSpec, run: Runner, utilisation: str, effect: str, design: int) -> list[Finding]:
    """Play a design in batches, until the rejection rates are known well enough or all replications are played."""
    found: list[Finding] = []
    for first in range(0, spec.replications, BATCH):
        last = min(first + BATCH, spec.replications)
        batch = run([Job(utilisation, effect, design, r) for r in range(first, last)])
        found.extend(sorted(batch, key=lambda finding: finding.job.replication))
        if spec.target_mc_se and all(0.0 <= share_se(_rejections(found, n, spec.alpha)) <= spec.target_mc_se
                                     for n in names_of_estimators(spec.designs[design])):
            break
    return found


def _parts(spec: ExperimentSpec, run: Runner, utilisation: str, effect: str, design: int,
           free: Truth) -> dict[str, tuple[float, float]]:
    """Return by estimator (effect, bias) without capacity limits: what carries over, apart from displaced capacity."""
    jobs = [Job(utilisation, effect, design, r, unlimited=True) for r in range(spec.parts_replications)]
    found = sorted(run(jobs), key=lambda finding: finding.job.replication)
    out = {}
    for name in names_of_estimators(spec.designs[design]):
        got = [e.estimate for e in estimates_of(found, name)]
        out[name] = (free.estimate, float(np.mean(got)) - free.estimate if got else math.nan)
    return out


def estimates_of(found: Iterable[Finding], name: str) -> list[Estimate]:
    """Return what an estimator gave, without its failures."""
    results = (dict(finding.results)[name] for finding in found)
    return [result for result in results if isinstance(result, Estimate)]


def _rejections(found: Iterable[Finding], name: str, alpha: float) -> NDArray[np.bool_]:
    return np.array([estimate.p_value < alpha for estimate in estimates_of(found, name)], dtype=np.bool_)


def share_se(flags: NDArray[np.bool_]) -> float:
    """Return the Monte-Carlo error of a share (nan of none), with Agresti and Coull's centre so that 0 of n is not certain."""
    n = len(flags)
    if n == 0:
        return math.nan
    share = (float(flags.sum()) + 2.0) / (n + 4.0)
    return math.sqrt(share * (1.0 - share) / (n + 4.0))


def _rows(spec: ExperimentSpec, cell: Cell, truth: Truth, parts: Mapping[str, tuple[float, float]]) -> Iterator[DesignRow]:
    for name in names_of_estimators(cell.design):
        yield _row(spec, cell, name, truth, parts.get(name))


def _row(spec: ExperimentSpec, cell: Cell, name: str, truth: Truth, free: tuple[float, float] | None) -> DesignRow:
    """Return the diagnosands of one design with one estimator, each with its Monte-Carlo standard error."""
    found, estimates = cell.found, estimates_of(cell.found, name)
    value = np.array([e.estimate for e in estimates])
    n, nan = len(value), math.nan
    rejected = np.array([e.p_value < spec.alpha for e in estimates], dtype=np.bool_)
    covered = np.array([e.ci_low <= truth.estimate <= e.ci_high for e in estimates], dtype=np.bool_)
    mean = float(value.mean()) if n else nan
    sd = float(value.std(ddof=1)) if n > 1 else nan
    error = (value - truth.estimate) ** 2
    rmse = math.sqrt(float(error.mean())) if n else nan
    bias = mean - truth.estimate
    wrong, size = _sign_and_size(value[rejected] if n else value, truth.estimate)
    hours = np.array([finding.agent_hours for finding in found])
    mc_se = {"mean_estimate": _mean_se(value), "bias": math.hypot(_mean_se(value), truth.mc_se),
             "sd": sd / math.sqrt(2 * (n - 1)) if n > 1 else nan, "mean_se": _mean_se(np.array([e.se for e in estimates])),
             "rmse": _mean_se(error) / (2 * rmse) if n > 1 and rmse > 0 else nan, "coverage": share_se(covered),
             "reject_rate": share_se(rejected), "truth": truth.mc_se, "agent_hours": _mean_se(hours), **_rejected_se(
                 value[rejected] if n else value, truth.estimate)}
    parts = None if free is None else {"direct_effect": free[0], "carry_over": free[1], "displaced_capacity": bias - free[1]}
    return DesignRow(
        design=cell.design.label, estimator=name, metric=spec.metric.key, effect=cell.effect, utilisation=cell.utilisation,
        allocation=spec.allocation_of(cell.design), accounts=cell.design.accounts, replications=len(found),
        failed=len(found) - n, truth=truth.estimate, mean_estimate=mean, bias=bias, bias_parts=parts, sd=sd,
        mean_se=float(np.mean([e.se for e in estimates])) if n else nan, rmse=rmse,
        coverage=float(covered.mean()) if n else nan, reject_rate=float(rejected.mean()) if n else nan, type_s=wrong,
        type_m=size, mc_se=mc_se, agent_hours=float(hours.mean()))


def _mean_se(values: NDArray[np.float64]) -> float:
    """Return the standard error of a mean, nan of fewer than two."""
    return float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan


def _rejected_se(rejected: NDArray[np.float64], truth: float) -> dict[str, float]:
    """Return the Monte-Carlo errors of type S and type M."""
    if truth == 0.0 or len(rejected) == 0:
        return {"type_s": math.nan, "type_m": math.nan}
    return {"type_s": share_se(np.sign(rejected) != np.sign(truth)), "type_m": _mean_se(np.abs(rejected)) / abs(truth)}


def _sign_and_size(rejected: NDArray[np.float64], truth: float) -> tuple[float, float]:
    """Return (type S, type M) among rejections, nan without a true effect or without rejections."""
    if truth == 0.0 or len(rejected) == 0:
        return math.nan, math.nan
    return float((np.sign(rejected) != np.sign(truth)).mean()), float(np.abs(rejected).mean() / abs(truth))
