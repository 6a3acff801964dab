"""What pydantic found wrong, in words that a planner can act on. Knows nothing of files and lines."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.errors import InputError, nearest

KeyPath: TypeAlias = tuple[str | int, ...]
Fault: TypeAlias = tuple[KeyPath, str, str, str]
"""(key path, what was given, what is allowed, advice)."""

HIDDEN = "\x00"
"""Begins the alias of a field that no YAML key fills (a spec class derives it)."""
_UNIT = re.compile(r"^\s*([-+]?\d+(?:\.\d+)?)\s*([a-zA-Z%]+)\s*$")
_SECONDS = {"s": 1, "sec": 1, "second": 1, "seconds": 1,
            "min": 60, "mins": 60, "minute": 60, "minutes": 60,
            "h": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400}
_WORDS = {
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "int_parsing_size": "a whole number of at most 18 digits",
    "float_type": "a number", "float_parsing": "a number",
    "finite_number": "a finite number", "string_type": "a text", "bool_type": "true or false",
    "bool_parsing": "true or false", "list_type": "a list", "tuple_type": "a list", "set_type": "a list",
    "dict_type": "a map of keys", "mapping_type": "a map of keys", "model_type": "a map of keys",
    "model_attributes_type": "a map of keys", "date_type": "a date such as 2025-09-30",
    "date_parsing": "a date such as 2025-09-30", "date_from_datetime_parsing": "a date such as 2025-09-30",
    "too_short": "at least one item", "string_too_short": "a text that is not empty",
    "date_from_datetime_inexact": "a date such as 2025-09-30",
}


class BadValue(ValueError):
    """Raised by a validator of a spec class to state the parts of the message itself.

    Args:
        got: what was given.
        expected: what is allowed.
        advice: what to do.
        key_path: keys from the validated value to the faulty one.
    """

    def __init__(self, got: object, expected: str, advice: str = "", key_path: KeyPath = ()) -> None:
        self.got = got if isinstance(got, str) else repr(got)
        self.expected, self.advice, self.key_path = expected, advice, key_path
        super().__init__(f"got {self.got}, expected {expected}. {advice}".rstrip())


class BadValues(ValueError):
    """Several `BadValue` of one value, reported together."""

    def __init__(self, faults: Sequence[BadValue]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults))


def key_text(key_path: Sequence[str | int]) -> str:
    """Return "segments[1].sequence[0].sms"."""
    out = ""
    for key in key_path:
        out += f"[{key}]" if isinstance(key, int) else f".{key}" if out else str(key)
    return out


def plain_errors(error: ValidationError, model: type[BaseModel], data: object,
                 context: object = None) -> list[Fault]:
    """Return one fault a faulty value, in pydantic's order; the branches of a union are joined with "or".

    `context` is the validation context: a model with a class method `also_known(context)` knows those too.
    """
    joined: dict[tuple[KeyPath, str], Fault] = {}
    for item in error.errors(include_url=False):
        for fault in _faults(item, model, data, context):
            key = (fault[0], fault[1])
            joined[key] = _either(joined[key], fault) if key in joined else fault
    return list(joined.values())


def _either(one: Fault, other: Fault) -> Fault:
    expected = one[2] if other[2] in one[2].split(" or ") else f"{one[2]} or {other[2]}"
    return one[0], one[1], expected, one[3] or other[3]


def _faults(item: Any, model: type[BaseModel], data: object, context: object) -> list[Fault]:
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, BadValues):
        return [(real_path((*item["loc"], *bad.key_path), data), bad.got, bad.expected, bad.advice)
                for bad in cause.faults]
    return [_fault(item, model, data, context)]


def _fault(item: Any, model: type[BaseModel], data: object, context: object) -> Fault:
    kind, details = item["type"], item.get("ctx", {})
    path = real_path(item["loc"], data, missing=kind == "missing")
    got = _shown(item["input"])
    known = known_keys(model, path[:-1], context)
    if kind == "missing":
        return path[:-1], f"no `{path[-1]}`", f"the key `{path[-1]}`", f"Add `{path[-1]}:`."
    if kind == "extra_forbidden":
        return path, f"the unknown key `{path[-1]}`", f"one of {', '.join(sorted(known))}", nearest(
            str(path[-1]), known)
    cause = details.get("error")
    if isinstance(cause, BadValue):
        return real_path((*item["loc"], *cause.key_path), data), cause.got, cause.expected, cause.advice
    if isinstance(cause, InputError):
        return path, cause.got, cause.expected, cause.advice
    if kind in {"literal_error", "enum"}:
        options = re.findall(r"'([^']*)'", str(details.get("expected", "")))
        expected = f"one of {', '.join(options)}" if options else str(details.get("expected"))
        return path, got, expected, nearest(str(item["input"]), options)
    if kind == "value_error" and cause is not None:
        return path, got, str(cause), ""
    numeric = kind in _BOUND_KINDS or _is_number(kind)
    expected = _stated(model, path, numeric=numeric) or _WORDS.get(kind, "") or _plain_message(item["msg"])
    return path, got, expected, _advice(item["input"], expected, str(path[-1]) if path else "", kind)


_BOUND_KINDS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}


def _is_number(kind: str) -> bool:
    return kind.startswith(("int_", "float_"))


def _plain_message(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Input should ")
    text = text.removeprefix("be ")
    return text[:1].lower() + text[1:]


def real_path(loc: Sequence[str | int], data: object, *, missing: bool = False) -> KeyPath:
    """Return the keys of a location that the data really has.

    Union branches, validator names and forms written shorter drop out; with `missing` the last key stays.
    """
    path: list[str | int] = []
    here = data
    for place, said in enumerate(loc):
        key = said
        if isinstance(here, Mapping) and key not in here and str(key).lstrip("-").isdecimal():
            key = int(key)  # whole-number keys come back as texts
        inside = key in here if isinstance(here, Mapping) else (
            isinstance(here, list) and isinstance(key, int) and key < len(here))
        if inside:
            here = here[key]  # type: ignore[index]
            path.append(key)
        elif missing and place == len(loc) - 1:
            path.append(said)
    return tuple(path)


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "a map of keys"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else repr(value)
    if not text.strip():
        return "an empty text"
    return text if len(text) <= 80 else f"{text[:70]}... ({len(text)} characters)"


def _models(annotation: Any) -> Iterator[Any]:
    """Yield the annotation without Annotated and Union wrappers."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _models(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for part in get_args(annotation):
            yield from _models(part)
    else:
        yield annotation


def _fields(model: Any) -> dict[str, FieldInfo]:
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return {}
    return {str(info.alias or name): info for name, info in model.model_fields.items()}


def _annotations_at(model: Any, path: KeyPath) -> list[Any]:
    """Return the annotations that the value at a path may have (unions give several)."""
    here = [model]
    for key in path:
        found: list[Any] = []
        for annotation in here:
            for part in _models(annotation):
                info = _fields(part).get(str(key))
                arguments = get_args(part)
                if info is not None:
                    found.append(info.annotation)
                elif _is_mapping(part):
                    found.append(arguments[1])
                elif arguments and isinstance(key, int):
                    found.append(arguments[0])
        here = found
    return [part for annotation in here for part in _models(annotation)]


def _is_mapping(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping) and len(get_args(annotation)) == 2


def known_keys(model: type[BaseModel] | None, path: KeyPath, context: object = None) -> set[str]:
    """Return the keys that a model knows for the map at a path."""
    parts = _annotations_at(model, path)
    names = {name for part in parts for name in _fields(part) if not name.startswith(HIDDEN)}
    return names.union(*(part.also_known(context) for part in parts if hasattr(part, "also_known")))


def takes_any_key(model: type[BaseModel] | None, path: KeyPath) -> bool:
    """Return whether a model has a map with free keys at a path."""
    return any(_is_mapping(part) for part in _annotations_at(model, path))


def _stated(model: type[BaseModel], path: KeyPath, *, numeric: bool) -> str:
    """Return a field's description if it reads "a ...", else for numbers their bounds in words."""
    if not path:
        return ""
    for part in _annotations_at(model, path[:-1]):
        info = _fields(part).get(str(path[-1]))
        if info is None:
            continue
        if info.description and info.description.startswith(("a ", "an ", "the ")):
            return info.description
        if not numeric:
            continue
        limits: dict[str, Any] = {}
        for source in _constraints(info):
            for name in ("ge", "gt", "le", "lt"):
                if getattr(source, name, None) is not None:
                    limits[name] = getattr(source, name)
        noun = "a whole number" if int in set(_models(info.annotation)) else "a number"
        return _range(limits, noun) if limits else ""
    return ""


def _constraints(info: FieldInfo) -> Iterator[Any]:
    yield from info.metadata
    for part in (info.annotation, *get_args(info.annotation)):
        if get_origin(part) is Annotated:
            for extra in get_args(part)[1:]:
                yield extra
                yield from getattr(extra, "metadata", ())


def _range(limits: Mapping[str, Any], noun: str) -> str:
    if limits.get("ge") == 0 and limits.get("le") == 1 and noun == "a number":
        return "a probability from 0 to 1"
    if "ge" in limits and "le" in limits:
        return f"{noun} from {limits['ge']} to {limits['le']}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    return f"{noun} " + " and ".join(f"{words[name]} {limits[name]}" for name in words if name in limits)


def _advice(value: object, expected: str, key: str, kind: str) -> str:
    share = "from 0 to 1" in expected
    if share and isinstance(value, (int, float)) and not isinstance(value, bool) and 1 < value <= 100:
        return f"A percentage? {value:g} % is {value / 100:g}."
    if not isinstance(value, str):
        return ""
    match = _UNIT.match(value)
    if match is not None:
        number, unit = float(match[1]), match[2].lower()
        if unit == "%":
            return f"Write a share: {number:g} % is {number / 100:g}."
        if key.endswith("_s") and unit in _SECONDS:
            return f"Write seconds as a plain number: {number * _SECONDS[unit]:g}."
        return f"Write a plain number; the unit is in the key's name (`{key}`)."
    if (_is_number(kind) or kind in _BOUND_KINDS) and re.fullmatch(r"[\d,_ ]+(\.\d+)?", value):
        return "Write a number without separators."
    return ""
