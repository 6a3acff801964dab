"""The run folder: everything a run leaves behind, written whole, never over another run, and nothing lost on the way.

An unfinished run's folder holds

    unfinished.json    what it is and how far it has come (`experiments.unfinished`)
    unfinished.lock    held by the process that writes here; the system lets go of it when that process ends
    parts/             finished tasks (`experiments.parts`)
    draft/             the files of the finished run while they are being written

At the end the files move from draft/ to the folder, manifest.json last, and then unfinished.json goes: whatever moment a
process dies at, the folder is either finished, or says that it is not and `--resume` finishes it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar

from experiments.durable import PARTIAL, FolderLock, sync_folder
from experiments.parts import FOLDER as PARTS
from experiments.parts import Part, Parts, check_names, check_owner, remove_parts
from experiments.results import CompareResult
from experiments.unfinished import UNFINISHED, RunRecord, check_same, going_on, now, read_record, refuse_unfinished, write_record
from sim import InputError, InputErrors, Loaded, RunFailed

MANIFEST = "manifest.json"
SCHEMA = "duecourse/manifest/1"
LOCK = "unfinished.lock"
DRAFT = "draft"
OURS = frozenset({UNFINISHED, LOCK, PARTS, DRAFT})
FILES = frozenset({MANIFEST, "summary.csv", "accounts.parquet", "daily.parquet", "events.parquet", "report.html", "report.xlsx",
                   "result.npz", "ensemble.json", "diagnosis.json", "diagnosis.csv", "diagnosis.txt",
                   "sweep.json", "sweep.csv", "sweep.npz", "sensitivity.json", "sensitivity.csv", "sensitivity.npz"})
"""What a finished folder may hold: in an unfinished one they are from a process that died while it moved them there."""
P = TypeVar("P", bound=Part)


def free_folder(wanted: Path | None, name: str) -> Path:
    """Return the path that a run folder could have now; nothing is made.

    Args:
        wanted: as the user said with --out; None: runs/<name>-<time>.
        name: the scenario's name.

    Raises:
        InputError: the folder exists and holds something, or cannot be looked at.
    """
    if wanted is None:
        stamp = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%SZ")
        base = Path("runs") / f"{_safe(name)}-{stamp}"
        choices = (base if number == 1 else base.with_name(f"{base.name}-{number}") for number in count(1))
        return next(path for path in choices if not path.exists())
    if _names(wanted) - {LOCK}:  # a lock alone is from a process that died before it began
        unfinished = (wanted / UNFINISHED).is_file()
        raise InputError("--out", f"{wanted}, which holds an unfinished run" if unfinished else str(wanted),
                         "a folder that does not exist yet, or an empty one",
                         "A run is never written over another: go on with it by --resume, or name a new folder." if unfinished
                         else "A run is never written over another: name a new folder.")
    return wanted


def resumable_folder(wanted: Path | None) -> Path:
    """Return the folder that --resume goes on with; nothing is changed.

    Raises:
        InputError: no folder was named, or it holds something else than a run.
    """
    if wanted is None:
        raise InputError("--resume", "no --out", "the run folder to go on with, by --out DIR",
                         "Name it; runs that are given no --out stand in runs/.")
    there = {name for name in _names(wanted) if not name.endswith(PARTIAL)}
    if there - OURS and not there & {UNFINISHED, MANIFEST}:
        raise InputError("--resume", str(wanted), "the folder of an unfinished run, or one that is empty or not there yet",
                         "There is no run in this folder: name the right one.")
    return wanted


def _names(folder: Path) -> set[str]:
    """Return what is in a folder; nothing where it is not there.

    Raises:
        InputError: it is no folder, or cannot be looked at.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise InputError("--out", f"{folder}, which is a file", "a folder that does not exist yet, or an empty one",
                             "A run is never written over another: name a new folder.")
        return {item.name for item in folder.iterdir()} if folder.exists() else set()
    except OSError as error:
        raise _no_folder(folder, error) from None


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)[:60] or "run"


def _no_folder(path: Path, error: OSError) -> InputError:
    return InputError("--out", f"{path}, which cannot be made ({error.strerror})", "a folder that you may write to",
                      "Check the path and its permissions, or name another folder.")


class RunFolder:
    """A run folder while it is being written, as a context: entered before the run, so that nothing is lost after it.

    When something fails, Ctrl-C included, finished tasks are kept, and a note on the exception says how to go on; where no
    task was finished, what was made is taken away again.

    Attributes:
        path: the folder.
        draft: where the files of the finished run are to be written.
        finished: with `resume`: the run was finished before; there is nothing to do, and nothing is changed.
        resumed: whether it goes on with an unfinished run.
        command: the one that started the run.
    """

    def __init__(self, wanted: Path | None, name: str, record: RunRecord, *, resume: bool = False,
                 say: Callable[[str], None] = lambda _: None) -> None:
        """Take `wanted` (--out) or, if None, make a name under runs/ from the scenario's; `resume` goes on with what is there."""
        self.path = self.draft = Path()
        self.finished = self.resumed = False
        self.command = record.command
        self._wanted, self._name, self._record, self._resume, self._say = wanted, name, record, resume, say
        self._made: list[Path] = []
        self._theirs: set[str] = set()
        self._done = 0

    def __enter__(self) -> Self:
        """Take the folder and look at what is there.

        Raises:
            InputError: it holds something, other inputs' run or foreign files; another process writes to it; it cannot be made.
        """
        self.path = resumable_folder(self._wanted) if self._resume else free_folder(self._wanted, self._name)
        self.draft = self.path / DRAFT
        self._lock = FolderLock(self.path / LOCK)
        try:
            self._make(self.path)
            if not self._lock.take():
                raise InputError("--out", f"{self.path}, which process {self._lock.holder()} is writing to",
                                 "a folder that no other run is writing to", "Wait for it, or name another folder.")
            self._open()
        except FileExistsError:  # somebody took the same name in this moment
            if self._wanted is None:
                return self.__enter__()
            raise InputError("--out", str(self.path), "a folder that no other run is writing to",
                             "Name another folder.") from None
        except OSError as error:
            self._leave(kept=False)
            raise _no_folder(self.path, error) from None
        except BaseException:
            self._leave(kept=not self._made)
            raise
        return self

    def _make(self, path: Path) -> None:
        """Make a folder with its parents, remembering which are new; one that was asked for is taken as it is."""
        for parent in [*reversed(path.parents)]:
            if not parent.exists():
                parent.mkdir(exist_ok=True)
                self._made.append(parent)
        if not (path == self._wanted and path.is_dir()):
            path.mkdir()
            self._made.append(path)

    def _open(self) -> None:
        """Go on with what the folder holds, or begin, now that nobody else can."""
        names = _names(self.path)
        for name in [name for name in names if self._resume and name.endswith(PARTIAL)]:
            (self.path / name).unlink()  # from a process that died while it wrote it
            names.remove(name)
        if self._resume and MANIFEST in names and UNFINISHED not in names:
            self._check_finished()
            self.finished = True
            return
        self.resumed = self._resume and bool(names & {UNFINISHED, PARTS})
        if self.resumed:
            self._check_resumed(names)
        elif names - {LOCK}:
            raise InputError("--out", str(self.path), "a folder that no other run is writing to", "Name another folder.")
        elif self._resume:
            self._say(f"there is no run in {self.path} yet: it starts from the beginning")
        self._theirs = names & FILES
        shutil.rmtree(self.draft, ignore_errors=True)
        self.draft.mkdir(exist_ok=True)
        (self.path / PARTS).mkdir(exist_ok=True)
        if not self.resumed or read_record(self.path) is None:
            write_record(self.path, self._record, 0)

    def _check_resumed(self, names: set[str]) -> None:
        """Refuse other inputs and foreign files; say what is damaged.

        Raises:
            InputError: as said.
        """
        there = read_record(self.path)
        if there is not None:
            check_same(self.path, there, self._record)
            self._record, self.command = replace(self._record, command=there.command), there.command
        else:
            self._say(f"{self.path / UNFINISHED} is {'damaged' if UNFINISHED in names else 'missing'}: it is written anew, and "
                      "parts tell by themselves whose they are")
        foreign = sorted(names - OURS - FILES)
        if foreign:
            raise InputErrors([InputError(str(self.path / name), "a file that is no part of a run", "a run's files only",
                                          "Somebody put it there: move it away, and run the same command again.")
                               for name in foreign])
        if PARTS in names:
            check_names(self.path / PARTS)
            if there is None:  # before it is written anew, for this run
                check_owner(self.path / PARTS, self._record.identity)

    def _check_finished(self) -> None:
        """Refuse a finished run of other inputs, and sweep what a process that died at the very end left.

        Raises:
            InputError: it is of other inputs.
        """
        try:
            document = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            document = {}
        if document.get("identity") != self._record.identity:
            raise InputError(f"--resume {self.path}", "a finished run of other inputs or another version",
                             "what that run was started with", "Name another folder.")
        self.command = document["command"]
        self._sweep()

    @property
    def identity(self) -> str:
        """Of the run's inputs and code."""
        return self._record.identity

    def parts(self, name: str, kind: type[P]) -> Parts[P]:
        """Return the parts of one kind."""
        return Parts(self.path / PARTS, name, kind, self._record.identity, self._say, self._note)

    def _note(self, tasks: int) -> None:
        self._done += tasks
        if tasks:
            write_record(self.path, self._record, self._done)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Finish the folder; where something failed, keep what was finished, or take everything away where nothing was.

        Raises:
            RunFailed: somebody put files of a run there meanwhile; the results are complete in draft/.
        """
        if self.finished:
            self._leave(kept=True)
            return
        if error is None:
            try:
                self._publish()
            except BaseException as fault:
                fault.add_note(self._sentence())
                self._lock.release()
                raise
            return
        nothing = self._done == 0 or isinstance(error, InputError)
        kept = self.resumed or not nothing
        if kept:
            shutil.rmtree(self.draft, ignore_errors=True)
            error.add_note(self._sentence())
        self._leave(kept=kept)

    def _sentence(self) -> str:
        return (f"{self._done} of {self._record.tasks} {self._record.unit} are kept in {self.path}; to go on: "
                f"{going_on(self.command, self.path)}")

    def _publish(self) -> None:
        """Move the draft's files to the folder, the manifest last."""
        theirs = [name for name in sorted(_names(self.path) & FILES) if name not in self._theirs]
        if theirs:
            raise RunFailed(f"{self.path / theirs[0]} was put there by somebody else: the results are complete in {self.draft}. "
                            "Move that file away.")
        for name in sorted(_names(self.draft), key=lambda name: name == MANIFEST):
            (self.draft / name).replace(self.path / name)
        sync_folder(self.path)
        (self.path / UNFINISHED).unlink()
        self._sweep()
        self._lock.release()

    def _sweep(self) -> None:
        if (self.path / PARTS).is_dir():
            remove_parts(self.path / PARTS)
        for folder in (self.draft, self.path / PARTS):
            with suppress(OSError):  # not there, or not empty: somebody else's by now
                folder.rmdir()

    def _leave(self, *, kept: bool) -> None:
        """Let go of the folder; where nothing is kept, take away what was made."""
        if not kept and self._lock.held:
            shutil.rmtree(self.draft, ignore_errors=True)
            if (self.path / PARTS).is_dir():
                remove_parts(self.path / PARTS)
                with suppress(OSError):
                    (self.path / PARTS).rmdir()
            (self.path / UNFINISHED).unlink(missing_ok=True)
        self._lock.release()
        if not kept:
            for path in reversed(self._made):
                with suppress(OSError):  # not empty: somebody else's by now
                    path.rmdir()


def write_manifest(folder: Path, loaded: Loaded, result: CompareResult, environment: Mapping[str, Any],
                   timing_s: float | None, identity: str = "") -> None:
    """Write manifest.json: what the run was made from and what came out, by digest.

    Args:
        folder: where.
        loaded: what was run.
        result: what came out.
        environment: of software and machine.
        timing_s: how long it took; None where nobody knows, as after a resumed run.
        identity: of its inputs and code, by which `--resume` knows it again.
    """
    source = loaded.portfolio.source
    document = {
        "schema": SCHEMA, "command": result.command, "created": now(),
        **environment, "engine": result.engine, "replications": result.replications,
        "seeds": loaded.scenario.seeds.model_dump(), "redrawn_per_replication": list(result.redrawn),
        "portfolio": {"path": source.path, "sha256": source.sha256, "rows_read": source.rows_read, "mapping": source.mapping,
                      "accounts": result.accounts, "borrowers": result.borrowers, "assumptions": list(source.assumptions),
                      "excluded": [{"rule": rule, "accounts": accounts, "balance_minor": balance}
                                   for rule, accounts, balance in result.exclusions]},
        "digests": {strategy.name: strategy.digest for strategy in result.strategies},
        "wall_time_s": None if timing_s is None else round(timing_s, 2),
        "inputs": loaded.snapshot()}
    if identity:
        document["identity"] = identity
    (folder / MANIFEST).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def manifest_file(path: Path) -> Path:
    """Return the manifest of a run folder, or the path itself where it is no folder."""
    return path / MANIFEST if path.is_dir() else path


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest, or the one of a run folder.

    Raises:
        InputError: no such file, or not a manifest of this version.
    """
    file = manifest_file(path)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        refuse_unfinished(path)
        raise InputError(str(path), "no manifest.json", "a run folder or its manifest.json",
                         "Check the path.") from None
    except (OSError, ValueError) as error:
        raise InputError(str(file), f"a file that cannot be read ({error})", "a manifest.json as `duecourse` wrote it",
                         "Take the run folder's own file, unchanged.") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(str(file), f"schema {document.get('schema') if isinstance(document, dict) else 'none'}",
                         f"schema {SCHEMA}", "Take the manifest.json of a run folder.")
    return document


def with_folder(result: CompareResult, path: Path) -> CompareResult:
    """Return the result with its run folder filled in."""
    return replace(result, run_dir=str(path))
