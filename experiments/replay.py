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
    try:
        version, release = document["trajectory_version"], document["duecourse"]
        recorded, inputs = document["portfolio"]["sha256"], document["inputs"]
        _ = inputs["scenario"]["scenario"], inputs["strategies"][:], document["digests"].items()
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(str(manifest_file(manifest)), f"a manifest that lacks or misspells {error}",
                         "a manifest.json as `duecourse` wrote it", "Take the run folder's own file, unchanged.") from None
    if version != TRAJECTORY_VERSION:
        raise InputError(str(manifest), f"trajectory version {version}",
                         f"version {TRAJECTORY_VERSION}, which this release plays",
                         f"Install duecourse {release} to repeat it.")
    loaded = from_snapshot(inputs, portfolio, manifest_file(manifest))
    source = loaded.portfolio.source
    if recorded != source.sha256:
        raise InputError(source.path or "--portfolio", f"a file with sha256 {source.sha256[:16]}...",
                         f"the file that was run, sha256 {recorded[:16]}...",
                         "The file has changed since, or it is another one: name the right one with --portfolio.")
    return loaded, document
