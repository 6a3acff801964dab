"""Which of the assumed values matter: each at its low and its high end, all others as they stand, the same luck throughout.

The lead is the base's best strategy less its runner-up. A value matters as far as it moves the lead; it decides where the best
strategy changes on the way to an end of its range, and its break-even is where the lead against the one that takes over is zero,
on a straight line between the two points that were played.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.assumptions import values_of
from experiments.paired import difference
from experiments.points import Point, Values
from experiments.results import Difference, MetricInfo
from experiments.standing import Standing, standing
from sim import METRICS, InputError, Loaded, Value, nearest

SCHEMA = "duecourse/sensitivity/1"
BASE = "base"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a value's range."""

    at: float
    lead: Difference
    """Of the base's best over the base's runner-up here."""
    shift: Difference
    """The lead here less the lead at the base, paired by replication."""
    standing: Standing
    """Who is best here."""
    break_even: float
    """Between the value and this end: where the best strategy changes; nan where it is the same here."""

    @property
    def flips(self) -> bool:
        """Whether the best strategy is another one here."""
        return not math.isnan(self.break_even)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One value: what its range does."""

    key: str
    unit: str
    assumed: bool
    source: str
    at: float
    low: End | None
    """None where the range ends at the value itself."""
    high: End | None

    @property
    def ends(self) -> tuple[End, ...]:
        """The ends that were played."""
        return tuple(end for end in (self.low, self.high) if end is not None)

    @property
    def swing(self) -> float:
        """Largest less smallest lead over the base and the ends; the tornado's order."""
        shifts = [0.0, *(end.shift.estimate for end in self.ends)]
        return max(shifts) - min(shifts)

    @property
    def matters(self) -> bool:
        """Whether an end moves the lead by more than Monte-Carlo error (its 95 % interval leaves zero out)."""
        return any(end.shift.low > 0.0 or end.shift.high < 0.0 for end in self.ends)

    @property
    def flips(self) -> bool:
        """Whether the best strategy is another one at an end."""
        return any(end.flips for end in self.ends)


@dataclass(frozen=True, slots=True)
class SensitivityResult:
    """What a sensitivity analysis found."""

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
    info: MetricInfo
    strategies: tuple[str, ...]
    base: Standing
    values: tuple[Sensitivity, ...]
    """The largest swing first."""
    command: str = ""
    version: str = ""
    run_dir: str = ""

    @property
    def flipping(self) -> tuple[Sensitivity, ...]:
        """Values that change the best strategy."""
        return tuple(value for value in self.values if value.flips)


def chosen_values(loaded: Loaded, only: Sequence[str]) -> dict[str, Value]:
    """Return the values that carry a range, by key; `only` are keys or patterns such as behaviour.payment.*

    Raises:
        InputError: a pattern that meets no such value; no value with a range at all.
    """
    ranged = {key: value for key, value in values_of(loaded.scenario).items() if _ends(value)}
    if not ranged:
        raise InputError("SCENARIO", "no value with a range", "values with low and high",
                         "State a range: {value: 0.1, low: 0.05, high: 0.2}.")
    if not only:
        return ranged
    for pattern in only:
        if not fnmatch.filter(ranged, pattern):
            raise InputError("--only", pattern, "a key, or a pattern with *, of a value that carries a range",
                             nearest(pattern, ranged))
    return {key: value for key, value in ranged.items() if any(fnmatch.fnmatchcase(key, pattern) for pattern in only)}


def _ends(value: Value) -> list[tuple[str, float]]:
    """Return the ends of a value's range that differ from the value."""
    pairs = (("low", value.low), ("high", value.high))
    return [(name, end) for name, end in pairs if end is not None and end != value.value]


def points_of(values: Mapping[str, Value]) -> list[Point]:
    """Return the base and each end of each value."""
    return [Point(BASE), *(Point(f"{key} {name}", values={key: end})
                           for key, value in values.items() for name, end in _ends(value))]


def summarise_sensitivity(loaded: Loaded, values: Mapping[str, Value], metric: str,
                          found: Mapping[str, Values]) -> SensitivityResult:
    """Return what the points say.

    Raises:
        InputError: fewer than two strategies.
    """
    scenario, info = loaded.scenario, METRICS[metric]
    columns = {label: {name: by_metric[metric] for name, by_metric in by_strategy.items()}
               for label, by_strategy in found.items()}
    base = standing(columns[BASE], info.better)
    entries = [_entry(key, value, columns, base, info.better) for key, value in values.items()]
    return SensitivityResult(
        scenario=scenario.scenario, description=scenario.description, currency=scenario.currency.code,
        minor_per_major=scenario.currency.minor_per_major, accounts=loaded.portfolio.accounts, borrowers=loaded.setting.persons,
        days=scenario.horizon.days, replications=scenario.replications, champion=scenario.champion, metric=metric,
        info=MetricInfo(info.name, info.unit, info.denominator, info.english, info.chinese, info.formula, info.better),
        strategies=tuple(s.name for s in loaded.strategies), base=base,
        values=tuple(sorted(entries, key=lambda entry: -entry.swing)))


Columns = Mapping[str, NDArray[np.float64]]
"""Strategy -> the metric by replication."""


def _entry(key: str, value: Value, columns: Mapping[str, Columns], base: Standing, better: str) -> Sensitivity:
    sign = -1.0 if better == "lower" else 1.0

    def lead(at: Columns, other: str) -> NDArray[np.float64]:
        return sign * (at[base.best] - at[other])

    ends = {}
    for name, at in _ends(value):
        here = columns[f"{key} {name}"]
        there = standing(here, better)
        crossing = math.nan
        if there.best != base.best:
            before, after = (float(lead(column, there.best).mean()) for column in (columns[BASE], here))
            crossing = value.value + (before / (before - after) if before != after else 1.0) * (at - value.value)
        ends[name] = End(at, difference(lead(here, base.runner_up), np.zeros(len(here[base.best]))),
                         difference(lead(here, base.runner_up), lead(columns[BASE], base.runner_up)), there, crossing)
    return Sensitivity(key, value.unit, value.assumed, value.source, value.value, ends.get("low"), ends.get("high"))


# ---------------------------------------------------------------------------------------------------------------- telling
def sensitivity_json(result: SensitivityResult) -> dict[str, Any]:
    """Return the document of `sensitivity --format json`."""
    return {"schema": SCHEMA, "scenario": result.scenario, "accounts": result.accounts, "borrowers": result.borrowers,
            "days": result.days, "replications": result.replications, "currency": result.currency,
            "minor_per_major": result.minor_per_major, "champion": result.champion, "metric": result.metric,
            "strategies": list(result.strategies),
            "base": {"best": result.base.best, "runner_up": result.base.runner_up, "lead": _difference(result.base.lead),
                     "clear": result.base.clear},
            "values": [_value_json(value) for value in result.values],
            "winner_changes": [value.key for value in result.flipping], "run_dir": result.run_dir}


def _difference(found: Difference) -> dict[str, Any]:
    return {"estimate": found.estimate, "ci95": [found.low, found.high]}


def _value_json(value: Sensitivity) -> dict[str, Any]:
    ends = {name: None if end is None else {"at": end.at, "lead": _difference(end.lead), "shift": _difference(end.shift),
                                            "best": end.standing.best, "clear": end.standing.clear,
                                            "break_even": end.break_even}
            for name, end in (("low", value.low), ("high", value.high))}
    return {"key": value.key, "unit": value.unit, "assumed": value.assumed, "source": value.source, "value": value.at, **ends,
            "swing": value.swing, "matters": value.matters, "winner_changes": value.flips}


def sensitivity_rows(result: SensitivityResult) -> tuple[tuple[str, ...], list[tuple[str | float | None, ...]]]:
    """Return header and rows of the tidy table: a row a value and end."""
    header = ("key", "unit", "assumed", "value", "end", "at", "lead", "lead_low95", "lead_high95", "shift", "shift_low95",
              "shift_high95", "best_here", "break_even")
    rows: list[tuple[str | float | None, ...]] = []
    for value in result.values:
        for name, end in (("low", value.low), ("high", value.high)):
            if end is not None:
                rows.append((value.key, value.unit, "yes" if value.assumed else "no", value.at, name, end.at, end.lead.estimate,
                             end.lead.low, end.lead.high, end.shift.estimate, end.shift.low, end.shift.high, end.standing.best,
                             end.break_even))
    return header, rows
