"""Days past due and the day on which an account enters, from whichever dates a file has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.portfolio.cells import Cells
from sim.portfolio.parsing import EPOCH, NO_DAY
from sim.portfolio.resolve import Binding

AGREEING_SHARE: Final = 0.5
"""The snapshot's day is found out from due dates and days past due only if most rows agree on it."""


@dataclass(frozen=True, slots=True)
class Timing:
    """float64 (rows,): days past due on the day of entry (nan where unknown), and that day (0: the start)."""

    dpd: NDArray[np.float64]
    entry_day: NDArray[np.float64]
    due: NDArray[np.float64]
    """Due date in days since 1970-01-01, float64 (rows,), nan where unknown."""
    apart: NDArray[np.bool_]
    """Where stated days past due disagree with the due date; bool (rows,)."""


def read_timing(cells: Cells, columns: Mapping[str, Binding], as_of: date | None, start: date) -> Timing:
    """Read days past due, due dates and entry dates.

    Args:
        cells: the file.
        columns: canonical columns.
        as_of: the snapshot's day, where the mapping states it.
        start: the calendar's first day.
    """
    rows = cells.raw.rows
    entry = _entry_day(cells, columns, start)
    nothing, fitting = np.full(rows, np.nan), np.zeros(rows, dtype=np.bool_)
    dpd = cells.number(columns["dpd"]) if "dpd" in columns else None
    if "due_date" not in columns:
        return Timing(nothing if dpd is None else dpd, entry, nothing, fitting)
    read = cells.days(columns["due_date"])
    due = np.where(read.values == NO_DAY, np.nan, read.values.astype(np.float64))
    snapshot = _snapshot(cells, columns, as_of, due, dpd, start)
    # An account that enters later has its days past due on the day of entry, not on the snapshot's.
    own_day = np.where(entry > 0, start.toordinal() - EPOCH + entry, snapshot)
    if dpd is None:
        return Timing(own_day - due, entry, due, fitting)
    apart = (np.abs(own_day - due - dpd) > 1.0) & ~((dpd == 0.0) & (own_day < due))
    return Timing(dpd, entry, due, apart)


def _snapshot(
    cells: Cells,
    columns: Mapping[str, Binding],
    as_of: date | None,
    due: NDArray[np.float64],
    dpd: NDArray[np.float64] | None,
    start: date,
) -> NDArray[np.float64]:
    """Return the day as of which each row holds, days since 1970, float64 (rows,)."""
    rows = cells.raw.rows
    if as_of is not None:
        return np.full(rows, float(as_of.toordinal() - EPOCH))
    if "as_of" in columns:
        read = cells.days(columns["as_of"])
        return np.where(read.values == NO_DAY, np.nan, read.values.astype(np.float64))
    if dpd is None:
        cells.notes.append(f"days past due were counted from the due date to the start, {start} (assumed)")
        return np.full(rows, float(start.toordinal() - EPOCH))
    day = (due + dpd)[~np.isnan(due + dpd) & (dpd > 0)]
    if not len(day):
        return np.full(rows, np.nan)
    values, counts = np.unique(day, return_counts=True)
    best = int(np.argmax(counts))
    if counts[best] < AGREEING_SHARE * len(day):
        cells.faults.add(
            InputError(
                cells.raw.path,
                "due dates and days past due that fit no common day",
                "a snapshot of one day",
                "State `as_of:` in the mapping, or drop the due date.",
            )
        )
        return np.full(rows, np.nan)
    cells.notes.append(f"the snapshot is of {iso(values[best])}, as due dates and days past due say")
    return np.full(rows, float(values[best]))


def _entry_day(cells: Cells, columns: Mapping[str, Binding], start: date) -> NDArray[np.float64]:
    """Return the day of entry: dates up to the start, and empty ones, belong to the stock (0)."""
    if "entry_day" in columns:
        return np.maximum(np.nan_to_num(cells.number(columns["entry_day"])), 0.0)
    if "entry_date" not in columns:
        return np.zeros(cells.raw.rows)
    read = cells.days(columns["entry_date"])
    return np.where(
        read.values == NO_DAY, 0.0, np.maximum(read.values - (start.toordinal() - EPOCH), 0)
    ).astype(np.float64)


def iso(day: float) -> str:
    """Return a day since 1970-01-01 as people write it."""
    return "no date" if np.isnan(day) else date.fromordinal(int(day) + EPOCH).isoformat()
