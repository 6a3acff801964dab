"""From bindings to arrays: reads the cells of one column and adds every bad one to the faults of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.errors import InputError
from sim.portfolio.faults import Faults
from sim.portfolio.headers import normalise, unit_scale
from sim.portfolio.parsing import (
    NO_DAY,
    Days,
    Numbers,
    category_of,
    cleaned,
    days,
    flags,
    is_number,
    is_text,
    numbers,
    shown,
    texts,
)
from sim.portfolio.reading import RawTable
from sim.portfolio.resolve import PLAIN, Binding
from sim.portfolio.table import Attribute, Category
from sim.spec.expression import parse_expression
from sim.spec.portfolio import PortfolioMapping

NUMERIC_SHARE: Final = 0.9
"""A column is one of numbers if at least this share of its filled cells are; the others are then faults."""


class Cells:
    """Reads a raw table's columns under a mapping's conventions.

    Args:
        raw: the table, already without total rows.
        mapping: decimal sign, currency and date format; None for the defaults.
        faults: takes bad cells.
        hidden: headers of columns that look personal: messages do not repeat what stands in them.
    """

    def __init__(
        self,
        raw: RawTable,
        mapping: PortfolioMapping | None,
        faults: Faults,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self.raw, self.faults, self.hidden = raw, faults, hidden
        self.decimal = mapping.decimal if mapping else "."
        self.currency = mapping.currency if mapping else ""
        self.date_format = mapping.date_format if mapping else ""
        self.notes: list[str] = []
        self._reported: set[int] = set()
        self._numbers: dict[tuple[int, bool], NDArray[np.float64]] = {}
        self.columns: FileColumns = FileColumns(self)

    def given(self, binding: Binding) -> Callable[[int], str]:
        """Return what shows a row's cell in a message."""
        if binding.header in self.hidden:
            return lambda _: "a cell that is not shown"
        column = self.raw.columns[binding.column]
        return lambda row: shown(column, row)

    def number(self, binding: Binding, *, scale_by_unit: bool = False) -> NDArray[np.float64]:
        """Return float64 (rows,), nan where empty or bad.

        Args:
            binding: the column.
            scale_by_unit: whether a unit in the header (万元) multiplies cells that have none of their own.
        """
        source = binding.source
        if source.constant is not None:
            return np.full(self.raw.rows, self._constant(binding))
        if source.expression:
            return self._expression(binding)
        if source.map:
            return self._mapped_number(binding)
        key = (binding.column, scale_by_unit)
        if key not in self._numbers:
            self._numbers[key] = self._plain_number(binding, scale_by_unit)
        return self._numbers[key]

    def _plain_number(self, binding: Binding, scale_by_unit: bool) -> NDArray[np.float64]:
        """Read a column once; its faults are added once, however many uses it has."""
        read = numbers(self.raw.columns[binding.column], self.decimal, self.currency)
        if binding.column not in self._reported:
            self._reported.add(binding.column)
            self._report(binding, read, scale_by_unit)
        if not scale_by_unit:
            return read.values
        if read.scaled.any():
            self.notes.append(
                f"{binding.label}: {int(read.scaled.sum()):,} cells have a unit of their own (万, 元 ...)"
            )
        scale = unit_scale(binding.header)
        if scale == 1.0:
            return read.values
        self.notes.append(
            f"{binding.label}: amounts were multiplied by {scale:,.0f}, as the header's unit says"
        )
        return np.where(read.scaled, read.values, read.values * scale)

    def _report(self, binding: Binding, read: Numbers, scale_by_unit: bool) -> None:
        self.faults.add_rows(
            binding.label,
            read.bad,
            self.given(binding),
            "a number",
            'Write digits with a decimal point; state `decimal: ","` if the file has decimal commas.',
        )
        plain = ~read.percent & ~read.missing & ~read.bad
        if read.percent.any():
            if scale_by_unit:
                self.faults.add_rows(
                    binding.label, read.percent, self.given(binding), "an amount, not a percentage"
                )
            else:
                self.faults.add_rows(
                    binding.label,
                    plain & (read.values != 0.0),
                    self.given(binding),
                    "a percentage, as other cells of the column are",
                    "Write 12.5% or 0.125 throughout.",
                )
                self.notes.append(f"{binding.label}: percentages were read as shares (12.5% is 0.125)")

    def _constant(self, binding: Binding) -> float:
        try:
            return float(str(binding.source.constant))
        except ValueError:
            self.faults.add(InputError(binding.where, str(binding.source.constant), "a number"))
            return float("nan")

    def _expression(self, binding: Binding) -> NDArray[np.float64]:
        expression = parse_expression(binding.source.expression, binding.where)
        try:
            expression.check(self.columns.kinds(expression.names))
            value = expression.evaluate(self.columns)
        except InputError as error:
            self.faults.add(error)
            return np.full(self.raw.rows, np.nan)
        return np.array(np.broadcast_to(value, (self.raw.rows,)), dtype=np.float64)

    def _mapped(self, binding: Binding) -> tuple[list[Any], NDArray[np.int64]]:
        """Return (the mapped value of each distinct cell, None without one; which one a row holds)."""
        column = self.raw.columns[binding.column]
        table = {str(key): value for key, value in binding.source.map.items()}
        text, _ = texts(column)
        coded = pc.dictionary_encode(text)
        codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
        distinct = [str(cell) for cell in coded.dictionary.to_pylist()]
        return [table.get(cell, table.get(_whole(cell))) for cell in distinct], codes

    def _mapped_number(self, binding: Binding) -> NDArray[np.float64]:
        values, codes = self._mapped(binding)
        try:
            table = np.array([np.nan if value is None else float(value) for value in values] or [np.nan])
        except ValueError:
            self.faults.add(InputError(binding.where, "texts in `map`", f"numbers, as {binding.name} is one"))
            table = np.full(max(len(values), 1), np.nan)
        return np.asarray(table[codes], dtype=np.float64)

    def key(self, binding: Binding) -> Any:
        """Return the texts of a key column; a key whose end was lost is a fault."""
        column = self.raw.columns[binding.column]
        text, lost = texts(column)
        self.faults.add_rows(
            binding.label,
            lost,
            self.given(binding),
            "a key with all its digits",
            "A spreadsheet has rounded it. Export again with this column formatted as text.",
        )
        return text

    def days(self, binding: Binding) -> Days:
        """Return a date column; bad cells are faults."""
        column = self.raw.columns[binding.column]
        read = days(column, self.date_format)
        self.faults.add_rows(
            binding.label,
            read.bad,
            self.given(binding),
            "a date such as 2025-09-30",
            'Write year-month-day, or state `date_format:` (such as "%d/%m/%Y") in the mapping.',
        )
        if read.serial:
            self.notes.append(
                f"{binding.label}: {read.serial:,} day numbers were read as spreadsheet dates (1900 system)"
            )
        return read

    def flag(self, binding: Binding, empty: bool) -> NDArray[np.bool_]:
        """Return bool (rows,); `empty` is the value of empty cells. A count of numbers holds from 1 on."""
        if binding.column < 0 or binding.source.map:
            values = self.number(binding)
            return np.where(np.isnan(values), empty, values != 0.0)
        column = self.raw.columns[binding.column]
        if binding.name == "number_valid":
            count = numbers(column)
            if not count.bad.any():
                return np.where(count.missing, empty, count.values > 0.0)
        read = flags(column)
        self.faults.add_rows(
            binding.label, read.bad, self.given(binding), "yes or no (1/0, true/false, 是/否)"
        )
        return np.where(read.missing | read.bad, empty, read.values)

    def text(self, binding: Binding, rows: NDArray[np.int64]) -> Category:
        """Return a category over some rows of the table, int64 row places in `rows`."""
        if binding.source.constant is not None:
            return Category(np.zeros(len(rows), dtype=np.int32), (str(binding.source.constant),))
        if binding.source.expression:
            self.faults.add(
                InputError(binding.where, "an expression", "a header, a map or a constant for a text")
            )
            return Category(np.full(len(rows), -1, dtype=np.int32), ())
        if binding.source.map:
            values, codes = self._mapped(binding)
            column = pa.array([None if value is None else str(value) for value in values], pa.string())
            taken = column.take(pa.array(codes[rows]))
            lost = np.zeros(self.raw.rows, dtype=np.bool_)
            lost[rows] = np.asarray(pc.is_null(taken).to_numpy(zero_copy_only=False), dtype=np.bool_)
            self.faults.add_rows(
                binding.label,
                lost,
                self.given(binding),
                "a value that `map` names",
                f"Add it at {binding.where}.",
            )
            return category_of(pc.fill_null(taken, ""))
        return category_of(texts(self.raw.columns[binding.column].take(pa.array(rows)))[0])

    def attribute(self, binding: Binding, rows: NDArray[np.int64], start_day: int) -> Attribute:
        """Return an attribute over some rows: numbers, a category, or days before the start."""
        kind = binding.source.kind
        if kind == "days_before_start":
            read = self.days(binding)
            return np.where(read.values == NO_DAY, np.nan, float(start_day) - read.values)[rows]
        if kind == "text":
            return self.text(binding, rows)
        if kind == "number" or binding.source.expression:
            return self.number(binding)[rows]
        if binding.source.constant is not None:
            numeric = isinstance(binding.source.constant, float)
            return self.number(binding)[rows] if numeric else self.text(binding, rows)
        if binding.source.map:
            numeric = all(isinstance(value, float) for value in binding.source.map.values())
            return self.number(binding)[rows] if numeric else self.text(binding, rows)
        return self.number(binding)[rows] if self.mostly_numbers(binding.column) else self.text(binding, rows)

    def mostly_numbers(self, place: int) -> bool:
        """Return whether a column of the file is one of numbers."""
        column = self.raw.columns[place]
        if is_number(column):
            return True
        if not is_text(column):
            return False
        text = cleaned(column)
        read = numbers(text, self.decimal, self.currency)
        filled = int(np.sum(~read.missing))
        return bool(filled and np.sum(read.bad) <= (1.0 - NUMERIC_SHARE) * filled)


def _whole(cell: str) -> str:
    """Return "2" for "2.0": codes that went through a float column."""
    return (
        cell.rstrip("0").rstrip(".") if "." in cell and cell.replace(".", "").lstrip("-").isdigit() else cell
    )


class FileColumns(Mapping[str, Any]):
    """The file's columns by header, read when an expression asks for them: numbers, flags or categories."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        headers = cells.raw.headers
        self._places = {normalise(header): place for place, header in enumerate(headers)}
        self._places.update({header: place for place, header in enumerate(headers)})
        self._known: dict[int, Any] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __getitem__(self, name: str) -> Any:
        place = self._places[name]
        if place not in self._known:
            header = self._cells.raw.headers[place]
            binding = Binding(header, header, place, PLAIN, header)
            if pa.types.is_boolean(self._cells.raw.columns[place].type):
                self._known[place] = self._cells.flag(binding, empty=False)
            elif self._cells.mostly_numbers(place):
                self._known[place] = self._cells.number(binding)
            else:
                self._known[place] = category_of(texts(self._cells.raw.columns[place])[0])
        return self._known[place]

    @property
    def read(self) -> frozenset[str]:
        """Headers that an expression has used."""
        return frozenset(self._cells.raw.headers[place] for place in self._known)

    def kinds(self, names: frozenset[str]) -> dict[str, str]:
        """Return name -> kind: found out for `names`, "number" for the others, which are only suggestions."""
        kinds = dict.fromkeys(self._places, "number")
        for name in names & self._places.keys():
            column = self[name]
            kinds[name] = (
                "text" if isinstance(column, Category) else "flag" if column.dtype == np.bool_ else "number"
            )
        return kinds
