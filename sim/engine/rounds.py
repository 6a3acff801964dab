"""Rounds of field teams: a day's visits in the order of a short tour through their areas, solved by a routing library."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.rules.planning import LUCK_BITS
from sim.state import World

AREA_BITS = 8
"""A round has at most 2 ** this many areas."""
SMALL = 3
"""So few areas have but one round."""


def in_rounds(world: World, account: NDArray[np.int32], pool: NDArray[np.int64], key: NDArray[np.int64],
              known: dict[tuple[int, ...], tuple[int, ...]]) -> NDArray[np.int64]:
    """Return queue keys of kept actions, (actions,), in which visits of one priority follow their team's round.

    Args:
        world: pools and maps.
        account: whom each action visits.
        pool: who does it.
        key: the queue's own keys.
        known: rounds by (map, areas), which is added to: areas repeat from day to day.
    """
    out = key.copy()
    for number in np.flatnonzero((world.pool["tour"] == 1) & (world.pool["map"] > 0)):
        visits = np.flatnonzero(pool == number)
        if not len(visits):
            continue
        where = int(world.pool["map"][number]) - 1
        areas = world.account["area"][account[visits]]
        today = (where, *np.unique(areas).tolist())
        if today not in known:
            known[today] = tuple(tour(world.area_m[where], today[1:]))
        place = np.zeros(world.area_m.shape[1], np.int64)
        place[list(known[today])] = np.arange(len(known[today]))
        priority, luck = out[visits] >> LUCK_BITS, out[visits] & ((1 << LUCK_BITS) - 1)
        out[visits] = priority << LUCK_BITS | place[areas] << (LUCK_BITS - AREA_BITS) | luck >> AREA_BITS
    return out


def tour(metres: NDArray[np.float64], areas: tuple[int, ...]) -> list[int]:
    """Return the areas in the order of a short round from the base and back, the same on every machine.

    Args:
        metres: between areas, (areas + 1, areas + 1); the last row is the base.
        areas: those to go to.

    Raises:
        InputError: the routing library is not installed, or there are more areas than a round may have.
    """
    if len(areas) >= 1 << AREA_BITS:
        raise InputError("resources: rounds", f"{len(areas)} areas in a day", f"fewer than {1 << AREA_BITS}", "Use larger areas.")
    # By distance from the base, so that names and the order of the file do not matter.
    nodes = sorted(areas, key=lambda area: (float(metres[-1, area]), *sorted(metres[area].tolist())))
    if len(nodes) < SMALL:
        return nodes
    return [nodes[n] for n in _solved(metres[np.ix_([*nodes, -1], [*nodes, -1])])]


def _solved(metres: NDArray[np.float64]) -> list[int]:
    """Return the order of all places but the last, which is the base: cheapest arcs first, then local search to its end."""
    try:
        from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # noqa: PLC0415 - heavy, and an extra
    except ImportError:
        raise InputError("resources: rounds", "tour", "the extra `routing`, or `rounds: queue`",
                         "Install it with: pip install duecourse[routing]") from None
    base = len(metres) - 1
    manager = pywrapcp.RoutingIndexManager(len(metres), 1, base)
    routing = pywrapcp.RoutingModel(manager)
    whole = metres.astype(np.int64)

    def distance(a: int, b: int) -> int:
        return int(whole[manager.IndexToNode(a), manager.IndexToNode(b)])

    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitCallback(distance))
    how: Any = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    found = routing.SolveWithParameters(how)
    order, index = [], routing.Start(0)
    while not routing.IsEnd(index):
        order.append(int(manager.IndexToNode(index)))
        index = found.Value(routing.NextVar(index))
    return order[1:]
