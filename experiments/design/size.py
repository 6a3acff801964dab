"""`ab size`: whichever two of effect, accounts and power are given, the third is found."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy.optimize import brentq
from scipy.special import ndtri

from experiments.design.checks import LARGEST_N, critical_z
from experiments.design.clusters import switchback_points
from experiments.design.decisions import assurance, sign_magnitude
from experiments.design.interference import DosedTest
from experiments.design.size_plan import Plan, plan_of
from experiments.design.size_request import SizeRequest
from experiments.sequential.operating import inflation
from sim.errors import InputError

_TINY = 1e-9


@dataclass(frozen=True)
class SizeResult:
    """The answer of `ab size`.

    Attributes:
        n_control, n_treatment: whole accounts, at the last look; n_treatment is for each treatment arm.
        n_control_exact, n_treatment_exact: before rounding up to whole accounts or clusters.
        power: power at the whole accounts, for the effect asked for.
        mde: effect that those accounts find with the power asked for (the margin, for tests with a margin).
        method, effect_scale: closed form, and scale of `mde`.
        clusters_control, clusters_treatment: whole clusters, 0 without.
        design_effect: variance inflation by clusters.
        inflation: accounts at the last look over those of a single look.
        expected_n_control: mean control accounts at stopping under the effect.
        events: expected events in all arms, 0 where not counted.
        type_s, type_m: chance of the wrong sign, and exaggeration, of a significant estimate under the
            effect.
        assurance: power averaged over the prior of the effect, nan without a prior.
        peak_n_control: control accounts at which power peaks under fixed capacity, 0 without.
        calendar_days: days until the last outcome is known, nan without an inflow.
        notes: what was assumed.
    """

    n_control: int
    n_treatment: int
    n_control_exact: float
    n_treatment_exact: float
    power: float
    mde: float
    method: str
    effect_scale: str
    clusters_control: int
    clusters_treatment: int
    design_effect: float
    inflation: float
    expected_n_control: float
    events: float
    type_s: float
    type_m: float
    assurance: float
    peak_n_control: float
    calendar_days: float
    notes: tuple[str, ...]


def size(request: SizeRequest) -> SizeResult:
    """Return size, power and detectable effect of a request: whichever two are given, the third is found."""
    plan = plan_of(request)
    if request.n is None:
        exact, whole = _solve(plan, request.power or 0.8)
        if not whole * max(request.ratio, 1.0) <= LARGEST_N:
            raise InputError("--treatment, --ratio",
                             f"{whole:.2e} accounts in control and {whole * request.ratio:.2e} in treatment",
                             f"a test of at most {LARGEST_N:.0e} accounts an arm",
                             "State the smallest effect that would change the decision, and a ratio that can be carried out.")
    else:
        exact, whole = request.n, request.n
    target = 0.8 if request.power is None else request.power
    asked = (request.treatment if request.test == "superiority" else request.margin) is not None
    mde = detectable(plan, whole, target)
    power = plan.power(whole) if asked else target
    return _result(plan, exact, whole, power, mde)


def _solve(plan: Plan, power: float) -> tuple[float, float]:
    """Return (unrounded, whole) control accounts for `power`."""
    if plan.request.capacity is not None:
        _dosed_test(plan).check_reachable(power)
    if plan.bounds is None and plan.request.cluster_size is None and plan.request.capacity is None:
        exact = plan.test.size_of(plan.test.distance, power)
        return exact, math.ceil(exact - 1e-9)
    step = plan.step()
    start = plan.test.size_of(plan.test.distance, power) * plan.effect
    if plan.bounds is not None:
        exact = _continuous(plan, power, start)
        return exact, math.ceil(exact - 1e-9)
    if plan.request.cluster_size is None:
        exact = _continuous(plan, power, start)
        return exact, math.ceil(exact - 1e-9)
    whole = _whole_clusters(plan, power, step)
    return start if plan.request.layout == "parallel" else whole, whole


def _continuous(plan: Plan, power: float, start: float) -> float:
    high = start
    if plan.request.capacity is not None:
        high = _dosed_test(plan).peak_n
    while plan.power(high) < power:
        high *= 1.25
        if high > LARGEST_N:
            raise InputError(
                "--power", power, "a power that some number of accounts reaches", "Enlarge the effect."
            )
    low = high
    while plan.power(low) > power and low > 2.0:
        low /= 1.25
    if plan.power(low) >= power:
        return low
    return float(brentq(lambda n: plan.power(n) - power, low, high, xtol=1e-9, rtol=1e-12))


def _whole_clusters(plan: Plan, power: float, step: float) -> float:
    """Return the fewest control accounts, in whole sets of clusters, that reach `power`."""
    low, high = 1, 2
    while plan.power(high * step) < power:
        low, high = high, 2 * high
        if high * step > LARGEST_N:
            raise InputError(
                "--icc",
                plan.request.icc,
                "a design that reaches the power",
                "Use more and smaller clusters, or more periods.",
            )
    while high - low > 1:
        middle = (low + high) // 2
        if plan.power(middle * step) >= power:
            high = middle
        else:
            low = middle
    return (low if plan.power(low * step) >= power else high) * step


def _dosed_test(plan: Plan) -> DosedTest:
    request = plan.request
    reference = max(request.n or 0.0, 1000.0)
    free = replace(plan, request=replace(request, capacity=None))
    shift = free.independent_shift(plan.test.distance, reference) / math.sqrt(reference)
    return DosedTest(
        shift, request.attempts_per_account, request.capacity or 1.0, request.ratio, plan.alpha, plan.sides
    )


def detectable(plan: Plan, n: float, power: float) -> float:
    """Return the effect (or margin) that `n` control accounts find with `power`, on its own scale."""
    high = plan.test.distance or 0.01
    reached = False
    for _ in range(400):
        try:
            if plan.power(n, high) >= power:
                reached = True
                break
        except InputError:
            break  # left the range of a proportion
        high *= 1.1
    if not reached:
        return math.nan
    low = high
    while plan.power(n, low) >= power and low > 1e-12:
        low /= 2.0
    found = brentq(lambda d: plan.power(n, d) - power, low, high, xtol=1e-13, rtol=1e-11)
    return plan.test.effect_of(float(found))


def _result(plan: Plan, exact: float, whole: float, power: float, mde: float) -> SizeResult:
    request = plan.request
    clusters = clusters_treatment = 0
    n_control, n_treatment = math.ceil(whole - 1e-9), math.ceil(whole * request.ratio - 1e-9)
    exact_treatment = exact * request.ratio
    if request.cluster_size is not None:
        clusters = math.ceil(plan.clusters_of(whole) - 1e-9)
        clusters_treatment = math.ceil(clusters * request.ratio - 1e-9)
        if request.layout != "parallel":
            clusters_treatment, n_treatment = clusters, n_control
        else:
            n_treatment = math.ceil(clusters_treatment * request.cluster_size - 1e-9)
    elif request.n is None:
        n_treatment = math.ceil(exact_treatment - 1e-9)
    factor, expected = 1.0, float(n_control)
    if plan.bounds is not None and plan.test.distance > 0.0:
        price = inflation(plan.bounds, power)
        factor, expected = price.inflation, price.expected_h1 / price.inflation * n_control
    peak = 0.0
    if request.capacity is not None:
        peak = request.capacity / (request.attempts_per_account * request.ratio)
    total = n_control + request.treatments * n_treatment
    days = math.nan
    if request.inflow_per_day is not None:
        days = total / request.inflow_per_day + request.horizon_days
    return SizeResult(
        n_control,
        n_treatment,
        exact,
        exact_treatment,
        power,
        mde,
        plan.test.method,
        plan.test.scale,
        clusters,
        clusters_treatment,
        plan.effect,
        factor,
        expected,
        plan.test.events_per_control * n_control,
        *_promises(plan, power),
        peak,
        days,
        plan.test.notes + _notes(plan),
    )


def _promises(plan: Plan, power: float) -> tuple[float, float, float]:
    """Return sign error, exaggeration and assurance at the shift that gives `power`."""
    shift = critical_z(plan.alpha, plan.sides) + float(ndtri(min(max(power, _TINY), 1.0 - _TINY)))
    if plan.test.distance == 0.0 or plan.request.test != "superiority" or shift <= 0.0:
        return math.nan, math.nan, math.nan
    got = sign_magnitude(shift, 1.0, 2.0 * plan.alpha / plan.sides)
    if plan.request.prior_sd is None:
        return got.type_s, got.type_m, math.nan
    # on the scale of the distance the standard error is distance / shift
    distance = plan.test.distance
    return (
        got.type_s,
        got.type_m,
        assurance(distance, plan.request.prior_sd, distance / shift, 2.0 * plan.alpha / plan.sides),
    )


def _notes(plan: Plan) -> tuple[str, ...]:
    request, out = plan.request, []
    out.append("accounts are taken to be independent of each other: arms that share agents are not")
    if request.cluster_size is not None:
        out.append(
            f"design effect {plan.effect:.4g}; t test on clusters - 2 degrees of freedom"
            if request.layout == "parallel"
            else "clusters count in both arms; t test on clusters - 2 degrees of freedom; no carry-over"
        )
    if plan.bounds is not None:
        out.append(f"{len(request.looks)} looks by {request.rule}: n is that of the last look")
    if request.treatments > 1:
        out.append(
            f"{request.treatments} treatments share control: Dunnett's level {plan.alpha:.5f} a comparison"
        )
    if request.capacity is not None:
        out.append(f"{request.capacity:g} attempts are shared: beyond the peak more accounts lower the power")
    if request.layout == "switchback" and request.carryover > 0:
        points = switchback_points(request.periods, request.carryover)
        out.append("draw the arm anew at periods " + " ".join(str(p) for p in points))
    return tuple(out)


def curve(request: SizeRequest, points: int = 12) -> tuple[tuple[float, float], ...]:
    """Return (control accounts, power) from a quarter to three times the size, or around the given n."""
    plan = plan_of(request)
    centre = request.n if request.n is not None else float(size(request).n_control)
    grid = [centre * (0.25 + 2.75 * i / (points - 1)) for i in range(points)]
    return tuple((n, plan.power(n)) for n in grid)
