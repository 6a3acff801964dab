"""A test that needs no distribution: assign the accounts again as they were assigned, and compare.

The p-value is exact for the sharp null of no effect on anybody, whatever the design; the interval collects
the constant effects that the same draws do not reject.

Source: Fisher (1935), The Design of Experiments; Rosenbaum (2002), Observational Studies, chapter 2.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq

from experiments.estimators.data import BoolArray, Contrast, FloatArray, Options, Reassign, codes
from experiments.estimators.protocol import FunctionEstimator
from experiments.estimators.results import Estimate, NotEstimable, Result


def mechanism(data: Contrast) -> Reassign:
    """Return the assignment mechanism that the data describe: shuffled clusters or accounts, within strata if
    any.
    """
    unit = codes(data.cluster) if data.cluster is not None else np.arange(data.n)
    units = int(unit.max()) + 1
    first = np.zeros(units, dtype=np.int64)
    first[unit[::-1]] = np.arange(data.n)[::-1]
    treated = data.treated[first]
    stratum = data.stratum[first] if data.stratum is not None else np.zeros(units, dtype=np.int64)
    groups = [np.flatnonzero(stratum == s) for s in np.unique(stratum)]

    def draw(rng: np.random.Generator) -> BoolArray:
        again = np.empty(units, dtype=bool)
        for rows in groups:
            again[rows] = rng.permutation(treated[rows])
        return again[unit]

    return draw


def _differences(data: Contrast, reassign: Reassign, options: Options) -> tuple[FloatArray, FloatArray]:
    """Differences of the outcome, and of the actual assignment, over draws: enough to test any constant
    effect.
    """
    rng = np.random.default_rng(options.seed)
    actual = data.treated.astype(np.float64)
    outcome, dose = np.empty(options.permutations), np.empty(options.permutations)
    total, dosed = float(data.outcome.sum()), float(actual.sum())
    for b in range(options.permutations):
        again = reassign(rng)
        n1 = int(again.sum())
        n0 = data.n - n1
        if min(n1, n0) == 0:
            outcome[b], dose[b] = 0.0, 0.0
            continue
        sum1, dose1 = float(data.outcome[again].sum()), float(actual[again].sum())
        outcome[b] = sum1 / n1 - (total - sum1) / n0
        dose[b] = dose1 / n1 - (dosed - dose1) / n0
    return outcome, dose


def _randomisation(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    reassign = data.reassign if data.reassign is not None else mechanism(data)
    if data.cluster is not None and data.reassign is None and not _constant_within(data):
        return NotEstimable(
            self.name, "a cluster holds accounts of both arms, so it was not the unit of assignment", data.n
        )
    gap = float(data.outcome[data.treated].mean() - data.outcome[~data.treated].mean())
    outcome, dose = _differences(data, reassign, options)
    if float(outcome.std()) == 0.0:
        return NotEstimable(self.name, "every assignment gives the same difference", data.n)

    def share(effect: float, upper: int) -> float:
        """Share of draws at least as far up (1) or down (-1) as the data, if the effect were `effect`."""
        shifted, seen = outcome - effect * dose, gap - effect
        tolerance = 1e-12 * max(abs(gap), float(np.abs(outcome).max()), 1e-300)
        count = int((upper * shifted >= upper * seen - tolerance).sum())
        return (1.0 + count) / (1.0 + options.permutations)

    p = min(1.0, 2.0 * min(share(0.0, 1), share(0.0, -1)))
    tail = (1.0 - options.level) / 2.0
    spread = float(outcome.std())
    low = _edge(lambda e: share(e, 1) - tail, gap, gap - 12.0 * spread)
    high = _edge(lambda e: share(e, -1) - tail, gap, gap + 12.0 * spread)
    return Estimate(self.name, self.estimand, gap, spread, math.inf, options.level, low, high, p, data.n)


def _constant_within(data: Contrast) -> bool:
    unit = codes(data.cluster) if data.cluster is not None else np.arange(data.n)
    share = np.bincount(unit, weights=data.treated.astype(np.float64)) / np.bincount(unit)
    return bool(np.isin(share, (0.0, 1.0)).all())


def _edge(excess: object, inside: float, outside: float) -> float:
    """Effect at which the share falls to the tail; the share is a step function, so this is
    one of its steps.
    """
    if not callable(excess) or excess(outside) > 0.0:
        return outside
    return float(brentq(excess, inside, outside, xtol=1e-10 * max(1.0, abs(inside - outside))))


ESTIMATORS: tuple[FunctionEstimator, ...] = (
    FunctionEstimator(
        "randomisation",
        ("mean", "proportion", "count"),
        "difference of means, treatment minus control; interval for an effect that is the same for all",
        _randomisation,
    ),
)
