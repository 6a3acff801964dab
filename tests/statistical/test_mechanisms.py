"""Each mechanism alone, with everything else off, meets its closed form or its limit.

Every test has a fixed seed and states its null and n; each check raises a false alarm with chance at most 1e-6.
"""

from __future__ import annotations

import math

import pytest
from scipy import stats

from sim.codes import Reason, Row
from sim.eventlog import digest_of
from sim.strategies.protocol import Step, Window
from sim.world import Setting
from tests.worlds import ALIKE, EVERY_HOUR, HOUR, QUIET, Timed, log_of, make_portfolio, make_scenario, play

DAY = 86_400
ALARM = 1e-6
PEOPLE = 20_000
RATE = 0.02
"""Per day."""
LOG_ODDS = 0.5
HALF_LIFE = 3.0
CONSTANT = {
    **ALIKE, **QUIET,
    "behaviour.payment.self_cure_per_day": {0: RATE},
    "behaviour.payment.hour_weights": EVERY_HOUR,
    "behaviour.payment.payday_factor": 1.0,
    "behaviour.payment.excitation_log_odds": 0.0,
    "behaviour.payment.effect_half_life_days": HALF_LIFE,
}
TEXTS = {
    "resources.gateway.per_second": "unlimited",
    "channels.sms.contents": {"helpful": {"log_odds": LOG_ODDS}},
    "channels.sms.message": {"delivered": 1.0, "read": 1.0, "read_delay_median_s": 1.0, "read_delay_log_sd": 0.0},
    "channels.sms.habituation": 1.0,
    "channels.sms.pressure_weight": 1.0,
    "behaviour.pressure_half_life_days": 3650.0,
}
TEXT = Timed("text", (Step("text", "all", "sms", "helpful", window=Window(10 * HOUR, 11 * HOUR), repeats=True),), every=(1,))
READ_S = 10 * HOUR + 2
"""Second of the day at which a text of 10:00 is read."""


BACKFIRE = {"on": True, "missed_weight": 0.25}


def alike(accounts=PEOPLE, dpd=(1, 1)):
    """Return a portfolio of people with one account and a valid number."""
    portfolio = make_portfolio(accounts, dpd=dpd)
    portfolio.number_valid[:] = True
    return portfolio


def cured_by(world, day):
    """Return how many accounts were back to current before day `day` began."""
    return int((log_of(world, Row.CURED)["t_s"] < day * DAY).sum())


def integral(jumps, day):
    """Return the integral of the intensity until the end of `day` days: jumps[n] in units of the base, on day n."""
    kappa = math.log(2) / (HALF_LIFE * DAY)
    base = RATE / DAY
    total, jump, last = base * day * DAY, 0.0, 0.0
    for n, size in enumerate(jumps[:day]):
        t = n * DAY + READ_S
        total += jump / kappa * -math.expm1(-kappa * (t - last))
        jump = max(jump * math.exp(-kappa * (t - last)) + base * size, -base)
        last = t
    return total + jump / kappa * -math.expm1(-kappa * (day * DAY - last))


@pytest.mark.parametrize("strength", [0.0, 1.2])
def test_contact_beyond_tolerance_takes_away_what_the_formula_says(strength):
    # Null: P(cured by day d) = 1 - exp(-integral), the n-th daily text adding e**(effect) - 1 of the base, effect =
    # log-odds (1 - strength max(0, n / tolerance - 1)), and the sum never below nothing; n = 20,000 people.
    tolerance, days = 3.0, 12
    changes = CONSTANT | TEXTS | {"behaviour.people.tolerance_contacts": tolerance,
                                  "behaviour.backfire": BACKFIRE | {"strength": strength}}
    world = play(Setting(make_scenario(days, changes), alike()), [TEXT])
    effects = [LOG_ODDS * (1 - strength * max(0.0, n / tolerance - 1)) for n in range(1, days + 1)]
    for day in (3, 7, 12):
        chance = -math.expm1(-integral([math.expm1(effect) for effect in effects], day))
        assert stats.binomtest(cured_by(world, day), PEOPLE, chance).pvalue > ALARM


def test_more_contact_than_people_bear_does_worse_than_none():
    # Null: with the backfire on, daily texts at a low tolerance cure no fewer than no texts; n = 20,000 each, one-sided.
    changes = CONSTANT | TEXTS | {"behaviour.people.tolerance_contacts": 1.0,
                                  "behaviour.backfire": BACKFIRE | {"strength": 1.5}}
    setting = Setting(make_scenario(30, changes), alike())
    pressed, alone = cured_by(play(setting, [TEXT]), 30), cured_by(play(setting), 30)
    assert stats.fisher_exact([[pressed, PEOPLE - pressed], [alone, PEOPLE - alone]], "less").pvalue < ALARM


def test_an_early_phase_of_contact_leaves_its_mark_for_good():
    # Null: P(cured by day d) = 1 - exp(-integral), the n-th daily text having the effect log-odds e**(-0.4 min(n, 3)): marks
    # are left on the first three days and stay; n = 20,000 people.
    days = 14
    marks = {"on": True, "early_days": 3.0, "log_per_contact": 0.4, "on_time_log_odds": 0.0, "weights": {"sms": 1.0}}
    world = play(Setting(make_scenario(days, CONSTANT | TEXTS | {"behaviour.carry_over": marks}), alike()), [TEXT])
    effects = [LOG_ODDS * math.exp(-0.4 * min(n, 3)) for n in range(1, days + 1)]
    for day in (2, 7, 14):
        chance = -math.expm1(-integral([math.expm1(effect) for effect in effects], day))
        assert stats.binomtest(cured_by(world, day), PEOPLE, chance).pvalue > ALARM


def test_shocks_come_and_pass_as_a_chain_of_two_states():
    # Null: P(short of money at day d) = pi + (p0 - pi) e**(-(a + b) d), pi = a / (a + b): binomial, n = 20,000; nobody pays.
    hit, recovers, first = 0.03, 0.10, 0.4
    reasons = {name: spec | {"share": {0: {"forgot": 1 - first, "shock": first}.get(name, 0.0)}}
               for name, spec in ALIKE["behaviour.reasons"].items()}
    changes = CONSTANT | {"behaviour.payment.self_cure_per_day": {0: 0.0}, "behaviour.reasons": reasons,
                          "behaviour.liquidity": {"on": True, "hit_per_day": hit, "recovers_per_day": recovers}}
    world = play(Setting(make_scenario(40, changes), alike()))
    turns = log_of(world, Row.LIQUIDITY)
    level = hit / (hit + recovers)
    begun = int((world.person["reason"] == Reason.SHOCK).sum()) - int((2 * turns["value"] - 1).sum())
    assert stats.binomtest(begun, PEOPLE, first).pvalue > ALARM
    for day in (5, 15, 40):
        until = turns[turns["t_s"] < day * DAY]
        short = begun + int((2 * until["value"] - 1).sum())
        chance = level + (begun / PEOPLE - level) * math.exp(-(hit + recovers) * day)
        assert stats.binomtest(short, PEOPLE, chance).pvalue > ALARM


def test_who_recovers_pays_like_somebody_who_forgot():
    # Null: P(cured by day d) of people who all had a shock (hazard 0) and recover at rate b, then pay at rate r, is
    # 1 - (r e**(-b d) - b e**(-r d)) / (r - b), binomial, n = 20,000.
    recovers = 0.10
    reasons = {name: spec | {"share": {0: float(name == "shock")}, "hazard": float(name == "forgot")}
               for name, spec in ALIKE["behaviour.reasons"].items()}
    changes = CONSTANT | {"behaviour.reasons": reasons,
                          "behaviour.liquidity": {"on": True, "hit_per_day": 0.0, "recovers_per_day": recovers}}
    world = play(Setting(make_scenario(60, changes | {"behaviour.payment.self_cure_per_day": {0: RATE}}), alike()))
    for day in (10, 30, 60):
        chance = 1 - (RATE * math.exp(-recovers * day) - recovers * math.exp(-RATE * day)) / (RATE - recovers)
        assert stats.binomtest(cured_by(world, day), PEOPLE, chance).pvalue > ALARM


def test_off_is_exact():
    off = play(Setting(make_scenario(10, TEXTS), alike(500, (1, 90))), [TEXT])
    nothing = {"behaviour.backfire": BACKFIRE | {"strength": 0.0},
               "behaviour.liquidity": {"on": True, "hit_per_day": 0.0, "recovers_per_day": 0.0},
               "behaviour.carry_over": {"on": True, "early_days": 9.0, "log_per_contact": 0.0, "on_time_log_odds": 0.0,
                                        "weights": {"sms": 1.0}}}
    neutral = play(Setting(make_scenario(10, TEXTS | nothing), alike(500, (1, 90))), [TEXT])
    assert digest_of(off) == digest_of(neutral)
