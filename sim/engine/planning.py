"""From plans to tasks: the plans of all arms on one scale, merged for each person, put in order, handed to the desk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.codes import TaskState
from sim.engine.store import Store
from sim.engine.view import ObservedView
from sim.randomness import Draw, uniforms
from sim.rules.planning import INBOUND_KEYS, apply_status, fill_tasks, log_merged, pools_of
from sim.strategies.protocol import DAY_S, Step, Strategy
from sim.timetable import Observed

KEY_BITS = 52


@dataclass(frozen=True, slots=True)
class Actions:
    """Actions of one tick over all arms, arrays of shape (actions,); rows and steps in the world's numbers."""

    account: NDArray[np.int32]
    step: NDArray[np.int16]
    arm: NDArray[np.int16]
    open_s: NDArray[np.int64]
    close_s: NDArray[np.int64]
    priority: NDArray[np.int16]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Actions:
        """Return some of the actions."""
        return Actions(self.account[rows], self.step[rows], self.arm[rows], self.open_s[rows], self.close_s[rows],
                       self.priority[rows])


class Planner:
    """Asks each arm's strategy at a tick and turns the answers into tasks."""

    def __init__(self, store: Store, observed: Observed, strategies: Sequence[Strategy]) -> None:
        self._store = store
        self._observed = observed
        self._strategies = tuple(strategies)
        self._steps: tuple[Step, ...] = tuple(step for strategy in strategies for step in strategy.steps)
        ends = np.cumsum([0, *(len(strategy.steps) for strategy in strategies)])
        self._first_step = [int(end) for end in ends[:-1]]

    def plan(self, day: int, t: int) -> Actions:
        """Ask every arm's strategy for its actions of the day. Changes nothing."""
        parts = []
        for arm, strategy in enumerate(self._strategies):
            view = ObservedView(self._store.world, self._observed, day, t, arm, self._first_step[arm])
            plan = strategy.plan(view)
            parts.append(Actions(view.accounts[plan.row], (plan.step + self._first_step[arm]).astype(np.int16),
                                 np.full(len(plan.row), arm, np.int16), plan.open_s, plan.close_s, plan.priority))
        joined = [np.concatenate([getattr(part, name) for part in parts]) for name in Actions.__slots__]
        return Actions(*joined)

    def carry_out(self, actions: Actions, day: int, t: int) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
        """Apply administrative steps and yield (open second, pool, tasks) of the others, in order of opening."""
        world = self._store.world
        pending = world.step_state["pending"][actions.account, actions.step] == 1
        actions = actions.take(~pending)
        administrative = world.step["channel"][actions.step] < 0
        self._administer(actions.take(administrative), day, t)
        chosen, merged, order = self._merge(actions.take(~administrative), day)
        self._store.reserve_rows(len(chosen.account) + len(merged.account))
        self._store.reserve_tasks(len(chosen.account) + 256)
        world = self._store.world
        tasks = np.empty(len(chosen.account), np.int64)
        fill_tasks(world, chosen.account, chosen.step, chosen.arm, chosen.open_s, chosen.close_s, order, day, t, tasks)
        log_merged(world, merged.account, merged.step, merged.arm, day, t)
        opens = np.maximum(chosen.open_s, t)
        pools = pools_of(world, chosen.account, chosen.step)
        by_opening = np.lexsort((order, pools, opens))
        if not len(by_opening):
            return
        opens, pools, tasks = opens[by_opening], pools[by_opening], tasks[by_opening]
        cuts = np.flatnonzero((np.diff(opens) != 0) | (np.diff(pools) != 0)) + 1
        for part in np.split(np.arange(len(tasks)), cuts):
            yield int(opens[part[0]]), int(pools[part[0]]), tasks[part]

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
                         offer.waive_fees if offer else 0.0, offer.waive_interest if offer else 0.0, until)

    def _merge(self, actions: Actions, day: int) -> tuple[Actions, Actions, NDArray[np.int64]]:
        """Keep one action for each person and channel, the first in order; the others go along with it.

        Returns the kept and the merged actions, and the kept ones' queue keys: priority, then a keyed random number
        that is blind to arm and strategy.
        """
        world = self._store.world
        luck = uniforms(world.params["behaviour_seed"][0], world.account["id"][actions.account], Draw.ORDER, day)
        priority = actions.priority.astype(np.int64) + INBOUND_KEYS
        order = (priority << KEY_BITS) | (luck * 2.0**KEY_BITS).astype(np.int64)
        channels = len(world.channel)
        person_channel = (world.account["person"][actions.account].astype(np.int64) * channels
                          + world.step["channel"][actions.step])
        busy = np.isin(person_channel, self._busy_channels(channels))
        by_order = np.lexsort((order, person_channel))
        first = np.ones(len(by_order), np.bool_)
        first[1:] = np.diff(person_channel[by_order]) != 0
        kept = np.zeros(len(by_order), np.bool_)
        kept[by_order[first]] = True
        kept &= ~busy
        return actions.take(kept), actions.take(~kept), order[kept]

    def _busy_channels(self, channels: int) -> NDArray[np.int64]:
        """Return person * channels + channel of planned work that is still under way from an earlier day."""
        task = self._store.world.task
        live = (task["state"] != TaskState.FREE) & (task["step"] >= 0) & (task["inbound"] == 0)
        return task["person"][live].astype(np.int64) * channels + task["channel"][live]
