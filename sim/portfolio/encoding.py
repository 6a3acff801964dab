"""Which characters a text file is written in: decided strictly, never by silent replacement."""

from __future__ import annotations

import codecs

from sim.errors import InputError

PLAUSIBLE_SHARE = 0.9
"""At least this share of the non-ASCII characters of a GB18030 text must be common ones (GB 2312).

Two-byte soup is likely to be *valid* GB18030: UTF-8 with one broken byte, or Latin-1 with accents, decodes to
rare characters without complaint. Real Chinese text is made of common characters almost entirely.
"""

_OTHER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def to_utf8(raw: bytes, where: str, stated: str = "") -> tuple[bytes, str]:
    """Return (the text as UTF-8 bytes without byte order mark, the encoding it was in).

    Args:
        raw: the file's bytes.
        where: the file, for messages.
        stated: the encoding that a mapping states; empty to detect it.

    Raises:
        InputError: binary data, bytes that fit no candidate, or text that only looks like GB18030.
    """
    for mark, name in _OTHER_MARKS:
        if raw.startswith(mark) and not stated:
            return _decoded(raw, name, where).encode(), name
    if stated and codecs.lookup(stated).name not in {"utf-8", "utf-8-sig"}:
        return _decoded(raw, stated, where).encode(), stated
    marked = raw.startswith(codecs.BOM_UTF8)
    body = raw[len(codecs.BOM_UTF8) :] if marked else raw
    if b"\0" in body:
        raise InputError(
            where,
            "binary data",
            "text with one account a line",
            "Export the table as CSV, Parquet or xlsx and give the file that ending.",
        )
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        if marked or stated:
            raise _broken(body, error, "UTF-8", where) from None
        return _guessed_gb18030(body, where, error), "gb18030"
    return body, "utf-8"


def _decoded(raw: bytes, name: str, where: str) -> str:
    try:
        return raw.decode(name).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _broken(raw, error, name, where) from None


def _broken(raw: bytes, error: UnicodeDecodeError, name: str, where: str) -> InputError:
    line = raw.count(b"\n", 0, error.start) + 1
    return InputError(
        f"{where}:{line}",
        f"byte 0x{raw[error.start]:02x}",
        f"text in {name}",
        "Export the file again as UTF-8, or state its `encoding:` in the mapping.",
    )


def _guessed_gb18030(body: bytes, where: str, utf8_error: UnicodeDecodeError) -> bytes:
    try:
        text = body.decode("gb18030")
    except UnicodeDecodeError:
        raise _broken(body, utf8_error, "UTF-8 or GB18030", where) from None
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    common = len(text.encode("gb2312", "ignore").decode("gb2312")) - (len(text) - foreign)
    if common < PLAUSIBLE_SHARE * foreign:
        raise _broken(body, utf8_error, "UTF-8 or plausible GB18030", where)
    return text.encode()
