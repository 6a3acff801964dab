"""Parts of a run: what is written is what is read; what is damaged is played again; what is foreign is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from experiments.parts import Parts, check_names, remove_parts
from sim import InputError


@dataclass(frozen=True)
class Some:
    """Finished tasks with something in them."""

    numbers: tuple[int, ...]
    column: NDArray[np.int8]
    value: float

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(map(str, self.numbers))


class Told:
    """Parts in a folder, with all that they tell."""

    def __init__(self, folder: Path, identity: str = "a" * 32, name: str = "some") -> None:
        self.said: list[str] = []
        self.finished: list[int] = []
        self.parts = Parts(folder, name, Some, identity, self.said.append, self.finished.append)


def write(folder: Path, *numbers: int, identity: str = "a" * 32) -> Path:
    """Write one more part and return its file."""
    before = set(folder.iterdir())
    told = Told(folder, identity)
    told.parts._next = len(before) + 1
    told.parts.write(Some(numbers, np.array(numbers, np.int8), 0.1 + numbers[0]))
    (file,) = set(folder.iterdir()) - before
    return file


def numbers_of(told: Told) -> list[tuple[int, ...]]:
    return [part.numbers for part in told.parts.read()]


def test_a_part_comes_back_as_it_was(tmp_path: Path) -> None:
    """Numbers to the bit, arrays with their type; new parts take the next number."""
    file = write(tmp_path, 0, 1)
    assert file.name == "some-000001.part"
    told = Told(tmp_path)
    (part,) = told.parts.read()
    assert (part.numbers, part.value, part.column.dtype) == ((0, 1), 0.1, np.int8)
    assert told.finished == [2]
    told.parts.write(Some((7,), np.zeros(1, np.int8), float("nan")))
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["some-000001.part", "some-000002.part"]
    assert told.finished == [2, 1]


def test_nothing_in_a_part_can_run(tmp_path: Path) -> None:
    """It is an npz archive behind one line, and holds no pickles."""
    head, _, content = write(tmp_path, 0).read_bytes().partition(b"\n")
    assert head.startswith(b"duecourse/part/1 " + b"a" * 32)
    (tmp_path / "x.npz").write_bytes(content)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)


def test_any_changed_byte_is_found(tmp_path: Path) -> None:
    """Every byte of a part, one after another, and every length: never a wrong result, and never a crash."""
    file = write(tmp_path, 3)
    whole = file.read_bytes()
    stride = max(1, len(whole) // 200)
    damaged = [whole[:n] + bytes([whole[n] ^ 0x10]) + whole[n + 1:] for n in range(0, len(whole), stride)]
    damaged += [whole[:n] for n in range(0, len(whole), stride)] + [whole + b"x", b""]
    for content in damaged:
        file.write_bytes(content)
        told = Told(tmp_path)
        assert told.parts.read() == []
        assert told.said == [f"{file} is damaged: what it held and no other part holds is played again"]
        assert not file.exists()
        assert told.finished == [0]


def test_only_the_damaged_part_is_lost(tmp_path: Path) -> None:
    """The others count, and the next part does not take a number again."""
    files = [write(tmp_path, n) for n in range(3)]
    files[1].write_bytes(b"duecourse/part/1 x y\n")
    told = Told(tmp_path)
    assert numbers_of(told) == [(0,), (2,)]
    told.parts.write(Some((1,), np.zeros(1, np.int8), 0.0))
    assert (tmp_path / "some-000004.part").exists()


def test_a_part_that_repeats_another_is_not_counted_twice(tmp_path: Path) -> None:
    """A copied file would enter sums twice."""
    first, second = write(tmp_path, 0, 1), write(tmp_path, 2)
    (tmp_path / "some-000003.part").write_bytes(first.read_bytes())
    told = Told(tmp_path)
    assert numbers_of(told) == [(0, 1), (2,)]
    assert "some-000003.part repeats tasks of another part" in told.said[0]
    assert second.exists()
    assert told.finished == [3]


def test_a_part_of_another_run_is_refused_and_stays(tmp_path: Path) -> None:
    """Somebody mixed two folders: that is not for us to throw away."""
    write(tmp_path, 0)
    file = write(tmp_path, 1, identity="b" * 32)
    with pytest.raises(InputError, match="got a part of another run") as caught:
        Told(tmp_path).parts.read()
    assert caught.value.where == str(file)
    assert file.exists()


def test_kinds_do_not_mix(tmp_path: Path) -> None:
    """Parts of another kind are not read, and one under a wrong name is damaged."""
    file = write(tmp_path, 0)
    assert numbers_of(Told(tmp_path, name="other")) == []
    file.rename(tmp_path / "other-000001.part")
    told = Told(tmp_path, name="other")
    assert numbers_of(told) == []
    assert "is damaged" in told.said[0]


def test_names_are_checked_and_half_written_files_go(tmp_path: Path) -> None:
    """Every foreign file is named; what a process that died was writing is worth nothing."""
    write(tmp_path, 0)
    (tmp_path / ".some-000002.part.partial").write_bytes(b"half")
    check_names(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["some-000001.part"]
    (tmp_path / "some-000002.part").mkdir()
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError) as caught:
        check_names(tmp_path)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [
        str(tmp_path / "notes.txt"), str(tmp_path / "some-000002.part")]


def test_only_parts_are_removed(tmp_path: Path) -> None:
    """At the end of a run; what else is there stays."""
    write(tmp_path, 0)
    (tmp_path / "notes.part").touch()
    remove_parts(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.part"]
