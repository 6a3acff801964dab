"""When agents are on the floor in one world: the timetable's shifts less the hours of courses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sim.state import World
from sim.timetable import Shift, Timetable


def shifts_after_courses(world: World, timetable: Timetable) -> Iterator[tuple[Shift, int]]:
    """Yield (shift, day): a course takes the first hours of a day's shifts.

    A shift that a course takes whole is left out.
    """
    ticks = np.array(timetable.ticks)
    off = {(int(c["pool"]), int(c["day"])): 0 for c in world.course}
    for course in world.course:
        off[int(course["pool"]), int(course["day"])] += int(course["off_s"])
    left: dict[tuple[int, int, int, int], int] = {}
    for shift in sorted(timetable.shifts, key=lambda s: (s.on_s, s.pool, s.first)):
        day = int(np.searchsorted(ticks, shift.on_s, side="right")) - 1
        away = 0
        if (shift.pool, day) in off:
            group = (shift.pool, day, shift.first, shift.last)
            away = min(left.setdefault(group, off[shift.pool, day]), shift.off_s - shift.on_s)
            left[group] -= away
        if shift.on_s + away < shift.off_s or away == 0:
            yield replace(shift, on_s=shift.on_s + away), day
