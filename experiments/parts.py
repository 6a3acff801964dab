"""Finished tasks on file, one part after another: what a run that was killed need not play again.

A part is `NAME-000001.part`: a line with schema, the run's identity and a checksum, then an npz archive without pickles
(`experiments.store`). It appears whole under its name or not at all. A part that does not fit its checksum is damaged: it is
taken away, said so, and its tasks are played again. A part of another run, or a file that is none, is foreign: it is named and
refused, because whoever mixed two folders should know before there is a result.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from experiments.durable import PARTIAL, write_whole
from experiments.store import Unreadable, pack, unpack
from sim import InputError, InputErrors

FOLDER = "parts"
MAGIC = b"duecourse/part/1"
NAME = re.compile(r"(?P<name>[a-z]+)-(?P<number>\d{6,})\.part")


class Part(Protocol):
    """What parts are made of: a frozen dataclass of one or more finished tasks."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that it finishes, by label."""
        ...


P = TypeVar("P", bound=Part)


class Parts(Generic[P]):
    """The parts of one kind in an unfinished run's folder.

    Args:
        folder: where they stand.
        name: of this kind: lower-case letters.
        kind: the dataclass.
        identity: of the run; parts of another one are foreign.
        say: is told of damaged parts.
        finished: is told how many tasks each new or known part finishes.
    """

    def __init__(self, folder: Path, name: str, kind: type[P], identity: str, say: Callable[[str], None],
                 finished: Callable[[int], None]) -> None:
        self._folder, self._name, self._kind, self._identity = folder, name, kind, identity
        self._say, self._finished = say, finished
        self._next = 1

    def read(self) -> list[P]:
        """Return all whole parts, in the order of their writing; damaged ones are taken away.

        Raises:
            InputError: a part of another run.
        """
        found: list[P] = []
        seen: set[str] = set()
        for path in sorted(self._folder.glob(f"{self._name}-*.part")):
            match = NAME.fullmatch(path.name)
            if match is None:
                continue  # refused by `check_names`
            self._next = max(self._next, int(match["number"]) + 1)
            part = self._read_one(path)
            if part is None:
                self._drop(path, "is damaged")
            elif seen.intersection(part.tasks):
                self._drop(path, "repeats tasks of another part")
            else:
                seen.update(part.tasks)
                found.append(part)
        self._finished(len(seen))
        return found

    def _drop(self, path: Path, why: str) -> None:
        self._say(f"{path} {why}: what it held and no other part holds is played again")
        path.unlink()

    def _read_one(self, path: Path) -> P | None:
        """Return a part, None where it is damaged."""
        content = _content(path, self._identity)
        try:
            return None if content is None else unpack(self._kind, content, self._name)
        except Unreadable:
            return None

    def write(self, part: P) -> None:
        """Write one part.

        Raises:
            OSError: it cannot be written; nothing is left of it.
        """
        content = pack(part, self._name)
        identity = self._identity.encode()
        write_whole(self._folder / f"{self._name}-{self._next:06d}.part",
                    b" ".join((MAGIC, identity, _checksum(identity, content))) + b"\n" + content)
        self._next += 1
        self._finished(len(part.tasks))


def _content(path: Path, identity: str) -> bytes | None:
    """Return what a part holds, None where it is damaged.

    Raises:
        InputError: it is whole, and of another run.
    """
    head, _, content = path.read_bytes().partition(b"\n")
    words = head.split(b" ")
    if len(words) != 3 or words[0] != MAGIC or words[2] != _checksum(words[1], content):
        return None
    if words[1] != identity.encode():
        raise InputError(str(path), "a part of another run", "parts of this run only",
                         "Somebody put it there: move it away, and run the same command again.")
    return content


def check_owner(folder: Path, identity: str) -> None:
    """Refuse parts of another run, where nothing but the parts says whose they are.

    Raises:
        InputError: naming the first.
    """
    for path in sorted(folder.glob("*.part")):
        _content(path, identity)


def _checksum(identity: bytes, content: bytes) -> bytes:
    return hashlib.blake2b(identity + content, digest_size=16).hexdigest().encode()


def check_names(folder: Path) -> None:
    """Refuse files among the parts that are none, and take away what a process that died was writing.

    Raises:
        InputErrors: every foreign file.
    """
    foreign = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") and path.name.endswith(PARTIAL):
            path.unlink()
        elif NAME.fullmatch(path.name) is None or not path.is_file():
            foreign.append(InputError(str(path), "a file that is no part of a run", "parts of this run only",
                                      "Somebody put it there: move it away, and run the same command again."))
    if foreign:
        raise InputErrors(foreign)


def remove_parts(folder: Path) -> None:
    """Take the parts away, and nothing else."""
    for path in folder.glob("*.part"):
        if NAME.fullmatch(path.name):
            path.unlink()
