"""`ab analyze` as a JSON document and in words; flat CSV of any result document."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping

from experiments.estimators.analysis import Analysis, ContrastResult
from experiments.estimators.results import Estimate


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _contrast(line: ContrastResult) -> dict[str, object]:
    got = line.result
    row: dict[str, object] = {
        "metric": line.metric,
        "arm": line.arm,
        "control": line.control,
        "estimator": got.estimator,
    }
    if isinstance(got, Estimate):
        row |= {
            "estimate": _number(got.estimate),
            "se": _number(got.se),
            "df": _number(got.df),
            "level": got.level,
            "ci": [_number(got.ci_low), _number(got.ci_high)],
            "p_value": got.p_value,
            "p_adjusted": _number(line.p_adjusted),
            "n": got.n,
            "reason": None,
            "estimand": got.estimand,
        }
        if got.clusters:
            row["clusters"] = got.clusters
    else:
        row |= {
            "estimate": None,
            "se": None,
            "df": None,
            "level": 1.0 - line.alpha,
            "ci": None,
            "p_value": None,
            "p_adjusted": None,
            "n": got.n,
            "reason": got.reason,
        }
    if line.margin is not None:
        row["margin"] = {
            "margin": line.margin.margin,
            "direction": "larger_is_better" if line.margin.larger_is_better else "smaller_is_better",
            "p_value": line.margin.p_value,
            "non_inferior": line.margin.shown,
        }
    return row


def document(got: Analysis) -> dict[str, object]:
    """Return the JSON document `duecourse/ab-analyze/1`."""
    split = got.split
    return {
        "schema": "duecourse/ab-analyze/1",
        "srm": {
            "p_value": split.p_value,
            "counts": split.counts,
            "shares": split.shares,
            "assumed_equal": split.assumed_equal,
            "counted": split.counted,
        },
        "contrasts": [_contrast(line) for line in got.contrasts],
        "warnings": list(got.warnings),
        "multiplicity": got.multiplicity,
        "data_sha256": got.sha256,
    }


def table(got: Analysis) -> str:
    """Return the analysis as a person reads it."""
    counts = ", ".join(f"{name} {count:,}" for name, count in got.split.counts.items())
    lines = [f"split: {counts} {got.split.counted}, p = {got.split.p_value:.4g}"]
    for line in got.contrasts:
        head = f"{line.metric}  {line.arm} against {line.control}  {line.result.estimator}: "
        result = line.result
        if isinstance(result, Estimate):
            p = f"p = {result.p_value:.4g}"
            if math.isfinite(line.p_adjusted) and line.p_adjusted != result.p_value:
                p += f" ({got.multiplicity}: {line.p_adjusted:.4g})"
            lines.append(
                f"{head}{result.estimate:+.6g} (SE {result.se:.4g}; {result.level:.0%} {result.ci_low:.6g} "
                f"to {result.ci_high:.6g}), {p}, n = {result.n:,}"
            )
        else:
            lines.append(f"{head}not estimable: {result.reason}")
        if line.margin is not None:
            word = "shown" if line.margin.shown else "not shown"
            lines.append(
                f"    no worse than the margin {line.margin.margin:g}: {word}, p = {line.margin.p_value:.4g}"
            )
    return "\n".join([*lines, *(f"warning: {warning}" for warning in got.warnings)])


def flat_csv(document: Mapping[str, object]) -> str:
    """Return the rows of a result document as CSV: its first list of rows, or the document
    itself as one row.
    """
    rows = next(
        (
            value
            for value in document.values()
            if isinstance(value, list) and value and isinstance(value[0], dict)
        ),
        None,
    )
    flat = [_flatten(row) for row in rows] if rows is not None else [_flatten(document)]
    names = list(dict.fromkeys(name for row in flat for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def _flatten(row: Mapping[str, object], before: str = "") -> dict[str, object]:
    out: dict[str, object] = {}
    for key, value in row.items():
        name = before + str(key)
        if isinstance(value, Mapping):
            out |= _flatten(value, name + ".")
        elif isinstance(value, list):
            if all(not isinstance(item, (dict, list)) for item in value):
                out[name] = " ".join("" if item is None else str(item) for item in value)
        else:
            out[name] = "" if value is None else value
    return out
