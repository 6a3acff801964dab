"""From plans to tasks: the plans of all arms on one scale, merged for each person, put in order, handed to the desk."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine.rounds import in_rounds
from sim.engine.sorting import queue_order
from sim.engine.store import Store
from sim.engine.view import ObservedView
from sim.rules.planning import ADMINISTRATIVE, KEPT, MERGED, NO_ACTION, apply_status, fill_tasks, judge_actions, log_merged
from sim.strategies.protocol import DAY_S, Step, Strategy
from sim.timetable import Observed


@dataclass(frozen=True, slots=True)
class Actions:
    """Actions of one tick over all arms, arrays of shape (actions,); rows and steps in the world's numbers."""

    account: NDArray[np.int32]
    step: NDArray[np.int16]
    arm: NDArray[np.int16]
    open_s: NDArray[np.int64]
    close_s: NDArray[np.int64]
    priority: NDArray[np.int16]
    again: NDArray[np.bool_]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Actions:
        """Return some of the actions."""
        return Actions(self.account[rows], self.step[rows], self.arm[rows], self.open_s[rows], self.close_s[rows],
                       self.priority[rows], self.again[rows])


class Planner:
    """Asks each arm's strategy at a tick and turns the answers into tasks."""

    def __init__(self, store: Store, observed: Observed, strategies: Sequence[Strategy]) -> None:
        self._store = store
        self._observed = observed
        self._strategies = tuple(strategies)
        self._steps: tuple[Step, ...] = tuple(step for strategy in strategies for step in strategy.steps)
        ends = np.cumsum([0, *(len(strategy.steps) for strategy in strategies)])
        self._first_step = [int(end) for end in ends[:-1]]
        self._rounds: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._best = np.full(len(store.world.person) * len(store.world.channel), NO_ACTION, np.int32)

    def plan(self, day: int, t: int) -> Actions:
        """Ask every arm's strategy for its actions of the day. Changes nothing."""
        parts = []
        for arm, strategy in enumerate(self._strategies):
            view = ObservedView(self._store.world, self._observed, day, t, arm, self._first_step[arm])
            plan = strategy.plan(view)
            parts.append(Actions(view.accounts[plan.row], (plan.step + self._first_step[arm]).astype(np.int16),
                                 np.full(len(plan.row), arm, np.int16), plan.open_s, plan.close_s, plan.priority,
                                 np.zeros(len(plan.row), np.bool_) if plan.again is None else plan.again))
        joined = [np.concatenate([getattr(part, name) for part in parts]) for name in Actions.__slots__]
        return Actions(*joined)

    def carry_out(self, actions: Actions, day: int, t: int) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
        """Apply administrative steps and yield (open second, pool, tasks) of the others, in order of opening.

        Tasks come in the order of their pool's queue.
        """
        world = self._store.world
        count = len(actions.account)
        key, pool, verdict = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int8)
        judge_actions(world, actions.account, actions.step, actions.priority, day, self._best, key, pool, verdict)
        self._administer(actions.take(np.flatnonzero(verdict == ADMINISTRATIVE)), day, t)
        kept, merged = np.flatnonzero(verdict == KEPT), actions.take(np.flatnonzero(verdict == MERGED))
        opens, pool = np.maximum(actions.open_s[kept], t), pool[kept]
        if len(world.area_m):
            key[kept] = in_rounds(world, actions.account[kept], pool, key[kept], self._rounds)
        by_opening = queue_order(opens, pool, key[kept])
        self._store.reserve_rows(len(kept) + len(merged.account))
        self._store.reserve_tasks(len(kept) + 256)
        world = self._store.world
        tasks = fill_tasks(world, actions.account, actions.step, actions.arm, actions.open_s, actions.close_s,
                           actions.again, key, kept[by_opening], day, t)
        log_merged(world, merged.account, merged.step, merged.arm, day, t)
        if not len(tasks):
            return
        opens, pool = opens[by_opening], pool[by_opening]
        cuts = np.flatnonzero((np.diff(opens) != 0) | (np.diff(pool) != 0)) + 1
        for first, last in itertools.pairwise([0, *cuts.tolist(), len(tasks)]):
            yield int(opens[first]), int(pool[first]), tasks[first:last]

    def _administer(self, actions: Actions, day: int, t: int) -> None:
        """Carry out offers, hardship plans and stops. They are few: one call each."""
        channels = self._observed.channels
        self._store.reserve_rows(len(actions.account))
        for account, number in zip(actions.account.tolist(), actions.step.tolist(), strict=True):
            step = self._steps[number]
            stopped = sum(1 << channels.index(name) for name in step.stop_channels)
            offer = step.offer
            until = t + offer.valid_days * DAY_S if offer is not None else 0
            self._store.world.step_state["first_day"][account, number] = day
            apply_status(self._store.world, account, number, t, int(step.set_hardship_plan), stopped,
                         offer.waive_fees if offer else 0.0, offer.waive_interest if offer else 0.0,
                         offer.waive_principal if offer else 0.0, until)
