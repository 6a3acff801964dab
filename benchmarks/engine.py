"""Duecourse itself on the shared workload: the scenario `call_centre.yaml` and a strategy of one step.

Everything that a user of the engine gets is timed: lowering, planning, desk, event log with its digest, the fold to
outcomes. The `engine_only` row stops at the end of the campaign: planning, desk, log and digest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numba as nb
import numpy as np
import numpy.typing as npt

from benchmarks.workload import DAY_S, CallCentre, Tally
from sim import (
    Assignment,
    Campaign,
    Engine,
    Options,
    Plan,
    Row,
    Setting,
    Step,
    View,
    load,
    luck_of,
    simulate,
)
from sim.codes import Outcome
from sim.spec.scenario import Seeds
from sim.state import Records
from sim.strategies.protocol import DEFAULT_PRIORITY, Window

SCENARIO = Path(__file__).with_name("call_centre.yaml")


@dataclass(frozen=True)
class CallEverybody:
    """The strategy: each open account is on the list once a day while the desk is open."""

    window: Window
    name: str = "call_everybody"

    @property
    def steps(self) -> tuple[Step, ...]:
        """The one step, which may be taken again every day."""
        return (Step("call", "everybody", "call", "ask", window=self.window, repeats=True),)

    def plan(self, view: View) -> Plan:
        """Return one call for each row."""
        n = view.rows
        return Plan(
            np.arange(n, dtype=np.int32),
            np.zeros(n, np.int16),
            view.at(self.window.open_s),
            view.at(self.window.close_s),
            np.full(n, DEFAULT_PRIORITY, np.int16),
        )


@lru_cache(maxsize=4)
def setting_of(centre: CallCentre) -> Setting:
    """Return the workload as a scenario with its portfolio, read and checked: what all runs of it share."""
    hours = f"{clock(centre.opening_s)}-{clock(centre.closing_s)}"
    values = {
        "portfolio.synthetic.stock": centre.borrowers,
        "horizon.days": centre.days,
        "resources.desk.groups.agents.agents": centre.agents,
        "resources.desk.groups.agents.shifts.0.hours": f'"{hours}"',
        "channels.call.dial.answer": centre.answer_probability,
        "channels.call.dial.ring_s": centre.ring_s,
        "channels.call.conversation.talk_median_s": math.exp(centre.talk_mu_log),
        "channels.call.conversation.talk_log_sd": centre.talk_sigma_log,
        "channels.call.conversation.wrap_s": centre.wrap_up_s,
        "channels.call.conversation.pays_now": centre.pay_probability,
    }
    return load(SCENARIO, Options(settings=tuple(f"{key}={value}" for key, value in values.items()))).setting


def clock(second: int) -> str:
    """Write a second of the day as HH:MM."""
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"


class Count:
    """Counts an event log that comes in stretches."""

    def __init__(self, centre: CallCentre) -> None:
        self._openings = np.array([centre.opening(day) for day in range(centre.days)])
        self._free_s = np.repeat(self._openings[:, None], centre.agents, axis=1)
        self._totals = np.zeros(4, np.int64)

    def add(self, log: Records) -> None:
        """Count some rows."""
        count(log, self._totals, self._free_s)

    @property
    def tally(self) -> Tally:
        """What was counted so far."""
        attempts, contacts, payers, talk_s = self._totals.tolist()
        listing_s = float((self._free_s.min(axis=1) - self._openings).sum())
        return Tally(attempts, contacts, payers, float(talk_s), listing_s)


@nb.njit(cache=True)
def count(log: Records, totals: npt.NDArray[np.int64], free_s: npt.NDArray[np.int64]) -> None:
    """Add attempts, contacts, payers and seconds of talk to `totals` (4,).

    Raise `free_s` (days, agents) to the second at which ringing, talk and wrap-up of the last attempt are over.
    """
    for row in log:
        if row.row == Row.ATTEMPT:
            totals[0] += 1
            totals[1] += 1 if row.outcome == Outcome.CONVERSATION else 0
            totals[3] += row.talk_s
            end_s = row.t_s + row.lead_s + row.talk_s + row.wrap_s
            day = row.t_s // DAY_S
            free_s[day, row.agent] = max(free_s[day, row.agent], end_s)
        elif row.row == Row.CURED:
            totals[2] += 1


def simulate_with(centre: CallCentre, seed: int, engine: Engine) -> Tally:
    """Run the workload once, from the portfolio to outcomes and counts; the log is folded day by day."""
    strategy = CallEverybody(Window(centre.opening_s, centre.closing_s))
    luck = luck_of(Seeds(population=seed, behaviour=seed), 0)
    counted = Count(centre)
    simulate(setting_of(centre), [strategy], luck, engine=engine, keep_log=False, watch=counted.add)
    return counted.tally


def compiled(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once on the compiled desk, everything included."""
    return simulate_with(centre, seed, "compiled")


def reference(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once on the reference desk, everything included."""
    return simulate_with(centre, seed, "reference")


def compiled_campaign(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once on the compiled desk as far as the event log."""
    setting = setting_of(centre)
    strategies = [CallEverybody(Window(centre.opening_s, centre.closing_s))]
    world = setting.world(strategies, luck_of(Seeds(population=seed, behaviour=seed), 0))
    everybody = Assignment.constant(setting.portfolio.accounts)
    counted = Count(centre)
    Campaign(world, setting.timetable, setting.observed, strategies, everybody, sink=counted.add).run()
    return counted.tally
