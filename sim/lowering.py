"""Small pieces of lowering: calendars, reach curves, behaviour tables. Each turns a spec into arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.codes import REASON_NAMES
from sim.rules.exact import log_exact
from sim.spec.behaviour import Behaviour, Profile
from sim.spec.scenario import Calendar
from sim.state import REASON, Records
from sim.strategies.protocol import DAY_S

CALENDAR_MARGIN_DAYS = 70
LN2 = log_exact(2.0)


def zone_tables(calendar: Calendar, days: int, zones: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (from, offset), int64 (zones, transitions): local second = clock second + offset from each second on.

    Zone 0 is the calendar's own. Zones with fewer transitions repeat their last.
    """
    origin = datetime.combine(calendar.start, time(), ZoneInfo(calendar.zone)).astimezone(UTC)
    home = int(datetime.combine(calendar.start, time(), ZoneInfo(calendar.zone)).utcoffset().total_seconds())  # type: ignore[union-attr]
    rows = [_transitions(ZoneInfo(name), origin, (days + CALENDAR_MARGIN_DAYS) * DAY_S, home) for name in zones]
    width = max(len(row) for row in rows)
    padded = [row + [row[-1]] * (width - len(row)) for row in rows]
    table = np.array(padded, dtype=np.int64)
    return np.ascontiguousarray(table[:, :, 0]), np.ascontiguousarray(table[:, :, 1])


def _transitions(zone: ZoneInfo, origin: datetime, end_s: int, home: int) -> list[tuple[int, int]]:
    """Return (clock second, offset) from the start on: found day by day, then to the second by bisection."""
    def offset(second: int) -> int:
        moment = (origin + timedelta(seconds=second)).astimezone(zone)
        return int(moment.utcoffset().total_seconds()) - home  # type: ignore[union-attr]

    found = [(-2 * DAY_S, offset(-2 * DAY_S))]
    for second in range(-2 * DAY_S, end_s, DAY_S):
        if offset(second + DAY_S) != found[-1][1]:
            low, high = second, second + DAY_S
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == found[-1][1] else (low, middle)
            found.append((high, offset(high)))
    return found


def holidays_of(calendar: Calendar, days: int) -> frozenset[date]:
    """Return the country's public holidays in the campaign and its margin; empty without a country.

    Raises:
        InputError: a country that the holiday calendar does not know.
    """
    if not calendar.country:
        return frozenset()
    import holidays  # noqa: PLC0415 - heavy

    from sim.errors import InputError, nearest  # noqa: PLC0415

    last = calendar.start + timedelta(days=days + CALENDAR_MARGIN_DAYS)
    known = holidays.list_supported_countries()
    if calendar.country not in known:
        raise InputError("calendar.country", calendar.country,
                         "an ISO country code with a holiday calendar, or nothing",
                         nearest(calendar.country, known))
    years = range(calendar.start.year, last.year + 1)
    return frozenset(holidays.country_holidays(calendar.country, years=years))


def day_tables(calendar: Calendar, days: int, holidays: frozenset[date]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return (free_day, month_day), int8 (days + margin,). Weekends and public holidays are free."""
    dates = [calendar.start + timedelta(days=n) for n in range(days + CALENDAR_MARGIN_DAYS)]
    free = np.array([d.weekday() >= 5 or d in holidays for d in dates], dtype=np.int8)
    return free, np.array([d.day for d in dates], dtype=np.int8)


def reach_curves(profiles: Sequence[Profile]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (at_phone, at_home), float64 (profiles, 2, 24): weekday, free day."""
    phone = np.array([[p.at_phone, p.at_phone_free] for p in profiles], dtype=np.float64)
    home = np.array([[p.at_home, p.at_home_free] for p in profiles], dtype=np.float64)
    return phone, home


def hour_tables(weights: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (weight, start): hourly weights scaled to mean 1, and operational seconds before each hour."""
    total = math.fsum(weights)
    weight = np.array([24.0 * w / total for w in weights])
    start = np.array([3600.0 * math.fsum(weight[:h]) for h in range(24)])
    return weight, start


def hazard_table(behaviour: Behaviour) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (days past due, intensity per operational second), ascending."""
    table = sorted(behaviour.payment.self_cure_per_day.items())
    return (np.array([dpd for dpd, _ in table], dtype=np.int64),
            np.array([rate.value / DAY_S for _, rate in table], dtype=np.float64))


def stage_tables(behaviour: Behaviour) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (days past due, factor on reach, factor on promising and paying when asked), ascending."""
    table = sorted(behaviour.people.stages.items())
    return (np.array([dpd for dpd, _ in table], dtype=np.int64), np.array([stage.reach.value for _, stage in table]),
            np.array([stage.ability.value for _, stage in table]))


def reason_tables(behaviour: Behaviour) -> tuple[Records, NDArray[np.int64], NDArray[np.float64]]:
    """Return (REASON records (5,), days past due (bands,), cumulative shares (bands, 5))."""
    reasons = {str(name): spec for name, spec in behaviour.reasons.items()}
    records = np.zeros(len(REASON_NAMES), REASON)
    for n, name in enumerate(REASON_NAMES):
        spec = reasons[name]
        records[n] = (spec.hazard.value, spec.full.value, spec.persuaded.value, spec.promised.value,
                      spec.kept_log_odds.value, spec.relief.value)
    bands = sorted({dpd for spec in reasons.values() for dpd in spec.share})
    shares = np.zeros((len(bands), len(REASON_NAMES)))
    for b, band in enumerate(bands):
        for n, name in enumerate(REASON_NAMES):
            known = {dpd: share for dpd, share in reasons[name].share.items() if dpd <= band}
            shares[b, n] = known[max(known)].value if known else 0.0
        shares[b] = shares[b] / math.fsum(shares[b])
        shares[b] = [math.fsum(shares[b, :n + 1]) for n in range(len(REASON_NAMES))]
    return records, np.array(bands, dtype=np.int64), shares


def half_life_rate(seconds: float) -> float:
    """Return the decay rate per second of a half-life in seconds; 0 seconds means gone at once."""
    return LN2 / seconds if seconds > 0 else 1.0
