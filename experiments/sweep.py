"""A question asked over a range: which strategy is best where one or two values of the scenario take many."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from experiments.paired import difference, estimate
from experiments.points import Point, Values
from experiments.results import Difference, Estimate, MetricInfo
from experiments.standing import Standing, standing
from sim import METRICS, InputError, InputErrors, Loaded, nearest

SCHEMA = "duecourse/sweep/1"
MOST_POINTS = 10_000
SHOWN = ("net_minor", "recovery_minor", "cost_minor", "cure_rate", "complaints_per_1000", "occupancy", "capacity_shortfall")
"""Metrics of the document and the pictures."""
RANGE = re.compile(r"(?P<first>[^:,]+):(?P<last>[^:,]+):(?P<step>[^:,]+)")


@dataclass(frozen=True, slots=True)
class Axis:
    """One value of the scenario and what it takes."""

    key: str
    values: tuple[float, ...]
    """Ascending or as they were listed."""
    texts: tuple[str, ...]
    """The same as they are set and shown."""


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """All strategies at one point."""

    at: tuple[int, ...]
    """Place on each axis."""
    standing: Standing
    metrics: Mapping[str, Mapping[str, Estimate]]
    """Strategy -> metric."""
    gaps: Mapping[str, Difference]
    """Strategy -> its metric less the champion's, paired by replication."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Between two neighbouring values of a single axis the best strategy changes."""

    below: str
    above: str
    before: str
    after: str
    clear: bool
    """Whether both are clearly best there."""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a sweep found."""

    scenario: str
    description: str
    currency: str
    minor_per_major: int
    accounts: int
    borrowers: int
    days: int
    replications: int
    champion: str
    metric: str
    """By which strategies are ordered."""
    strategies: tuple[str, ...]
    axes: tuple[Axis, ...]
    points: tuple[SweepPoint, ...]
    """The last axis varies fastest."""
    metrics: Mapping[str, MetricInfo]
    command: str = ""
    version: str = ""
    run_dir: str = ""

    @property
    def wins(self) -> dict[str, int]:
        """Strategy -> points at which it is best."""
        return {name: sum(point.standing.best == name for point in self.points) for name in self.strategies}

    @property
    def clear(self) -> int:
        """Points at which the lead is clear."""
        return sum(point.standing.clear for point in self.points)

    @property
    def switches(self) -> tuple[Switch, ...]:
        """Of a single axis: where the best strategy changes, in the order of its values."""
        if len(self.axes) != 1:
            return ()
        return tuple(Switch(self.axes[0].texts[a.at[0]], self.axes[0].texts[b.at[0]], a.standing.best, b.standing.best,
                            a.standing.clear and b.standing.clear)
                     for a, b in itertools.pairwise(self.points) if a.standing.best != b.standing.best)

    def text_at(self, point: SweepPoint) -> tuple[str, ...]:
        """Return the values of a point as they are shown."""
        return tuple(axis.texts[place] for axis, place in zip(self.axes, point.at, strict=True))


# ---------------------------------------------------------------------------------------------------------------- asking
def axis_of(text: str) -> Axis:
    """Read one --over: KEY=A:B:STEP (both ends belong to it) or KEY=A,B,C.

    Raises:
        InputError: anything else.
    """
    key, equals, told = (part.strip() for part in text.partition("="))
    if not equals or not key or not told:
        raise _no_axis(text, "Write for instance --over resources.desk.groups.general.agents=2:10:2.")
    match = RANGE.fullmatch(told)
    texts = _steps(text, match) if match else [part.strip() for part in told.split(",")]
    try:
        values = tuple(float(Decimal(part)) for part in texts)
    except InvalidOperation:
        raise _no_axis(text, "Both forms take numbers only.") from None
    if len(set(values)) < max(len(values), 2) or not all(math.isfinite(value) for value in values):
        raise _no_axis(text, "At least two values, each of them once.")
    return Axis(key, values, tuple(texts))


def _steps(text: str, match: re.Match[str]) -> list[str]:
    try:
        first, last, step = (Decimal(match[name].strip()) for name in ("first", "last", "step"))
        if not (step > 0 and last > first):
            raise _no_axis(text, "A is below B, and STEP is above 0.")
        count = int((last - first) / step) + 1
    except (InvalidOperation, OverflowError, ValueError):
        raise _no_axis(text, "A, B and STEP are numbers.") from None
    if count > MOST_POINTS:
        raise _no_axis(text, f"That is {count} values; take a larger step.")
    return [format((first + n * step).normalize(), "f") for n in range(count)]


def _no_axis(text: str, advice: str) -> InputError:
    return InputError("--over", text, "KEY=A:B:STEP or KEY=A,B,C with a key of the scenario", advice)


def axes_of(texts: Sequence[str]) -> tuple[Axis, ...]:
    """Read all --over options.

    Raises:
        InputError: none, more than two, a key twice, too many points.
    """
    axes = tuple(axis_of(text) for text in texts)
    if not 1 <= len(axes) <= 2:
        raise InputError("--over", f"{len(axes)} times", "once or twice", "A sweep varies one or two values.")
    if len({axis.key for axis in axes}) < len(axes):
        raise InputError("--over", f"{axes[0].key} twice", "two different keys", "Vary two different values.")
    points = math.prod(len(axis.values) for axis in axes)
    if points > MOST_POINTS:
        raise InputError("--over", f"{points} points", f"at most {MOST_POINTS}", "Take larger steps.")
    return axes


def points_of(axes: Sequence[Axis]) -> list[Point]:
    """Return the points of a grid, the last axis fastest."""
    return [Point(", ".join(settings), settings)
            for settings in (tuple(f"{axis.key}={text}" for axis, text in zip(axes, texts, strict=True))
                             for texts in itertools.product(*(axis.texts for axis in axes)))]


def check_metric(metric: str) -> None:
    """Refuse an unknown metric.

    Raises:
        InputError: with the nearest.
    """
    if metric not in METRICS:
        raise InputError("--metric", metric, f"one of {', '.join(METRICS)}", nearest(metric, METRICS))


def check_points(loaded: Loaded, axes: Sequence[Axis], metric: str) -> None:
    """Check, before anything is run, that every value of every axis is allowed.

    Raises:
        InputErrors: the scenario's own messages, at --over; InputError: no such metric.
    """
    check_metric(metric)
    try:
        for place, axis in enumerate(axes):
            for text in axis.texts:
                others = [f"{other.key}={other.texts[0]}" for n, other in enumerate(axes) if n != place]
                loaded.with_settings([f"{axis.key}={text}", *others])
    except InputErrors as faults:
        raise InputErrors([InputError(e.where.replace("--set", "--over", 1), e.got, e.expected, e.advice)
                           for e in faults.errors]) from None


# ------------------------------------------------------------------------------------------------------------- answering
def summarise_sweep(loaded: Loaded, axes: tuple[Axis, ...], metric: str, found: Mapping[str, Values]) -> SweepResult:
    """Return what the points say."""
    scenario = loaded.scenario
    places = itertools.product(*(range(len(axis.values)) for axis in axes))
    points = tuple(_point(found[point.label], at, metric, scenario.champion)
                   for at, point in zip(places, points_of(axes), strict=True))
    shown = dict.fromkeys((metric, *SHOWN))
    return SweepResult(
        scenario=scenario.scenario, description=scenario.description, currency=scenario.currency.code,
        minor_per_major=scenario.currency.minor_per_major, accounts=loaded.portfolio.accounts,
        borrowers=loaded.setting.persons, days=scenario.horizon.days, replications=scenario.replications,
        champion=scenario.champion, metric=metric, strategies=tuple(s.name for s in loaded.strategies), axes=axes, points=points,
        metrics={name: MetricInfo(m.name, m.unit, m.denominator, m.english, m.chinese, m.formula, m.better)
                 for name, m in METRICS.items() if name in shown})


def _point(values: Values, at: tuple[int, ...], metric: str, champion: str) -> SweepPoint:
    shown = dict.fromkeys((metric, *SHOWN))
    columns = {name: by_metric[metric] for name, by_metric in values.items()}
    gaps = {name: difference(column, columns[champion]) for name, column in columns.items() if name != champion}
    means = {name: {key: estimate(by_metric[key].tolist()) for key in shown} for name, by_metric in values.items()}
    return SweepPoint(at, standing(columns, METRICS[metric].better), means, gaps)


# ---------------------------------------------------------------------------------------------------------------- telling
def sweep_json(result: SweepResult) -> dict[str, Any]:
    """Return the document of `sweep --format json`."""
    return {"schema": SCHEMA, "scenario": result.scenario, "accounts": result.accounts, "borrowers": result.borrowers,
            "days": result.days, "replications": result.replications, "currency": result.currency,
            "minor_per_major": result.minor_per_major, "champion": result.champion, "metric": result.metric,
            "strategies": list(result.strategies),
            "axes": [{"key": axis.key, "values": list(axis.values)} for axis in result.axes],
            "points": [_point_json(result, point) for point in result.points], "wins": result.wins, "clear_points": result.clear,
            "switches": [{"below": s.below, "above": s.above, "before": s.before, "after": s.after, "clear": s.clear}
                         for s in result.switches], "run_dir": result.run_dir}


def _point_json(result: SweepResult, point: SweepPoint) -> dict[str, Any]:
    lead = point.standing.lead
    return {"at": {axis.key: axis.values[place] for axis, place in zip(result.axes, point.at, strict=True)},
            "best": point.standing.best, "runner_up": point.standing.runner_up,
            "lead": {"estimate": lead.estimate, "ci95": [lead.low, lead.high]}, "clear": point.standing.clear,
            "strategies": {name: {key: {"mean": value.mean, "se": value.se} for key, value in metrics.items()}
                           for name, metrics in point.metrics.items()},
            "against_champion": {name: {"estimate": gap.estimate, "ci95": [gap.low, gap.high]}
                                 for name, gap in point.gaps.items()}}


def sweep_rows(result: SweepResult) -> tuple[tuple[str, ...], list[tuple[str | float | None, ...]]]:
    """Return header and rows of the tidy table: a row a point, strategy and metric."""
    header = (*(axis.key for axis in result.axes), "strategy", "metric", "unit", "mean", "se", "best_here")
    rows: list[tuple[str | float | None, ...]] = []
    for point in result.points:
        at = [axis.values[place] for axis, place in zip(result.axes, point.at, strict=True)]
        for name, metrics in point.metrics.items():
            rows.extend((*at, name, key, result.metrics[key].unit, value.mean, value.se,
                         "yes" if name == point.standing.best else "no") for key, value in metrics.items())
    return header, rows


def plain_csv(header: Sequence[str], rows: Sequence[Sequence[str | float | None]]) -> str:
    """Return rows as CSV; nan is empty, a text that a spreadsheet would take for a formula gets an apostrophe."""
    handle = io.StringIO()
    writer = csv.writer(handle, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return handle.getvalue()


def _cell(cell: str | float | None) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell[:1] in {"=", "+", "-", "@"} else cell
    return repr(cell)
