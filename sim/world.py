"""The only place that lowers a scenario and a portfolio to arrays.

`Setting` holds what all worlds of a scenario share (calendar, pools, channels, observables); `Setting.world(...)` makes
the arrays of one world: one assignment of strategies, one replication's luck.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arrays import on_lines
from sim.codes import EVENT_NAMES, AccountStatus, Flag, ResourceKind
from sim.contact_rules import ContactRules, contact_rules, packs_of, purpose_rows, purposes
from sim.courses import lower_courses
from sim.field_map import lower_maps
from sim.lowering import (
    day_tables,
    half_life_rate,
    hazard_table,
    holidays_of,
    hour_tables,
    reach_curves,
    reason_tables,
    stage_tables,
    zone_tables,
)
from sim.mechanisms import lower_mechanisms, lower_take_up
from sim.pools import Pools, lower_channels, lower_pools, shifts_of
from sim.portfolio.table import Attribute, Portfolio
from sim.randomness import mix_seed
from sim.rules.clock import clock_second, clock_seconds
from sim.rules.gate import MOST_REFUSED
from sim.rules.gate_facts import hear_portfolio
from sim.rules.people import agent_skill, draw_people
from sim.rules.staff import seat_staff
from sim.spec.resources import FieldTeams
from sim.spec.scenario import Scenario, Seeds
from sim.state import (
    ACCOUNT,
    DEBT,
    FORTUNE,
    GATE_PERSON,
    LOG,
    N_COUNTERS,
    N_TASKS,
    NEVER,
    OUTBOX,
    PARAMS,
    PERSON,
    STEP_STATE,
    TASK,
    Records,
    World,
)
from sim.steps import lower_steps
from sim.strategies.protocol import DAY_S, Strategy
from sim.timetable import Observed, Timetable

LOG_MARGIN = 2048
"""Rows that one event may write at most, with room to spare; a second of a gateway may send 100,000 texts and asks."""
BUSY_ELSEWHERE_S = 60
"""A person who is in another contact is tried again after a minute."""


@dataclass(frozen=True, slots=True)
class Luck:
    """The mixed seeds of one world."""

    population: np.uint64
    behaviour: np.uint64


def luck_of(seeds: Seeds, replication: int) -> Luck:
    """Return the seeds of a replication: behaviour and latent traits are drawn anew in each."""
    return Luck(mix_seed(seeds.population, "population", replication),
                mix_seed(seeds.behaviour, "behaviour", replication))


class Setting:
    """A scenario and its portfolio, lowered once for all of its worlds.

    Raises:
        InputError: the scenario does not fit together with its portfolio.
    """

    def __init__(self, scenario: Scenario, portfolio: Portfolio) -> None:
        self.scenario = scenario
        self.portfolio = portfolio
        days = scenario.horizon.days
        packs = packs_of(scenario)
        named = (*portfolio.zone.labels, *(pack.zone or "" for pack in packs))
        zones = tuple(dict.fromkeys((scenario.calendar.zone, *(zone for zone in named if zone))))
        self._zone_from, self._zone_offset = zone_tables(scenario.calendar, days, zones)
        self._zone_row = np.array([zones.index(z) if z else 0 for z in portfolio.zone.labels] or [0], dtype=np.int32)
        self.holidays = holidays_of(scenario.calendar, days)
        self._free_day, self._month_day = day_tables(scenario.calendar, days, self.holidays)
        self.pools: Pools = lower_pools(scenario)
        self.channel_names = tuple(scenario.channels)
        self._channel, self._content, self.content_names = lower_channels(scenario, self.pools)
        self._person, self._account = self._people()
        self.rules: ContactRules = contact_rules(scenario, portfolio, packs, self._account["person"].astype(np.int32),
                                                 self.content_names, zones.index)
        self._area_m = lower_maps(scenario, portfolio.region.labels)
        self.timetable = self._timetable()
        self.observed = Observed(self._attributes(), self.channel_names, scenario.currency.minor_per_major)

    @property
    def team(self) -> NDArray[np.int64]:
        """Each account's team, int64 (accounts,); persons are dealt in the order of their hashes."""
        return np.asarray(self._account["team"])

    @property
    def persons(self) -> int:
        """Number of persons."""
        return len(self._person)

    def first_accounts(self) -> NDArray[np.int64]:
        """Return each person's first account row, int64 (persons,)."""
        return np.asarray(self._person["first_account"])

    def check_steps(self, strategy: Strategy) -> None:
        """Check that a strategy's steps fit the scenario.

        Raises:
            InputError: an unknown channel, content, skill or state, or a window that never opens.
        """
        lower_steps(self.scenario, self.pools, self.content_names, [strategy])

    def _attributes(self) -> dict[str, Attribute]:
        """Return the columns that strategies may read: protected ones only where the scenario allows them by name."""
        p = self.portfolio
        allowed = set(self.scenario.portfolio.allow_protected)
        table: dict[str, Attribute] = {"product": p.product, "region": p.region, "score": p.score}
        table |= {name: column for name, column in p.attributes.items() if name not in p.protected or name in allowed}
        return table

    def _people(self) -> tuple[Records, Records]:
        """Return PERSON and ACCOUNT records with everything observable, in canonical order."""
        p = self.portfolio
        ids, first, counts = np.unique(p.person_hash, return_index=True, return_counts=True)
        person = np.zeros(len(ids), PERSON)
        person["id"], person["first_account"], person["accounts"] = ids, first, counts
        owner = np.repeat(np.arange(len(ids), dtype=np.int32), counts)
        account = np.zeros(p.accounts, ACCOUNT)
        account["id"], account["person"], account["dpd"] = p.account_hash, owner, p.dpd
        account["principal"], account["interest"], account["fees"] = p.principal_minor, p.interest_minor, p.fees_minor
        account["entry_minor"], account["instalment"] = p.balance_minor, p.instalment_minor
        account["area"], account["status"], account["cured_s"] = p.region.codes, AccountStatus.FUTURE, NEVER
        person["zone"] = self._zone_row[np.maximum(p.zone.codes[first], 0)]
        for name, column in (("payday", p.payday), ("number_valid", p.number_valid)):
            person[name] = np.maximum.reduceat(column.astype(np.int16), first) if len(first) else 0
        for flag, column in ((Flag.DISPUTE, p.dispute), (Flag.HARDSHIP_PLAN, p.hardship_plan)):
            np.bitwise_or.at(person["flags"], owner, np.where(column, int(flag), 0).astype(np.int32))
        opted_out = np.where(p.opt_out, (1 << len(self.channel_names)) - 1, 0).astype(np.int32)
        np.bitwise_or.at(person["opted_out"], owner, opted_out)
        teams = max((plan.teams for plan in self.pools.plans), default=1)
        account["team"] = owner % teams
        zone = np.ascontiguousarray(person["zone"][owner])
        account["entry_s"] = clock_seconds(self._zone_from, self._zone_offset, zone,
                                           p.entry_day.astype(np.int64) * DAY_S)
        entry = np.minimum.reduceat(account["entry_s"], first) if len(first) else np.empty(0, np.int64)
        person["entry_s"], person["next_entry_s"] = entry, entry
        for name in ("next_pay_s", "edge_s", "promise_due_s", "promise_check_s", "own_s"):
            person[name] = NEVER
        person["last_contact_s"], person["last_payment_s"], person["revealed"] = -1, -1, -1
        person["trust"], person["offer_until_s"] = 1.0, -1
        return person, account

    def _timetable(self) -> Timetable:
        days = self.scenario.horizon.days
        ticks = tuple(int(clock_second(self._zone_from, self._zone_offset, 0, day * DAY_S)) for day in range(days + 1))
        shifts = shifts_of(self.scenario, self.pools, self.holidays, self._zone_from, self._zone_offset)
        return Timetable(ticks[:-1], shifts, ticks[-1])

    def _score_z(self) -> NDArray[np.float64]:
        """Return each person's standardised risk score (first account), 0 where unknown. Sums are exact: order-free."""
        score = self.portfolio.score[self._person["first_account"]]
        known = score[~np.isnan(score)]
        if len(known) < 2:
            return np.zeros(len(score))
        mean = math.fsum(known) / len(known)
        variance = math.fsum((known - mean) ** 2) / (len(known) - 1)
        z = (score - mean) / math.sqrt(variance) if variance > 0 else np.zeros(len(score))
        return np.where(np.isnan(z), 0.0, z)

    def _draw(self, person: Records, agent: Records, luck: Luck) -> None:
        """Draw latent traits and agents' skill for one replication."""
        people = self.scenario.behaviour.people
        _, bands, shares = reason_tables(self.scenario.behaviour)
        profiles = [profile.share.value for profile in people.profiles.values()]
        cumulative = np.array([math.fsum(profiles[:n + 1]) / math.fsum(profiles) for n in range(len(profiles))])
        log_sd = np.array([people.frailty_log_sd.value, people.sensitivity_log_sd.value, people.reach_log_sd.value,
                           people.home_log_sd.value, people.tolerance_log_sd.value])
        dpd = np.maximum.reduceat(self._account["dpd"].astype(np.int64), person["first_account"]) if len(person) else (
            np.empty(0, np.int64))
        draw_people(person, luck.population, dpd, self._score_z(), bands, shares, cumulative, log_sd,
                    people.tolerance_contacts.value, people.score_log_hazard.value)
        agent["skill_log_sd"] = np.where(self.pools.skilled, self.scenario.behaviour.agent_skill_log_sd.value, 0.0)
        agent["conduct"] = 1.0
        agent_skill(luck.population, agent, agent["skill_log_sd"].copy())

    def _params(self, luck: Luck) -> Records:
        """Return the single values, PARAMS (1,)."""
        behaviour, scenario = self.scenario.behaviour, self.scenario
        pay, promise = behaviour.payment, behaviour.promise
        inbound = [n for n, c in enumerate(self._channel) if c["kind"] == ResourceKind.DESK]
        values = {
            "population_seed": luck.population, "behaviour_seed": luck.behaviour, "end_s": self.timetable.end_s,
            "decay_per_s": half_life_rate(pay.effect_half_life_days.value * DAY_S),
            "payday_factor": pay.payday_factor.value, "payday_days": pay.payday_days,
            "excitation_log_odds": pay.excitation_log_odds.value, "partial_floor": pay.partial_floor.value,
            "partial_power": pay.partial_power.value,
            "minimum_minor": max(1, round(pay.minimum.value * scenario.currency.minor_per_major)),
            "pressure_decay_per_s": half_life_rate(behaviour.pressure_half_life_days.value * DAY_S),
            "kept_base": promise.kept_log_odds.value, "kept_reminded": promise.reminded_log_odds.value,
            "kept_partly": promise.kept_partly.value, "promise_full": promise.full_share.value,
            "promise_days": promise.days_max, "grace_days": promise.grace_days,
            "broken_trust": promise.broken_trust.value,
            "plan_log_odds": behaviour.plan_log_odds.value, "waiver_log_odds": behaviour.waiver_log_odds.value,
            "retry_busy_s": BUSY_ELSEWHERE_S,
            "log_rows": self._log_margin(), "weekday": scenario.calendar.start.weekday(),
            "gate_purposes": purposes(self.rules),
            "inbound_channel": inbound[0] if inbound else -1,
            "inbound_content": self.content_names[self._inbound_content(inbound[0])] if inbound else -1,
            "door_s": max((r.door_s.value for r in scenario.resources.values() if isinstance(r, FieldTeams)),
                          default=0.0),
        }
        record = np.zeros(1, PARAMS)
        for name, value in values.items():
            record[name] = value
        return record

    def _log_margin(self) -> int:
        """Return the rows that one call of a desk may write before it looks for room."""
        a_second = int(self.pools.records["per_second"].max(initial=0))
        return LOG_MARGIN + 4 * a_second + len(self.rules.rules) * (a_second + MOST_REFUSED + 1)

    def _gate(self, persons: int) -> dict[str, Records]:
        """Return the gate's arrays for one world; all empty where no packs are on."""
        tables = self.rules.tables
        ranks = {name: rank for name, (_, rank) in World.FIELDS.items() if name.startswith("gate_")}
        if tables is None:
            return {name: np.zeros((0,) * rank, World.FIELDS[name][0]) for name, rank in ranks.items()}
        person = np.zeros(persons, GATE_PERSON)
        person["zone_known"] = self.rules.zone_known
        said = self.scenario.compliance.resolution_days
        resolved = [-1 if days is None else days for days in (said.dispute, said.hardship, said.complaint)]
        arrays: dict[str, Records] = {f"gate_{name}": array.copy() for name, array in tables.arrays.items()}
        return arrays | {"gate_person": person, "gate_tried": np.zeros(len(self._account), np.int8),
                         "gate_purpose": purpose_rows(self.rules), "gate_resolved": np.array(resolved, np.int32)}

    def _inbound_content(self, channel: int) -> tuple[str, str]:
        """Callers hear the first content of the desk's channel."""
        name = self.channel_names[channel]
        return name, next(iter(self.scenario.channels[name].contents))

    def world(self, strategies: Sequence[Strategy], luck: Luck, team: NDArray[np.int64] | None = None) -> World:
        """Return fresh arrays for one world under these strategies (one for each arm).

        Args:
            strategies: one for each arm.
            luck: the replication's seeds.
            team: each account's team, int64 (accounts,), where an experiment deals accounts to teams itself.

        Raises:
            InputError: a step does not fit the scenario.
        """
        person, account, agent = on_lines(self._person), on_lines(self._account), self.pools.agents.copy()
        if team is not None:
            account["team"] = team
        self._draw(person, agent, luck)
        step, retry = lower_steps(self.scenario, self.pools, self.content_names, strategies)
        reason, _, _ = reason_tables(self.scenario.behaviour)
        hazard_from, hazard = hazard_table(self.scenario.behaviour)
        stage_from, stage_reach, stage_ability = stage_tables(self.scenario.behaviour)
        at_phone, at_home = reach_curves(tuple(self.scenario.behaviour.people.profiles.values()))
        weight, start = hour_tables(self.scenario.behaviour.payment.hour_weights)
        step_state = np.zeros((len(account), len(step)), STEP_STATE)
        step_state["first_day"], step_state["hold_day"] = -1, -1
        step_state["open_s"], step_state["close_s"] = step["open_s"], step["close_s"]
        task = np.zeros(max(1024, len(account) // 4), TASK)
        counters = np.zeros(N_COUNTERS, np.int64)
        counters[N_TASKS] = len(task)
        params = self._params(luck)
        log = np.zeros(4 * int(params["log_rows"][0]) + 4 * len(account), LOG)
        world = World(
            params=params, mechanism=lower_mechanisms(self.scenario), person=person, account=account,
            fortune=_never(FORTUNE, len(person), "turn_s", "debit_s", "until_s", "plan_s"),
            debt=_never(DEBT, len(account), "due_s", "old_s"),
            person_id=person["id"].copy(), account_id=account["id"].copy(),
            tally=np.zeros((len(person), len(self._channel), 3), np.int32),
            event_day=np.full((len(person), len(EVENT_NAMES)), -1, np.int32), step_state=step_state, step=step,
            retry=retry, channel=self._channel.copy(), content=self._content, pool=self.pools.records.copy(),
            agent=agent, course=lower_courses(self.scenario, self.pools, self.timetable, strategies), reason=reason,
            area_m=self._area_m, takes_up=lower_take_up(self.scenario.behaviour),
            hazard_from=hazard_from, hazard=hazard, stage_from=stage_from,
            stage_reach=stage_reach, stage_ability=stage_ability, at_phone=at_phone, at_home=at_home,
            hour_weight=weight, hour_start=start, zone_from=self._zone_from, zone_offset=self._zone_offset,
            free_day=self._free_day, month_day=self._month_day, task=task,
            free_task=np.arange(len(task))[::-1].copy(), log=log, outbox=np.zeros(16, OUTBOX),
            counters=counters, **self._gate(len(person)))
        if world.step["arrange"].any():
            world.mechanism["arranges"], world.mechanism["slow"] = 1, 1
        if world.mechanism["staff"][0]:
            seat_staff(world)
        if self.rules.on:
            hear_portfolio(world, self.portfolio.dispute, self.portfolio.hardship_plan)
        return world


def _never(kind: np.dtype[np.void], count: int, *names: str) -> Records:
    """Return `count` empty records in which the named seconds never come."""
    records = np.zeros(count, kind)
    for name in names:
        records[name] = NEVER
    return records
