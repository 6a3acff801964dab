"""Pictures of how the work went: the funnel of accounts, and capacity over time."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from experiments.report.curves import shown_days, thinned
from experiments.report.findings import winner
from experiments.report.picture import Cell, Picture, Table, Trace, View, plain
from experiments.report.reading import Reading
from experiments.report.styles import group_of, look
from experiments.report.theme import NEUTRAL, PATTERNS, faint
from experiments.results import CompareResult, StrategyResult
from sim import DO_NOTHING

HOUR_S = 3600.0
TIGHT, LOOSE = 0.80, 0.50
"""Busy shares of rostered hours from which the title calls a pool tight, and below which it calls all pools loose."""
APART = frozenset({"paid", "cured"})
"""Stages that need no earlier one: people pay without a promise, and a promise kept is not the only way back."""


# --------------------------------------------------------------------------------------------------------- funnel
def funnel(reading: Reading) -> Picture:
    """Return accounts by stage, bars by strategy; the hover gives both denominators."""
    traces: list[Trace] = []
    rows: list[tuple[Cell, ...]] = []
    for place, strategy in enumerate(reading.result.strategies):
        style = look(reading, strategy.name)
        means = [estimate.mean for _, estimate in strategy.funnel]
        traces.append(
            {
                "type": "bar",
                "name": plain(reading.label(strategy.name)),
                "meta": group_of(reading, strategy.name),
                "x": [plain(reading.known("stage", stage)) for stage, _ in strategy.funnel],
                "y": means,
                "customdata": [[plain(text) for text in _shares(reading, strategy, n)] for n in range(len(means))],
                "hovertemplate": "%{fullData.name}<br>%{x}: %{customdata[0]}<br>%{customdata[1]}<br>%{customdata[2]}"
                "<extra></extra>",
                "marker": {
                    "color": style.color,
                    "line": {"width": 0},
                    "pattern": {
                        "shape": PATTERNS[place % len(PATTERNS)],
                        "fillmode": "overlay",
                        "fgcolor": "#FFFFFF",
                        "size": 7,
                        "solidity": 0.15,
                    },
                },
            }
        )
        rows += [
            (reading.csv_names[strategy.name], stage, estimate.mean, estimate.se, *stage_ratios(means, n, stage))
            for n, (stage, estimate) in enumerate(strategy.funnel)
        ]
    layout = {
        "barmode": "group",
        "height": 440,
        "bargap": 0.18,
        "xaxis": {"type": "category"},
        "yaxis": {"title": {"text": plain(reading.say("axis.accounts"))}, "rangemode": "tozero"},
    }
    table = Table(
        ("strategy", "stage", "accounts_mean", "accounts_se", "share_of_entered", "share_of_previous_stage"),
        tuple(rows),
    )
    return Picture("funnel", funnel_title(reading), reading.say("funnel.note"), tuple(traces), layout, table)


def stage_ratios(means: list[float], place: int, stage: str) -> tuple[float, float]:
    """Return (share of entered, share of the stage before); nan where a stage is no part of the one before."""
    entered, before = means[0], means[place - 1] if place else math.nan
    apart = stage in APART or place == 0
    return (
        means[place] / entered if entered else math.nan,
        math.nan if apart or not before or means[place] > before else means[place] / before,
    )


def _shares(reading: Reading, strategy: StrategyResult, place: int) -> tuple[str, str, str]:
    stage, estimate = strategy.funnel[place]
    means = [e.mean for _, e in strategy.funnel]
    of_entered, of_before = stage_ratios(means, place, stage)
    second = (
        reading.say("funnel.no_part")
        if math.isnan(of_before)
        else reading.say(
            "funnel.of_before",
            share=reading.number(of_before, "share"),
            stage=reading.known("stage", strategy.funnel[place - 1][0]),
        )
    )
    return (
        reading.estimate(estimate, "count"),
        reading.say("funnel.of_entered", share=reading.number(of_entered, "share")),
        "" if place == 0 else second,
    )


def _stage(strategy: StrategyResult, stage: str) -> float:
    found = dict(strategy.funnel)
    entered = found["entered"].mean if "entered" in found else math.nan
    return found[stage].mean / entered if stage in found and entered else math.nan


def funnel_title(reading: Reading) -> str:
    """Return the finding in words."""
    best = winner(reading)
    strategy = reading.result.strategy(best)
    if best == DO_NOTHING:
        return reading.say("funnel.title_nothing", paid=reading.number(_stage(strategy, "paid"), "share"))
    words = {
        "best": reading.label(best),
        "reached": reading.number(_stage(strategy, "right_party"), "share"),
        "paid": reading.number(_stage(strategy, "paid"), "share"),
    }
    idle = [s for s in reading.result.strategies if s.name == DO_NOTHING]
    if not idle:
        return reading.say("funnel.title_alone", **words)
    return reading.say("funnel.title", **words, nothing=reading.number(_stage(idle[0], "paid"), "share"))


# ------------------------------------------------------------------------------------------------------- capacity
def rostered_pools(reading: Reading) -> tuple[str, ...]:
    """Return pools with rostered hours under any strategy, in the scenario's order."""
    return tuple(
        pool
        for pool in reading.result.pools
        if any(
            f"rostered_s_{pool}" in s.daily and s.daily[f"rostered_s_{pool}"].sum() > 0
            for s in reading.result.strategies
        )
    )


def starved(strategy: StrategyResult, channels: tuple[str, ...]) -> NDArray[np.float64]:
    """Return planned actions that never happened by day, mean over replications and sum over channels, (D,)."""
    days = strategy.daily["recovery_minor"].shape[1]
    series = [
        strategy.daily[f"starved_{channel}"].mean(axis=0)
        for channel in channels
        if f"starved_{channel}" in strategy.daily
    ]
    return np.sum(series, axis=0) if series else np.zeros(days)


def capacity(reading: Reading) -> Picture:
    """Return busy against rostered hours a day by pool, and starved actions, one view a strategy."""
    result, pools = reading.result, rostered_pools(reading)
    best = winner(reading)
    order = sorted(reading.plans or result.strategies, key=lambda s: s.name != best)
    groups = [_capacity_traces(reading, strategy, pools) for strategy in order]
    owners = [n for n, group in enumerate(groups) for _ in group]
    views = tuple(
        View(reading.label(strategy.name), tuple(owner == n for owner in owners), {})
        for n, strategy in enumerate(order)
    )
    layout = _capacity_layout(reading, pools)
    rows = tuple(row for strategy in order for row in _capacity_rows(reading, strategy, pools))
    table = Table(("strategy", "day", "pool", "busy_hours_mean", "rostered_hours_mean", "starved_actions_mean"), rows)
    return Picture(
        "capacity",
        _capacity_title(reading),
        reading.say("capacity.note") + thinned(reading),
        tuple(trace for group in groups for trace in group),
        layout,
        table,
        views,
    )


def _capacity_layout(reading: Reading, pools: tuple[str, ...]) -> dict[str, object]:
    """Return one panel a pool and one for starved actions, each with its name above it."""
    names = [reading.say("capacity.panel", pool=reading.pool(pool)) for pool in pools] + [reading.say("capacity.lost")]
    titles = [reading.say("axis.hours")] * len(pools) + [reading.say("axis.starved")]
    height = 1.0 / len(names)
    layout: dict[str, object] = {
        "height": 110 + 165 * len(names),
        "hovermode": "x unified",
        "barmode": "overlay",
        "bargap": 0.12,
        "xaxis": {
            "title": {"text": plain(reading.say("axis.day", start=reading.result.start))},
            "anchor": _axis(len(names) - 1),
        },
        "annotations": [
            {
                "text": f"<b>{plain(name)}</b>",
                "xref": "paper",
                "yref": "paper",
                "x": 0,
                "xanchor": "left",
                "y": 1.0 - (n + 0.20) * height,
                "yanchor": "bottom",
                "showarrow": False,
            }
            for n, name in enumerate(names)
        ],
    }
    for n, title in enumerate(titles):
        layout[_axis(n).replace("y", "yaxis")] = {
            "title": {"text": plain(title)},
            "rangemode": "tozero",
            "domain": [max(1.0 - (n + 0.98) * height, 0.0), 1.0 - (n + 0.21) * height],
        }
    return layout


def _axis(panel: int) -> str:
    return "y" if panel == 0 else f"y{panel + 1}"


def _capacity_traces(reading: Reading, strategy: StrategyResult, pools: tuple[str, ...]) -> list[Trace]:
    days, style = blocks(reading.result), look(reading, strategy.name)
    x = [int(last) for _, last in days]
    traces: list[Trace] = []
    for n, pool in enumerate(pools):
        busy, rostered = (_hours(strategy, f"{word}_{pool}", days) for word in ("busy_s", "rostered_s"))
        traces.append(
            {
                "type": "bar",
                "x": x,
                "y": rostered,
                "yaxis": _axis(n),
                "name": plain(reading.say("capacity.rostered")),
                "marker": {"color": faint(NEUTRAL, 0.30), "line": {"width": 0}},
                "meta": group_of(reading, strategy.name),
                "legendgroup": "rostered",
                "showlegend": n == 0,
                "hovertemplate": "%{y:,.1f} h",
            }
        )
        traces.append(
            {
                "type": "bar",
                "x": x,
                "y": busy,
                "yaxis": _axis(n),
                "name": plain(reading.say("capacity.busy")),
                "marker": {"color": style.color, "line": {"width": 0}},
                "meta": group_of(reading, strategy.name),
                "legendgroup": "busy",
                "showlegend": n == 0,
                "hovertemplate": "%{y:,.1f} h",
            }
        )
    lost = starved(strategy, reading.result.channels)
    traces.append(
        {
            "type": "bar",
            "x": x,
            "y": [float(lost[first:last].mean()) for first, last in days],
            "yaxis": _axis(len(pools)),
            "name": plain(reading.say("capacity.starved")),
            "meta": group_of(reading, strategy.name),
            "hovertemplate": "%{y:,.1f}",
            "marker": {
                "color": style.color,
                "line": {"width": 0},
                "pattern": {"shape": "/", "fillmode": "overlay", "fgcolor": "#FFFFFF", "solidity": 0.3},
            },
        }
    )
    return traces


def blocks(result: CompareResult) -> list[tuple[int, int]]:
    """Return half-open blocks of days [first, last) that a daily series is averaged over: single days in short runs."""
    edges = [0, *shown_days(result).tolist()]
    return list(itertools.pairwise(edges))


def _hours(strategy: StrategyResult, series: str, days: list[tuple[int, int]]) -> list[float]:
    """Return hours a day, mean over replications and over the days of each block; zeros where it was not measured."""
    if series not in strategy.daily:
        return [0.0] * len(days)
    mean = strategy.daily[series].mean(axis=0) / HOUR_S
    return [float(mean[first:last].mean()) for first, last in days]


def _capacity_rows(reading: Reading, strategy: StrategyResult, pools: tuple[str, ...]) -> list[tuple[Cell, ...]]:
    single = [(day, day + 1) for day in range(reading.result.days)]
    rows: list[tuple[Cell, ...]] = []
    name = reading.csv_names[strategy.name]
    for pool in pools:
        busy, rostered = (_hours(strategy, f"{word}_{pool}", single) for word in ("busy_s", "rostered_s"))
        rows += [(name, day + 1, pool, busy[day], rostered[day], None) for day, _ in single]
    lost = starved(strategy, reading.result.channels)
    return rows + [(name, day + 1, "", None, None, float(lost[day])) for day, _ in single]


def _load(strategy: StrategyResult, pool: str) -> float:
    """Return busy over rostered seconds of a pool over the whole run, nan without a roster."""
    rostered = strategy.daily.get(f"rostered_s_{pool}", np.zeros((1, 1))).sum()
    busy = strategy.daily.get(f"busy_s_{pool}", np.zeros((1, 1))).sum()
    return float(busy / rostered) if rostered > 0 else math.nan


def _capacity_title(reading: Reading) -> str:
    loads = {(s.name, pool): _load(s, pool) for s in reading.plans for pool in rostered_pools(reading)}
    known = {key: load for key, load in loads.items() if not math.isnan(load)}
    if not known:
        return reading.say("capacity.title_none")
    name, pool = max(known, key=lambda key: known[key])
    lost = float(starved(reading.result.strategy(name), reading.result.channels).sum())
    size = "tight" if known[name, pool] >= TIGHT else "loose" if known[name, pool] < LOOSE else "some"
    return reading.say(
        f"capacity.title_{size}",
        pool=reading.pool(pool),
        name=reading.label(name),
        load=reading.number(known[name, pool], "share"),
        lost=reading.number(lost, "count"),
    )
