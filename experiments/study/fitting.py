"""Fitting by common random numbers: each parameter is moved until its own target is met, one after another.

Every evaluation plays the same replications, so a figure is a fixed function of the parameter and the same run always gives the same
fit. With several parameters the round is repeated until all targets hold together. A target that the parameter's range does not
reach is not met: the nearest end is kept, and the report says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.assumptions import values_of
from experiments.study.loading import Study
from experiments.study.playing import Player, Values
from sim.spec.study import Calibration, Observed, Parameter

ROUNDS = 4
EVALUATIONS = 30


@dataclass(frozen=True, slots=True)
class Fitted:
    """One target and what came of it."""

    item: Calibration
    target: float
    fitted: float
    """The model's figure at the fitted values, in the target's unit."""
    parameter: str
    value: float
    low: float
    high: float
    met: bool


def solve(figure: Callable[[float], float], low: float, high: float, tolerance: float, *, logarithmic: bool = False) -> float:
    """Return where a figure is 0 within the tolerance, by bracketing (Illinois), or the end of the range that is nearest to it.

    Args:
        figure: a fixed function of the parameter; taken to be monotone.
        low: the range's lower end.
        high: its upper end.
        tolerance: how near 0 is near enough.
        logarithmic: whether steps are even in the logarithm.
    """
    forth, back = (math.log, math.exp) if logarithmic else (float, float)
    a, b = forth(low), forth(high)
    fa, fb = figure(low), figure(high)
    if fa * fb >= 0:
        return low if abs(fa) <= abs(fb) else high
    side, best = 0, (low, fa) if abs(fa) < abs(fb) else (high, fb)
    for _ in range(EVALUATIONS):
        x = a - fa * (b - a) / (fb - fa)
        fx = figure(back(x))
        best = (back(x), fx) if abs(fx) < abs(best[1]) else best
        if abs(fx) <= tolerance or abs(b - a) < 1e-9 * (abs(a) + abs(b)):
            break
        if fa * fx < 0:
            b, fb, fa, side = x, fx, fa / 2 if side < 0 else fa, -1
        else:
            a, fa, fb, side = x, fx, fb / 2 if side > 0 else fb, 1
    return best[0]


def named(parameter: Parameter) -> str:
    """Return a parameter in words."""
    keys = ", ".join(parameter.keys)
    where = f" ({', '.join(parameter.populations)})" if parameter.populations else ""
    kind = "factor on " if parameter.scale else "added to " if parameter.shift else ""
    return f"{kind}{keys}{where}"


def values_at(study: Study, at: list[float]) -> Values:
    """Return the values of every population with each calibration's parameter at a number; later ones act on earlier ones."""
    out: dict[str, dict[str, float]] = {population: {} for population in study.worlds}
    for item, number in zip(study.spec.calibrated, at, strict=True):
        for population, loaded in study.worlds.items():
            known = values_of(loaded.scenario)
            for key in study.keys(item.parameter, population):
                central = out[population].get(key, known[key].value)
                out[population][key] = item.parameter.moved(central, number)
    return out


def start_of(study: Study, parameter: Parameter) -> float:
    """Return where a fit begins: where the scenario is as it stands, or the bound nearest to that."""
    low, high = study.bounds(parameter)
    if parameter.scale or parameter.shift:
        return min(max(1.0 if parameter.scale else 0.0, low), high)
    for population, loaded in study.worlds.items():
        for key in study.keys(parameter, population):
            return values_of(loaded.scenario)[key].value
    return low


def fit(study: Study, player: Player) -> tuple[list[Fitted], Values]:
    """Fit a study's parameters; returns what was met, and the values by population."""
    items = study.spec.calibrated
    replications = range(study.spec.replications.fit)
    targets = [player.observed(item, item.target, item.arm) if isinstance(item.target, Observed) else item.target
               for item in items]
    at = [start_of(study, item.parameter) for item in items]

    def miss(number: int, value: float) -> float:
        tried = [*at[:number], value, *at[number + 1:]]
        (figure,) = player.figures([items[number]], values_at(study, tried), replications)
        return float(np.nanmean(figure)) - targets[number]

    misses = [math.inf] * len(items)
    for _ in range(ROUNDS if len(items) > 1 else 1):
        for number, item in enumerate(items):
            if abs(miss(number, at[number])) > study.spec.tolerance:
                low, high = study.bounds(item.parameter)
                at[number] = solve(lambda value, n=number: miss(n, value), low, high,  # type: ignore[misc]
                                   study.spec.tolerance, logarithmic=item.parameter.scale is not None)
        before, misses = misses, [miss(number, at[number]) for number in range(len(items))]
        if all(abs(found) <= study.spec.tolerance for found in misses) or misses == before:
            break
    return [Fitted(item, targets[n], targets[n] + misses[n], named(item.parameter), at[n], *study.bounds(item.parameter),
                   abs(misses[n]) <= study.spec.tolerance) for n, item in enumerate(items)], values_at(study, at)
