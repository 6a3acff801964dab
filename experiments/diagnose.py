"""Diagnosis of A/B designs against the simulated truth: designs x estimators x effects x utilisations, replicated.

The truth is the mean paired difference between everybody under B and everybody under A, with shared luck. Each replication of a
design deals its own assignment, plays one world in which the arms share (or divide) their agents, and asks each estimator what it
sees. Every diagnosand carries its Monte-Carlo standard error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.estimators.results import Estimate
from experiments.jobs import TRUTH, Finding, Job, Runner, metrics_of, names_of_estimators
from experiments.truth import Truth, truth_of
from sim.spec.experiment import BY_TIME, DesignSpec, ExperimentSpec

BATCH = 100


@dataclass(frozen=True, slots=True)
class DesignRow:
    """One row of the diagnosis: a treatment against control in a design with an estimator, at an effect and a utilisation."""

    design: str
    arm: str
    """The treatment."""
    estimator: str
    metric: str
    effect: str
    utilisation: str
    allocation: tuple[float, ...]
    accounts: int | None
    """That take part; None: all."""
    replications: int
    failed: int
    truth: float
    mean_estimate: float
    bias: float
    bias_parts: Mapping[str, float] | None
    """Three parts that add up to the bias. Without capacity limits nobody takes an agent from anybody; what bias is left then is
    `carry_over` in designs of time (one day's payers are missing the next) and `direct_effect` in the others (the estimator's own
    error about the effect on who is treated, as of a winsorised mean). `displaced_capacity` is the rest."""
    unlimited_truth: float
    """The true effect without capacity limits; nan where bias is not split."""
    sd: float
    mean_se: float
    rmse: float
    coverage: float
    reject_rate: float
    """By the p-value that decides: adjusted where several treatments are compared with control."""
    unadjusted_reject_rate: float
    type_s: float
    """Share of rejections with the wrong sign; nan without a true effect or rejections."""
    type_m: float
    """Mean size of the estimate over the truth among rejections; as above."""
    mc_se: Mapping[str, float]
    agent_hours: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One treatment of a design at an effect and a utilisation, and everything that its replications gave, in order."""

    design: DesignSpec
    effect: str
    utilisation: str
    found: tuple[Finding, ...]
    truths: Mapping[str, Truth]
    """By metric, guardrails and proxies included."""
    treatment: int = 1
    """Place among the arms; 0 is control."""


@dataclass(frozen=True, slots=True)
class Family:
    """Several treatments against one control in a design: how often any of them is called different, and how often all are."""

    design: str
    estimator: str
    effect: str
    utilisation: str
    multiplicity: str
    any_reject_rate: float
    """The family-wise error where the effect is `none`."""
    unadjusted_any_reject_rate: float
    all_reject_rate: float
    mc_se: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All rows and cells, and the truths."""

    experiment: str
    truth: Mapping[tuple[str, str], Truth]
    """Of the metric and the first treatment, by (utilisation, effect)."""
    truths: Mapping[tuple[str, str, str, int], Truth]
    """Of every metric, by (utilisation, effect, key, treatment)."""
    rows: tuple[DesignRow, ...]
    cells: tuple[Cell, ...]
    families: tuple[Family, ...] = ()
    """Where there are several treatments."""


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
    families: list[Family] = []
    for utilisation in spec.utilisations:
        for effect in spec.effects:
            for number, design in enumerate(spec.designs):
                found = _replicate(spec, run, utilisation, effect, number)
                unlimited = _unlimited(spec, run, utilisation, effect, number)
                for treatment in range(1, len(spec.arms)):
                    keys = {m.key: (utilisation, effect, m.key, treatment) for m in metrics_of(spec)}
                    cell = Cell(design, effect, utilisation, seen_by(found, treatment),
                                {m: truths[key] for m, key in keys.items()}, treatment)
                    cells.append(cell)
                    rows.extend(_rows(spec, cell, seen_by(unlimited, treatment), free.get(keys[spec.metric.key])))
                if len(spec.treatments) > 1:
                    families.extend(_families(spec, design, effect, utilisation, found))
    metric = {(u, e): truth for (u, e, name, t), truth in truths.items() if (name, t) == (spec.metric.key, 1)}
    return Diagnosis(spec.experiment, metric, truths, tuple(rows), tuple(cells), tuple(families))


def seen_by(found: Sequence[Finding], treatment: int) -> tuple[Finding, ...]:
    """Return what the comparison of a treatment with control saw in each world."""
    return tuple(finding if treatment == 1 else finding.more[treatment - 2] for finding in found)


def truths_of(spec: ExperimentSpec, run: Runner, *, unlimited: bool = False) -> dict[tuple[str, str, str, int], Truth]:
    """Return the truth of each metric by (utilisation, effect, key, treatment), perhaps without capacity limits."""
    jobs = [Job(u, "as_is", TRUTH, r, unlimited) for u in spec.utilisations for r in range(spec.truth_replications)]
    found: dict[str, dict[int, Finding]] = {}
    for finding in run(jobs):
        found.setdefault(finding.job.utilisation, {})[finding.job.replication] = finding
    out: dict[tuple[str, str, str, int], Truth] = {}
    for utilisation in spec.utilisations:
        in_order = [found[utilisation][r] for r in range(spec.truth_replications)]
        for treatment in range(1, len(spec.arms)):
            by_replication = [dict(finding.truths) for finding in seen_by(in_order, treatment)]
            for metric in metrics_of(spec):
                truth = truth_of([pairs[metric.key] for pairs in by_replication])
                out[utilisation, "as_is", metric.key, treatment] = truth
                out[utilisation, "none", metric.key, treatment] = Truth(0.0, 0.0, truth.control_mean, truth.control_sd,
                                                                        truth.control_sd)
    return out


def _replicate(spec: ExperimentSpec, run: Runner, utilisation: str, effect: str, design: int) -> list[Finding]:
    """Play a design in batches, until the rejection rates are known well enough or all replications are played."""
    found: list[Finding] = []
    for first in range(0, spec.replications, BATCH):
        last = min(first + BATCH, spec.replications)
        batch = run([Job(utilisation, effect, design, r) for r in range(first, last)])
        found.extend(sorted(batch, key=lambda finding: finding.job.replication))
        if spec.target_mc_se and all(0.0 <= share_se(_rejections(seen_by(found, t), n, spec.alpha)) <= spec.target_mc_se
                                     for n in names_of_estimators(spec.designs[design]) for t in range(1, len(spec.arms))):
            break
    return found


def _unlimited(spec: ExperimentSpec, run: Runner, utilisation: str, effect: str, design: int) -> list[Finding]:
    """Return the worlds of a design without capacity limits, in order; none where bias is not split."""
    jobs = [Job(utilisation, effect, design, r, unlimited=True) for r in range(spec.parts_replications)]
    return sorted(run(jobs), key=lambda finding: finding.job.replication) if jobs else []


def _parts(cell: Cell, name: str, unlimited: Sequence[Finding], free: Truth, bias: float,
           bias_se: float) -> tuple[dict[str, float], dict[str, float]]:
    """Return the parts of a bias and their Monte-Carlo errors."""
    values = np.array([e.estimate for e in estimates_of(unlimited, name)])
    left = float(values.mean()) - free.estimate if len(values) else math.nan
    error = math.hypot(_mean_se(values), free.mc_se)
    over_time = cell.design.kind in BY_TIME
    parts = {"direct_effect": 0.0 if over_time else left, "carry_over": left if over_time else 0.0,
             "displaced_capacity": bias - left}
    # the parts that are 0 by the design are so exactly; the rest is a difference of two means
    return parts, {"direct_effect": 0.0 if over_time else error, "carry_over": error if over_time else 0.0,
                   "displaced_capacity": math.hypot(bias_se, error), "unlimited_truth": free.mc_se}


def _families(spec: ExperimentSpec, design: DesignSpec, effect: str, utilisation: str,
              found: Sequence[Finding]) -> Iterator[Family]:
    """Yield, by estimator, how often any and all of several treatments are called different."""
    by_arm = [seen_by(found, treatment) for treatment in range(1, len(spec.arms))]
    for name in names_of_estimators(design):
        said = np.array([[finding.p_value(name) < spec.alpha for finding in one] for one in by_arm])
        raw = np.array([[_raw_p(finding, name) < spec.alpha for finding in one] for one in by_arm])
        flags = {"any_reject_rate": said.any(axis=0), "unadjusted_any_reject_rate": raw.any(axis=0),
                 "all_reject_rate": said.all(axis=0)}
        shares = {key: float(np.mean(values)) for key, values in flags.items()}
        yield Family(design.label, name, effect, utilisation, spec.multiplicity, shares["any_reject_rate"],
                     shares["unadjusted_any_reject_rate"], shares["all_reject_rate"],
                     {key: share_se(np.asarray(values, dtype=np.bool_)) for key, values in flags.items()})


def _raw_p(finding: Finding, name: str) -> float:
    result = dict(finding.results)[name]
    return result.p_value if isinstance(result, Estimate) else math.nan


def estimates_of(found: Iterable[Finding], name: str) -> list[Estimate]:
    """Return what an estimator gave, without its failures."""
    results = (dict(finding.results)[name] for finding in found)
    return [result for result in results if isinstance(result, Estimate)]


def _rejections(found: Iterable[Finding], name: str, alpha: float) -> NDArray[np.bool_]:
    """Return whether each world that gave an estimate calls the treatment different."""
    return np.array([finding.p_value(name) < alpha for finding in found if isinstance(dict(finding.results)[name], Estimate)],
                    dtype=np.bool_)


def share_se(flags: NDArray[np.bool_]) -> float:
    """Return the Monte-Carlo error of a share (nan of none), with Agresti and Coull's centre so that 0 of n is not certain."""
    n = len(flags)
    if n == 0:
        return math.nan
    share = (float(flags.sum()) + 2.0) / (n + 4.0)
    return math.sqrt(share * (1.0 - share) / (n + 4.0))


def _rows(spec: ExperimentSpec, cell: Cell, unlimited: Sequence[Finding], free: Truth | None) -> Iterator[DesignRow]:
    for name in names_of_estimators(cell.design):
        yield _row(spec, cell, name, unlimited, free)


def _row(spec: ExperimentSpec, cell: Cell, name: str, unlimited: Sequence[Finding], free: Truth | None) -> DesignRow:
    """Return the diagnosands of one design with one estimator, each with its Monte-Carlo standard error."""
    truth = cell.truths[spec.metric.key]
    found, estimates = cell.found, estimates_of(cell.found, name)
    value = np.array([e.estimate for e in estimates])
    n, nan = len(value), math.nan
    rejected = _rejections(found, name, spec.alpha)
    unadjusted = np.array([e.p_value < spec.alpha for e in estimates], dtype=np.bool_)
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
             "reject_rate": share_se(rejected), "unadjusted_reject_rate": share_se(unadjusted),
             "truth": truth.mc_se, "agent_hours": _mean_se(hours), **_rejected_se(
                 value[rejected] if n else value, truth.estimate)}
    parts: dict[str, float] | None = None
    if free is not None:
        parts, errors = _parts(cell, name, unlimited, free, bias, mc_se["bias"])
        mc_se |= errors
    return DesignRow(
        design=cell.design.label, arm=spec.arms[cell.treatment], estimator=name, metric=spec.metric.key,
        effect=cell.effect, utilisation=cell.utilisation, allocation=spec.allocation_of(cell.design),
        accounts=cell.design.accounts, replications=len(found),
        failed=len(found) - n, truth=truth.estimate, mean_estimate=mean, bias=bias, bias_parts=parts,
        unlimited_truth=nan if free is None else free.estimate, sd=sd,
        mean_se=float(np.mean([e.se for e in estimates])) if n else nan, rmse=rmse,
        coverage=float(covered.mean()) if n else nan, reject_rate=float(rejected.mean()) if n else nan,
        unadjusted_reject_rate=float(unadjusted.mean()) if n else nan, type_s=wrong,
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
