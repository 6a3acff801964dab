"""Group-sequential efficacy boundaries at any looks, one- and two-sided.

O'Brien-Fleming, Pocock and Wang-Tsiatis have a fixed shape whose constant makes the total error exact;
the Lan-DeMets rules spend the error by a function of the information and solve look by look. A two-sided rule
is symmetric, with half the error spent in each tail.

Source: Jennison and Turnbull (2000), chapters 2 and 7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtri, ndtri_exp

from experiments.sequential.integration import (
    ExitProbabilities,
    FloatArray,
    SubDensity,
    check_information,
    exit_probabilities,
    start,
)
from experiments.sequential.spending import BOUNDARY_RULES, check_rule, spent
from sim.errors import InputError

_SHAPE = {"obrien_fleming": 0.0, "pocock": 0.5}
_TOLERANCE = 1e-13
LARGEST_Z = 37.0
"""Beyond this the normal tail is below the smallest double: no boundary at that look."""


@dataclass(frozen=True)
class Bounds:
    """Efficacy boundaries of one rule.

    Attributes:
        rule: its name.
        parameter: its parameter, where it has one.
        alpha: total type I error over both tails.
        sides: 1 or 2.
        information: (K,) information fractions.
        z: (K,) reject when Z (its absolute value when two-sided) exceeds this; inf where stopping is
            impossible.
        cumulative_alpha: (K,) type I error used up to each look, over both tails.
    """

    rule: str
    parameter: float | None
    alpha: float
    sides: int
    information: FloatArray
    z: FloatArray
    cumulative_alpha: FloatArray

    @property
    def lower(self) -> FloatArray:
        """(K,) lower boundary on the Z scale: minus `z` when two-sided, minus infinity otherwise."""
        return -self.z if self.sides == 2 else np.full(self.z.size, -np.inf)

    @property
    def nominal_p(self) -> FloatArray:
        """(K,) one-sided nominal significance level of each look."""
        return np.exp(np.asarray(log_ndtr(-self.z), dtype=np.float64))

    def exits(self, drift: float) -> ExitProbabilities:
        """Exit probabilities when Z has mean `drift` at information 1."""
        return exit_probabilities(self.information, self.lower, self.z, drift)


def check_level(level: float, where: str) -> None:
    """Raise InputError unless 0 < level < 1."""
    if not 0.0 < level < 1.0:
        raise InputError(where, level, "a number above 0 and below 1", "A percentage? 5 % is 0.05.")


def check_sides(sides: int, where: str = "sides") -> None:
    """Raise InputError unless sides is 1 or 2."""
    if sides not in (1, 2):
        raise InputError(where, sides, "1 or 2", "Use 1 for a directional test, 2 for either direction.")


def efficacy_bounds(
    information: Sequence[float] | FloatArray,
    rule: str,
    alpha: float,
    sides: int,
    parameter: float | None = None,
) -> Bounds:
    """Return the boundaries of `rule`.

    Args:
        information: (K,) increasing information fractions. Fixed-shape rules must end at 1; spending rules
            may stop earlier, when only the looks so far are known.
        rule: one of `spending.RULES`.
        alpha: total type I error, over both tails when two-sided.
        sides: 1 or 2.
        parameter: Delta, rho or gamma where the rule needs one.

    Raises:
        InputError: for a rule, level or look that does not exist.
    """
    times = check_information(information)
    check_rule(rule, parameter)
    check_level(alpha, "alpha")
    check_sides(sides)
    if times[-1] > 1.0 + 1e-12:
        raise InputError(
            "looks",
            float(times[-1]),
            "information fractions of at most 1",
            "Divide the information at each look by the planned maximum.",
        )
    if rule in BOUNDARY_RULES:
        if times[-1] < 1.0 - 1e-12:
            raise InputError(
                "looks",
                float(times[-1]),
                f"a last look at 1 for {rule}",
                "Add the final look, or use a spending rule such as lan_demets_obf.",
            )
        z = _fixed_shape(times, _SHAPE.get(rule, parameter or 0.0), alpha, sides)
    else:
        z = spending_bounds(times, [spent(rule, float(t), alpha / sides, parameter) for t in times], sides)
    lower = -z if sides == 2 else np.full(z.size, -np.inf)
    exits = exit_probabilities(times, lower, z, 0.0)
    return Bounds(rule, parameter, alpha, sides, times, z, np.cumsum(exits.lower + exits.upper))


def equal_looks(count: int) -> FloatArray:
    """Return `count` equally spaced information fractions ending at 1."""
    return np.arange(1, count + 1, dtype=np.float64) / count


def _fixed_shape(times: FloatArray, shape: float, alpha: float, sides: int) -> FloatArray:
    """Return z_k = c * t_k^(shape - 1/2) with the c that makes the total error alpha."""
    form = times ** (shape - 0.5)

    def excess(constant: float) -> float:
        z = constant * form
        exits = exit_probabilities(times, -z if sides == 2 else np.full(z.size, -np.inf), z, 0.0)
        return float(exits.upper.sum() + exits.lower.sum()) - alpha

    low = float(-ndtri(alpha / sides)) / float(form.max())
    high = float(-ndtri(alpha / sides / times.size)) / float(form.min()) + 1e-9
    constant = float(brentq(excess, min(low, 0.0), high + 1.0, xtol=_TOLERANCE, rtol=1e-14))
    return constant * form


def spending_bounds(times: FloatArray, cumulative: Sequence[float], sides: int) -> FloatArray:
    """Return (K,) Z boundaries that spend `cumulative` one-tail error by each look."""
    density = start()
    z = np.empty(times.size)
    used = 0.0
    for k, time in enumerate(times):
        z[k] = upper_for(density, float(time), cumulative[k] - used, drift=0.0)
        used = cumulative[k]
        if k + 1 < times.size:
            low = -float(z[k]) if sides == 2 else -math.inf
            density = density.advance(float(time), low, float(z[k]), 0.0, float(times[k + 1] - time))
    return z


def upper_for(density: SubDensity, time: float, probability: float, drift: float) -> float:
    """Return the Z above which exactly `probability` leaves at the next look; inf when that is none."""
    if probability <= 1e-300:
        return math.inf
    if density.information == 0.0:
        return float(-ndtri_exp(math.log(probability))) + drift * math.sqrt(time)
    if probability >= density.surviving:
        return -math.inf

    def excess(z: float) -> float:
        return density.above(time, z, drift) - probability

    shift = drift * math.sqrt(time)
    if excess(shift + LARGEST_Z) > 0.0:
        return math.inf
    return float(brentq(excess, shift - LARGEST_Z, shift + LARGEST_Z, xtol=_TOLERANCE, rtol=1e-14))


def lower_for(density: SubDensity, time: float, probability: float, drift: float) -> float:
    """Return the Z below which exactly `probability` leaves at the next look; -inf when that is none."""
    mirrored = SubDensity(density.information, -density.nodes, density.mass)
    return -upper_for(mirrored, time, probability, -drift)
