"""The table of all metrics: mean ± standard error, and differences from do_nothing and the champion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from experiments.report.picture import Cell, Table
from experiments.report.reading import Reading
from experiments.report.voice import holds_zero
from sim import DO_NOTHING

GROUPS: Mapping[str, tuple[str, ...]] = {
    "money": (
        "net_minor",
        "recovery_minor",
        "cost_minor",
        "recovery_rate",
        "cost_to_collect",
        "net_fixed_minor",
        "net_avoidable_minor",
        "roster_fixed_minor",
        "roster_avoidable_minor",
        "forgiven_minor",
        "cure_rate",
        "pay_rate_account",
    ),
    "harm": ("complaints_per_1000", "complaints", "opt_outs", "disputes"),
    "reach": (
        "coverage_rate",
        "attempts_per_account",
        "answer_rate_dial",
        "rpc_rate_dial",
        "rpc_rate_account",
        "right_party",
        "sms_delivery_rate",
        "disclosed",
    ),
    "promise": ("promises", "kept_rate"),
    "work": (
        "occupancy",
        "utilisation",
        "planned_actions",
        "starved_actions",
        "carried_over_actions",
        "capacity_shortfall",
        "inbound_calls",
        "abandonment_rate",
    ),
}


@dataclass(frozen=True, slots=True)
class GapCell:
    """A difference in words. `sign` is "better", "worse", "changed" (neither is better), or "" where it holds zero."""

    against: str
    text: str
    sign: str


@dataclass(frozen=True, slots=True)
class MetricCell:
    """One metric of one strategy."""

    value: str
    known: bool
    """False where it cannot be estimated."""
    gaps: tuple[GapCell, ...]


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric over all strategies."""

    metric: str
    name: str
    base: str
    formula: str
    cells: tuple[MetricCell, ...]


def grouped(reading: Reading) -> dict[str, tuple[str, ...]]:
    """Return metrics by group in reading order; metrics that no group names come last, as "other"."""
    present = [name for name in reading.result.metrics if any(name in s.metrics for s in reading.result.strategies)]
    out = {group: tuple(name for name in names if name in present) for group, names in GROUPS.items()}
    named = {name for names in GROUPS.values() for name in names}
    out["other"] = tuple(name for name in present if name not in named)
    return {group: names for group, names in out.items() if names}


def metric_rows(reading: Reading, names: tuple[str, ...]) -> list[MetricRow]:
    """Return rows of the table for some metrics."""
    return [_row(reading, name) for name in names]


def _row(reading: Reading, name: str) -> MetricRow:
    info = reading.info(name)
    against = [other for other in dict.fromkeys((DO_NOTHING, reading.champion)) if other in reading.labels]
    cells = []
    for strategy in reading.result.strategies:
        found = strategy.metrics.get(name)
        known = found is not None and not math.isnan(found.mean)
        value = reading.estimate(found, info.unit) if found is not None and known else reading.say("not_estimable")
        gaps = tuple(
            gap
            for other in against
            if other != strategy.name
            if (gap := _gap(reading, strategy.name, other, name)) is not None
        )
        cells.append(MetricCell(value, known, gaps))
    base = reading.say("table.base", unit=reading.unit(name), base=reading.denominator(name))
    return MetricRow(name, reading.metric(name), base, info.formula, tuple(cells))


def _gap(reading: Reading, strategy: str, other: str, metric: str) -> GapCell | None:
    gap, info = reading.difference(strategy, other, metric), reading.info(metric)
    if gap is None or math.isnan(gap.estimate):
        return None
    sign = ""
    if holds_zero(gap) is False:
        up = "better" if info.better == "higher" else "worse"
        down = "worse" if info.better == "higher" else "better"
        sign = (up if gap.estimate > 0 else down) if info.better else "changed"
    return GapCell(other, reading.gap(gap, info.unit), sign)


def table_title(reading: Reading) -> str:
    """Return what the table shows, counted: metrics in which a plan clearly differs from the champion."""
    count = sum(len(names) for names in grouped(reading).values())
    if not reading.has_intervals:
        return reading.say("table.title_single", count=count)
    differ = sum(
        any(
            holds_zero(gap) is False
            for plan in reading.plans
            if (gap := reading.difference(plan.name, reading.champion, name)) is not None
        )
        for names in grouped(reading).values()
        for name in names
    )
    return reading.say("table.title", count=count, differ=differ, champion=reading.label(reading.champion))


def metrics_csv(reading: Reading) -> Table:
    """Return one row a strategy, reference and metric."""
    named = reading.csv_names
    rows: list[tuple[Cell, ...]] = []
    for strategy in reading.result.strategies:
        for name, found in strategy.metrics.items():
            info = reading.result.metrics.get(name)
            unit = ("", "") if info is None else (info.unit, info.denominator)
            rows.append((named[strategy.name], "", name, *unit, found.mean, found.se, None, None))
    for contrast in reading.result.contrasts:
        for name, gap in contrast.metrics.items():
            info = reading.result.metrics.get(name)
            unit = ("", "") if info is None else (info.unit, info.denominator)
            rows.append(
                (
                    named[contrast.strategy],
                    named[contrast.against],
                    name,
                    *unit,
                    gap.estimate,
                    gap.se,
                    gap.low,
                    gap.high,
                )
            )
    return Table(
        ("strategy", "against", "metric", "unit", "denominator", "estimate", "se", "ci95_low", "ci95_high"), tuple(rows)
    )
