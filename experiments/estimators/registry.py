"""All estimators by name; other packages add theirs under the entry point `duecourse.estimators`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from experiments.estimators import (
    clustered,
    compliance,
    counts,
    means,
    randomisation,
    ratios,
    skewed,
    survival,
)
from experiments.estimators.data import Contrast
from experiments.estimators.protocol import KINDS, Estimator
from sim.errors import InputError, choose

ENTRY_POINT = "duecourse.estimators"


@cache
def estimators() -> Mapping[str, Estimator]:
    """Return every registered estimator by name, found once."""
    families = (means, clustered, ratios, skewed, counts, survival, randomisation, compliance)
    known: dict[str, Estimator] = {item.name: item for family in families for item in family.ESTIMATORS}
    for entry in entry_points(group=ENTRY_POINT):
        item: Estimator = entry.load()
        if item.name in known:
            raise InputError(
                f"entry point {entry.value}",
                item.name,
                "a name that is not taken",
                "Give the estimator another name.",
            )
        known[item.name] = item
    return MappingProxyType(known)


def estimator(name: str, kind: str, where: str = "estimators") -> Estimator:
    """Return the estimator `name` if it can read metrics of `kind`, else raise InputError."""
    known = estimators()
    if name not in known:
        raise InputError(where, name, "one of " + ", ".join(known), choose(name, known))
    if kind not in known[name].kinds:
        fitting = [n for n, e in known.items() if kind in e.kinds]
        raise InputError(where, f"{name} for a {kind}", "one of " + ", ".join(fitting),
                         "Name one of these, or change the metric's kind.")
    return known[name]


def defaults(kind: str, data: Contrast) -> tuple[str, ...]:
    """Return the names of the estimators that suit a metric when the person names none.

    The unit of assignment decides first: with clusters only cluster-robust methods are valid.
    """
    if kind not in KINDS:
        raise InputError("kind", kind, "one of " + ", ".join(KINDS), choose(kind, KINDS))
    if kind == "time_to_event":
        return ("log_rank", "cox", "restricted_mean")
    if kind == "ratio":
        return ("ratio_delta_cluster",) if data.cluster is not None else ("ratio_delta",)
    if data.cluster is not None:
        return ("cr2", "cluster_means")
    names = {"mean": ("welch",), "proportion": ("pooled_z", "score"), "count": ("rate_ratio_exact", "welch")}[
        kind
    ]
    if data.covariates.shape[1] > 0:
        names = (*names, "lin")
    if data.stratum is not None:
        names = (*names, "post_stratified")
    if data.received is not None:
        names = (*names, "cace")
    return names
