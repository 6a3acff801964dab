"""YAML that remembers where every value stands, so that each error names file, line and key.

Only plain data is read: maps with text or whole-number keys, lists, texts, numbers, true/false, dates, null.
YAML 1.2, one document a file; anchors, aliases and `<<` merges work, tags do not. `extends: other.yaml` puts
a file on top of another, `--set a.b.c=value` puts a value on top of both; each value keeps its place.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sim.errors import InputError, InputErrors, nearest
from sim.spec.plain_errors import KeyPath, key_text, known_keys, plain_errors, takes_any_key
from sim.spec.yaml_nodes import Builder, Place

ModelT = TypeVar("ModelT", bound=BaseModel)

MAX_BYTES = 20_000_000
_NAMED = re.compile(r"([^\[\].]+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document as plain dicts, lists and scalars, with the place of every value."""

    data: Any
    path: Path
    places: Mapping[KeyPath, Place] = field(default_factory=dict)

    def where(self, key_path: KeyPath = ()) -> str:
        """Return "file.yaml:41 channels.sms.delivered"; a key that is not there gets its parent's line."""
        known = key_path
        while known and known not in self.places:
            known = known[:-1]
        place = self.places.get(known, Place(shown(self.path), 1))
        rest = key_text(key_path[len(known):])
        if rest and not rest.startswith("["):
            rest = f".{rest}"
        if not place.line:  # an option: its own text already names the key
            return place.source + rest
        key = place.key + rest if place.key else key_text(key_path)
        return f"{place.source}:{place.line} {key}".rstrip()

    def value(self, key_path: KeyPath) -> Any:
        """Return the value at a key path, None where there is none."""
        here = self.data
        for key in key_path:
            try:
                here = here[key]
            except (KeyError, IndexError, TypeError):
                return None
        return here


def shown(path: Path) -> str:
    """Return a path as messages show it: relative to the current folder where it lies inside."""
    absolute = path.absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(path)


def load_yaml(path: Path) -> Document:
    """Read one YAML file without following `extends:`.

    Raises:
        InputError: not readable, not UTF-8, not YAML, a duplicate key, a tag, several documents, a circle.
    """
    path = Path(path)
    label = shown(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(label, f"{path.stat().st_size} bytes", f"at most {MAX_BYTES} bytes of YAML",
                             "Keep data in CSV or Parquet and name that file here.")
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError(label, "no such file", "a YAML file", _neighbour(path)) from None
    except OSError as error:
        raise InputError(label, error.strerror or "an unreadable file", "a readable YAML file",
                         "Check the path and its permissions.") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{label}:{line}", f"byte 0x{raw[error.start]:02x}", "text in UTF-8",
                         "Save the file as UTF-8; is it a YAML file at all?") from None
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> Document:
    """Read YAML from a text; `path` is what messages name.

    Raises:
        InputError: as `load_yaml`.
    """
    label = shown(path)
    places: dict[KeyPath, Place] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a re-used anchor is a slip
            node = YAML(typ="safe", pure=True).compose(io.StringIO(text))
            data = Builder(label, places).build(node, ()) if node is not None else None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise InputError(f"{label}:{line}", _source_line(text, line), _expected(str(error.problem)),
                         _yaml_advice(str(error.problem), _source_line(text, line))) from None
    except (YAMLError, Warning) as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise InputError(f"{label}:{line}", str(error).splitlines()[0], "a YAML text",
                         "Remove characters that are not text, and name each anchor once.") from None
    except (RecursionError, ValueError) as error:
        got = "too deeply nested values" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"{label}:1", got, "a plain YAML text") from None
    return Document(data, path, places)


def load_extended(path: Path, resolve: Callable[[str, Path], Path] | None = None) -> Document:
    """Read a file and everything it `extends:`, the file itself on top; the key `extends` is removed.

    Args:
        path: the file.
        resolve: (text after `extends:`, file that says it) -> path; default: beside that file.

    Raises:
        InputError: as `load_yaml`, or a circle of files.
    """
    return _load_extended(path, resolve or _beside, ())


def _beside(name: str, naming: Path) -> Path:
    return naming.parent / name


def _load_extended(path: Path, resolve: Callable[[str, Path], Path], seen: tuple[Path, ...]) -> Document:
    document = load_yaml(path)
    if not isinstance(document.data, dict) or "extends" not in document.data:
        return document
    name, where = document.data["extends"], document.where(("extends",))
    if not isinstance(name, str) or not name:
        raise InputError(where, name, "the name of one YAML file")
    base = resolve(name, path)
    here = (*seen, path.resolve())
    if base.resolve() in here:
        raise InputError(where, name, "a file that does not lead back to this one",
                         "Break the circle of `extends:`.")
    try:
        below = _load_extended(base, resolve, here)
    except InputError as error:
        if not base.is_file():
            raise InputError(where, name, "a YAML file that exists", error.advice) from None
        raise
    data = {key: value for key, value in document.data.items() if key != "extends"}
    return merge(below, Document(data, path, document.places))


def moved(document: Document, source: KeyPath, target: KeyPath) -> dict[KeyPath, Place]:
    """Return the places of the value at `source` as they are for a copy at `target`: same line and key."""
    depth = len(source)
    return {(*target, *path[depth:]): Place(place.source, place.line, place.key or key_text(path))
            for path, place in document.places.items() if path[:depth] == source}


def part(document: Document, key_path: KeyPath) -> Document:
    """Return one value of a document as a document of its own; messages keep its line and its full key."""
    return Document(document.value(key_path), document.path, moved(document, key_path, ()))


def merge(base: Document, child: Document) -> Document:
    """Return the child on top of the base: maps merge deeply, lists and scalars replace.

    Raises:
        InputError: one of the two is not a map.
    """
    for document in (base, child):
        if not isinstance(document.data, dict):
            raise InputError(document.where(), _kind(document.data), "a map of keys at the top of the file")
    places = dict(base.places)
    data = _merge(base.data, child.data, (), places, child.places)
    places[()] = child.places.get((), Place(shown(child.path), 1))
    return Document(data, child.path, places)


def _merge(base: Any, child: Any, at: KeyPath, places: dict[KeyPath, Place],
           own: Mapping[KeyPath, Place]) -> Any:
    if isinstance(base, dict) and isinstance(child, dict):
        out = dict(base)
        for key, value in child.items():
            out[key] = _merge(base[key], value, (*at, key), places, own) if key in base else value
            if key not in base:
                _take_places((*at, key), places, own)
        return out
    _take_places(at, places, own)
    return child


def _take_places(at: KeyPath, places: dict[KeyPath, Place], own: Mapping[KeyPath, Place]) -> None:
    depth = len(at)
    for path in [path for path in places if path[:depth] == at]:
        del places[path]
    places.update({path: place for path, place in own.items() if path[:depth] == at})


def overrides(document: Document, settings: Iterable[str], model: type[BaseModel] | None = None) -> Document:
    """Return the document with `key=value` settings on top, as `--set` gives them.

    Args:
        document: what is overridden; untouched.
        settings: texts such as "horizon.days=60" or "channels.sms.cost[0]=3"; the value is YAML.
        model: keys that this model knows may be set also where the document does not state them.

    Raises:
        InputErrors: a setting without `=`, a value that is not YAML, an unknown key (with the nearest).
    """
    errors: list[InputError] = []
    for setting in settings:
        try:
            document = _override(document, setting, model)
        except InputError as error:
            errors.append(error)
    if errors:
        raise InputErrors(errors)
    return document


def _override(document: Document, setting: str, model: type[BaseModel] | None) -> Document:
    name, equals, text = setting.partition("=")
    label = f"--set {name.strip()}"
    keys = _split_key(name.strip())
    if not equals or not keys:
        raise InputError(f"--set {setting}", setting, "key=value", "For instance --set horizon.days=60.")
    try:
        value = parse_yaml(text, Path("value"))
    except InputError as error:
        raise InputError(label, text, "a YAML value", error.advice) from None
    path: KeyPath = ()
    data = here = _copy(document.data)
    for depth, given in enumerate(keys):
        key = _index(here, given, label)
        path = (*path, key)
        last = depth == len(keys) - 1
        if isinstance(here, dict) and key not in here:
            known = {str(k) for k in here} | known_keys(model, path[:-1])
            if str(key) not in known and not takes_any_key(model, path[:-1]):
                raise InputError(label, f"the unknown key `{key_text(path)}`",
                                 f"one of {', '.join(sorted(known))}", nearest(str(key), known))
            here[key] = {}
        if last:
            here[key] = value.data
        elif not isinstance(here[key], (dict, list)):
            raise InputError(label, f"{_kind(here[key])} at `{key_text(path)}`",
                             "a map or list on the way to the value")
        else:
            here = here[key]
    places = {p: place for p, place in document.places.items() if p[:len(path)] != path}
    places[path] = Place(label, 0)
    return Document(data, document.path, places)


def _split_key(name: str) -> list[str | int]:
    parts: list[str | int] = []
    for text, index in _NAMED.findall(name):
        parts.append(int(index) if index else text)
    return parts


def _index(here: Any, key: str | int, label: str) -> str | int:
    """Return the key as the container holds it: lists are indexed from 0, whole-number keys stay numbers."""
    number = int(key) if isinstance(key, int) or key.isdecimal() else None
    if isinstance(here, list):
        if number is None or number >= len(here):
            raise InputError(label, f"place {key!r} of a list", f"a place from 0 to {len(here) - 1}")
        return number
    return number if number is not None and number in here and str(key) not in here else str(key)


def validate(document: Document, model: type[ModelT], key_path: KeyPath = (),
             context: object = None) -> ModelT:
    """Return a model instance from the value at a key path; `context` is handed to the model's validators.

    Raises:
        InputErrors: all faults, in the order of the file: file:line, what was given, what is allowed, advice.
    """
    data = document.value(key_path)
    if not isinstance(data, dict):
        raise InputError(document.where(key_path), _kind(data), "a map of keys",
                         f"Known keys: {', '.join(sorted(known_keys(model, ())))}.")
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        faults = plain_errors(error, model, data, context)
    placed = [(_line(document, (*key_path, *path)), InputError(document.where((*key_path, *path)), *said))
              for path, *said in faults]
    raise InputErrors([fault for _, fault in sorted(placed, key=lambda item: item[0])])


def _line(document: Document, key_path: KeyPath) -> int:
    while key_path and key_path not in document.places:
        key_path = key_path[:-1]
    return document.places.get(key_path, Place("", 0)).line


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _kind(value: Any) -> str:
    return {"dict": "a map", "list": "a list", "NoneType": "nothing", "str": "a text"}.get(
        type(value).__name__, f"the value {value!r}")


def _source_line(text: str, line: int) -> str:
    lines: Sequence[str] = text.splitlines()
    if not 0 < line <= len(lines):
        return "the end of the file"
    return lines[line - 1].strip()[:100] or "an empty line"


def _expected(problem: str) -> str:
    if "single document" in problem or "another document" in problem:
        return "one document a file"
    return f"YAML ({problem})"


def _yaml_advice(problem: str, line: str) -> str:
    if "\\t" in problem or "\t" in line or "'\\t'" in problem:
        return "Indent with spaces, not tabs."
    if "document" in problem:
        return "Remove the line `---` and put the rest into its own file."
    if "mapping values are not allowed" in problem:
        return "Put a text that holds `: ` in quotes, and check the indentation."
    if "undefined alias" in problem:
        return "Define the anchor `&name` before using `*name`."
    return "Check indentation, quotes and brackets."


def _neighbour(path: Path) -> str:
    names = [item.name for item in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
    return nearest(path.name, names) or "Check the path."
