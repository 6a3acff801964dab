"""Outcomes by account from a world's log, and the truth: everybody under A and everybody under B with the same luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim import Assignment, Campaign, Row, Setting, Strategy, luck_of
from sim.spec.experiment import OutcomeMetric
from sim.state import N_LOG, Records

DAY_S = 86_400
FIRST = {"paid": Row.PAYMENT, "cured": Row.CURED}
COUNTED = {"complaints": Row.COMPLAINT}


@dataclass(frozen=True, slots=True)
class World:
    """What a diagnosis keeps of a played world."""

    rows: Records
    """LOG rows, unsorted."""
    agent_hours: float
    """Hours of ringing, talk and wrap-up by agents."""


def play(setting: Setting, strategies: Sequence[Strategy], replication: int, assignment: Assignment | None = None,
         team: NDArray[np.int64] | None = None) -> World:
    """Play one world of an experiment; nothing is folded but the log."""
    world = setting.world(strategies, luck_of(setting.scenario.seeds, replication), team)
    chosen = assignment or Assignment.constant(setting.portfolio.accounts)
    world = Campaign(world, setting.timetable, setting.observed, strategies, chosen).run()
    rows = world.log[:world.counters[N_LOG]]
    busy = rows["agent"] >= 0
    seconds = (rows["lead_s"][busy].astype(np.int64) + rows["talk_s"][busy] + rows["wrap_s"][busy]).sum()
    return World(rows, float(seconds) / 3600.0)


def account_outcome(setting: Setting, rows: Records, metric: OutcomeMetric) -> NDArray[np.float64]:
    """Return the metric by account within its horizon from entry, float64 (accounts,)."""
    accounts = setting.portfolio.accounts
    entry = np.full(accounts, np.iinfo(np.int64).max, np.int64)
    is_entry = rows["row"] == Row.ENTRY
    entry[rows["account"][is_entry]] = rows["t_s"][is_entry]
    if metric.name == "right_party":
        chosen = (rows["row"] == Row.ATTEMPT) & np.isin(rows["outcome"], (8, 9, 11))
    else:
        chosen = rows["row"] == {"recovery": Row.PAYMENT, **FIRST, **COUNTED}[metric.name]
    account = rows["account"][chosen]
    within = rows["t_s"][chosen] - entry[account] < metric.horizon_days * DAY_S
    out = np.zeros(accounts)
    money = rows["amount_minor"][chosen][within] / setting.scenario.currency.minor_per_major
    weights = money if metric.name == "recovery" else 1.0
    np.add.at(out, account[within], weights)
    return np.minimum(out, 1.0) if metric.name in FIRST else out


def period_outcome(setting: Setting, rows: Records, metric: OutcomeMetric, days: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the metric's increments by day of the campaign over all accounts, per account, float64 (days,).

    For `paid` and `cured` an account counts on the day of its first payment or its cure. Summed over days they give the mean of
    `account_outcome` for a portfolio that is all there at the start.
    """
    kind = {"recovery": Row.PAYMENT, **FIRST, **COUNTED}.get(metric.name, Row.ATTEMPT)
    chosen = rows["row"] == kind
    if metric.name == "right_party":
        chosen &= np.isin(rows["outcome"], (8, 9, 11))
    t, account = rows["t_s"][chosen], rows["account"][chosen]
    amount = rows["amount_minor"][chosen] / setting.scenario.currency.minor_per_major
    if metric.name in FIRST:
        order = np.lexsort((t, account))
        first = np.ones(len(order), np.bool_)
        first[1:] = np.diff(account[order]) != 0
        t = t[order][first]
        amount = np.ones(len(t))
    elif metric.name != "recovery":
        amount = np.ones(len(t))
    day = np.searchsorted(np.array(setting.timetable.ticks), t, side="right") - 1
    return np.bincount(day, weights=amount, minlength=len(days)).astype(np.float64) / setting.portfolio.accounts


@dataclass(frozen=True, slots=True)
class Truth:
    """The mean over accounts of B minus A, everybody under each, with its Monte-Carlo standard error."""

    estimate: float
    mc_se: float
    control_mean: float


def truth_of(differences: Sequence[float], controls: Sequence[float]) -> Truth:
    """Return the truth from paired differences of means, one a replication."""
    values = np.array(differences)
    return Truth(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), float(np.mean(controls)))


@lru_cache(maxsize=1)
def calendar_days(days: int) -> NDArray[np.int64]:
    """Return 0 ... days - 1."""
    return np.arange(days, dtype=np.int64)
