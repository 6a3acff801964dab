"""What every kept account must satisfy. All faults are added; none stops the search for the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.errors import InputError
from sim.portfolio.cells import Cells
from sim.portfolio.money import Money
from sim.portfolio.resolve import Binding
from sim.portfolio.timing import Timing, iso

MOST_DAYS: Final = 36_500.0
"""A hundred years past due, or until entry, is a slip."""


def kept_keys(
    cells: Cells, columns: Mapping[str, Binding], rows: NDArray[np.int64]
) -> tuple[list[str], list[str]]:
    """Return (account keys, person keys) of the kept rows; empty keys and repeated accounts are faults."""
    accounts = _keys(cells, columns["account_id"], rows)
    if "person_id" in columns:
        return accounts, _keys(cells, columns["person_id"], rows)
    return accounts, accounts


def _keys(cells: Cells, binding: Binding, rows: NDArray[np.int64]) -> list[str]:
    if binding.column < 0:
        cells.faults.add(
            InputError(binding.where, "a constant or an expression", "a header: keys differ by row")
        )
        return [""] * len(rows)
    keys: list[str] = cells.key(binding).take(pa.array(rows)).to_pylist()
    empty = _scattered(cells, rows, np.array([not key for key in keys], dtype=np.bool_))
    cells.faults.add_rows(binding.label, empty, lambda _: "an empty cell", "a key")
    if binding.name == "account_id" and len(set(keys)) < len(keys):
        _report_duplicates(cells, binding, rows, keys)
    return keys


def _report_duplicates(cells: Cells, binding: Binding, rows: NDArray[np.int64], keys: list[str]) -> None:
    first: dict[str, int] = {}
    earlier: dict[int, int] = {}
    for row, key in zip(rows.tolist(), keys, strict=True):
        before = first.setdefault(key, row)
        if key and before != row:
            earlier[row] = int(cells.raw.row_number[before])
    given = cells.given(binding)
    again = np.zeros(cells.raw.rows, dtype=np.bool_)
    again[list(earlier)] = True
    cells.faults.add_rows(
        binding.label,
        again,
        lambda row: f"{given(row)}, also in row {earlier[row]}",
        "each account once",
        "Remove the copy, or keep one snapshot with `where:` in the mapping.",
    )


def check_accounts(
    cells: Cells,
    columns: Mapping[str, Binding],
    rows: NDArray[np.int64],
    money: Money,
    timing: Timing,
    score: NDArray[np.float64],
    payday: NDArray[np.float64],
) -> None:
    """Check amounts, days past due, days of entry, scores and paydays of the kept rows."""
    checker = _Checker(cells, columns, rows)
    checker.money(money)
    checker.timing(timing)
    known = ~np.isnan(payday)
    wrong = known & ~((payday >= 0) & (payday <= 31) & (payday == np.floor(payday)))
    checker.check(("payday",), wrong, payday, "a day of the month from 1 to 31, 0 or nothing where unknown")
    checker.check(("score",), np.isinf(score), score, "a finite number")


class _Checker:
    """Adds faults of kept rows only, under the header of the first column that the file has of some names."""

    def __init__(self, cells: Cells, columns: Mapping[str, Binding], rows: NDArray[np.int64]) -> None:
        self.cells, self.columns, self.rows = cells, columns, rows
        self.clean = ~cells.faults.bad
        """Rows without a fault so far: an unreadable cell is not reported as an empty one too."""

    def check(
        self,
        names: tuple[str, ...],
        bad: NDArray[np.bool_],
        shown: NDArray[np.float64] | Callable[[int], str],
        expected: str,
        advice: str = "",
    ) -> None:
        label = next((self.columns[name].label for name in names if name in self.columns), names[0])
        given = shown if callable(shown) else _shown(shown)
        mask = _scattered(self.cells, self.rows, bad[self.rows])
        self.cells.faults.add_rows(label, mask, given, expected, advice)

    def money(self, money: Money) -> None:
        major, names = float(money.minor_per_major), ("balance", "principal")
        advice = 'If such accounts are to be left out, say so: `exclude: "balance < 0"` in the mapping.'
        self.check(names, np.isnan(money.balance) & self.clean, money.balance, "an amount")
        self.check(names, money.balance < 0, money.balance / major, "an amount of 0 or more", advice)
        for name in ("principal", "interest", "fees", "instalment"):
            values: NDArray[np.float64] = getattr(money, name)
            negative = (values < 0) & ~(money.balance < 0)
            if name in self.columns or name == "principal":
                self.check((name, "balance"), negative, values / major, f"{name} of 0 or more")
        advice = "Correct the row, or map only one of `balance` and `principal`."
        expected = "principal + interest + fees of the same row"
        self.check(names, money.apart, money.balance / major, expected, advice)

    def timing(self, timing: Timing) -> None:
        dpd, entry, names = timing.dpd, timing.entry_day, ("dpd", "due_date")

        def both(row: int) -> str:
            return f"{dpd[row]:.0f} with a due date of {iso(timing.due[row])}"

        expected = "days past due that agree with the due date within a day"
        advice = "Correct one of the two, state `as_of:` in the mapping, or list the due date under `drop:`."
        self.check(names, timing.apart, both, expected, advice)
        advice = "Give each account its days past due; a `map:` must name every value."
        self.check(names, np.isnan(dpd) & self.clean, dpd, "whole days past due", advice)
        advice = 'If accounts that are not yet due are to be left out, say so with `where: "dpd >= 0"`.'
        self.check(names, dpd < 0, dpd, "0 or more days past due", advice)
        self.check(names, (dpd != np.floor(dpd)) & ~np.isnan(dpd), dpd, "whole days past due")
        self.check(names, dpd > MOST_DAYS, dpd, f"at most {MOST_DAYS:,.0f} days past due")
        slip = (entry != np.floor(entry)) | (entry > MOST_DAYS)
        expected = f"a whole day from 0 to {MOST_DAYS:,.0f} after the start"
        self.check(("entry_day", "entry_date"), slip, entry, expected)


def _scattered(cells: Cells, rows: NDArray[np.int64], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask over all rows of the file from one over the kept rows."""
    out = np.zeros(cells.raw.rows, dtype=np.bool_)
    out[rows] = mask
    return out


def _shown(values: NDArray[np.float64]) -> Callable[[int], str]:
    return lambda row: "an empty cell" if np.isnan(values[row]) else f"{values[row]:,.10g}"
