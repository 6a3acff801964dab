"""Writing the log: one function appends a row and adds its hash to the digest.

The digest is the sum of all row hashes modulo 2**64, in two independent lanes. A sum does not care in which order rows
were written or folded, and a row's hash holds everything that fixes its place (second, row kind, person, ordinal, ...)
by stable ids, so equal digests mean equal logs.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import Word, rule
from sim.rules.gate_facts import hear
from sim.state import DIGEST_A, DIGEST_B, FULL, N_LOG, World

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MULT_A = np.uint64(0xBF58476D1CE4E5B9)
MULT_B = np.uint64(0x94D049BB133111EB)
S30, S27, S31, S8, S16, S32 = (np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(8), np.uint64(16), np.uint64(32))
BIAS = np.int64(2**20)


@rule
def mix(h: Word, word: Word) -> Word:
    """Return the hash of (h, word), uint64. Source: the SplitMix64 finaliser (Steele, Lea and Flood 2014)."""
    z = (np.uint64(h) ^ np.uint64(word)) + GOLDEN
    z = (z ^ (z >> S30)) * MULT_A
    z = (z ^ (z >> S27)) * MULT_B
    return z ^ (z >> S31)


@rule
def row_hash(world: World, k: int, start: Word) -> Word:
    """Return the uint64 hash of log row k: stable ids in place of row numbers.

    Reads: log, person, account. Writes, Draws: nothing.
    """
    row = world.log[k]
    h = mix(start, np.uint64(row.t_s))
    h = mix(h, world.person[row.person].id if row.person >= 0 else np.uint64(0))
    h = mix(h, world.account[row.account].id if row.account >= 0 else np.uint64(1))
    h = mix(h, np.uint64(row.amount_minor))
    h = mix(h, (np.uint64(row.ordinal) << S32) | np.uint64(np.uint32(row.lead_s)))
    h = mix(h, (np.uint64(np.uint32(row.talk_s)) << S32) | np.uint64(np.uint32(row.wrap_s)))
    h = mix(h, (np.uint64(np.int64(row.step) + BIAS) << S32) | np.uint64(np.int64(row.agent) + BIAS))
    h = mix(h, (np.uint64(np.int64(row.value) + BIAS) << S32) | np.uint64(np.int64(row.row) + BIAS))
    h = mix(h, (np.uint64(np.int64(row.channel) + BIAS) << S32) | np.uint64(np.int64(row.pool) + BIAS))
    return mix(h, np.uint64(np.int64(row.outcome) + BIAS))


@rule
def write(world: World, t: int, row: int, person: int, account: int, arm: int, amount: int, ordinal: int) -> int:
    """Append a row with its common columns; the others are neutral. Returns its index, to be closed with `seal`.

    Writes: log, counters. The caller guarantees room: desks re-enter with more when counters[FULL] is set.
    """
    k = world.counters[N_LOG]
    r = world.log[k]
    r.t_s = t
    r.amount_minor = amount
    r.person = person
    r.account = account
    r.ordinal = ordinal
    r.lead_s = 0
    r.talk_s = 0
    r.wrap_s = 0
    r.step = -1
    r.agent = -1
    r.arm = arm
    r.value = 0
    r.row = row
    r.channel = -1
    r.pool = -1
    r.outcome = 0
    return k


@rule
def seal(world: World, k: int) -> None:
    """Count row k in and add its hash to both lanes of the digest.

    Writes: counters. A row past the horizon does not belong to the run and is dropped.
    """
    if world.log[k].t_s >= world.params[0].end_s:
        return
    world.counters[N_LOG] = k + 1
    h = row_hash(world, k, np.uint64(0x243F6A8885A308D3))
    world.counters[DIGEST_A] += np.int64(h)
    world.counters[DIGEST_B] += np.int64(mix(np.uint64(0x13198A2E03707344), h))
    if k + 1 > len(world.log) - world.params[0].log_rows:
        world.counters[FULL] = 1


@rule
def note(world: World, t: int, row: int, person: int, account: int, arm: int, amount: int, ordinal: int,
         channel: int, value: int) -> None:
    """Write and seal a row that needs no more than these columns. Contact rules hear of it."""
    k = write(world, t, row, person, account, arm, amount, ordinal)
    world.log[k].channel = channel
    world.log[k].value = value
    seal(world, k)
    if len(world.gate_rule) > 0:
        hear(world, t, row, person, account, channel, value)
