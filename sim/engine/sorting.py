"""Putting a day's actions in the order of the queue: a radix sort, because a day's list may hold a million of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import rule

DIGIT_BITS = 11
DIGITS = 1 << DIGIT_BITS
KEY_BITS = 63
LUCK_DIGITS = 3
"""Leading digits of the key that are sorted by radix: priority and 23 bits of luck. What still ties is rare, and is put
right by insertion."""


@rule
def by_digit(values: NDArray[np.int64], shift: int, order: NDArray[np.int64], spare: NDArray[np.int64],
             count: NDArray[np.int64]) -> bool:
    """Sort `order` into `spare` by one digit of `values`, stably. Returns False, and sorts nothing, if all are equal."""
    count[:] = 0
    for n in range(len(values)):
        count[(values[n] >> shift) & (DIGITS - 1)] += 1
    if len(values) == 0 or count[(values[0] >> shift) & (DIGITS - 1)] == len(values):
        return False
    place = 0
    for digit in range(DIGITS):
        here = count[digit]
        count[digit] = place
        place += here
    for n in order:
        digit = (values[n] >> shift) & (DIGITS - 1)
        spare[count[digit]] = n
        count[digit] += 1
    return True


@rule
def queue_order(opens: NDArray[np.int64], pool: NDArray[np.int64], key: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of actions in order of opening second, pool and queue key; equal ones stay as they come.

    Arrays of shape (actions,); keys at least 0.
    """
    order = np.arange(len(key))
    spare = np.empty_like(order)
    count = np.empty(DIGITS, np.int64)
    for digit in range(LUCK_DIGITS, 0, -1):
        if by_digit(key, KEY_BITS - DIGIT_BITS * digit, order, spare, count):
            order, spare = spare, order
    for n in range(1, len(order)):
        k = order[n]
        at = n
        while at > 0 and key[order[at - 1]] > key[k]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = k
    if by_digit(pool, 0, order, spare, count):
        order, spare = spare, order
    first = opens.min() if len(opens) > 0 else 0
    since = opens - first
    digit = 0
    while len(since) > 0 and (since.max() >> digit) > 0:
        if by_digit(since, digit, order, spare, count):
            order, spare = spare, order
        digit += DIGIT_BITS
    return order
