"""What a strategy would do to a portfolio: leaves, planned contacts by day, steps that never fire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.portfolio.table import Attribute, Category
from sim.spec.strategy import OTHERWISE
from sim.strategies.catalogue import Lang, days_text, say
from sim.strategies.protocol import DAY_S, Column, Strategy, View
from sim.strategies.wording import strategy_text
from sim.strategies.yaml_strategy import YamlStrategy

_GROWING = ("dpd", "person_dpd", "entry_day", "days_since_contact", "days_since_payment")
_SHRINKING = ("days_to_promise",)
_UNFORESEEN = (
    "attempts",
    "contacts",
    "days_since_",
    "days_to_promise",
    "promise",
    "paid",
    "reason",
    "dispute",
    "hardship_plan",
    "complaint",
    "wrong_number",
    "opt_out",
)
"""Beginnings of names of columns that what people do will change: who meets them later is not foreseen."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One segment of a strategy on today's portfolio. `balance` in major units; `excluded` are held back."""

    segment: str
    accounts: int
    balance: float
    excluded: int


@dataclass(frozen=True, slots=True)
class IdleStep:
    """A step that fires for nobody, and why."""

    label: str
    why: str


@dataclass(frozen=True, slots=True)
class StrategyDescription:
    """What `describe` shows of one strategy.

    `unmatched_share`: accounts that fall to `otherwise`, of all. `excluded`: exclusion -> accounts that it
    holds back today (an account may be counted under several). `planned`: channel -> contacts planned on
    each day of the horizon, on the assumption that nobody pays, promises or answers otherwise than once:
    the load that the plan asks of the desks, not a forecast. Administrative steps are under the empty name.
    """

    strategy: str
    accounts: int
    balance: float
    days: int
    leaves: tuple[Leaf, ...]
    unmatched_share: float
    excluded: Mapping[str, int]
    planned: Mapping[str, tuple[int, ...]]
    idle: tuple[IdleStep, ...]
    text: tuple[str, ...]


def describe_strategy(
    strategy: Strategy, view: View, days: int = 30, lang: Lang = "en"
) -> StrategyDescription:
    """Describe a strategy on a view of the portfolio.

    Args:
        strategy: any strategy; leaves, exclusions and reasons are known for YAML strategies only.
        view: the portfolio at the first tick.
        days: how many days to look ahead.
        lang: "en" or "zh".
    """
    balance = np.asarray(view.column("balance"), dtype=np.float64) if view.rows else np.zeros(0)
    planned, fired, visited = _look_ahead(strategy, view, days)
    leaves: tuple[Leaf, ...] = ()
    excluded: dict[str, int] = {}
    unmatched = 0.0
    text: tuple[str, ...] = (strategy.name,)
    if isinstance(strategy, YamlStrategy):
        masks = strategy.excluded_by(view)
        excluded = {item: int(mask.sum()) for item, mask in masks.items()}
        held = np.zeros(view.rows, dtype=np.bool_)
        for mask in masks.values():
            held |= mask
        leaves = _leaves(strategy, view, balance, held)
        unmatched = sum(leaf.accounts for leaf in leaves if leaf.segment == OTHERWISE) / max(view.rows, 1)
        text = tuple(strategy_text(strategy.spec, lang))
    return StrategyDescription(
        strategy.name,
        view.rows,
        float(balance.sum()),
        days,
        leaves,
        unmatched,
        excluded,
        {channel: tuple(int(n) for n in counts) for channel, counts in planned.items()},
        _idle(strategy, fired, visited, days, lang),
        text,
    )


def _leaves(
    strategy: YamlStrategy, view: View, balance: NDArray[np.float64], held: NDArray[np.bool_]
) -> tuple[Leaf, ...]:
    names = strategy.tables.segments
    segment = strategy.segment_of(view) if view.rows else np.zeros(0, np.int16)
    accounts = np.bincount(segment, minlength=len(names))
    money = np.bincount(segment, weights=balance, minlength=len(names))
    out = np.bincount(segment[held], minlength=len(names))
    return tuple(Leaf(name, int(accounts[k]), float(money[k]), int(out[k])) for k, name in enumerate(names))


def _look_ahead(
    strategy: Strategy, view: View, days: int
) -> tuple[dict[str, NDArray[np.int64]], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return planned contacts by channel and day, which steps fired, and which segments held somebody."""
    channels = list(dict.fromkeys(step.channel for step in strategy.steps))
    planned = {channel: np.zeros(days, dtype=np.int64) for channel in channels}
    number_of = np.array([channels.index(step.channel) for step in strategy.steps], dtype=np.int64)
    fired = np.zeros(len(strategy.steps), dtype=np.bool_)
    names = strategy.tables.segments if isinstance(strategy, YamlStrategy) else ()
    visited = np.zeros(len(names), dtype=np.bool_)
    ahead = _Ahead(view, len(strategy.steps))
    for day in range(days if view.rows else 0):
        ahead.move_to(day)
        if isinstance(strategy, YamlStrategy):
            visited[np.unique(strategy.segment_of(ahead))] = True
        plan = strategy.plan(ahead)
        fired[np.unique(plan.step)] = True
        counts = np.bincount(number_of[plan.step], minlength=len(channels))
        for place, channel in enumerate(channels):
            planned[channel][day] = counts[place]
        ahead.note(plan.row, plan.step)
    return planned, fired, visited


def _idle(
    strategy: Strategy, fired: NDArray[np.bool_], visited: NDArray[np.bool_], days: int, lang: Lang
) -> tuple[IdleStep, ...]:
    """Return steps of sequences that cannot fire; what waits for what people do is not among them."""
    if not isinstance(strategy, YamlStrategy):
        return ()
    out: list[IdleStep] = []
    for number, (step, trigger) in enumerate(zip(strategy.steps, strategy.tables.triggers, strict=True)):
        moved_to = any(
            strategy.tables.moves and move.target in trigger.segments for move in strategy.tables.moves
        )
        waits = trigger.event or trigger.anchor in {"promise_due", "last_payment"} or moved_to
        if fired[number] or waits or _unforeseen(strategy, trigger.segments):
            continue
        reached = visited[list(trigger.segments)].any()
        out.append(
            IdleStep(
                step.label,
                say("never_day" if reached else "never_segment", lang, days=days_text(days, lang)),
            )
        )
    return tuple(out)


def _unforeseen(strategy: YamlStrategy, segments: tuple[int, ...]) -> bool:
    """Return whether what people do decides who comes into one of some segments."""
    names = {name for place in segments if (when := strategy.tables.whens[place]) for name in when.names}
    return any(name.startswith(_UNFORESEEN) for name in names)


class _Ahead:
    """A view some days later, if nothing happens but that planned contacts are made once."""

    def __init__(self, view: View, steps: int) -> None:
        self._view, self._first, self._later = view, view.day, 0
        self.day, self.t_s = view.day, view.t_s
        self._first_day = {step: view.step_first_day(step).copy() for step in range(steps)}
        self._done = {step: view.step_done(step).copy() for step in range(steps)}
        self._attempts = {step: view.step_attempts(step).copy() for step in range(steps)}
        self._hold = {step: view.step_hold_day(step).copy() for step in range(steps)}

    def move_to(self, later: int) -> None:
        self._later, self.day = later, self._first + later
        self.t_s = self._view.t_s + later * DAY_S

    def note(self, rows: NDArray[np.int32], steps: NDArray[np.int16]) -> None:
        """Take it that each planned step is carried out on its day and over."""
        for step in np.unique(steps).tolist():
            chosen = rows[steps == step]
            self._first_day[step][chosen] = self.day
            self._done[step][chosen] = True
            self._attempts[step][chosen] += 1
            self._hold[step][chosen] = -1

    @property
    def rows(self) -> int:
        return self._view.rows

    def column(self, name: str) -> Column | Attribute:
        column = self._view.column(name)
        if not self._later:
            return column
        if name == "bucket" and isinstance(column, Category):
            months = (np.asarray(self.column("dpd"), dtype=np.float64) - 1) // 30
            return Category(np.clip(months, 0, len(column.labels) - 1).astype(np.int32), column.labels)
        if isinstance(column, Category):
            return column
        if name in _GROWING:
            return np.asarray(column, dtype=np.float64) + self._later
        if name in _SHRINKING:
            return np.asarray(column, dtype=np.float64) - self._later
        if name == "days_to_payday":
            left = np.asarray(column, dtype=np.float64) - self._later
            return np.where(left < 0, left % 30, left)
        return column

    def kinds(self) -> Mapping[str, str]:
        return self._view.kinds()

    def event_day(self, event: str) -> NDArray[np.int32]:
        return self._view.event_day(event)

    def step_attempts(self, step: int) -> NDArray[np.int16]:
        return self._attempts[step]

    def step_done(self, step: int) -> NDArray[np.bool_]:
        return self._done[step]

    def step_first_day(self, step: int) -> NDArray[np.int32]:
        return self._first_day[step]

    def step_hold_day(self, step: int) -> NDArray[np.int32]:
        return self._hold[step]

    def step_deferred(self, step: int) -> NDArray[np.bool_]:
        """Nothing is put off: rules are not asked ahead of time."""
        del step
        return np.zeros(self.rows, dtype=np.bool_)

    def step_window(self, step: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return self._view.step_window(step)

    def at(self, second_of_day: int | NDArray[np.int32]) -> NDArray[np.int64]:
        return self._view.at(second_of_day) + self._later * DAY_S
