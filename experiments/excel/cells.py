"""What the sheets share: numbers with the format of their unit, names, labels."""

from __future__ import annotations

import math

from experiments.excel.book import Number
from experiments.report.reading import Reading


def name_of(reading: Reading, key: str) -> str:
    """Return a sheet's name in the reading's language."""
    return reading.say(f"sheet.{key}")


def figure(reading: Reading, value: float, unit: str, *, signed: bool = False, strong: bool = False) -> Number:
    """Return a value with the number format of its unit; money in major units."""
    suffix = "_signed" if signed else ""
    if unit == "minor":
        return Number(value / reading.result.minor_per_major, f"money{suffix}", strong)
    if unit in {"share", "count"}:
        whole = unit == "share" or abs(value) >= 100 or value == round(value) if not math.isnan(value) else True
        return Number(value, (unit if whole else "rate") + suffix, strong)
    return Number(value, f"rate{suffix}", strong)


def unit_of(reading: Reading, metric: str) -> str:
    """Return a metric's unit in words."""
    return reading.unit(metric)


def labels(reading: Reading) -> list[str]:
    """Return the strategies' labels in the scenario's order."""
    return [reading.label(strategy.name) for strategy in reading.result.strategies]
