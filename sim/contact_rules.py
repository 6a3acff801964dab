"""A scenario's contact rules: its packs, whom they bind here, and the arrays of its gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.compliance.gate_static import Standing
from sim.compliance.gate_tables import Accounts, Circumstances, GatedRule, GateTables, lower_gate
from sim.compliance.library import assemble, read_pack, shipped, shipped_ids
from sim.compliance.pack import Head, Pack
from sim.compliance.words import disclaimer
from sim.errors import InputError, nearest
from sim.portfolio.table import Attribute, Category, Portfolio
from sim.spec.compliance import ComplianceSpec
from sim.spec.resources import FieldTeams
from sim.spec.scenario import Scenario

SUFFIX = ".yaml"
YES = frozenset({"1", "true", "yes", "y", "t"})
"""Texts of a column that mean true."""


@dataclass(frozen=True, slots=True)
class ContactRules:
    """The rules of a setting. `tables` None: no packs, nothing is asked."""

    packs: tuple[Pack, ...]
    tables: GateTables | None
    zone_known: NDArray[np.bool_]
    """(persons,): whether the hour at the debtor is known; where it is not, every contact is refused."""
    keys: Mapping[str, NDArray[np.int32]]
    """Dense numbers of accounts by scope: person, account, debt, phone, household."""
    standing_of: tuple[Standing, ...]
    """By class of accounts (`tables.arrays["class"]`)."""
    purpose_of: Mapping[int, str | None]
    """Purpose by place of the content."""
    warnings: tuple[str, ...]

    @property
    def rules(self) -> tuple[GatedRule, ...]:
        """The rules by the number that the log gives."""
        return self.tables.rules if self.tables else ()

    @property
    def on(self) -> bool:
        """Whether any pack is on."""
        return self.tables is not None


def packs_of(scenario: Scenario) -> tuple[Pack, ...]:
    """Return a scenario's packs in force together. A name that ends in .yaml is a pack of one's own, in a file.

    Raises:
        InputError: an unknown pack (with the nearest), an unreadable file, or a rule id to switch that no pack has.
    """
    named = []
    for place, name in enumerate(scenario.rulepacks):
        if name.endswith(SUFFIX):
            named.append(read_pack(Path(name)))
        elif name in shipped_ids():
            named.append(shipped(name))
        else:
            raise InputError(f"rulepacks[{place}]", name, f"a shipped pack or a file that ends in {SUFFIX}: "
                             f"{', '.join(shipped_ids())}", nearest(name, shipped_ids()))
    said = scenario.compliance
    packs = assemble(named, said.switch_on, said.switch_off)
    known = [rule.head.id for pack in packs for rule in pack.rules]
    for key, names in (("switch_on", said.switch_on), ("switch_off", said.switch_off)):
        for name in names:
            if packs and name not in known:
                raise InputError(f"compliance.{key}", name, "the id of a rule of the packs that are on",
                                 nearest(name, known))
    return packs


def contact_rules(scenario: Scenario, portfolio: Portfolio, packs: Sequence[Pack], owner: NDArray[np.int32],
                  contents: Mapping[tuple[str, str], int], zone_row: Callable[[str], int]) -> ContactRules:
    """Return the rules of a scenario on its portfolio.

    Args:
        scenario: what the packs are told stands under `compliance`.
        portfolio: whose accounts.
        packs: as `packs_of` returned them.
        owner: each account's person row, (accounts,).
        contents: (channel, content) -> place in the content table.
        zone_row: the row of a zone in the zone tables.

    Raises:
        InputError: a column, flag or content that is not there.
    """
    said = scenario.compliance
    keys = _keys(portfolio, said, owner)
    zone_known = _zone_known(portfolio, owner, keys, drawn=not scenario.portfolio.file)
    purpose_of = _purposes(said, contents)
    if not packs:
        return ContactRules((), None, zone_known, keys, (), purpose_of, ())
    classes, standings = _standings(portfolio, scenario)
    told = Circumstances(
        said.actor, said.product, scenario.calendar.country or None, scenario.calendar.start, scenario.horizon.days,
        _ordered(purpose_of), {str(channel.counts_as) for channel in scenario.channels.values()},
        lambda head: _in_shadow(said, head), 60 * said.visit_margin_minutes, zone_row)
    tables = lower_gate(packs, Accounts(keys, classes, standings), told)
    return ContactRules(tuple(packs), tables, zone_known, keys, standings, purpose_of,
                        _warnings(scenario, tables, zone_known))


def _in_shadow(said: ComplianceSpec, head: Head) -> bool:
    return said.gate == "shadow" or head.severity in said.report_only


def _ordered(purpose_of: Mapping[int, str | None]) -> tuple[str | None, ...]:
    """Return the purposes that occur, with None last for calls by the debtor."""
    return (*(purpose for purpose in dict.fromkeys(purpose_of.values()) if purpose is not None), None)


def purpose_rows(rules: ContactRules) -> NDArray[np.int32]:
    """Return the number of each content's purpose, and last that of calls by the debtor; int32 (contents + 1,)."""
    known = _ordered(rules.purpose_of)
    rows = [known.index(rules.purpose_of[place]) for place in range(len(rules.purpose_of))]
    return np.array([*rows, len(known) - 1], np.int32)


def purposes(rules: ContactRules) -> int:
    """Return how many purposes there are."""
    return len(_ordered(rules.purpose_of))


def _purposes(said: ComplianceSpec, contents: Mapping[tuple[str, str], int]) -> dict[int, str | None]:
    names = {f"{channel}.{content}": place for (channel, content), place in contents.items()}
    for name in said.purposes:
        if name not in names:
            raise InputError("compliance.purposes", name, f"channel.content: one of {', '.join(names)}",
                             nearest(name, list(names)))
    return {place: said.purposes.get(name, said.purpose) for name, place in names.items()}


def _column(portfolio: Portfolio, name: str, key: str) -> Attribute:
    table: dict[str, Attribute] = {"region": portfolio.region, "product": portfolio.product, "score": portfolio.score,
                                   **portfolio.attributes}
    if name not in table:
        raise InputError(f"compliance.{key}", name, f"a column of the portfolio: {', '.join(table)}",
                         nearest(name, list(table)))
    return table[name]


def shared_by(portfolio: Portfolio, name: str, key: str, owner: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return dense numbers of a column's values; where it is empty, the person counts by themself."""
    column = _column(portfolio, name, key)
    codes = np.full(len(owner), -1, np.int64)
    if isinstance(column, Category):
        codes[:] = column.codes
    else:
        values, places = np.unique(column, return_inverse=True)
        codes[:] = np.where(np.isnan(column), -1, places)
        del values
    codes = np.where(codes < 0, codes.max(initial=-1) + 1 + owner, codes)
    return np.unique(codes, return_inverse=True)[1].reshape(-1).astype(np.int32)


def _keys(portfolio: Portfolio, said: ComplianceSpec, owner: NDArray[np.int32]) -> dict[str, NDArray[np.int32]]:
    """Return dense numbers by scope. An account is a debt; phone and household are the person's where no column says more."""
    person = owner.astype(np.int32)
    account = np.arange(len(owner), dtype=np.int32)
    phone = shared_by(portfolio, said.phone_column, "phone_column", person) if said.phone_column else person
    household = (shared_by(portfolio, said.household_column, "household_column", person) if said.household_column
                 else person)
    return {"person": person, "account": account, "debt": account, "phone": phone, "household": household,
            "third_party": phone}


def _zone_known(portfolio: Portfolio, owner: NDArray[np.int32],
                keys: Mapping[str, NDArray[np.int32]], *, drawn: bool) -> NDArray[np.bool_]:
    """Return whether each person's zone is known.

    A portfolio without a zone column is in the calendar's zone, as is a drawn region without a zone. Where a file has such
    a column, an empty cell is not known, and neither is the zone of people whose accounts, phones or homes lie in several.
    """
    persons = int(owner.max(initial=-1)) + 1
    labels = portfolio.zone.labels
    if not any(labels):
        return np.ones(persons, np.bool_)
    codes = portfolio.zone.codes
    stated = np.array([bool(label) for label in labels] + [drawn])[codes]
    known = np.ones(persons, np.bool_)
    np.logical_and.at(known, owner, stated)
    for name in ("person", "phone", "household"):
        low = np.full(int(keys[name].max(initial=-1)) + 1, len(labels), np.int64)
        high = np.full(len(low), -1, np.int64)
        np.minimum.at(low, keys[name], codes)
        np.maximum.at(high, keys[name], codes)
        np.logical_and.at(known, owner, (low == high)[keys[name]])
    return known


def _standings(portfolio: Portfolio, scenario: Scenario) -> tuple[NDArray[np.int32], tuple[Standing, ...]]:
    """Return each account's class, and what is fixed about each class: region, flags, staff."""
    said = scenario.compliance
    accounts = portfolio.accounts
    region = _region(portfolio, said)
    columns = {name: given for name, given in said.flags.items() if isinstance(given, str)}
    held = [_truth(_column(portfolio, given, f"flags.{name}")) for name, given in columns.items()]
    codes = np.stack([region.codes, *held]) if accounts else np.zeros((1 + len(held), 0), np.int32)
    unique, inverse = np.unique(codes, axis=1, return_inverse=True)
    constants = {name: given for name, given in said.flags.items() if isinstance(given, bool)}
    staff = min((r.staff for r in scenario.resources.values() if isinstance(r, FieldTeams)), default=None)
    standings = []
    for column in unique.T:
        label = region.labels[column[0]] if column[0] >= 0 else ""
        regions = frozenset({label.upper().removeprefix("US-").removeprefix("BR-")} - {""})
        flags = constants | {name: True for name, value in zip(columns, column[1:], strict=True) if value}
        standings.append(Standing(regions, flags, constants, staff))
    return inverse.reshape(-1).astype(np.int32), tuple(standings)


def _region(portfolio: Portfolio, said: ComplianceSpec) -> Category:
    if not said.region_column:
        return Category(np.full(portfolio.accounts, -1, np.int32), ())
    column = _column(portfolio, said.region_column, "region_column")
    if not isinstance(column, Category):
        raise InputError("compliance.region_column", said.region_column, "a text column", "It holds numbers.")
    return column


def _truth(column: Attribute) -> NDArray[np.int32]:
    if isinstance(column, Category):
        yes = np.array([label.strip().lower() in YES for label in column.labels] + [False])
        return yes[column.codes].astype(np.int32)
    return (np.nan_to_num(column) > 0).astype(np.int32)


def _warnings(scenario: Scenario, tables: GateTables, zone_known: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return what a planner should know before a run."""
    out = [f"contact rules: {disclaimer('en')}"]
    out += [f"the pack {pack} does not apply: {why}" for pack, why in tables.unbound]
    unknown = int((~zone_known).sum())
    if unknown:
        out.append(f"{unknown:,} of {len(zone_known):,} borrowers have no known time zone, or several: contact rules refuse "
                   "all their contacts (tz_unknown).")
    end = scenario.horizon.days
    for rule, record in zip(tables.rules, tables.arrays["rule"], strict=True):
        starts, stops = int(record["from_day"]), int(record["to_day"])
        if rule.head is not None and (starts >= end or stops < 0):
            when = _day(scenario.calendar.start, starts) if starts >= end else _day(scenario.calendar.start, stops)
            word = "takes effect on" if starts >= end else "ended on"
            out.append(f"the pack {rule.pack} is not in force in this horizon: it {word} {when}")
        elif rule.head is not None and (starts > 0 or stops < end - 1):
            since = f" from {_day(scenario.calendar.start, starts)}" if starts > 0 else ""
            until = f" to {_day(scenario.calendar.start, stops)}" if stops < end - 1 else ""
            out.append(f"the pack {rule.pack} is in force only{since}{until}: on the horizon's other days its rules do "
                       "not hold")
    return tuple(dict.fromkeys(out))


def _day(start: date, days: int) -> str:
    return date.fromordinal(start.toordinal() + days).isoformat()
