"""`ab size EXPERIMENT`: the closed form's answer, the simulated one beside it, and in words where and why they part.

The closed form gets what it needs (means, standard deviations, the effect) from the simulated truth, so that the two can only
part over what the formula does not know: that accounts share agents.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtr

from experiments.ab_document import plain
from experiments.cli_run import text_table
from experiments.design.checks import critical_z
from experiments.design.size import SizeResult, size
from experiments.design.size_request import SizeRequest
from experiments.design.size_text import document as size_document
from experiments.diagnose import estimates_of, share_se
from experiments.jobs import TRUTH, Finding, Job, Runner, names_of_estimators
from experiments.plan_check import arm_sizes
from experiments.truth import FIRST, Truth, truth_of
from experiments.variants import Variants
from sim import Setting
from sim.errors import InputError
from sim.spec.experiment import BY_ACCOUNT, DesignSpec, ExperimentSpec


@dataclass(frozen=True, slots=True)
class SizePoint:
    """One design at its number of accounts: power as three methods see it."""

    design: str
    n_control: float
    n_treatment: float
    served_share: float
    """Of the wanted agent hours, in the fluid limit."""
    independent: float
    """Closed form: accounts do not meet. With the effect that unlimited agents would give."""
    shared: float
    """Closed form: the effect shrinks with the served share."""
    simulated: float
    mc_se: float
    measured_effect: float


@dataclass(frozen=True, slots=True)
class SizedExperiment:
    """The answer of `ab size EXPERIMENT`."""

    request: SizeRequest | None
    closed: SizeResult | None
    reason: str
    """Why the closed form gives no size, empty where it does."""
    truth: Truth
    """As the scenario is: what putting everybody under treatment changes."""
    full_dose: Truth
    """With unlimited agents."""
    peak_n_treatment: float
    """Treated accounts from which on agents run short, inf where they never do."""
    points: tuple[SizePoint, ...]
    words: tuple[str, ...]


def size_experiment(variants: Variants, run: Runner) -> SizedExperiment:
    """Size an experiment of two arms by closed form and by simulation, at its first utilisation.

    Raises:
        InputError: there are more than two arms.
    """
    spec, utilisation = variants.spec, next(iter(variants.spec.utilisations))
    if len(spec.treatments) > 1:
        raise InputError("arms", f"{len(spec.arms)} arms", "control and one treatment for `ab size EXPERIMENT`",
                         f"Size the hardest comparison, --set 'arms=[{spec.arms[0]}, {spec.arms[1]}]', or use options with "
                         f"--treatments {len(spec.treatments)}; `ab run` takes them all.")
    real, free = (sorted(run([Job(utilisation, "as_is", TRUTH, r, unlimited) for r in range(spec.truth_replications)]),
                         key=lambda finding: finding.job.replication) for unlimited in (False, True))
    truth, dose = (truth_of([dict(f.truths)[spec.metric.key] for f in found]) for found in (real, free))
    setting = variants.setting(utilisation)
    pool = _pool(setting.portfolio.accounts, real, free)
    points = tuple(_point(spec, design, number, setting, truth, dose, pool, run, utilisation)
                   for number, design in enumerate(spec.designs) if design.kind in BY_ACCOUNT)
    request, closed, reason = _closed(spec, truth)
    words = tuple(_words(spec, truth, pool, points, reason))
    return SizedExperiment(request, closed, reason, truth, dose, pool.peak, points, words)


@dataclass(frozen=True, slots=True)
class Pool:
    """Agent hours: rostered for these plans, and wanted by account under each arm when agents are unlimited."""

    accounts: int
    rostered: float
    control: float
    treatment: float

    def served(self, treated: float) -> float:
        """Return the share of the wanted hours that the roster can give when so many accounts are treated."""
        wanted = treated * self.treatment + (self.accounts - treated) * self.control
        return min(1.0, self.rostered / wanted) if wanted > 0 else 1.0

    @property
    def peak(self) -> float:
        """Treated accounts at which the roster is just enough."""
        gap = self.treatment - self.control
        return max(0.0, (self.rostered - self.accounts * self.control) / gap) if gap > 0 else math.inf


def _pool(accounts: int, real: Sequence[Finding], free: Sequence[Finding]) -> Pool:
    """Return what the agents can do for these plans, and what the plans want of them.

    Not all that is rostered is of use: shifts outside a plan's windows and days, and desks that it does not call, serve nobody.
    So the roster is what is really worked when everybody is under the arm that asks for most; without a shortage there, it is
    no limit.
    """
    wanted, worked = ([float(np.mean([getattr(f, name) for f in found])) for name in ("agent_hours", "treatment_hours")]
                      for found in (free, real))
    short = any(used < ENOUGH * asked for used, asked in zip(worked, wanted, strict=True))
    return Pool(accounts, max(worked) if short else math.inf, wanted[0] / accounts, wanted[1] / accounts)


ENOUGH = 0.98
"""Share of the wanted hours above which agents are not said to run short: the last calls of a day are lost to any desk."""


def _point(spec: ExperimentSpec, design: DesignSpec, number: int, setting: Setting, truth: Truth, dose: Truth, pool: Pool,
           run: Runner, utilisation: str) -> SizePoint:
    """Return the three powers of one design of accounts."""
    control, treatment = arm_sizes(spec, design, setting.portfolio.accounts)
    served = pool.served(treatment)
    se = math.sqrt(truth.control_sd**2 / control + dose.treatment_sd**2 / treatment)
    z = critical_z(spec.alpha, 2)

    def power(effect: float) -> float:
        return float(ndtr(abs(effect) / se - z) + ndtr(-abs(effect) / se - z)) if se > 0 else math.nan

    jobs = [Job(utilisation, "as_is", number, r) for r in range(spec.replications)]
    found = sorted(run(jobs), key=lambda finding: finding.job.replication)
    estimates = estimates_of(found, names_of_estimators(design)[0])
    rejected = np.array([e.p_value < spec.alpha for e in estimates], dtype=np.bool_)
    return SizePoint(design.label, control, treatment, served, power(dose.estimate), power(dose.estimate * served),
                     float(rejected.mean()) if len(rejected) else math.nan, share_se(rejected),
                     float(np.mean([e.estimate for e in estimates])) if estimates else math.nan)


def _closed(spec: ExperimentSpec, truth: Truth) -> tuple[SizeRequest | None, SizeResult | None, str]:
    """Return the usual sizing from the simulated truth, or why there is none."""
    if abs(truth.estimate) <= 3.0 * truth.mc_se:
        return None, None, (f"the true effect {truth.estimate:.4g} cannot be told from 0 (Monte-Carlo error {truth.mc_se:.2g}): "
                            "no number of accounts finds it, or `truth_replications` are too few")
    first = next((design for design in spec.designs if design.kind in BY_ACCOUNT), None)
    a, b = spec.weights if first is None else spec.allocation_of(first)
    is_share = spec.metric.name in FIRST
    try:
        request = SizeRequest(
            "proportion" if is_share else "mean", truth.control_mean, truth.control_mean + truth.estimate, power=spec.power,
            alpha=spec.alpha, ratio=b / a, sd=None if is_share else truth.control_sd,
            sd_treatment=None if is_share else truth.treatment_sd, method="" if is_share else "z")
        return request, size(request), ""
    except InputError as error:
        return None, None, str(error)


def _words(spec: ExperimentSpec, truth: Truth, pool: Pool, points: Sequence[SizePoint], reason: str) -> Iterator[str]:
    """Yield where the answers part, and why."""
    if reason:
        yield f"closed form: {reason}"
    for point in points:
        gap = point.simulated - point.independent
        if abs(gap) > 3 * point.mc_se:
            why = (f"agents serve {point.served_share:.0%} of what {point.n_treatment:,.0f} treated accounts ask for"
                   if point.served_share < 1.0 else "outcomes of accounts are not what the formula takes them for")
            yield (f"{point.design}: the formula promises a power of {point.independent:.0%}, the simulation gives "
                   f"{point.simulated:.0%} (Monte-Carlo error {point.mc_se:.1%}): {why}")
        off = point.measured_effect - truth.estimate
        if abs(off) > 0.25 * max(abs(truth.estimate), 3 * truth.mc_se):
            yield (f"{point.design}: measures {point.measured_effect:+.4g} where putting everybody under {spec.arms[1]} changes "
                   f"{truth.estimate:+.4g}: its power is not the power to find the truth")
    if math.isfinite(pool.peak) and pool.peak < pool.accounts:
        yield (f"agents run short from {pool.peak:,.0f} treated accounts on: beyond, more accounts thin the treatment faster "
               "than they sharpen the estimate, and power falls")


def size_document_of(got: SizedExperiment, variants: Variants) -> dict[str, Any]:
    """Return the JSON document `duecourse/ab-size/1`; what the closed form cannot say is null."""
    spec = variants.spec
    base: dict[str, Any] = {"schema": "duecourse/ab-size/1", "n_control": None, "n_treatment": None, "power": None, "mde": None,
                            "method": None}
    if got.request is not None and got.closed is not None:
        base = size_document(got.request, got.closed, ())
    best = max(got.points, key=lambda point: point.simulated, default=None)
    document: dict[str, Any] = plain(base | {
        "experiment": spec.experiment, "metric": spec.metric.key, "reason": got.reason or None, "truth": got.truth,
        "full_dose": got.full_dose, "peak_n_treatment": got.peak_n_treatment, "points": got.points,
        "best_simulated": None if best is None else best.design, "words": got.words})
    return document


def size_table(got: SizedExperiment, variants: Variants) -> str:
    """Return the answer as a person reads it."""
    spec = variants.spec
    title = (f"{spec.experiment}: {spec.arms[1]} against {spec.arms[0]}, {spec.metric.key}; true effect "
             f"{got.truth.estimate:+.4g} (Monte-Carlo error {got.truth.mc_se:.2g}) on {got.truth.control_mean:.4g}")
    lines = [title]
    if got.closed is not None:
        lines.append(f"closed form: {got.closed.n_control:,} accounts in control and {got.closed.n_treatment:,} in treatment for "
                     f"a power of {spec.power:.0%} ({got.closed.method}, alpha {spec.alpha:g}), if accounts do not share agents")
    head = ["design", "control", "treatment", "served", "formula", "formula, shared agents", "simulated", "MC error", "measures"]
    rows = [[p.design, f"{p.n_control:,.0f}", f"{p.n_treatment:,.0f}", f"{p.served_share:.0%}", f"{p.independent:.1%}",
             f"{p.shared:.1%}", f"{p.simulated:.1%}", f"{p.mc_se:.1%}", f"{p.measured_effect:+.4g}"] for p in got.points]
    return "\n".join([*lines, text_table(head, rows), *(f"! {text}" for text in got.words)])


def sized_worlds(spec: ExperimentSpec) -> int:
    """Return the jobs that sizing plays."""
    return 2 * spec.truth_replications + spec.replications * sum(design.kind in BY_ACCOUNT for design in spec.designs)


def light(variants: Variants) -> Variants:
    """Return an experiment as sizing plays it: no looks, guardrails or proxies, which cost time and change nothing."""
    bare = {"guardrails": (), "proxies": (), "looks": None, "faults": (), "worth": None}
    return replace(variants, spec=variants.spec.model_copy(update=bare))
