"""What a run was made from: enough to make it again."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

TRAJECTORY_VERSION = 2
"""Raised with every change that alters trajectories: equal versions, seeds and inputs give equal digests."""

PACKAGES = ("numpy", "numba", "simpy", "pydantic", "pyarrow", "holidays", "tzdata")


def package_version() -> str:
    """Return the installed version of Duecourse."""
    try:
        return version("duecourse")
    except PackageNotFoundError:
        return "0+source"


def document_digest(document: Any) -> str:
    """Return a digest of JSON-like data, independent of the order of keys."""
    text = json.dumps(document, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def environment() -> dict[str, Any]:
    """Return what software and machine a run used. Digests do not depend on it; questions about them may."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return {"duecourse": package_version(), "trajectory_version": TRAJECTORY_VERSION, "python": sys.version.split()[0],
            "platform": platform.platform(), "packages": found}


def command_line(arguments: Sequence[str]) -> str:
    """Return the exact command, quoted for a shell."""
    import shlex  # noqa: PLC0415 - only here

    return shlex.join(["duecourse", *arguments])


def snapshot(scenario: Mapping[str, Any], strategies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the scenario and its strategies as data, with a digest."""
    document = {"scenario": dict(scenario), "strategies": [dict(strategy) for strategy in strategies]}
    return document | {"digest": document_digest(document)}
