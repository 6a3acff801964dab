"""From composed YAML nodes to plain data, with the place of every value; anything else is an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.errors import InputError
from sim.spec.plain_errors import KeyPath, key_text

MAX_VALUES = 200_000
"""Values in one document, aliases counted at every use: an alias bomb is an error, not a full memory."""
MAX_DEPTH = 60
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands. `line` counts from 1; 0 for a value that is not from a file."""

    source: str
    line: int
    key: str = ""
    """The key as its own file has it, where the value was moved since."""


class Builder:
    """Turns composed nodes into plain data and notes each place."""

    def __init__(self, label: str, places: dict[KeyPath, Place]) -> None:
        self.label, self.places, self.values = label, places, 0
        self.open: list[int] = []
        self.constructor = YAML(typ="safe", pure=True).constructor

    def fail(self, node: Node, at: KeyPath, got: str, expected: str, advice: str = "") -> InputError:
        """Return the error to raise about a node."""
        where = f"{self.label}:{node.start_mark.line + 1} {key_text(at)}".rstrip()
        return InputError(where, got, expected, advice)

    def build(self, node: Node, at: KeyPath, line: int = 0) -> Any:
        """Return the plain value of a node that stands at a key path (`line`: of its key, if it has one)."""
        self.values += 1
        self.places[at] = Place(self.label, line or node.start_mark.line + 1)
        if self.values > MAX_VALUES:
            raise self.fail(node, at, f"more than {MAX_VALUES} values", "fewer values", "Are aliases nested?")
        if id(node) in self.open:
            raise self.fail(node, at, "an alias of the value it stands in", "values that end")
        if len(at) > MAX_DEPTH:
            raise self.fail(node, at, f"more than {MAX_DEPTH} levels", "a flatter text")
        if isinstance(node, ScalarNode):
            return self.scalar(node, at)
        self.open.append(id(node))
        try:
            if isinstance(node, SequenceNode):
                self.refuse_tag(node, at, "seq")
                return [self.build(item, (*at, index)) for index, item in enumerate(node.value)]
            if isinstance(node, MappingNode):
                return self.mapping(node, at)
            raise self.fail(node, at, type(node).__name__, "a map, a list or a plain value")
        finally:
            self.open.pop()

    def refuse_tag(self, node: Node, at: KeyPath, kind: str) -> None:
        """Raise unless the node has the plain tag of its kind."""
        if str(node.tag) != _TAG + kind:
            tag = str(node.tag).replace(_TAG, "!!")
            raise self.fail(node, at, f"the tag {tag}", "plain YAML without tags", "Remove the tag.")

    def mapping(self, node: MappingNode, at: KeyPath) -> dict[str | int, Any]:
        """Build a map; what `<<` brings in lies below what the map states itself."""
        self.refuse_tag(node, at, "map")
        own = self.places[at]
        out: dict[str | int, Any] = {}
        for key_node, value_node in node.value:
            if str(key_node.tag) == _TAG + "merge":
                for source in value_node.value if isinstance(value_node, SequenceNode) else [value_node]:
                    value = self.build(source, at)
                    if not isinstance(value, dict):
                        raise self.fail(source, at, "`<<` without a map", "`<<` with an alias of a map")
                    out = {**value, **out}
        self.places[at] = own
        lines: dict[str | int, int] = {}
        for key_node, value_node in node.value:
            if str(key_node.tag) == _TAG + "merge":
                continue
            key = self.key(key_node, at)
            if key in lines:
                raise self.fail(key_node, (*at, key), f"`{key}` twice", "each key once",
                                f"It stands already at line {lines[key]}: remove one.")
            lines[key] = key_node.start_mark.line + 1
            self.drop((*at, key))
            out[key] = self.build(value_node, (*at, key), lines[key])
        return out

    def key(self, node: Node, at: KeyPath) -> str | int:
        """Return a key: a text or a whole number."""
        key = self.scalar(node, at) if isinstance(node, ScalarNode) else None
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            shown = str(node.value) if isinstance(node, ScalarNode) else "a map or list"
            raise self.fail(node, at, f"the key {shown}", "a text or whole number", "Put it in quotes.")
        return key

    def drop(self, at: KeyPath) -> None:
        """Forget the places that a merged map gave below a key that is now stated."""
        if at in self.places:
            for path in [path for path in self.places if path[:len(at)] == at]:
                del self.places[path]

    def scalar(self, node: ScalarNode, at: KeyPath) -> Any:
        """Return a text, number, truth value, date or None."""
        kind = str(node.tag).removeprefix(_TAG)
        if kind not in {"str", "int", "float", "bool", "null", "timestamp"}:
            self.refuse_tag(node, at, "str")
        try:
            value = self.constructor.construct_object(node, deep=True)
        except (ValueError, YAMLError):
            raise self.fail(node, at, str(node.value), f"a {kind}", "Put a text in quotes.") from None
        return value
