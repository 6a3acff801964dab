"""From a file to a raw table: CSV, Parquet or xlsx, every cell as the file has it, nothing interpreted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import InputError
from sim.portfolio.headers import find_header, normalise
from sim.portfolio.parsing import is_text
from sim.portfolio.text_files import HEAD_ROWS, read_text
from sim.portfolio.xlsx import read_sheet

FORMATS: Final = ".csv, .csv.gz, .txt, .tsv, .parquet or .xlsx"


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as the file has it; every column is an Arrow array of shape (rows,).

    `row_number` is int64 (rows,): the row's number in the file, 1 being the first record, a header where it
    has one.
    `notes` says in sentences what had to be found out; `faults` are rows that are no rows.
    """

    path: str
    sha256: str
    headers: tuple[str, ...]
    columns: tuple[Any, ...]
    row_number: NDArray[np.int64]
    notes: tuple[str, ...] = ()
    faults: tuple[InputError, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows that hold anything."""
        return len(self.row_number)

    def without(self, headers: Collection[str]) -> RawTable:
        """Return the table without the columns of these headers, however they are spelled."""
        gone = {normalise(header) for header in headers}
        kept = [k for k, header in enumerate(self.headers) if normalise(header) not in gone]
        return replace(
            self, headers=tuple(self.headers[k] for k in kept), columns=tuple(self.columns[k] for k in kept)
        )

    def first(self, rows: int) -> RawTable:
        """Return the table's first rows."""
        return replace(
            self,
            columns=tuple(column.slice(0, rows) for column in self.columns),
            row_number=self.row_number[:rows],
        )


def read_table(
    path: Path, expected: frozenset[str], encoding: str = "", delimiter: str = "", sheet: str = ""
) -> RawTable:
    """Read a file.

    Args:
        path: the file; its ending says the format.
        expected: normalised headers that a portfolio may have: the header is the row that holds most of them.
        encoding: of a text file; empty to tell UTF-8 (with or without mark), UTF-16 with mark, GB18030 apart.
        delimiter: of a text file; empty to tell comma, semicolon and tab apart.
        sheet: of a workbook; empty for the first.

    Raises:
        InputError: no such file, an unknown ending, or content that is not what the ending says.
    """
    where = str(path)
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(where, "no such file", f"a portfolio as {FORMATS}", "Check the path.") from None
    except OSError as error:
        raise InputError(
            where,
            error.strerror or "an unreadable file",
            f"a portfolio as {FORMATS}",
            "Check the path and its permissions.",
        ) from None
    digest = hashlib.sha256(raw).hexdigest()
    if not raw:
        raise InputError(where, "an empty file", "a header and one account a row", "Export the table again.")
    name = Path(path).name.lower()
    if name.endswith((".csv", ".txt", ".tsv", ".csv.gz")):
        headers, columns, numbers, notes, faults = read_text(raw, where, expected, encoding, delimiter)
    elif name.endswith((".parquet", ".pq")):
        headers, columns, numbers, notes, faults = _read_parquet(raw, where)
    elif name.endswith((".xlsx", ".xlsm")):
        rows, notes = read_sheet(raw, where, sheet)
        headers, columns, numbers, notes = _from_rows(rows, where, expected, notes)
        faults = []
    else:
        raise InputError(
            where,
            f"a file ending in {''.join(Path(path).suffixes) or 'nothing'}",
            f"{FORMATS}",
            "Save the table in one of these formats.",
        )
    headers, columns, more = _named_columns(headers, columns, where)
    columns, numbers = _without_blank_rows(columns, numbers)
    return RawTable(where, digest, tuple(headers), tuple(columns), numbers, tuple(notes), (*faults, *more))


# ------------------------------------------------------------------------------------------- header and rows


def _named_columns(
    headers: Sequence[str], columns: Sequence[Any], where: str
) -> tuple[list[str], list[Any], list[InputError]]:
    """Leave out columns without header and content; a column with content must have a name."""
    faults = []
    kept: list[tuple[str, Any]] = []
    for place, (header, column) in enumerate(zip(headers, columns, strict=True), start=1):
        if header:
            kept.append((header, column))
        elif not (is_text(column) and not pc.any(pc.not_equal(column, ""), min_count=0).as_py()):
            faults.append(
                InputError(
                    where,
                    f"column {place} without a header",
                    "a name above every column",
                    "Name the column, or remove it.",
                )
            )
    return [header for header, _ in kept], [column for _, column in kept], faults


def _without_blank_rows(
    columns: Sequence[Any], numbers: NDArray[np.int64]
) -> tuple[list[Any], NDArray[np.int64]]:
    blank = np.ones(len(numbers), dtype=np.bool_)
    for column in columns:
        if is_text(column):
            empty = pc.equal(pc.utf8_trim_whitespace(pc.fill_null(column, "")), "")
        else:
            empty = pc.is_null(column, nan_is_null=pa.types.is_floating(column.type))
        blank &= np.asarray(empty.to_numpy(zero_copy_only=False), dtype=np.bool_)
        if not blank.any():
            return list(columns), numbers
    keep = pa.array(~blank)
    return [column.filter(keep) for column in columns], numbers[~blank]


# ----------------------------------------------------------------------------------------- tables and sheets


def _read_parquet(
    raw: bytes, where: str
) -> tuple[list[str], list[Any], NDArray[np.int64], list[str], list[InputError]]:
    try:
        table = pq.read_table(pa.BufferReader(raw))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise InputError(
            where,
            f"unreadable content ({str(error).splitlines()[0][:80]})",
            "a Parquet file",
            "Write the table again.",
        ) from None
    columns = [_flat(column) for column in table.columns]
    return list(table.column_names), columns, np.arange(1, len(table) + 1), [], []


def _flat(column: Any) -> Any:
    """Return one array: dictionaries decoded, large texts as texts."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    whole = column.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _from_rows(
    rows: Sequence[Sequence[Any]], where: str, expected: frozenset[str], notes: list[str]
) -> tuple[list[str], list[Any], NDArray[np.int64], list[str]]:
    if not rows:
        raise InputError(
            where, "an empty sheet", "a header and one account a row", "Name the right `sheet:`."
        )
    head = [
        [cell if isinstance(cell, str) else "" if cell is None else str(cell) for cell in row]
        for row in rows[:HEAD_ROWS]
    ]
    place, headers = find_header(head, expected)
    if place:
        notes = [*notes, f"the header was found in row {place + 1}; {place} row(s) above it are titles"]
    columns = [_sheet_column([row[k] for row in rows[place + 1 :]]) for k in range(len(headers))]
    return headers, columns, np.arange(place + 2, len(rows) + 1), notes


def _sheet_column(cells: Sequence[Any]) -> Any:
    """Return an Arrow array: numbers if every filled cell is one, else texts as a person would type them."""
    filled = [cell for cell in cells if cell is not None and cell != ""]
    if filled and all(isinstance(cell, (int, float)) and not isinstance(cell, bool) for cell in filled):
        return pa.array([None if cell is None or cell == "" else float(cell) for cell in cells], pa.float64())
    return pa.array([_cell_text(cell) for cell in cells], pa.string())


def _cell_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        # Beyond 15 digits a spreadsheet has lost the end: 1.23E+17, so that no key is taken for whole.
        return f"{cell:.15g}".upper() if not cell.is_integer() or abs(cell) >= 1e15 else str(int(cell))
    return str(cell)
