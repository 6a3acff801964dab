"""What is known before a campaign begins: its days, its shifts, and what never changes about what strategies see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.portfolio.table import Attribute


@dataclass(frozen=True, slots=True)
class Shift:
    """Agents [first, last) come on the floor at `on_s` and leave at `off_s`, clock seconds."""

    on_s: int
    off_s: int
    first: int
    last: int
    pool: int


@dataclass(frozen=True, slots=True)
class Timetable:
    """The tick of each day (local midnight of the calendar's zone), all shifts, and the end."""

    ticks: tuple[int, ...]
    shifts: tuple[Shift, ...]
    end_s: int


@dataclass(frozen=True, slots=True)
class Observed:
    """What never changes about a portfolio's columns."""

    attributes: Mapping[str, Attribute]
    """Every further text or number column that a strategy may read, shape (accounts,)."""
    channels: tuple[str, ...]
    minor_per_major: int
