"""What the event logs of replication 0 show: when people answer, what each step of a strategy did, and last touches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.results import Observed, StepCount
from sim import Loaded, Records, Row, Strategy
from sim.codes import Outcome, ResourceKind

ANSWERED = (Outcome.WRONG_PARTY, Outcome.REFUSED, Outcome.CONVERSATION, Outcome.MET)
RIGHT_PARTY = (Outcome.REFUSED, Outcome.CONVERSATION, Outcome.MET)
TOUCHED = (Outcome.DELIVERED, *RIGHT_PARTY)
"""Outcomes that last touch counts: the message arrived, or the debtor was spoken to."""
TOUCH_DAYS = 14
DAY_S = 86_400


def observe(loaded: Loaded, strategy: Strategy, rows: Records) -> Observed:
    """Return what one log shows.

    Args:
        loaded: whose world it was.
        strategy: everybody's.
        rows: the log in the total order.
    """
    attempts = rows[rows["row"] == Row.ATTEMPT]
    touched, payments = last_touch(rows)
    counts = {kind: np.bincount(rows["step"][(rows["row"] == kind) & (rows["step"] >= 0)], minlength=len(strategy.steps))
              for kind in (Row.PLANNED, Row.STARVED)}

    def by_step(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(attempts["step"][chosen & (attempts["step"] >= 0)], minlength=len(strategy.steps))

    everything = np.ones(len(attempts), np.bool_)
    answered, right = np.isin(attempts["outcome"], ANSWERED), np.isin(attempts["outcome"], RIGHT_PARTY)
    made, heard, spoken = by_step(everything), by_step(answered), by_step(right)
    money = np.bincount(touched[touched >= 0], payments[touched >= 0], minlength=len(strategy.steps))
    steps = tuple(StepCount(step.segment, step.label, step.channel, int(counts[Row.PLANNED][n]), int(made[n]), int(heard[n]),
                            int(spoken[n]), int(counts[Row.STARVED][n]), float(money[n]))
                  for n, step in enumerate(strategy.steps))
    return Observed(heat(loaded, attempts, answered, right), steps, float(payments[touched < 0].sum()))


def heat(loaded: Loaded, attempts: Records, answered: NDArray[np.bool_], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return dials and visits, answered ones and right-party contacts by weekday (Monday first) and hour, (7, 24, 3)."""
    setting = loaded.setting
    pools = setting.pools
    kinds = np.array([pools.plans[pools.of(spec.resource)].kind for spec in setting.scenario.channels.values()])
    voice = kinds[attempts["channel"]] != ResourceKind.BATCH if len(attempts) else np.zeros(0, np.bool_)
    ticks = np.array(setting.timetable.ticks)
    day = np.searchsorted(ticks, attempts["t_s"], side="right") - 1
    hour = np.clip((attempts["t_s"] - ticks[day]) // 3600, 0, 23)
    place = (setting.scenario.calendar.start.weekday() + day) % 7 * 24 + hour
    return np.stack([np.bincount(place[voice & chosen], minlength=168).reshape(7, 24).astype(np.float64)
                     for chosen in (np.ones(len(attempts), np.bool_), answered, right)], axis=2)


def last_touch(rows: Records) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return, for each payment, the step of the last touch of its person within two weeks before it (-1: none), and its money."""
    touches = rows[(rows["row"] == Row.ATTEMPT) & np.isin(rows["outcome"], TOUCHED)]
    payments = rows[rows["row"] == Row.PAYMENT]
    if not len(touches) or not len(payments):
        return np.full(len(payments), -1, np.int64), payments["amount_minor"].astype(np.float64)
    span = int(rows["t_s"].max()) + 1
    key = touches["person"].astype(np.int64) * span + touches["t_s"]
    order = np.argsort(key, kind="stable")
    at = np.searchsorted(key[order], payments["person"].astype(np.int64) * span + payments["t_s"], side="right") - 1
    before = touches[order][np.maximum(at, 0)]
    near = (at >= 0) & (before["person"] == payments["person"]) & (payments["t_s"] - before["t_s"] <= TOUCH_DAYS * DAY_S)
    return np.where(near, before["step"], -1).astype(np.int64), payments["amount_minor"].astype(np.float64)
