"""What one played world of an experiment tells: the truth's two worlds, or a design's one with what its estimators see."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from experiments.deal import Dealt, covariates_of, deal, of_treatment
from experiments.design.many_arms import dunnett_p_values, loadings
from experiments.estimators.data import Contrast, Options
from experiments.estimators.multiplicity import adjust
from experiments.estimators.registry import estimator
from experiments.estimators.results import Estimate, NotEstimable, Result, quantile
from experiments.faults import alarms, data_of, mishandled, rows_of_contrast, seen_of
from experiments.saturation import TEAM_SLOPE, team_slope
from experiments.truth import Paired, World, account_outcome, calendar_days, paired, period_outcome, play
from experiments.variants import Variants
from sim import Assignment, Records, Setting
from sim.spec.experiment import BY_TIME, DesignSpec, ExperimentSpec, Fault, Guardrail, OutcomeMetric

T = TypeVar("T", bound=np.generic)
TRUTH = -1
"""The design number of a job that plays everybody under each arm."""
IMPULSE = -2
"""The design number of a job that gives everybody the treatment for some days and then control."""
PROPORTIONS = ("pooled_z", "score", "fisher_exact")
"""Estimators that compare proportions and nothing else."""
DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "complete": ("welch",), "stratified": ("welch", "post_stratified"), "rerandomised": ("welch", "lin"),
    "team": ("cluster_means", "cr2"), "area": ("cluster_means",), "switchback": ("welch",), "team_switchback": ("cr2",),
    "saturation": (TEAM_SLOPE,), "dedicated": ("welch",)}
"""Estimators that suit each design."""


@dataclass(frozen=True, slots=True)
class Job:
    """One world to play (two for the truth): a replication of the truth or of a design."""

    utilisation: str
    effect: str
    design: int
    replication: int
    unlimited: bool = False
    fault: Fault | None = None
    alarmed: bool = False
    """Whether the diagnostics are asked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one job gave."""

    job: Job
    results: tuple[tuple[str, Result], ...] = ()
    """Estimator -> result for the metric."""
    others: tuple[tuple[str, Result], ...] = ()
    """Guardrails and proxies by key, with the design's first estimator."""
    looks: tuple[Result, ...] = ()
    """The metric at each interim look, with the first estimator."""
    alarms: tuple[tuple[str, bool], ...] = ()
    truths: tuple[tuple[str, Paired], ...] = ()
    """Of a truth job: metric, guardrails and proxies by key."""
    agent_hours: float = 0.0
    """Of the design's world; of the truth's control world."""
    treatment_hours: float = 0.0
    """Of the truth's treatment world."""
    after: tuple[float, ...] = ()
    """Of an impulse: by day of the campaign, the metric by account under treatment-then-control less always-control."""
    adjusted: tuple[tuple[str, float], ...] = ()
    """Estimator -> p-value adjusted over all treatments of the world; empty where there is one treatment."""
    more: tuple[Finding, ...] = ()
    """The same world seen by the second treatment and on; the fields above are the first's."""

    def p_value(self, name: str) -> float:
        """Return the p-value that decides, adjusted where several treatments were compared; nan where nothing could be said."""
        result = dict(self.results)[name]
        return dict(self.adjusted).get(name, result.p_value) if isinstance(result, Estimate) else math.nan


Runner = Callable[[Sequence[Job]], Iterator[Finding]]
"""Plays jobs, in parallel or not, and yields findings in any order."""


def names_of_estimators(design: DesignSpec) -> tuple[str, ...]:
    """Return the estimators of a design: as stated, or those that suit it."""
    return design.estimators or DEFAULTS[design.kind]


def metrics_of(spec: ExperimentSpec) -> tuple[OutcomeMetric, ...]:
    """Return every metric of an experiment once, the primary first."""
    found = {metric.key: metric for metric in (spec.metric, *spec.guardrails, *spec.proxies)}
    return tuple(found.values())


def run_job(variants: Variants, spec: ExperimentSpec, job: Job) -> Finding:
    """Play the worlds of one job and return what is seen in them."""
    arms = variants.strategies(*(spec.arms if job.effect == "as_is" else spec.arms[:1] * len(spec.arms)))
    if job.design == TRUTH:
        setting = variants.setting(job.utilisation, unlimited=job.unlimited)
        worlds = [play(setting, [arm], job.replication) for arm in arms]
        first, *others = (
            Finding(job, truths=tuple((m.key, paired(account_outcome(setting, worlds[0].rows, m),
                                                     account_outcome(setting, world.rows, m))) for m in metrics_of(spec)),
                    agent_hours=worlds[0].agent_hours, treatment_hours=world.agent_hours) for world in worlds[1:])
        return replace(first, more=tuple(others))
    if job.design == IMPULSE:
        return _impulse(variants, spec, job)
    design = spec.designs[job.design]
    setting = variants.setting(job.utilisation, unlimited=job.unlimited,
                               teams=spec.allocation_of(design) if design.kind == "dedicated" else None)
    dealt = deal(setting, spec, design, job.replication)
    worked = mishandled(dealt, job.fault, job.replication)
    drift = job.fault.share if job.fault is not None and job.fault.kind == "drift" else 0.0
    world = play(setting, arms, job.replication, worked, dealt.team, drift)
    first, *others = _adjusted([_seen(setting, spec, job, dealt, world, t) for t in range(1, len(arms))], spec, design)
    return replace(first, more=tuple(others))


def _seen(setting: Setting, spec: ExperimentSpec, job: Job, whole: Dealt, world: World, treatment: int) -> Finding:
    """Return what the comparison of one treatment with control sees in a world."""
    design, rows = spec.designs[job.design], world.rows
    dealt = of_treatment(whole, treatment)
    contrasts = _contrasts(setting, spec, design, dealt, rows, treatment)
    names, options = names_of_estimators(design), Options(level=1.0 - spec.alpha)
    seen = seen_of(contrasts[spec.metric.key], dealt, setting)
    if job.fault is not None:
        seen = data_of(seen, job.fault, rows, job.replication)
    weights = spec.allocation_of(design)
    raised = alarms(seen, rows, (weights[0], weights[treatment])) if job.alarmed else ()
    return Finding(
        job, tuple((name, _estimate(name, seen.data, options)) for name in names),
        tuple((m.key, _other(names[0], contrasts[m.key], options, m, spec)) for m in metrics_of(spec)[1:]),
        _looks(setting, spec, design, dealt, rows, options, treatment), raised, agent_hours=world.agent_hours)


def _adjusted(found: Sequence[Finding], spec: ExperimentSpec, design: DesignSpec) -> list[Finding]:
    """Add p-values adjusted over the treatments of one world, by estimator; a single treatment needs none."""
    if len(found) == 1:
        return list(found)
    by_name: dict[str, Sequence[float]] = {}
    for name in names_of_estimators(design):
        results = [dict(one.results)[name] for one in found]
        raw = np.array([r.p_value if isinstance(r, Estimate) else math.nan for r in results])
        by_name[name] = (_dunnett(results, spec.allocation_of(design)) if spec.multiplicity == "dunnett"
                         else adjust(raw, spec.multiplicity).tolist())
    return [replace(one, adjusted=tuple((name, p[n]) for name, p in by_name.items())) for n, one in enumerate(found)]


def _dunnett(results: Sequence[Result], weights: Sequence[float]) -> list[float]:
    """Return Dunnett's adjusted p-values; the arms' sizes are those of the allocation, the errors each comparison's own."""
    out = np.full(len(results), math.nan)
    known = [n for n, result in enumerate(results) if isinstance(result, Estimate) and result.se > 0.0]
    if known:
        estimates = [result for result in results if isinstance(result, Estimate) and result.se > 0.0]
        lam = loadings(weights[0], [weights[1 + n] for n in known])
        out[known] = dunnett_p_values([e.estimate / e.se for e in estimates], lam, min(e.df for e in estimates), 2)
    return [float(p) for p in out]


def _impulse(variants: Variants, spec: ExperimentSpec, job: Job) -> Finding:
    """Return what a stretch under treatment changes, day by day, then and afterwards, with shared luck."""
    setting = variants.setting(job.utilisation)
    arms, accounts = variants.strategies(*spec.arms[:2]), setting.portfolio.accounts
    back = Assignment.switchback(accounts, np.array([1, 0], np.int16), spec.impulse_days)
    days = calendar_days(setting.scenario.horizon.days)
    with_it, without = (period_outcome(setting, play(setting, arms, job.replication, chosen).rows, spec.metric, days)
                        for chosen in (back, Assignment.constant(accounts)))
    return Finding(job, after=tuple((with_it - without).tolist()))


def _contrasts(setting: Setting, spec: ExperimentSpec, design: DesignSpec, dealt: Dealt, rows: Records,
               treatment: int) -> dict[str, Contrast]:
    """Return what is compared, by metric."""
    if design.kind in BY_TIME:
        return {m.key: _by_period(setting, m, design, dealt, rows, treatment) for m in metrics_of(spec)}
    first = _by_account(setting, spec, dealt, rows, treatment)
    return {m.key: first if m is spec.metric else first.with_outcome(_of_part(account_outcome(setting, rows, m), dealt))
            for m in metrics_of(spec)}


def _of_part(values: NDArray[T], dealt: Dealt) -> NDArray[T]:
    return values if dealt.part is None else values[dealt.part]


def _by_account(setting: Setting, spec: ExperimentSpec, dealt: Dealt, rows: Records, treatment: int) -> Contrast:
    """Return the contrast of the accounts that take part, with what was known before the test as covariates."""
    part = slice(None) if dealt.part is None else dealt.part
    return Contrast(outcome=account_outcome(setting, rows, spec.metric)[part], treated=(dealt.arm == treatment)[part],
                    covariates=covariates_of(setting, spec.covariates)[part],
                    stratum=None if dealt.stratum is None else dealt.stratum[part],
                    cluster=None if dealt.cluster is None else dealt.cluster[part])


def _by_period(setting: Setting, metric: OutcomeMetric, design: DesignSpec, dealt: Dealt, rows: Records,
               treatment: int) -> Contrast:
    """Return the contrast of periods: means over the days that count, scaled to the horizon, so that the estimand is the truth's.

    A day's outcome is what was paid that day, whoever caused it: a period after which the other arm's debts are paid is biased.
    """
    days = calendar_days(setting.scenario.horizon.days)
    counted = min(metric.horizon_days, len(days))
    group = dealt.cluster
    series = np.atleast_2d(period_outcome(setting, rows, metric, days, group))[:, :counted] * counted
    arms = np.atleast_2d(np.asarray(dealt.periods))
    kept = days[:counted] % design.period_days >= design.washout_days
    period = (days[:counted] // design.period_days)[kept]
    numbers, place = np.unique(period, return_inverse=True)
    means = np.stack([np.bincount(place, weights=row[kept]) for row in series]) / np.bincount(place)
    team = np.repeat(np.arange(len(means)), len(numbers)) if group is not None else None
    arm = arms[:, numbers].ravel()
    kept_arms = (arm == 0) | (arm == treatment)
    return Contrast(outcome=means.ravel()[kept_arms], treated=(arm == treatment)[kept_arms],
                    cluster=None if team is None else team[kept_arms])


def _looks(setting: Setting, spec: ExperimentSpec, design: DesignSpec, dealt: Dealt, rows: Records,
           options: Options, treatment: int) -> tuple[Result, ...]:
    """Return the metric at each look: the log up to that morning, and who had entered by then."""
    if spec.looks is None or design.kind in BY_TIME:
        return ()
    out: list[Result] = []
    ticks = (*setting.timetable.ticks, setting.timetable.end_s)
    whole = _by_account(setting, spec, dealt, rows, treatment)
    entry = _of_part(setting.portfolio.entry_day, dealt)
    name = names_of_estimators(design)[0]
    for day in spec.looks.days:
        known = np.flatnonzero(entry + (spec.metric.horizon_days if spec.looks.matured else 1) <= day)
        outcome = account_outcome(setting, rows[rows["t_s"] < ticks[min(day, len(ticks) - 1)]], spec.metric)
        data = rows_of_contrast(whole.with_outcome(_of_part(outcome, dealt)), known)
        out.append(_estimate(name, data, options) if min(data.n_treated, data.n_control) > 1
                   else NotEstimable(name, "an arm has fewer than two accounts yet", data.n))
    return tuple(out)


def kind_for(name: str) -> str:
    """Return the kind of metric that an estimator is asked about: a mean, or a proportion where it knows nothing else."""
    return "proportion" if name in PROPORTIONS else "mean"


def _other(name: str, data: Contrast, options: Options, metric: OutcomeMetric, spec: ExperimentSpec) -> Result:
    """Return a guardrail or proxy. A harm that nobody met in either arm is bounded exactly, since it gives no normal error.

    The bound is the treated arm's, -log(guardrail_alpha) / accounts events an account (Hanley and Lippman-Hand 1983), with none
    in control: what a one-sided test at `guardrail_alpha` needs.
    """
    rare = isinstance(metric, Guardrail) and metric.name in RARE and data.cluster is None
    if not rare or bool(data.outcome.any()) or data.n_treated == 0:
        return _estimate(name, data, options)
    bound = -math.log(spec.guardrail_alpha) / data.n_treated
    return Estimate(NO_EVENTS, "events by account, treatment minus control", 0.0,
                    bound / quantile(1.0 - 2.0 * spec.guardrail_alpha, math.inf), math.inf, 1.0 - 2.0 * spec.guardrail_alpha,
                    math.log(spec.guardrail_alpha) / max(data.n_control, 1), bound, 1.0, data.n)


NO_EVENTS = "no_events"
"""The estimator's name where nobody had an event."""
RARE = ("complaints", "opt_outs")


def _estimate(name: str, data: Contrast, options: Options) -> Result:
    if name == TEAM_SLOPE:
        return team_slope(data, options)
    return estimator(name, kind_for(name)).estimate(data, options)
