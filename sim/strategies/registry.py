"""Strategies by name: the built-in one and those that other packages register.

A strategy that YAML cannot express is a class with the members of `sim.strategies.protocol.Strategy`. Its
package names it under the entry-point group `duecourse.strategies`; scenarios then use the name. YAML
never names a class.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from sim.errors import InputError, nearest
from sim.strategies.protocol import DoNothing, Strategy

GROUP = "duecourse.strategies"
DO_NOTHING = "do_nothing"


def _registered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def registered_names() -> tuple[str, ...]:
    """Return the names that `registered_strategy` knows, sorted."""
    return tuple(sorted({DO_NOTHING, *_registered()}))


def registered_strategy(name: str, where: str) -> Strategy:
    """Return a strategy by its registered name; nothing but the named one is imported.

    Args:
        name: "do_nothing" or the name of an entry point.
        where: file:line and key, for messages.

    Raises:
        InputError: an unknown name (with the nearest), or a class that is no strategy.
    """
    if name == DO_NOTHING:
        return DoNothing()
    point = _registered().get(name)
    if point is None:
        known = registered_names()
        raise InputError(where, name, f"a registered strategy: {', '.join(known)}", nearest(name, known))
    try:
        strategy = point.load()()
    except Exception as error:
        raise InputError(where, f"{name} ({point.value})", "a class that can be made without arguments",
                         f"It failed with {type(error).__name__}: {error}.") from error
    if not isinstance(strategy, Strategy):
        raise InputError(where, f"{name} ({point.value})", "a class with name, steps and plan(view)",
                         "See sim.strategies.protocol.")
    return strategy
