"""The total order of everything that happens: (second, kind, pool, entity, ordinal). No tie is left to luck.

Within one second:

====  ==========  =====================================================================================
kind  name        why here
====  ==========  =====================================================================================
0     OWN         a person's own events (payments, promises, entry) are facts before anybody looks
1     TICK        planning sees everything up to its second and acts from it on
2     ROSTER      who is on the floor is settled before work is handed out
3     RELEASE     a window opens and its work joins the queue
4     OUTCOME     contacts that end free nothing yet but change people
5     FREE        wrap-up ends: agents become idle after all outcomes of the second
6     READ        a message is read
7     HANG_UP     a waiting caller gives up before a new caller could take the place
8     INBOUND     a call-back arrives
9     RETRY       a deferred attempt becomes ready again
10    SEND        the gateway sends this second's messages
====  ==========  =====================================================================================

Kinds 1 to 3 are known in advance and live in SimPy's environment; 4 to 10 are caused by contacts and live in the desk's
merged queue; kind 0 needs no queue at all (`sim.rules.person.advance`).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from sim.compiled import rule


class Kind(IntEnum):
    """Kinds of events in the order in which they happen within a second."""

    OWN = 0
    TICK = 1
    ROSTER = 2
    RELEASE = 3
    OUTCOME = 4
    FREE = 5
    READ = 6
    HANG_UP = 7
    INBOUND = 8
    RETRY = 9
    SEND = 10


ORDINAL_BITS = 20
ENTITY_BITS = 32
POOL_BITS = 7
CHANNEL_BITS = 4
STEP_BITS = 15
NUMBER_BITS = 12


@rule
def key(kind: int, pool: int, entity: int, ordinal: int) -> int:
    """Pack the order within a second into one integer below 2**63.

    `entity` is the canonical row of a person (rows are sorted by hash) or an agent's number, `ordinal` below 2**20.
    """
    return (((kind << POOL_BITS | pool) << ENTITY_BITS | entity) << ORDINAL_BITS) | ordinal


@rule
def ordinal_of(kind: int, channel: int, step: int, number: int) -> int:
    """Return the ordinal of a person's later event: no two of one kind, person and second have the same.

    A call-back has the `number` of the call; a message read its channel and number; an attempt that is made again its
    channel and `step` (-1 of none), because of those that were put off before the first try none has a number yet.
    """
    if kind == Kind.INBOUND:
        return number
    if kind == Kind.RETRY:
        return channel << STEP_BITS | (step + 1)
    return channel << 16 | (number & 0xFFFF)


@rule
def tie_of(person: int, channel: int, step: int, number: int) -> int:
    """Return what orders tasks of equal queue keys: the person's row, which is by hash, then channel, step (-1 of none), number.

    The last tells calls apart that one person makes in one second, after two that were missed.
    """
    return ((person << CHANNEL_BITS | channel) << STEP_BITS | (step + 1)) << NUMBER_BITS | (number & ((1 << NUMBER_BITS) - 1))


plain_key: Callable[[int, int, int, int], int] = key.py_func  # type: ignore[attr-defined]
plain_ordinal_of: Callable[[int, int, int, int], int] = ordinal_of.py_func  # type: ignore[attr-defined]
plain_tie_of: Callable[[int, int, int, int], int] = tie_of.py_func  # type: ignore[attr-defined]
"""For Python code: to call compiled code for one shift-and-or costs more than the work, with an enumeration a hundred times."""
