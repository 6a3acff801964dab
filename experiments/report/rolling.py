"""Buckets at entry and at the end: a matrix of shares, and the same as a flow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.patterns import BUCKETS, ENDS
from experiments.report.findings import winner
from experiments.report.picture import Cell, Picture, Table, Trace, View, plain
from experiments.report.reading import Reading
from experiments.report.styles import group_of, look
from experiments.report.theme import NEUTRAL, faint
from experiments.results import StrategyResult
from sim import DO_NOTHING


def has_buckets(reading: Reading) -> bool:
    """Return whether the result knows buckets."""
    return all("roll_accounts" in s.patterns for s in reading.result.strategies)


def mean_matrix(strategy: StrategyResult, kind: str) -> NDArray[np.float64]:
    """Return the mean over replications of a matrix, (BUCKETS, ENDS); `kind` is "accounts" or "minor"."""
    return np.asarray(strategy.patterns[f"roll_{kind}"].mean(axis=0), dtype=np.float64)


def shares_of(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows as shares of their sum, nan where a row is empty."""
    total = matrix.sum(axis=1, keepdims=True)
    return np.where(total > 0, matrix / np.where(total > 0, total, 1.0), np.nan)


def end_names(reading: Reading) -> list[str]:
    """Return the columns in words."""
    return [reading.say("end.cured") if end == "cured" else end for end in ENDS]


def cured_and_rolled(strategy: StrategyResult) -> tuple[float, float]:
    """Return the shares of accounts that are back to current, and that are in a later bucket than at entry."""
    matrix = mean_matrix(strategy, "accounts")
    later = sum(float(matrix[row, 2 + row :].sum()) for row in range(len(BUCKETS)))
    return float(matrix[:, 0].sum() / matrix.sum()), later / float(matrix.sum())


def _title(reading: Reading) -> str:
    best = winner(reading)
    cured, rolled = cured_and_rolled(reading.result.strategy(best))
    words = {
        "best": reading.label(best),
        "cured": reading.number(cured, "share"),
        "rolled": reading.number(rolled, "share"),
        "days": reading.result.days,
    }
    if best == DO_NOTHING or DO_NOTHING not in reading.labels:
        return reading.say("roll.title_alone", **words)
    nothing = cured_and_rolled(reading.result.strategy(DO_NOTHING))[0]
    return reading.say("roll.title", **words, nothing=reading.number(nothing, "share"))


def _ordered(reading: Reading) -> list[StrategyResult]:
    best = winner(reading)
    return sorted(reading.result.strategies, key=lambda s: s.name != best)


def roll_matrix(reading: Reading) -> Picture:
    """Return the share of each bucket at entry that ends in each bucket, a view a strategy."""
    traces: list[Trace] = []
    names: list[str] = []
    rows: list[tuple[Cell, ...]] = []
    reached = sum(mean_matrix(s, "accounts").sum(axis=0) for s in reading.result.strategies)
    columns = [place for place in range(len(ENDS)) if place == 0 or reached[place] > 0]
    for place, strategy in enumerate(_ordered(reading)):
        for kind, word in (("accounts", "accounts"), ("minor", "money")):
            matrix = mean_matrix(strategy, kind)
            present = np.flatnonzero(matrix.sum(axis=1) > 0)
            shares = shares_of(matrix)[present][:, columns]
            if kind == "accounts" or place == 0:  # money is shown of the best alone; the CSV holds all
                ends = [end_names(reading)[column] for column in columns]
                traces.append(_heat(reading, strategy.name, shares, [BUCKETS[row] for row in present], ends))
                names.append(reading.say(f"roll.view_{word}", name=reading.label(strategy.name)))
            rows += [
                (reading.csv_names[strategy.name], kind, BUCKETS[row], ENDS[column], float(matrix[row, column]))
                for row in present
                for column in range(len(ENDS))
            ]
    views = tuple(
        View(name, tuple(place == n for place in range(len(traces))), {}) for n, name in enumerate(names)
    )
    layout = {
        "height": 420,
        "xaxis": {"title": {"text": plain(reading.say("roll.to"))}, "side": "top", "type": "category"},
        "yaxis": {"title": {"text": plain(reading.say("roll.from"))}, "autorange": "reversed", "type": "category"},
    }
    table = Table(("strategy", "unit", "bucket_at_entry", "at_the_end", "mean"), tuple(rows))
    return Picture("roll", _title(reading), reading.say("roll.note"), tuple(traces), layout, table, views)


def _heat(reading: Reading, name: str, shares: NDArray[np.float64], buckets: list[str], ends: list[str]) -> Trace:
    return {
        "type": "heatmap",
        "x": ends,
        "y": buckets,
        "z": (100.0 * shares).tolist(),
        "zmin": 0,
        "zmax": 100,
        "text": [[f"{100 * value:.0f} %" if value >= 0.005 else "" for value in row] for row in shares],
        "texttemplate": "%{text}",
        "hovertemplate": "%{y} → %{x}: %{z:.1f} %<extra></extra>",
        "colorscale": "Cividis",
        "colorbar": {"ticksuffix": " %"},
        "xgap": 1,
        "ygap": 1,
        "name": plain(reading.label(name)),
        "meta": group_of(reading, name),
    }


def flow(reading: Reading) -> Picture:
    """Return accounts flowing from bucket at entry to bucket at the end, a view a strategy."""
    strategies = _ordered(reading)
    traces = tuple(_sankey(reading, strategy) for strategy in strategies)
    views = tuple(
        View(reading.label(strategy.name), tuple(place == n for place in range(len(traces))), {})
        for n, strategy in enumerate(strategies)
    )
    rows = tuple(
        (reading.csv_names[s.name], BUCKETS[row], ENDS[column], float(matrix[row, column]))
        for s in strategies
        for matrix in (mean_matrix(s, "accounts"),)
        for row in range(len(BUCKETS))
        for column in range(len(ENDS))
        if matrix[row, column] > 0
    )
    table = Table(("strategy", "bucket_at_entry", "at_the_end", "accounts_mean"), rows)
    return Picture("flow", _title(reading), reading.say("flow.note"), traces, {"height": 460}, table, views)


def _sankey(reading: Reading, strategy: StrategyResult) -> Trace:
    matrix = mean_matrix(strategy, "accounts")
    color = look(reading, strategy.name).color
    links = [(row, column) for row in range(len(BUCKETS)) for column in range(len(ENDS)) if matrix[row, column] > 0]
    labels = [*BUCKETS, *end_names(reading)]
    return {
        "type": "sankey",
        "arrangement": "snap",
        "valueformat": ",.0f",
        "node": {"label": labels, "color": NEUTRAL, "pad": 14, "thickness": 16},
        "link": {
            "source": [row for row, _ in links],
            "target": [len(BUCKETS) + column for _, column in links],
            "value": [float(matrix[row, column]) for row, column in links],
            "color": [faint(color, 0.55) if column == 0 else faint(NEUTRAL, 0.35) for _, column in links],
        },
        "name": plain(reading.label(strategy.name)),
        "meta": group_of(reading, strategy.name),
    }
