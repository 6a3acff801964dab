"""Arrays behind one pointer, and the hint to fetch an element soon."""

from __future__ import annotations

from typing import ClassVar

import numba
import numpy as np
import pytest

from sim.arrays import ArraySet, prefetch
from sim.compiled import rule

PAIR = np.dtype([("a", "i8"), ("b", "f8")], align=True)


class Two(ArraySet):
    FIELDS: ClassVar = {"pair": (PAIR, 1), "grid": (np.dtype("i8"), 2)}
    __slots__ = tuple(FIELDS)


@rule
def double(two):
    for n in range(len(two.pair)):
        prefetch(two.pair, n, 0)
        prefetch(two.grid, (n, 1), 3)
        two.pair[n].a *= 2
        two.grid[n, 1] += two.pair[n].a


def test_compiled_code_reads_and_writes_the_arrays_in_place():
    pair, grid = np.zeros(3, PAIR), np.zeros((3, 2), np.int64)
    pair["a"] = [1, 2, 3]
    two = Two(pair=pair, grid=grid)
    double(two)
    assert pair["a"].tolist() == [2, 4, 6]
    assert grid.tolist() == [[0, 2], [0, 4], [0, 6]]


def test_a_larger_array_takes_the_place_of_another():
    two = Two(pair=np.zeros(1, PAIR), grid=np.zeros((1, 2), np.int64))
    two.put("pair", np.ones(4, PAIR))
    two.put("grid", np.zeros((4, 2), np.int64))
    double(two)
    assert two.grid[:, 1].tolist() == [2, 2, 2, 2]


def test_a_fetch_is_compiled_to_the_instruction():
    fresh = numba.njit(double.py_func)  # code from the cache cannot be inspected
    fresh(Two(pair=np.zeros(1, PAIR), grid=np.zeros((1, 2), np.int64)))
    assert "llvm.prefetch" in "".join(fresh.inspect_llvm().values())


@pytest.mark.parametrize("wrong", [np.zeros(3, np.int64), np.zeros((3, 1), PAIR), np.zeros(6, PAIR)[::2]])
def test_arrays_of_another_kind_are_refused(wrong):
    two = Two(pair=np.zeros(1, PAIR), grid=np.zeros((1, 2), np.int64))
    with pytest.raises(TypeError, match="expected C-contiguous"):
        two.put("pair", wrong)
