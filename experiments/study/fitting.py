"""Fitting by common random numbers: each parameter is moved until its own target is met, one after another.

Every evaluation plays the same replications, so a figure is a fixed function of the parameters and the same run always gives the
same fit. Where targets hang together, one round is not enough, and all parameters move at once from where it ended. A target that
the ranges do not reach is not met: the nearest is kept, and the report says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from experiments.assumptions import values_of
from experiments.study.loading import Study
from experiments.study.playing import Player, Values
from sim.spec.study import Calibration, Observed, Parameter

EVALUATIONS = 30
STEPS = 12
STEP = 0.02
"""Of a parameter's range: for slopes."""
EDGE = 1e-3
"""Of a parameter's range: a search begins inside."""


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
    forth, back = scale_of(logarithmic=logarithmic)
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


def scale_of(*, logarithmic: bool) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """Return what steps are even in, and the way back."""
    return (math.log, math.exp) if logarithmic else (float, float)


def named(parameter: Parameter) -> str:
    """Return a parameter in words."""
    keys = parameter.about or ", ".join(parameter.keys)
    where = f" ({', '.join(parameter.populations)})" if parameter.populations else ""
    kind = "factor on " if parameter.scale else "added to " if parameter.shift else ""
    return f"{kind}{keys}{where}"


def values_at(study: Study, at: Sequence[float]) -> Values:
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
    search = Search(study, player)
    starts = [search.at]
    if not search.good_enough():
        search.one_by_one()
    if not search.good_enough():
        search.together([*starts, search.at])
    misses = search.misses(search.at)
    return [Fitted(item, search.targets[n], search.targets[n] + misses[n], named(item.parameter), search.at[n],
                   *study.bounds(item.parameter), abs(misses[n]) <= study.spec.tolerance)
            for n, item in enumerate(study.spec.calibrated)], values_at(study, search.at)


class _Met(Exception):
    """Every target is met: the search may stop in the middle of a step."""


class Search:
    """The state of a fit: where each parameter is, and how far each figure is from its target."""

    def __init__(self, study: Study, player: Player) -> None:
        self._study, self._player = study, player
        self._items = study.spec.calibrated
        self._replications = range(study.spec.replications.fit)
        self._bounds = [study.bounds(item.parameter) for item in self._items]
        self.targets = [player.observed(item, item.target, item.arm) if isinstance(item.target, Observed) else item.target
                        for item in self._items]
        self.at: list[float] = [start_of(study, item.parameter) for item in self._items]

    def misses(self, at: Sequence[float], only: int | None = None) -> list[float]:
        """Return figures less targets with parameters at some numbers; of one calibration only, where it is named."""
        numbers = range(len(self._items)) if only is None else [only]
        figures = self._player.figures([self._items[n] for n in numbers], values_at(self._study, at), self._replications)
        return [float(np.nanmean(figure)) - self.targets[n] for n, figure in zip(numbers, figures, strict=True)]

    def good_enough(self) -> bool:
        """Return whether every target is met."""
        return all(abs(miss) <= self._study.spec.tolerance for miss in self.misses(self.at))

    def one_by_one(self) -> None:
        """Move each parameter until its own target is met, in the order of the file."""
        for number, item in enumerate(self._items):
            def miss(value: float, number: int = number) -> float:
                return self.misses([*self.at[:number], value, *self.at[number + 1:]], number)[0]

            self.at = [*self.at[:number], solve(miss, *self._bounds[number], self._study.spec.tolerance,
                                    logarithmic=item.parameter.scale is not None), *self.at[number + 1:]]

    def together(self, starts: Sequence[Sequence[float]]) -> None:
        """Move all parameters at once (least squares within bounds, slopes by finite differences) from the better start."""
        known: dict[tuple[float, ...], NDArray[np.float64]] = {}

        def miss(place: NDArray[np.float64]) -> NDArray[np.float64]:
            key = tuple(place.tolist())
            if key not in known:
                known[key] = np.array(self.misses(self._numbers(place)))
            if np.abs(known[key]).max() <= self._study.spec.tolerance:
                raise _Met
            return known[key]

        def slopes(place: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.array([self._slope(place, miss(place), n) for n in range(len(place))]).T

        with suppress(_Met):
            start = min((self._placed(at) for at in starts), key=lambda place: float((miss(place) ** 2).sum()))
            optimize.least_squares(miss, np.clip(start, EDGE, 1.0 - EDGE), jac=slopes, bounds=(0.0, 1.0), max_nfev=STEPS,
                                   xtol=1e-6, ftol=1e-8, gtol=1e-8)
        best = min(known.items(), key=lambda item: float((item[1] ** 2).sum()))
        self.at = self._numbers(best[0])

    def _slope(self, place: NDArray[np.float64], misses: NDArray[np.float64], number: int) -> NDArray[np.float64]:
        """Return how all figures change with one parameter's place."""
        step = STEP if place[number] + STEP <= 1.0 else -STEP
        moved = place.copy()
        moved[number] += step
        return (np.array(self.misses(self._numbers(moved))) - misses) / step

    def _placed(self, at: Sequence[float]) -> NDArray[np.float64]:
        """Return where parameters are in their ranges, from 0 to 1; factors by their logarithm."""
        return np.array([(forth(x) - forth(low)) / (forth(high) - forth(low))
                         for x, (low, high), (forth, _) in zip(at, self._bounds, self._scales(), strict=True)])

    def _numbers(self, place: Iterable[float]) -> list[float]:
        return [min(max(back(forth(low) + float(x) * (forth(high) - forth(low))), low), high)
                for x, (low, high), (forth, back) in zip(place, self._bounds, self._scales(), strict=True)]

    def _scales(self) -> list[tuple[Callable[[float], float], Callable[[float], float]]]:
        return [scale_of(logarithmic=item.parameter.scale is not None) for item in self._items]
