"""The list of random decisions and the addressed generator: a draw has a name and an address, never a state.

    uniform(seed, entity, Draw.X, ordinal)  ->  a number in (0, 1)

is a pure function (Philox4x32-10, Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), so event order,
row order and worker count cannot matter, and two strategies share each borrower's luck.

Address layout: key = the 64-bit seed; counter = (entity low, entity high, draw, ordinal). `entity` is the 64-bit hash
of a stable id. Draws about the world (at home at this hour) take calendar time as ordinal; draws about the answer to
the n-th contact on a channel take n.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.compiled import Word, rule

U32 = np.uint64(0xFFFFFFFF)
M0 = np.uint64(0xD2511F53)
M1 = np.uint64(0xCD9E8D57)
W0 = np.uint64(0x9E3779B9)
W1 = np.uint64(0xBB67AE85)
SHIFT32 = np.uint64(32)
SHIFT11 = np.uint64(11)
TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53
HALF_ULP = 0.5 / 9007199254740992.0


class Draw(IntEnum):
    """Every random decision of the simulation, by name. Numbers are part of the trajectory: append, never renumber.

    A channel's draws add `64 * channel` so that the n-th text and the n-th call have luck of their own.
    """

    # Who somebody is (population seed)
    REASON = 1
    FRAILTY = 2
    SENSITIVITY = 3
    REACHABILITY = 4
    PROFILE = 5
    ABILITY = 6
    TOLERANCE = 7
    AGENT_SKILL = 8
    # What happens by itself (behaviour seed)
    PAYMENT_TIME = 9
    PAYMENT_FULL = 10
    PAYMENT_SHARE = 11
    PROMISE_KEPT = 12
    PROMISE_KEPT_SHARE = 13
    PROMISE_SECOND = 14
    # The world at an hour (behaviour seed, ordinal = hour of the clock)
    AT_PHONE = 15
    AT_HOME = 16
    # The order of work (behaviour seed, ordinal = day)
    ORDER = 17
    # The answer to the n-th contact on a channel (behaviour seed, ordinal = n, draw + 64 * channel)
    OUTCOME = 18
    RING = 19
    TALK = 20
    DELIVERED = 21
    READ = 22
    READ_DELAY = 23
    OPT_OUT = 24
    COMPLAINT = 25
    CALL_BACK = 26
    CALL_BACK_DELAY = 27
    REFUSED = 28
    DISCLOSED = 29
    DISPUTED = 30
    PROMISED = 31
    PROMISE_DAYS = 32
    PROMISE_SHARE = 33
    PAYS_NOW = 34
    HAND_OFF = 35
    TRAVEL = 36
    PATIENCE = 37
    WRONG_PARTY = 38
    # Portfolio drawn from a spec (population seed, entity = an account's own hash)
    ENTRY_COUNT = 39
    BALANCE = 40
    DPD = 41
    PRODUCT = 42
    REGION = 43
    SCORE = 44
    PAYDAY = 45
    PERSON = 46
    INTEREST_SHARE = 47
    FEES_SHARE = 48
    NUMBER_VALID = 49
    INSTALMENT = 50
    ZONE = 51
    # Staff (population seed for who somebody is, behaviour seed and day for what happens to them)
    AGENT_CONDUCT = 52
    EXPERIENCE = 53
    LEAVES = 54
    ABSENT = 55
    # What befalls people slowly (behaviour seed)
    LIQUIDITY = 56
    ON_TIME = 57
    AGENCY_PAYS = 58
    DEBIT = 59
    # Who somebody is (population seed)
    INSTALMENTS_LEFT = 60
    DEBIT_AGREED = 61
    # Arrangements (behaviour seed)
    TAKES_UP = 62
    PLAN_KEPT = 63


CHANNEL_STRIDE = 64
"""`draw + CHANNEL_STRIDE * channel` is a channel's own version of a draw."""


@rule
def philox4x32(c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word) -> tuple[Word, Word, Word, Word]:
    """Return the four 32-bit words of one Philox4x32-10 block, in uint64 each.

    Reads: nothing. Writes: nothing. Draws: one block. Source: Random123 1.14, checked against its test vectors.
    """
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    key0, key1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        p0 = M0 * x0
        p1 = M1 * x2
        x0, x1, x2, x3 = (p1 >> SHIFT32) ^ x1 ^ key0, p1 & U32, (p0 >> SHIFT32) ^ x3 ^ key1, p0 & U32
        key0 = (key0 + W0) & U32
        key1 = (key1 + W1) & U32
    return x0, x1, x2, x3


@rule
def uniform(seed: Word, entity: Word, draw: int, ordinal: int) -> float:
    """Return the uniform at an address: a double in (0, 1), 53 bits, never 0 and never 1.

    Args:
        seed: uint64, one of the three seeds, already mixed (`mix_seed`).
        entity: uint64 hash of a stable id.
        draw: which decision (`Draw`, plus `CHANNEL_STRIDE * channel` for a channel's own).
        ordinal: which time, 0 to 2**32 - 1.
    """
    s = np.uint64(seed)
    e = np.uint64(entity)
    w0, w1, _, _ = philox4x32(e & U32, e >> SHIFT32, np.uint64(draw) & U32, np.uint64(ordinal) & U32,
                              s & U32, s >> SHIFT32)
    bits = ((w0 << SHIFT32) | w1) >> SHIFT11
    return np.float64(bits) * TO_UNIT + HALF_ULP


@rule
def _fill(seed: Word, entities: NDArray[np.uint64], draw: int, ordinals: NDArray[np.int64],
          out: NDArray[np.float64]) -> None:
    """Fill `out` with uniforms at (seed, entities[i], draw, ordinals[i])."""
    for i in range(len(entities)):
        out[i] = uniform(seed, entities[i], draw, ordinals[i])


def uniforms(seed: np.uint64, entities: NDArray[np.uint64], draw: int,
             ordinal: int | NDArray[np.int64] = 0) -> NDArray[np.float64]:
    """Return uniforms of shape (n,) for n entities, the same values as `uniform` one by one.

    Args:
        seed: a mixed seed.
        entities: uint64 hashes, shape (n,).
        draw: which decision.
        ordinal: one for all, or int64 of shape (n,).
    """
    ordinals = np.broadcast_to(np.asarray(ordinal, dtype=np.int64), entities.shape)
    out = np.empty(len(entities), dtype=np.float64)
    _fill(seed, np.ascontiguousarray(entities, dtype=np.uint64), int(draw), np.ascontiguousarray(ordinals), out)
    return out


def mix_seed(*parts: int | str) -> np.uint64:
    """Return a 64-bit seed hashed from a root and names, such as `mix_seed(7, "behaviour", 3)`.

    Consecutive roots give unrelated streams, which adding or multiplying them would not.
    """
    text = "\x1f".join(str(part) for part in parts)
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))
