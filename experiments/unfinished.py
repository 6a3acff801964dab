"""What an unfinished run is, so that nobody finishes another one by mistake: its inputs, its code, how far it has come."""

from __future__ import annotations

import hashlib
import inspect
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import experiments
import scenarios
import sim
from experiments.durable import write_whole
from sim import Engine, InputError, Loaded
from sim.provenance import TRAJECTORY_VERSION, document_digest, package_version

UNFINISHED = "unfinished.json"
SCHEMA = "duecourse/unfinished/1"
SHOWN = 4
"""So many differences are named."""


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """Return what results to the bit may depend on beside the inputs: releases, and a hash of this source as it stands."""
    digest = hashlib.blake2b(digest_size=10)
    for package in (experiments, scenarios, sim):
        root = Path(str(package.__file__)).parent
        for path in sorted(path for path in root.rglob("*") if path.suffix in {".py", ".yaml"}):
            digest.update(f"{root.name}/{path.relative_to(root).as_posix()}\n".encode())
            digest.update(path.read_bytes())
    return {"duecourse": package_version(), "trajectory_version": str(TRAJECTORY_VERSION), "source": digest.hexdigest(),
            "numpy": version("numpy"), "numba": version("numba")}


def now() -> str:
    """Return the time, to the second."""
    return datetime.now(tz=UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run is made from.

    Attributes:
        command: as it was given, quoted for a shell, without --resume.
        facts: inputs and versions, JSON-like: runs with equal facts have equal results.
        tasks: how many there are to do.
        unit: what a task is called in messages, in the plural.
    """

    command: str
    facts: Mapping[str, Any]
    tasks: int
    unit: str = "worlds"

    @property
    def identity(self) -> str:
        """A digest of the facts."""
        return document_digest(self.facts)


def facts_of(loaded: Loaded, engine: Engine, question: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a run: what is loaded, the engine, what is asked, and the versions.

    Files count by their content, not by their place: a portfolio that was moved is the same portfolio.
    """
    taken = loaded.snapshot()
    scenario = dict(taken["scenario"])
    scenario["portfolio"] = {key: value for key, value in scenario["portfolio"].items() if key != "file"}
    scenario.pop("rulepacks", None)
    facts = {"question": dict(question), "engine": engine, "portfolio_sha256": loaded.portfolio.source.sha256,
             "scenario": scenario, "strategies": taken["strategies"], "strategy_files": _strategy_files(loaded),
             "rulepacks": [taken["rulepack_files"].get(name, name) for name in loaded.scenario.rulepacks],
             "versions": dict(versions())}
    plain: dict[str, Any] = json.loads(json.dumps(facts, default=str))
    return plain


def _strategy_files(loaded: Loaded) -> dict[str, str]:
    """Return a hash of the file of each strategy that is written in Python: it is no part of this source."""
    out = {}
    for strategy, source in zip(loaded.strategies, loaded.sources, strict=False):  # do_nothing, the last, has no source
        file = inspect.getsourcefile(type(strategy)) if isinstance(source, str) else None
        if file is not None:
            out[strategy.name] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return out


def write_record(folder: Path, record: RunRecord, done: int) -> None:
    """Write unfinished.json: what the folder holds and how far it has come."""
    document = {"schema": SCHEMA, "about": "An unfinished run: the same command with --resume finishes it.",
                "command": record.command, "noted": now(), "unit": record.unit,
                "tasks": record.tasks, "tasks_done": done, "identity": record.identity, "facts": record.facts}
    write_whole(folder / UNFINISHED, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())


def read_record(folder: Path) -> RunRecord | None:
    """Return what an unfinished folder says that it is; None where that cannot be read, or its facts are not its identity's."""
    try:
        document = json.loads((folder / UNFINISHED).read_text(encoding="utf-8"))
        record = RunRecord(document["command"], document["facts"], document["tasks"], document["unit"])
        return record if document["schema"] == SCHEMA and record.identity == document["identity"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check_same(folder: Path, there: RunRecord, here: RunRecord) -> None:
    """Refuse to finish a run with other inputs.

    Raises:
        InputError: naming the first differences.
    """
    if there.identity == here.identity:
        return
    found = list(differences(there.facts, here.facts))
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    raise InputError(f"--resume {folder}", "; ".join(found[:SHOWN]) + more,
                     "what that run was started with, to the letter", f"Start it as it was: {there.command} --resume. Or begin "
                     "anew in another folder.")


def differences(there: Any, here: Any, key: str = "") -> Iterator[str]:
    """Yield in words where two JSON-like values differ."""
    if isinstance(there, Mapping) or isinstance(here, Mapping):  # a group of keys that is not there is one without keys
        there, here = there or {}, here or {}
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for name in [*there, *(name for name in here if name not in there)]:
            yield from differences(there.get(name), here.get(name), f"{key}.{name}".removeprefix("."))
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        for place, (one, other) in enumerate(zip(there, here, strict=True)):
            yield from differences(one, other, f"{key}[{place}]")
    elif there != here:
        yield f"{key} {_short(here)} (there it is {_short(there)})"


def _short(value: Any) -> str:
    text = "absent" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."


def going_on(command: str, folder: Path) -> str:
    """Return the command that goes on with a run in a folder."""
    given = shlex.split(command)
    told = any(word == "--out" or word.startswith("--out=") for word in given)
    return shlex.join([*given, *([] if told else ["--out", str(folder)]), "--resume"])


def refuse_unfinished(folder: Path) -> None:
    """Say that a run is not finished, to whoever wants its results.

    Raises:
        InputError: it is not.
    """
    if (folder / UNFINISHED).is_file():
        record = read_record(folder)
        command = going_on(record.command, folder) if record else "the command that started it, with --resume"
        raise InputError(str(folder), "an unfinished run", "a finished one", f"Finish it: {command}")
