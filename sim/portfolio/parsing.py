"""From cells to values: numbers, dates, flags and texts as real exports write them, a column at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.portfolio.headers import UNIT_SCALES
from sim.portfolio.table import Category

MISSING_NUMBER: Final = ("", "na", "n/a", "null", "none", "nan", "#n/a", "-", "--", "—")
MISSING_TEXT: Final = ("", "null", "none", "nan", "#n/a")
EXACT_INTEGER: Final = 2.0**53
EXCEL_DIGITS: Final = 1e15
"""A spreadsheet cell keeps 15 digits of a number; longer keys have lost their end."""
EXCEL_DAYS: Final = (32_874, 73_050)
"""Day numbers of the 1900 date system that are read as dates: 1990-01-01 to 2099-12-31."""
EPOCH: Final = date(1970, 1, 1).toordinal()
EXCEL_EPOCH: Final = date(1899, 12, 30).toordinal()
NO_DAY: Final = -(2**31)

_PLAIN = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_GROUPED = re.compile(r"^[+-]?\d{1,3}(?:(?:,\d{2,3})*,\d{3}|(?: \d{3})+)(?:\.\d*)?$")
_SCIENTIFIC = r"^[+-]?\d+(?:\.\d+)?[eE]\+?\d+$"
_SYMBOLS = {
    "¥": ("CNY", "JPY", ""),
    "NT$": ("TWD", ""),
    "$": ("USD", "TWD", "HKD", "SGD", "AUD", "CAD", "MXN", ""),
    "€": ("EUR", ""),
    "£": ("GBP", ""),
    "US$": ("USD", ""),
}
_TRUE = frozenset({"1", "1.0", "true", "t", "yes", "y", "是", "有", "√"})
_FALSE = frozenset({"0", "0.0", "false", "f", "no", "n", "否", "无", "×"})
_DATES = (
    re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]\d{1,2}:\d{2}.*)?$"),
    re.compile(r"^(\d{4})(\d{2})(\d{2})$"),
    re.compile(r"^(\d{4})年(\d{1,2})月(\d{1,2})日$"),
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number column: float64 (rows,), nan where missing or bad; `scaled`: it has its own unit (万)."""

    values: NDArray[np.float64]
    missing: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    percent: NDArray[np.bool_]
    scaled: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Days:
    """A date column: int64 (rows,) days since 1970, `NO_DAY` where missing or bad; `serial` day numbers."""

    values: NDArray[np.int64]
    missing: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    serial: int


@dataclass(frozen=True, slots=True)
class Flags:
    """A yes/no column, bool (rows,)."""

    values: NDArray[np.bool_]
    missing: NDArray[np.bool_]
    bad: NDArray[np.bool_]


def is_text(column: Any) -> bool:
    """Return whether an Arrow column holds text."""
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def is_number(column: Any) -> bool:
    """Return whether an Arrow column holds integers, floats or decimals."""
    kind = column.type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def cleaned(column: Any) -> Any:
    """Return a text column without white space at the ends and with full-width characters made ordinary."""
    if not pc.all(pc.string_is_ascii(column), min_count=0).as_py():
        column = pc.utf8_normalize(column, form="NFKC")
    return pc.utf8_trim_whitespace(pc.fill_null(column, ""))


def shown(column: Any, row: int) -> str:
    """Return a cell as the file has it, for messages."""
    value = column[row].as_py()
    if value is None or value == "":
        return "an empty cell"
    return repr(value) if isinstance(value, str) else str(value)


def _mask(flags: Any) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(flags, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def numbers(column: Any, decimal: str = ".", currency: str = "") -> Numbers:
    """Read numbers: plain, with thousands separators, `12.5%` (0.125), `1.2万`, `¥5`, `(5)` for -5.

    Args:
        column: an Arrow array of any type, shape (rows,).
        decimal: "." or ",", the file's decimal sign.
        currency: ISO 4217 code; a currency sign that contradicts it is bad.
    """
    rows = len(column)
    none = np.zeros(rows, dtype=np.bool_)
    if is_number(column) or pa.types.is_boolean(column.type):
        missing = _mask(pc.is_null(column, nan_is_null=True))
        values = np.asarray(
            pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64
        )
        return Numbers(values, missing, np.isinf(values), none, none)
    if not is_text(column):
        return Numbers(np.full(rows, np.nan), none, ~none, none, none)
    text = cleaned(column)
    gone = pc.is_in(pc.utf8_lower(text), value_set=pa.array(MISSING_NUMBER))
    missing = _mask(gone)
    plain = pc.and_(pc.match_substring_regex(text, _PLAIN), pc.invert(gone))
    values = np.full(rows, np.nan)
    is_plain = _mask(plain) if decimal == "." else none.copy()
    if is_plain.any():
        kept = pc.if_else(plain, text, pa.scalar(None, pa.string()))
        values = np.array(pc.cast(kept, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
        values[~is_plain] = np.nan
    percent, scaled, bad = none.copy(), none.copy(), none.copy()
    others = np.flatnonzero(~is_plain & ~missing)
    if len(others):
        cells, codes = _coded(text.take(pa.array(others)))
        read = [_number(cell, decimal, currency) for cell in cells]
        values[others] = np.array([np.nan if r is None else r[0] for r in read])[codes]
        percent[others] = np.array([r is not None and r[1] for r in read])[codes]
        scaled[others] = np.array([r is not None and r[2] for r in read])[codes]
        bad[others] = np.array([r is None for r in read])[codes]
    return Numbers(values, missing, bad | (np.isinf(values) & ~missing), percent, scaled)


def _coded(text: Any) -> tuple[list[str], NDArray[np.int64]]:
    """Return (the distinct texts, int64 (rows,) which of them stands in each row); at least one text."""
    coded = pc.dictionary_encode(text)
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    return [str(cell) for cell in coded.dictionary.to_pylist()] or [""], np.asarray(
        coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64
    )


def _number(cell: str, decimal: str, currency: str) -> tuple[float, bool, bool] | None:
    """Return (value, was it a percentage, had it a unit), None for text that is no number."""
    text, negative = cell, False
    if text.startswith("(") and text.endswith(")"):
        text, negative = text[1:-1].strip(), True
    for sign in sorted(_SYMBOLS, key=len, reverse=True):
        if text.startswith(sign):
            if currency not in _SYMBOLS[sign]:
                return None
            text = text[len(sign) :].strip()
            break
    percent = text.endswith("%")
    scale = 0.01 if percent else 1.0
    text = text.removesuffix("%").strip()
    unit = next((unit for unit in sorted(UNIT_SCALES, key=len, reverse=True) if text.endswith(unit)), "")
    if unit and not percent:
        scale, text = UNIT_SCALES[unit], text.removesuffix(unit).strip()
    if decimal == ",":
        text = text.replace(".", "\0").replace(",", ".").replace("\0", ",")
    if _GROUPED.match(text):
        text = re.sub(r"[, ]", "", text)
    if not re.match(_PLAIN, text):
        return None
    value = float(text)
    # A division by 100 is correctly rounded, a product with 0.01 is not: 12.5% is 0.125.
    value = value / 100.0 if percent else value * scale
    return -value if negative else value, percent, bool(unit)


def texts(column: Any) -> tuple[Any, NDArray[np.bool_]]:
    """Return (an Arrow string array, bool (rows,) whether digits were lost) of a key column.

    Whole numbers lose their ".0" only where the file's own type is a number; text keeps its leading zeros.
    Keys such as 1.23E+17, or numbers with more digits than a spreadsheet keeps, have lost their end.
    """
    if is_text(column):
        text = cleaned(column)
        return text, _mask(pc.match_substring_regex(text, _SCIENTIFIC))
    if pa.types.is_floating(column.type):
        values = np.asarray(pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False), dtype=np.float64)
        whole = np.isfinite(values) & (values == np.floor(values))
        lost = ~np.isnan(values) & (~whole | (np.abs(values) >= EXCEL_DIGITS))
        cells = [
            "" if np.isnan(v) else (str(int(v)) if ok else repr(float(v)))
            for v, ok in zip(values, whole, strict=True)
        ]
        return pa.array(cells, pa.string()), lost
    return pc.fill_null(pc.cast(column, pa.string()), ""), np.zeros(len(column), dtype=np.bool_)


def category(column: Any) -> Category:
    """Return a text column as codes and sorted labels; empty cells and NULL are missing (-1)."""
    text, _ = texts(column)
    return category_of(text)


def category_of(text: Any) -> Category:
    """Return an Arrow string array as codes and sorted labels."""
    raw, codes = _coded(text)
    labels = sorted({label for label in raw if label.lower() not in MISSING_TEXT})
    place = {label: code for code, label in enumerate(labels)}
    return Category(np.array([place.get(label, -1) for label in raw], dtype=np.int32)[codes], tuple(labels))


def _by_value(
    text: Any, read: Callable[[str], T | None], empty: T, kind: type
) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
    """Read each distinct text once: (values, missing, bad)."""
    raw, codes = _coded(text)
    results = [None if cell.lower() in MISSING_NUMBER else read(cell) for cell in raw]
    values: NDArray[Any] = np.array([empty if result is None else result for result in results], dtype=kind)
    missing = np.array([cell.lower() in MISSING_NUMBER for cell in raw])
    bad = np.array([result is None for result in results]) & ~missing
    return values[codes], missing[codes], bad[codes]


def flags(column: Any) -> Flags:
    """Read yes/no: 1/0, true/false, yes/no, 是/否, 有/无. Counts are read with `numbers` instead."""
    if pa.types.is_boolean(column.type):
        missing = _mask(pc.is_null(column))
        return Flags(_mask(column), missing, np.zeros(len(column), dtype=np.bool_))
    text, _ = texts(column)

    def read(cell: str) -> bool | None:
        low = cell.lower()
        return True if low in _TRUE else False if low in _FALSE else None

    values, missing, bad = _by_value(text, read, False, np.bool_)
    return Flags(values, missing, bad)


def days(column: Any, date_format: str = "") -> Days:
    """Read dates: ISO, 2024/1/31, 20240131, 2024年1月31日, a spreadsheet's day number; or by `date_format`.

    Args:
        column: an Arrow array of texts, dates, timestamps or day numbers, shape (rows,).
        date_format: as for `datetime.strptime`, where the mapping states one; then only that form is read.
    """
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        missing = _mask(pc.is_null(column))
        whole = pc.fill_null(pc.cast(pc.cast(column, pa.date32(), safe=False), pa.int32()), 0)
        values = np.asarray(whole.to_numpy(zero_copy_only=False), dtype=np.int64)
        return Days(np.where(missing, NO_DAY, values), missing, np.zeros(len(column), dtype=np.bool_), 0)
    text, _ = texts(column)
    values, missing, bad = _by_value(text, lambda cell: _day(cell, date_format), NO_DAY, np.int64)
    serial = (
        0 if date_format else int(np.sum(_mask(pc.match_substring_regex(text, r"^\d{5}(?:\.\d+)?$")) & ~bad))
    )
    return Days(values, missing, bad, serial)


def _day(cell: str, date_format: str) -> int | None:
    try:
        if date_format:
            return datetime.strptime(cell, date_format).date().toordinal() - EPOCH  # noqa: DTZ007
        for pattern in _DATES:
            found = pattern.match(cell)
            if found:
                return date(int(found[1]), int(found[2]), int(found[3])).toordinal() - EPOCH
        number = float(cell)
    except ValueError:
        return None
    return int(number) + EXCEL_EPOCH - EPOCH if EXCEL_DAYS[0] <= number <= EXCEL_DAYS[1] else None
