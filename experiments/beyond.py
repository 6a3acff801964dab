"""Beyond the clean test: faults put in on purpose, how long a treatment acts on, and whether the test is worth it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.design.worth import Stake, WorthOf, worth
from experiments.diagnose import DesignRow, Diagnosis, estimates_of, share_se
from experiments.faults import DIAGNOSTICS
from experiments.jobs import IMPULSE, Finding, Job, Runner, names_of_estimators
from experiments.plan_check import arm_sizes
from experiments.shipping import ShipRow
from sim.spec.experiment import BY_ACCOUNT, HARM, ExperimentSpec, Fault

CLEAN = "none"
NEGLIGIBLE = 0.1
"""A carry-over below this part of the daily effect is washed out."""


@dataclass(frozen=True, slots=True)
class FaultRow:
    """The first design and treatment with one fault in it: what it does to the estimate, and who notices."""

    fault: str
    share: float
    replications: int
    mean_estimate: float
    bias: float
    reject_rate: float
    detection: dict[str, float]
    """Diagnostic -> share of worlds in which it speaks: detection, or false alarms without a fault."""
    mc_se: dict[str, float]


def fault_rows(spec: ExperimentSpec, run: Runner, found: Diagnosis) -> Iterator[FaultRow]:
    """Play the first design with each fault, and without, at the first utilisation."""
    if not spec.faults:
        return
    utilisation, effect = next(iter(spec.utilisations)), spec.effects[0]
    truth = found.truth[utilisation, effect].estimate
    name = names_of_estimators(spec.designs[0])[0]
    every: Sequence[Fault | None] = (None, *spec.faults)
    for fault in every:
        jobs = [Job(utilisation, effect, 0, r, fault=fault, alarmed=True) for r in range(spec.fault_replications)]
        got = sorted(run(jobs), key=lambda finding: finding.job.replication)
        estimates = estimates_of(got, name)
        spoken = {d: np.array([dict(f.alarms)[d] for f in got], dtype=np.bool_) for d in DIAGNOSTICS}
        mean = float(np.mean([e.estimate for e in estimates])) if estimates else math.nan
        yield FaultRow(
            CLEAN if fault is None else fault.kind, 0.0 if fault is None else fault.share, len(got), mean, mean - truth,
            float(np.mean([e.p_value < spec.alpha for e in estimates])) if estimates else math.nan,
            {d: float(flags.mean()) for d, flags in spoken.items()}, {d: share_se(flags) for d, flags in spoken.items()})


@dataclass(frozen=True, slots=True)
class Impulse:
    """Everybody under treatment for some days, then under control, against always control."""

    utilisation: str
    days: int
    effect_per_day: float
    """While under treatment."""
    after: tuple[float, ...]
    """By day after the return: what goes on, or (negative) what had been taken forward."""
    mc_se: tuple[float, ...]
    washout_days: int | None
    """Days after which what is left stays within a tenth of the daily effect (or 3 Monte-Carlo errors); None: not within the
    horizon."""


def impulses(spec: ExperimentSpec, run: Runner) -> Iterator[Impulse]:
    """Measure how long the treatment acts on, at each utilisation."""
    if not spec.impulse_days:
        return
    for utilisation in spec.utilisations:
        jobs = [Job(utilisation, "as_is", IMPULSE, r) for r in range(spec.truth_replications)]
        got: list[Finding] = sorted(run(jobs), key=lambda finding: finding.job.replication)
        table = np.array([finding.after for finding in got])
        yield impulse_of(utilisation, spec.impulse_days, table)


def impulse_of(utilisation: str, days: int, table: NDArray[np.float64]) -> Impulse:
    """Return the impulse response of daily differences, (replications, days of the campaign)."""
    mean, error = table.mean(axis=0), table.std(axis=0, ddof=1) / math.sqrt(len(table))
    effect = float(mean[:days].mean())
    after, noise = mean[days:], error[days:]
    large = np.flatnonzero(np.abs(after) > np.maximum(NEGLIGIBLE * abs(effect), 3.0 * noise))
    washout = 0 if len(large) == 0 else int(large[-1]) + 1
    return Impulse(utilisation, days, effect, tuple(after.tolist()), tuple(noise.tolist()),
                   washout if washout < len(after) else None)


@dataclass(frozen=True, slots=True)
class WorthRow:
    """What testing with one design is worth against shipping now and holding, major units of money."""

    design: str
    arm: str
    utilisation: str
    stake: Stake
    answer: WorthOf


def worth_rows(spec: ExperimentSpec, found: Diagnosis, ships: Sequence[ShipRow], accounts: int, days: int) -> Iterator[WorthRow]:
    """Yield the worth of every design's test at each utilisation, with the bias and error that the diagnosis found."""
    plan = spec.worth
    if plan is None:
        return
    good = -1.0 if spec.metric.name in HARM else 1.0
    clear = {(s.design, s.arm, s.utilisation): s.clear_rate for s in ships if s.effect == "as_is"}
    for cell in found.cells:
        if cell.effect != "as_is":
            continue
        arm = spec.arms[cell.treatment]
        row = _first_row(found, cell.design.label, arm, cell.utilisation)
        if row is None or not (row.sd > 0 and row.mean_se > 0):
            continue
        sizes = arm_sizes(spec, cell.design, accounts)
        taking = sum(sizes) if cell.design.kind in BY_ACCOUNT else float(accounts)
        lost = min(plan.accounts, plan.accounts * days / plan.life_days) if plan.life_days else 0.0
        stake = Stake(
            good * (row.truth if plan.prior_mean is None else plan.prior_mean), plan.prior_sd, plan.unit_value, plan.running_cost,
            plan.accounts, min(taking, plan.accounts), sizes[cell.treatment] / sum(sizes),
            max(0.0, lost - taking), plan.test_cost, good * row.bias, row.sd, row.mean_se,
            clear[cell.design.label, arm, cell.utilisation], spec.alpha / len(spec.treatments))  # Bonferroni
        yield WorthRow(cell.design.label, arm, cell.utilisation, stake, worth(stake))


def _first_row(found: Diagnosis, design: str, arm: str, utilisation: str) -> DesignRow | None:
    key = (design, arm, utilisation, "as_is")
    return next((row for row in found.rows if (row.design, row.arm, row.utilisation, row.effect) == key), None)
