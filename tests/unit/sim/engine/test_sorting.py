"""A day's actions come in order of opening second, pool and queue key."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engine.sorting import queue_order


def sorted_by_all(opens, pool, key):
    return np.lexsort((key, pool, opens))


@pytest.mark.parametrize("n", [0, 1, 2, 3_000])
@pytest.mark.parametrize("key_bits", [1, 20, 30, 31, 52, 62])
def test_order_is_that_of_a_stable_sort(n, key_bits):
    rng = np.random.default_rng(n + key_bits)
    key = rng.integers(0, 2**key_bits, n)
    for opens, pool in ((rng.choice([0, 3_600, 10**7, 3 * 10**8], n), rng.integers(0, 128, n)),
                        (np.full(n, 2 * 10**8), np.full(n, 3))):
        assert np.array_equal(queue_order(opens, pool, key), sorted_by_all(opens, pool, key))


def test_keys_as_planning_makes_them():
    # Priority above 52 bits of luck; half of them tie in their leading digits.
    rng = np.random.default_rng(1)
    key = (rng.choice([504, 505, 1003], 40_000) << 52) | rng.integers(0, 2**52, 40_000)
    key[::2] = (key[::2] >> 40 << 40) | rng.integers(0, 2**30, 20_000)
    zero = np.zeros(len(key), np.int64)
    assert np.array_equal(queue_order(zero, zero, key), np.argsort(key, kind="stable"))
