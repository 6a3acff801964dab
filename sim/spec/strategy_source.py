"""From YAML to a checked strategy. `inherits:` is resolved on documents, so every message keeps its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.errors import InputError, InputErrors, nearest
from sim.spec.expression import parse_expression
from sim.spec.plain_errors import KeyPath
from sim.spec.strategy import OTHERWISE, StrategySpec
from sim.spec.strategy_contact import Vocabulary
from sim.spec.yaml_nodes import Place
from sim.spec.yaml_source import Document, load_yaml, moved, shown, validate

VIEW_NUMBERS = (
    "dpd",
    "balance",
    "principal",
    "interest",
    "fees",
    "instalment",
    "score",
    "payday",
    "days_to_payday",
    "entry_day",
    "attempts",
    "contacts",
    "days_since_contact",
    "days_since_payment",
    "paid",
    "promises",
    "promises_kept",
    "promises_broken",
    "days_to_promise",
)
VIEW_FLAGS = (
    "number_valid",
    "dispute",
    "hardship_plan",
    "complaint",
    "wrong_number",
    "promise_live",
    "opt_out",
)
VIEW_TEXTS = ("product", "region", "bucket", "reason")


def view_columns(
    channels: Mapping[str, object], attributes: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return name -> kind of every column that a view offers: what `when:` and `exclude:` may use.

    Args:
        channels: the scenario's channels by name.
        attributes: the portfolio's further columns, name -> "number" | "text" | "flag".
    """
    out = dict(attributes or {})
    out |= (
        dict.fromkeys(VIEW_NUMBERS, "number")
        | dict.fromkeys(VIEW_FLAGS, "flag")
        | dict.fromkeys(VIEW_TEXTS, "text")
    )
    for channel in channels:
        out |= {
            f"attempts_{channel}": "number",
            f"contacts_{channel}": "number",
            f"opt_out_{channel}": "flag",
        }
    return out


def load_strategy(
    path: Path, vocabulary: Vocabulary, bases: Mapping[str, Document] | None = None
) -> StrategySpec:
    """Read one strategy file.

    Args:
        path: the YAML file.
        vocabulary: channels with contents, skills, columns of the scenario.
        bases: strategies that `inherits:` may name, name -> document as written (a scenario adds `champion`).

    Raises:
        InputErrors: every fault of the file.
    """
    return strategy_from(load_yaml(path), vocabulary, bases)


def strategy_from(
    document: Document, vocabulary: Vocabulary, bases: Mapping[str, Document] | None = None
) -> StrategySpec:
    """Return the strategy of a document, with what it inherits; see `load_strategy`."""
    whole = inherited(document, bases or {})
    if isinstance(whole.data, dict) and "python" in whole.data:
        raise InputError(
            whole.where(("python",)),
            "`python`",
            "data: a strategy in YAML holds no code",
            "Register the class as an entry point of the group duecourse.strategies and use its name.",
        )
    spec = validate(whole, StrategySpec, context=vocabulary).placed(whole)
    if vocabulary.columns is not None:
        check_columns(spec, vocabulary.columns, vocabulary.protected)
    return spec


def check_columns(spec: StrategySpec, columns: Mapping[str, str], protected: object = ()) -> None:
    """Check every `when:` and `exclude:` against the columns that exist.

    Args:
        spec: the strategy.
        columns: name -> "number" | "text" | "flag".
        protected: names that describe who somebody is and that the scenario does not allow by name.

    Raises:
        InputErrors: unknown or protected names, a text compared with a number, a result that is no flag.
    """
    barred = (
        frozenset(str(name) for name in protected)
        if isinstance(protected, (list, tuple, set, frozenset))
        else (frozenset())
    )
    texts: list[tuple[KeyPath, str]] = [
        (("exclude", place), text) for place, text in enumerate(spec.exclude)
    ]
    texts += [
        (("segments", place, "when"), segment.when)
        for place, segment in enumerate(spec.segments)
        if segment.when is not None
    ]
    errors: list[InputError] = []
    for path, text in texts:
        expression = parse_expression(text, spec.where(path))
        used = sorted(expression.names & barred)
        if used:
            errors.append(
                InputError(
                    expression.where,
                    f"the protected column `{used[0]}` in `{text}`",
                    "columns that do not describe who somebody is",
                    "Allow it by name in the scenario if the law and your policy permit it.",
                )
            )
            continue
        try:
            expression.check(columns, "flag")
        except InputError as error:
            errors.append(error)
    if errors:
        raise InputErrors(errors)


def inherited(document: Document, bases: Mapping[str, Document], seen: tuple[str, ...] = ()) -> Document:
    """Return a strategy's document on top of the one that it `inherits:`, and so on.

    Raises:
        InputError: an unknown base (with the nearest), or a circle.
    """
    data = document.data
    name = data.get("inherits") if isinstance(data, dict) else None
    if name is None:
        return document
    where = document.where(("inherits",))
    if not isinstance(name, str) or name not in bases:
        raise InputError(
            where,
            name,
            f"one of {', '.join(sorted(bases)) or 'no strategy: none is known here'}",
            nearest(str(name), bases),
        )
    own = str(data.get("strategy", ""))
    if name in {*seen, own}:
        raise InputError(where, name, "a strategy that does not inherit from this one", "Break the circle.")
    # `champion` is a second name of some strategy: what was followed counts beside what strategies call themselves.
    return _on_top(inherited(bases[name], bases, (*seen, own, name)), document)


def _on_top(base: Document, child: Document) -> Document:
    """Top-level keys of the child replace; its segments are merged by name."""
    for document in (base, child):
        if not isinstance(document.data, dict):
            raise InputError(document.where(), document.data, "a map of keys at the top of the strategy")
    data: dict[Any, Any] = {}
    places: dict[KeyPath, Place] = {(): child.places.get((), Place(shown(child.path), 1))}
    for key in [*base.data, *(key for key in child.data if key not in base.data)]:
        if (
            key == "segments"
            and isinstance(child.data.get(key), list)
            and isinstance(base.data.get(key), list)
        ):
            data[key] = _merge_segments(base, child, places)
            places[(key,)] = child.places[(key,)]
            continue
        source = child if key in child.data else base
        data[key] = source.data[key]
        places |= moved(source, (key,), (key,))
    return Document(data, child.path, places)


def _merge_segments(base: Document, child: Document, places: dict[KeyPath, Place]) -> list[Any]:
    """Return the merged segments and note their places.

    Known names replace the keys they state, `remove: true` drops, new ones go before `otherwise` or
    `after:` one.
    """
    parts: list[list[tuple[Document, KeyPath]]] = [
        [(base, ("segments", place))] for place in range(len(base.data["segments"]))
    ]
    for place, segment in enumerate(child.data["segments"]):
        source: KeyPath = ("segments", place)
        if not isinstance(segment, dict) or not isinstance(segment.get("name"), str):
            raise InputError(
                child.where(source), "a segment without a name", "the key `name` in each segment"
            )
        names = [_name(part) for part in parts]
        name = segment["name"]
        if segment.get("remove") is True:
            if name not in names:
                raise InputError(
                    child.where((*source, "name")),
                    name,
                    f"a segment of {child.data['inherits']}",
                    nearest(name, names),
                )
            del parts[names.index(name)]
        elif name in names:
            parts[names.index(name)].append((child, source))
        else:
            parts.insert(_place(child, source, segment, names), [(child, source)])
    return [_join(part, ("segments", index), places) for index, part in enumerate(parts)]


def _name(part: list[tuple[Document, KeyPath]]) -> str:
    value = part[0][0].value(part[0][1])
    return str(value.get("name")) if isinstance(value, dict) else ""


def _place(child: Document, source: KeyPath, segment: Mapping[str, Any], names: list[str]) -> int:
    after = segment.get("after")
    if after is None:
        return names.index(OTHERWISE) if OTHERWISE in names else len(names)
    if after not in names or after == OTHERWISE:
        raise InputError(
            child.where((*source, "after")),
            after,
            "the name of a segment before `otherwise`",
            nearest(str(after), names),
        )
    return names.index(after) + 1


def _join(part: list[tuple[Document, KeyPath]], target: KeyPath, places: dict[KeyPath, Place]) -> Any:
    out: dict[Any, Any] = {}
    for document, source in part:
        value = document.value(source)
        if not isinstance(value, dict):
            return value
        whole = moved(document, source, target)
        places[target] = whole[target]
        for key, item in value.items():
            if key in {"after", "remove"} and "inherits" in document.data:
                continue
            out[key] = item
            for path in [path for path in places if path[: len(target) + 1] == (*target, key)]:
                del places[path]
            places |= {
                path: place for path, place in whole.items() if path[: len(target) + 1] == (*target, key)
            }
    return out
