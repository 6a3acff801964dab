"""Agents who learn, leave and are trained: each mechanism alone meets its closed form.

Every test has a fixed seed and states its null and n, or is exact; each check raises a false alarm with chance at most 1e-6.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.codes import Outcome, Row
from sim.eventlog import digest_of
from sim.outcomes import outcomes
from sim.strategies.protocol import Step, Window
from sim.world import Setting
from tests.statistical.test_mechanisms import ALARM, CONSTANT, DAY, alike
from tests.worlds import HOUR, ROUND_THE_CLOCK, Timed, log_of, make_scenario, play

STAFF = {"on": True, "promise_log_odds": 0.0, "conduct_log_sd": 0.0, "provoked_dispute": 0.0, "beginner_skill": 1.0,
         "beginner_conduct": 1.0, "learning_half_life_days": 10.0, "experience_days": 0.0, "leaves_per_day": 0.0, "absent": 0.0}
"""Staff that is simulated, and in which nothing happens."""
AGENTS = 40
FLOOR = {"general": {"agents": AGENTS, "shifts": ROUND_THE_CLOCK}}
COURSE = {"day": 3, "hours": 5, "price": 100.0, "skill_log": 0.2, "conduct_log": -0.4, "half_life_days": 6.0}
CALLS = {"channels.call.dial.answer": 1000.0, "channels.call.conversation.talk_log_sd": 0.0,
         "channels.call.conversation.talk_median_s": 30.0, "channels.call.conversation.wrap_s": 0.0,
         "channels.call.pressure_weight": 1e-9, "channels.call.contents": {"negotiate": {"log_odds": 0.0}}}


def step(days=1):
    """Return a step of one call within some days."""
    return Step("call", "all", "call", "negotiate", window=Window(0, 24 * HOUR), open_days=days)


class Trained(Timed):
    """A strategy that books a course."""

    train = ("course",)


def world_of(days, staff, strategy, accounts=4000, **changes):
    """Return the setting of `accounts` people alike whom 40 agents call, and its world at the end."""
    values = CONSTANT | CALLS | {"behaviour.staff": STAFF | staff, "resources.desk.groups": FLOOR} | changes
    setting = Setting(make_scenario(days, values), alike(accounts))
    return setting, play(setting, [strategy])


NOBODY = Timed("nobody", (step(),), every=(1000,), first=(500,))
ONCE = Timed("once", (step(),), every=(1000,))


@pytest.mark.parametrize("trained", [False, True])
def test_skill_and_conduct_follow_the_experience_curve_and_the_course(trained):
    # Exact but for rounding: after n worked days, m of them since the course, skill is
    # (1 - (1 - b) 2**(-n / h)) e**(gain 2**(-m / g)).
    days = 17
    strategy = Trained("trained", (step(),), every=(1000,), first=(500,)) if trained else NOBODY
    _, world = world_of(days, {"beginner_skill": 0.6, "beginner_conduct": 2.0}, strategy,
                        **{"resources.desk.courses": {"course": COURSE}})
    lacking = 2 ** (-days / 10.0)
    left = 2 ** (-(days - COURSE["day"] + 1) / 6.0) if trained else 0.0
    assert world.agent["skill"][:AGENTS] == pytest.approx((1 - 0.4 * lacking) * math.exp(0.2 * left), rel=1e-12)
    assert world.agent["conduct"][:AGENTS] == pytest.approx((1 + lacking) * math.exp(-0.4 * left), rel=1e-12)
    assert len(log_of(world, Row.TRAINED)) == AGENTS * trained


def test_a_course_takes_its_hours_off_the_floor_and_costs_its_price():
    strategy = Trained("trained", (step(),), every=(1000,), first=(2,))
    setting, world = world_of(4, {}, strategy, **{"resources.desk.courses": {"course": COURSE}})
    attempts = log_of(world, Row.ATTEMPT)
    assert attempts["t_s"].min() == 2 * DAY + 5 * HOUR, "the first call of the course's day is made when the course is over"
    found = outcomes(setting, log_of(world))
    assert found.cost_minor["training"] == AGENTS * 100 * 100
    assert found.counts["trained"] == AGENTS
    assert found.daily["rostered_s_desk.general"][2] == AGENTS * DAY, "the hours of the course are paid"


def test_agents_leave_with_the_stated_chance_and_beginners_come():
    # Null: replacements are binomial(40 agents x 100 days, 0.02); 40 x 100 absences likewise with 0.1.
    days = 100
    setting, world = world_of(days, {"leaves_per_day": 0.02, "absent": 0.1, "beginner_skill": 0.5}, NOBODY, accounts=50,
                              **{"costs.hiring": 10.0})
    left, absent = log_of(world, Row.REPLACED), log_of(world, Row.ABSENT)
    assert stats.binomtest(len(left), AGENTS * days, 0.02).pvalue > ALARM
    assert stats.binomtest(len(absent), AGENTS * days, 0.1).pvalue > ALARM
    last = {int(row["agent"]): int(row["t_s"]) // DAY for row in left}
    expected = [1 - 0.5 * 2 ** (-(days - 1 - last[n] if n in last else days) / 10.0) for n in range(AGENTS)]
    assert world.agent["skill"][:AGENTS] == pytest.approx(np.array(expected), rel=1e-12)
    assert outcomes(setting, log_of(world)).cost_minor["hiring"] == len(left) * 1000


def test_those_who_are_there_at_the_start_have_exponential_experience():
    # Null: worked days at the start are exponential with mean 50; Kolmogorov-Smirnov over 2,000 agents.
    _, world = world_of(1, {"experience_days": 50.0}, NOBODY, accounts=50,
                        **{"resources.desk.groups": {"general": {"agents": 2000, "shifts": ROUND_THE_CLOCK}}})
    assert stats.kstest(world.agent["worked"][:2000] - 1.0, "expon", args=(0, 50.0)).pvalue > ALARM


def test_complaints_grow_with_conduct():
    # Null: a conversation brings a complaint with chance 0.05 x conduct 2, binomial; n = 4,000 conversations.
    changes = {"channels.call.complaint": 0.05}
    _, world = world_of(3, {"beginner_conduct": 2.0, "learning_half_life_days": 3650.0}, ONCE, **changes)
    talks = int((log_of(world, Row.ATTEMPT)["outcome"] == Outcome.CONVERSATION).sum())
    assert talks > 3500
    lacking = 2 ** (-1 / 3650.0)
    assert stats.binomtest(len(log_of(world, Row.COMPLAINT)), talks, 0.05 * (1 + lacking)).pvalue > ALARM


def test_conduct_provokes_disputes():
    # Null: a conversation provokes a dispute with chance 0.03 x conduct, binomial; nobody here disputes of themselves.
    _, world = world_of(3, {"provoked_dispute": 0.03, "beginner_conduct": 3.0, "learning_half_life_days": 3650.0}, ONCE)
    disputes = log_of(world, Row.DISPUTE)
    talks = int((log_of(world, Row.ATTEMPT)["outcome"] == Outcome.CONVERSATION).sum())
    assert (disputes["value"] == 1).all()
    assert stats.binomtest(len(disputes), talks, 0.03 * (1 + 2 * 2 ** (-1 / 3650.0))).pvalue > ALARM


def test_promises_taken_with_more_skill_are_kept_more_often():
    # Null: P(kept) = 1 / (1 + e**-(k0 + q log skill)), binomial; n about 4,000 promises. Skill is a beginner's 0.6.
    changes = {"channels.call.conversation.promised": 1.0, "behaviour.promise.kept_log_odds": 0.4,
               "behaviour.promise.kept_partly": 0.0, "channels.call.conversation.kept_log_odds": 0.0,
               "behaviour.payment.self_cure_per_day": {0: 0.0}}
    _, world = world_of(14, {"promise_log_odds": 1.5, "beginner_skill": 0.6, "learning_half_life_days": 3650.0}, ONCE, **changes)
    kept, broken = len(log_of(world, Row.PROMISE_KEPT)), len(log_of(world, Row.PROMISE_BROKEN))
    assert kept + broken > 3500
    skill = 1 - 0.4 * 2 ** (-1 / 3650.0)
    assert stats.binomtest(kept, kept + broken, 1 / (1 + math.exp(-(0.4 + 1.5 * math.log(skill))))).pvalue > ALARM


def test_staff_in_which_nothing_happens_is_exactly_staff_that_is_off():
    changes = {"behaviour.agent_skill_log_sd": 0.3, "channels.call.contents": {"negotiate": {"log_odds": 0.5}},
               "behaviour.payment.self_cure_per_day": {0: 0.05}, "channels.call.conversation.promised": 0.5}
    _, neutral = world_of(5, {}, ONCE, accounts=400, **changes)
    _, off = world_of(5, {"on": False}, ONCE, accounts=400, **changes)
    assert len(log_of(off, Row.PROMISE)) > 50
    assert digest_of(neutral) == digest_of(off)
