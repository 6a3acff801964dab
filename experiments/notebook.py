"""For notebooks and scripts: the objects of the console command by import, and results as Arrow, pandas or Polars tables.

    from experiments.notebook import compare, table

    result = compare("scenarios/demo.yaml", replications=4)
    result                                  # the verdict and its numbers, as a table
    table(result, "metrics").to_pandas()    # or polars.from_arrow(table(result, "metrics"))

Nothing is written unless you ask: `report(result, "page.html")`.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa

from experiments.compare import collect, summarise
from experiments.points import Base, play_points
from experiments.pools import Workers
from experiments.report.below_totals import groups_table, steps_table
from experiments.report.findings import decide
from experiments.report.metrics_table import metrics_csv
from experiments.report.picture import Table
from experiments.report.reading import Reading
from experiments.results import CompareResult
from experiments.run_tables import daily_table
from experiments.store import read_result
from experiments.sweep import SweepResult, axes_of, check_points, points_of, summarise_sweep, sweep_rows
from experiments.tables import contrast_lines
from experiments.texts import known_language
from sim import InputError, Loaded, Options, load, nearest

Kind: TypeAlias = Literal["metrics", "replications", "daily", "segments", "funnel", "assumptions", "steps"]
KINDS: tuple[Kind, ...] = ("metrics", "replications", "daily", "segments", "funnel", "assumptions", "steps")

SHOWN = ("net_minor", "recovery_minor", "recovery_rate", "cost_minor", "cure_rate", "complaints_per_1000", "promises",
         "kept_rate")
"""Metrics of a comparison's display."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison as a notebook shows it; `result` is what reports and the console read."""

    result: CompareResult
    language: str = "en"

    def _repr_html_(self) -> str:
        """Return the verdict, the main table and the differences; names stay text."""
        reading = Reading.of(self.result, known_language(self.language))
        card = decide(reading)
        strategies = self.result.strategies
        header = ["", *(reading.label(s.name) for s in strategies)]
        rows = [[reading.metric(name), *(reading.estimate(s.metrics[name], reading.info(name).unit) for s in strategies)]
                for name in SHOWN if name in self.result.metrics]
        cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        sentences = "".join(f"<li>{html.escape(text)}</li>" for text in (*card.sentences, *reading.spoken.warnings))
        return f"<p><b>{html.escape(card.headline)}</b></p><ul>{sentences}</ul><table><tr>{cells}</tr>{body}</table>"

    def __str__(self) -> str:
        """Return the verdict and the differences as plain text."""
        reading = Reading.of(self.result, known_language(self.language))
        return "\n".join([decide(reading).headline, *contrast_lines(self.result, self.language)])


# ------------------------------------------------------------------------------------------------------------------ playing
def load_scenario(scenario: str | Path, settings: Mapping[str, object] | None = None, portfolio: str | Path | None = None,
                  seed: int | None = None, replications: int | None = None) -> Loaded:
    """Load a scenario as the console command does.

    Args:
        scenario: its YAML file.
        settings: what `--set` takes, as a mapping: {"horizon.days": 30}.
        portfolio: a file in place of the scenario's.
        seed: one whole number from which all three seeds are made.
        replications: how many times each world is played.

    Raises:
        InputErrors: every fault, with file and line.
    """
    given = tuple(f"{key}={value}" for key, value in (settings or {}).items())
    return load(Path(scenario), Options(None if portfolio is None else Path(portfolio), given, seed, replications))


def compare(scenario: str | Path | Loaded, settings: Mapping[str, object] | None = None, *, replications: int | None = None,
            jobs: int = 1, language: str = "en") -> Comparison:
    """Compare all strategies of a scenario: the numbers of `duecourse compare`, to the last digit.

    Args:
        scenario: its file, or what `load_scenario` returned (then settings and replications are those it was loaded with).
        settings: as in `load_scenario`.
        replications: as there.
        jobs: worker processes; results do not depend on it.
        language: of sentences, "en" or "zh".

    Raises:
        InputErrors: faults of the scenario.
    """
    loaded = scenario if isinstance(scenario, Loaded) else load_scenario(scenario, settings, replications=replications)
    workers = Workers(jobs)
    workers.check()
    known = known_language(language)
    found = collect(loaded, "compiled", workers, lambda _done: None)
    return Comparison(summarise(loaded, found, "compiled", known), language)


def sweep(scenario: str | Path | Loaded, over: Sequence[str], metric: str = "net_minor", *, jobs: int = 1) -> SweepResult:
    """Play all strategies at every point of one or two ranges: the numbers of `duecourse sweep`.

    Args:
        scenario: its file, or what `load_scenario` returned.
        over: texts as `--over` takes them: ["resources.desk.groups.general.agents=1:5:1"].
        metric: by which strategies are ordered.
        jobs: worker processes; results do not depend on it.

    Raises:
        InputError: a range or a value that is not allowed.
    """
    loaded = scenario if isinstance(scenario, Loaded) else load_scenario(scenario)
    axes = axes_of(over)
    check_points(loaded, axes, metric)
    workers = Workers(jobs)
    workers.check()
    found = play_points(Base(loaded, "compiled"), points_of(axes), workers, lambda _done: None)
    return summarise_sweep(loaded, axes, metric, found)


def open_run(folder: str | Path, language: str = "en") -> Comparison:
    """Return the comparison of a run folder.

    Raises:
        InputError: there is none.
    """
    return Comparison(read_result(Path(folder)), language)


def report(comparison: Comparison, path: str | Path) -> Path:
    """Write the page (.html) or the workbook (.xlsx) of a comparison, as the file's ending says.

    Raises:
        InputError: another ending, or the file exists.
    """
    from experiments.excel import write_workbook  # noqa: PLC0415 - writers are loaded by whoever writes
    from experiments.report import write_report  # noqa: PLC0415

    file = Path(path)
    writers = {".html": write_report, ".xlsx": write_workbook}
    if file.suffix not in writers:
        raise InputError("path", str(file), "a name that ends in .html or .xlsx", "Say which of the two it is.")
    if file.exists():
        raise InputError("path", str(file), "a file that does not exist yet", "Name another one.")
    writers[file.suffix](comparison.result, file, comparison.language)
    return file


# ------------------------------------------------------------------------------------------------------------------- tables
def table(comparison: Comparison | SweepResult, kind: Kind = "metrics") -> pa.Table:
    """Return a result as an Arrow table; `.to_pandas()` and `polars.from_arrow` take it from there.

    Args:
        comparison: what was compared; of a sweep there is one table, whatever `kind` says.
        kind: "metrics" (a row a strategy or contrast, and metric), "replications" (a row a strategy, replication and metric),
            "daily" (a row a strategy, replication and day), "segments", "funnel", "assumptions", "steps" (of replication 0; only
            of runs that kept their logs). Money in minor units.

    Raises:
        InputError: no such kind.
    """
    if isinstance(comparison, SweepResult):
        header, rows = sweep_rows(comparison)
        return _arrow(Table(header, tuple(rows)))
    reading = Reading.of(comparison.result, "en")
    result = comparison.result
    if kind == "metrics":
        return _arrow(metrics_csv(reading))
    if kind == "replications":
        return _replications(result)
    if kind == "daily":
        return daily_table(result)
    if kind == "segments":
        return _arrow(groups_table(reading))
    if kind == "steps":
        return _arrow(steps_table(reading))
    if kind == "assumptions":
        return _arrow(Table(("key", "value", "low", "high", "unit"),
                            tuple((a.key, a.value, a.low, a.high, a.unit) for a in result.assumptions)))
    if kind == "funnel":
        return _arrow(Table(("strategy", "stage", "accounts_mean", "accounts_se"),
                            tuple((s.name, stage, found.mean, found.se) for s in result.strategies for stage, found in s.funnel)))
    raise InputError("kind", kind, f"one of {', '.join(KINDS)}", nearest(str(kind), KINDS))


def _replications(result: CompareResult) -> pa.Table:
    """Return each metric of each world: what paired analyses start from."""
    parts = []
    for strategy in result.strategies:
        names = list(strategy.values)
        parts.append(pa.table({
            "strategy": pa.array([strategy.name] * (len(names) * result.replications), pa.string()),
            "replication": np.tile(np.arange(result.replications, dtype=np.int32), len(names)),
            "metric": pa.array([name for name in names for _ in range(result.replications)], pa.string()),
            "value": np.concatenate([strategy.values[name] for name in names])}))
    return pa.concat_tables(parts)


def _cell(cell: str | float | None) -> str | float | None:
    return None if isinstance(cell, float) and math.isnan(cell) else cell


def _arrow(found: Table) -> pa.Table:
    """Return a table of cells as Arrow, column by column; nan is null."""
    columns: dict[str, Any] = {}
    for place, name in enumerate(found.columns):
        cells = [_cell(row[place]) for row in found.rows]
        numbers = any(isinstance(cell, float) for cell in cells)
        columns[name] = pa.array(cells, pa.float64() if numbers else None)
    return pa.table(columns)
