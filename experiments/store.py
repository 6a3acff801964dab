"""A comparison's result in a file: numbers in an npz archive, the rest as JSON in it. No pickles: nothing in it can run."""

from __future__ import annotations

import dataclasses
import json
import types
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from experiments.results import CompareResult
from sim import InputError

NAME = "result.npz"
SCHEMA = "duecourse/result/1"


def write_result(result: CompareResult, folder: Path) -> None:
    """Write result.npz into a run folder."""
    arrays: dict[str, NDArray[Any]] = {}
    document = _to_data(result, arrays)
    text = json.dumps({"schema": SCHEMA, "result": document}, ensure_ascii=False)
    arrays["json"] = np.frombuffer(text.encode(), dtype=np.uint8)
    np.savez_compressed(folder / NAME, **arrays)  # type: ignore[arg-type]


def read_result(folder: Path) -> CompareResult:
    """Read a run folder's result.

    Raises:
        InputError: no result there, or one of another version.
    """
    path = folder / NAME
    if not path.is_file():
        raise InputError(str(folder), "no result.npz", "a run folder that `duecourse compare` or `run` made",
                         "Check the path.")
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        document = json.loads(arrays.pop("json").tobytes().decode())
        if document.get("schema") != SCHEMA:
            raise InputError(str(path), f"schema {document.get('schema')}", f"schema {SCHEMA}",
                             "Repeat the run with this version: duecourse rerun.")
        result: CompareResult = _from_data(CompareResult, document["result"], arrays)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise InputError(str(path), f"a file that cannot be read ({type(error).__name__}: {error})",
                         f"{NAME} as `duecourse` wrote it", "Repeat the run: duecourse rerun.") from None
    return result


def _to_data(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return JSON-like data; arrays go aside and leave their number behind."""
    if isinstance(value, np.ndarray):
        arrays[f"a{len(arrays)}"] = value
        return {"array": f"a{len(arrays) - 1}"}
    if dataclasses.is_dataclass(value):
        return {f.name: _to_data(getattr(value, f.name), arrays) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _to_data(item, arrays) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_data(item, arrays) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _from_data(kind: Any, value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    """Build a value of a type from JSON-like data."""
    if isinstance(value, dict) and set(value) == {"array"}:
        return arrays[value["array"]]
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: _from_data(hints[name], item, arrays) for name, item in value.items()})
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        classes = [one for one in arguments if dataclasses.is_dataclass(one)]
        return _from_data(classes[0], value, arrays) if classes and isinstance(value, dict) else value
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _from_data(arguments[1], item, arrays) for key, item in value.items()}
    if origin is tuple:
        repeated = len(arguments) == 2 and arguments[1] is Ellipsis
        return tuple(_from_data(arguments[0] if repeated else arguments[n], item, arrays) for n, item in enumerate(value))
    return value
