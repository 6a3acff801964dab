"""A few lines of HTML writing: everything that is text is escaped here, once."""

from __future__ import annotations

import base64
import gzip
import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Markup:
    """A piece of finished HTML. Plain strings are never taken for it."""

    text: str


Content = Markup | str


def render(content: Content) -> str:
    """Return HTML: markup as it is, text escaped."""
    return content.text if isinstance(content, Markup) else html.escape(content, quote=True)


def join(parts: Iterable[Content]) -> Markup:
    """Return parts one after the other."""
    return Markup("".join(render(part) for part in parts))


def tag(name: str, *content: Content, attributes: dict[str, str] | None = None) -> Markup:
    """Return an element. Attribute values are escaped; an empty value makes a bare attribute."""
    given = "".join(
        f' {key}="{html.escape(value, quote=True)}"' if value else f" {key}"
        for key, value in (attributes or {}).items()
    )
    return Markup(f"<{name}{given}>{join(content).text}</{name}>")


def div(style: str, *content: Content) -> Markup:
    """Return a div of a class."""
    return tag("div", *content, attributes={"class": style})


def outside(text: str) -> Markup:
    """Return text from outside, set apart so that its direction does not turn what stands beside it."""
    return tag("bdi", text)


def rows(head: Sequence[Content], body: Iterable[Sequence[Content]], style: str = "plain") -> Markup:
    """Return a table with one header row."""
    header = tag("thead", tag("tr", *(tag("th", cell, attributes={"scope": "col"}) for cell in head)))
    lines = (tag("tr", *(tag("td", cell) for cell in line)) for line in body)
    return div("scroll", tag("table", header, tag("tbody", *lines), attributes={"class": style}))


def packed(identity: str, value: Any) -> Markup:
    """Return a script element that holds JSON, compressed: what is read only when somebody asks for it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    code = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    return Markup(f'<script type="text/plain" id="{html.escape(identity, quote=True)}">{code}</script>')


def data(identity: str, value: Any) -> Markup:
    """Return a script element that holds JSON and can neither end early nor be run."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign, escape in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(sign, escape)
    return Markup(f'<script type="application/json" id="{html.escape(identity, quote=True)}">{text}</script>')
