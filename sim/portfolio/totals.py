"""A total row at the bottom of an export: it is no account, and it can be checked against those above."""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.errors import InputError
from sim.portfolio.parsing import is_number, numbers, texts
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
        cells = [texts(column.slice(row, 1))[0][0].as_py() for column in raw.columns if not is_number(column)]
        word = next((cell.rstrip(":： ").lower() for cell in cells if cell), "")
        own = texts(raw.columns[key].slice(row, 1))[0][0].as_py()
        if word not in WORDS or (own and own.rstrip(":： ").lower() not in WORDS):
            continue
        above = raw.first(row)
        notes.append(f"row {raw.row_number[row]} is a total row ({word}) and was not read as an account")
        faults = []
        for place, label in amounts.items():
            stated = numbers(raw.columns[place].slice(row, 1), decimal).values[0]
            found = float(np.nansum(numbers(above.columns[place], decimal).values))
            if not np.isnan(stated) and abs(stated - found) > 0.005 * row + 1e-9 * abs(found) + 0.005:
                faults.append(
                    InputError(
                        f"{raw.path}: row {raw.row_number[row]}, column {label}",
                        f"a total of {stated:,.2f}",
                        f"{found:,.2f}, the sum of the rows above",
                        "Rows are missing or were changed: export again, or remove the total row.",
                    )
                )
        if row + 1 < raw.rows:
            notes.append(f"{raw.rows - row - 1} row(s) below the total row were not read as accounts")
        return above, notes, faults
    return raw, notes, []
