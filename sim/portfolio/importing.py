"""From a file to a `Portfolio`: every fault at once, nothing left out unless a rule says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.portfolio.cells import Cells
from sim.portfolio.checks import check_accounts, kept_keys
from sim.portfolio.faults import Faults
from sim.portfolio.headers import ALIASES, ATTRIBUTE_ALIASES, known, normalise
from sim.portfolio.money import Money, read_money
from sim.portfolio.parsing import EPOCH
from sim.portfolio.privacy import personal_columns
from sim.portfolio.reading import RawTable, read_table
from sim.portfolio.resolve import Binding, Resolution, resolve
from sim.portfolio.table import (
    PROTECTED_NAMES,
    Attribute,
    Category,
    Exclusion,
    Portfolio,
    PortfolioSource,
    canonical_order,
    stable_hashes,
)
from sim.portfolio.timing import Timing, read_timing
from sim.portfolio.totals import without_totals
from sim.spec.expression import parse_expression
from sim.spec.portfolio import PortfolioMapping

AMOUNTS: Final = ("balance", "principal", "interest", "fees", "instalment")


@dataclass(frozen=True, slots=True)
class _Facts:
    """All rows of the file, before rules: arrays of shape (rows,)."""

    money: Money
    timing: Timing
    score: NDArray[np.float64]
    payday: NDArray[np.float64]
    flags: Mapping[str, NDArray[np.bool_]]


def import_portfolio(path: Path | str, mapping: PortfolioMapping | None, start: date) -> Portfolio:
    """Read a portfolio.

    Args:
        path: .csv, .csv.gz, .parquet or .xlsx.
        mapping: how to read it; None to go by header aliases alone and keep all other columns as attributes.
        start: the calendar's first day, day 0.

    Returns:
        The accounts in canonical order. `exclusions` count what rules left out, `source.assumptions` what was
        assumed or found out while reading.

    Raises:
        InputErrors: all faults of the file together (see `Faults`).
    """
    raw = read_table(
        Path(path),
        _expected(mapping),
        mapping.encoding if mapping else "",
        mapping.delimiter if mapping else "",
        mapping.sheet if mapping else "",
    )
    drop, excused = (mapping.drop, mapping.not_personal) if mapping else ((), ())
    personal = personal_columns(raw, drop, excused)
    rows_read = raw.rows
    raw = raw.without(drop)
    found = resolve(raw, mapping)
    raw, totals, total_faults = _set_totals_aside(raw, found, mapping)
    faults = Faults(raw.path, raw.row_number)
    for fault in (*personal.values(), *found.faults, *raw.faults, *total_faults):
        faults.add(fault)
    if not raw.rows:
        faults.add(
            InputError(raw.path, "a table without rows", "one account a row", "Export the table again.")
        )
    if found.faults or not raw.rows:
        faults.raise_if_any()
    cells = Cells(raw, mapping, faults, frozenset(personal))
    facts = _read_facts(cells, found, mapping, start)
    rows, exclusions = _apply_rules(cells, found, facts, mapping)
    keys = kept_keys(cells, found.columns, rows)
    check_accounts(cells, found.columns, rows, facts.money, facts.timing, facts.score, facts.payday)
    texts = {name: _text(cells, found.columns, name, rows) for name in ("zone", "product", "region")}
    _check_zones(cells, found.columns, rows, texts["zone"])
    attributes = {
        name: cells.attribute(binding, rows, start.toordinal() - EPOCH)
        for name, binding in found.attributes.items()
    }
    faults.raise_if_any()
    unused = [header for header in found.unused if header not in cells.columns.read]
    notes = (
        *raw.notes,
        *totals,
        *found.notes,
        *cells.notes,
        *_stated_rules(found),
        *_excused(mapping, raw),
        *([f"columns not used: {', '.join(unused)}"] if unused else []),
    )
    source = PortfolioSource(
        raw.path,
        raw.sha256,
        rows_read,
        mapping.name if mapping else "header aliases",
        tuple(dict.fromkeys(notes)),
        mapping.currency if mapping else "",
        _minor(mapping),
    )
    return _portfolio(facts, rows, keys, texts, attributes, found.protected, exclusions, source)


def _expected(mapping: PortfolioMapping | None) -> frozenset[str]:
    """Return the normalised headers by which the header row is told from titles."""
    names = {
        alias for table in (ALIASES, ATTRIBUTE_ALIASES) for aliases in table.values() for alias in aliases
    }
    if mapping:
        sources = (*mapping.columns.values(), *mapping.attributes.values())
        names |= {normalise(header) for source in sources for header in source.from_}
    return frozenset(names)


def _minor(mapping: PortfolioMapping | None) -> int:
    return mapping.minor_per_major if mapping else 100


def _set_totals_aside(
    raw: RawTable, found: Resolution, mapping: PortfolioMapping | None
) -> tuple[RawTable, list[str], list[InputError]]:
    key = found.columns.get("account_id")
    if key is None or key.column < 0:
        return raw, [], []
    amounts = {b.column: b.label for name in AMOUNTS if (b := found.columns.get(name)) and b.column >= 0}
    return without_totals(raw, key.column, amounts, mapping.decimal if mapping else ".")


def _read_facts(cells: Cells, found: Resolution, mapping: PortfolioMapping | None, start: date) -> _Facts:
    columns, rows = found.columns, cells.raw.rows

    def optional(name: str) -> NDArray[np.float64]:
        return cells.number(columns[name]) if name in columns else np.full(rows, np.nan)

    empty = {"number_valid": True, "dispute": False, "hardship_plan": False, "opt_out": False}
    return _Facts(
        money=read_money(cells, columns, _minor(mapping)),
        timing=read_timing(cells, columns, mapping.as_of if mapping else None, start),
        score=optional("score"),
        payday=optional("payday"),
        flags={
            name: cells.flag(columns[name], value) if name in columns else np.full(rows, value)
            for name, value in empty.items()
        },
    )


def _apply_rules(
    cells: Cells, found: Resolution, facts: _Facts, mapping: PortfolioMapping | None
) -> tuple[NDArray[np.int64], tuple[Exclusion, ...]]:
    """Return (places of the accounts that are kept, what each rule left out, in the order of the rules)."""
    kept = np.ones(cells.raw.rows, dtype=np.bool_)
    exclusions = []
    rules = (
        [("where", rule) for rule in mapping.where] + [("exclude", rule) for rule in mapping.exclude]
        if mapping
        else []
    )
    major = float(_minor(mapping))
    numbers: dict[str, NDArray[Any]] = {
        "balance": facts.money.balance / major,
        "principal": facts.money.principal / major,
        "interest": facts.money.interest / major,
        "fees": facts.money.fees / major,
        "dpd": facts.timing.dpd,
        "entry_day": facts.timing.entry_day,
        "score": facts.score,
        "payday": facts.payday,
        **facts.flags,
    }
    for section, text in rules:
        where = mapping.where_is(section) if mapping else section
        hit = _rule(cells, found, numbers, text, where, section)
        out = kept & (~hit if section == "where" else hit)
        kept &= ~out
        balance = facts.money.balance[out]
        cells.notes.extend(_protected_in_rule(text, where))
        name = f"not ({text})" if section == "where" else text
        exclusions.append(Exclusion(name, int(out.sum()), int(np.nansum(balance))))
    return np.flatnonzero(kept), tuple(exclusions)


def _rule(
    cells: Cells, found: Resolution, numbers: Mapping[str, NDArray[Any]], text: str, where: str, section: str
) -> NDArray[np.bool_]:
    """Return where a rule holds, bool (rows,). A `where` on an empty number is undecided: a fault."""
    every = np.arange(cells.raw.rows)
    expression = parse_expression(text, where)
    columns: dict[str, Any] = {}
    for name in expression.names:
        if name in numbers:
            columns[name] = numbers[name]
        elif name in ("zone", "product", "region") and name in found.columns:
            columns[name] = cells.text(found.columns[name], every)
        elif name in found.attributes:
            columns[name] = cells.attribute(found.attributes[name], every, 0)
        elif name in cells.columns:
            columns[name] = cells.columns[name]
    kinds = {
        **dict.fromkeys((*numbers, *found.attributes), "number"),
        **cells.columns.kinds(frozenset()),
        **{name: _kind(column) for name, column in columns.items()},
    }
    try:
        expression.check(kinds, "flag")
        held = np.broadcast_to(expression.evaluate(columns), every.shape).astype(np.bool_)
    except InputError as error:
        cells.faults.add(error)
        return np.full(len(every), section == "where")
    if section == "where":
        for name, column in columns.items():
            if _kind(column) == "number":
                empty = np.isnan(column) & ~cells.faults.bad
                cells.faults.add_rows(
                    name, empty, lambda _: "no value", f"a number, as the rule `{text}` reads it"
                )
    return held


def _protected_in_rule(text: str, where: str) -> list[str]:
    read = [name for name in sorted(parse_expression(text, where).names) if known(name) in PROTECTED_NAMES]
    return [f"the rule `{text}` reads the protected {name}" for name in read]


def _kind(column: Any) -> str:
    return "text" if isinstance(column, Category) else "flag" if column.dtype == np.bool_ else "number"


def _text(cells: Cells, columns: Mapping[str, Binding], name: str, rows: NDArray[np.int64]) -> Category:
    if name in columns:
        return cells.text(columns[name], rows)
    return Category(np.full(len(rows), -1, dtype=np.int32), ())


def _check_zones(
    cells: Cells, columns: Mapping[str, Binding], rows: NDArray[np.int64], zone: Category
) -> None:
    from zoneinfo import available_timezones  # noqa: PLC0415 - reads the whole database

    if not zone.labels:
        return
    known = available_timezones()
    wrong = np.array([label not in known for label in zone.labels] + [False])
    bad = np.zeros(cells.raw.rows, dtype=np.bool_)
    bad[rows] = wrong[zone.codes]
    given = dict(zip(rows.tolist(), zone.codes.tolist(), strict=True)) if bad.any() else {}
    cells.faults.add_rows(
        columns["zone"].label,
        bad,
        lambda row: zone.labels[given[row]],
        "a time zone such as Asia/Shanghai",
        "Use names of the IANA time zone database.",
    )


def _stated_rules(found: Resolution) -> list[str]:
    """Return the mapping's derivations in words."""
    notes = []
    for name, binding in (*found.columns.items(), *found.attributes.items()):
        if binding.source.note:
            notes.append(f"{name}: {binding.source.note}{' (assumed)' if binding.source.assumed else ''}")
    if "person_id" not in found.columns:
        notes.append(
            "every account is taken for a person of its own, as the file has no person key (assumed)"
        )
    return notes


def _excused(mapping: PortfolioMapping | None, raw: RawTable) -> list[str]:
    excused = {normalise(header) for header in mapping.not_personal} if mapping else set()
    return [
        f"{header}: the mapping states that it holds nothing personal"
        for header in raw.headers
        if normalise(header) in excused
    ]


def _portfolio(
    facts: _Facts,
    rows: NDArray[np.int64],
    keys: tuple[list[str], list[str]],
    texts: Mapping[str, Category],
    attributes: Mapping[str, Attribute],
    protected: frozenset[str],
    exclusions: tuple[Exclusion, ...],
    source: PortfolioSource,
) -> Portfolio:
    """Put the kept rows into canonical order."""
    accounts, persons = (np.array(ids, dtype=object) for ids in keys)
    account_hash = stable_hashes(np.array([f"account:{key}" for key in keys[0]], dtype=object), "account ids")
    person_hash = stable_hashes(np.array([f"person:{key}" for key in keys[1]], dtype=object), "person ids")
    order = canonical_order(person_hash, account_hash)
    taken = rows[order]

    def sorted_attribute(column: Attribute) -> Attribute:
        return Category(column.codes[order], column.labels) if isinstance(column, Category) else column[order]

    money = facts.money
    return Portfolio(
        account_id=accounts[order],
        person_id=persons[order],
        account_hash=account_hash[order],
        person_hash=person_hash[order],
        entry_day=facts.timing.entry_day[taken].astype(np.int32),
        dpd=facts.timing.dpd[taken].astype(np.int32),
        principal_minor=money.principal[taken].astype(np.int64),
        interest_minor=money.interest[taken].astype(np.int64),
        fees_minor=money.fees[taken].astype(np.int64),
        instalment_minor=money.instalment[taken].astype(np.int64),
        score=facts.score[taken],
        payday=np.nan_to_num(facts.payday[taken]).astype(np.int8),
        number_valid=facts.flags["number_valid"][taken],
        **{name: Category(column.codes[order], column.labels) for name, column in texts.items()},
        dispute=facts.flags["dispute"][taken],
        hardship_plan=facts.flags["hardship_plan"][taken],
        opt_out=facts.flags["opt_out"][taken],
        attributes={name: sorted_attribute(column) for name, column in attributes.items()},
        protected=protected,
        exclusions=exclusions,
        source=source,
    )
