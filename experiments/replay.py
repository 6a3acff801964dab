"""Worlds played again from a manifest: for rerun, timeline and diff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.runfolder import manifest_file, read_manifest
from sim import InputError, Loaded, from_snapshot
from sim.provenance import TRAJECTORY_VERSION


def loaded_from(manifest: Path, portfolio: Path | None) -> tuple[Loaded, dict[str, Any]]:
    """Return what a run ran, and its manifest.

    Args:
        manifest: a run folder or its manifest.json.
        portfolio: where a real portfolio's file is now; None: where it was.

    Raises:
        InputError: not a manifest, another trajectory version, or a portfolio whose bytes are not those of the run.
    """
    document = read_manifest(manifest)
    if document["trajectory_version"] != TRAJECTORY_VERSION:
        raise InputError(str(manifest), f"trajectory version {document['trajectory_version']}",
                         f"version {TRAJECTORY_VERSION}, which this release plays",
                         f"Install duecourse {document['duecourse']} to repeat it.")
    loaded = from_snapshot(document["inputs"], portfolio, manifest_file(manifest))
    recorded, found = document["portfolio"]["sha256"], loaded.portfolio.source.sha256
    if recorded != found:
        raise InputError("--portfolio", f"a file with sha256 {found[:16]}...", f"the run's file, sha256 {recorded[:16]}...",
                         "The file has changed since the run, or it is another one.")
    return loaded, document
