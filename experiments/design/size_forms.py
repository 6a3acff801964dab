"""One shape for all closed forms, so that one solver gives size, power, detectable effect and curves.

A `FixedTest` is a two-arm test of independent accounts looked at once. Its `distance` is how far the truth
lies
from the null on its own scale: a difference, or the log of a ratio. Clusters, covariates, looks and many arms
are put on top by `experiments.design.size`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from experiments.design.size_request import SizeRequest
from sim.errors import InputError, choose


@dataclass(frozen=True)
class FixedTest:
    """A closed form.

    Attributes:
        method: its name.
        scale: scale of the effect: difference, relative_change, rate_ratio or hazard_ratio.
        distance: distance of the truth from the null, at least 0; 0 when the effect is to be found.
        size_of: unrounded control accounts at a distance for a power.
        power_of: power at a distance with n control accounts.
        effect_of: effect (or margin) on its scale at a distance.
        events_per_control: expected events in both arms per control account; 0 where events are not counted.
        notes: sentences on what was assumed.
    """

    method: str
    scale: str
    distance: float
    size_of: Callable[[float, float], float]
    power_of: Callable[[float, float], float]
    effect_of: Callable[[float], float]
    events_per_control: float = 0.0
    notes: tuple[str, ...] = ()


def method_of(request: SizeRequest, known: tuple[str, ...]) -> str:
    """Return the method asked for, the first known one by default."""
    chosen = request.method or known[0]
    if chosen not in known:
        raise InputError(
            "--method",
            chosen,
            f"one of {', '.join(known)} for a {request.metric} ({request.test})",
            choose(chosen, known),
        )
    return chosen


def downwards(request: SizeRequest) -> bool:
    """Whether treatment is below control."""
    return request.treatment is not None and request.treatment < request.control


def gain_of(request: SizeRequest) -> float:
    """Return how much better treatment truly is, in the direction that is good."""
    difference = (request.treatment if request.treatment is not None else request.control) - request.control
    return difference if request.larger_is_better else -difference


def difference_of(request: SizeRequest) -> float:
    """Absolute difference of treatment and control, 0 when treatment is to be found."""
    return 0.0 if request.treatment is None else abs(request.treatment - request.control)
