"""Diagnosis of A/B designs against the simulated truth: designs x estimators x effects x utilisations, replicated.

The truth is the mean paired difference between everybody under B and everybody under A, with shared luck. Each replication of a
design deals its own assignment, plays one world in which the arms share (or divide) their agents, and asks each estimator what it
sees. Every diagnosand carries its Monte-Carlo standard error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.deal import Dealt, covariates_of, deal
from experiments.estimators.data import Contrast, Options
from experiments.estimators.registry import estimator
from experiments.estimators.results import Estimate, NotEstimable, Result, wald
from experiments.truth import Truth, account_outcome, calendar_days, period_outcome, play, truth_of
from experiments.variants import Variants
from sim import Setting
from sim.spec.experiment import DesignSpec, ExperimentSpec

KIND = {"paid": "proportion", "cured": "proportion", "recovery": "mean", "complaints": "mean", "right_party": "mean"}
TEAM_SLOPE = "team_slope"
BATCH = 100
DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "complete": ("welch",), "stratified": ("welch", "post_stratified"), "rerandomised": ("welch", "lin"),
    "team": ("cluster_means", "cr2"), "area": ("cluster_means",),
    "switchback": ("welch",), "saturation": (TEAM_SLOPE,), "dedicated": ("welch",)}
"""Estimators that suit each design."""


@dataclass(frozen=True, slots=True)
class Job:
    """One world to play: a truth replication (design -1) or a replication of a design."""

    utilisation: str
    effect: str
    design: int
    replication: int
    unlimited: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What one job gave: truth jobs give (difference, control mean), design jobs one result an estimator."""

    job: Job
    results: tuple[tuple[str, Result], ...]
    difference: float
    control_mean: float
    agent_hours: float


def names_of_estimators(design: DesignSpec) -> tuple[str, ...]:
    """Return the estimators of a design: as stated, or those that suit it."""
    return design.estimators or DEFAULTS[design.kind]


def run_job(variants: Variants, spec: ExperimentSpec, job: Job) -> Finding:
    """Play the worlds of one job and return what is seen in them."""
    arms = variants.strategies(spec.arms[0], spec.arms[1] if job.effect == "as_is" else spec.arms[0])
    if job.design < 0:
        setting = variants.setting(job.utilisation, unlimited=job.unlimited)
        worlds = [play(setting, [arm], job.replication) for arm in arms]
        means = [float(account_outcome(setting, world.rows, spec.metric).mean()) for world in worlds]
        return Finding(job, (), means[1] - means[0], means[0], worlds[0].agent_hours)
    design = spec.designs[job.design]
    setting = variants.setting(job.utilisation, unlimited=job.unlimited,
                               teams=spec.allocation if design.kind == "dedicated" else None)
    dealt = deal(setting, spec, design, job.replication)
    world = play(setting, arms, job.replication, dealt.assignment, dealt.team)
    contrast = (_by_day(setting, spec, design, dealt, world.rows) if dealt.periods is not None
                else _by_account(setting, spec, dealt, world.rows))
    options = Options(level=1.0 - spec.alpha)
    results = tuple((name, _estimate(name, spec, contrast, options)) for name in names_of_estimators(design))
    return Finding(job, results, math.nan, math.nan, world.agent_hours)


def _by_account(setting: Setting, spec: ExperimentSpec, dealt: Dealt, rows: NDArray[np.void]) -> Contrast:
    """Return the contrast of accounts with what was known before the test as covariates."""
    return Contrast(outcome=account_outcome(setting, rows, spec.metric), treated=dealt.arm == 1,
                    covariates=covariates_of(setting), stratum=dealt.stratum, cluster=dealt.cluster)


def _by_day(setting: Setting, spec: ExperimentSpec, design: DesignSpec, dealt: Dealt, rows: NDArray[np.void]) -> Contrast:
    """Return the contrast of days; outcomes are scaled to the whole horizon, so that the estimand is that of the truth."""
    days = calendar_days(setting.scenario.horizon.days)
    counted = min(spec.metric.horizon_days, len(days))
    series = period_outcome(setting, rows, spec.metric, days)[:counted] * counted
    period = days[:counted] // design.period_days
    kept = days[:counted] % design.period_days >= design.washout_days
    arm = np.asarray(dealt.periods)[period]
    return Contrast(outcome=series[kept], treated=(arm == 1)[kept], cluster=period[kept] if design.period_days > 1 else None)


def _estimate(name: str, spec: ExperimentSpec, data: Contrast, options: Options) -> Result:
    if name == TEAM_SLOPE:
        return team_slope(data, options)
    kind = "mean" if data.n < 1000 and KIND[spec.metric.name] == "proportion" else KIND[spec.metric.name]
    return estimator(name, "mean" if name not in ("pooled_z", "score") else kind).estimate(data, options)


def team_slope(data: Contrast, options: Options) -> Result:
    """Return the slope of team means on the share treated: the total effect if interference is linear.

    Source: Hudgens and Halloran (2008) for two-stage randomisation; least squares over teams, t with teams - 2 degrees of
    freedom.
    """
    if data.cluster is None:
        return NotEstimable(TEAM_SLOPE, "the data name no cluster", data.n)
    names, place = np.unique(data.cluster, return_inverse=True)
    size = np.bincount(place).astype(np.float64)
    y = np.bincount(place, weights=data.outcome) / size
    x = np.bincount(place, weights=data.treated.astype(np.float64)) / size
    spread = float(((x - x.mean()) ** 2).sum())
    if len(names) < 4 or spread <= 0.0:
        return NotEstimable(TEAM_SLOPE, "fewer than four teams, or all with the same share treated", data.n)
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / spread)
    residual = y - y.mean() - slope * (x - x.mean())
    se = math.sqrt(float((residual**2).sum()) / (len(names) - 2) / spread)
    return wald(TEAM_SLOPE, "total effect of treating everybody", slope, se, len(names) - 2, options.level, data.n, len(names))


@dataclass(frozen=True, slots=True)
class DesignRow:
    """One row of the diagnosis: a design with an estimator, at an effect and a utilisation."""

    design: str
    estimator: str
    metric: str
    effect: str
    utilisation: str
    allocation: tuple[float, float]
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
class Diagnosis:
    """All rows, and the truth by (utilisation, effect)."""

    experiment: str
    truth: Mapping[tuple[str, str], Truth]
    rows: tuple[DesignRow, ...]


Runner = Callable[[Sequence[Job]], Iterator[Finding]]


def diagnose(spec: ExperimentSpec, run: Runner) -> Diagnosis:
    """Play everything that an experiment asks for.

    Args:
        spec: the experiment.
        run: plays jobs, in parallel or not, and yields findings in any order.
    """
    truths = _truths(spec, run)
    rows: list[DesignRow] = []
    for utilisation in spec.utilisations:
        for effect in spec.effects:
            for number, design in enumerate(spec.designs):
                found = _replicate(spec, run, utilisation, effect, number)
                parts = _parts(spec, run, utilisation, effect, number, truths)
                rows.extend(_rows(spec, design, found, truths[utilisation, effect], parts, (utilisation, effect)))
    return Diagnosis(spec.experiment, {key: truth for key, truth in truths.items() if not key[0].startswith(FREE)}, tuple(rows))


FREE = "unlimited: "


def _truths(spec: ExperimentSpec, run: Runner) -> dict[tuple[str, str], Truth]:
    """Return the truth at each utilisation, also without capacity limits where bias is split."""
    unlimited = (False, True) if spec.parts_replications else (False,)
    jobs = [Job(u, "as_is", -1, r, free) for u in spec.utilisations for free in unlimited for r in range(spec.truth_replications)]
    found: dict[tuple[str, bool], dict[int, Finding]] = {}
    for finding in run(jobs):
        found.setdefault((finding.job.utilisation, finding.job.unlimited), {})[finding.job.replication] = finding
    out: dict[tuple[str, str], Truth] = {}
    for (utilisation, free), by_replication in found.items():
        ordered = [by_replication[r] for r in sorted(by_replication)]
        truth = truth_of([f.difference for f in ordered], [f.control_mean for f in ordered])
        key = FREE + utilisation if free else utilisation
        out[key, "as_is"] = truth
        out[key, "none"] = Truth(0.0, 0.0, truth.control_mean)
    return out


def _replicate(spec: ExperimentSpec, run: Runner, utilisation: str, effect: str, design: int) -> list[Finding]:
    """Play a design in batches, until the rejection rates are known well enough or all replications are played."""
    found: list[Finding] = []
    for first in range(0, spec.replications, BATCH):
        last = min(first + BATCH, spec.replications)
        batch = run([Job(utilisation, effect, design, r) for r in range(first, last)])
        found.extend(sorted(batch, key=lambda finding: finding.job.replication))
        if spec.target_mc_se and all(_share_se(_rejections(found, n, spec.alpha)) <= spec.target_mc_se
                                     for n in names_of_estimators(spec.designs[design])):
            break
    return found


def _parts(spec: ExperimentSpec, run: Runner, utilisation: str, effect: str, design: int,
           truths: Mapping[tuple[str, str], Truth]) -> dict[str, tuple[float, float]]:
    """Return by estimator (effect, bias) without capacity limits: what carries over, apart from displaced capacity."""
    if not spec.parts_replications:
        return {}
    jobs = [Job(utilisation, effect, design, r, unlimited=True) for r in range(spec.parts_replications)]
    found = sorted(run(jobs), key=lambda finding: finding.job.replication)
    truth = truths[FREE + utilisation, effect].estimate
    return {name: (truth, float(np.mean([e.estimate for e in _estimates(found, name)])) - truth)
            for name in names_of_estimators(spec.designs[design])}


def _estimates(found: Iterable[Finding], name: str) -> list[Estimate]:
    results = (dict(finding.results)[name] for finding in found)
    return [result for result in results if isinstance(result, Estimate)]


def _rejections(found: Iterable[Finding], name: str, alpha: float) -> NDArray[np.bool_]:
    return np.array([estimate.p_value < alpha for estimate in _estimates(found, name)], dtype=np.bool_)


def _share_se(flags: NDArray[np.bool_]) -> float:
    """Return the Monte-Carlo error of a share, with Agresti and Coull's centre so that 0 of n is not certain."""
    n = len(flags)
    share = (float(flags.sum()) + 2.0) / (n + 4.0)
    return math.sqrt(share * (1.0 - share) / (n + 4.0))


def _rows(spec: ExperimentSpec, design: DesignSpec, found: Sequence[Finding], truth: Truth,
          parts: Mapping[str, tuple[float, float]], where: tuple[str, str]) -> Iterator[DesignRow]:
    for name in names_of_estimators(design):
        estimates = _estimates(found, name)
        yield _row(spec, design.kind, name, where, found, estimates, truth, parts.get(name))


def _row(spec: ExperimentSpec, design: str, name: str, where: tuple[str, str], found: Sequence[Finding],
         estimates: Sequence[Estimate], truth: Truth, free: tuple[float, float] | None) -> DesignRow:
    """Return the diagnosands of one design with one estimator, each with its Monte-Carlo standard error."""
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
    mc_se = {"mean_estimate": sd / math.sqrt(n) if n else nan, "bias": math.hypot(sd / math.sqrt(n), truth.mc_se) if n else nan,
             "sd": sd / math.sqrt(2 * (n - 1)) if n > 1 else nan,
             "rmse": float(error.std(ddof=1)) / math.sqrt(n) / (2 * rmse) if n > 1 and rmse > 0 else nan,
             "coverage": _share_se(covered), "reject_rate": _share_se(rejected), "truth": truth.mc_se}
    parts = None if free is None else {"direct_effect": free[0], "carry_over": free[1], "displaced_capacity": bias - free[1]}
    return DesignRow(
        design=design, estimator=name, metric=spec.metric.name, effect=where[1], utilisation=where[0], allocation=spec.allocation,
        replications=len(found), failed=len(found) - n, truth=truth.estimate, mean_estimate=mean, bias=bias, bias_parts=parts,
        sd=sd,
        mean_se=float(np.mean([e.se for e in estimates])) if n else nan, rmse=rmse, coverage=float(covered.mean()) if n else nan,
        reject_rate=float(rejected.mean()) if n else nan, type_s=wrong, type_m=size, mc_se=mc_se,
        agent_hours=float(np.mean([finding.agent_hours for finding in found])))


def _sign_and_size(rejected: NDArray[np.float64], truth: float) -> tuple[float, float]:
    """Return (type S, type M) among rejections, nan without a true effect or without rejections."""
    if truth == 0.0 or len(rejected) == 0:
        return math.nan, math.nan
    return float((np.sign(rejected) != np.sign(truth)).mean()), float(np.abs(rejected).mean() / abs(truth))
