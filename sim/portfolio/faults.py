"""Collects everything that is wrong with a portfolio file, to be read once and repaired once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, InputErrors

SHOWN = 50
"""How many faults are listed one by one; the total is always said."""


@dataclass(frozen=True, slots=True)
class _RowFaults:
    column: str
    rows: NDArray[np.int64]
    given: Callable[[int], str]
    expected: str
    advice: str


class Faults:
    """Faults of one file: those of the file as a whole first, then bad rows in the order of the file.

    Args:
        path: the file, as the person named it.
        row_number: int64 (rows,), each row's number in the file, the header's first line being 1.
    """

    def __init__(self, path: str, row_number: NDArray[np.int64]) -> None:
        self._path = path
        self._row_number = row_number
        self._whole: list[InputError] = []
        self._rows: list[_RowFaults] = []
        self.bad = np.zeros(len(row_number), dtype=np.bool_)
        """Rows with a fault so far, bool (rows,)."""

    def add(self, error: InputError) -> None:
        """Add a fault of the file or the mapping as a whole."""
        self._whole.append(error)

    def add_rows(
        self,
        column: str,
        bad: NDArray[np.bool_],
        given: Callable[[int], str],
        expected: str,
        advice: str = "",
    ) -> None:
        """Add a fault at every row where `bad` (bool, (rows,)) holds; `given(row)` shows the value."""
        rows = np.flatnonzero(bad)
        if len(rows):
            self.bad[rows] = True
            self._rows.append(_RowFaults(column, rows, given, expected, advice))

    @property
    def count(self) -> int:
        """Number of faults."""
        return len(self._whole) + sum(len(group.rows) for group in self._rows)

    def raise_if_any(self) -> None:
        """Raise all faults together.

        Raises:
            InputErrors: at most `SHOWN` of them one by one, and how many there are in all.
        """
        if not self.count:
            return
        errors = self._whole[:SHOWN]
        errors += self._first_rows(SHOWN - len(errors))
        if self.count > len(errors):
            errors.append(
                InputError(
                    self._path,
                    f"{self.count:,} faults in all, of which {len(errors)} are listed",
                    "a file without faults",
                    "Repair the file or its mapping; nothing was read.",
                )
            )
        raise InputErrors(errors)

    def _first_rows(self, limit: int) -> list[InputError]:
        chosen = [
            (int(row), order, group) for order, group in enumerate(self._rows) for row in group.rows[:limit]
        ]
        chosen.sort(key=lambda item: item[:2])
        return [
            InputError(
                f"{self._path}: row {self._row_number[row]}, column {group.column}",
                group.given(row),
                group.expected,
                group.advice,
            )
            for row, _, group in chosen[:limit]
        ]
