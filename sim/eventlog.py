"""The event log: what happened, row by row, in the total order. Outcomes, timelines and interim looks are folds of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.codes import Outcome, Row
from sim.compiled import rule
from sim.rules.logging import hash_rows
from sim.state import DIGEST_A, DIGEST_B, N_LOG, Records, World

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS_BY_ROW: Mapping[Row, str] = {
    Row.ENTRY: "an account enters; amount_minor: its balance; ordinal: days past due",
    Row.PAYMENT: "cash arrives on an account; amount_minor; channel: paid in a conversation or by promise, else none; ordinal: "
                 "the person's payment number; value: 1 through an agency",
    Row.FORGIVEN: "part of the debt is waived; amount_minor; value: of 0 fees, 1 interest, 2 principal",
    Row.CURED: "the account is back to current; amount_minor: all it paid",
    Row.PROMISE_KEPT: "a promise was kept; amount_minor: paid on it; ordinal: number of the promise",
    Row.PROMISE_PARTLY: "a promise was kept in part by the end of its grace; as above",
    Row.PROMISE_BROKEN: "a promise was broken; as above",
    Row.STATUS: "an administrative step; value: 1 hardship plan, 2 offer, 4 channels stopped, added up",
    Row.PLANNED: "an action was planned; step, channel, pool",
    Row.MERGED: "an action went along with another for the same person and channel; step, channel",
    Row.STARVED: "a planned action's last window closed before capacity reached it; step, channel, pool",
    Row.ATTEMPT: "a contact attempt began; outcome; lead_s: ringing or travel; talk_s; wrap_s; agent; ordinal: the person's "
                 "attempt on this channel; value: 1 a visit within the area of the last, 2 dialled ahead (abandoned: nobody was "
                 "idle)",
    Row.READ: "a message was read",
    Row.CALL_BACK: "somebody rings back",
    Row.INBOUND: "an inbound call was answered, or abandoned (outcome); value: 1 call-back, 2 handed over; abandoned: lead_s "
                 "waited, value 1 found the line closed",
    Row.HAND_OFF: "a machine's conversation goes on to a human",
    Row.DISCLOSED: "the reason came to light; value: the reason's number",
    Row.PROMISE: "a promise was made; amount_minor; value: days until due; ordinal: number of the promise",
    Row.DISPUTE: "the debt is disputed; value: 1 an agent's conduct provoked it",
    Row.COMPLAINT: "a complaint",
    Row.OPT_OUT: "no more contact on this channel wanted",
    Row.BLOCKED: "a contact rule stopped an attempt; value: the rule's number; ordinal: its place among those that refuse; "
                 "step, channel, pool",
    Row.VIOLATION: "an attempt was made that a rule in shadow refuses; as above",
    Row.REPLACED: "an agent left and a beginner came; agent, pool; ordinal: how many came before; amount_minor: price of hiring",
    Row.ABSENT: "an agent stays away today; agent, pool",
    Row.TRAINED: "an agent attends a course; agent, pool; ordinal: number of the course; amount_minor: its price",
    Row.LIQUIDITY: "what somebody can pay changes; value: 1 a shock, 0 it has passed; ordinal: how many turns so far",
    Row.FELL_DUE: "an instalment fell due; amount_minor; value: 0 added to what is overdue, 1 paid on time (outside of "
                  "collections), 2 missed: overdue anew, 3 a late fee; ordinal: instalments left",
    Row.CHARGED_OFF: "the account is written off, and an agency's from here on where there is one; amount_minor: what is owed",
    Row.COMMISSION: "an agency keeps its share of what it collected; amount_minor; ordinal: month",
    Row.ARRANGED: "an arrangement is agreed on; value: 1 instalment plan, 2 extension, 3 hardship pause; ordinal: instalments or "
                  "days; amount_minor: what is owed",
    Row.ARRANGEMENT_OVER: "an arrangement ends; value: 0 as agreed, 1 broken, 2 its days are over; ordinal: which, as above",
    Row.DEBIT: "a direct debit is tried; value: 1 it succeeded; amount_minor",
    Row.CARRIED_OVER: "a planned action's window closed before capacity reached it, and the step is due again another day; "
                      "step, channel, pool",
}
"""What each kind of row means and what its columns hold."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names for the numbers in a log."""

    persons: Sequence[str]
    accounts: Sequence[str]
    channels: Sequence[str]
    pools: Sequence[str]
    steps: Sequence[str]
    strategies: Sequence[str]
    rules: Sequence[str] = ()
    """Contact rules by the number in rows BLOCKED and VIOLATION."""


def log_of(world: World) -> Records:
    """Return a world's log as it was written, LOG (rows,): a view."""
    return np.asarray(world.log[:world.counters[N_LOG]])


def rows_of(world: World) -> Records:
    """Return a finished world's log in the total order."""
    return in_order(log_of(world))


def in_order(log: Records) -> Records:
    """Return log rows in the total order: second, row kind, pool, person, account, ordinal, channel, step."""
    # A log is almost in order of time already: only what a look at a person brings to light is written late.
    order = np.argsort(log["t_s"], kind="stable")
    return _gather(log, _break_ties(log, order, np.empty_like(order)))


@rule
def _before(log: Records, a: int, b: int) -> bool:
    """Return whether row a comes before row b of the same second."""
    x, y = log[a], log[b]
    if x.row != y.row:
        return x.row < y.row
    if x.pool != y.pool:
        return x.pool < y.pool
    if x.person != y.person:
        return x.person < y.person
    if x.account != y.account:
        return x.account < y.account
    if x.ordinal != y.ordinal:
        return x.ordinal < y.ordinal
    if x.channel != y.channel:
        return x.channel < y.channel
    return x.step < y.step


@rule
def _break_ties(log: Records, order: NDArray[np.int64], spare: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put the rows of each second in order, in place; `spare` is room for merging."""
    first = 0
    while first < len(order):
        last = first + 1
        while last < len(order) and log[order[last]].t_s == log[order[first]].t_s:
            last += 1
        _sort(log, order, spare, first, last)
        first = last
    return order


@rule
def _sort(log: Records, order: NDArray[np.int64], spare: NDArray[np.int64], first: int, last: int) -> None:
    """Sort order[first:last] by `_before`: ascending stretches as they are found, merged pair by pair (stable)."""
    while True:
        start = first
        stretches = 0
        while start < last:
            middle = start + 1
            while middle < last and not _before(log, order[middle], order[middle - 1]):
                middle += 1
            end = middle
            while end < last and (end == middle or not _before(log, order[end], order[end - 1])):
                end += 1
            if end > middle:
                _merge(log, order, spare, start, middle, end)
            start = end
            stretches += 1
        if stretches <= 1:
            return


@rule
def _merge(log: Records, order: NDArray[np.int64], spare: NDArray[np.int64], start: int, middle: int, end: int) -> None:
    """Merge the sorted order[start:middle] and order[middle:end]."""
    for n in range(start, middle):
        spare[n] = order[n]
    a, b, at = start, middle, start
    while a < middle:
        if b < end and _before(log, order[b], spare[a]):
            order[at] = order[b]
            b += 1
        else:
            order[at] = spare[a]
            a += 1
        at += 1


@rule
def _gather(log: Records, order: NDArray[np.int64]) -> Records:
    """Return the rows in order."""
    out = np.empty_like(log)
    for n in range(len(order)):
        out[n] = log[order[n]]
    return out


def digest_of(world: World) -> str:
    """Return the digest of a world's log: 32 hexadecimal digits, two lanes of 64 bits."""
    hash_rows(world)
    lanes = world.counters[[DIGEST_A, DIGEST_B]].astype(np.uint64)
    return "".join(f"{int(lane):016x}" for lane in lanes)


def combine_digests(digests: Sequence[str]) -> str:
    """Return one digest for the worlds of all replications, in order."""
    import hashlib  # noqa: PLC0415 - only here

    return hashlib.blake2b("\n".join(digests).encode(), digest_size=16).hexdigest()


def to_arrow(rows: Records, names: Names) -> pa.Table:
    """Return a log as an Arrow table with names instead of numbers, one row an event, in the log's order."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    def named(column: str, labels: Sequence[str]) -> pa.DictionaryArray:
        codes = rows[column].astype(np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(list(labels), pa.string()))

    columns: dict[str, pa.Array] = {"t_s": pa.array(rows["t_s"])}
    columns["event"] = named("row", [row.name.lower() for row in Row])
    columns["person"] = named("person", names.persons)
    columns["account"] = named("account", names.accounts)
    columns["channel"] = named("channel", names.channels)
    columns["outcome"] = named("outcome", [outcome.name.lower() for outcome in Outcome])
    columns["step"] = named("step", names.steps)
    columns["strategy"] = named("arm", names.strategies)
    columns["pool"] = named("pool", names.pools)
    if names.rules:
        numbers = np.where(np.isin(rows["row"], (Row.BLOCKED, Row.VIOLATION)), rows["value"], -1).astype(np.int32)
        columns["rule"] = pa.DictionaryArray.from_arrays(pa.array(numbers, mask=numbers < 0),
                                                         pa.array(list(names.rules), pa.string()))
    for name in ("agent", "ordinal", "amount_minor", "lead_s", "talk_s", "wrap_s", "value"):
        columns[name] = pa.array(rows[name])
    return pa.table(columns)
