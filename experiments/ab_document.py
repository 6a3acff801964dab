"""`ab run` as a JSON document."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from experiments.ab_run import Experiment
from experiments.diagnose import DesignRow
from experiments.variants import Variants
from sim import Loaded
from sim.spec.resources import Desk

SCHEMA = "duecourse/ab-run/1"


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: results as maps, what is not a finite number as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def document_of(got: Experiment, variants: Variants, warnings: Sequence[str]) -> dict[str, Any]:
    """Return the document of `ab run --format json`.

    `truth` is that of the first treatment and utilisation by metric, guardrails and proxies included; `truths` has all.
    Sections that the experiment did not ask for are left out.
    """
    spec, loaded, found = variants.spec, variants.loaded, got.diagnosis
    first = next(iter(spec.utilisations))
    out: dict[str, Any] = {
        "schema": SCHEMA, "experiment": found.experiment, "scenario": loaded.scenario.scenario, "arms": spec.arms,
        "accounts": loaded.portfolio.accounts, "alpha": spec.alpha,
        "truth": {key: _truth(truth) for (u, e, key, t), truth in found.truths.items() if (u, e, t) == (first, "as_is", 1)},
        "rows": [_row(row, loaded) for row in found.rows],
        "truths": [{"utilisation": u, "effect": e, "arm": spec.arms[t], "metric": key, **_truth(truth)}
                   for (u, e, key, t), truth in found.truths.items() if e in spec.effects or e == "as_is"]}
    sections: dict[str, Sequence[Any]] = {
        "families": found.families, "ship": got.ships if spec.guardrails else (),
        "proxies": got.proxies, "monitoring": got.monitoring, "faults": got.faults,
        "impulse": got.impulses}
    out |= {name: rows for name, rows in sections.items() if rows}
    if got.worth:
        out["worth"] = [{"design": w.design, "arm": w.arm, "utilisation": w.utilisation,
                         "currency": loaded.scenario.currency.code, **plain(w.answer)} for w in got.worth]
    out["warnings"] = warnings
    document: dict[str, Any] = plain(out)
    return document


def _truth(truth: Any) -> dict[str, float]:
    return {"estimate": truth.estimate, "mc_se": truth.mc_se, "control_mean": truth.control_mean}


def _row(row: DesignRow, loaded: Loaded) -> dict[str, Any]:
    out: dict[str, Any] = plain(row)
    price = price_of_hour(loaded)
    return out | {"cost_minor": plain(row.agent_hours * price),
                  "mc_se": out["mc_se"] | {"cost_minor": plain(row.mc_se["agent_hours"] * price)}}


def price_of_hour(loaded: Loaded) -> float:
    """Return an agent hour's price at the desk's first group, minor units; 0 without a desk."""
    for resource in loaded.scenario.resources.values():
        if isinstance(resource, Desk):
            return float(next(iter(resource.groups.values())).hourly.value * loaded.scenario.currency.minor_per_major)
    return 0.0
