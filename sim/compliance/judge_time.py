"""Windows: whether a rule lets contact happen at this hour of this day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sim.compliance.clock import DAY_S, HolidayTable, NoHolidays, at, local_date, seconds_of_day, selects
from sim.compliance.facts import Fact, Scene
from sim.compliance.pack import Window
from sim.compliance.vocabulary import place_covers


@dataclass(frozen=True, slots=True)
class Clock:
    """The zone and the holidays by which a pack reads the time."""

    zone: ZoneInfo
    table: HolidayTable
    week_start: int = 0
    """The first day of a calendar week, 0 for Monday."""

    def day(self, second: int) -> date:
        """Return the local day."""
        return local_date(second, self.zone)


@dataclass(frozen=True, slots=True)
class Margins:
    """Seconds before a window's end from which a channel does not start any more; 0 by law."""

    visit_s: int = 0

    def of(self, channel: str) -> int:
        """Return the margin of a channel."""
        return self.visit_s if channel == "visit" else 0


def window_fails(rule: Window, scene: Scene, clock: Clock, second: int, margins: Margins) -> str | None:
    """Return why the window refuses the attempt at a second, None where it does not.

    A rule speaks only of its channels, places and days; where it does not speak, it does not refuse.
    """
    attempt = scene.attempt
    if attempt.channel not in rule.channels or not place_covers(rule.place, attempt.place):
        return None
    if scene.any_flag(rule.unless, second):
        return None
    if rule.days == "debtor_blocked":
        return _blocked_by_debtor(rule, scene, clock, second)
    if not selects(rule.days, clock.day(second), clock.table):
        return None
    now = seconds_of_day(second, clock.zone)
    if rule.open_s <= now < rule.close_s - margins.of(attempt.channel):
        return None
    allowed = f"{_hhmm(rule.open_s)} to {_hhmm(rule.close_s)}" if rule.close_s > rule.open_s else "at no time"
    return f"local time {_hhmm(now)} on {clock.day(second):%a %Y-%m-%d}; allowed {allowed} ({rule.days})"


def window_instants(rule: Window, scene: Scene, clock: Clock, day: date) -> Iterator[int]:
    """Yield the seconds of a local day at which the window may come to allow, midnight apart."""
    if rule.close_s > rule.open_s:
        yield at(day, rule.open_s, clock.zone)
    if rule.days == "debtor_blocked":
        for fact in scene.events(("debtor_blocked",)):
            if fact.hours is not None:
                yield at(day, fact.hours[1], clock.zone)


def _blocked_by_debtor(rule: Window, scene: Scene, clock: Clock, second: int) -> str | None:
    if scene.attempt.flags.get("debtor_blocked", False):
        return "the debtor blocked this time or place"
    day, now = clock.day(second), seconds_of_day(second, clock.zone)
    for fact in _within_budget(rule, scene):
        if fact.channel is not None and fact.channel != scene.attempt.channel:
            continue
        opens, closes = fact.hours or (0, DAY_S)
        if selects(fact.days, day, clock.table) and opens <= now < closes:
            return f"the debtor blocked {_hhmm(opens)} to {_hhmm(closes)} ({fact.days})"
    return None


def _within_budget(rule: Window, scene: Scene) -> Iterator[Fact]:
    """Yield the debtor's blocks; those that would go beyond the weekly budget of the rule do not bind."""
    used, plain = 0, NoHolidays()
    monday = date(2024, 1, 1)
    for fact in scene.events(("debtor_blocked",)):
        opens, closes = fact.hours or (0, DAY_S)
        week = [monday + timedelta(days=i) for i in range(7)]
        weekly = (closes - opens) * sum(selects(fact.days, day, plain) for day in week)
        if rule.budget_s is not None and used + weekly > rule.budget_s:
            continue
        used += weekly
        yield fact


def _hhmm(seconds: int) -> str:
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{text}:{seconds % 60:02d}" if seconds % 60 else text
