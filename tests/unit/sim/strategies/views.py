"""A view made of plain arrays, with the bookkeeping that an engine does for steps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sim.codes import EVENT_NAMES
from sim.errors import InputError
from sim.portfolio.table import Category
from sim.spec.expression import kind_of
from sim.spec.strategy import Vocabulary
from sim.spec.strategy_source import VIEW_FLAGS, VIEW_NUMBERS, view_columns
from sim.strategies.protocol import DAY_S

CHANNELS = {
    "sms": ("reminder", "helpful", "promise_reminder"),
    "call": ("reminder", "negotiate", "firm", "relief"),
    "bot_call": ("m1", "promise_reminder"),
    "visit": ("talk",),
}
VOCABULARY = Vocabulary(CHANNELS, ("general", "senior"), view_columns(CHANNELS))


@dataclass
class StepState:
    """What an engine keeps of one step: arrays of shape (rows,)."""

    attempts: Any
    done: Any
    first_day: Any
    hold: Any
    open_s: Any
    close_s: Any


@dataclass
class TableView:
    """A `View` over arrays given by name; what is not given is 0, False, nan (days since) or never."""

    rows: int
    columns: dict[str, Any] = field(default_factory=dict)
    day: int = 0
    events: dict[str, Any] = field(default_factory=dict)
    states: dict[int, StepState] = field(default_factory=dict)
    zone_offset_s: int = 0

    @property
    def t_s(self):
        return self.day * DAY_S

    def column(self, name):
        if name in self.columns:
            return self.columns[name]
        if name in VIEW_FLAGS or name.startswith("opt_out_"):
            return np.full(self.rows, name == "number_valid")
        if name.startswith(("days_since_", "days_to_")):
            return np.full(self.rows, np.nan)
        if name == "reason":
            return Category(np.zeros(self.rows, np.int32), ("unknown", "hardship", "shock"))
        if name in VIEW_NUMBERS or name.startswith(("attempts_", "contacts_")):
            return np.zeros(self.rows)
        raise InputError(f"column {name}", name, "a column")

    def kinds(self):
        return {
            **view_columns(CHANNELS),
            **{name: kind_of(column) for name, column in self.columns.items()},
        }

    def event_day(self, event):
        assert event in EVENT_NAMES
        return np.asarray(self.events.get(event, np.full(self.rows, -1)), dtype=np.int32)

    def state(self, step):
        if step not in self.states:
            n = self.rows
            self.states[step] = StepState(
                np.zeros(n, np.int16),
                np.zeros(n, bool),
                np.full(n, -1, np.int32),
                np.full(n, -1, np.int32),
                np.zeros(n, np.int32),
                np.zeros(n, np.int32),
            )
        return self.states[step]

    def step_attempts(self, step):
        return self.state(step).attempts

    def step_done(self, step):
        return self.state(step).done

    def step_first_day(self, step):
        return self.state(step).first_day

    def step_hold_day(self, step):
        return self.state(step).hold

    def step_deferred(self, step):
        return np.zeros(self.rows, dtype=np.bool_)

    def step_window(self, step):
        return self.state(step).open_s, self.state(step).close_s

    def at(self, second_of_day):
        local = self.day * DAY_S + np.asarray(second_of_day, dtype=np.int64)
        return np.broadcast_to(local - self.zone_offset_s, (self.rows,))

    def take(self, rows):
        """Return the view of some rows, in their order."""
        pick = {
            name: Category(c.codes[rows], c.labels) if isinstance(c, Category) else np.asarray(c)[rows]
            for name, c in self.columns.items()
        }
        states = {
            step: StepState(*(getattr(s, name)[rows] for name in StepState.__dataclass_fields__))
            for step, s in self.states.items()
        }
        return replace(
            self,
            rows=len(rows),
            columns=pick,
            states=states,
            events={name: np.asarray(days)[rows] for name, days in self.events.items()},
        )

    def carry_out(self, strategy, plan, reached):
        """Make one attempt of every planned action; `reached` (per action) makes its step done.

        A firing of a step that repeats begins anew when it is over: as the engine does it.
        """
        for row, number, well in zip(plan.row.tolist(), plan.step.tolist(), reached, strict=True):
            step, state = strategy.steps[number], self.state(number)
            over = state.done[row] or self.day >= state.first_day[row] + step.open_days
            if state.first_day[row] < 0 or (step.repeats and over):
                state.first_day[row], state.attempts[row], state.done[row] = self.day, 0, False
            state.attempts[row] += 1
            state.hold[row] = -1
            state.done[row] = bool(well) or state.attempts[row] >= step.attempts_total

    def later(self, days=1):
        """Let days pass in which nothing else happens."""
        grown = dict(self.columns)
        for name, sign in (
            ("dpd", 1),
            ("entry_day", 1),
            ("days_since_payment", 1),
            ("days_to_promise", -1),
        ):
            if name in grown:
                grown[name] = np.asarray(grown[name], dtype=float) + sign * days
        return replace(self, columns=grown, day=self.day + days)


def random_view(rows, seed, day=40):
    """Return a view with every column that the shipped strategies read, drawn at random (a fixed seed)."""
    rng = np.random.default_rng(seed)
    dpd = rng.integers(0, 200, rows)
    promise = rng.random(rows) < 0.1
    columns = {
        "dpd": dpd,
        "entry_day": rng.integers(1, 60, rows),
        "balance": np.exp(rng.normal(9, 2, rows)),
        "number_valid": rng.random(rows) < 0.9,
        "dispute": rng.random(rows) < 0.05,
        "hardship_plan": rng.random(rows) < 0.05,
        "complaint": rng.random(rows) < 0.02,
        "wrong_number": rng.random(rows) < 0.05,
        "promise_live": promise,
        "days_to_promise": np.where(promise, rng.integers(-1, 6, rows), np.nan),
        "days_to_payday": rng.integers(0, 30, rows).astype(float),
        "contacts_call": rng.integers(0, 3, rows),
        "attempts_call": rng.integers(0, 12, rows),
        "contacts": rng.integers(0, 4, rows),
        "promises_broken": rng.integers(0, 4, rows),
        "promises_kept": rng.integers(0, 2, rows),
        "days_since_payment": np.where(rng.random(rows) < 0.5, rng.integers(0, 30, rows), np.nan),
        "reason": Category(rng.integers(0, 3, rows).astype(np.int32), ("unknown", "hardship", "shock")),
        **{f"opt_out_{channel}": rng.random(rows) < 0.05 for channel in CHANNELS},
    }
    events = {
        name: np.where(rng.random(rows) < 0.1, rng.integers(day - 5, day + 1, rows), -1)
        for name in ("broken", "hardship", "refused", "opt_out", "promise")
    }
    return TableView(rows, columns, day, events)
