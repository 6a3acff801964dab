"""Checks that all closed forms share, each with the four parts of an error message."""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy.optimize import brentq
from scipy.special import ndtri

from sim.errors import InputError

LARGEST_NUMBER = 1e100
"""No outcome has numbers beyond this, and their squares would overflow."""
LARGEST_N = 1e13
"""More accounts than this exist nowhere: a design that asks for them has no effect to find."""


def probability(value: float, where: str, *, inner: bool = True) -> float:
    """Return `value` if it is a probability (strictly between 0 and 1 unless `inner` is false)."""
    fine = 0.0 < value < 1.0 if inner else 0.0 <= value <= 1.0
    if not fine:
        allowed = "a number above 0 and below 1" if inner else "a number from 0 to 1"
        percent = 1.0 < value <= 100.0
        raise InputError(where, value, allowed, f"A percentage? {value:g} % is {value / 100.0:g}." if percent else
                         "Certainty needs no test." if value in {0.0, 1.0} else "Check sign and unit.")
    return value


def positive(value: float, where: str) -> float:
    """Return `value` if it is finite and above 0."""
    if not 0.0 < value <= LARGEST_NUMBER:
        raise InputError(where, value, "a positive number", "Check sign and unit.")
    return value


def not_negative(value: float, where: str) -> float:
    """Return `value` if it is finite and at least 0."""
    if not 0.0 <= value <= LARGEST_NUMBER:
        raise InputError(where, value, "a number of at least 0", "Check sign and unit.")
    return value


def sides_of(value: int) -> int:
    """Return `value` if it is 1 or 2."""
    if value not in (1, 2):
        raise InputError("sides", value, "1 or 2", "Use 1 for a directional test, 2 for either direction.")
    return value


def nonzero_effect(value: float, where: str) -> float:
    """Return the absolute effect, or raise: no number of accounts finds a zero effect."""
    if not math.isfinite(value) or value == 0.0:
        raise InputError(
            where,
            value,
            "an effect other than zero",
            "State the smallest effect that would change the decision.",
        )
    return abs(value)


def critical_z(alpha: float, sides: int) -> float:
    """Return the normal critical value."""
    probability(alpha, "alpha")
    return float(-ndtri(alpha / sides_of(sides)))


def power_z(power: float) -> float:
    """Return the normal quantile of the power."""
    return float(ndtri(probability(power, "power")))


def smallest_n(power_at: Callable[[float], float], power: float, start: float, least: float) -> float:
    """Return the real n at which an increasing power function reaches `power`.

    Args:
        power_at: power at n.
        power: the goal.
        start: a first guess.
        least: smallest n at which `power_at` is defined.
    """
    low = least
    if power_at(low) >= power:
        return low
    high = max(start, 2.0 * least)
    while power_at(high) < power:
        low, high = high, high * 2.0
        if high > LARGEST_N:
            raise InputError(
                "power",
                power,
                "a power that some number of accounts reaches",
                "Enlarge the effect or lower the power.",
            )
    return float(brentq(lambda n: power_at(n) - power, low, high, xtol=1e-9, rtol=1e-13, maxiter=300))
