"""Single lives: a borrower's timeline, and where two worlds first differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from sim.codes import REASON_NAMES, Outcome, Row
from sim.errors import InputError, nearest
from sim.eventlog import Names
from sim.run import Run, names_of
from sim.state import Records
from sim.strategies.protocol import Strategy
from sim.world import Setting

ACTIONS = (Row.PLANNED, Row.MERGED, Row.STATUS, Row.STARVED, Row.ATTEMPT)
"""Rows that a strategy causes directly."""


@dataclass(frozen=True, slots=True)
class Life:
    """One event of one borrower."""

    when: str
    """Local time in the borrower's zone."""
    day: int
    t_s: int
    kind: str
    what: str
    channel: str
    amount_minor: int
    account: str
    action: bool
    """Whether the strategy did it, rather than the borrower."""

    @property
    def address(self) -> tuple[int, str, str, str, int, str]:
        """What is compared between two worlds."""
        return (self.t_s, self.kind, self.what, self.channel, self.amount_minor, self.account)


def find_borrower(setting: Setting, borrower: str) -> int:
    """Return the person row of a borrower's id, or of one of their accounts.

    Raises:
        InputError: nobody of that name, with the nearest.
    """
    portfolio = setting.portfolio
    for column in (portfolio.person_id, portfolio.account_id):
        rows = np.flatnonzero(column == borrower)
        if len(rows):
            return int(np.searchsorted(setting.first_accounts(), rows[0], side="right")) - 1
    known = [str(name) for name in portfolio.account_id]
    some = ", ".join(known[:5])
    raise InputError("--borrower", borrower, f"an account or person of the portfolio, such as {some}",
                     nearest(borrower, known[:100_000]))


def life_of(setting: Setting, strategies: Sequence[Strategy], run: Run, person: int) -> list[Life]:
    """Return a borrower's events in one world, in order."""
    names = names_of(setting, strategies)
    first = int(setting.first_accounts()[person])
    zone = setting.portfolio.zone
    code = int(zone.codes[first])
    own = ZoneInfo(zone.labels[code] if code >= 0 and zone.labels[code] else setting.scenario.calendar.zone)
    home = ZoneInfo(setting.scenario.calendar.zone)
    start = datetime.combine(setting.scenario.calendar.start, time(), home).astimezone(UTC)
    ticks = np.array(setting.timetable.ticks)
    out = []
    for row in run.rows[run.rows["person"] == person]:
        moment = (start + timedelta(seconds=int(row["t_s"]))).astimezone(own)
        day = int(np.searchsorted(ticks, row["t_s"], side="right"))
        kind = Row(int(row["row"]))
        account = names.accounts[row["account"]] if row["account"] >= 0 else ""
        channel = names.channels[int(row["channel"])] if row["channel"] >= 0 else ""
        out.append(Life(moment.strftime("%Y-%m-%d %H:%M:%S"), day, int(row["t_s"]), kind.name.lower(),
                        _words(kind, row, names, setting.scenario.currency.minor_per_major), channel,
                        int(row["amount_minor"]), account, kind in ACTIONS))
    return out


def _money(row: Records, minor: int) -> str:
    return f"{int(row['amount_minor']) / minor:,.2f}"


def _attempt(row: Records, names: Names) -> str:
    outcome = Outcome(int(row["outcome"])).name.lower().replace("_", " ")
    spent = int(row["lead_s"]) + int(row["talk_s"])
    agent = f", agent {int(row['agent'])}" if row["agent"] >= 0 else ""
    number = int(row["ordinal"]) + 1
    length = f" ({spent} s{agent})" if spent else ""
    return f"{names.channels[int(row['channel'])]} no. {number}: {outcome}{length}"


def _words(kind: Row, row: Records, names: Names, minor: int) -> str:
    """Return an event in words."""
    step = names.steps[int(row["step"])] if row["step"] >= 0 else ""
    value, channel = int(row["value"]), names.channels[int(row["channel"])] if row["channel"] >= 0 else ""
    states = ((1, "hardship plan"), (2, "offer made"), (4, "channels stopped"))
    status = ", ".join(text for bit, text in states if value & bit)
    caller = "handed over by the machine" if value == 2 else "call-back"
    abandoned = row["outcome"] == Outcome.ABANDONED
    texts = {
        Row.ENTRY: f"enters {int(row['ordinal'])} days past due, owes {_money(row, minor)}",
        Row.PAYMENT: f"pays {_money(row, minor)}" + (f" ({channel})" if channel else ""),
        Row.FORGIVEN: f"{_money(row, minor)} waived", Row.CURED: "back to current",
        Row.PROMISE_KEPT: "promise kept", Row.PROMISE_PARTLY: f"promise kept in part ({_money(row, minor)})",
        Row.PROMISE_BROKEN: "promise broken", Row.STATUS: status, Row.PLANNED: f"planned: {step}",
        Row.MERGED: f"taken along by another contact: {step}", Row.STARVED: f"never reached: {step}",
        Row.READ: f"{channel} read", Row.CALL_BACK: "rings back",
        Row.INBOUND: f"{caller} answered, {int(row['talk_s'])} s of talk" if not abandoned
        else "hangs up: the line is closed" if value else f"hangs up after {int(row['lead_s'])} s",
        Row.HAND_OFF: f"asks the {channel} for a human", Row.DISCLOSED: f"reason learned: {REASON_NAMES[value % 5]}",
        Row.PROMISE: f"promises {_money(row, minor)} within {value} days", Row.DISPUTE: "disputes the debt",
        Row.COMPLAINT: f"complains about the {channel}", Row.OPT_OUT: f"wants no more {channel}"}
    return _attempt(row, names) if kind == Row.ATTEMPT else texts[kind]


def first_difference(a: Sequence[Life], b: Sequence[Life]) -> int | None:
    """Return the place of the first event that differs between two timelines, None where they are the same."""
    for place, (one, other) in enumerate(zip(a, b, strict=False)):
        if one.address != other.address:
            return place
    return None if len(a) == len(b) else min(len(a), len(b))
