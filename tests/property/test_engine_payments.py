"""A payment falls at the first whole second at which the integral passes the draw; looking changes nothing."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.rules.clock import operational
from sim.rules.payment import intensity_integral, persuade, schedule_payment, solve_span
from sim.rules.person import advance
from sim.rules.planning import apply_status
from sim.rules.promise import make_promise
from sim.state import N_LOG, NEVER
from sim.strategies.protocol import Step
from sim.world import Setting, luck_of
from tests.worlds import Timed, make_portfolio, make_scenario

DAY = 86_400
DAYS = 30
SETTING = Setting(make_scenario(DAYS, start="2025-03-15", zone="Europe/Berlin"),
                  make_portfolio(60, persons=40, last_entry_day=12, zones=("Europe/Berlin", "America/New_York")))
RELIEF = Timed("relief", (Step("relief", "all", ""),), every=(99,))
"""Carries the step that `apply_status` writes down; it is never planned in these tests."""


def fresh():
    """Return a world in which nobody has entered yet."""
    return SETTING.world([RELIEF], luck_of(SETTING.scenario.seeds, 0))


WORLD = fresh()


def by_hand(weights, zone_offset, t):
    """Return operational seconds at t, from the hours' weights alone."""
    local = t + zone_offset
    day, second = divmod(local, DAY)
    hour, rest = divmod(second, 3600)
    return day * DAY + 3600.0 * math.fsum(weights[:hour]) + weights[hour] * rest


@settings(max_examples=150)
@given(clock_s=st.integers(0, 20 * DAY), base=st.floats(1e-7, 1e-3), jump=st.floats(-1.0, 20.0),
       residual=st.floats(1e-9, 12.0), span=st.integers(1, 9_000))
def test_the_next_payment_is_the_first_second_that_passes_the_draw(clock_s, base, jump, residual, span):
    # Brute force: every second from the breakpoint to the edge is looked at.
    p = WORLD.person[0]
    decay = float(WORLD.params["decay_per_s"][0])
    edge_s = clock_s + span
    p["open_accounts"], p["clock_s"], p["edge_s"] = 1, clock_s, edge_s
    p["base"], p["jump"], p["residual"] = base, base * jump, residual
    schedule_payment(WORLD, 0)
    start = operational(WORLD, 0, clock_s)
    expected = NEVER
    for t in range(clock_s + 1, edge_s + 1):
        if intensity_integral(base, base * jump, decay, operational(WORLD, 0, t) - start) >= residual:
            expected = t
            break
    assert p["next_pay_s"] == expected

    def independent(t):
        spent = by_hand(WORLD.hour_weight, int(WORLD.zone_offset[0, 0]), t) - by_hand(
            WORLD.hour_weight, int(WORLD.zone_offset[0, 0]), clock_s)
        return base * spent + base * jump / decay * -math.expm1(-decay * spent)

    room = 1e-9 * (residual + 1.0)
    if expected == NEVER:
        assert independent(edge_s) < residual + room
    else:
        assert independent(int(expected)) >= residual - room
        assert expected == clock_s + 1 or independent(int(expected) - 1) < residual + room


@given(base=st.floats(1e-8, 1e-3), jump=st.floats(0.0, 50.0), target=st.floats(1e-6, 20.0))
def test_the_span_solves_the_integral_from_below(base, jump, target):
    decay = float(WORLD.params["decay_per_s"][0])
    span = solve_span(base, base * jump, decay, target)
    reached = base * span + base * jump / decay * -math.expm1(-decay * span)
    # 1 - e**-x loses digits of a small x: the rule's integral is off by some 1e-16 of jump / decay.
    room = 1e-9 * target + 1e-15 * base * jump / decay
    assert reached <= target + room
    assert target - reached <= 1e-3 * base * (1 + jump) + room


def test_who_owes_nothing_pays_nothing():
    p = WORLD.person[0]
    p["open_accounts"] = 0
    schedule_payment(WORLD, 0)
    assert p["next_pay_s"] == NEVER


def test_a_draw_that_is_used_up_falls_at_the_next_second():
    p = WORLD.person[0]
    p["open_accounts"], p["clock_s"], p["edge_s"], p["residual"] = 1, 5 * DAY, 6 * DAY, 0.0
    schedule_payment(WORLD, 0)
    assert p["next_pay_s"] == 5 * DAY + 1


@st.composite
def histories(draw):
    """Return what is done to one person, (second, what), in order: promises, offers, persuasion."""
    seconds = draw(st.lists(st.integers(0, DAYS * DAY - 1), max_size=6, unique=True))
    return [(t, draw(st.sampled_from(["promise", "offer", "plan", "persuade", "dissuade"]))) for t in sorted(seconds)]


def live(world, person, history, looks):
    """Carry a history out, looking at the person at further seconds on the way."""
    steps = sorted([(t, 1, what) for t, what in history] + [(t, 0, "look") for t in looks])
    for t, _, what in [*steps, (DAYS * DAY - 1, 0, "look")]:
        advance(world, person, t)
        account = int(world.person["first_account"][person])
        if what == "look" or world.person["open_accounts"][person] == 0:
            continue
        if what == "promise":
            if world.person["promise_live"][person] == 0:
                make_promise(world, person, account, t, 1, 0, 0)
        elif what == "offer":
            apply_status(world, account, 0, t, 0, 0, 0.8, 0.5, 0.1, t + 4 * DAY)
        elif what == "plan":
            apply_status(world, account, 0, t, 1, 0, 0.0, 0.0, 0.0, 0)
        else:
            persuade(world, person, t, 1.5 if what == "persuade" else -0.8)
    return world


@settings(max_examples=120)
@given(person=st.integers(0, 39), history=histories(), looks=st.lists(st.integers(0, DAYS * DAY - 1), max_size=25))
def test_looking_changes_nothing(person, history, looks):
    once, often = live(fresh(), person, history, []), live(fresh(), person, history, looks)
    for name in once.FIELDS:
        assert np.array_equal(getattr(once, name), getattr(often, name)), name
    assert once.counters[N_LOG] > 0


def test_the_histories_above_make_payments_promises_and_waivers():
    # Otherwise the property would hold of nothing.
    world = fresh()
    for person in range(40):
        live(world, person, [(13 * DAY, "offer"), (13 * DAY + 7, "promise"), (20 * DAY, "persuade")], [])
    assert world.counters[N_LOG] < len(world.log)
    rows = set(world.log["row"][:world.counters[N_LOG]].tolist())
    assert {0, 1, 2, 3, 4, 6, 7, 17} <= rows
