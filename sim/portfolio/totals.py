"""A total row at the bottom of an export: it is no account, and it can be checked against those above."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from sim.errors import InputError
from sim.portfolio.parsing import numbers, texts
from sim.portfolio.reading import RawTable

WORDS: Final = frozenset({"合计", "总计", "小计", "total", "totals", "grand total", "sum", "subtotal"})
LAST_ROWS: Final = 3


def without_totals(
    raw: RawTable, key: int, amounts: dict[int, str], decimal: str
) -> tuple[RawTable, list[str], list[InputError]]:
    """Set a total row among the last rows aside.

    Args:
        raw: the table.
        key: place of the account key's column.
        amounts: place of each amount column -> its label; a total that differs from the sum is a fault.
        decimal: the file's decimal sign.

    Returns:
        The table up to the total row, a sentence for each row set aside, faults.
    """
    notes: list[str] = []
    for row in range(max(raw.rows - LAST_ROWS, 0), raw.rows):
        own = _words(raw, row, [key])
        # A word elsewhere counts only where no account has a key: a product may be called "total".
        found = own if any(own) else _words(raw, row, range(len(raw.columns)))
        word = next((text for text in found if text in WORDS), "")
        if not word:
            continue
        above = raw.first(row)
        notes.append(f"row {raw.row_number[row]} is a total row ({word}) and was not read as an account")
        faults = []
        for place, label in amounts.items():
            stated = numbers(raw.columns[place].slice(row, 1), decimal).values[0]
            total = float(np.nansum(numbers(above.columns[place], decimal).values))
            if not np.isnan(stated) and abs(stated - total) > 0.005 * row + 1e-9 * abs(total) + 0.005:
                faults.append(
                    InputError(
                        f"{raw.path}: row {raw.row_number[row]}, column {label}",
                        f"a total of {stated:,.2f}",
                        f"{total:,.2f}, the sum of the rows above",
                        "Rows are missing or were changed: export again, or remove the total row.",
                    )
                )
        for place, label in amounts.items():
            below = numbers(raw.columns[place].slice(row + 1), decimal).values
            if not np.isnan(below).all():
                faults.append(
                    InputError(
                        f"{raw.path}: column {label}",
                        f"amounts below the total row {raw.row_number[row]}",
                        "the total row as the last one",
                        "Remove the total row, or what stands below it.",
                    )
                )
        if row + 1 < raw.rows:
            notes.append(f"{raw.rows - row - 1} row(s) below the total row were not read as accounts")
        return above, notes, faults
    return raw, notes, []


def _words(raw: RawTable, row: int, places: Iterable[int]) -> list[str]:
    """Return the texts of some cells of a row in lower case, without a colon at the end."""
    cells = [texts(raw.columns[place].slice(row, 1))[0][0].as_py() for place in places]
    return [str(cell).rstrip(":： ").lower() for cell in cells]
