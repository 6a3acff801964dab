"""What a picture is: data first. Pure values that a test can read and a page can draw."""

from __future__ import annotations

import csv
import html
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Cell = str | int | float | None
Trace = dict[str, Any]
MOST_LETTERS = 1000
FORMULA_STARTS = frozenset("=+-@\t\r\n")


@dataclass(frozen=True, slots=True)
class Table:
    """The data behind a picture, as it is downloaded: column names are the same in every language."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def csv(self) -> str:
        """Return the table as CSV.

        Texts are cut after 1,000 letters; one that a spreadsheet would take for a formula gets an apostrophe.
        """
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(self.columns)
        writer.writerows([_cell(cell) for cell in row] for row in self.rows)
        return out.getvalue()


def _cell(cell: Cell) -> str | int | float:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, str):
        text = cell if len(cell) <= MOST_LETTERS else cell[: MOST_LETTERS - 1] + "…"
        return f"'{text}" if text[:1] in FORMULA_STARTS else text
    return round(cell, 6) if isinstance(cell, float) else cell


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a picture: which traces are shown, and what changes in the layout."""

    label: str
    visible: tuple[bool, ...]
    layout: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: what it found in words, what it shows, its plotly figure and its data.

    `title`, `note` and labels of views are plain text, which the page escapes. Texts inside `figure` went
    through `plain`.
    """

    key: str
    title: str
    note: str
    traces: tuple[Trace, ...]
    layout: Mapping[str, Any]
    table: Table
    views: tuple[View, ...] = ()

    @property
    def figure(self) -> dict[str, Any]:
        """The plotly figure, nan as null; the first view is applied."""
        traces = [clean(trace) for trace in self.traces]
        layout = dict(self.layout)
        if self.views:
            traces = [{**trace, "visible": shown} for trace, shown in zip(traces, self.views[0].visible, strict=True)]
            layout |= self.views[0].layout
        return {"data": traces, "layout": clean(layout)}


def plain(text: str) -> str:
    """Return text for plotly, which reads a little HTML and fills %{...}: every sign stands for itself."""
    return html.escape(text, quote=False).replace("%{", "%&#123;")


def clean(value: Any) -> Any:
    """Return JSON-ready values: tuples as lists, nan and infinity as None, numbers with seven digits."""
    if isinstance(value, Mapping):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.7g}") if math.isfinite(value) else None
    return value
