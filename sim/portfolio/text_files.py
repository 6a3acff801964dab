"""Text files with one account a line: compression, encoding, delimiter, and rows that are no rows."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from sim.errors import InputError
from sim.portfolio.encoding import to_utf8
from sim.portfolio.headers import find_header

DELIMITERS: Final = (",", ";", "\t")
HEAD_ROWS: Final = 10
"""The header is looked for among this many rows; titles may stand above it."""
HEAD_BYTES: Final = 1 << 20
BLOCK_BYTES: Final = 1 << 24


def read_text(
    raw: bytes, where: str, expected: frozenset[str], encoding: str, delimiter: str
) -> tuple[list[str], list[Any], NDArray[np.int64], list[str], list[InputError]]:
    """Return (headers, text columns, row numbers, notes, faults) of a CSV file's bytes.

    Args:
        raw: the bytes, gzip or not.
        where: the file, for messages.
        expected: normalised headers by which the header is told from titles.
        encoding: empty to find it out.
        delimiter: empty to find it out.

    Raises:
        InputError: damaged gzip, a workbook named as text, an encoding or a quotation that cannot be right.
    """
    raw = _decompressed(raw, where)
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1")):
        got, advice = (
            "a workbook or Parquet file named as text",
            "Give the file its own ending (.xlsx, .parquet).",
        )
        raise InputError(where, got, "text with one account a line", advice)
    body, found = to_utf8(raw, where, encoding)
    notes = [f"the file was read as {found.upper()}"] if found != "utf-8" else []
    head, offsets, sign = _head(body, where, delimiter)
    place, headers = find_header(head, expected)
    if place:
        notes.append(f"the header was found in row {place + 1}; {place} row(s) above it are titles")
    headers = headers or [""]
    columns, numbers, ragged = _parsed(body[offsets[place] :], where, len(headers), sign)
    advice = "Put quotation marks around cells that hold the separator, or repair the row."
    faults = [
        InputError(
            f"{where}: row {number + place + 1}",
            f"{cells} cells",
            f"{len(headers)} cells, as the header has",
            advice,
        )
        for number, cells in ragged
    ]
    return headers, columns, numbers + place + 1, notes, faults


def _decompressed(raw: bytes, where: str) -> bytes:
    if raw.startswith(b"\x1f\x8b"):
        try:
            return gzip.decompress(raw)
        except (OSError, EOFError, zlib.error):
            advice = "Copy or export it again."
            raise InputError(where, "a damaged gzip file", "a complete .csv.gz", advice) from None
    if where.lower().endswith(".gz"):
        got, expected = "a file that is not compressed", "gzip data, as its ending says"
        raise InputError(where, got, expected, "Remove .gz from its name.")
    return raw


def _parsed(
    data: bytes, where: str, width: int, delimiter: str
) -> tuple[list[Any], NDArray[np.int64], list[tuple[int, int]]]:
    """Return (columns, the number of each row, (number, cells) of rows of another width), counted from 1."""
    if not data.strip():
        return [pa.array([], pa.string())] * width, np.empty(0, np.int64), []
    ragged: list[tuple[int, int]] = []

    def note_ragged(row: Any) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip"

    names = [f"c{k}" for k in range(width)]
    # One thread: only then does the handler learn the row's number.
    reading = pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=BLOCK_BYTES)
    parsing = pa_csv.ParseOptions(
        delimiter=delimiter,
        newlines_in_values=True,
        ignore_empty_lines=False,
        invalid_row_handler=note_ragged,
    )
    converting = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
    )
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(data), read_options=reading, parse_options=parsing, convert_options=converting
        )
    except pa.ArrowInvalid as error:
        advice = "Look for a quotation mark that is never closed."
        got = str(error).splitlines()[0]
        raise InputError(where, got, "text with one account a line", advice) from None
    numbers = np.setdiff1d(np.arange(1, len(table) + len(ragged) + 1), [number for number, _ in ragged])
    return [column.combine_chunks() for column in table.columns], numbers, ragged


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
