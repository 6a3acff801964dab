"""The event log: what happened, row by row, in the total order. Outcomes, timelines and interim looks are folds of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.codes import Outcome, Row
from sim.state import DIGEST_A, DIGEST_B, N_LOG, Records, World

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS_BY_ROW: Mapping[Row, str] = {
    Row.ENTRY: "an account enters; amount_minor: its balance; ordinal: days past due",
    Row.PAYMENT: "cash arrives on an account; amount_minor; channel: paid in a conversation or by promise, else none; ordinal: "
                 "the person's payment number",
    Row.FORGIVEN: "part of fees or interest is waived; amount_minor",
    Row.CURED: "the account is back to current; amount_minor: all it paid",
    Row.PROMISE_KEPT: "a promise was kept; amount_minor: paid on it; ordinal: number of the promise",
    Row.PROMISE_PARTLY: "a promise was kept in part by the end of its grace; as above",
    Row.PROMISE_BROKEN: "a promise was broken; as above",
    Row.STATUS: "an administrative step; value: 1 hardship plan, 2 offer, 4 channels stopped, added up",
    Row.PLANNED: "an action was planned; step, channel, pool",
    Row.MERGED: "an action went along with another for the same person and channel; step, channel",
    Row.STARVED: "a planned action's window closed before capacity reached it; step, channel, pool",
    Row.ATTEMPT: "a contact attempt began; outcome; lead_s: ringing or travel; talk_s; wrap_s; agent; ordinal: the person's "
                 "attempt on this channel; value: 1 a visit within the area of the last",
    Row.READ: "a message was read",
    Row.CALL_BACK: "somebody rings back",
    Row.INBOUND: "an inbound call was answered, or abandoned (outcome); value: 1 call-back, 2 handed over; abandoned: lead_s "
                 "waited, value 1 found the line closed",
    Row.HAND_OFF: "a machine's conversation goes on to a human",
    Row.DISCLOSED: "the reason came to light; value: the reason's number",
    Row.PROMISE: "a promise was made; amount_minor; value: days until due; ordinal: number of the promise",
    Row.DISPUTE: "the debt is disputed",
    Row.COMPLAINT: "a complaint",
    Row.OPT_OUT: "no more contact on this channel wanted",
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


def rows_of(world: World) -> Records:
    """Return a finished world's log, LOG (rows,), in the total order (second, kind, pool, person, account, ordinal)."""
    rows = world.log[:world.counters[N_LOG]]
    order = np.lexsort((rows["step"], rows["channel"], rows["ordinal"], rows["account"], rows["person"], rows["pool"],
                        rows["row"], rows["t_s"]))
    return rows[order]


def digest_of(world: World) -> str:
    """Return the digest of a world's log: 32 hexadecimal digits, two lanes of 64 bits."""
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
    for name in ("agent", "ordinal", "amount_minor", "lead_s", "talk_s", "wrap_s", "value"):
        columns[name] = pa.array(rows[name])
    return pa.table(columns)
