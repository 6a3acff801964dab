"""The frozen runs: `run.json`, `mechanisms.json` are manifests with all their inputs, made from `tiny.yaml`, `mechanisms.yaml`.

    python -m tests.golden.digests                 # after TRAJECTORY_VERSION was raised
    python -m tests.golden.digests --unreleased    # while no release has this version yet

writes both anew.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from experiments.compare import collect, summarise
from experiments.pools import Workers
from experiments.runfolder import write_manifest
from sim import Engine, Loaded, Options, load
from sim.provenance import TRAJECTORY_VERSION, environment

FOLDER = Path(__file__).resolve().parent
SOURCES = {FOLDER / "run.json": FOLDER / "tiny.yaml", FOLDER / "mechanisms.json": FOLDER / "mechanisms.yaml"}
"""Record -> the scenario that it was made from: the defaults, and everything that scenarios can switch on."""
RECORD = FOLDER / "run.json"
VOLATILE = ("command", "created", "platform", "python", "packages", "wall_time_s", "engine")
"""What a manifest says of the machine and the day, which is not frozen."""


def digests_of(loaded: Loaded, engine: Engine = "compiled") -> dict[str, str]:
    """Return strategy -> digest, played here."""
    result = summarise(loaded, collect(loaded, engine, Workers(), lambda _: None), engine)
    return {strategy.name: strategy.digest for strategy in result.strategies}


def record(source: Path) -> dict[str, Any]:
    """Return the record of a scenario as this source plays it."""
    loaded = load(source, Options())
    result = summarise(loaded, collect(loaded, "compiled", Workers(), lambda _: None), "compiled")
    with tempfile.TemporaryDirectory() as folder:
        write_manifest(Path(folder), loaded, result, environment(), 0.0)
        manifest: dict[str, Any] = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))
    return {key: value for key, value in manifest.items() if key not in VOLATILE}


def write(path: Path, *, unreleased: bool) -> None:
    """Write a record; trajectories that changed under the same version are refused."""
    new = record(SOURCES[path])
    if path.exists() and not unreleased:
        old = json.loads(path.read_text(encoding="utf-8"))
        if old["trajectory_version"] == new["trajectory_version"] and old["digests"] != new["digests"]:
            sys.exit(f"Trajectories changed, but TRAJECTORY_VERSION is still {TRAJECTORY_VERSION}. Raise it first: old "
                     "manifests would be repeated to other digests.")
    path.write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for name in SOURCES:
        write(name, unreleased="--unreleased" in sys.argv[1:])
