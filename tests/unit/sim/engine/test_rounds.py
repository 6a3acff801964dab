"""Rounds of field teams are short, the same whatever areas are called, and what the teams then drive."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest

from sim.codes import Row
from sim.engine.rounds import tour
from sim.errors import InputError
from sim.field_map import metres
from sim.outcomes import outcomes
from sim.strategies.protocol import Step, Window
from sim.world import Setting, luck_of
from tests.worlds import HOUR, ROUND_THE_CLOCK, Timed, log_of, make_portfolio, make_scenario, play

pytest.importorskip("ortools", reason="the extra `routing` is not installed")
PLACES = {"a": (31.2, 121.5), "b": (31.5, 120.3), "c": (30.3, 120.2), "d": (32.1, 118.8), "e": (30.9, 119.0), "f": (31.9, 121.0)}
FIELD = {
    "resources.field.teams": 1, "resources.field.hours": "00:00-24:00", "resources.field.visits_per_day": 100,
    "resources.field.days": ROUND_THE_CLOCK[0]["days"], "resources.field.travel.within_area_s": 60.0,
    "resources.field.travel.log_sd": 0.0, "resources.field.areas": PLACES, "resources.field.base": (31.0, 121.0),
    "resources.field.speed_kmh": 900.0, "channels.visit.doorstep.met": 0.0, "channels.visit.doorstep.wrong_party": 0.0,
}
VISITS = Timed("visits", (Step("visit", "all", "visit", "talk", window=Window(0, 24 * HOUR)),), every=(1000,))


def length(road, order):
    """Return the metres of a round from the base through all places and back."""
    return sum(road[a, b] for a, b in pairwise([-1, *order, -1]))


def test_a_degree_of_latitude_is_111_km():
    # One sixtieth of a degree is a nautical mile, 1.852 km: 111.12 km a degree on the sphere of that definition.
    assert metres((30.0, 100.0), (31.0, 100.0)) == pytest.approx(111_120, rel=2e-3)
    assert metres((0.0, 10.0), (0.0, 11.0)) == pytest.approx(111_120, rel=2e-3)
    assert metres((60.0, 10.0), (60.0, 11.0)) == pytest.approx(111_120 / 2, rel=2e-3)


@pytest.mark.parametrize("seed", range(6))
def test_a_round_is_as_short_as_the_best_of_all_orders(seed):
    rng = np.random.default_rng(seed)
    places = [(float(lat), float(lon)) for lat, lon in rng.uniform(30, 32, (8, 2))]
    road = np.array([[round(metres(a, b)) for b in places] for a in places], dtype=np.float64)
    found = tour(road, tuple(range(7)))
    assert sorted(found) == list(range(7))
    assert length(road, found) == min(length(road, order) for order in permutations(range(7)))


def test_names_of_areas_do_not_matter():
    rng = np.random.default_rng(9)
    places = rng.uniform(30, 32, (10, 2))
    order = np.append(rng.permutation(9), 9)
    road = np.array([[round(metres(tuple(a), tuple(b))) for b in places] for a in places], dtype=np.float64)
    assert [int(order[n]) for n in tour(road[np.ix_(order, order)], tuple(range(9)))] == tour(road, tuple(range(9)))


def driven(rounds):
    """Return (setting, visits in order, kilometres driven) of one team's day."""
    setting = Setting(make_scenario(1, FIELD | {"resources.field.rounds": rounds}), make_portfolio(60, regions=6))
    visits = log_of(play(setting, [VISITS]), Row.ATTEMPT)
    cost = outcomes(setting, visits).cost_minor["visit travel"]
    return setting, visits, cost / (1.2 * 100)


def test_teams_go_from_area_to_area_on_the_round_and_drive_less():
    setting, visits, tour_km = driven("tour")
    areas = setting.portfolio.region.codes[visits["account"]]
    # Each area is left for good: as many changes of area as areas.
    assert (np.diff(areas) != 0).sum() == 5
    assert len(visits) == 60
    _, _, queue_km = driven("queue")
    assert tour_km < queue_km / 2
    road = setting.world([VISITS], luck_of(setting.scenario.seeds, 0)).area_m[0]
    legs = road[np.append(-1, areas[:-1]), areas].sum()
    # One minute to the address on top of each way, and whole seconds, at 15 km a minute.
    assert tour_km == pytest.approx((legs + 60 * 60 * 250) / 1000, rel=2e-2)


def test_a_region_without_a_place_is_named():
    fewer = make_scenario(1, FIELD | {"resources.field.areas": {name: PLACES[name] for name in "abcd"}})
    with pytest.raises(InputError, match="no place for e, f"):
        Setting(fewer, make_portfolio(60, regions=6))
