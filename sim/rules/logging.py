"""Writing the log: one function appends a row, another adds the hashes of new rows to the digest.

The digest is the sum of all row hashes modulo 2**64, in two independent lanes. A sum does not care in which order rows
were written or folded, and a row's hash holds everything that fixes its place (second, row kind, person, ordinal, ...)
by stable ids, so equal digests mean equal logs.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import Word, rule
from sim.rules.gate_facts import hear
from sim.state import DIGEST_A, DIGEST_B, FULL, N_HASHED, N_LOG, World

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MULT_A = np.uint64(0xBF58476D1CE4E5B9)
MULT_B = np.uint64(0x94D049BB133111EB)
S30, S27, S31, S8, S16, S32 = (np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(8), np.uint64(16), np.uint64(32))
BIAS = np.int64(2**20)
START_A, START_B = np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344)
WORDS = 10
BLOCK = 128


@rule
def mix(h: Word, word: Word) -> Word:
    """Return the hash of (h, word), uint64. Source: the SplitMix64 finaliser (Steele, Lea and Flood 2014)."""
    z = (np.uint64(h) ^ np.uint64(word)) + GOLDEN
    z = (z ^ (z >> S30)) * MULT_A
    z = (z ^ (z >> S27)) * MULT_B
    return z ^ (z >> S31)


@rule
def words_of(world: World, k: int) -> tuple[Word, ...]:
    """Return the WORDS uint64 words that say all about log row k: stable ids in place of row numbers.

    Reads: log, person, account. Writes, Draws: nothing.
    """
    row = world.log[k]
    return (
        np.uint64(row.t_s),
        world.person_id[row.person] if row.person >= 0 else np.uint64(0),
        world.account_id[row.account] if row.account >= 0 else np.uint64(1),
        np.uint64(row.amount_minor),
        (np.uint64(row.ordinal) << S32) | np.uint64(np.uint32(row.lead_s)),
        (np.uint64(np.uint32(row.talk_s)) << S32) | np.uint64(np.uint32(row.wrap_s)),
        (np.uint64(np.int64(row.step) + BIAS) << S32) | np.uint64(np.int64(row.agent) + BIAS),
        (np.uint64(np.int64(row.value) + BIAS) << S32) | np.uint64(np.int64(row.row) + BIAS),
        (np.uint64(np.int64(row.channel) + BIAS) << S32) | np.uint64(np.int64(row.pool) + BIAS),
        np.uint64(np.int64(row.outcome) + BIAS),
    )


@rule
def row_hash(world: World, k: int, start: Word) -> Word:
    """Return the uint64 hash of log row k. Reads: log, person, account. Writes, Draws: nothing."""
    h = start
    for word in words_of(world, k):
        h = mix(h, word)
    return h


@rule
def hash_rows(world: World) -> None:
    """Add the hashes of all rows since the last call to both lanes of the digest. Writes: counters.

    Rows are hashed in blocks, word by word over the block: a chain of ten mixings waits for itself, many chains do not.
    """
    word = np.empty((WORDS, BLOCK), np.uint64)
    h = np.empty(BLOCK, np.uint64)
    one, other = np.uint64(0), np.uint64(0)
    first, last = world.counters[N_HASHED], world.counters[N_LOG]
    world.counters[N_HASHED] = last
    while first < last:
        size = min(BLOCK, last - first)
        for n in range(size):
            w = words_of(world, first + n)
            for j in range(WORDS):
                word[j, n] = w[j]
        h[:] = START_A
        for j in range(WORDS):
            for n in range(size):
                h[n] = mix(h[n], word[j, n])
        for n in range(size):
            one += h[n]
            other += mix(START_B, h[n])
        first += size
    world.counters[DIGEST_A] += np.int64(one)
    world.counters[DIGEST_B] += np.int64(other)


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
    """Count row k in. Writes: counters. A row past the horizon does not belong to the run and is dropped."""
    if world.log[k].t_s >= world.params[0].end_s:
        return
    world.counters[N_LOG] = k + 1
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
