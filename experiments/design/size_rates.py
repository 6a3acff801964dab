"""Closed forms of `ab size` for ratio metrics, counts and times to an event."""

from __future__ import annotations

import math
from dataclasses import replace

from scipy.special import ndtr

from experiments.design.checks import critical_z
from experiments.design.rates import RateRatio, RatioMetric, exact_rate_power, ratio_metric_size
from experiments.design.size_forms import FixedTest, difference_of, downwards, method_of
from experiments.design.size_request import SizeRequest
from experiments.design.survival import METHODS, FollowUp, LogRank
from sim.errors import InputError


def ratio_test(request: SizeRequest) -> FixedTest:
    """Return the closed form for a ratio of means."""
    method_of(request, ("delta",))
    _superiority_only(request)
    missing = [
        name
        for name in ("mean_denominator", "sd_numerator", "sd_denominator")
        if getattr(request, name) is None
    ]
    if missing:
        raise InputError(
            "--metric ratio",
            "no " + ", no ".join("--" + m.replace("_", "-") for m in missing),
            "the mean of the denominator and the SDs of numerator and denominator per account",
            "Take them from past accounts; --correlation too, which often matters most.",
        )
    bottom = request.mean_denominator or 0.0
    metric = RatioMetric(
        request.control * bottom,
        bottom,
        request.sd_numerator or 0.0,
        request.sd_denominator or 0.0,
        request.correlation,
    )
    variance = metric.log_variance * request.covariate_factor
    sign = -1.0 if downwards(request) else 1.0

    def power(change: float, n: float) -> float:
        se = math.sqrt(variance * (1.0 + 1.0 / request.ratio) / n)
        return float(ndtr(change / se - critical_z(request.alpha, request.sides)))

    return FixedTest(
        "delta",
        "difference",
        difference_of(request) / request.control,
        lambda change, goal: ratio_metric_size(
            variance, change, request.alpha, request.sides, goal, request.ratio
        ),
        power,
        lambda change: sign * change * request.control,
        notes=("both arms are taken to have control's variance",),
    )


def count_test(request: SizeRequest) -> FixedTest:
    """Return the closed form for an event rate."""
    method = method_of(request, ("zhu_lakkis", "exact") if request.test == "superiority" else ("zhu_lakkis",))
    if request.test == "equivalence":
        raise InputError(
            "--test",
            "equivalence",
            "superiority or non_inferiority for a count",
            "Test two non-inferiority margins in turn.",
        )
    margin = request.margin if request.test == "non_inferiority" and request.margin else 1.0
    truth = request.control if request.treatment is None else request.treatment
    shift = math.log(truth / request.control)
    towards = -1.0 if downwards(request) else 1.0
    alpha, sides = (request.alpha, request.sides) if margin == 1.0 else (request.one_sided_alpha, 1)
    base = RateRatio(
        request.control,
        truth,
        request.exposure,
        request.dispersion,
        request.ratio,
        alpha,
        sides,
        request.covariate_factor,
    )
    if margin != 1.0:
        direction = math.copysign(1.0, math.log(margin))
        return FixedTest(
            method,
            "rate_ratio",
            max(0.0, direction * (math.log(margin) - shift)),
            lambda d, goal: base.non_inferiority_size(math.exp(direction * d + shift), goal),
            lambda d, n: base.power(n, math.exp(direction * d + shift)),
            lambda d: math.exp(direction * d + shift),
        )

    def at(distance: float) -> RateRatio:
        return replace(base, treatment=request.control * math.exp(towards * distance))

    def power(distance: float, n: float) -> float:
        return exact_rate_power(at(distance), n) if method == "exact" else at(distance).power(n)

    return FixedTest(
        method,
        "rate_ratio",
        abs(shift),
        lambda d, goal: at(d).size(goal),
        power,
        lambda d: math.exp(towards * d),
    )


def time_test(request: SizeRequest) -> FixedTest:
    """Return the closed form for a time to an event."""
    method = method_of(request, METHODS)
    if request.test == "equivalence":
        raise InputError(
            "--test",
            "equivalence",
            "superiority or non_inferiority for a time to event",
            "Test two non-inferiority margins in turn.",
        )
    truth = request.control if request.treatment is None else request.treatment
    margin = request.margin if request.test == "non_inferiority" and request.margin else 1.0
    alpha, sides = (request.alpha, request.sides) if margin == 1.0 else (request.one_sided_alpha, 1)
    shift = math.log(truth / request.control)
    towards = -1.0 if shift - math.log(margin) < 0.0 else 1.0
    watched, notes = _watched(request)

    def events_per_control(hazard: float) -> float:
        return _events_per_control(request, watched, hazard)

    def at(distance: float) -> tuple[LogRank, float]:
        if margin != 1.0:
            # the truth stays; the margin moves away from it
            moved = math.exp(shift - towards * distance)
            return (
                LogRank(truth / request.control, request.ratio, alpha, sides, method, moved),
                events_per_control(truth),
            )
        ratio = math.exp(towards * distance)
        return LogRank(ratio, request.ratio, alpha, sides, method), events_per_control(
            request.control * ratio
        )

    def size(distance: float, goal: float) -> float:
        test, events = at(distance)
        return test.events(goal) / events * request.covariate_factor

    def power(distance: float, n: float) -> float:
        test, events = at(distance)
        return test.power(n * events / request.covariate_factor)

    def effect(distance: float) -> float:
        return math.exp(shift - towards * distance) if margin != 1.0 else math.exp(towards * distance)

    return FixedTest(
        method,
        "hazard_ratio",
        abs(shift - math.log(margin)),
        size,
        power,
        effect,
        events_per_control(truth),
        notes,
    )


def _watched(request: SizeRequest) -> tuple[FollowUp | None, tuple[str, ...]]:
    """Return how long accounts are watched, None for each to its event, and what that assumes."""
    if request.followup_days is None:
        return None, (
            "no --followup-days was given: every account is followed to its event, so sizes count events",
        )
    return FollowUp(request.accrual_days, request.followup_days, request.dropout_per_day), ()


def _events_per_control(request: SizeRequest, watched: FollowUp | None, hazard: float) -> float:
    """Return the expected events in both arms per control account, `hazard` being treatment's."""
    if watched is None:
        return 1.0 + request.ratio
    return watched.event_probability(request.control) + request.ratio * watched.event_probability(hazard)


def _superiority_only(request: SizeRequest) -> None:
    if request.test != "superiority":
        raise InputError(
            "--test",
            request.test,
            f"superiority for a {request.metric}",
            "Leave out --margin, or size the numerator as a mean.",
        )
