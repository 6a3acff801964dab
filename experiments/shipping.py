"""Decisions rather than estimates: a ship rule over metric and guardrails, and early proxies in the metric's place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.diagnose import Cell, Diagnosis, share_se
from experiments.estimators.results import Estimate, Result, quantile
from experiments.jobs import Finding, names_of_estimators
from sim.spec.experiment import HARM, ExperimentSpec, Guardrail


@dataclass(frozen=True, slots=True)
class GuardrailRow:
    """How one guardrail's non-inferiority test does with a design."""

    metric: str
    margin: float
    truth: float
    harmed: bool
    """Whether the true loss is beyond the margin."""
    pass_rate: float
    """Share of worlds in which it is shown to hold: missed harm where `harmed`, else the power to clear."""
    mc_se: float


@dataclass(frozen=True, slots=True)
class ShipRow:
    """The rule "ship if the metric gains significantly and every guardrail is shown to hold", with one design."""

    design: str
    arm: str
    estimator: str
    effect: str
    utilisation: str
    ship_rate: float
    mc_se: float
    win_rate: float
    """The metric alone."""
    clear_rate: float
    """All guardrails, whatever the metric does."""
    harmful: bool
    """Whether shipping would do harm in truth: the metric loses, or a guardrail beyond its margin."""
    ship_harmful_rate: float
    guardrails: tuple[GuardrailRow, ...]


def ship_rows(spec: ExperimentSpec, found: Diagnosis) -> Iterator[ShipRow]:
    """Yield the ship rule's operating characteristics for every cell; the first estimator of each design decides."""
    good = -1.0 if spec.metric.name in HARM else 1.0
    for cell in found.cells:
        name = names_of_estimators(cell.design)[0]
        wins = np.array([_wins(finding, name, good, spec.alpha) for finding in cell.found])
        clear, rails = np.ones(len(wins), np.bool_), []
        for guardrail in spec.guardrails:
            passed = np.array([holds(dict(f.others)[guardrail.key], guardrail, spec.guardrail_alpha) for f in cell.found])
            clear &= passed
            truth = cell.truths[guardrail.key].estimate
            loss = -truth if guardrail.larger_is_better else truth
            rails.append(GuardrailRow(guardrail.key, guardrail.margin, truth, loss > guardrail.margin, float(passed.mean()),
                                      share_se(passed)))
        truth = cell.truths[spec.metric.key].estimate
        harmful = good * truth < 0 or any(rail.harmed for rail in rails)
        ships = wins & clear
        rate = float(ships.mean())
        yield ShipRow(cell.design.label, spec.arms[cell.treatment], name, cell.effect, cell.utilisation, rate, share_se(ships),
                      float(wins.mean()), float(clear.mean()), harmful, rate if harmful else 0.0, tuple(rails))


def _wins(finding: Finding, name: str, good: float, alpha: float) -> bool:
    result = dict(finding.results)[name]
    return isinstance(result, Estimate) and finding.p_value(name) < alpha and good * result.estimate > 0


def holds(result: Result, guardrail: Guardrail, alpha: float) -> bool:
    """Whether a one-sided test shows that the loss is below the margin; what cannot be estimated is not shown.

    Where nobody complains or opts out in either arm, the exact bound of the treated arm's rate decides.
    """
    if not isinstance(result, Estimate):
        return False
    loss = -result.estimate if guardrail.larger_is_better else result.estimate
    return loss + quantile(1.0 - 2.0 * alpha, result.df) * result.se < guardrail.margin


@dataclass(frozen=True, slots=True)
class ProxyRow:
    """How well an earlier metric stands for the metric in one design, over replications."""

    proxy: str
    design: str
    arm: str
    effect: str
    utilisation: str
    truth: float
    """Of the proxy, beside `metric_truth`: a proxy that is right has the same sign."""
    metric_truth: float
    reject_rate: float
    correlation: float
    """Of the two estimates over replications."""
    same_sign_rate: float
    same_decision_rate: float
    misleading_rate: float
    """Share of worlds in which the proxy is significant with the sign opposite to the metric's truth; nan without one."""
    misleading_mc_se: float


def proxy_rows(spec: ExperimentSpec, found: Diagnosis) -> Iterator[ProxyRow]:
    """Yield each proxy's record with every cell's first estimator."""
    for cell in found.cells:
        for proxy in spec.proxies:
            early, late = _pairs(cell, proxy.key)
            if len(early) < 2:
                continue
            truth = cell.truths[spec.metric.key].estimate
            one, two = np.array([e.estimate for e in early]), np.array([e.estimate for e in late])
            sure = np.array([e.p_value < spec.alpha for e in early], dtype=np.bool_)
            final = np.array([e.p_value < spec.alpha for e in late], dtype=np.bool_)
            flip = -1.0 if (proxy.name in HARM) != (spec.metric.name in HARM) else 1.0
            wrong = sure & (np.sign(flip * one) != np.sign(truth))
            same = (sure == final) & (~sure | (np.sign(flip * one) == np.sign(two)))
            yield ProxyRow(
                proxy.key, cell.design.label, spec.arms[cell.treatment], cell.effect, cell.utilisation,
                cell.truths[proxy.key].estimate, truth, float(sure.mean()),
                _correlation(one, two), float((np.sign(flip * one) == np.sign(two)).mean()), float(same.mean()),
                float(wrong.mean()) if truth != 0.0 else math.nan, share_se(wrong) if truth != 0.0 else math.nan)


def _pairs(cell: Cell, key: str) -> tuple[list[Estimate], list[Estimate]]:
    name = names_of_estimators(cell.design)[0]
    pairs = [(dict(f.others)[key], dict(f.results)[name]) for f in cell.found]
    kept = [(a, b) for a, b in pairs if isinstance(a, Estimate) and isinstance(b, Estimate)]
    return [a for a, _ in kept], [b for _, b in kept]


def _correlation(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    return float(np.corrcoef(one, two)[0, 1]) if one.std() > 0 and two.std() > 0 else math.nan
