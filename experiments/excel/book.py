"""A workbook as business colleagues expect it: titles, frozen headers, filters, widths, number formats. Nothing is a formula."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import xlsxwriter

from experiments.report.picture import FORMULA_STARTS
from experiments.report.reading import visible

MOST_LETTERS = 1000
FONT = "Microsoft YaHei"
"""Stands on Windows and Office for Mac in all languages; others take their default."""
FIRST = 4
"""Row of a table's header, from 0: above it stand title, note and an empty row."""
KINDS = {
    "money": "#,##0;[Red]-#,##0",
    "money_signed": "+#,##0;[Red]-#,##0;0",
    "share": "0.0%",
    "share_signed": "+0.00%;[Red]-0.00%;0.00%",
    "count": "#,##0",
    "count_signed": "+#,##0;[Red]-#,##0;0",
    "rate": "#,##0.00",
    "rate_signed": "+#,##0.00;[Red]-#,##0.00;0.00",
    "plain": "General",
    "day": "0",
}
"""Kind of number -> Excel's number format."""


LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "note": {"italic": True, "font_color": "#57606A", "text_wrap": True},
    "header": {
        "bold": True,
        "bg_color": "#0072B2",
        "font_color": "#FFFFFF",
        "text_wrap": True,
        "border": 1,
        "border_color": "#D8DCE1",
        "valign": "vcenter",
    },
    "section": {"bold": True, "bg_color": "#E6EEF5"},
    "text": {"text_wrap": True},
    # The mark that Excel keeps for "this is text": it stays text when somebody edits the cell.
    "marked": {"text_wrap": True, "quote_prefix": True},
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its format; nan is an empty cell."""

    value: float
    kind: str
    strong: bool = False


Cell = str | Number | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its header (with the unit) and its width in letters."""

    header: str
    width: int = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: what it found in words, a note, and one table."""

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    frozen: int = 1
    """Columns that stay in view."""
    sections: frozenset[int] = field(default=frozenset())
    """Rows (from 0) that are headings within the table."""


def safe(text: str) -> str:
    """Return text from outside without signs that turn what stands beside it, cut after 1,000 letters."""
    clean = visible(text[:MOST_LETTERS])
    return clean if len(text) <= MOST_LETTERS else clean[: MOST_LETTERS - 1] + "…"


class Book:
    """Writes sheets into one file. A context: leaving it writes the file."""

    def __init__(self, path: Path, title: str) -> None:
        """Begin a workbook.

        Args:
            path: the file, which is replaced where it exists.
            title: for the file's properties.
        """
        self._book = xlsxwriter.Workbook(
            str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        # A fixed time: the same result gives the same bytes.
        self._book.set_properties(
            {"title": safe(title)[:200], "author": "Duecourse", "created": datetime(2000, 1, 1, tzinfo=UTC)}
        )
        self._formats: dict[tuple[str, bool], Any] = {}
        self._sheets: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Return the workbook."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Write the file."""
        self._book.close()

    def _format(self, kind: str, *, strong: bool = False) -> Any:
        """Return a format by kind, made once."""
        if (kind, strong) not in self._formats:
            look: dict[str, Any] = {"font_name": FONT, "font_size": 10, "valign": "top", "bold": strong}
            look |= LOOKS.get(kind) or {"num_format": KINDS.get(kind, "General")}
            self._formats[kind, strong] = self._book.add_format(look)
        return self._formats[kind, strong]

    def add(self, sheet: Sheet) -> None:
        """Write a sheet."""
        page = self._book.add_worksheet(sheet.name)
        self._sheets[sheet.name] = page
        page.hide_gridlines(2)
        page.write_string(0, 0, safe(sheet.title), self._format("title"))
        width = max(len(sheet.columns), 1)
        if width > 1:
            page.merge_range(1, 0, 1, min(width, 8) - 1, "", self._format("note"))
        page.write_string(1, 0, safe(sheet.note), self._format("note"))
        page.set_row(1, 30)
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width, self._format("text"))
            page.write_string(FIRST - 1, place, safe(column.header), self._format("header"))
        for number, row in enumerate(sheet.rows):
            for place, cell in enumerate(row):
                self._write(page, FIRST + number, place, cell, heading=number in sheet.sections)
        last = FIRST + max(len(sheet.rows), 1) - 1
        if sheet.columns:
            page.freeze_panes(FIRST, sheet.frozen)
            page.autofilter(FIRST - 1, 0, last, width - 1)
            page.print_area(0, 0, last, width - 1)
            page.repeat_rows(FIRST - 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)

    def _write(self, page: Any, row: int, column: int, cell: Cell, *, heading: bool) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, Number):
            if math.isfinite(cell.value):
                page.write_number(row, column, cell.value, self._format(cell.kind, strong=cell.strong))
            return
        text = safe(cell)
        kind = "section" if heading else "marked" if text[:1] in FORMULA_STARTS else "text"
        page.write_string(row, column, text, self._format(kind))

    def chart(
        self,
        sheet: str,
        at: str,
        kind: dict[str, str],
        title: str,
        axes: tuple[str, str],
        series: Sequence[dict[str, Any]],
        size: tuple[int, int] = (760, 380),
    ) -> None:
        """Put a native chart onto a sheet.

        Args:
            sheet: which sheet.
            at: the cell of its upper left corner.
            kind: what xlsxwriter calls `type` and `subtype`.
            title: the finding.
            axes: titles of x and y.
            series: with ranges as lists [sheet, first row, first column, last row, last column].
            size: pixels, width and height.
        """
        chart = self._book.add_chart(kind)
        for one in series:
            chart.add_series(one)
        font = {"name": FONT, "size": 9}
        chart.set_title({"name": no_reference(title), "name_font": {"name": FONT, "size": 11, "bold": True}, "overlay": False})
        chart.set_x_axis({"name": no_reference(axes[0]), "name_font": font, "num_font": font})
        chart.set_y_axis(
            {
                "name": no_reference(axes[1]),
                "name_font": font,
                "num_font": font,
                "num_format": "#,##0",
                "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA"}},
            }
        )
        chart.set_legend({"position": "bottom", "font": font})
        chart.set_size({"width": size[0], "height": size[1]})
        self._sheets[sheet].insert_chart(at, chart)


def no_reference(text: str) -> str:
    """Return text that a chart shows as it is: one that begins with = would be read as a reference to cells."""
    short = safe(text)[:240]
    return f"'{short}" if short.startswith("=") else short
