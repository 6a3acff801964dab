"""The cells of one sheet of a workbook."""

from __future__ import annotations

import io
from typing import Any

import python_calamine as calamine

from sim.errors import InputError


def read_sheet(raw: bytes, where: str, sheet: str = "") -> tuple[list[list[Any]], list[str]]:
    """Return (rows of cells from the first row on, notes); dates are `date` or `datetime`, empty cells "".

    Args:
        raw: the workbook's bytes.
        where: the file, for messages.
        sheet: the sheet's name; empty for the first.

    Raises:
        InputError: no workbook, a password, an unknown sheet.
    """
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        names = book.sheet_names
        if not names or (sheet and sheet not in names):
            raise InputError(where, f"no sheet `{sheet}`", f"one of {', '.join(names)}", "Correct `sheet:`.")
        chosen = sheet or names[0]
        rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except calamine.PasswordError:
        raise InputError(
            where, "a workbook with a password", "an open workbook", "Save a copy without password."
        ) from None
    except calamine.CalamineError as error:
        raise InputError(
            where,
            f"unreadable content ({str(error)[:80]})",
            "an .xlsx workbook",
            "Save the table again as .xlsx, or as CSV in UTF-8.",
        ) from None
    others = [name for name in names if name != chosen]
    notes = [f"sheet `{chosen}` was read; not read: {', '.join(others)}"] if others and not sheet else []
    return rows, notes
