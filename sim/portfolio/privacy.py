"""Columns that hold what is not needed here are refused: names, phone and identity numbers, e-mail."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from sim.errors import InputError
from sim.portfolio.headers import looks_personal, normalise
from sim.portfolio.parsing import is_number, is_text
from sim.portfolio.reading import RawTable

MOBILE_SHARE: Final = 0.2
"""Above this share of cells with 1[3-9] and 9 more digits, alone or in a text, a column holds mobile numbers.

Keys of 11 random digits have that form in 8 % of cells.
"""
IDENTITY_SHARE: Final = 0.01
"""Above this share of valid resident identity numbers a column holds them; 0.004 % of random digits pass."""

_MOBILE = r"(?:^|\D)(?:86[ -]?)?1[3-9]\d{9}(?:\D|$)"
_IDENTITY = r"^\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]$"
_MAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"

_ADVICE = (
    "Remove the column, or list it under `drop:` in the mapping; a hashed id serves as a key. "
    "If it holds nothing personal, list it under `not_personal:`."
)
_ADVICE_STRICT = "Remove the column, or list it under `drop:` in the mapping."


def identity_number(text: str) -> bool:
    """Return whether a text is a resident identity number with a right check digit (GB 11643-1999)."""
    if not re.match(_IDENTITY, text):
        return False
    return _CHECK[sum(w * int(d) for w, d in zip(_WEIGHTS, text, strict=False)) % 11] == text[17].upper()


def personal_columns(
    raw: RawTable, drop: Collection[str], not_personal: Collection[str]
) -> dict[str, InputError]:
    """Return header -> fault for each column that looks personal by its header or its cells.

    Args:
        raw: the table.
        drop: headers that are never read.
        not_personal: headers that the planner states to be harmless; e-mail addresses or identity numbers in
            the cells refute that.
    """
    dropped = {normalise(header) for header in drop}
    excused = {normalise(header) for header in not_personal}
    faults: dict[str, InputError] = {}
    for header, column in zip(raw.headers, raw.columns, strict=True):
        name = normalise(header)
        if name in dropped:
            continue
        content, certain = _content(column)
        where = f"{raw.path}: column {header}"
        if content and (certain or name not in excused):
            advice = _ADVICE_STRICT if certain else _ADVICE
            faults[header] = InputError(where, content, "no personal data", advice)
        elif looks_personal(header) and name not in excused:
            got = "a header of names, numbers or addresses of people"
            faults[header] = InputError(where, got, "no personal data", _ADVICE)
    return faults


def _content(column: Any) -> tuple[str, bool]:
    """Return (what the cells look like, whether that is beyond doubt)."""
    if is_number(column):
        if pa.types.is_decimal(column.type) or not _reaches_mobile(column):
            return "", False
        whole = pc.floor(pc.fill_null(column, 0)) if pa.types.is_floating(column.type) else column
        column = pc.cast(pc.cast(whole, pa.int64(), safe=False), pa.string())
    if not is_text(column):
        return "", False
    text = pc.utf8_trim_whitespace(pc.fill_null(column, ""))
    longest = pc.max(pc.utf8_length(text)).as_py() or 0
    if longest < 6:
        return "", False
    signs = text.filter(pc.match_substring(text, "@"))
    if len(signs) and pc.any(pc.match_substring_regex(signs, _MAIL)).as_py():
        return "e-mail addresses", True
    if longest < 11:
        return "", False
    text = pc.utf8_normalize(text, form="NFKC")
    filled = int(pc.sum(pc.cast(pc.not_equal(text, ""), pa.int64())).as_py() or 0)
    candidates = text.filter(pc.match_substring_regex(text, _IDENTITY)).to_pylist()
    if sum(identity_number(str(cell)) for cell in candidates) > IDENTITY_SHARE * filled:
        return "identity numbers of residents", True
    mobiles = int(pc.sum(pc.cast(pc.match_substring_regex(text, _MOBILE), pa.int64())).as_py() or 0)
    return ("mobile numbers", False) if mobiles > MOBILE_SHARE * filled else ("", False)


def _reaches_mobile(column: Any) -> bool:
    largest = pc.max(column).as_py()
    return largest is not None and 1.3e10 <= float(largest) < 1e18
