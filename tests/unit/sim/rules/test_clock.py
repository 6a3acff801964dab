"""Local time follows zoneinfo through daylight saving; the operational clock runs forward and keeps whole days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules.clock import (
    clock_second,
    clock_seconds,
    day_index,
    local_day,
    local_second,
    operational,
    second_of_local,
    second_of_operational,
)
from sim.world import Setting, luck_of
from tests.worlds import make_portfolio, make_scenario, play

DAY = 86_400
ZONES = ("Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe")


def world_of(start, zone="America/New_York"):
    setting = Setting(make_scenario(40, start=start, zone=zone), make_portfolio(8, zones=ZONES))
    zones = (zone, *(z for z in ZONES if z != zone))
    return setting.world([], luck_of(setting.scenario.seeds, 0)), zones


# Spring and autumn on both hemispheres: clocks go forward and back within 40 days of each start.
WORLDS = {start: world_of(start) for start in ("2025-03-01", "2025-10-01")}


def by_zoneinfo(start, zone, t):
    """Return seconds on a wall clock of `zone` since midnight of the start date."""
    first = datetime.fromisoformat(start)
    moment = first.replace(tzinfo=ZoneInfo("America/New_York")).astimezone(UTC) + timedelta(seconds=t)
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return int((wall - first).total_seconds())


@pytest.mark.parametrize("start", WORLDS)
def test_local_seconds_are_those_of_zoneinfo_to_the_second(start):
    world, zones = WORLDS[start]
    changes = sorted({int(t) + d for t in world.zone_from.ravel() for d in (-3601, -1, 0, 1, 3600)} | set(
        range(-DAY, 41 * DAY, 4001)))
    assert len(set(world.zone_from.ravel().tolist())) > 3, "no zone changes its offset: nothing is tested"
    for row, zone in enumerate(zones):
        for t in changes:
            if t < -DAY:
                continue
            expected = by_zoneinfo(start, zone, t)
            assert local_second(world, row, t) == expected, (zone, t)
            assert local_day(world, row, t) == expected // DAY


@pytest.mark.parametrize("start", WORLDS)
def test_a_local_time_comes_at_the_first_second_that_shows_it_or_a_later_one(start):
    # In a gap that is the second after it, in a fold the first of the two.
    world, zones = WORLDS[start]
    for row in range(len(zones)):
        seconds = np.arange(0, 40 * DAY, 1)
        shown = np.empty(len(seconds), np.int64)
        for k in range(world.zone_from.shape[1]):
            after = seconds >= world.zone_from[row, k]
            shown[after] = seconds[after] + world.zone_offset[row, k]
        reached = np.maximum.accumulate(shown)
        for local in range(2 * DAY, 38 * DAY, 911):
            expected = int(np.searchsorted(reached, local, side="left"))
            assert clock_second(world.zone_from, world.zone_offset, row, local) == expected
            assert second_of_local(world, row, local) == expected


def test_columns_of_local_times_are_the_same_as_one_by_one():
    world, zones = WORLDS["2025-03-01"]
    rng = np.random.default_rng(3)
    row, local = rng.integers(0, len(zones), 500), rng.integers(0, 40 * DAY, 500)
    found = clock_seconds(world.zone_from, world.zone_offset, row, local)
    assert found.tolist() == [
        clock_second(world.zone_from, world.zone_offset, int(r), int(s)) for r, s in zip(row, local, strict=True)]


def test_days_beyond_the_tables_are_the_tables_ends():
    world, _ = WORLDS["2025-03-01"]
    last = len(world.free_day) - 1
    assert [day_index(world, day) for day in (-5, 0, 7, last, last + 1, 10**9)] == [0, 0, 7, last, last, last]


@given(st.sampled_from(list(WORLDS)), st.integers(0, 3), st.integers(-DAY, 60 * DAY), st.integers(1, 100_000))
def test_the_operational_clock_runs_forward(start, row, t, span):
    world, _ = WORLDS[start]
    assert operational(world, row, t + span) > operational(world, row, t)
    assert operational(world, row, t + DAY) - operational(world, row, t) == pytest.approx(DAY, abs=1e-6)


@given(st.integers(0, 3), st.integers(0, 60 * DAY))
def test_the_operational_clock_can_be_read_backwards(row, t):
    world, _ = WORLDS["2025-03-01"]
    assert abs(second_of_operational(world, row, operational(world, row, t)) - t) <= 1


def test_an_hour_counts_by_its_weight():
    world, _ = WORLDS["2025-03-01"]
    start = -int(world.zone_offset[0, 0])
    hours = [operational(world, 0, start + 3600 * (h + 1)) - operational(world, 0, start + 3600 * h) for h in range(24)]
    np.testing.assert_allclose(hours, 3600 * world.hour_weight, rtol=1e-12)
    assert world.hour_weight.mean() == pytest.approx(1.0, abs=1e-12)


def test_a_day_of_23_hours_is_planned_from_local_midnight():
    # New York, 9 March 2025: the tick after the short day comes 23 hours later.
    setting = Setting(make_scenario(12, start="2025-03-01", zone="America/New_York"), make_portfolio(4))
    lengths = np.diff([*setting.timetable.ticks, setting.timetable.end_s])
    assert lengths.tolist() == [DAY] * 8 + [DAY - 3600] + [DAY] * 3
    assert play(setting).counters[0] > 0
