"""Files that survive: written whole or not at all, and a folder that one process at a time writes to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PARTIAL = ".partial"
"""Ending of a file that is being written; one that is left over is from a process that died, and worth nothing."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that, whatever happens, it is there whole or not there (or as it was before).

    Raises:
        OSError: the disk is full, or the folder cannot be written; nothing is left of the attempt.
    """
    partial = path.with_name(f".{path.name}{PARTIAL}")
    try:
        with partial.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """See to it that a folder's new names outlive the machine's power, where the system can do that."""
    if sys.platform != "win32":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


class FolderLock:
    """A lock file held open. The system lets go of it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number: int | None = None

    def take(self) -> bool:
        """Take the lock; False where another process has it.

        Raises:
            OSError: the file cannot be made.
        """
        while True:
            number = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            if not _lock(number):
                os.close(number)
                return False
            # Whoever held it before may have removed the file between our opening and our locking it.
            if self.path.exists() and os.path.samestat(os.fstat(number), self.path.stat()):
                self._number = number
                os.truncate(self.path, 0)
                os.write(number, f"{os.getpid()}\n".encode())
                return True
            os.close(number)

    @property
    def held(self) -> bool:
        """Whether this process has it."""
        return self._number is not None

    def holder(self) -> str:
        """Return the number of the process that holds the lock, as far as it is known."""
        try:
            return self.path.read_text(encoding="ascii").strip() or "unknown"
        except (OSError, ValueError):
            return "unknown"

    def release(self) -> None:
        """Remove the file and let go."""
        if self._number is not None:
            self.path.unlink(missing_ok=True)
            os.close(self._number)
            self._number = None


def _lock(number: int) -> bool:
    """Lock an open file without waiting."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - not everywhere

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not everywhere

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
