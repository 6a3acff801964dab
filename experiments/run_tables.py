"""The tables of a run folder: summary.csv, daily.parquet, accounts.parquet."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.compare import Collected
from experiments.results import CompareResult
from sim import Loaded


def write_tables(folder: Path, loaded: Loaded, result: CompareResult, found: Mapping[str, Collected]) -> None:
    """Write summary.csv, daily.parquet and accounts.parquet."""
    _write_summary(folder / "summary.csv", result)
    pq.write_table(daily_table(result), folder / "daily.parquet")
    pq.write_table(_accounts(loaded, result, found), folder / "accounts.parquet")


def _cell(value: float) -> str:
    return "" if math.isnan(value) else repr(round(value, 10))


def _write_summary(path: Path, result: CompareResult) -> None:
    """One row a strategy and metric, then one a contrast and metric; money in minor units."""
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["strategy", "against", "metric", "unit", "denominator", "estimate", "se", "ci95_low", "ci95_high"])
        for strategy in result.strategies:
            for name, value in strategy.metrics.items():
                info = result.metrics[name]
                writer.writerow([_text(strategy.name), "", name, info.unit, info.denominator, _cell(value.mean),
                                 _cell(value.se), "", ""])
        for contrast in result.contrasts:
            for name, delta in contrast.metrics.items():
                info = result.metrics[name]
                writer.writerow([_text(contrast.strategy), _text(contrast.against), name, info.unit, info.denominator,
                                 _cell(delta.estimate), _cell(delta.se), _cell(delta.low), _cell(delta.high)])


def _text(name: str) -> str:
    """A text that a spreadsheet would take for a formula is marked as text."""
    return f"'{name}" if name[:1] in {"=", "+", "-", "@"} else name


def daily_table(result: CompareResult) -> pa.Table:
    """Return one row a strategy, replication and day."""
    parts = []
    for strategy in result.strategies:
        replications, days = strategy.daily["recovery_minor"].shape
        columns: dict[str, Any] = {
            "strategy": pa.array([strategy.name] * (replications * days), pa.string()),
            "replication": np.repeat(np.arange(replications, dtype=np.int32), days),
            "day": np.tile(np.arange(1, days + 1, dtype=np.int32), replications)}
        columns |= {name: series.reshape(-1) for name, series in strategy.daily.items()}
        parts.append(pa.table(columns))
    return pa.concat_tables(parts, promote_options="default")


def _accounts(loaded: Loaded, result: CompareResult, found: Mapping[str, Collected]) -> pa.Table:
    """Return one row a strategy and account: means over replications."""
    portfolio = loaded.portfolio
    parts = []
    for strategy in result.strategies:
        columns: dict[str, Any] = {"strategy": pa.array([strategy.name] * portfolio.accounts, pa.string()),
                                   "account_id": pa.array([str(a) for a in portfolio.account_id], pa.string()),
                                   "entry_minor": portfolio.balance_minor, "dpd": portfolio.dpd}
        columns |= {f"mean_{name}": total / result.replications for name, total in found[strategy.name].accounts.items()}
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)
