"""Results in files: numbers in an npz archive, the rest as JSON in it. No pickles: nothing in it can run.

`pack` and `unpack` turn any of our frozen result classes into bytes and back; `result.npz` of a run folder and the parts of an
unfinished run have this form.
"""

from __future__ import annotations

import dataclasses
import io
import json
import types
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from experiments.results import CompareResult
from experiments.unfinished import refuse_unfinished
from sim import InputError

NAME = "result.npz"
SCHEMA = "duecourse/result/1"
R = TypeVar("R")


class Unreadable(Exception):
    """Bytes that `pack` did not write, or not for this schema."""


def pack(value: Any, schema: str) -> bytes:
    """Return a frozen dataclass as the bytes of an npz archive.

    Args:
        value: dataclasses, mappings with text keys, tuples, arrays, numbers, texts, None; nested as you like.
        schema: what it is, for whoever reads it.
    """
    arrays: dict[str, NDArray[Any]] = {}
    text = json.dumps({"schema": schema, "result": _to_data(value, arrays)}, ensure_ascii=False)
    arrays["json"] = np.frombuffer(text.encode(), dtype=np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def unpack(kind: type[R], content: bytes, schema: str) -> R:
    """Return what `pack` made bytes of.

    Raises:
        Unreadable: with a sentence on what they are instead.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        document = json.loads(arrays.pop("json").tobytes().decode())
        if document.get("schema") != schema:
            raise Unreadable(f"schema {document.get('schema')}")
        value: R = _from_data(kind, document["result"], arrays)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise Unreadable(f"a file that cannot be read ({type(error).__name__}: {error})") from None
    return value


def write_result(result: CompareResult, folder: Path) -> None:
    """Write result.npz into a run folder."""
    (folder / NAME).write_bytes(pack(result, SCHEMA))


def read_result(folder: Path) -> CompareResult:
    """Read a run folder's result.

    Raises:
        InputError: no result there, or one of another version.
    """
    path = folder / NAME
    if not path.is_file():
        refuse_unfinished(folder)
        raise InputError(str(folder), "no result.npz", "a run folder that `duecourse compare` or `run` made",
                         "Check the path.")
    try:
        return unpack(CompareResult, path.read_bytes(), SCHEMA)
    except OSError as error:
        raise InputError(str(path), f"a file that cannot be read ({error.strerror})", f"{NAME} as `duecourse` wrote it",
                         "Check its permissions.") from None
    except Unreadable as fault:
        raise InputError(str(path), str(fault), f"{NAME} as `duecourse` wrote it, schema {SCHEMA}",
                         "Repeat the run with this version: duecourse rerun.") from None


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
        return _from_one_of(arguments, value, arrays)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _from_data(arguments[1], item, arrays) for key, item in value.items()}
    if origin is tuple:
        repeated = len(arguments) == 2 and arguments[1] is Ellipsis
        return tuple(_from_data(arguments[0] if repeated else arguments[n], item, arrays) for n, item in enumerate(value))
    return value


def _from_one_of(kinds: tuple[Any, ...], value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    """Build a value of the one class among several that has its fields; numbers, texts and None stay as they are."""
    classes = [kind for kind in kinds if dataclasses.is_dataclass(kind)]
    for kind in classes if isinstance(value, dict) else ():
        if set(value) == {field.name for field in dataclasses.fields(kind)}:
            return _from_data(kind, value, arrays)
    return value
