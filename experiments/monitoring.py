"""Rules for looking early, on what really comes in: delayed outcomes, queues and weekdays included.

Boundaries promise their error for independent increments of information at the planned fractions. Here each look reads the log as
it stands that morning; the share of worlds in which a rule stops is its real error (effect `none`) or power.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from experiments.diagnose import Cell, Diagnosis, share_se
from experiments.estimators.results import Estimate, Result
from experiments.sequential.always_valid import confidence_sequence_z, mixture_sprt, price_of_monitoring
from experiments.sequential.bounds import efficacy_bounds
from sim.spec.experiment import ExperimentSpec, Looks

LAST, PEEKING = "last_look_only", "peeking"


@dataclass(frozen=True, slots=True)
class MonitoringRow:
    """One rule at the looks of one design: what it promises and what it does. Looks are not adjusted for several treatments."""

    design: str
    arm: str
    effect: str
    utilisation: str
    rule: str
    promised: float
    """Two-sided error with independent increments."""
    reject_rate: float
    mc_se: float
    wrong_sign_rate: float
    """Share of all worlds in which it stops for an effect opposite to the truth; nan without one."""
    mean_stop_day: float
    """Day of the stop, or the last look."""
    mean_estimate_at_stop: float
    """Among the worlds in which it stops."""


def limits(looks: Looks, alpha: float) -> Mapping[str, NDArray[np.float64]]:
    """Return rule -> |Z| that it asks for at each look, (K,). Information is taken to grow with the days, as plans do."""
    information = np.array(looks.days, dtype=np.float64) / looks.days[-1]
    fixed = float(-ndtri(alpha / 2.0))
    last = np.full(len(information), np.inf)
    last[-1] = fixed
    # tuned to find, at the planned end, what a fixed test finds with 80 % power
    mixing = (fixed + float(ndtri(0.8))) ** 2
    return {
        LAST: last, PEEKING: np.full(len(information), fixed),
        looks.rule: efficacy_bounds(information, looks.rule, alpha, 2, looks.parameter).z,
        "confidence_sequence": confidence_sequence_z(information, alpha),
        "msprt": np.array([mixture_sprt(0.0, 1.0 / t, mixing, alpha).z for t in information])}


def promised(looks: Looks, alpha: float) -> dict[str, float]:
    """Return rule -> two-sided error with independent increments."""
    information = [day / looks.days[-1] for day in looks.days]
    return {row.rule: row.type1 for row in price_of_monitoring(information, limits(looks, alpha), alpha, 0.0)}


def monitoring_rows(spec: ExperimentSpec, found: Diagnosis) -> Iterator[MonitoringRow]:
    """Yield each rule's operating characteristics for every design that can be looked at."""
    if spec.looks is None:
        return
    bounds, promises = limits(spec.looks, spec.alpha), promised(spec.looks, spec.alpha)
    for cell in found.cells:
        if not cell.found[0].looks:
            continue
        estimate, z = _seen(cell)
        truth = cell.truths[spec.metric.key].estimate
        for rule, bound in bounds.items():
            crossed: NDArray[np.bool_] = np.abs(z) > bound
            stopped = np.asarray(crossed.any(axis=1))
            look = np.where(stopped, crossed.argmax(axis=1), len(bound) - 1)
            there = estimate[np.arange(len(look)), look][stopped]
            wrong = math.nan if truth == 0.0 else float((np.sign(there) != np.sign(truth)).sum()) / len(stopped)
            yield MonitoringRow(
                cell.design.label, spec.arms[cell.treatment], cell.effect, cell.utilisation, rule, promises[rule],
                float(stopped.mean()), share_se(stopped), wrong, float(np.array(spec.looks.days)[look].mean()),
                float(there.mean()) if len(there) else math.nan)


def _seen(cell: Cell) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (estimates, z statistics), (replications, K).

    A z statistic is the normal quantile of the look's own p-value, so that few degrees of freedom are no excuse. A look that
    cannot be estimated is 0: nobody stops there.
    """
    table = np.array([[_estimate_and_z(look) for look in finding.looks] for finding in cell.found])
    return table[:, :, 0], table[:, :, 1]


def _estimate_and_z(look: Result) -> tuple[float, float]:
    if not isinstance(look, Estimate):
        return 0.0, 0.0
    return look.estimate, math.copysign(float(-ndtri(look.p_value / 2.0)), look.estimate)
