"""What a strategy plans on one day, after the days before were played (replication 0)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from sim import Assignment, Campaign, InputError, Loaded, Strategy, luck_of


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """One action; times are hours of the calendar's zone."""

    account: str
    person: str
    step: str
    channel: str
    opens: str
    closes: str
    priority: int


@dataclass(frozen=True, slots=True)
class DayPlan:
    """All actions of a day, in order of priority and opening."""

    date: str
    actions: tuple[PlannedAction, ...]
    by_step: Mapping[str, int]

    def csv(self) -> str:
        """Return the actions as CSV."""
        handle = io.StringIO()
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(PlannedAction.__slots__)
        for action in self.actions:
            writer.writerow([getattr(action, name) for name in PlannedAction.__slots__])
        return handle.getvalue()


def day_plan(loaded: Loaded, strategy: Strategy, day: int) -> DayPlan:
    """Play the days before and return the plan of day `day` (1 is the first).

    Raises:
        InputError: a day after the horizon.
    """
    setting = loaded.setting
    if day > loaded.scenario.horizon.days:
        raise InputError("--day", day, f"a day from 1 to {loaded.scenario.horizon.days}",
                         "Name a day of the campaign, or set horizon.days.")
    world = setting.world([strategy], luck_of(loaded.scenario.seeds, 0))
    campaign = Campaign(world, setting.timetable, setting.observed, [strategy],
                        Assignment.constant(loaded.portfolio.accounts))
    campaign.run(until_day=day - 1)
    planned = campaign.planned
    if planned is None:
        return DayPlan("", (), {})
    midnight = setting.timetable.ticks[day - 1]
    order = np.lexsort((loaded.portfolio.account_hash[planned.account], planned.open_s, planned.priority))
    person = world.account["person"]
    first = setting.first_accounts()
    actions = []
    for n in order:
        step, account = strategy.steps[int(planned.step[n])], int(planned.account[n])
        actions.append(PlannedAction(
            str(loaded.portfolio.account_id[account]), str(loaded.portfolio.person_id[first[person[account]]]), step.label,
            step.channel, _clock(int(planned.open_s[n]) - midnight), _clock(int(planned.close_s[n]) - midnight),
            int(planned.priority[n])))
    by_step: dict[str, int] = {}
    for action in actions:
        by_step[action.step] = by_step.get(action.step, 0) + 1
    date = loaded.scenario.calendar.start + timedelta(days=day - 1)
    return DayPlan(date.isoformat(), tuple(actions), dict(sorted(by_step.items())))


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"
