"""From a file to a raw table: CSV, Parquet or xlsx, every cell as the file has it, nothing interpreted."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import InputError
from sim.portfolio.encoding import to_utf8
from sim.portfolio.headers import normalise
from sim.portfolio.parsing import is_text
from sim.portfolio.xlsx import read_sheet

FORMATS: Final = ".csv, .csv.gz, .txt, .tsv, .parquet or .xlsx"
DELIMITERS: Final = (",", ";", "\t")
HEAD_ROWS: Final = 10
"""The header is looked for among this many rows; titles may stand above it."""
HEAD_BYTES: Final = 1 << 20
BLOCK_BYTES: Final = 1 << 24


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
        headers, columns, numbers, notes, faults = _read_text(raw, where, expected, encoding, delimiter)
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


def find_header(rows: Sequence[Sequence[str]], expected: frozenset[str]) -> tuple[int, list[str]]:
    """Return (index of the header row, its names): the row with most expected names, the first if none has.

    A cell left empty by a merge takes the text standing above it, so a header of two rows is read as one.
    """
    candidates: list[list[str]] = []
    for place, row in enumerate(rows):
        names = [cell.strip() for cell in row]
        for column, text in enumerate(names):
            if not text:
                above = [before[column].strip() for before in rows[:place] if column < len(before)]
                names[column] = next((cell for cell in reversed(above) if cell), "")
        candidates.append(names)
    scores = [sum(normalise(name) in expected for name in names if name) for names in candidates]
    best = int(np.argmax(scores)) if scores else 0
    return best, candidates[best] if candidates else []


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


# ------------------------------------------------------------------------------------------------ text files


def _read_text(
    raw: bytes, where: str, expected: frozenset[str], encoding: str, delimiter: str
) -> tuple[list[str], list[Any], NDArray[np.int64], list[str], list[InputError]]:
    if raw.startswith(b"\x1f\x8b"):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error):
            raise InputError(
                where, "a damaged gzip file", "a complete .csv.gz", "Copy or export it again."
            ) from None
    elif where.lower().endswith(".gz"):
        raise InputError(
            where, "a file that is not compressed", "gzip data, as its ending says", "Remove .gz from it."
        )
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1")):
        raise InputError(
            where,
            "a workbook or Parquet file named as text",
            "text with one account a line",
            "Give the file its own ending (.xlsx, .parquet).",
        )
    body, found = to_utf8(raw, where, encoding)
    notes = [f"the file was read as {found.upper()}"] if found != "utf-8" else []
    head, offsets, sign = _head(body, where, delimiter)
    place, headers = find_header(head, expected)
    if place:
        notes.append(f"the header was found in row {place + 1}; {place} row(s) above it are titles")
    headers = headers or [""]
    width = len(headers)
    ragged: list[tuple[int, int]] = []

    def note_ragged(row: Any) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip"

    names = [f"c{k}" for k in range(width)]
    data = body[offsets[place] :]
    if not data.strip():
        return headers, [pa.array([], pa.string())] * width, np.empty(0, np.int64), notes, []
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(
                delimiter=sign,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=note_ragged,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(
            where,
            str(error).splitlines()[0],
            "text with one account a line",
            "Look for a quotation mark that is never closed.",
        ) from None
    numbers = np.setdiff1d(np.arange(1, len(table) + len(ragged) + 1), [number for number, _ in ragged])
    faults = [
        InputError(
            f"{where}: row {number + place + 1}",
            f"{cells} cells",
            f"{width} cells, as the header has",
            "Put quotation marks around cells that hold the separator, or repair the row.",
        )
        for number, cells in ragged
    ]
    return headers, [column.combine_chunks() for column in table.columns], numbers + place + 1, notes, faults


def _head(body: bytes, where: str, delimiter: str) -> tuple[list[list[str]], list[int], str]:
    """Return (the first records, where in `body` the record after each begins, the delimiter)."""
    lines = io.StringIO(body[:HEAD_BYTES].decode("utf-8", "ignore"), newline="").readlines()[: 50 * HEAD_ROWS]
    sign = delimiter or _sniffed(lines[:20])
    ends = np.cumsum([len(line.encode()) for line in lines])
    reader = csv.reader(lines, delimiter=sign)
    head, offsets = [], []
    try:
        for record in reader:
            head.append(record)
            offsets.append(int(ends[reader.line_num - 1]))
            if len(head) == HEAD_ROWS:
                break
    except csv.Error as error:
        raise InputError(
            where,
            f"a line that is no CSV ({error})",
            "text with one account a line",
            "Export the table again.",
        ) from None
    return head, offsets, sign


def _sniffed(lines: Sequence[str]) -> str:
    """Return the delimiter that gives the most lines the same number of cells, and the most cells."""

    def merit(sign: str) -> tuple[int, int]:
        widths = Counter(len(record) for record in csv.reader(lines, delimiter=sign) if record)
        del widths[1]
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return count, width

    try:
        return max(DELIMITERS, key=merit)
    except csv.Error:
        return DELIMITERS[0]


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
