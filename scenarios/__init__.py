"""Scenarios, strategies, rule packs, experiments and portfolio specs as data, and their loader.

The folder holds YAML only; this module is the one piece of code in it.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

SUFFIX = ".yaml"


def resource(name: str) -> Traversable:
    """Return the packaged data file `name`, such as "rulepacks/us.reg_f.yaml".

    Args:
        name: path below this package with forward slashes; it may not leave the package.

    Raises:
        ValueError: `name` is absolute or has a ".." part.
        FileNotFoundError: there is no such file; the message lists what its folder holds.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{name!r} is not a path inside the package `scenarios`")
    found = files(__name__).joinpath(*path.parts)
    if not found.is_file():
        folder = "" if str(path.parent) == "." else str(path.parent)
        known = ", ".join(names(folder)) or "nothing"
        raise FileNotFoundError(f"no packaged file {name!r}; `scenarios/{folder}` holds {known}")
    return found


def read(name: str) -> str:
    """Return the text (UTF-8) of the packaged data file `name`; raises as `resource` does."""
    return resource(name).read_text(encoding="utf-8")


def names(folder: str = "") -> tuple[str, ...]:
    """Return the YAML files of one packaged folder ("" is the top), sorted, as names for `resource`."""
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{folder!r} is not a path inside the package `scenarios`")
    directory = files(__name__).joinpath(*path.parts)
    if not directory.is_dir():
        return ()
    found = [entry.name for entry in directory.iterdir() if entry.name.endswith(SUFFIX)]
    return tuple(str(path / name) for name in sorted(found))
