"""`ab bounds` in words."""

from __future__ import annotations

from experiments.sequential.report import BoundsAnswer, BoundsRequest


def table(request: BoundsRequest, got: BoundsAnswer) -> str:
    """Return the answer as a person reads it."""
    sign = "|Z|" if request.sides == 2 else "Z"
    futility = "  stop for futility at Z <" if got.futility is not None else ""
    lines = [
        f"{request.rule}, alpha {request.alpha:g} over {request.sides} side(s), {len(request.looks)} look(s)",
        f"information  {'reject at ' + sign + ' >':>16}  p (one-sided)  alpha used{futility}",
    ]
    for k, t in enumerate(got.bounds.information):
        row = f"{t:>11.4f}  {got.z[k]:>16.6f}  {got.bounds.nominal_p[k]:>13.8f}"
        row += f"  {got.bounds.cumulative_alpha[k]:>10.6f}"
        if got.futility is not None:
            row += f"  {got.futility.lower[k]:>24.6f}"
        lines.append(row)
    return "\n".join([*lines, *_price(got), *_after(got)])


def _price(got: BoundsAnswer) -> list[str]:
    lines = []
    if got.price is not None:
        p = got.price
        lines += [
            f"for power {p.power:g} the last look needs {p.inflation:.4f} times the fixed size;",
            f"on average the test stops at {p.expected_h0:.4f} of it without an effect,",
            f"at {p.expected_h1:.4f} with the planned one",
        ]
    for row in got.monitoring:
        errors = f"real type I error {row.type1:.4f}, power {row.power:.4f} (one look {row.fixed_power:.4f})"
        lines.append(f"  {row.rule}: {errors}, mean information {row.expected_information:.4f}")
    return lines


def _after(got: BoundsAnswer) -> list[str]:
    lines = []
    if got.repeated is not None:
        r = got.repeated
        crossed = "boundary crossed" if r.reject else "not crossed"
        interval = f"repeated interval {r.ci_low:.6g} to {r.ci_high:.6g}, repeated p {r.p_value:.6g}"
        lines.append(f"look {r.look}: {crossed}; estimate {r.estimate:.6g}, {interval}")
    if got.final is not None:
        f = got.final
        middle = f"median-unbiased estimate {f.estimate:.6g} (naive {f.naive_estimate:.6g})"
        lines.append(f"stopped at look {f.look}: stage-wise p {f.p_value:.6g}, {middle},")
        lines.append(f"  interval {f.ci_low:.6g} to {f.ci_high:.6g}")
    if got.conditional is not None:
        c = got.conditional
        lines.append(
            f"chance to reject at the end: {c.design:.4f} under the planned effect, {c.trend:.4f} under"
        )
        lines.append(
            f"  the trend, {c.predictive:.4f} over what the data allow, {c.null:.4f} without an effect"
        )
    return lines
