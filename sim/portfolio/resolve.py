"""Which column of the file stands for what: the mapping first, header aliases for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from sim.errors import InputError, nearest
from sim.portfolio.headers import ALIASES, TEXT_COLUMNS, attribute_name, known, normalise, reserved
from sim.portfolio.reading import RawTable
from sim.portfolio.table import PROTECTED_NAMES
from sim.spec.expression import parse_expression
from sim.spec.portfolio import PortfolioMapping, Source

ALIKE: Final = 0.75
"""Share of equal characters from which a header is suggested for a missing column."""
PLAIN: Final = Source.model_construct()
"""A column taken as it stands."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One column to be: `column` is its place in the raw table, -1 for a constant or an expression."""

    name: str
    header: str
    column: int
    source: Source
    where: str
    """Where the mapping states it, or the header, for messages."""

    @property
    def label(self) -> str:
        """Return the column's name in messages: the header, and what it stands for where that differs."""
        return (
            self.name
            if not self.header or normalise(self.header) == self.name
            else f"{self.header} ({self.name})"
        )


@dataclass(frozen=True, slots=True)
class Resolution:
    """What every canonical column and attribute is read from."""

    columns: dict[str, Binding]
    attributes: dict[str, Binding]
    protected: frozenset[str]
    unused: tuple[str, ...]
    notes: tuple[str, ...]
    faults: tuple[InputError, ...] = field(default=())


class _Resolver:
    """Takes headers one by one; a header taken by the mapping is not taken again by an alias."""

    def __init__(self, raw: RawTable, mapping: PortfolioMapping | None) -> None:
        self.raw, self.mapping = raw, mapping
        self.places: dict[str, list[int]] = {}
        for place, header in enumerate(raw.headers):
            self.places.setdefault(normalise(header), []).append(place)
        self.exact = {header: place for place, header in enumerate(raw.headers)}
        self.dropped = {normalise(header) for header in mapping.drop} if mapping else set()
        self.taken: set[int] = set()
        self.faults: list[InputError] = []
        self.notes: list[str] = []

    def duplicates(self) -> None:
        counts = Counter(self.raw.headers)
        for header, count in counts.items():
            if count > 1:
                self.faults.append(
                    InputError(
                        f"{self.raw.path}: column {header}",
                        f"{count} columns with this header",
                        "headers that differ",
                        "Rename them, or list the header under `drop:`.",
                    )
                )

    def find(self, header: str) -> int:
        """Return the place of a header (exact spelling first), -1 where the file has none."""
        if header in self.exact:
            return self.exact[header]
        places = self.places.get(normalise(header), [])
        return places[0] if len(places) == 1 else -1

    def bind(self, name: str, source: Source, section: str) -> Binding | None:
        where = self.mapping.where_is(section, name) if self.mapping else name
        if not source.from_:
            return Binding(name, "", -1, source, where)
        for header in source.from_:
            place = self.find(header)
            if place >= 0:
                self.taken.add(place)
                return Binding(name, self.raw.headers[place], place, source, where)
        gone = [header for header in source.from_ if normalise(header) in self.dropped]
        got = f"the dropped column {gone[0]}" if gone else f"no column {' or '.join(source.from_)}"
        self.faults.append(
            InputError(
                where,
                got,
                f"a header of {self.raw.path}",
                nearest(source.from_[0], self.raw.headers) or self.seen(),
            )
        )
        return None

    def seen(self) -> str:
        return f"Its headers are {', '.join(self.raw.headers[:40])}."

    def alias(self, name: str) -> Binding | None:
        found = [
            place
            for alias in ALIASES[name]
            for place in self.places.get(alias, [])
            if place not in self.taken
        ]
        if not found:
            return None
        headers = [self.raw.headers[place] for place in found]
        if len(set(headers)) > 1 and name not in TEXT_COLUMNS:
            self.faults.append(
                InputError(
                    f"{self.raw.path}: column {name}",
                    f"the columns {', '.join(headers)}",
                    f"one column that stands for {name}",
                    f"Say under `columns:` of a mapping which of them is `{name}:`.",
                )
            )
        elif len(set(headers)) > 1:
            self.notes.append(f"{headers[0]} was read as {name}; the file also has {', '.join(headers[1:])}")
        self.taken.add(found[0])
        return Binding(name, headers[0], found[0], PLAIN, headers[0])


def resolve(raw: RawTable, mapping: PortfolioMapping | None) -> Resolution:
    """Return what every column is read from, of a table without the columns to drop.

    Its faults say which required columns are missing and what was seen instead.
    """
    resolver = _Resolver(raw, mapping)
    resolver.duplicates()
    columns: dict[str, Binding] = {}
    attributes: dict[str, Binding] = {}
    failed: set[str] = set()
    stated: dict[str, Source] = (
        {str(name): source for name, source in mapping.columns.items()} if mapping else {}
    )
    for name, source in stated.items():
        binding = resolver.bind(name, source, "columns")
        if binding:
            columns[name] = binding
        else:
            failed.add(name)
    for name, source in (mapping.attributes if mapping else {}).items():
        if reserved(name):
            resolver.faults.append(
                InputError(
                    mapping.where_is("attributes", name) if mapping else name,
                    name,
                    "a name that strategies do not already use",
                    "Choose another name.",
                )
            )
            continue
        binding = resolver.bind(name, source, "attributes")
        if binding:
            attributes[name] = binding
    for name in ALIASES:
        if name not in stated:
            found = resolver.alias(name)
            if found:
                columns[name] = found
    rest = [place for place in range(len(raw.headers)) if place not in resolver.taken]
    if mapping is None:
        for place in rest:
            header = raw.headers[place]
            name = attribute_name(header)
            if name in attributes:
                resolver.faults.append(
                    InputError(
                        f"{raw.path}: column {header}",
                        f"a second column named {name}",
                        "headers that differ",
                        "Rename one of them.",
                    )
                )
            attributes[name] = Binding(name, header, place, PLAIN, header)
        rest = []
    resolver.faults += _missing(raw, columns, failed) + _disguised(columns)
    return Resolution(
        columns,
        attributes,
        _protected(attributes, mapping),
        tuple(raw.headers[k] for k in rest),
        tuple(resolver.notes),
        tuple(resolver.faults),
    )


def _protected(attributes: dict[str, Binding], mapping: PortfolioMapping | None) -> frozenset[str]:
    """Return the attributes about who somebody is, by header or name or as the mapping says."""
    stated = set(mapping.protected) if mapping else set()
    return frozenset(
        name
        for name, binding in attributes.items()
        if name in stated
        or name in PROTECTED_NAMES
        or known(name) in PROTECTED_NAMES
        or _protected_origin(binding)
    )


def _protected_origin(binding: Binding) -> str:
    """Return the protected header that a column is read or computed from, empty where there is none."""
    headers = [binding.header]
    if binding.source.expression:
        headers += sorted(parse_expression(binding.source.expression, binding.where).names)
    return next((header for header in headers if known(header) in PROTECTED_NAMES), "")


def _disguised(columns: dict[str, Binding]) -> list[InputError]:
    """Return a fault for each canonical column that hides who somebody is: no guard would see it there."""
    return [
        InputError(
            binding.where,
            f"the protected column {header}",
            f"a column that is {name}",
            "Keep it under `attributes:`; a scenario may then allow it by name.",
        )
        for name, binding in columns.items()
        if (header := _protected_origin(binding))
    ]


def _missing(raw: RawTable, columns: dict[str, Binding], failed: set[str]) -> list[InputError]:
    """Return a fault for each required column that nothing stands for."""
    needs: tuple[tuple[str, ...], ...] = (("account_id",), ("balance", "principal"), ("dpd", "due_date"))
    faults = []
    for names in needs:
        if any(name in columns or name in failed for name in names):
            continue
        hint = _closest([alias for name in names for alias in ALIASES[name]], raw.headers)
        faults.append(
            InputError(
                raw.path,
                f"no column for {' or '.join(names)} among {', '.join(raw.headers[:40]) or 'no headers'}",
                f"a header such as {', '.join(ALIASES[names[0]][:4])}, {ALIASES[names[0]][-1]}",
                f"{hint} Or name it under `columns:` of a mapping.".strip(),
            )
        )
    return faults


def _closest(aliases: Sequence[str], headers: Sequence[str]) -> str:
    """Return "Did you mean `x`?" for the header most like one of the aliases, or an empty string."""
    scored = [
        (SequenceMatcher(None, alias, normalise(header)).ratio(), header)
        for alias in aliases
        for header in headers
    ]
    ratio, header = max(scored, default=(0.0, ""))
    return f"Did you mean `{header}`?" if ratio >= ALIKE else ""
