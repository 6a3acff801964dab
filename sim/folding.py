"""The one pass over a log that outcomes are made of: sums of whole numbers by account, day, channel and pool.

Whole numbers, so that the order of rows does not matter to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.arrays import ArraySet
from sim.codes import Outcome, ResourceKind, Row
from sim.compiled import rule
from sim.state import I4, I8, LOG, Records

ANSWERED = (Outcome.WRONG_PARTY, Outcome.REFUSED, Outcome.CONVERSATION, Outcome.MET)
RIGHT_PARTY = (Outcome.REFUSED, Outcome.CONVERSATION, Outcome.MET)

ACCOUNT_SUMS = np.dtype([
    ("entry_minor", "i8"), ("paid_minor", "i8"), ("forgiven_minor", "i8"), ("entered", "i4"), ("cured", "i4"),
    ("fell_due_minor", "i8"), ("on_time", "i4"), ("missed", "i4"), ("charged_off", "i4"),
    ("answered", "i4"), ("right_party", "i4"), ("promises", "i4"), ("kept", "i4"), ("complaints", "i4"),
], align=True)
"""Sums of one account. `answered` counts voice and visits only: a text answers nothing."""

ATTEMPTS, INBOUNDS = 0, 1
AHEAD = 2
"""Value of an attempt that was dialled ahead (`sim.rules.predictive`): its ringing took nobody's time."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over a log, int64. D days, C channels, Q pools; on axes of C + 1 and Q + 1 the first place is "none"."""

    account: Records
    """ACCOUNT_SUMS (accounts,)."""
    attempts: NDArray[np.int32]
    """(accounts,), apart from the others because most rows add to it and to nothing else of the account."""
    events: NDArray[np.int64]
    """(D, row kinds, C + 1): rows."""
    money_minor: NDArray[np.int64]
    """(D, row kinds): sums of amount_minor."""
    outcomes: NDArray[np.int64]
    """(2, C + 1, outcomes): attempts and inbound calls by outcome."""
    planned: NDArray[np.int64]
    """(D, Q + 1): planned actions."""
    worked_s: NDArray[np.int64]
    """(D, Q + 1, 3): seconds of ringing or travel, talk and wrap-up, cut off at the end of the run."""
    talking_s: NDArray[np.int64]
    """(D, C + 1): seconds on the line, ringing and talk."""
    trips: NDArray[np.int64]
    """(D, C + 1, Q + 1, 2): attempts from another area, and within the area of the last."""
    abandoned: NDArray[np.int64]
    """(D,): callers who gave up."""
    refusals: NDArray[np.int64]
    """(2, contact rules, 2): rows BLOCKED and VIOLATION by rule, and those of them that are an attempt's first."""


class _Fold(ArraySet):
    """What one pass reads and writes. One pointer for numba, which takes long to tell the type of each array of records."""

    FIELDS: ClassVar = {
        "rows": (LOG, 1), "ticks": (I8, 1), "outcome": (I8, 2), "voice": (I8, 1), "account": (ACCOUNT_SUMS, 1),
        "attempts": (I4, 1), "events": (I8, 3), "money_minor": (I8, 2), "outcomes": (I8, 3), "planned": (I8, 2),
        "worked_s": (I8, 3), "talking_s": (I8, 2), "trips": (I8, 4), "abandoned": (I8, 1), "refusals": (I8, 3),
    }
    __slots__ = tuple(FIELDS)
    rows: Records
    ticks: NDArray[np.int64]
    outcome: NDArray[np.int64]
    voice: NDArray[np.int64]
    account: Records
    attempts: NDArray[np.int32]
    events: NDArray[np.int64]
    money_minor: NDArray[np.int64]
    outcomes: NDArray[np.int64]
    planned: NDArray[np.int64]
    worked_s: NDArray[np.int64]
    talking_s: NDArray[np.int64]
    trips: NDArray[np.int64]
    abandoned: NDArray[np.int64]
    refusals: NDArray[np.int64]


class Folder:
    """Adds up a log that comes in stretches, in any order; `sums` is what it has so far."""

    def __init__(self, accounts: int, ticks: NDArray[np.int64], end_s: int, kinds: NDArray[np.int64], pools: int,
                 rules: int = 0) -> None:
        """Begin with nothing.

        Args:
            accounts: number of accounts.
            ticks: second at which each day begins, (D,), ascending.
            end_s: end of the run.
            kinds: the kind of resource that carries each channel (`ResourceKind`), (C,).
            pools: number of pools.
            rules: number of contact rules.
        """
        days, channels = len(ticks), len(kinds)
        self._ticks = ticks
        self._end_s = end_s
        self._outcome = np.zeros((len(Outcome), 2), np.int64)
        self._outcome[list(ANSWERED), 0], self._outcome[list(RIGHT_PARTY), 1] = 1, 1
        self._voice = np.concatenate([[0], kinds != ResourceKind.BATCH]).astype(np.int64)
        shapes = {
            "events": (days, len(Row), channels + 1), "money_minor": (days, len(Row)),
            "outcomes": (2, channels + 1, len(Outcome)), "planned": (days, pools + 1), "worked_s": (days, pools + 1, 3),
            "talking_s": (days, channels + 1), "trips": (days, channels + 1, pools + 1, 2), "abandoned": (days,),
            "refusals": (2, rules, 2)}
        sums: dict[str, Any] = {name: np.zeros(shape, np.int64) for name, shape in shapes.items()}
        self.sums = Sums(np.zeros(accounts, ACCOUNT_SUMS), np.zeros(accounts, np.int32), **sums)
        self._fold = _Fold(rows=np.empty(0, LOG), ticks=np.ascontiguousarray(ticks, np.int64), outcome=self._outcome,
                           voice=self._voice, account=self.sums.account, attempts=self.sums.attempts, **sums)

    def add(self, rows: Records) -> None:
        """Add a stretch of the log, LOG (rows,)."""
        self._fold.put("rows", np.ascontiguousarray(rows))
        _fold(self._fold, self._end_s)
        self._fold.put("rows", np.empty(0, LOG))


@rule
def _fold(fold: _Fold, end_s: int) -> None:
    """Add every row to the sums. `outcome` (outcomes, 2): answered, right party; `voice` (C + 1,): not a message."""
    rows, ticks, outcome, voice = fold.rows, fold.ticks, fold.outcome, fold.voice
    account, attempts, events, money, outcomes = fold.account, fold.attempts, fold.events, fold.money_minor, fold.outcomes
    planned, worked, talking, trips = fold.planned, fold.worked_s, fold.talking_s, fold.trips
    abandoned, refusals = fold.abandoned, fold.refusals
    day = 0
    for n in range(len(rows)):
        row = rows[n]
        while day > 0 and row.t_s < ticks[day]:
            day -= 1
        while day + 1 < len(ticks) and row.t_s >= ticks[day + 1]:
            day += 1
        kind = row.row
        channel = row.channel + 1
        pool = row.pool + 1
        events[day, kind, channel] += 1
        if kind == Row.PLANNED:
            planned[day, pool] += 1
        elif kind == Row.ATTEMPT or kind == Row.INBOUND:
            gave_up = row.outcome == Outcome.ABANDONED
            lead, talk = _worked(row, end_s, worked[day, pool])
            if not gave_up or kind == Row.ATTEMPT:
                talking[day, channel] += lead + talk
            if kind == Row.ATTEMPT:
                outcomes[ATTEMPTS, channel, row.outcome] += 1
                trips[day, channel, pool, 1 if row.value == 1 else 0] += 1
                attempts[row.account] += 1
                if outcome[row.outcome, 0] == 1:
                    account[row.account].answered += voice[channel]
                    account[row.account].right_party += outcome[row.outcome, 1]
            else:
                outcomes[INBOUNDS, channel, row.outcome] += 1
                abandoned[day] += 1 if gave_up else 0
        elif kind == Row.BLOCKED or kind == Row.VIOLATION:
            refusals[kind - Row.BLOCKED, row.value, 0] += 1
            refusals[kind - Row.BLOCKED, row.value, 1] += 1 if row.ordinal == 0 else 0
        else:
            money[day, kind] += row.amount_minor
            _count(account, row)


@rule
def _worked(row: Any, end_s: int, out: NDArray[np.int64]) -> tuple[int, int]:
    """Add a contact's seconds up to the end of the run to `out` (3,); returns those of ringing or travel, and of talk."""
    left = max(end_s - row.t_s, 0)
    lead = min(np.int64(row.lead_s), left)
    talk = min(np.int64(row.talk_s), left - lead)
    if row.row != Row.ATTEMPT or row.value != AHEAD:
        out[0] += lead
    out[1] += talk
    out[2] += min(np.int64(row.wrap_s), left - lead - talk)
    return lead, talk


@rule
def _count(account: Records, row: Any) -> None:
    """Add a row that is no contact to its account's sums."""
    kind = row.row
    if row.account < 0:
        return
    a = account[row.account]
    if kind == Row.PAYMENT:
        a.paid_minor += row.amount_minor
    elif kind == Row.ENTRY:
        a.entry_minor += row.amount_minor
        a.entered += 1
    elif kind == Row.FORGIVEN:
        a.forgiven_minor += row.amount_minor
    elif kind == Row.CURED:
        a.cured += 1
    elif kind == Row.FELL_DUE:
        a.on_time += row.value == 1
        a.missed += row.value == 2
        if row.value != 1:
            a.fell_due_minor += row.amount_minor
    elif kind == Row.CHARGED_OFF:
        a.charged_off += 1
    elif kind == Row.PROMISE:
        a.promises += 1
    elif kind == Row.PROMISE_KEPT:
        a.kept += 1
    elif kind == Row.COMPLAINT:
        a.complaints += 1
