"""What can be said against a planned test before it is played: too little power, too few agents, contacts that rules refuse."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from experiments.design.size import size
from experiments.design.size_request import SizeRequest
from experiments.truth import FIRST
from experiments.variants import Variants
from sim import Loaded, Strategy
from sim.conflicts import conflicts
from sim.spec.experiment import BY_ACCOUNT, DesignSpec, ExperimentSpec
from sim.strategies.describe import describe_strategy
from sim.words import capacity_per_day, first_view

LOOK_AHEAD_DAYS = 30


@dataclass(frozen=True, slots=True)
class ResourceLoad:
    """What the arms' plans ask of a resource on an average day, as a share of what it can do."""

    utilisation: str
    resource: str
    asked: tuple[float, ...]
    """By arm, with everybody under it."""
    planned_per_day: float
    """Contacts under the allocation."""
    capacity_per_day: float
    """Contacts, if the resource did nothing but the channel that asks most of it."""


def plan_warnings(variants: Variants) -> tuple[str, ...]:
    """Return what a planner should hear before the run, in sentences."""
    return (*_power_warnings(variants), *_capacity_warnings(variants), *_rule_warnings(variants))


def arm_sizes(spec: ExperimentSpec, design: DesignSpec, accounts: int) -> tuple[float, ...]:
    """Return the accounts that take part in a design, by arm."""
    weights = spec.allocation_of(design)
    return tuple((design.accounts or accounts) * weight / sum(weights) for weight in weights)


def power_request(spec: ExperimentSpec, design: DesignSpec, accounts: int) -> SizeRequest | None:
    """Return what the closed form is asked of a design of accounts, with its smallest treatment; None without an expected effect.

    Raises:
        InputErrors: an expected effect that the metric cannot have.
    """
    if spec.expect is None or design.kind not in BY_ACCOUNT:
        return None
    control, *others = arm_sizes(spec, design, accounts)
    is_share = spec.metric.name in FIRST
    return SizeRequest("proportion" if is_share else "mean", spec.expect.control, spec.expect.treatment, n=max(control, 2.0),
                       alpha=spec.alpha, ratio=min(others) / control, treatments=len(others),
                       sd=None if is_share else spec.expect.sd)


def _power_warnings(variants: Variants) -> Iterator[str]:
    """Yield designs of accounts whose closed-form power is below the wanted one, for the expected effect."""
    spec = variants.spec
    for design in spec.designs:
        request = power_request(spec, design, variants.loaded.portfolio.accounts)
        if request is None or request.n is None:
            continue
        control, treatment = request.n, request.n * request.ratio
        got = size(request).power
        if got < spec.power:
            needed = size(replace(request, n=None, power=spec.power))
            yield (f"{design.label}: power {got:.0%} where {spec.power:.0%} is wanted: {control:,.0f} accounts in control and "
                   f"{treatment:,.0f} in treatment; {needed.n_control:,} and {needed.n_treatment:,} would be needed if accounts "
                   "did not share agents")


def _capacity_warnings(variants: Variants) -> Iterator[str]:
    for load in loads(variants):
        asked = max(load.asked)
        if asked <= 1.0:
            continue
        # among equals the later arm, which is the new one
        which = max(zip(load.asked, range(len(load.asked)), variants.spec.arms, strict=True))[2]
        yield (f"{load.utilisation} agents: {which} plans {asked:.1f} times what {load.resource} can do in a day "
               f"({load.planned_per_day:,.0f} contacts planned under the allocation, {load.capacity_per_day:,.0f} possible): "
               "arms that share it take contacts from each other, and accounts randomised within it will show more than is true")


def _rule_warnings(variants: Variants) -> Iterator[str]:
    """Yield what contact rules refuse of each arm's plan, as `describe` finds it: an arm held back is not what was meant."""
    loaded = variants.loaded
    does = "counts as a violation" if loaded.scenario.compliance.gate == "shadow" else "will not go out as planned"
    for name in variants.spec.arms:
        by_what: dict[str, list[str]] = {}
        for conflict in conflicts(loaded.setting, loaded.strategy(name)):
            by_what.setdefault(conflict.what, []).append(conflict.step)
        for what, steps in by_what.items():
            shown = ", ".join(steps[:SHOWN]) + (f" and {len(steps) - SHOWN} more" if len(steps) > SHOWN else "")
            yield f"{name} goes against its contact rules ({shown}): {what}; it {does}"


SHOWN = 3
"""Steps that are named where many meet the same rule."""


def loads(variants: Variants) -> Iterator[ResourceLoad]:
    """Yield the load of each limited resource that the plans use, by utilisation.

    Planned: on the assumption that nobody pays or promises; who is not reached is tried again as often as the plan says within
    the day. A ceiling, since those who pay are not called again.
    """
    spec, loaded = variants.spec, variants.loaded
    days = min(loaded.scenario.horizon.days, LOOK_AHEAD_DAYS)
    planned = []
    for name in spec.arms:
        strategy = loaded.strategy(name)
        found = describe_strategy(strategy, first_view(loaded, strategy), days).planned
        planned.append({channel: sum(series) / days * _tries(loaded, strategy, channel) for channel, series in found.items()
                        if channel})
    shares = [weight / sum(spec.weights) for weight in spec.weights]
    for utilisation in spec.utilisations:
        here = replace(loaded, setting=variants.setting(utilisation))
        by_resource: dict[str, list[tuple[tuple[float, ...], float]]] = {}
        for channel in dict.fromkeys(channel for plan in planned for channel in plan):
            capacity = capacity_per_day(here, channel)
            if math.isfinite(capacity):
                resource = here.scenario.channels[channel].resource
                by_resource.setdefault(resource, []).append((tuple(plan.get(channel, 0.0) for plan in planned), capacity))
        for resource, rows in by_resource.items():
            asked = tuple(sum(plan[arm] / most if most > 0 else math.inf for plan, most in rows if plan[arm] > 0)
                          for arm in range(len(planned)))
            yield ResourceLoad(utilisation, resource, asked,
                               sum(share * one for plan, _ in rows for share, one in zip(shares, plan, strict=True)),
                               max(rows, key=lambda row: max(row[0]))[1])


def _tries(loaded: Loaded, strategy: Strategy, channel: str) -> float:
    """Return the expected attempts of a planned action within its day, averaged over the channel's steps."""
    dial = loaded.scenario.channels[channel].dial
    most = [step.attempts_per_day for step in strategy.steps if step.channel == channel]
    if dial is None or not most or dial.answer.value <= 0.0:
        return 1.0
    answer = min(dial.answer.value, 1.0)
    return float(sum((1.0 - (1.0 - answer) ** attempts) / answer for attempts in most)) / len(most)
