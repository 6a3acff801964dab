"""How rules and desks are compiled: one decorator, and a cache that can't go stale.

numba's own cache looks at the file of a function only: an edit to a rule in another file would leave a stale kernel,
which is a wrong result. So the cache folder's name is a hash of the whole package source and of numba's version.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

PACKAGE = Path(__file__).resolve().parent
CACHE_VARIABLE = "DUECOURSE_CACHE"

F = TypeVar("F", bound=Callable[..., Any])

Word = int | np.uint64
"""64 bits: a hash, a seed or a counter. Plain Python hands them on as either; compiled code makes them uint64."""

WITHOUT_KERNELS = ("spec", "portfolio", "strategies")
"""Subpackages that no compiled code imports from (an import contract holds that): their edits need no new kernels."""


def source_hash() -> str:
    """Return a short hash of every source file that a compiled kernel may depend on."""
    digest = hashlib.blake2b(digest_size=10)
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] in WITHOUT_KERNELS:
            continue
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cache_directory() -> Path:
    """Return the folder for compiled kernels of exactly this source, in the user's cache.

    `DUECOURSE_CACHE` moves it. A home that cannot be written falls back to the system's temporary folder.
    """
    import numba  # noqa: PLC0415 - heavy: only when something is compiled

    root = os.environ.get(CACHE_VARIABLE) or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    base = Path(root) / "duecourse"
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        base = Path(tempfile.gettempdir()) / f"duecourse-{os.getuid()}"
        base.mkdir(parents=True, exist_ok=True)
    return base / f"kernels-{source_hash()}-numba{numba.__version__}"


_ready = False


def _prepare() -> None:
    """Point numba's cache at our folder, once per process."""
    global _ready  # noqa: PLW0603 - numba's configuration is a process global
    if not _ready:
        import numba  # noqa: PLC0415

        numba.config.CACHE_DIR = str(cache_directory())  # type: ignore[attr-defined]
        _ready = True


def rule(function: F) -> F:
    """Compile a behaviour rule or kernel. No fastmath: results are the same on every machine.

    The plain Python function stays reachable as `.py_func`.
    """
    _prepare()
    import numba  # noqa: PLC0415

    return cast(F, numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(function))
