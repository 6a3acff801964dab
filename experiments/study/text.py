"""A study's result as the JSON document, and as a report for the terminal that begins with its answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from textwrap import fill
from typing import Any

from experiments.study.fitting import Fitted
from experiments.study.frozen import Comparison, prediction_row
from experiments.study.running import Predicted, StudyResult

SCHEMA = "duecourse/study/1"
WIDTH = 118


def study_json(result: StudyResult, frozen: Comparison) -> dict[str, Any]:
    """Return the document of `study run --format json`."""
    return {"schema": SCHEMA, "study": result.study.spec.study,
            "calibrated": [_calibrated_row(found) for found in result.calibrated],
            "predictions": [prediction_row(found) | _beside(found) for found in result.predictions],
            "frozen_matches": frozen.matches}


def _calibrated_row(found: Fitted) -> dict[str, Any]:
    against = f" against {found.item.against}" if found.item.against else ""
    return {"outcome": f"{found.item.outcome}, {found.item.arm}{against}", "target": found.target, "fitted": found.fitted,
            "parameter": found.parameter, "value": found.value, "low": found.low, "high": found.high, "met": found.met}


def _beside(found: Predicted) -> dict[str, Any]:
    """Return what only some predictions have."""
    out: dict[str, Any] = {}
    if found.item.cannot:
        out["reason"] = found.item.cannot
    if found.item.band is not None:
        out |= {"band": list(found.item.band), "passes": found.passes}
    if found.interval is not None:
        out["interval"] = list(found.interval)
    if found.observed is not None:
        out["observed"] = found.observed
    return out


def failed(result: StudyResult) -> list[Predicted]:
    """Return the figures that lie outside their bands."""
    return [found for found in result.predictions if found.passes is False]


def report(result: StudyResult, frozen: Comparison) -> str:
    """Return the report: answer, calibration, predictions, what cannot be said, frozen or not."""
    spec = result.study.spec
    parts = [f"{spec.study}: {spec.title}", *_answer(result), ""]
    if result.calibrated:
        parts += ["Calibrated on", _table(["outcome", "target", "fitted", "parameter", "value", "range"],
                                          [_fitted_cells(found) for found in result.calibrated]), ""]
    known = [found for found in result.predictions if not found.item.cannot]
    parts += ["Predicted", _table(["outcome", "arm", "against", "days", "estimate", "MC error", "unit", *_more(known)],
                                  [_predicted_cells(found, known) for found in known]), ""]
    parts += _list("Not in the model", [f"{found.item.outcome} ({found.item.arm}): {found.item.cannot}"
                                        for found in result.predictions if found.item.cannot])
    parts += _list("The model can predict", spec.can_predict)
    parts += _list("The model cannot predict", spec.cannot_predict)
    parts += _list("Assumed", spec.assumptions)
    parts += [fill(f"Source: {spec.source}", WIDTH), *_frozen_lines(result, frozen)]
    return "\n".join(parts)


def _answer(result: StudyResult) -> Iterator[str]:
    """Yield the answer in sentences: what leads, and whether all bands hold."""
    yield fill(result.study.spec.question, WIDTH)
    banded = [found for found in result.predictions if found.passes is not None]
    if banded:
        outside = failed(result)
        yield (f"Answer: {len(banded) - len(outside)} of {len(banded)} figures lie in their bands"
               + (f"; outside: {', '.join(found.item.outcome for found in outside)}." if outside else "."))
    for found in result.predictions:
        if found.item.lead:
            yield fill(f"Answer: {sentence(found)}", WIDTH)


def sentence(found: Predicted) -> str:
    """Return a prediction in words."""
    against = f" against {found.item.against}" if found.item.against else ""
    sign = "+" if found.item.against else ""
    kind = "" if found.item.basis == "mechanism" else ", on an assumed value"
    text = (f"{found.item.outcome}, {found.item.arm}{against}, {found.horizon_days} days: {found.estimate:{sign}.2f} "
            f"{found.unit} (Monte-Carlo error {found.mc_se:.2f}{kind})")
    if found.interval is not None and found.observed is not None:
        low, high = found.interval
        inside = "inside" if low <= found.observed <= high else "OUTSIDE"
        text += f"; one more month is expected in [{low:.1f}, {high:.1f}]; observed {found.observed:.1f}, {inside}"
    elif found.observed is not None:
        text += f"; observed {found.observed:.1f}"
    return text + "."


def _fitted_cells(found: Fitted) -> list[str]:
    item = found.item
    against = f" against {item.against}" if item.against else ""
    at_end = found.value in (found.low, found.high)
    met = "" if found.met else "  NOT MET: the range ends here" if at_end else "  NOT MET together with the others"
    return [f"{item.outcome}, {item.arm}{against}", f"{found.target:.2f}", f"{found.fitted:.2f}", found.parameter,
            f"{found.value:.4g}", f"{found.low:g} to {found.high:g}{met}"]


def _more(known: list[Predicted]) -> list[str]:
    """Return the columns that only some studies have."""
    more = ["band", "verdict"] if any(found.item.band for found in known) else []
    return more + (["expected", "observed"] if any(found.item.observed for found in known) else ["basis"] if not more else [])


def _predicted_cells(found: Predicted, known: list[Predicted]) -> list[str]:
    item, more = found.item, _more(known)
    cells = [item.outcome, item.arm, item.against or "-", str(found.horizon_days),
             f"{found.estimate:{'+' if item.against else ''}.2f}", "-" if math.isnan(found.mc_se) else f"{found.mc_se:.2f}",
             found.unit]
    if "band" in more:
        verdict = "pass" if found.passes else "FAIL"
        cells += ["-", "-"] if item.band is None else [f"{item.band[0]:g} to {item.band[1]:g}", verdict]
    if "expected" in more:
        cells.append("-" if found.interval is None else f"{found.interval[0]:.1f} to {found.interval[1]:.1f}")
        cells.append("-" if found.observed is None else f"{found.observed:.2f}")
    if "basis" in more:
        cells.append(item.basis)
    return cells


def _table(header: list[str], rows: list[list[str]]) -> str:
    from experiments.cli_run import text_table  # noqa: PLC0415 - a light helper of the command line

    return text_table(header, rows)


def _list(head: str, items: tuple[str, ...] | list[str]) -> list[str]:
    if not items:
        return []
    return [head, *(fill(item, WIDTH, initial_indent="- ", subsequent_indent="  ") for item in items), ""]


def _frozen_lines(result: StudyResult, frozen: Comparison) -> Iterator[str]:
    spec = result.study.spec
    if frozen.matches is None:
        yield "Frozen: nothing yet. `duecourse study run ... --freeze` writes these predictions down."
    elif frozen.matches:
        yield f"Frozen: every prediction is as it was frozen (within {spec.frozen_tolerance:g})."
    else:
        yield "! Frozen: this run does NOT come to the frozen predictions:"
        yield from (f"!   {difference}" for difference in frozen.differences)
