"""How much single accounts pay: many pay nothing, few bring most."""

from __future__ import annotations

import numpy as np

from experiments.paired import estimate
from experiments.patterns import PAID_BINS
from experiments.report.findings import winner
from experiments.report.picture import Cell, Picture, Table, Trace, View, plain
from experiments.report.reading import Reading
from experiments.report.styles import group_of, look
from experiments.report.theme import PATTERNS
from experiments.results import Estimate, StrategyResult


def bin_names(reading: Reading) -> list[str]:
    """Return the shares of the balance in words."""
    return [
        reading.say("amounts.nothing"),
        *(reading.say("amounts.up_to", high=high) for high in (10, 25, 50, 75)),
        reading.say("amounts.less"),
        reading.say("amounts.everything"),
    ]


def share_of(strategy: StrategyResult, kind: str, place: int) -> Estimate:
    """Return a bin's share of all accounts ("accounts") or of all cash ("minor")."""
    column = strategy.patterns[f"paid_{kind}"]
    total = column.sum(axis=1)
    return estimate(np.where(total > 0, column[:, place] / np.where(total > 0, total, 1.0), np.nan).tolist())


def amounts(reading: Reading) -> Picture:
    """Return accounts and cash by the share of its balance that an account paid."""
    kinds = (("accounts", "accounts"), ("minor", "money"))
    strategies = reading.result.strategies
    traces = [_bars(reading, strategy, place, kind) for kind, _ in kinds for place, strategy in enumerate(strategies)]
    views = tuple(
        View(
            reading.say(f"view.{word}"),
            tuple(n // len(strategies) == place for n in range(len(traces))),
            {"yaxis": {"title": {"text": plain(reading.say(f"amounts.axis_{word}"))}, "rangemode": "tozero"}},
        )
        for place, (_, word) in enumerate(kinds)
    )
    rows: list[tuple[Cell, ...]] = [
        (reading.csv_names[s.name], kind, place, found.mean, found.se)
        for s in strategies
        for kind, _ in kinds
        for place in range(PAID_BINS)
        for found in (share_of(s, kind, place),)
    ]
    best = reading.result.strategy(winner(reading))
    title = reading.say(
        "amounts.title",
        best=reading.label(best.name),
        zero=reading.number(share_of(best, "accounts", 0).mean, "share"),
        all=reading.number(share_of(best, "accounts", PAID_BINS - 1).mean, "share"),
        top=reading.number(estimate(best.patterns["top"][:, 0].tolist()).mean, "share"),
    )
    layout = {
        "barmode": "group",
        "height": 420,
        "xaxis": {"type": "category", "title": {"text": plain(reading.say("amounts.paid"))}},
    }
    table = Table(("strategy", "share_of", "bin", "mean", "se"), tuple(rows))
    return Picture("amounts", title, reading.say("amounts.note"), tuple(traces), layout, table, views)


def _bars(reading: Reading, strategy: StrategyResult, place: int, kind: str) -> Trace:
    found = [share_of(strategy, kind, n) for n in range(PAID_BINS)]
    trace: Trace = {
        "type": "bar",
        "name": plain(reading.label(strategy.name)),
        "x": [plain(name) for name in bin_names(reading)],
        "y": [100.0 * one.mean for one in found],
        "customdata": [[plain(reading.estimate(one, "share"))] for one in found],
        "hovertemplate": "%{fullData.name}<br>%{x}: %{customdata[0]}<extra></extra>",
        "marker": {
            "color": look(reading, strategy.name).color,
            "line": {"width": 0},
            "pattern": {"shape": PATTERNS[place % len(PATTERNS)], "fillmode": "overlay", "fgcolor": "#FFFFFF", "size": 7,
                        "solidity": 0.15},
        },
        "meta": group_of(reading, strategy.name),
    }
    if reading.has_intervals:
        trace["error_y"] = {"type": "data", "array": [100.0 * one.se for one in found], "thickness": 1, "width": 2}
    return trace
