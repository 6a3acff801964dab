"""Arrays behind one pointer, and the hint to fetch an element soon."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
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


@rule
def pick(two, n, k):
    two.grid[n, k] = 7
    return two.pair[n].a + two.grid[n][k]


@pytest.mark.parametrize("kind", [np.int8, np.int32, np.int64, np.uint64])
def test_an_index_of_any_width_finds_its_element(kind):
    pair, grid = np.zeros(3, PAIR), np.zeros((3, 2), np.int64)
    pair["a"] = [1, 2, 3]
    assert pick(Two(pair=pair, grid=grid), kind(2), kind(1)) == 10
    assert grid.tolist() == [[0, 0], [0, 0], [0, 7]]


NEGATIVE = """
import numpy as np
from tests.unit.sim.test_arrays import PAIR, Two, pick
for n, k in ((-1, 0), (0, -1), (3, 0)):
    try:
        pick(Two(pair=np.zeros(3, PAIR), grid=np.zeros((3, 2), np.int64)), n, k)
        print("found something at", n, k)
    except IndexError:
        print("refused")
"""


def checked(tmp_path, *arguments):
    """Run Python on code that is compiled with bounds checked, in a cache of its own."""
    root = Path(__file__).parents[3]
    return subprocess.run([sys.executable, *arguments], cwd=root, capture_output=True, text=True, check=False,
                          env=os.environ | {"NUMBA_BOUNDSCHECK": "1", "DUECOURSE_CACHE": str(tmp_path)})


def test_with_bounds_checked_a_negative_index_is_an_error(tmp_path):
    done = checked(tmp_path, "-c", NEGATIVE)
    assert done.stdout.split("\n") == ["refused"] * 3 + [""], done.stderr


@pytest.mark.slow
def test_no_kernel_uses_an_index_outside_its_array(tmp_path):
    done = checked(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/parity",
                   "tests/property/test_engine_worlds.py")
    assert done.returncode == 0, done.stdout[-4000:]
