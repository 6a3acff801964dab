"""The observable facts that strategies see at a tick. Nothing latent has a name here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from sim.codes import EVENT_NAMES, REASON_NAMES, Flag
from sim.errors import InputError, nearest
from sim.portfolio.table import Attribute, Category
from sim.rules.clock import clock_second, clock_seconds, local_days
from sim.rules.planning import open_accounts, step_states
from sim.state import STEP_STATE, Records, World
from sim.strategies.protocol import DAY_S, Column
from sim.timetable import Observed

BUCKETS = ("M1", "M2", "M3", "M4", "M5", "M6", "M6+")
REASON_LABELS = ("unknown", *REASON_NAMES)


class Facts:
    """What can be read about a tick's open accounts of one arm, as columns of shape (rows,).

    Some fields that `person` could read are latent: strategies are given an `ObservedView`, which reads by `READERS`.
    """

    def __init__(self, world: World, observed: Observed, day: int, t_s: int, arm: int) -> None:
        self.day = day
        self.t_s = t_s
        self._world = world
        self._minor_per_major = observed.minor_per_major
        self.accounts: NDArray[np.int32]
        """Canonical account rows."""
        self.persons: NDArray[np.int64]
        """Their persons' rows."""
        self.accounts, self.persons = open_accounts(world, arm)
        self._entry_day: NDArray[np.int64] | None = None

    def person(self, name: str) -> NDArray[np.float64]:
        """Return a field of the rows' persons, as numbers."""
        return np.asarray(self._world.person[name][self.persons], dtype=np.float64)

    def account(self, name: str) -> NDArray[np.float64]:
        """Return a field of the rows' accounts, as numbers."""
        return np.asarray(self._world.account[name][self.accounts], dtype=np.float64)

    def flag(self, flag: Flag) -> NDArray[np.bool_]:
        """Return whether the rows' persons are in a state."""
        return np.asarray(self._world.person["flags"][self.persons] & int(flag), dtype=np.bool_)

    def money(self, *names: str) -> NDArray[np.float64]:
        """Return the sum of money fields of the accounts, major units."""
        total = sum((self.account(name) for name in names), np.zeros(len(self.accounts)))
        return np.asarray(total / self._minor_per_major)

    def entry_day(self) -> NDArray[np.int64]:
        """Return the local day of entry, 0 on the calendar's first day."""
        if self._entry_day is None:
            self._entry_day = local_days(self._world, self.persons, self._world.account["entry_s"][self.accounts])
        return self._entry_day

    def dpd(self) -> NDArray[np.float64]:
        """Return days past due."""
        past = self.day - self.entry_day()
        if self._world.mechanism["arranges"][0]:
            arranged = self._world.fortune[self.persons]
            past = np.where(arranged["arranged"] > 0, np.maximum(0, past - (self.day - arranged["from_day"])), past)
        return self.account("dpd") + past

    def person_sum(self, values: NDArray[np.float64], largest: bool) -> NDArray[np.float64]:
        """Return, for each row, the sum (or the largest) of its person's rows in this view."""
        table = np.zeros(len(self._world.person))
        (np.maximum if largest else np.add).at(table, self.persons, values)
        return table[self.persons]

    def days_since(self, name: str) -> NDArray[np.float64]:
        """Return whole days since a second kept on the person, nan where it never came."""
        seconds = self.person(name)
        return np.where(seconds < 0, np.nan, np.floor((self.t_s - seconds) / DAY_S))

    def days_to_promise(self) -> NDArray[np.float64]:
        """Return days until the live promise is due, nan without one."""
        out = np.full(len(self.persons), np.nan)
        live = np.flatnonzero(self.flag(Flag.PROMISE_LIVE))
        persons = self.persons[live]
        # The check falls at local midnight after the grace days: the promised day lies grace + 1 days before it.
        due_day = local_days(self._world, persons, self._world.person["promise_check_s"][persons]) - 1
        out[live] = due_day - int(self._world.params["grace_days"][0]) - self.day
        return out

    def days_to_payday(self) -> NDArray[np.float64]:
        """Return days until the next payday, 0 on the day, nan where it is not known."""
        payday = self.person("payday")
        out = np.full(len(self.accounts), np.nan)
        for ahead in range(31, -1, -1):
            index = min(self.day + ahead, len(self._world.month_day) - 1)
            out[payday == self._world.month_day[index]] = ahead
        return np.where(payday > 0, out, np.nan)

    def bucket(self) -> Category:
        """Return the bucket by days past due."""
        codes = np.clip((self.dpd() - 1) // 30, 0, len(BUCKETS) - 1).astype(np.int32)
        return Category(codes, BUCKETS)

    def reason(self) -> Category:
        """Return the reason where a conversation revealed it."""
        return Category((self._world.person["revealed"][self.persons] + 1).astype(np.int32), REASON_LABELS)


Reader = Callable[[Facts], Column | Attribute]


class ObservedView:
    """`sim.strategies.protocol.View` over the world's arrays, columns read when they are asked for."""

    def __init__(self, world: World, observed: Observed, day: int, t_s: int, arm: int, first_step: int) -> None:
        self.day = day
        self.t_s = t_s
        self._world = world
        self._observed = observed
        self._first_step = first_step
        self._facts = Facts(world, observed, day, t_s, arm)
        self.accounts = self._facts.accounts
        """Canonical account rows of this view's rows."""
        self.persons = self._facts.persons
        self._latest = -1
        self._states: Records = np.empty(0, STEP_STATE)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.accounts)

    def column(self, name: str) -> Column | Attribute:
        """Return a column by its planner's name (`View`)."""
        reader = READERS.get(name)
        if reader is not None:
            return reader(self._facts)
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

    def step_deferred(self, step: int) -> NDArray[np.bool_]:
        """Return whether a contact rule put a step off until its hold day."""
        if len(self._world.gate_rule) == 0:
            return np.zeros(self.rows, np.bool_)
        return np.asarray(self._step("deferred", step) == 1, dtype=np.bool_)

    def step_window(self, step: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return (open, close) seconds of the local day for the step's next attempt."""
        return self._step("open_s", step), self._step("close_s", step)

    def _step(self, name: str, step: int) -> NDArray[np.int32]:
        if self._latest != step:  # strategies ask for all of one step before they go on to the next
            self._latest, self._states = step, step_states(self._world, self.accounts, self._first_step + step)
        return np.asarray(self._states[name])

    def at(self, second_of_day: int | NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the clock second at which each row's local day reaches a second of the day."""
        if self._world.zone_from.shape[0] == 1 and isinstance(second_of_day, int):
            second = clock_second(self._world.zone_from, self._world.zone_offset, 0, second_of_day + self.day * DAY_S)
            return np.full(self.rows, second, np.int64)
        local = np.broadcast_to(np.asarray(second_of_day, dtype=np.int64) + self.day * DAY_S, (self.rows,))
        zone = np.ascontiguousarray(self._world.person["zone"][self.persons], dtype=np.int64)
        return clock_seconds(self._world.zone_from, self._world.zone_offset, zone, np.ascontiguousarray(local))


READERS: Mapping[str, Reader] = {
    "dpd": lambda facts: facts.dpd(),
    "balance": lambda facts: facts.money("principal", "interest", "fees"),
    "principal": lambda facts: facts.money("principal"),
    "interest": lambda facts: facts.money("interest"),
    "fees": lambda facts: facts.money("fees"),
    "instalment": lambda facts: facts.money("instalment"),
    "paid": lambda facts: facts.money("paid"),
    "person_balance": lambda facts: facts.person_sum(facts.money("principal", "interest", "fees"), largest=False),
    "person_dpd": lambda facts: facts.person_sum(facts.dpd(), largest=True),
    "person_accounts": lambda facts: facts.person("open_accounts"),
    "entry_day": lambda facts: (facts.day - facts.entry_day() + 1).astype(np.float64),
    "payday": lambda facts: facts.person("payday"),
    "days_to_payday": lambda facts: facts.days_to_payday(),
    "attempts": lambda facts: facts.person("attempts"),
    "contacts": lambda facts: facts.person("contacts"),
    "days_since_contact": lambda facts: facts.days_since("last_contact_s"),
    "days_since_payment": lambda facts: facts.days_since("last_payment_s"),
    "promises": lambda facts: facts.person("promises"),
    "promises_kept": lambda facts: facts.person("kept"),
    "promises_broken": lambda facts: facts.person("broken"),
    "days_to_promise": lambda facts: facts.days_to_promise(),
    "number_valid": lambda facts: facts.person("number_valid") > 0,
    "dispute": lambda facts: facts.flag(Flag.DISPUTE),
    "hardship_plan": lambda facts: facts.flag(Flag.HARDSHIP_PLAN),
    "complaint": lambda facts: facts.flag(Flag.COMPLAINT),
    "wrong_number": lambda facts: facts.flag(Flag.WRONG_NUMBER),
    "promise_live": lambda facts: facts.flag(Flag.PROMISE_LIVE),
    "opt_out": lambda facts: facts.person("opted_out") > 0,
    "bucket": lambda facts: facts.bucket(),
    "reason": lambda facts: facts.reason(),
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
