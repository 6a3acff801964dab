"""Frozen predictions: what a study said before it was compared with what happened. Renewed by hand, never after a comparison."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.study.running import Predicted, StudyResult
from sim import InputError
from sim.provenance import TRAJECTORY_VERSION

SCHEMA = "duecourse/study-frozen/1"
COLUMNS = ("outcome", "arm", "against", "horizon_days", "estimate", "mc_se", "unit")
"""Of a frozen prediction. Any other column is a comparison with what happened."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether a run came to the frozen figures. None: nothing is frozen yet."""

    matches: bool | None
    differences: tuple[str, ...] = ()
    """What differs, in words."""


def prediction_row(found: Predicted) -> dict[str, Any]:
    """Return a prediction's columns; what cannot be predicted has no numbers."""
    return {"outcome": found.item.outcome, "arm": found.item.arm, "against": found.item.against or None,
            "horizon_days": found.horizon_days, "estimate": _number(found.estimate), "mc_se": _number(found.mc_se),
            "unit": found.unit}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def frozen_document(result: StudyResult) -> dict[str, Any]:
    """Return what is frozen of a study's result."""
    spec = result.study.spec
    return {"schema": SCHEMA, "study": spec.study, "trajectory_version": TRAJECTORY_VERSION, "tolerance": spec.frozen_tolerance,
            "parameters": [{"parameter": f.parameter, "value": f.value} for f in result.calibrated],
            "predictions": [prediction_row(found) for found in result.predictions]}


def read_frozen(path: Path) -> dict[str, Any] | None:
    """Return a frozen file's document; None where there is none.

    Raises:
        InputError: the file is no frozen study.
    """
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(str(path), str(error), "a frozen study in JSON", "Bring it back from version control.") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(str(path), "another document", f"the schema {SCHEMA}", "Bring it back from version control.")
    return document


def compare(result: StudyResult) -> Comparison:
    """Compare a run with the frozen file: the same predictions, each within the stated tolerance.

    Raises:
        InputError: the frozen file cannot be read.
    """
    frozen = read_frozen(result.study.frozen_path)
    if frozen is None:
        return Comparison(None)
    tolerance = result.study.spec.frozen_tolerance
    found = {_name(row): row for row in map(prediction_row, result.predictions)}
    kept = {_name(row): row for row in frozen["predictions"]}
    out = [f"{name}: not frozen" for name in found if name not in kept]
    out += [f"{name}: frozen, but no longer predicted" for name in kept if name not in found]
    for name in (name for name in found if name in kept):
        out += [f"{name}: {column} {found[name][column]}, frozen {kept[name][column]}" for column in ("estimate", "mc_se")
                if not _close(found[name][column], kept[name][column], tolerance)]
    if out and frozen.get("trajectory_version") != TRAJECTORY_VERSION:
        out.append(f"frozen under trajectory version {frozen.get('trajectory_version')}, this is {TRAJECTORY_VERSION}")
    return Comparison(not out, tuple(out))


def _name(row: Mapping[str, Any]) -> str:
    against = f" against {row['against']}" if row["against"] else ""
    return f"{row['outcome']}, {row['arm']}{against}, {row['horizon_days']} days, {row['unit']}"


def _close(a: float | None, b: float | None, tolerance: float) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= tolerance


def moves(before: Mapping[str, Any] | None, result: StudyResult) -> list[str]:
    """Return in words which predictions a result moves, from a frozen document (None: all are new)."""
    kept = {_name(row): row["estimate"] for row in (before or {}).get("predictions", [])}
    found = {_name(row): row["estimate"] for row in map(prediction_row, result.predictions)}
    out = [f"{name}: no longer predicted" for name in kept if name not in found]
    for name, estimate in found.items():
        if name not in kept:
            out.append(f"{name}: new, {_shown(estimate)}")
        elif not _close(estimate, kept[name], result.study.spec.frozen_tolerance):
            out.append(f"{name}: {_shown(kept[name])} -> {_shown(estimate)}")
    return out


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"


def check_may_freeze(path: Path) -> None:
    """Refuse to renew predictions that were compared with what happened.

    Raises:
        InputError: the frozen file has a column beside the predictions'.
    """
    frozen = read_frozen(path)
    columns = sorted({column for row in (frozen or {}).get("predictions", []) for column in row} - set(COLUMNS))
    if columns:
        raise InputError(f"{path} predictions", f"the column{'s' * (len(columns) > 1)} {', '.join(columns)}",
                         "a frozen file that was not compared with outcomes yet",
                         "Predictions that were compared are not renewed: copy the study under a new name and freeze that.")


def freeze(result: StudyResult) -> Path:
    """Write the frozen file of a result and return its path.

    Raises:
        InputError: the predictions were compared with outcomes already.
    """
    path = result.study.frozen_path
    check_may_freeze(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(frozen_document(result), ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path
