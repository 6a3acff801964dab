"""`ab assign`: from a design and a list of accounts to an assignment file for the real world.

The folder holds assignment.csv (unit, arm, and stratum or cluster), balance.csv and manifest.json with seed
and hashes.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from experiments.design.assignment import Assignment, BalanceRow, assign_units, balance
from experiments.design.checks import LARGEST_NUMBER
from experiments.estimators.data import FloatArray, IntArray, codes, group_sums
from experiments.estimators.plan import DESIGN_KEYS, KEYS
from experiments.estimators.table import Columns
from sim.errors import InputError, InputErrors, choose, nearest
from sim.portfolio.parsing import category, numbers, texts
from sim.portfolio.reading import read_table
from sim.spec.yaml_source import Document, load_yaml

DESIGNS = ("complete", "stratified", "cluster", "rerandomised")


@dataclass(frozen=True)
class AssignPlan:
    """What `ab assign` does.

    Attributes:
        unit: column that names the unit.
        arms: arm -> planned weight, control first.
        design: one of DESIGNS.
        strata, cluster, covariates: columns.
        accept: share of assignments that re-randomisation accepts; 1 without.
        places: key -> place in the file.
    """

    unit: str
    arms: Mapping[str, float]
    design: str
    strata: tuple[str, ...]
    cluster: str
    covariates: tuple[str, ...]
    accept: float
    places: Mapping[str, str]


@dataclass(frozen=True)
class AssignResult:
    """What was written.

    Attributes:
        folder: where.
        counts: units by arm.
        clusters: clusters by arm, empty where accounts were assigned.
        assignment: draws and distance.
        balance: balance table.
        manifest: content of manifest.json.
    """

    folder: Path
    counts: Mapping[str, int]
    clusters: Mapping[str, int]
    assignment: Assignment
    balance: tuple[BalanceRow, ...]
    manifest: Mapping[str, object]


def load_assign_plan(path: Path) -> AssignPlan:
    """Read the design of an experiment file: `unit`, `arms` or `allocation`, `design` and what it needs."""
    document = load_yaml(path)
    if not isinstance(document.data, dict):
        raise InputError(document.where(), "no mapping", "keys such as unit, allocation and design",
                         "Write unit: account_id and allocation: {champion: 9, new: 1}.")
    inner = document.data.get("analysis")
    data = _keys(document, inner)
    faults = [*_unknown(document, inner)]
    unit = str(data.get("unit") or "")
    if not unit:
        faults.append(
            InputError(document.where(), "no `unit`", "the column that names a unit", "Add unit: account_id.")
        )
    arms = _arms(document, data, faults)
    strata, covariates = _names(data.get("strata")), _names(data.get("covariates"))
    cluster, accept = str(data.get("cluster") or ""), data.get("accept")
    usual = "cluster" if cluster else "stratified" if strata else "complete"
    design = str(data.get("design") or usual)
    if design not in DESIGNS:
        faults.append(
            InputError(
                document.where(("design",)), design, "one of " + ", ".join(DESIGNS), choose(design, DESIGNS)
            )
        )
    for name, needs, have in (
        ("stratified", "strata", strata),
        ("cluster", "cluster", cluster),
        ("rerandomised", "covariates", covariates),
    ):
        if design == name and not have:
            faults.append(
                InputError(document.where(("design",)), design, f"the key `{needs}` with it", f"Add {needs}.")
            )
    share = 1.0 if design != "rerandomised" else 0.01
    if accept is not None:
        if isinstance(accept, bool) or not isinstance(accept, (int, float)) or not 0.0 < accept <= 1.0:
            faults.append(
                InputError(document.where(("accept",)), accept, "a share above 0 and at most 1",
                           "0.01 keeps the best balanced hundredth.")
            )
        else:
            share = float(accept)
    if faults:
        raise InputErrors(faults)
    keys = ("unit", "strata", "cluster", "covariates", "arms", "allocation")
    prefix: tuple[str, ...] = ("analysis",) if isinstance(inner, dict) else ()
    places = {key: document.where((key,) if key in document.data else (*prefix, key)) for key in keys}
    return AssignPlan(unit, arms, design, strata, cluster, covariates, share, places)


def _keys(document: Document, inner: object) -> dict[str, Any]:
    """Return the keys of a design: those at the top and under `analysis`.

    In an experiment file for `ab run`, `unit`, `strata` and `covariates` at the top are the simulation's; only arms and
    allocation are shared.
    """
    if "scenario" not in document.data:
        return {**(inner if isinstance(inner, dict) else {}), **document.data}
    if not isinstance(inner, dict):
        raise InputError(document.where(), "an experiment for `ab run` without `analysis`",
                         "the key `analysis` beside `scenario`",
                         "Write analysis: {unit: account_id, arm: arm, control: ..., metrics: [...]}.")
    return {key: document.data[key] for key in ("arms", "allocation") if key in document.data} | dict(inner)


def _unknown(document: Document, inner: object) -> Iterator[InputError]:
    """Yield keys that neither `ab assign` nor `ab analyze` knows; beside `scenario` only those under `analysis` are ours."""
    known = (*KEYS, *DESIGN_KEYS)
    mappings: list[tuple[tuple[str, ...], Mapping[str, Any]]] = []
    if "scenario" not in document.data:
        mappings.append(((), document.data))
    if isinstance(inner, dict):
        mappings.append((("analysis",), inner))
    for prefix, mapping in mappings:
        for key in mapping:
            if key not in known and (prefix or key != "analysis"):
                yield InputError(document.where((*prefix, key)), f"the key `{key}`", "one of " + ", ".join(known),
                                 nearest(str(key), known) or "Remove it.")


def _names(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _arms(document: Document, data: Mapping[str, Any], faults: list[InputError]) -> dict[str, float]:
    """Return arm -> weight: `allocation`, or equal shares of `arms`, control first."""
    if not isinstance(data.get("arms") or [], list):
        faults.append(InputError(document.where(("arms",)), data["arms"], "a list of names", "Shares belong under `allocation`."))
        return {}
    listed = [
        str(arm.get("name", "")) if isinstance(arm, dict) else str(arm) for arm in data.get("arms") or []
    ]
    weights = data.get("allocation")
    if weights is None:
        weights = dict.fromkeys(listed, 1.0)
    elif isinstance(weights, list) and len(weights) == len(listed):
        weights = dict(zip(listed, weights, strict=True))
    fine = (
        isinstance(weights, dict)
        and len(weights) >= 2
        and all(isinstance(w, (int, float)) and not isinstance(w, bool) and 0 < w <= LARGEST_NUMBER for w in weights.values())
    )
    if not fine:
        faults.append(
            InputError(
                document.where(("allocation",)),
                weights or "no arms",
                "two or more arms with positive shares",
                "Write allocation: {champion: 9, new: 1}.",
            )
        )
        return {}
    out = {str(arm): float(weight) for arm, weight in weights.items()}
    control = data.get("control")
    first = (
        str(control)
        if control is not None
        else (listed[0] if listed and listed[0] in out else next(iter(out)))
    )
    if first not in out:
        faults.append(
            InputError(document.where(("control",)), first, "one of " + ", ".join(out), choose(first, out))
        )
        return out
    return {first: out[first], **{arm: weight for arm, weight in out.items() if arm != first}}


def assign(experiment: Path, data: Path, out: Path, seed: int) -> AssignResult:
    """Assign the accounts of `data` and write the folder `out`, which must not exist yet.

    Raises:
        InputError: a fault in either file, or a folder that exists.
    """
    plan = load_assign_plan(experiment)
    if out.exists():
        raise InputError(
            "--out",
            str(out),
            "a folder that does not exist yet",
            "Assignments are never overwritten: name another folder.",
        )
    columns, units = _accounts(plan, data)
    covariates = _covariates(columns, plan)
    stratum, labels = _strata(columns, plan, len(units))
    cluster: list[str] = []
    if plan.design == "cluster":
        cluster = [str(c) for c in texts(columns.arrow(plan.cluster, plan.places["cluster"]))[0].to_pylist()]
        got, arm = _by_cluster(plan, cluster, stratum, covariates, seed)
    else:
        got = assign_units(
            units,
            list(plan.arms.values()),
            seed,
            covariates=covariates,
            accept=plan.accept,
            stratum=stratum if plan.strata else None,
        )
        arm = got.arm
    arms = list(plan.arms)
    table = balance(
        [*plan.covariates, *(f"stratum {label}" for label in labels)],
        np.column_stack((covariates, *(stratum == s for s in range(len(labels))))) if labels else covariates,
        arm,
        arms,
    )
    lines = [
        [unit, arms[a], *([cluster[i]] if cluster else []), *([labels[stratum[i]]] if labels else [])]
        for i, (unit, a) in enumerate(zip(units, arm, strict=True))
    ]
    header = [plan.unit, "arm", *(["cluster"] if cluster else []), *(["stratum"] if labels else [])]
    counts = {name: int((arm == i).sum()) for i, name in enumerate(arms)}
    clusters = {name: int((got.arm == i).sum()) for i, name in enumerate(arms)} if cluster else {}
    _check_dealt(plan, counts, clusters)
    out.mkdir(parents=True)
    _write_csv(out / "assignment.csv", header, lines)
    _write_csv(
        out / "balance.csv",
        ["variable", "arm", "mean", "control_mean", "standardised_difference"],
        [list(vars(row).values()) for row in table],
    )
    manifest = _manifest(plan, experiment, columns.raw.sha256, out, seed, got, counts, clusters)
    (out / "manifest.json").write_text(
        json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return AssignResult(out, counts, clusters, got, table, manifest)


def _check_dealt(plan: AssignPlan, counts: Mapping[str, int], clusters: Mapping[str, int]) -> None:
    """Raise where an arm gets nobody, or where one cluster an arm leaves no error to estimate."""
    for name, count in counts.items():
        if count == 0:
            raise InputError(plan.places["allocation"], f"{sum(counts.values()):,} units, none of which falls to {name}",
                             "shares that give every arm at least one", "Raise its share, or leave the arm out.")
    for name, count in clusters.items():
        if count < FEWEST_CLUSTERS:
            raise InputError(plan.places["cluster"], f"{sum(clusters.values())} clusters, {count} of them for {name}",
                             f"at least {FEWEST_CLUSTERS} clusters an arm",
                             "One cluster says nothing of how clusters differ: assign smaller ones.")


FEWEST_CLUSTERS = 2


def _accounts(plan: AssignPlan, data: Path) -> tuple[Columns, list[str]]:
    """Return the accounts' columns and their names, in the order of names."""
    raw = read_table(data, frozenset())
    if raw.faults:
        raise InputErrors(raw.faults)
    columns = Columns(raw)
    units = [str(u) for u in texts(columns.arrow(plan.unit, plan.places["unit"]))[0].to_pylist()]
    if "" in units or len(set(units)) != len(units):
        raise InputError(
            plan.places["unit"],
            f"missing or repeated values of `{plan.unit}`",
            "one row a unit",
            "Remove duplicates, or name the column that identifies a unit.",
        )
    # in the order of units, so that not even the rounding of a sum depends on the order of rows
    order = np.argsort(np.array(units), kind="stable")
    turned = replace(raw, columns=tuple(c.take(order) for c in raw.columns), row_number=raw.row_number[order])
    return Columns(turned), [units[i] for i in order]


def _covariates(columns: Columns, plan: AssignPlan) -> FloatArray:
    parts = []
    for name in plan.covariates:
        got = numbers(columns.arrow(name, plan.places["covariates"]))
        if bool(got.bad.any()):
            raise InputError(
                plan.places["covariates"],
                f"texts in `{name}`",
                "a numeric column",
                "Put a column of names under `strata`.",
            )
        parts.append(np.where(got.missing, np.nanmean(got.values), got.values))
    return np.column_stack(parts) if parts else np.zeros((columns.raw.rows, 0))


def _strata(columns: Columns, plan: AssignPlan, rows: int) -> tuple[IntArray, list[str]]:
    """Return (n,) codes and the label of each; one stratum without label where there are none."""
    if not plan.strata:
        return np.zeros(rows, dtype=np.int64), []
    parts = [category(columns.arrow(name, plan.places["strata"])) for name in plan.strata]
    names = [
        " / ".join(p.labels[p.codes[i]] if p.codes[i] >= 0 else "missing" for p in parts) for i in range(rows)
    ]
    labels = sorted(set(names))
    place = {label: code for code, label in enumerate(labels)}
    return np.array([place[name] for name in names], dtype=np.int64), labels


def _by_cluster(
    plan: AssignPlan, cluster: Sequence[str], stratum: IntArray, covariates: FloatArray, seed: int
) -> tuple[Assignment, IntArray]:
    """Assign whole clusters; a cluster's stratum must be one, its covariates are means."""
    code = codes(np.array(cluster))
    names = sorted(set(cluster))
    groups = len(names)
    first = np.zeros(groups, dtype=np.int64)
    first[code[::-1]] = np.arange(code.size)[::-1]
    if plan.strata and bool((stratum != stratum[first][code]).any()):
        raise InputError(
            plan.places["strata"],
            "a cluster with accounts of several strata",
            "one stratum a cluster",
            "Stratify by something that clusters have as a whole.",
        )
    means = group_sums(covariates, code, groups) / np.bincount(code)[:, None] if plan.covariates else None
    got = assign_units(
        names,
        list(plan.arms.values()),
        seed,
        covariates=means,
        accept=plan.accept,
        stratum=stratum[first] if plan.strata else None,
    )
    return got, got.arm[code]


def _write_csv(path: Path, header: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


def _manifest(
    plan: AssignPlan,
    experiment: Path,
    data_sha256: str,
    out: Path,
    seed: int,
    got: Assignment,
    counts: Mapping[str, int],
    clusters: Mapping[str, int],
) -> dict[str, object]:
    def sha256(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    manifest: dict[str, object] = {
        "schema": "duecourse/ab-assign/1",
        "design": plan.design,
        "unit": plan.unit,
        "arms": dict(plan.arms),
        "strata": list(plan.strata),
        "cluster": plan.cluster,
        "covariates": list(plan.covariates),
        "seed": seed,
        "draws": got.draws,
        "counts": dict(counts),
        "experiment_sha256": sha256(experiment),
        "data_sha256": data_sha256,
        "assignment_sha256": sha256(out / "assignment.csv"),
    }
    if clusters:
        manifest["clusters"] = dict(clusters)
    if got.limit == got.limit:
        manifest |= {"accept": plan.accept, "distance": got.distance, "distance_limit": got.limit}
    return manifest
