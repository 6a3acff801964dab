"""Outcomes by account from a world's log, and the truth: everybody under A and everybody under B with the same luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim import Assignment, Campaign, Plan, Row, Setting, Step, Strategy, View, luck_of
from sim.codes import Outcome, ResourceKind
from sim.spec.experiment import OutcomeMetric
from sim.state import N_LOG, Records

DAY_S = 86_400
RIGHT_PARTY = (Outcome.REFUSED, Outcome.CONVERSATION, Outcome.MET)
"""Outcomes of an attempt that met the right person."""
FIRST = ("paid", "cured")
"""Yes or no: an account counts once."""
ROWS = {"paid": Row.PAYMENT, "cured": Row.CURED, "recovery": Row.PAYMENT, "complaints": Row.COMPLAINT, "opt_outs": Row.OPT_OUT,
        "right_party": Row.ATTEMPT, "attempts": Row.ATTEMPT, "promises": Row.PROMISE, "kept": Row.PROMISE_KEPT}
"""The log rows that a metric counts."""


@dataclass(frozen=True, slots=True)
class World:
    """What a diagnosis keeps of a played world."""

    rows: Records
    """LOG rows, unsorted."""
    agent_hours: float
    """Hours of ringing, talk and wrap-up by agents."""


def play(setting: Setting, strategies: Sequence[Strategy], replication: int, assignment: Assignment | None = None,
         team: NDArray[np.int64] | None = None, drift: float = 0.0) -> World:
    """Play one world of an experiment; nothing is folded but the log.

    Args:
        setting: scenario and portfolio.
        strategies: one for each arm.
        replication: its luck.
        assignment: who is under which arm when; None: everybody under arm 0.
        team: each account's team, where the design deals them.
        drift: change of every agent's skill from the first day to the last, put in on purpose: 0.3 is 30 % better at the end.
    """
    world = setting.world(strategies, luck_of(setting.scenario.seeds, replication), team)
    if drift:
        skill = Skill(world.agent, world.agent["skill"].copy(), drift, setting.scenario.horizon.days)
        strategies = [Drifting(strategy, skill) for strategy in strategies]
    chosen = assignment or Assignment.constant(setting.portfolio.accounts)
    world = Campaign(world, setting.timetable, setting.observed, strategies, chosen).run()
    rows = world.log[:world.counters[N_LOG]]
    return World(rows, desk_hours(setting, rows))


def desk_hours(setting: Setting, rows: Records) -> float:
    """Return hours of ringing, talk and wrap-up at desks, also where agents are unlimited and have no number."""
    desks = [number for number, plan in enumerate(setting.pools.plans) if plan.kind == ResourceKind.DESK]
    busy = rows[np.isin(rows["row"], (Row.ATTEMPT, Row.INBOUND)) & np.isin(rows["pool"], desks)]
    busy = busy[busy["outcome"] != Outcome.ABANDONED]
    return float(sum(int(busy[name].sum(dtype=np.int64)) for name in ("lead_s", "talk_s", "wrap_s"))) / 3600.0


@dataclass(frozen=True, slots=True)
class Skill:
    """Agents' skill on its way from what was drawn to `1 + drift` times that."""

    agent: Records
    drawn: NDArray[np.float64]
    drift: float
    days: int

    def set(self, day: int) -> None:
        """Set everybody's skill for a day."""
        self.agent["skill"] = self.drawn * (1.0 + self.drift * day / max(self.days - 1, 1))


@dataclass(frozen=True, slots=True)
class Drifting:
    """A strategy that changes nothing but the time: each morning agents are a little better or worse than the day before."""

    strategy: Strategy
    skill: Skill

    @property
    def name(self) -> str:
        """The strategy's."""
        return self.strategy.name

    @property
    def steps(self) -> tuple[Step, ...]:
        """The strategy's."""
        return self.strategy.steps

    def plan(self, view: View) -> Plan:
        """Return the strategy's plan."""
        self.skill.set(view.day)
        return self.strategy.plan(view)


def _events(rows: Records, metric: OutcomeMetric) -> Records:
    """Return the rows that a metric counts."""
    chosen = (rows["row"] == ROWS[metric.name]) & (rows["account"] >= 0)
    if metric.name == "right_party":
        chosen &= np.isin(rows["outcome"], RIGHT_PARTY)
    return np.asarray(rows[chosen])


def _weights(setting: Setting, events: Records, metric: OutcomeMetric) -> NDArray[np.float64]:
    """Return what each event adds: major units of recovery, else 1."""
    if metric.name == "recovery":
        return np.asarray(events["amount_minor"] / setting.scenario.currency.minor_per_major, dtype=np.float64)
    return np.ones(len(events))


def entries(setting: Setting, rows: Records) -> NDArray[np.int64]:
    """Return the second at which each account entered, int64 (accounts,); the largest integer where it never did."""
    entry = np.full(setting.portfolio.accounts, np.iinfo(np.int64).max, np.int64)
    is_entry = rows["row"] == Row.ENTRY
    entry[rows["account"][is_entry]] = rows["t_s"][is_entry]
    return entry


def account_outcome(setting: Setting, rows: Records, metric: OutcomeMetric) -> NDArray[np.float64]:
    """Return the metric by account within its horizon from entry, float64 (accounts,). `rows`: in any order, all or a part."""
    events = _events(rows, metric)
    account = events["account"]
    within = events["t_s"] - entries(setting, rows)[account] < metric.horizon_days * DAY_S
    out = np.bincount(account[within], weights=_weights(setting, events[within], metric), minlength=setting.portfolio.accounts)
    return np.minimum(out, 1.0) if metric.name in FIRST else np.asarray(out, dtype=np.float64)


def period_outcome(setting: Setting, rows: Records, metric: OutcomeMetric, days: NDArray[np.int64],
                   group: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Return the metric's increments by day of the campaign, per account of each group, float64 (days,) or (groups, days).

    For `paid` and `cured` an account counts on the day of its first payment or its cure. Summed over days they give the mean of
    `account_outcome` for a portfolio that is all there at the start.

    Args:
        setting: scenario and portfolio.
        rows: the log, in any order.
        metric: what is counted; its horizon is not used.
        days: 0 ... D - 1.
        group: codes 0 ... G - 1 of the accounts, (accounts,), such as their teams.
    """
    events = _events(rows, metric)
    if metric.name in FIRST:
        order = np.lexsort((events["t_s"], events["account"]))
        events = events[order]
        first = np.ones(len(events), np.bool_)
        first[1:] = np.diff(events["account"]) != 0
        events = events[first]
    day = np.searchsorted(np.array(setting.timetable.ticks), events["t_s"], side="right") - 1
    code = np.zeros(setting.portfolio.accounts, np.int64) if group is None else group
    groups = int(code.max(initial=0)) + 1
    sums = np.bincount(code[events["account"]] * len(days) + day, weights=_weights(setting, events, metric),
                       minlength=groups * len(days)).reshape(groups, len(days))
    out = np.asarray(sums / np.bincount(code, minlength=groups)[:, None], dtype=np.float64)
    return out[0] if group is None else out


@dataclass(frozen=True, slots=True)
class Paired:
    """One replication's everybody-B against everybody-A, on one metric: means and SDs over accounts."""

    difference: float
    control_mean: float
    control_sd: float
    treatment_sd: float
    accounts: int = 0
    """Whose outcomes were compared; 0: not known."""


def paired(a: NDArray[np.float64], b: NDArray[np.float64]) -> Paired:
    """Return the comparison of outcomes by account under A and under B."""
    return Paired(float(b.mean() - a.mean()), float(a.mean()), float(a.std(ddof=1)), float(b.std(ddof=1)), len(a))


@dataclass(frozen=True, slots=True)
class Truth:
    """The mean over accounts of B minus A, everybody under each, with its Monte-Carlo standard error."""

    estimate: float
    mc_se: float
    control_mean: float
    control_sd: float = 0.0
    treatment_sd: float = 0.0


def truth_of(pairs: Sequence[Paired]) -> Truth:
    """Return the truth from paired replications, at least two.

    Pairs that do not differ from each other (nobody ever complained) are no certainty: their error is what one more event, in one
    account of one world, would make it.
    """
    values = np.array([pair.difference for pair in pairs])

    def mean(name: str) -> float:
        return float(np.mean([getattr(pair, name) for pair in pairs]))

    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    if error == 0.0 and pairs[0].accounts:
        error = max(1.0, mean("control_sd")) / (len(pairs) * pairs[0].accounts)
    return Truth(float(values.mean()), error, mean("control_mean"), mean("control_sd"), mean("treatment_sd"))


@lru_cache(maxsize=1)
def calendar_days(days: int) -> NDArray[np.int64]:
    """Return 0 ... days - 1."""
    return np.arange(days, dtype=np.int64)
