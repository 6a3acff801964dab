"""What `ab bounds` answers: boundaries, their price, futility, inference after a stop, and always-valid
rivals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import ndtri

from experiments.design.checks import probability
from experiments.sequential.always_valid import MonitoringPrice, confidence_sequence_z, price_of_monitoring
from experiments.sequential.bounds import Bounds, efficacy_bounds, equal_looks
from experiments.sequential.inference import (
    ConditionalPower,
    FinalInference,
    RepeatedInference,
    conditional_power,
    final_inference,
    repeated_inference,
)
from experiments.sequential.integration import FloatArray
from experiments.sequential.operating import (
    FutilityDesign,
    Inflation,
    fixed_drift,
    futility_design,
    inflation,
)
from experiments.sequential.spending import SPENDING_RULES
from sim.errors import InputError, choose


@dataclass(frozen=True)
class BoundsRequest:
    """What a person asks `ab bounds`.

    Attributes:
        looks: information fractions.
        rule, parameter: spending rule or boundary shape.
        alpha, sides: level over both sides, and 1 or 2.
        power: of the planned test, for inflation and expected size.
        futility, futility_parameter, binding: beta-spending rule, or "" for none.
        look, estimate, se: what was seen at a look, for inference after it; look 0 for none.
    """

    looks: tuple[float, ...]
    rule: str
    alpha: float
    sides: int
    parameter: float | None = None
    power: float = 0.8
    futility: str = ""
    futility_parameter: float | None = None
    binding: bool = False
    look: int = 0
    estimate: float | None = None
    se: float | None = None


@dataclass(frozen=True)
class BoundsAnswer:
    """The answer of `ab bounds`.

    Attributes:
        bounds: efficacy boundaries; those of the futility design where one was asked for.
        price: inflation and expected sizes relative to the fixed test, None when looks stop before 1.
        futility: boundaries with beta spending, or None.
        repeated, final, conditional: inference at the look that was seen, or None.
        monitoring: power price of other ways to look at the same moments (two-sided tests).
    """

    bounds: Bounds
    price: Inflation | None
    futility: FutilityDesign | None
    repeated: RepeatedInference | None
    final: FinalInference | None
    conditional: ConditionalPower | None
    monitoring: tuple[MonitoringPrice, ...]

    @property
    def z(self) -> FloatArray:
        """(K,) efficacy boundaries."""
        return self.bounds.z if self.futility is None else self.futility.upper


def parse_looks(text: str) -> tuple[float, ...]:
    """Return information fractions from "0.5,0.75,1", or equally spaced ones from a whole number of looks."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            "--looks",
            text,
            "information fractions such as 0.5,0.75,1, or a number of looks",
            "Separate the fractions with commas.",
        ) from None
    if len(values) == 1 and values[0] > 1.0 and values[0] == round(values[0]) and values[0] <= 400.0:
        return tuple(float(t) for t in equal_looks(int(values[0])))
    if any(not 0.0 < value <= 1.0 for value in values) or any(b <= a for a, b in pairwise(values)):
        raise InputError(
            "--looks",
            text,
            "increasing information fractions above 0 and at most 1",
            "Divide the information at each look by the planned maximum.",
        )
    return values


def answer(request: BoundsRequest) -> BoundsAnswer:
    """Return the answer to a request.

    Raises:
        InputError: looks, rule, level or power that no test has.
    """
    probability(request.power, "--power")
    if request.sides in (1, 2) and request.power <= request.alpha / request.sides < 1.0:
        raise InputError("--power", request.power, f"a power above the level {request.alpha / request.sides:g}",
                         "A coin has that power without any data.")
    bounds = efficacy_bounds(request.looks, request.rule, request.alpha, request.sides, request.parameter)
    ends = request.looks[-1] >= 1.0 - 1e-12
    futility = _futility(request) if request.futility else None
    repeated = final = conditional = None
    if request.look:
        if request.estimate is None or request.se is None:
            raise InputError(
                "--estimate, --se",
                "one of them missing",
                "the estimate and its standard error",
                "Give both for inference at --look.",
            )
        repeated = repeated_inference(bounds, request.look, request.estimate, request.se)
        if repeated.reject or request.look == len(request.looks):
            final = final_inference(bounds, request.look, request.estimate, request.se)
        if ends and request.look < len(request.looks):
            drift = fixed_drift(request.alpha, request.sides, request.power)
            conditional = conditional_power(
                request.looks[request.look - 1], request.estimate / request.se, float(bounds.z[-1]), drift
            )
    price = futility.inflation if futility is not None else inflation(bounds, request.power) if ends else None
    return BoundsAnswer(bounds, price, futility, repeated, final, conditional, _monitoring(request, bounds))


def _futility(request: BoundsRequest) -> FutilityDesign:
    if request.sides != 1:
        raise InputError(
            "--sides",
            request.sides,
            "1 with --futility",
            "A futility boundary belongs to a directional test: use --sides 1 and half the alpha.",
        )
    for option, rule in (("--rule", request.rule), ("--futility", request.futility)):
        if rule not in SPENDING_RULES:
            raise InputError(
                option,
                rule,
                "with futility one of " + ", ".join(SPENDING_RULES),
                choose(rule, SPENDING_RULES),
            )
    return futility_design(
        request.looks,
        request.rule,
        request.futility,
        request.alpha,
        request.power,
        binding=request.binding,
        alpha_parameter=request.parameter,
        beta_parameter=request.futility_parameter,
    )


def _monitoring(request: BoundsRequest, bounds: Bounds) -> tuple[MonitoringPrice, ...]:
    """Compare the rule with peeking, Bonferroni and the asymptotic confidence sequence, all two-sided."""
    if request.sides != 2 or request.looks[-1] < 1.0 - 1e-12:
        return ()
    count, nominal = len(request.looks), float(-ndtri(request.alpha / 2.0))
    rules = {
        request.rule: bounds.z,
        "confidence_sequence": confidence_sequence_z(request.looks, request.alpha),
        "bonferroni": np.full(count, float(-ndtri(request.alpha / (2.0 * count)))),
        "peeking_uncorrected": np.full(count, nominal),
    }
    drift = fixed_drift(request.alpha, 2, request.power)
    return price_of_monitoring(request.looks, rules, request.alpha, drift)


def number(value: float) -> float | None:
    """Return a number that JSON can hold: None for nan and infinities."""
    return value if math.isfinite(value) else None


def document(request: BoundsRequest, got: BoundsAnswer) -> dict[str, object]:
    """Return the JSON document `duecourse/ab-bounds/1`."""
    tail = np.asarray(got.bounds.nominal_p)
    looks: list[dict[str, float | None]] = []
    for k, t in enumerate(got.bounds.information):
        row: dict[str, float | None] = {
            "information": float(t),
            "z": number(float(got.bounds.z[k])),
            "p": float(tail[k]),
            "cumulative_alpha": float(got.bounds.cumulative_alpha[k]),
        }
        if got.futility is not None:
            row["z"] = number(float(got.futility.upper[k]))
            row["futility_z"] = number(float(got.futility.lower[k]))
            row["cumulative_beta"] = float(got.futility.cumulative_beta[k])
        looks.append(row)
    out: dict[str, object] = {
        "schema": "duecourse/ab-bounds/1",
        "looks": looks,
        "rule": request.rule,
        "alpha": request.alpha,
        "sides": request.sides,
        "parameter": request.parameter,
        "p_is": "one-sided nominal level of each look",
    }
    if got.price is not None:
        out["power"] = got.price.power
        out["drift"] = got.price.drift
        out["inflation"] = got.price.inflation
        out["expected_size"] = {
            "h0": got.price.expected_h0,
            "half": got.price.expected_half,
            "h1": got.price.expected_h1,
        }
    for name, part in (
        ("repeated", got.repeated),
        ("final", got.final),
        ("conditional_power", got.conditional),
    ):
        if part is not None:
            out[name] = {k: number(v) if isinstance(v, float) else v for k, v in vars(part).items()}
    if got.monitoring:
        out["monitoring"] = [vars(row) for row in got.monitoring]
    return out
