"""`ab size` as a JSON document and in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.design.size import SizeResult
from experiments.design.size_request import SizeRequest


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def document(
    request: SizeRequest, got: SizeResult, points: Sequence[tuple[float, float]]
) -> dict[str, object]:
    """Return the JSON document `duecourse/ab-size/1`."""
    out: dict[str, object] = {
        "schema": "duecourse/ab-size/1",
        "n_control": got.n_control,
        "n_treatment": got.n_treatment,
        "power": _number(got.power),
        "mde": _number(got.mde),
        "method": got.method,
        "metric": request.metric,
        "test": request.test,
        "alpha": request.alpha,
        "sides": request.sides,
        "ratio": request.ratio,
        "treatments": request.treatments,
        "effect_scale": got.effect_scale,
        "n_control_exact": got.n_control_exact,
        "n_treatment_exact": got.n_treatment_exact,
        "design_effect": got.design_effect,
        "inflation": got.inflation,
        "expected_n_control": got.expected_n_control,
        "type_s": _number(got.type_s),
        "type_m": _number(got.type_m),
    }
    if got.clusters_control:
        out |= {"clusters_control": got.clusters_control, "clusters_treatment": got.clusters_treatment}
    if got.events:
        out["events"] = got.events
    for name, value in (("assurance", got.assurance), ("calendar_days", got.calendar_days)):
        if math.isfinite(value):
            out[name] = value
    if got.peak_n_control:
        out["peak_n_control"] = got.peak_n_control
    if points:
        out["curve"] = [{"n_control": n, "power": power} for n, power in points]
    out["notes"] = list(got.notes)
    return out


def table(request: SizeRequest, got: SizeResult, points: Sequence[tuple[float, float]]) -> str:
    """Return the answer as a person reads it."""
    arms = (
        f"{got.n_treatment:,} in treatment"
        if request.treatments == 1
        else (f"{got.n_treatment:,} in each of {request.treatments} treatments")
    )
    lines = [
        f"{got.n_control:,} accounts in control, {arms}",
        f"power {got.power:.4f}; "
        + (f"detectable {got.effect_scale.replace('_', ' ')} {got.mde:.6g}" if math.isfinite(got.mde)
           else "no effect is large enough to be detected"),
        f"({request.metric}, {request.test}, {got.method}, alpha {request.alpha:g}, {request.sides}-sided)",
    ]
    if got.clusters_control:
        lines.append(f"{got.clusters_control} control and {got.clusters_treatment} treatment clusters")
    if got.inflation != 1.0:
        lines.append(
            f"{got.inflation:.4f} times a single look; {got.expected_n_control:,.0f} control accounts on "
            "average under the effect"
        )
    if got.events:
        lines.append(f"{got.events:.1f} events expected")
    if math.isfinite(got.type_m):
        lines.append(
            f"if significant, the estimate is {got.type_m:.2f} times the truth on average and has the wrong "
            f"sign with probability {got.type_s:.2g}"
        )
    if math.isfinite(got.assurance):
        lines.append(f"assurance (power averaged over the prior): {got.assurance:.4f}")
    if got.peak_n_control:
        lines.append(f"with this capacity power peaks at {got.peak_n_control:,.0f} control accounts")
    if math.isfinite(got.calendar_days):
        lines.append(f"{got.calendar_days:,.1f} days until the last outcome is known")
    lines += [f"  n {n:>12,.0f}  power {power:.4f}" for n, power in points]
    return "\n".join([*lines, *(f"note: {note}" for note in got.notes)])
