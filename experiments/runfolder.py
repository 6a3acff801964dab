"""The run folder: everything a run leaves behind, written whole and never over another run."""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.compare import Collected
from experiments.results import CompareResult
from sim import InputError, Loaded, RunFailed

MANIFEST = "manifest.json"
SCHEMA = "duecourse/manifest/1"


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
    try:
        taken = wanted.exists() and (not wanted.is_dir() or any(wanted.iterdir()))
    except OSError as error:
        raise _no_folder(wanted, error) from None
    if taken:
        raise InputError("--out", str(wanted), "a folder that does not exist yet, or an empty one",
                         "A run is never written over another: name a new folder.")
    return wanted


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)[:60] or "run"


def _no_folder(path: Path, error: OSError) -> InputError:
    return InputError("--out", f"{path}, which cannot be made ({error.strerror})", "a folder that you may write to",
                      "Check the path and its permissions, or name another folder.")


class RunFolder:
    """A run folder while it is being written, as a context: entered before the run, so that nothing is lost after it.

    The name is taken at once (an empty folder), so that two runs that start together do not meet in one. Files go to a
    hidden neighbour, `draft`, which takes the name at the end. When anything fails, Ctrl-C included, what was made is
    taken away again.
    """

    def __init__(self, wanted: Path | None, name: str) -> None:
        """Take `wanted` (--out) or, if None, make a name under runs/ from the scenario's."""
        self.path = self.draft = Path()
        self._wanted, self._name = wanted, name
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        """Take the name and make the draft folder.

        Raises:
            InputError: the folder exists and holds something, or cannot be made.
        """
        self.path = free_folder(self._wanted, self._name)
        try:
            self._make(self.path)
            self.draft = self.path.parent / f".{self.path.name}.unfinished-{os.getpid()}"
            self._make(self.draft)
        except FileExistsError:  # somebody took the same name in this moment
            self._take_away()
            if self._wanted is None:
                return self.__enter__()
            raise InputError("--out", str(self.path), "a folder that no other run is writing to",
                             "Name another folder.") from None
        except OSError as error:
            self._take_away()
            raise _no_folder(self.path, error) from None
        return self

    def _make(self, path: Path) -> None:
        """Make a folder with its parents, remembering which are new; an empty one that was asked for is taken as it is."""
        for parent in [*reversed(path.parents)]:
            if not parent.exists():
                parent.mkdir(exist_ok=True)
                self._made.append(parent)
        if not (path == self._wanted and path.is_dir()):
            path.mkdir()
            self._made.append(path)

    def _take_away(self) -> None:
        if self.draft != Path():
            shutil.rmtree(self.draft, ignore_errors=True)
        for path in reversed(self._made):
            with suppress(OSError):  # not empty: somebody else's by now
                path.rmdir()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Give the draft its name, or take everything away when something failed.

        Raises:
            RunFailed: somebody filled the folder meanwhile; the draft stays.
        """
        if kind is not None:
            self._take_away()
            return
        try:
            self.path.rmdir()
            self.draft.rename(self.path)
        except OSError as fault:
            raise RunFailed(f"{self.path} cannot be written ({fault.strerror}): the results are complete in "
                            f"{self.draft}. Rename that folder.") from None


def write_manifest(folder: Path, loaded: Loaded, result: CompareResult, environment: Mapping[str, Any],
                   timing_s: float) -> None:
    """Write manifest.json: what the run was made from and what came out, by digest."""
    source = loaded.portfolio.source
    document = {
        "schema": SCHEMA, "command": result.command, "created": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        **environment, "engine": result.engine, "replications": result.replications,
        "seeds": loaded.scenario.seeds.model_dump(), "redrawn_per_replication": list(result.redrawn),
        "portfolio": {"path": source.path, "sha256": source.sha256, "rows_read": source.rows_read, "mapping": source.mapping,
                      "accounts": result.accounts, "borrowers": result.borrowers, "assumptions": list(source.assumptions),
                      "excluded": [{"rule": rule, "accounts": accounts, "balance_minor": balance}
                                   for rule, accounts, balance in result.exclusions]},
        "digests": {strategy.name: strategy.digest for strategy in result.strategies}, "wall_time_s": round(timing_s, 2),
        "inputs": loaded.snapshot()}
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
        raise InputError(str(path), "no manifest.json", "a run folder or its manifest.json",
                         "Check the path.") from None
    except (OSError, ValueError) as error:
        raise InputError(str(file), f"a file that cannot be read ({error})", "a manifest.json as `duecourse` wrote it",
                         "Take the run folder's own file, unchanged.") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(str(file), f"schema {document.get('schema') if isinstance(document, dict) else 'none'}",
                         f"schema {SCHEMA}", "Take the manifest.json of a run folder.")
    return document


def write_tables(folder: Path, loaded: Loaded, result: CompareResult, found: Mapping[str, Collected]) -> None:
    """Write summary.csv, daily.parquet and accounts.parquet."""
    _write_summary(folder / "summary.csv", result)
    pq.write_table(_daily(result), folder / "daily.parquet")
    pq.write_table(_accounts(loaded, result, found), folder / "accounts.parquet")


def _cell(value: float) -> str:
    return "" if math.isnan(value) else repr(round(value, 10))


def _write_summary(path: Path, result: CompareResult) -> None:
    """One row a strategy and metric, then one a contrast and metric; money in minor units."""
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["strategy", "against", "metric", "unit", "denominator", "estimate", "se", "ci95_low", "ci95_high"])
        for strategy in result.strategies:
            for name, value in strategy.metrics.items():
                info = result.metrics[name]
                writer.writerow([_text(strategy.name), "", name, info.unit, info.denominator, _cell(value.mean),
                                 _cell(value.se), "", ""])
        for contrast in result.contrasts:
            for name, delta in contrast.metrics.items():
                info = result.metrics[name]
                writer.writerow([_text(contrast.strategy), _text(contrast.against), name, info.unit, info.denominator,
                                 _cell(delta.estimate), _cell(delta.se), _cell(delta.low), _cell(delta.high)])


def _text(name: str) -> str:
    """A text that a spreadsheet would take for a formula is marked as text."""
    return f"'{name}" if name[:1] in {"=", "+", "-", "@"} else name


def _daily(result: CompareResult) -> pa.Table:
    """Return one row a strategy, replication and day."""
    parts = []
    for strategy in result.strategies:
        replications, days = strategy.daily["recovery_minor"].shape
        columns: dict[str, Any] = {
            "strategy": pa.array([strategy.name] * (replications * days), pa.string()),
            "replication": np.repeat(np.arange(replications, dtype=np.int32), days),
            "day": np.tile(np.arange(1, days + 1, dtype=np.int32), replications)}
        columns |= {name: series.reshape(-1) for name, series in strategy.daily.items()}
        parts.append(pa.table(columns))
    return pa.concat_tables(parts, promote_options="default")


def _accounts(loaded: Loaded, result: CompareResult, found: Mapping[str, Collected]) -> pa.Table:
    """Return one row a strategy and account: means over replications."""
    portfolio = loaded.portfolio
    parts = []
    for strategy in result.strategies:
        columns: dict[str, Any] = {"strategy": pa.array([strategy.name] * portfolio.accounts, pa.string()),
                                   "account_id": pa.array([str(a) for a in portfolio.account_id], pa.string()),
                                   "entry_minor": portfolio.balance_minor, "dpd": portfolio.dpd}
        columns |= {f"mean_{name}": total / result.replications for name, total in found[strategy.name].accounts.items()}
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def with_folder(result: CompareResult, path: Path) -> CompareResult:
    """Return the result with its run folder filled in."""
    return replace(result, run_dir=str(path))
