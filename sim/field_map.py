"""Lowering of field teams' maps: metres by road between areas, from their coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.spec.resources import FieldTeams, Place
from sim.spec.scenario import Scenario

EARTH_M = 6_371_000.0
"""Mean radius."""


def metres(a: Place, b: Place) -> float:
    """Return the great-circle distance of two places (haversine)."""
    (lat_a, lon_a), (lat_b, lon_b) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    h = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(h))


def lower_maps(scenario: Scenario, regions: Sequence[str]) -> NDArray[np.float64]:
    """Return whole metres by road, float64 (maps, regions + 1, regions + 1); the last place is the teams' base.

    Raises:
        InputError: a region of the portfolio that a map does not show.
    """
    maps = [(name, r) for name, r in scenario.resources.items() if isinstance(r, FieldTeams) and r.areas]
    out = np.zeros((len(maps), len(regions) + 1, len(regions) + 1))
    for number, (name, teams) in enumerate(maps):
        missing = [region for region in regions if region not in teams.areas]
        if missing or teams.base is None:
            raise InputError(f"resources.{name}.areas", f"no place for {', '.join(missing[:5])}",
                             "a place for every region of the portfolio",
                             f"Add `{missing[0] if missing else 'base'}: [latitude, longitude]`.")
        places = [*(teams.areas[region] for region in regions), teams.base]
        out[number] = [[round(metres(a, b) * teams.road_factor.value) for b in places] for a in places]
    return out
