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

    def label(*names: str) -> str:
        return next((columns[name].label for name in names if name in columns), names[0])

    def check(
        name: str, bad: NDArray[np.bool_], values: NDArray[np.float64], expected: str, advice: str = ""
    ) -> None:
        mask = _scattered(cells, rows, bad[rows])
        cells.faults.add_rows(name, mask, _shown(values), expected, advice)

    clean = ~cells.faults.bad
    major = float(money.minor_per_major)
    held = label("balance", "principal")
    check(held, np.isnan(money.balance) & clean, money.balance, "an amount")
    check(
        held,
        money.balance < 0,
        money.balance / major,
        "an amount of 0 or more",
        'If such accounts are to be left out, say so: `exclude: "balance < 0"` in the mapping.',
    )
    for name, values in (
        ("principal", money.principal),
        ("interest", money.interest),
        ("fees", money.fees),
        ("instalment", money.instalment),
    ):
        if name in columns or name == "principal":
            check(
                label(name, "balance"),
                (values < 0) & ~(money.balance < 0),
                values / major,
                f"{name} of 0 or more",
            )
    check(
        held,
        money.apart,
        money.balance / major,
        "principal + interest + fees of the same row",
        "Correct the row, or map only one of `balance` and `principal`.",
    )
    due = label("dpd", "due_date")
    disagreeing = _scattered(cells, rows, timing.apart[rows])
    cells.faults.add_rows(
        due,
        disagreeing,
        lambda row: f"{timing.dpd[row]:.0f} with a due date of {iso(timing.due[row])}",
        "days past due that agree with the due date within a day",
        "Correct one of the two, state `as_of:` in the mapping, or list the due date under `drop:`.",
    )
    check(
        due,
        np.isnan(timing.dpd) & clean,
        timing.dpd,
        "whole days past due",
        "Give each account its days past due; a `map:` must name every value.",
    )
    check(
        due,
        timing.dpd < 0,
        timing.dpd,
        "0 or more days past due",
        'If accounts that are not yet due are to be left out, say so with `where: "dpd >= 0"`.',
    )
    check(
        due, (timing.dpd != np.floor(timing.dpd)) & ~np.isnan(timing.dpd), timing.dpd, "whole days past due"
    )
    check(due, timing.dpd > MOST_DAYS, timing.dpd, f"at most {MOST_DAYS:,.0f} days past due")
    entry = timing.entry_day
    check(
        label("entry_day", "entry_date"),
        (entry != np.floor(entry)) | (entry > MOST_DAYS),
        entry,
        f"a whole day from 0 to {MOST_DAYS:,.0f} after the start",
    )
    present = ~np.isnan(payday)
    check(
        label("payday"),
        present & ~((payday >= 0) & (payday <= 31) & (payday == np.floor(payday))),
        payday,
        "a day of the month from 1 to 31, 0 or nothing where unknown",
    )
    check(label("score"), np.isinf(score), score, "a finite number")


def _scattered(cells: Cells, rows: NDArray[np.int64], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask over all rows of the file from one over the kept rows."""
    out = np.zeros(cells.raw.rows, dtype=np.bool_)
    out[rows] = mask
    return out


def _shown(values: NDArray[np.float64]) -> Callable[[int], str]:
    return lambda row: "an empty cell" if np.isnan(values[row]) else f"{values[row]:,.10g}"
