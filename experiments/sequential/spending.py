"""Error-spending functions: how much of the error may be used by an information fraction.

Source: Lan and DeMets (1983), Biometrika 70; Kim and DeMets (1987), Biometrika 74;
Hwang, Shih and DeCani (1990), Statistics in Medicine 9.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy.special import ndtr, ndtri

from sim.errors import InputError, choose

SPENDING_RULES = ("lan_demets_obf", "lan_demets_pocock", "kim_demets", "hwang_shih_decani")
BOUNDARY_RULES = ("obrien_fleming", "pocock", "wang_tsiatis")
RULES = BOUNDARY_RULES + SPENDING_RULES
"""Names of all group-sequential rules."""

PARAMETER_MEANING = {
    "wang_tsiatis": "the shape Delta, 0 (O'Brien-Fleming) to 0.5 (Pocock)",
    "kim_demets": "the power rho > 0 of alpha * t^rho",
    "hwang_shih_decani": "gamma, any number (-4 late, 1 early spending)",
}
"""Rules that need a parameter, and what it is."""


def spent(rule: str, fraction: float, level: float, parameter: float | None = None) -> float:
    """Return the cumulative error spent at an information fraction, for one tail.

    Args:
        rule: one of SPENDING_RULES.
        fraction: information fraction; 1 and above spend everything.
        level: total error of this tail.
        parameter: rho of kim_demets, gamma of hwang_shih_decani.
    """
    if fraction >= 1.0:
        return level
    functions: dict[str, Callable[[], float]] = {
        "lan_demets_obf": lambda: 2.0 * float(ndtr(float(ndtri(level / 2.0)) / math.sqrt(fraction))),
        "lan_demets_pocock": lambda: level * math.log1p((math.e - 1.0) * fraction),
        "kim_demets": lambda: level * fraction ** _number(parameter),
        "hwang_shih_decani": lambda: level * _hwang_shih_decani(fraction, _number(parameter)),
    }
    if rule not in functions:
        raise InputError("rule", rule, "one of " + ", ".join(SPENDING_RULES), choose(rule, SPENDING_RULES))
    return functions[rule]()


def _hwang_shih_decani(fraction: float, gamma: float) -> float:
    if gamma == 0.0:
        return fraction
    return math.expm1(-gamma * fraction) / math.expm1(-gamma)


def _number(parameter: float | None) -> float:
    if parameter is None:
        raise InputError("parameter", "nothing", "a number", "This rule needs a parameter.")
    return parameter


def check_rule(rule: str, parameter: float | None, where: str = "rule") -> None:
    """Raise InputError unless the rule exists and has a parameter exactly where it needs one."""
    if rule not in RULES:
        raise InputError(where, rule, "one of " + ", ".join(RULES), choose(rule, RULES))
    if rule not in PARAMETER_MEANING:
        if parameter is not None:
            raise InputError(
                where,
                f"{rule} with parameter {parameter:g}",
                "no parameter",
                "Only " + ", ".join(PARAMETER_MEANING) + " take one.",
            )
        return
    if parameter is None or not math.isfinite(parameter):
        raise InputError(
            where, f"{rule} with parameter {parameter}", PARAMETER_MEANING[rule], "Add --parameter X."
        )
    wrong = (
        (rule == "kim_demets" and parameter <= 0.0)
        or (rule == "wang_tsiatis" and not -1.0 <= parameter <= 0.75)
        or (rule == "hwang_shih_decani" and abs(parameter) > 100.0)
    )
    if wrong:
        raise InputError(
            where,
            f"{rule} with parameter {parameter:g}",
            PARAMETER_MEANING[rule],
            "Choose a value in that range.",
        )
