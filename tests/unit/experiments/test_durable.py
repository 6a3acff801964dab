"""Files whole or not at all, and one writer at a time."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.durable import FolderLock, write_whole

HOLD = """
import sys, time
from pathlib import Path
from experiments.durable import FolderLock
print(FolderLock(Path(sys.argv[1])).take() and "taken", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("place", ["os.fsync", "pathlib.Path.replace"])
def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, place: str) -> None:
    """The error comes through, the old content stays, and nothing half-written is left."""
    file = tmp_path / "a"
    write_whole(file, b"old")

    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(place, full)
    with pytest.raises(OSError, match=os.strerror(number)):
        write_whole(file, b"new")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert file.read_bytes() == b"old"
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    """Two locks in one process are as two processes; a released one leaves no file."""
    one, two = FolderLock(tmp_path / "lock"), FolderLock(tmp_path / "lock")
    assert one.take()
    assert not two.take()
    assert two.holder() == str(os.getpid())
    one.release()
    assert list(tmp_path.iterdir()) == []
    assert two.take()
    two.release()


def test_a_kill_releases_the_lock(tmp_path: Path) -> None:
    """SIGKILL: the file stays, the lock does not."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "lock"], stdout=subprocess.PIPE, text=True,
                          env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "taken\n"
        lock = FolderLock(tmp_path / "lock")
        assert not lock.take()
        assert lock.holder() == str(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (tmp_path / "lock").exists()
    assert lock.take()
    lock.release()
