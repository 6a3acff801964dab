"""The YAML language as a strategy: at each tick, which steps are due for whom. Stateless but for the view.

A step is due for an account when
- the account is in the step's segment (first match wins; a `move_to` after an event goes before `when`);
- its day on the step's anchor lies in the step's days (or on its `every` grid), or its event lies in them;
- no exclusion holds it back and the person has not opted out of the channel;
- it is not over. A step that happens once is over when it is done. A step that repeats has a firing for each
  turn of its grid or each event; a firing that was tried goes on to another day only by a retry of days.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.portfolio.table import Category
from sim.spec.strategy import StrategySpec, Vocabulary
from sim.spec.strategy_source import check_columns
from sim.strategies.lowering import Tables, Trigger, lower
from sim.strategies.protocol import Plan, Step, View

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

_ANCHORS = {
    "entry": ("entry_day", 1),
    "dpd": ("dpd", 1),
    "payday": ("days_to_payday", -1),
    "promise_due": ("days_to_promise", -1),
    "last_payment": ("days_since_payment", 1),
}
"""Anchor -> the column that counts its days, and the sign."""


class YamlStrategy:
    """A strategy written in YAML. Implements `sim.strategies.protocol.Strategy`."""

    def __init__(self, spec: StrategySpec, vocabulary: Vocabulary) -> None:
        """Lower a checked strategy.

        Args:
            spec: as `sim.spec.strategy_source.load_strategy` returns it.
            vocabulary: channels of the scenario; where it holds columns, conditions are checked against them.

        Raises:
            InputErrors: a condition over unknown or protected columns.
        """
        if vocabulary.columns is not None:
            check_columns(spec, vocabulary.columns, vocabulary.protected)
        self.spec = spec
        self.tables: Tables = lower(spec, vocabulary)

    @property
    def name(self) -> str:
        """The strategy's name."""
        return self.spec.name

    @property
    def train(self) -> tuple[str, ...]:
        """Courses that its agents attend."""
        return self.spec.train

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in the order of the file."""
        return self.tables.steps

    def plan(self, view: View) -> Plan:
        """Return the actions that are due today; arrays of shape (actions,), ordered by row, then step."""
        if view.rows == 0 or not self.steps:
            return Plan.empty()
        tick = _Tick(self.tables, view)
        rows: list[Rows] = []
        steps: list[NDArray[np.int16]] = []
        opens: list[NDArray[np.int64]] = []
        closes: list[NDArray[np.int64]] = []
        agains: list[Mask] = []
        for number, due, again in tick.due_steps():
            open_s, close_s = tick.window(number, due)
            live = close_s > np.maximum(open_s, view.t_s)
            if not live.all():
                due, again, open_s, close_s = due[live], again[live], open_s[live], close_s[live]  # noqa: PLW2901
            rows.append(due)
            steps.append(np.full(len(due), number, dtype=np.int16))
            opens.append(open_s)
            closes.append(close_s)
            agains.append(again)
        if not rows:
            return Plan.empty()
        row, step = np.concatenate(rows).astype(np.int32), np.concatenate(steps)
        # steps come in order and hold a row at most once: a stable sort by row gives (row, step)
        order = np.argsort(row, kind="stable")
        priorities = np.array([item.priority for item in self.steps], dtype=np.int16)
        return Plan(
            row[order],
            step[order],
            np.concatenate(opens)[order],
            np.concatenate(closes)[order],
            priorities[step[order]],
            np.concatenate(agains)[order],
        )

    def segment_of(self, view: View) -> NDArray[np.int16]:
        """Return the place of each row's segment, int16 of shape (rows,)."""
        return _Tick(self.tables, view).segments(np.arange(view.rows))

    def excluded_by(self, view: View) -> dict[str, Mask]:
        """Return exclusion -> whether it holds each row back, bool of shape (rows,)."""
        tick = _Tick(self.tables, view)
        return {item.text: tick.exclusion(place) for place, item in enumerate(self.tables.excludes)}


class _Tick:
    """What one tick needs, each column read once."""

    def __init__(self, tables: Tables, view: View) -> None:
        self.tables, self.view = tables, view
        self._columns: dict[str, object] = {}
        self._events: dict[str, NDArray[np.int32]] = {}
        self._exclusions: dict[int, Mask] = {}
        self._clock: dict[int, NDArray[np.int64]] = {}

    def column(self, name: str) -> object:
        """Return a column, numbers as float64."""
        if name not in self._columns:
            raw = self.view.column(name)
            numeric = not isinstance(raw, Category) and raw.dtype.kind != "b"
            self._columns[name] = np.asarray(raw, dtype=np.float64) if numeric else raw
        return self._columns[name]

    def event(self, name: str) -> NDArray[np.int32]:
        """Return the last day of an event, -1 never."""
        if name not in self._events:
            self._events[name] = self.view.event_day(name)
        return self._events[name]

    def exclusion(self, place: int) -> Mask:
        """Return whether an exclusion holds each row back."""
        if place not in self._exclusions:
            item = self.tables.excludes[place]
            value = item.evaluate({name: self.column(name) for name in item.names})
            self._exclusions[place] = np.broadcast_to(np.asarray(value, dtype=np.bool_), (self.view.rows,))
        return self._exclusions[place]

    def due_steps(self) -> Iterator[tuple[int, Rows, Mask]]:
        """Yield (step, rows, whether it is due another day) for every step that is due for somebody; a row once a step."""
        rows = self.concerned()
        if not len(rows):
            return
        segment = self.segments(rows)
        order = np.argsort(segment, kind="stable")
        cuts = np.searchsorted(segment[order], np.arange(len(self.tables.segments) + 1))
        parts = [rows[order[cuts[k] : cuts[k + 1]]] for k in range(len(self.tables.segments))]
        joined: dict[tuple[int, ...], Rows] = {}
        days: dict[tuple[tuple[int, ...], str], NDArray[np.float64]] = {}
        for number, trigger in enumerate(self.tables.triggers):
            places, key = trigger.segments, (trigger.segments, trigger.event or trigger.anchor)
            if places not in joined:
                joined[places] = np.concatenate([parts[place] for place in places])
            if key not in days:
                days[key] = self.days(trigger, joined[places])
            due, again = self.due(number, trigger, joined[places], days[key])
            if len(due):
                yield number, due, again

    def concerned(self) -> Rows:
        """Return the rows that any step may concern: not excluded, or with a recent event or live promise."""
        held = np.zeros(self.view.rows, dtype=np.bool_)
        for place in range(len(self.tables.excludes)):
            held |= self.exclusion(place)
        keep = ~held
        everything = tuple(range(len(self.tables.excludes)))
        spans: dict[tuple[str, str], int] = {}
        for trigger in self.tables.triggers:
            if trigger.held_by != everything:
                key = (trigger.event, trigger.anchor)
                spans[key] = max(spans.get(key, 0), trigger.last)
        for (event, anchor), last in spans.items():
            if event:
                happened = self.event(event)
                keep |= (happened >= 0) & (happened >= self.view.day - last)
            else:
                keep |= ~np.isnan(self.number(_ANCHORS[anchor][0]))
        return np.flatnonzero(keep)

    def number(self, name: str) -> NDArray[np.float64]:
        """Return a numeric column."""
        return np.asarray(self.column(name), dtype=np.float64)

    def days(self, trigger: Trigger, rows: Rows) -> NDArray[np.float64]:
        """Return each row's day on the trigger's anchor or since its event; nan where there is none."""
        if trigger.event:
            happened = self.event(trigger.event)[rows]
            return np.where(happened < 0, np.nan, self.view.day - happened.astype(np.float64))
        name, sign = _ANCHORS[trigger.anchor]
        return sign * self.number(name)[rows]

    def due(self, number: int, trigger: Trigger, part: Rows, days: NDArray[np.float64]) -> tuple[Rows, Mask]:
        """Return the rows of a segment for which a step is due, and for which its days are not over after today."""
        with np.errstate(invalid="ignore"):
            chosen = (days >= trigger.first) & (days <= trigger.last)
            if trigger.every:
                chosen &= (days - trigger.first) % trigger.every < trigger.open_days
        deferred = self.view.step_deferred(number)
        if deferred.any():
            chosen |= deferred[part] & (self.view.step_hold_day(number)[part] <= self.view.day)
        place = np.flatnonzero(chosen)
        if not len(place):
            return part[place], np.zeros(0, dtype=np.bool_)
        rows, since = part[place], days[place] - trigger.first
        step = self.tables.steps[number]
        keep = np.ones(len(rows), dtype=np.bool_)
        for item in trigger.held_by:
            keep &= ~self.exclusion(item)[rows]
        if step.channel:
            keep &= ~np.asarray(self.column(f"opt_out_{step.channel}"), dtype=np.bool_)[rows]
        if step.set_hardship_plan:
            keep &= ~np.asarray(self.column("hardship_plan"), dtype=np.bool_)[rows]
        goes_on, waits = self.goes_on(number, trigger, rows, since)
        keep &= goes_on
        into, last = (since % trigger.every, trigger.open_days - 1) if trigger.every else (since, np.inf)
        again = waits & (into < last) & (since < trigger.last - trigger.first)
        return rows[keep], again[keep]

    def goes_on(self, number: int, trigger: Trigger, rows: Rows, since: NDArray[np.float64]) -> tuple[Mask, Mask]:
        """Return whether a step is not over, and whether it would still not be after a day on which nobody got to it.

        `since`: days since the firing's (or the grid's) first day.
        """
        step, view = self.tables.steps[number], self.view
        attempts = view.step_attempts(number)[rows]
        hold = view.step_hold_day(number)[rows]
        left = (attempts < step.attempts_total) & (hold <= view.day) & ~view.step_done(number)[rows]
        if not step.repeats:
            return left, left
        into = since % trigger.every if trigger.every else since
        fresh = view.step_first_day(number)[rows] < view.day - into
        going = left & ((attempts == 0) | (hold >= 0))
        return np.asarray(fresh | going, dtype=np.bool_), np.asarray(fresh | (attempts == 0), dtype=np.bool_)

    def window(self, number: int, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the clock seconds of today's window: the step's, or what a retry by days asks for."""
        step = self.tables.steps[number]
        open_s, close_s = self.clock(step.window.open_s)[rows], self.clock(step.window.close_s)[rows]
        held = self.view.step_hold_day(number)[rows] >= 0
        if held.any():
            opens, closes = self.view.step_window(number)
            open_s = np.where(held, self.view.at(opens)[rows], open_s)
            close_s = np.where(held, self.view.at(closes)[rows], close_s)
        return open_s, close_s

    def clock(self, second_of_day: int) -> NDArray[np.int64]:
        """Return the clock second of a second of the local day, shape (rows of the view,)."""
        if second_of_day not in self._clock:
            self._clock[second_of_day] = self.view.at(second_of_day)
        return self._clock[second_of_day]

    def segments(self, rows: Rows) -> NDArray[np.int16]:
        """Return the segment of each of some rows, int16 of shape (len(rows),): first match, then moves."""
        out = np.full(len(rows), len(self.tables.segments) - 1, dtype=np.int16)
        everybody = len(rows) == self.view.rows
        cache: dict[str, object] = {}
        # backwards, so that the first match is written last
        for place in range(len(self.tables.whens) - 2, -1, -1):
            when = self.tables.whens[place]
            if when is None:
                continue
            for name in when.names - cache.keys():
                cache[name] = self.column(name) if everybody else _take(self.column(name), rows)
            out[np.broadcast_to(np.asarray(when.evaluate(cache), dtype=np.bool_), out.shape)] = place
        return self.moved(out, rows) if self.tables.moves else out

    def moved(self, segment: NDArray[np.int16], rows: Rows) -> NDArray[np.int16]:
        """Follow `move_to`: of a segment's events the latest counts, of one day the last in `EVENTS`.

        Then the target's events on later days count in the same way.
        """
        since = np.full(len(rows), -1, dtype=np.int32)
        for _ in self.tables.segments:  # days grow with each hop; no more hops than segments are followed
            target, latest = segment.copy(), since.copy()
            for move in self.tables.moves:
                happened = self.event(move.event)[rows]
                goes = (segment == move.segment) & (happened > since) & (happened >= latest)
                target[goes] = move.target
                latest[goes] = happened[goes]
            if np.array_equal(latest, since):
                break
            segment, since = target, latest
        return segment


def _take(column: object, rows: Rows) -> object:
    if isinstance(column, Category):
        return Category(column.codes[rows], column.labels)
    return np.asarray(column)[rows]
