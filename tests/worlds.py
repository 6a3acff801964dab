"""Small worlds for tests of rules and engines: a scenario from the shipped defaults, a portfolio, one run."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.assignment import Assignment
from sim.codes import Row
from sim.engine.campaign import Campaign
from sim.eventlog import rows_of
from sim.portfolio.table import Category, Portfolio, canonical_order, stable_hashes
from sim.randomness import mix_seed, uniforms
from sim.spec.scenario import Scenario
from sim.spec.yaml_source import Document, load_yaml, validate
from sim.strategies.protocol import DoNothing, Plan
from sim.world import Setting, luck_of

BASE = Path(__file__).resolve().parents[1] / "scenarios" / "base.yaml"
HOUR = 3600
ROUND_THE_CLOCK = [{"hours": "00:00-24:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}]
EVERY_HOUR = [1.0] * 24

ALIKE = {
    "behaviour.people.frailty_log_sd": 0.0,
    "behaviour.people.sensitivity_log_sd": 0.0,
    "behaviour.people.reach_log_sd": 0.0,
    "behaviour.people.home_log_sd": 0.0,
    "behaviour.people.tolerance_log_sd": 0.0,
    "behaviour.people.score_log_hazard": 0.0,
    "behaviour.people.stages": {0: {"reach": 1.0, "ability": 1.0}},
    "behaviour.people.profiles": {
        "anybody": {
            "share": 1.0, "at_phone": EVERY_HOUR, "at_phone_free": EVERY_HOUR,
            "at_home": EVERY_HOUR, "at_home_free": EVERY_HOUR,
        },
    },
    "behaviour.reasons": {
        name: {"share": {0: 1.0 if name == "forgot" else 0.0}, "hazard": 1.0, "full": 1.0, "persuaded": 1.0,
               "promised": 1.0, "kept_log_odds": 0.0, "relief": 0.0}
        for name in ("forgot", "shock", "hardship", "unwilling", "dispute")
    },
    "behaviour.agent_skill_log_sd": 0.0,
}
"""Changes that make everybody the same kind of person: nothing but their luck differs."""

QUIET = {
    "behaviour.payment.self_cure_per_day": {0: 0.0},
    **{f"channels.{channel}.conversation.{what}": 0.0
       for channel in ("call", "bot_call", "visit") for what in ("promised", "pays_now", "disclosed", "refused")},
    **{f"channels.{channel}.{what}": 0.0
       for channel in ("sms", "call", "bot_call", "visit") for what in ("opt_out", "complaint", "missed_log_odds")},
    **{f"channels.{channel}.call_back.{what}": 0.0
       for channel in ("sms", "call", "bot_call", "visit") for what in ("chance", "after_missed")},
    "channels.bot_call.hand_off.chance": 0.0,
}
"""Changes after which nobody pays, promises, complains or rings back: what is left is contact alone."""


def make_scenario(days: int, changes: Mapping[str, Any] | None = None, start: str = "2025-09-01",
                  zone: str = "Asia/Shanghai", country: str = "") -> Scenario:
    """Return the shipped defaults with changes by dotted key, such as `{"resources.gateway.per_second": 2}`."""
    data = copy.deepcopy(load_yaml(BASE).data)
    data |= {
        "scenario": "test", "portfolio": {}, "horizon": {"days": days}, "strategies": [], "champion": "do_nothing",
        "calendar": {"start": start, "zone": zone, "country": country},
        "currency": {"code": "CNY", "minor_per_major": 100},
    }
    for key, value in (changes or {}).items():
        *parents, last = key.split(".")
        here = data
        for name in parents:
            here = here[name]
        here[last] = copy.deepcopy(value)
    return validate(Document(data, Path("test.yaml"), {}), Scenario)


def make_portfolio(accounts: int, seed: int = 1, persons: int | None = None, last_entry_day: int = 0,
                   dpd: tuple[int, int] = (1, 90), zones: Sequence[str] = (), regions: int = 4,
                   instalment: int = 0) -> Portfolio:
    """Return accounts of different balances in canonical order; `persons` fewer than accounts share some of them."""
    rng = np.random.default_rng(seed)
    owners = np.arange(accounts) % (persons or accounts)
    account_id = np.array([f"A{n:06d}" for n in range(accounts)], dtype=object)
    person_id = np.array([f"P{n:06d}" for n in owners], dtype=object)
    account_hash, person_hash = stable_hashes(account_id, "account"), stable_hashes(person_id, "person")
    zone = (owners % max(1, len(zones))).astype(np.int32)
    columns = (
        account_id, person_id, account_hash, person_hash,
        rng.integers(0, last_entry_day + 1, accounts).astype(np.int32),
        rng.integers(dpd[0], dpd[1] + 1, accounts).astype(np.int32),
        rng.integers(10_000, 900_000, accounts), rng.integers(0, 9_000, accounts), rng.integers(0, 4_000, accounts),
        np.full(accounts, instalment, np.int64), np.full(accounts, np.nan), rng.choice([0, 5, 15], accounts).astype(np.int8),
        rng.random(accounts) < 0.97,
    )
    nobody = np.zeros(accounts, np.bool_)
    order = canonical_order(person_hash, account_hash)
    return Portfolio(
        *(column[order] for column in columns),
        zone=Category(zone[order], tuple(zones) or ("",)),
        product=Category(np.zeros(accounts, np.int32), ("loan",)),
        region=Category(rng.integers(0, regions, accounts).astype(np.int32)[order], tuple("abcdefgh"[:regions])),
        dispute=nobody, hardship_plan=nobody.copy(), opt_out=nobody.copy())


@dataclass(frozen=True)
class Timed:
    """Plans step s for a share of the accounts on days `first`, `first + every`, ...: drawn by principal and day."""

    name: str
    steps: tuple[Any, ...]
    every: tuple[int, ...]
    first: tuple[int, ...] | None = None
    share: tuple[float, ...] | None = None
    seed: int = 1

    def plan(self, view):
        """Return the day's actions."""
        parts = []
        key = np.round(view.column("principal") * 100).astype(np.uint64)
        for s, step in enumerate(self.steps):
            first = self.first[s] if self.first else 0
            if view.day < first or (view.day - first) % self.every[s]:
                continue
            share = self.share[s] if self.share else 1.0
            chosen = uniforms(mix_seed(self.seed, s), key, 1, view.day) < share
            rows = np.flatnonzero(chosen & ~view.step_done(s)).astype(np.int32)
            parts.append((rows, np.full(len(rows), s, np.int16), view.at(step.window.open_s)[rows],
                          view.at(step.window.close_s)[rows], np.full(len(rows), step.priority, np.int16),
                          np.full(len(rows), step.open_days > 1)))
        if not parts:
            return Plan.empty()
        return Plan(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def play(setting: Setting, strategies: Sequence[Any] = (DoNothing(),), engine: str = "compiled",
         assignment: Assignment | None = None, replication: int = 0):
    """Run one world to its horizon and return it."""
    world = setting.world(strategies, luck_of(setting.scenario.seeds, replication))
    chosen = assignment or Assignment.constant(setting.portfolio.accounts)
    return Campaign(world, setting.timetable, setting.observed, strategies, chosen, engine).run()


def log_of(world, *kinds: Row):
    """Return a world's log in the total order; only rows of some kinds when any are named."""
    rows = rows_of(world)
    return rows[np.isin(rows["row"], kinds)] if kinds else rows


def first_difference(a, b) -> str:
    """Say where two logs first differ, column by column; empty when they are equal to the bit."""
    both = min(len(a), len(b))
    places = np.flatnonzero(a[:both] != b[:both])
    if len(places):
        n = int(places[0])
        columns = ", ".join(f"{name} {a[n][name]} / {b[n][name]}" for name in a.dtype.names if a[n][name] != b[n][name])
        return f"row {n} (second {a[n]['t_s']}, {Row(int(a[n]['row'])).name} / {Row(int(b[n]['row'])).name}): {columns}"
    if len(a) != len(b):
        longer = a if len(a) > len(b) else b
        return f"one ends after {both} rows; the other goes on with {Row(int(longer[both]['row'])).name} {longer[both]}"
    return ""
