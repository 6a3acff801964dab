"""Seconds, local days, holidays and working days. One clock: whole UTC seconds since 1970."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import holidays as holiday_tables

DAY_S = 86_400
_LENGTH = re.compile(r"^(\d+)\s*(business days?|days?|d|hours?|h)\b(.*)$")


class HolidayTable(Protocol):
    """What the rules ask of a holiday table."""

    def is_holiday(self, day: date) -> bool:
        """Whether the day is a public holiday."""

    def is_workday(self, day: date) -> bool:
        """Whether people work that day; working Saturdays of the country count."""


class NoHolidays:
    """Weekends only; for jurisdictions without a table."""

    def is_holiday(self, day: date) -> bool:
        """Return False."""
        del day
        return False

    def is_workday(self, day: date) -> bool:
        """Monday to Friday."""
        return day.weekday() < 5


class CountryHolidays:
    """National public holidays of one country, from the package `holidays`, without those of its states."""

    def __init__(self, country: str) -> None:
        self._table = holiday_tables.country_holidays(country)

    def is_holiday(self, day: date) -> bool:
        """Whether the day is a national public holiday."""
        return day in self._table

    def is_workday(self, day: date) -> bool:
        """Whether the day is a working day, working weekends included."""
        return bool(self._table.is_working_day(day))


@lru_cache(maxsize=64)
def holiday_table(country: str | None) -> HolidayTable:
    """Return the table of a country (ISO 3166 alpha-2), weekends only where there is none."""
    if country is None or country not in holiday_tables.list_supported_countries():
        return NoHolidays()
    return CountryHolidays(country)


def to_utc(local: datetime, zone: ZoneInfo) -> int:
    """Return the UTC second of a local time; the first of two where the clock goes back."""
    aware = local if local.tzinfo is not None else local.replace(tzinfo=zone)
    return int(aware.timestamp())


def to_local(second: int, zone: ZoneInfo) -> datetime:
    """Return the local wall clock time, aware."""
    return datetime.fromtimestamp(second, UTC).astimezone(zone)


def local_date(second: int, zone: ZoneInfo) -> date:
    """Return the local calendar day."""
    return to_local(second, zone).date()


def at(day: date, seconds_of_day: int, zone: ZoneInfo) -> int:
    """Return the UTC second at which a local day's wall clock shows `seconds_of_day`; 86,400 ends the day."""
    if seconds_of_day >= DAY_S:
        return at(day + timedelta(days=1), 0, zone)
    return to_utc(datetime.combine(day, time()) + timedelta(seconds=seconds_of_day), zone)


def seconds_of_day(second: int, zone: ZoneInfo) -> int:
    """Return what the local wall clock shows, in seconds after midnight."""
    shown = to_local(second, zone)
    return shown.hour * 3600 + shown.minute * 60 + shown.second


def add_days(second: int, days: int, zone: ZoneInfo) -> int:
    """Return the second at which the wall clock shows the same time `days` later."""
    return to_utc(to_local(second, zone).replace(tzinfo=None) + timedelta(days=days), zone)


def add_workdays(day: date, count: int, table: HolidayTable) -> date:
    """Return the `count`-th working day after a day; negative counts go back."""
    step = timedelta(days=1 if count >= 0 else -1)
    left = abs(count)
    while left:
        day += step
        if table.is_workday(day):
            left -= 1
    return day


def selects(days: str, day: date, table: HolidayTable) -> bool:
    """Whether a rule's day selector (all, mon-fri, sun+hol, workday, ...) takes in a local day."""
    weekday = day.weekday()
    simple = {
        "all": range(7),
        "mon-sun": range(7),
        "mon-fri": range(5),
        "mon-sat": range(6),
        "sat": (5,),
        "sat+sun": (5, 6),
        "sun+hol": (6,),
        "sat+sun+hol": (5, 6),
        "hol": (),
    }
    if days == "workday":
        return table.is_workday(day)
    if days == "weekend+hol":
        return not table.is_workday(day)
    if weekday in simple[days]:
        return True
    return days.endswith("hol") and table.is_holiday(day)


@dataclass(frozen=True, slots=True)
class Length:
    """A stretch of time such as 5d, 72h, 10 business days; `before` where the text says so."""

    count: int
    unit: str
    before: bool

    def after(self, second: int, zone: ZoneInfo, table: HolidayTable) -> int:
        """Return the end: the same wall clock time for days, the end of the last day for business days."""
        if self.unit == "h":
            return second + 3600 * self.count
        if self.unit == "d":
            return add_days(second, -self.count if self.before else self.count, zone)
        day = add_workdays(local_date(second, zone), -self.count if self.before else self.count, table)
        return at(day, 0 if self.before else DAY_S, zone)


def parse_length(text: str | None) -> Length | None:
    """Read "5d", "10 business days", "3 business days before", "5d after signal"; None without a number."""
    found = _LENGTH.match(text.strip()) if text else None
    if found is None:
        return None
    unit = "bd" if found[2].startswith("business") else "h" if found[2].startswith("h") else "d"
    return Length(int(found[1]), unit, "before" in found[3])
