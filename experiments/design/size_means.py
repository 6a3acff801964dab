"""Closed forms of `ab size` for means, ranks and proportions."""

from __future__ import annotations

import math

from scipy.special import ndtr

from experiments.design.checks import critical_z
from experiments.design.heavy_tail import (
    ZeroInflatedLognormal,
    noether_power,
    noether_total,
    normal_needs,
    shift_probability,
)
from experiments.design.means import TwoMeans, equivalence_power, equivalence_size
from experiments.design.proportions import (
    METHODS,
    ProportionMargin,
    TwoProportions,
    equivalence_proportions_size,
)
from experiments.design.size_forms import FixedTest, difference_of, downwards, gain_of, method_of
from experiments.design.size_request import SizeRequest
from sim.errors import InputError


def _mean_sds(request: SizeRequest) -> tuple[float, float, tuple[str, ...]]:
    """Return outcome SDs of control and treatment, and what was assumed."""
    if request.payer_share is not None:
        amount = ZeroInflatedLognormal(request.payer_share, 0.0, request.log_sd)
        sd = abs(request.control) * math.sqrt(amount.cv_squared)
        needs = normal_needs(amount.skewness)
        skew = f"zero-inflated lognormal: SD {sd:.6g}, skewness {amount.skewness:.3g}; "
        trust = f"a normal interval can be trusted from about {needs:.4g} accounts per arm"
        rate = "the share that pays may need far fewer accounts: size it as a proportion too"
        return sd, sd, (skew + trust, rate)
    if request.sd is None:
        notes = ("no --sd was given: the effect is taken in standard deviations",)
        return 1.0, 1.0 if request.sd_treatment is None else request.sd_treatment, notes
    return request.sd, request.sd if request.sd_treatment is None else request.sd_treatment, ()


def mean_test(request: SizeRequest) -> FixedTest:
    """Return the closed form for a mean."""
    known = {"equivalence": ("z",), "non_inferiority": ("t", "z"), "superiority": ("t", "z", "noether")}
    method = method_of(request, known[request.test])
    first, second, notes = _mean_sds(request)
    if method == "noether":
        return _ranks(request, math.sqrt((first**2 + second**2) / 2.0), notes)
    one_sided = request.test != "superiority"
    design = TwoMeans(
        first,
        second,
        request.ratio,
        request.one_sided_alpha if one_sided else request.alpha,
        1 if one_sided else request.sides,
        "t" if method == "t" else "z",
        request.covariate_factor,
    )
    if request.test == "equivalence":
        truth = gain_of(request)
        return FixedTest(
            method,
            "difference",
            request.margin or 0.0,
            lambda margin, power: equivalence_size(design, margin, power, truth),
            lambda margin, n: equivalence_power(n, design, margin, truth),
            lambda margin: margin,
            notes=notes,
        )
    shift = gain_of(request) if one_sided else 0.0
    distance = (request.margin or 0.0) + shift if one_sided else difference_of(request)
    sign = -1.0 if downwards(request) and not one_sided else 1.0
    return FixedTest(
        method,
        "difference",
        distance,
        design.size,
        lambda d, n: design.power(n, d),
        lambda d: sign * d - shift,
        notes=notes,
    )


def _ranks(request: SizeRequest, sd: float, notes: tuple[str, ...]) -> FixedTest:
    share, sign = request.ratio / (1.0 + request.ratio), -1.0 if downwards(request) else 1.0

    def size(distance: float, goal: float) -> float:
        total = noether_total(shift_probability(distance / sd), request.alpha, goal, request.sides, share)
        return total / (1.0 + request.ratio) * request.covariate_factor

    def power(distance: float, n: float) -> float:
        total = n * (1.0 + request.ratio) / request.covariate_factor
        return noether_power(total, shift_probability(distance / sd), request.alpha, request.sides, share)

    return FixedTest(
        "noether",
        "difference",
        difference_of(request),
        size,
        power,
        lambda d: sign * d,
        notes=(*notes, "Mann-Whitney test of a normal shift; other shapes need P(control < treatment)"),
    )


def proportion_test(request: SizeRequest) -> FixedTest:
    """Return the closed form for a proportion."""
    if request.test == "non_inferiority":
        return _proportion_margin(request)
    if request.test == "equivalence":
        return _proportion_equivalence(request)
    method = method_of(request, METHODS)
    sign = -1.0 if downwards(request) else 1.0

    def at(distance: float) -> TwoProportions:
        treatment = request.control + sign * distance
        if not 0.0 < treatment < 1.0:
            raise InputError(
                "--treatment",
                treatment,
                "a proportion above 0 and below 1",
                "The effect leaves the range of a proportion.",
            )
        return TwoProportions(request.control, treatment, request.ratio, request.alpha, request.sides, method)

    return FixedTest(
        method,
        "difference",
        difference_of(request),
        lambda d, power: at(d).size(power) * request.covariate_factor,
        lambda d, n: at(d).power(n / request.covariate_factor),
        lambda d: sign * d,
    )


def _proportion_margin(request: SizeRequest) -> FixedTest:
    method = method_of(request, ("wald", "farrington_manning"))
    treatment = request.control if request.treatment is None else request.treatment
    gain = gain_of(request)

    def at(margin: float) -> ProportionMargin:
        return ProportionMargin(
            request.control,
            treatment,
            margin,
            request.larger_is_better,
            request.one_sided_alpha,
            request.ratio,
        )

    return FixedTest(
        method,
        "difference",
        (request.margin or 0.0) + gain,
        lambda d, power: at(d - gain).size(power, method) * request.covariate_factor,
        lambda d, n: at(d - gain).power(n / request.covariate_factor, method),
        lambda d: d - gain,
    )


def _proportion_equivalence(request: SizeRequest) -> FixedTest:
    method_of(request, ("wald",))
    treatment = request.control if request.treatment is None else request.treatment
    variance = (
        TwoProportions(request.control, treatment, request.ratio).true_variance * request.covariate_factor
    )
    gap, z = treatment - request.control, critical_z(request.one_sided_alpha, 1)

    def power(margin: float, n: float) -> float:
        root = math.sqrt(n / variance)
        return max(0.0, float(ndtr((margin - gap) * root - z) + ndtr((margin + gap) * root - z)) - 1.0)

    return FixedTest(
        "wald",
        "difference",
        request.margin or 0.0,
        lambda margin, goal: (
            request.covariate_factor
            * equivalence_proportions_size(
                request.control, margin, request.one_sided_alpha, goal, treatment, request.ratio
            )
        ),
        power,
        lambda margin: margin,
    )
