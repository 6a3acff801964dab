"""From a data file to one row a unit: the columns that an analysis plan names, and what was
wrong with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.estimators.data import BoolArray, FloatArray, IntArray, codes
from experiments.estimators.plan import AnalysisPlan, MetricPlan
from sim.errors import InputError, InputErrors, choose, nearest
from sim.portfolio.parsing import category, flags, is_number, is_text, numbers
from sim.portfolio.reading import RawTable, read_table
from sim.portfolio.table import Category


@dataclass(frozen=True)
class UnitTable:
    """One row a unit, arms known.

    Attributes:
        arms: names of the arms, control first.
        arm: (n,) index into `arms`.
        numbers: column -> (n,) numbers, nan where missing.
        stratum, cluster: (n,) codes, or None.
        received: (n,) whether the treatment was received (nan where unknown), or None.
        warnings: what a reader must know about how the rows became units.
        sha256: of the data file.
    """

    arms: tuple[str, ...]
    arm: IntArray
    numbers: Mapping[str, FloatArray]
    stratum: IntArray | None
    cluster: IntArray | None
    received: FloatArray | None
    warnings: tuple[str, ...]
    sha256: str


class Columns(Mapping[str, Any]):
    """A file's columns by header, read as numbers where all cells are numbers and as texts otherwise."""

    def __init__(self, raw: RawTable, keep: BoolArray | None = None) -> None:
        self.raw = raw
        self._keep = keep
        self._places = {header: place for place, header in enumerate(raw.headers)}
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> FloatArray | Category:
        """Return a column; KeyError where the file has none of that name."""
        if name not in self._read:
            column = self.raw.columns[self._places[name]]
            got = numbers(column)
            value: FloatArray | Category = category(column) if bool(got.bad.any()) else got.values
            if not is_number(column) and not is_text(column):
                value = flags(column).values.astype(np.float64)
            self._read[name] = value
        return self._read[name]  # type: ignore[no-any-return]

    def __iter__(self) -> Any:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def arrow(self, name: str, where: str) -> Any:
        """Return a column as the file has it, or raise with the nearest header."""
        if name not in self._places:
            raise InputError(
                where,
                f"the column `{name}`",
                "a column of the data file",
                nearest(name, self._places) or f"It has: {', '.join(list(self._places)[:12])}.",
            )
        return self.raw.columns[self._places[name]]


def read_units(plan: AnalysisPlan, data: Path) -> UnitTable:
    """Read the data file and return one row a unit.

    Raises:
        InputError: a column that is not there, or cells that are not what the plan says.
    """
    raw = read_table(data, frozenset())
    if raw.faults:
        raise InputErrors(raw.faults)
    columns = Columns(raw)
    keep = np.ones(raw.rows, dtype=bool)
    if plan.where is not None:
        for name in sorted(plan.where.names):
            columns.arrow(name, plan.places["where"])
        keep = np.asarray(plan.where.evaluate(columns), dtype=bool) & keep
        if not bool(keep.any()):
            raise InputError(plan.places["where"], plan.where.text, "a condition that some row meets",
                             "Widen it, or check how the data file writes these values.")
    label = category(columns.arrow(plan.arm, plan.places["arm"]))
    warnings: list[str] = []
    blank = keep & (label.codes < 0)
    if bool(blank.any()):
        warnings.append(f"{int(blank.sum())} rows name no arm and are left out")
        keep &= label.codes >= 0
    names = _number_columns(plan)
    table = {name: _numeric(columns, name, where)[keep] for name, where in names.items()}
    for metric in plan.metrics:
        _check_metric(metric, table)
    arms, arm = _arms(plan, label, keep)
    stratum = _codes(columns, plan.strata, plan.places["strata"], keep)
    cluster = _codes(columns, (plan.cluster,) if plan.cluster else (), plan.places["cluster"], keep)
    received = None
    if plan.received:
        received = _flag(columns, plan.received, plan.places["received"])[keep]
    out = UnitTable(arms, arm, table, stratum, cluster, received, tuple(warnings), raw.sha256)
    if plan.unit:
        unit = category(columns.arrow(plan.unit, plan.places["unit"])).codes[keep]
        out = _by_unit(plan, out, unit)
        if not bool((out.arm == 0).any()) or not bool((out.arm > 0).any()):
            raise InputError(plan.places["unit"], f"no {plan.unit} that is in one arm only, in control and in another arm",
                             "units of control and of at least one more arm",
                             f"Does `{plan.unit}` name what was assigned? Leave it out where each row is a unit.")
    return out


def _number_columns(plan: AnalysisPlan) -> dict[str, str]:
    """Return column -> place of the key that names it."""
    names = dict.fromkeys(plan.covariates, plan.places["covariates"])
    for metric in plan.metrics:
        names |= {name: metric.where for name in metric.columns if name not in names}
    return names


def _numeric(columns: Columns, name: str, where: str) -> FloatArray:
    column = columns.arrow(name, where)
    got = numbers(column)
    if bool(got.bad.any()):
        yes = flags(column)
        if bool(yes.bad.any()):
            row = int(np.flatnonzero(got.bad)[0])
            raise InputError(
                f"{columns.raw.path}: row {int(columns.raw.row_number[row])} {name}",
                repr(column[row].as_py()),
                "a number",
                f"`{name}` is named at {where}; leave out or repair such rows.",
            )
        return np.where(yes.missing, np.nan, yes.values.astype(np.float64))
    return got.values


def _flag(columns: Columns, name: str, where: str) -> FloatArray:
    values = _numeric(columns, name, where)
    if not bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all()):
        raise InputError(where, f"the column `{name}` with other values than 0 and 1", "0 or 1",
                         "Derive such a column first.")
    return values


def _check_metric(metric: MetricPlan, table: Mapping[str, FloatArray]) -> None:
    """Raise where a column cannot be what the metric's kind says."""

    def fail(name: str, expected: str, bad: FloatArray) -> None:
        if bad.size:
            raise InputError(
                metric.where,
                f"{bad[0]:g} in `{name}`",
                f"{expected} for a {metric.kind}",
                "Correct the kind, or derive such a column first.",
            )

    for name in (metric.column if metric.kind == "proportion" else "", metric.event):
        if name:
            values = table[name][~np.isnan(table[name])]
            fail(name, "0 or 1", values[(values != 0.0) & (values != 1.0)])
    for name in (metric.time, metric.exposure, metric.column if metric.kind == "count" else ""):
        if name:
            values = table[name][~np.isnan(table[name])]
            fail(name, "numbers of at least 0", values[values < 0.0])


def _arms(plan: AnalysisPlan, label: Category, keep: BoolArray) -> tuple[tuple[str, ...], IntArray]:
    found = [label.labels[code] for code in np.unique(label.codes[keep])]
    names = {same_arm(name): name for name in found}
    control = names.get(same_arm(plan.control))
    if control is None:
        raise InputError(
            plan.places["control"],
            plan.control,
            f"a value of `{plan.arm}`: {', '.join(found[:12])}",
            choose(plan.control, found),
        )
    if len(found) < 2:
        raise InputError(
            plan.places["arm"],
            f"only {control} in `{plan.arm}`",
            "control and at least one more arm",
            "Is `where` too narrow?",
        )
    if plan.allocation:
        shares = {same_arm(name) for name in plan.allocation}
        missing = [name for key, name in names.items() if key not in shares]
        if missing:
            raise InputError(
                plan.places["allocation"],
                f"no share for {', '.join(missing)}",
                "a share for every arm in the data",
                "Add it, or leave such rows out with `where`.",
            )
    arms = (control, *(name for name in found if name != control))
    place = np.full(len(label.labels), -1, dtype=np.int64)
    for index, name in enumerate(arms):
        place[label.labels.index(name)] = index
    return arms, place[label.codes[keep]]


def same_arm(name: str) -> str:
    """Return the form in which arm values are compared: text, 1.0 being 1."""
    try:
        value = float(name)
    except ValueError:
        return name.strip()
    return str(int(value)) if value.is_integer() else str(value)


def share_of(allocation: Mapping[str, float], arm: str) -> float:
    """Return the planned weight of an arm, 1 where none is stated."""
    return {same_arm(name): weight for name, weight in allocation.items()}.get(same_arm(arm), 1.0)


def _codes(columns: Columns, names: Sequence[str], where: str, keep: BoolArray) -> IntArray | None:
    """Return codes of one column, or of several crossed; a missing value is a value of its own."""
    if not names:
        return None
    total: IntArray = np.zeros(int(keep.sum()), dtype=np.int64)
    for name in names:
        part = category(columns.arrow(name, where)).codes[keep].astype(np.int64)
        total = codes(total * (int(part.max()) + 2) + part + 1)
    return total


def _by_unit(plan: AnalysisPlan, rows: UnitTable, unit: np.ndarray) -> UnitTable:
    """Fold rows of one unit: amounts, counts and exposures add up, yes/no is "ever", the rest must not
    differ.
    """
    warnings = list(rows.warnings)
    known = unit >= 0
    if not bool(known.all()):
        warnings.append(f"{int((~known).sum())} rows name no {plan.unit} and are left out")
    group = codes(unit[known])
    groups = int(group.max()) + 1 if group.size else 0
    arm = rows.arm[known]
    low, high = np.full(groups, len(rows.arms)), np.full(groups, -1)
    np.minimum.at(low, group, arm)
    np.maximum.at(high, group, arm)
    mixed = low != high
    if bool(mixed.any()):
        warnings.append(
            f"{int(mixed.sum())} units appear in more than one arm and are left out: "
            "find out how before trusting any difference"
        )
    if groups < group.size:
        warnings.append(
            f"{group.size} rows belong to {groups} units: amounts were added up, yes/no taken as ever"
        )
    single = {m.column for m in plan.metrics if m.kind == "proportion"} | {m.event for m in plan.metrics}
    first = {m.time for m in plan.metrics if m.time} | set(plan.covariates)
    table = {}
    for name, values in rows.numbers.items():
        table[name] = _fold(
            values[known], group, groups, "ever" if name in single else "first" if name in first else "sum"
        )[~mixed]
    chosen = np.full(groups, -1, dtype=np.int64)
    chosen[group[::-1]] = np.flatnonzero(known)[::-1]
    chosen = chosen[~mixed]

    def constant(column: IntArray | None, name: str) -> IntArray | None:
        if column is None:
            return None
        own = column[known]
        if groups < group.size and bool(_differs(own, group).any()):
            warnings.append(f"{name} differs within some units: the first row's value is used")
        return np.asarray(column[chosen], dtype=np.int64)

    received = None
    if rows.received is not None:
        received = _fold(rows.received[known], group, groups, "ever")[~mixed]
    return UnitTable(
        rows.arms,
        low[~mixed].astype(np.int64),
        table,
        constant(rows.stratum, "the stratum"),
        constant(rows.cluster, "the cluster"),
        received,
        tuple(warnings),
        rows.sha256,
    )


def _differs(values: IntArray, group: IntArray) -> BoolArray:
    """Return (groups,) whether a group holds different values."""
    groups = int(group.max()) + 1
    low, high = np.full(groups, np.iinfo(np.int64).max), np.full(groups, np.iinfo(np.int64).min)
    np.minimum.at(low, group, values)
    np.maximum.at(high, group, values)
    return np.asarray(low != high)


def _fold(values: FloatArray, group: IntArray, groups: int, how: str) -> FloatArray:
    """Fold (rows,) to (groups,); a unit whose cells are all missing stays missing."""
    seen = ~np.isnan(values)
    any_seen = np.bincount(group[seen], minlength=groups) > 0
    out: FloatArray = np.zeros(groups)
    if how == "sum":
        np.add.at(out, group[seen], values[seen])
    elif how == "ever":
        np.maximum.at(out, group[seen], values[seen])
    else:
        out[group[seen][::-1]] = values[seen][::-1]
    return np.where(any_seen, out, np.nan)
