"""Balances and their components, in minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.portfolio.cells import Cells
from sim.portfolio.resolve import Binding

MOST_MINOR: Final = 1e15
"""Larger amounts are a slip: 10 million million major units. Also keeps sums far from the end of int64."""


@dataclass(frozen=True, slots=True)
class Money:
    """Whole minor units as float64 (rows,), exact below 2**53; nan where the file has nothing.

    balance = principal + interest + fees wherever none is nan.
    """

    balance: NDArray[np.float64]
    principal: NDArray[np.float64]
    interest: NDArray[np.float64]
    fees: NDArray[np.float64]
    instalment: NDArray[np.float64]
    apart: NDArray[np.bool_]
    """Where a stated balance is not the sum of the stated components; bool (rows,)."""
    minor_per_major: int


def read_money(cells: Cells, columns: Mapping[str, Binding], minor_per_major: int) -> Money:
    """Read the amounts that the file has and complete the others.

    principal = balance - interest - fees where only the balance is given; balance = the sum of the components
    where it is not; where both are, `apart` says where they differ by more than rounding explains.
    """
    rows = cells.raw.rows
    zero, apart = np.zeros(rows), np.zeros(rows, dtype=np.bool_)

    def read(name: str) -> NDArray[np.float64] | None:
        return _minor(cells, columns[name], minor_per_major) if name in columns else None

    balance, principal = read("balance"), read("principal")
    interest, fees, instalment = read("interest"), read("fees"), read("instalment")
    # An empty component is none; an empty balance or principal stays empty and is a fault of the kept rows.
    interest = zero if interest is None else np.nan_to_num(interest)
    fees = zero if fees is None else np.nan_to_num(fees)
    instalment = zero if instalment is None else np.nan_to_num(instalment)
    if principal is None:
        balance = np.full(rows, np.nan) if balance is None else balance
        principal = balance - interest - fees
        if not columns.keys() & {"interest", "fees"}:
            cells.notes.append(
                "the whole balance is taken for principal, as the file has no components (assumed)"
            )
    elif balance is None:
        balance = principal + interest + fees
    else:
        total = principal + interest + fees
        apart = np.abs(balance - total) > 3
        balance = np.where(apart, balance, total)
    return Money(balance, principal, interest, fees, instalment, apart, minor_per_major)


def _minor(cells: Cells, binding: Binding, minor_per_major: int) -> NDArray[np.float64]:
    values = cells.number(binding, scale_by_unit=True) * minor_per_major
    huge = np.abs(values) > MOST_MINOR
    cells.faults.add_rows(
        binding.label,
        huge,
        lambda row: f"{values[row] / minor_per_major:,.2f}",
        f"an amount of at most {MOST_MINOR / minor_per_major:,.0f}",
        "Check the column's unit.",
    )
    whole = np.rint(values)
    rounded = int(np.sum(np.abs(values - whole) > 0.01))
    if rounded:
        cells.notes.append(
            f"{binding.label}: {rounded:,} amounts had fractions of the smallest unit and were rounded"
        )
    return np.where(huge, np.nan, whole)
