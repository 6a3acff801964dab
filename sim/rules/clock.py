"""Local time, and the operational clock on which payments run.

People pay by day rather than by night. So the payment intensity runs on *operational seconds*: local seconds weighted
by the hour's weight (mean 1 over a day). A day is 86,400 operational seconds; only their spread over the day differs.
This keeps one closed form for whole days and for parts of one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import rule
from sim.state import World

DAY_S = 86400
HOUR_S = 3600


@rule
def local_second(world: World, zone: int, t: int) -> int:
    """Return seconds since local midnight of the calendar's first day, daylight saving included.

    Reads: zone_from, zone_offset. Writes, Draws: nothing.
    """
    k = world.zone_from.shape[1] - 1
    while k > 0 and world.zone_from[zone, k] > t:
        k -= 1
    return t + world.zone_offset[zone, k]


@rule
def local_day(world: World, zone: int, t: int) -> int:
    """Return the local day number, 0 on the calendar's first day (may be -1 west of the calendar's zone)."""
    return local_second(world, zone, t) // DAY_S


@rule
def day_index(world: World, day: int) -> int:
    """Return a day number clipped to the calendar's tables."""
    last = len(world.free_day) - 1
    if day < 0:
        return 0
    return day if day < last else last


@rule
def clock_second(zone_from: NDArray[np.int64], zone_offset: NDArray[np.int64], zone: int, local: int) -> int:
    """Return the clock second of a local second. In a gap it is the second after it, in a fold the first of the two."""
    last = zone_from.shape[1] - 1
    for k in range(last + 1):
        t = local - zone_offset[zone, k]
        if k == last or t < zone_from[zone, k + 1]:
            start = zone_from[zone, k]
            return t if t >= start or k == 0 else start
    return local - zone_offset[zone, last]


@rule
def second_of_local(world: World, zone: int, local: int) -> int:
    """Return `clock_second` by the world's zone tables. Reads: zone_from, zone_offset. Writes, Draws: nothing."""
    return clock_second(world.zone_from, world.zone_offset, zone, local)


@rule
def clock_seconds(zone_from: NDArray[np.int64], zone_offset: NDArray[np.int64], zone: NDArray[np.int64],
                  local: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return clock seconds (n,) of local seconds (n,) in zones (n,)."""
    out = np.empty(len(local), np.int64)
    for n in range(len(local)):
        out[n] = clock_second(zone_from, zone_offset, zone[n], local[n])
    return out


@rule
def local_days(world: World, persons: NDArray[np.int64], seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the local days (n,) of clock seconds (n,) in the zones of persons (n,)."""
    out = np.empty(len(seconds), np.int64)
    for n in range(len(seconds)):
        out[n] = local_day(world, world.person[persons[n]].zone, seconds[n])
    return out


@rule
def operational(world: World, zone: int, t: int) -> float:
    """Return operational seconds at a clock second, by the zone's offset at the calendar's start (no daylight saving).

    Reads: hour_weight, hour_start, zone_offset. Writes, Draws: nothing.
    """
    local = t + world.zone_offset[zone, 0]
    day = local // DAY_S
    second = local - day * DAY_S
    hour = second // HOUR_S
    return day * 86400.0 + world.hour_start[hour] + world.hour_weight[hour] * (second - hour * HOUR_S)


@rule
def second_of_operational(world: World, zone: int, tau: float) -> int:
    """Return the first clock second at which `operational` has reached about tau (within a second of it).

    Reads: hour_weight, hour_start, zone_offset. Writes, Draws: nothing.
    """
    day = int(tau / 86400.0)
    if day * 86400.0 > tau:
        day -= 1
    rest = tau - day * 86400.0
    hour = 23
    while hour > 0 and world.hour_start[hour] > rest:
        hour -= 1
    second = int((rest - world.hour_start[hour]) / world.hour_weight[hour])
    return day * DAY_S + hour * HOUR_S + second + 1 - world.zone_offset[zone, 0]
