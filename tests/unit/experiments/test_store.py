"""A comparison's result in a file: what is written is what is read."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.results import CompareResult
from experiments.store import NAME, read_result, write_result
from sim import InputError
from tests.unit.experiments.report.example import example


def assert_same(a: Any, b: Any, where: str = "result") -> None:
    """Compare two values deeply, arrays to the bit, nan equal to nan."""
    assert type(a) is type(b) or isinstance(a, (dict, float)), where
    if isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b, err_msg=where)
        assert a.dtype == b.dtype
    elif dataclasses.is_dataclass(a):
        for field in dataclasses.fields(a):
            assert_same(getattr(a, field.name), getattr(b, field.name), f"{where}.{field.name}")
    elif isinstance(a, dict):
        assert list(a) == list(b), where
        for key in a:
            assert_same(a[key], b[key], f"{where}[{key}]")
    elif isinstance(a, tuple):
        assert len(a) == len(b), where
        for n, (one, other) in enumerate(zip(a, b, strict=True)):
            assert_same(one, other, f"{where}[{n}]")
    else:
        assert a == b or (a != a and b != b), where


@pytest.mark.parametrize("replications", [1, 8])
def test_a_result_comes_back_as_it_was(tmp_path: Path, replications: int) -> None:
    """Every field, tuple and array; nan of a single replication too."""
    result = example(replications=replications)
    write_result(result, tmp_path)
    assert_same(read_result(tmp_path), result)


def test_nothing_in_the_file_can_run(tmp_path: Path) -> None:
    """It is read without pickles: plain numbers and text only."""
    write_result(example(), tmp_path)
    with np.load(tmp_path / NAME, allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)
        json.loads(archive["json"].tobytes().decode())


def save(folder: Path, document: Any) -> None:
    """Write a result file with a document of one's own."""
    np.savez_compressed(folder / NAME, json=np.frombuffer(json.dumps(document).encode(), dtype=np.uint8))


@pytest.mark.parametrize(("document", "said"), [
    ({"schema": "duecourse/result/9", "result": {}}, "schema duecourse/result/9"),
    ({"schema": "duecourse/result/1"}, "KeyError"),
    ({"schema": "duecourse/result/1", "result": {"colour": "red"}}, "cannot be read"),
    ([], "cannot be read"),
])
def test_another_content_is_refused(tmp_path: Path, document: Any, said: str) -> None:
    """A file of another version or with other fields is an input error that names the file."""
    save(tmp_path, document)
    with pytest.raises(InputError, match="got") as caught:
        read_result(tmp_path)
    assert caught.value.where == str(tmp_path / NAME)
    assert said in str(caught.value)
    assert caught.value.advice


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """Half a file, and no file."""
    write_result(example(), tmp_path)
    whole = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read"):
        read_result(tmp_path)
    (tmp_path / NAME).unlink()
    with pytest.raises(InputError, match=r"no result\.npz"):
        read_result(tmp_path)


def test_the_example_is_a_comparison() -> None:
    """The hand-made result of the report's tests is of the real type, so these tests follow its fields."""
    assert {field.name for field in dataclasses.fields(CompareResult)} <= set(CompareResult.__slots__)
