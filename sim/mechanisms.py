"""Lowering of the mechanisms that a scenario switches on: zeros where they are off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.codes import REASON_NAMES, Arrangement, Component
from sim.lowering import LN2
from sim.rules.clock import DAY_S
from sim.spec.behaviour import Behaviour
from sim.spec.mechanisms import ArrangementTerms
from sim.spec.scenario import Scenario
from sim.state import MECHANISM, Records

AT_ONCE = 1000.0
"""A decay rate per day after which nothing is left."""


def lower_mechanisms(scenario: Scenario) -> Records:
    """Return the values of mechanisms, MECHANISM (1,)."""
    behaviour = scenario.behaviour
    record = np.zeros(1, MECHANISM)
    if behaviour.backfire is not None and behaviour.backfire.on:
        record["backfire"] = behaviour.backfire.strength.value
        record["backfire_missed"] = behaviour.backfire.missed_weight.value
    if behaviour.staff is not None and behaviour.staff.on:
        staff = behaviour.staff
        record["staff"] = 1
        record["promise_skill"], record["conduct_log_sd"] = staff.promise_log_odds.value, staff.conduct_log_sd.value
        record["provoked"], record["absent"] = staff.provoked_dispute.value, staff.absent.value
        record["beginner_skill"], record["beginner_conduct"] = staff.beginner_skill.value, staff.beginner_conduct.value
        record["learning_per_day"] = per_day(staff.learning_half_life_days.value)
        record["experience_days"], record["leaves"] = staff.experience_days.value, staff.leaves_per_day.value
        record["hiring_minor"] = round(scenario.costs.hiring.value * scenario.currency.minor_per_major)
    if behaviour.liquidity is not None and behaviour.liquidity.on:
        record["slow"] = 1
        record["hit_per_s"] = behaviour.liquidity.hit_per_day.value / DAY_S
        record["recovers_per_s"] = behaviour.liquidity.recovers_per_day.value / DAY_S
    if behaviour.carry_over is not None and behaviour.carry_over.on:
        marks = behaviour.carry_over
        record["mark_until_s"], record["mark_log"] = marks.early_days.value * DAY_S, marks.log_per_contact.value
        record["mark_on_time"] = marks.on_time_log_odds.value
    _debts(record, scenario)
    return record


def _debts(record: Records, scenario: Scenario) -> None:
    """Fill in what becomes of debts by themselves: instalments, charge-off, direct debit, allocation."""
    behaviour, minor = scenario.behaviour, scenario.currency.minor_per_major
    first, second, _ = (int(Component[name.upper()]) for name in behaviour.allocation)
    record["first_part"], record["second_part"] = first, second
    record["settlement"] = (behaviour.settlement_log_odds or behaviour.waiver_log_odds).value
    if behaviour.arrangements is not None:
        terms = behaviour.arrangements
        record["by_message"], record["plan_kept"] = terms.by_message.value, terms.plan_kept_log_odds.value
        record["plan_first_days"], record["plan_misses"] = terms.plan_first_days, terms.plan_misses
        record["extension"], record["pause"] = terms.extension_log_odds.value, terms.pause_log_odds.value
    if behaviour.instalments is not None and behaviour.instalments.on:
        later = behaviour.instalments
        record["slow"], record["every_days"], record["most_left"] = 1, later.every_days, later.most_left
        record["interest_share"], record["on_time"] = later.interest_share.value, later.on_time_log_odds.value
        record["late_fee"] = round(later.late_fee.value * minor)
    if behaviour.charge_off is not None and behaviour.charge_off.on:
        old = behaviour.charge_off
        record["slow"], record["charge_off_day"], record["agency"] = 1, old.day, int(old.agency)
        record["agency_days"] = old.every_days
        record["commission"], record["agency_pays"] = old.commission.value, old.pays_per_month.value
        record["agency_share"] = old.pays_share.value
    if behaviour.direct_debit is not None and behaviour.direct_debit.on:
        debit = behaviour.direct_debit
        record["slow"], record["debit_share"], record["debit_succeeds"] = 1, debit.share.value, debit.succeeds.value
        record["debit_hour"] = debit.at_hour


def lower_take_up(behaviour: Behaviour) -> NDArray[np.float64]:
    """Return the chance to take up an arrangement that is talked about, float64 (arrangements, reasons)."""
    out = np.zeros((len(Arrangement), len(REASON_NAMES)))
    if behaviour.arrangements is not None:
        for kind in (Arrangement.PLAN, Arrangement.EXTENSION, Arrangement.PAUSE):
            terms: ArrangementTerms = getattr(behaviour.arrangements, kind.name.lower())
            out[kind] = [min(1.0, terms.accepted.value * terms.fit[name].value) if name in terms.fit else 0.0
                         for name in REASON_NAMES]
    return out


def per_day(half_life_days: float) -> float:
    """Return the decay rate per day of a half-life; 0 days means gone at once."""
    return LN2 / half_life_days if half_life_days > 0 else AT_ONCE
