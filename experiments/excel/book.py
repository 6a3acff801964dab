"""A workbook as business colleagues expect it: titles, frozen headers, filters, widths, number formats. Nothing is a formula."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import xlsxwriter

from experiments.report.picture import FORMULA_STARTS
from experiments.report.voice import visible

MOST_LETTERS = 1000
FONT = "Microsoft YaHei"
"""Stands on Windows and Office for Mac in all languages; others take their default."""
MOST_COLUMNS_A_PAGE = 14
HEAD_COLUMNS = 8
"""Title and note stand over at most so many columns."""
ROW_PIXELS, CHART_WIDTH, CHART_HEIGHT = 20, 680, 360
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
    "title": {"bold": True, "font_size": 14, "text_wrap": True},
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


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart. `series` as xlsxwriter takes them, with ranges as lists [sheet, row, column, last row, last column]."""

    kind: dict[str, str]
    """xlsxwriter's `type` and `subtype`."""
    title: str
    x: str
    y: str
    series: tuple[dict[str, Any], ...]
    every: int = 1
    """Every how many categories one is named."""
    from_zero: bool = True


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
        self._ends: dict[str, tuple[int, int]] = {}
        self._widths: dict[str, dict[int, int]] = {}

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
        width = max(len(sheet.columns), 1)
        self._head(page, sheet, min(width, HEAD_COLUMNS))
        self._widths[sheet.name] = {place: 7 * column.width + 5 for place, column in enumerate(sheet.columns)}
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width, self._format("text"))
            page.write_string(FIRST - 1, place, safe(column.header), self._format("header"))
        for number, row in enumerate(sheet.rows):
            lines = [
                _lines(safe(cell), column.width) for cell, column in zip(row, sheet.columns, strict=True) if isinstance(cell, str)
            ]
            if max(lines, default=1) > 1:
                page.set_row(FIRST + number, 14 * max(lines))
            for place, cell in enumerate(row):
                self._write(page, FIRST + number, place, cell, heading=number in sheet.sections)
            if number in sheet.sections:
                for place in range(len([cell for cell in row if cell is not None]), width):
                    page.write_blank(FIRST + number, place, None, self._format("section"))
        last = FIRST + max(len(sheet.rows), 1) - 1
        page.set_row(FIRST - 1, 15 * max(_lines(column.header, column.width) for column in sheet.columns))
        self._ends[sheet.name] = (last, width - 1)
        page.freeze_panes(FIRST, sheet.frozen)
        page.autofilter(FIRST - 1, 0, last, width - 1)
        page.print_area(0, 0, last, width - 1)
        page.repeat_rows(FIRST - 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(-(-width // MOST_COLUMNS_A_PAGE), 0)

    def _head(self, page: Any, sheet: Sheet, columns: int) -> None:
        """Write title and note over the first columns, high enough to be read whole."""
        width = sum(column.width for column in sheet.columns[:columns])
        for row, text, kind, height in ((0, safe(sheet.title), "title", 20), (1, safe(sheet.note), "note", 14)):
            if columns > 1:
                page.merge_range(row, 0, row, columns - 1, "", self._format(kind))
            page.write_string(row, 0, text, self._format(kind))
            page.set_row(row, height * _lines(text, int(width * (0.65 if kind == "title" else 1.0))))

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

    def chart(self, sheet: str, row: int, place: int, chart: Chart) -> None:
        """Put a native chart onto a sheet.

        Args:
            sheet: which sheet.
            row: the row on which it begins, from 0.
            place: 0 on the left, 1 beside it.
            chart: what it shows.
        """
        made = self._book.add_chart(chart.kind)
        for one in chart.series:
            made.add_series(one)
        font = {"name": FONT, "size": 9}
        made.set_title(
            {"name": no_reference(chart.title), "name_font": {"name": FONT, "size": 11, "bold": True}, "overlay": False}
        )
        made.set_x_axis({"name": no_reference(chart.x), "name_font": font, "num_font": font, "interval_unit": chart.every})
        axis = {"name": no_reference(chart.y), "name_font": font, "num_font": font, "num_format": "#,##0"}
        lines = {"visible": True, "line": {"color": "#E3E6EA"}}
        made.set_y_axis(axis | {"major_gridlines": lines} | ({"min": 0} if chart.from_zero else {}))
        made.set_legend({"none": True} if len(chart.series) == 1 else {"position": "bottom", "font": font})
        made.set_size({"width": CHART_WIDTH, "height": CHART_HEIGHT})
        page = self._sheets[sheet]
        page.insert_chart(row, 0, made, {"x_offset": 4 + place * (CHART_WIDTH + 8), "y_offset": 4})
        self._reach(sheet, row + CHART_HEIGHT // ROW_PIXELS + 1, 4 + (place + 1) * (CHART_WIDTH + 8))

    def _reach(self, sheet: str, row: int, pixels: int) -> None:
        """Let the print area reach down to a row and right over so many pixels."""
        last, width = self._ends[sheet]
        columns = 0
        while pixels > 0:
            pixels -= self._widths[sheet].get(columns, 64)
            columns += 1
        self._ends[sheet] = (max(last, row), max(width, columns))
        self._sheets[sheet].print_area(0, 0, *self._ends[sheet])


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a column; Chinese letters are twice as wide."""
    letters = sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)
    return min(max(math.ceil(1.15 * letters / max(width, 1)), 1), 12)


def no_reference(text: str) -> str:
    """Return text that a chart shows as it is: one that begins with = would be read as a reference to cells."""
    short = safe(text)[:240]
    return f"'{short}" if short.startswith("=") else short
