"""The observable facts that strategies see at a tick. Nothing latent has a name here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from sim.codes import EVENT_NAMES, REASON_NAMES, AccountStatus, Flag
from sim.errors import InputError, nearest
from sim.portfolio.table import Attribute, Category
from sim.rules.clock import clock_seconds
from sim.state import World
from sim.strategies.protocol import DAY_S, Column
from sim.timetable import Observed

BUCKETS = ("M1", "M2", "M3", "M4", "M5", "M6", "M6+")
REASON_LABELS = ("unknown", *REASON_NAMES)

Reader = Callable[["ObservedView"], Column | Attribute]


class ObservedView:
    """`sim.strategies.protocol.View` over the world's arrays, columns read when they are asked for."""

    def __init__(self, world: World, observed: Observed, day: int, t_s: int, arm: int, first_step: int) -> None:
        self.day = day
        self.t_s = t_s
        self._world = world
        self._observed = observed
        self._first_step = first_step
        chosen = (world.account["status"] == AccountStatus.OPEN) & (world.account["arm"] == arm)
        self.accounts: NDArray[np.int32] = np.flatnonzero(chosen).astype(np.int32)
        """Canonical account rows of this view's rows."""
        self.persons: NDArray[np.int64] = world.account["person"][self.accounts]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.accounts)

    def _person(self, name: str) -> NDArray[np.float64]:
        return np.asarray(self._world.person[name][self.persons], dtype=np.float64)

    def _account(self, name: str) -> NDArray[np.float64]:
        return np.asarray(self._world.account[name][self.accounts], dtype=np.float64)

    def _flag(self, flag: Flag) -> NDArray[np.bool_]:
        return np.asarray(self._world.person["flags"][self.persons] & int(flag), dtype=np.bool_)

    def _money(self, *names: str) -> NDArray[np.float64]:
        total = sum((self._account(name) for name in names), np.zeros(self.rows))
        return np.asarray(total / self._observed.minor_per_major)

    def _entry_day(self) -> NDArray[np.int64]:
        local = self._world.account["entry_s"][self.accounts]
        offset = self._world.zone_offset[self._world.person["zone"][self.persons], 0]
        return np.asarray((local + offset) // DAY_S, dtype=np.int64)

    def _dpd(self) -> NDArray[np.float64]:
        return self._account("dpd") + self.day - self._entry_day()

    def _person_sum(self, values: NDArray[np.float64], largest: bool) -> NDArray[np.float64]:
        """Return, for each row, the sum (or the largest) of its person's rows in this view."""
        table = np.zeros(len(self._world.person))
        (np.maximum if largest else np.add).at(table, self.persons, values)
        return table[self.persons]

    def _days_since(self, name: str) -> NDArray[np.float64]:
        seconds = self._person(name)
        return np.where(seconds < 0, np.nan, np.floor((self.t_s - seconds) / DAY_S))

    def _days_to_promise(self) -> NDArray[np.float64]:
        person = self._world.person[self.persons]
        live = person["promise_live"] == 1
        check = np.where(live, person["promise_check_s"], 0)
        offset = self._world.zone_offset[person["zone"], 0]
        # The check falls at local midnight after the grace days: the promised day lies grace + 1 days before it.
        due_day = (check + offset) // DAY_S - 1 - int(self._world.params["grace_days"][0])
        return np.where(live, due_day - self.day, np.nan)

    def _days_to_payday(self) -> NDArray[np.float64]:
        payday = self._person("payday")
        out = np.full(self.rows, np.nan)
        for ahead in range(31, -1, -1):
            index = min(self.day + ahead, len(self._world.month_day) - 1)
            out[payday == self._world.month_day[index]] = ahead
        return np.where(payday > 0, out, np.nan)

    def _bucket(self) -> Category:
        codes = np.clip((self._dpd() - 1) // 30, 0, len(BUCKETS) - 1).astype(np.int32)
        return Category(codes, BUCKETS)

    def _reason(self) -> Category:
        return Category((self._world.person["revealed"][self.persons] + 1).astype(np.int32), REASON_LABELS)

    def column(self, name: str) -> Column | Attribute:
        """Return a column by its planner's name (`View`)."""
        reader = READERS.get(name)
        if reader is not None:
            return reader(self)
        for prefix, place in (("attempts_", 0), ("contacts_", 1)):
            if name.startswith(prefix) and name[len(prefix):] in self._observed.channels:
                channel = self._observed.channels.index(name[len(prefix):])
                return np.asarray(self._world.tally[self.persons, channel, place], dtype=np.float64)
        if name.startswith("opt_out_") and name[8:] in self._observed.channels:
            bit = 1 << self._observed.channels.index(name[8:])
            return np.asarray(self._world.person["opted_out"][self.persons] & bit, dtype=np.bool_)
        attribute = self._observed.attributes.get(name)
        if isinstance(attribute, Category):
            return Category(attribute.codes[self.accounts], attribute.labels)
        if attribute is not None:
            return attribute[self.accounts]
        known = sorted(self.kinds())
        raise InputError(f"column {name}", name, f"one of {', '.join(known)}", nearest(name, known))

    def kinds(self) -> Mapping[str, str]:
        """Return name -> "number" | "text" | "flag" for every column this view offers."""
        return column_kinds(self._observed.channels, self._observed.attributes)

    def event_day(self, event: str) -> NDArray[np.int32]:
        """Return the last day on which an event happened to the person, -1 never."""
        return self._world.event_day[self.persons, EVENT_NAMES.index(event)]

    def step_attempts(self, step: int) -> NDArray[np.int16]:
        """Return attempts made for a step in its present firing."""
        return np.asarray(self._step("attempts", step), dtype=np.int16)

    def step_done(self, step: int) -> NDArray[np.bool_]:
        """Return whether a step is over; False for steps that repeat."""
        number = self._first_step + step
        if self._world.step["repeats"][number] == 1:
            return np.zeros(self.rows, np.bool_)
        return np.asarray(self._step("done", step) == 1, dtype=np.bool_)

    def step_first_day(self, step: int) -> NDArray[np.int32]:
        """Return the day on which the present firing was first planned, -1 if never."""
        return self._step("first_day", step)

    def step_hold_day(self, step: int) -> NDArray[np.int32]:
        """Return the first day on which a retry by days may be planned, -1 when none is waiting."""
        return self._step("hold_day", step)

    def step_window(self, step: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return (open, close) seconds of the local day for the step's next attempt."""
        return self._step("open_s", step), self._step("close_s", step)

    def _step(self, name: str, step: int) -> NDArray[np.int32]:
        return np.asarray(self._world.step_state[name][self.accounts, self._first_step + step])

    def at(self, second_of_day: int | NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the clock second at which each row's local day reaches a second of the day."""
        local = np.broadcast_to(np.asarray(second_of_day, dtype=np.int64) + self.day * DAY_S, (self.rows,))
        zone = np.ascontiguousarray(self._world.person["zone"][self.persons], dtype=np.int64)
        return clock_seconds(self._world.zone_from, self._world.zone_offset, zone, np.ascontiguousarray(local))


READERS: Mapping[str, Reader] = {
    "dpd": lambda v: v._dpd(),
    "balance": lambda v: v._money("principal", "interest", "fees"),
    "principal": lambda v: v._money("principal"),
    "interest": lambda v: v._money("interest"),
    "fees": lambda v: v._money("fees"),
    "instalment": lambda v: v._money("instalment"),
    "paid": lambda v: v._money("paid"),
    "person_balance": lambda v: v._person_sum(v._money("principal", "interest", "fees"), largest=False),
    "person_dpd": lambda v: v._person_sum(v._dpd(), largest=True),
    "person_accounts": lambda v: v._person("open_accounts"),
    "entry_day": lambda v: (v.day - v._entry_day() + 1).astype(np.float64),
    "payday": lambda v: v._person("payday"),
    "days_to_payday": lambda v: v._days_to_payday(),
    "attempts": lambda v: v._person("attempts"),
    "contacts": lambda v: v._person("contacts"),
    "days_since_contact": lambda v: v._days_since("last_contact_s"),
    "days_since_payment": lambda v: v._days_since("last_payment_s"),
    "promises": lambda v: v._person("promises"),
    "promises_kept": lambda v: v._person("kept"),
    "promises_broken": lambda v: v._person("broken"),
    "days_to_promise": lambda v: v._days_to_promise(),
    "number_valid": lambda v: v._person("number_valid") > 0,
    "dispute": lambda v: v._flag(Flag.DISPUTE),
    "hardship_plan": lambda v: v._flag(Flag.HARDSHIP_PLAN),
    "complaint": lambda v: v._flag(Flag.COMPLAINT),
    "wrong_number": lambda v: v._flag(Flag.WRONG_NUMBER),
    "promise_live": lambda v: v._flag(Flag.PROMISE_LIVE),
    "opt_out": lambda v: v._person("opted_out") > 0,
    "bucket": lambda v: v._bucket(),
    "reason": lambda v: v._reason(),
}
"""Columns that are computed; channels' counts and the portfolio's attributes come beside them."""

FLAGS = frozenset({"number_valid", "dispute", "hardship_plan", "complaint", "wrong_number", "promise_live", "opt_out"})
TEXTS = frozenset({"bucket", "reason"})


def column_kinds(channels: tuple[str, ...], attributes: Mapping[str, Attribute]) -> dict[str, str]:
    """Return name -> "number" | "text" | "flag" of all columns, for given channels and portfolio attributes."""
    kinds = {name: "flag" if name in FLAGS else "text" if name in TEXTS else "number" for name in READERS}
    for channel in channels:
        kinds |= {f"attempts_{channel}": "number", f"contacts_{channel}": "number", f"opt_out_{channel}": "flag"}
    for name, attribute in attributes.items():
        kinds.setdefault(name, "text" if isinstance(attribute, Category) else "number")
    return kinds
