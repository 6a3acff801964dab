"""Outcomes as a pure fold of the log: per account, per day, and in total. Nothing here looks at a world's end state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.codes import Outcome, ResourceKind, Row
from sim.folding import ANSWERED, ATTEMPTS, INBOUNDS, RIGHT_PARTY, Folder, Sums
from sim.spec.scenario import Scenario
from sim.state import Records
from sim.world import Setting

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class AccountOutcomes:
    """One row an account in canonical order, shape (accounts,). Money in minor units."""

    entered: NDArray[np.bool_]
    entry_minor: NDArray[np.int64]
    paid_minor: NDArray[np.int64]
    forgiven_minor: NDArray[np.int64]
    fell_due_minor: NDArray[np.int64]
    """Instalments and late fees that came to be owed after entry."""
    cured: NDArray[np.bool_]
    """Back to current at the end: an account that missed a later instalment is cured when that is paid too."""
    attempts: NDArray[np.int32]
    right_party: NDArray[np.int32]
    promises: NDArray[np.int32]
    complaints: NDArray[np.int32]

    @property
    def outstanding_minor(self) -> NDArray[np.int64]:
        """What is still owed, charged off or not: entry + fell due - paid - forgiven, 0 before entry."""
        return self.entry_minor + self.fell_due_minor - self.paid_minor - self.forgiven_minor


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One world's outcomes."""

    accounts: AccountOutcomes
    counts: Mapping[str, int]
    """Totals of events, such as promises, complaints, starved_actions."""
    attempts: Mapping[str, int]
    """By channel."""
    funnel: Mapping[str, int]
    """Accounts by stage."""
    cost_minor: Mapping[str, float]
    """By kind, roster apart."""
    roster_minor: Mapping[str, tuple[float, float]]
    """By pool: (fixed, avoidable)."""
    daily: Mapping[str, NDArray[np.float64]]
    """Series over days."""
    blocked: Mapping[str, int]
    """Attempts that a contact rule refused and so were not made, by rule: one refused by two rules counts under both."""
    violations: Mapping[str, int]
    """Attempts made that a rule in shadow refuses, by rule, as above."""


def folder_of(setting: Setting) -> Folder:
    """Return what adds up the logs of a setting's worlds."""
    return Folder(setting.portfolio.accounts, np.array(setting.timetable.ticks), setting.timetable.end_s,
                  _kinds(setting), len(setting.pools.plans), len(setting.rules.rules))


def _kinds(setting: Setting) -> NDArray[np.int64]:
    """Return the kind of resource that carries each channel."""
    pools = setting.pools
    return np.array([pools.plans[pools.of(spec.resource)].kind for spec in setting.scenario.channels.values()], np.int64)


class Fold:
    """What the sums over one log say. A class so that each part can be read alone; `outcomes_from` is the way in."""

    def __init__(self, setting: Setting, sums: Sums) -> None:
        self._setting = setting
        self._scenario: Scenario = setting.scenario
        self._ticks = np.array(setting.timetable.ticks)
        self._days = len(self._ticks)
        self._money = self._scenario.currency.minor_per_major
        self._kinds = _kinds(setting)
        self._sums = sums

    def _by_day(self, kind: Row, channel: int | None = None) -> NDArray[np.float64]:
        """Return rows of a kind by day, on one channel or on all (and none), float64 (days,)."""
        rows = self._sums.events[:, kind]
        return np.asarray(rows.sum(axis=1) if channel is None else rows[:, channel + 1], dtype=np.float64)

    def _money_by_day(self, kind: Row) -> NDArray[np.float64]:
        """Return the money of rows of a kind by day, float64 (days,)."""
        return np.asarray(self._sums.money_minor[:, kind], dtype=np.float64)

    def accounts(self) -> AccountOutcomes:
        """Return one row an account."""
        a = self._sums.account
        return AccountOutcomes(
            entered=a["entered"] > 0, entry_minor=a["entry_minor"].copy(), paid_minor=a["paid_minor"].copy(),
            forgiven_minor=a["forgiven_minor"].copy(), fell_due_minor=a["fell_due_minor"].copy(),
            cured=a["cured"] > a["missed"], attempts=self._sums.attempts.copy(),
            right_party=a["right_party"].copy(), promises=a["promises"].copy(), complaints=a["complaints"].copy())

    def counts(self) -> dict[str, int]:
        """Return totals of events."""
        rows = self._sums.events.sum(axis=(0, 2))
        attempts = self._sums.outcomes[ATTEMPTS, 1:]
        visits = attempts[self._kinds == ResourceKind.FIELD].sum()
        messages = attempts[self._kinds == ResourceKind.BATCH].sum(axis=0)
        voice = attempts[self._kinds != ResourceKind.BATCH].sum(axis=0)
        named = {
            "payments": rows[Row.PAYMENT], "planned_actions": rows[Row.PLANNED], "merged_actions": rows[Row.MERGED],
            "starved_actions": rows[Row.STARVED], "carried_over_actions": rows[Row.CARRIED_OVER],
            "attempts": rows[Row.ATTEMPT], "dials": voice.sum() - visits,
            "visits": visits, "messages": messages.sum(), "delivered": messages[Outcome.DELIVERED],
            "read": rows[Row.READ],
            "answered": voice[list(ANSWERED)].sum(), "right_party": voice[list(RIGHT_PARTY)].sum(),
            "abandoned_dials": voice[Outcome.ABANDONED].sum(), "inbound_calls": rows[Row.INBOUND],
            "abandoned_calls": self._sums.outcomes[INBOUNDS, :, Outcome.ABANDONED].sum(),
            "hand_offs": rows[Row.HAND_OFF], "disclosed": rows[Row.DISCLOSED], "promises": rows[Row.PROMISE],
            "promises_kept": rows[Row.PROMISE_KEPT], "promises_partly": rows[Row.PROMISE_PARTLY],
            "promises_broken": rows[Row.PROMISE_BROKEN], "disputes": rows[Row.DISPUTE],
            "complaints": rows[Row.COMPLAINT], "opt_outs": rows[Row.OPT_OUT],
            "agents_left": rows[Row.REPLACED], "absences": rows[Row.ABSENT], "trained": rows[Row.TRAINED],
            "paid_on_time": self._sums.account["on_time"].sum(), "missed_later": self._sums.account["missed"].sum(),
            "charged_off": self._sums.account["charged_off"].sum(), "debits": rows[Row.DEBIT],
            "arranged": rows[Row.ARRANGED],
            "blocked_actions": self._first(Row.BLOCKED), "violating_attempts": self._first(Row.VIOLATION)}
        return {name: int(count) for name, count in named.items()}

    def _first(self, kind: Row) -> int:
        """Return how many attempts have rows of a kind: each has one row a rule, the first of them with ordinal 0."""
        return int(self._sums.refusals[kind - Row.BLOCKED, :, 1].sum())

    def by_rule(self, kind: Row) -> dict[str, int]:
        """Return rows of a kind by contact rule, only rules that have some."""
        counts = self._sums.refusals[kind - Row.BLOCKED, :, 0]
        return {rule.id: int(count) for rule, count in zip(self._setting.rules.rules, counts, strict=True) if count}

    def attempts(self) -> dict[str, int]:
        """Return attempts by channel."""
        by_channel = self._sums.outcomes[ATTEMPTS, 1:].sum(axis=1)
        return {name: int(by_channel[n]) for n, name in enumerate(self._setting.channel_names)}

    def funnel(self, accounts: AccountOutcomes) -> dict[str, int]:
        """Count accounts by how far they came. Answered and right party: by voice or visit; a text answers nothing."""
        stages = {
            "entered": accounts.entered, "attempted": accounts.attempts > 0,
            "answered": self._sums.account["answered"] > 0, "right_party": accounts.right_party > 0,
            "promised": accounts.promises > 0, "kept": self._sums.account["kept"] > 0, "paid": accounts.paid_minor > 0,
            "cured": accounts.cured}
        return {name: int(mask.sum()) for name, mask in stages.items()}

    def costs(self) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
        """Return (cost by kind and day, rostered seconds by pool and day), float64 (days,) each; money in minor units."""
        costs = self._scenario.costs
        out: dict[str, NDArray[np.float64]] = {}
        for number, name in enumerate(self._setting.channel_names):
            price = costs.channels.get(name)
            if price is None:
                continue
            if price.per_attempt.value:
                out[f"{name} attempts"] = self._by_day(Row.ATTEMPT, number) * price.per_attempt.value * self._money
            if price.per_minute.value:
                minutes = self._sums.talking_s[:, number + 1] / 60.0
                out[f"{name} minutes"] = minutes * price.per_minute.value * self._money
            if price.per_km.value:
                out[f"{name} travel"] = self._kilometres(number) * price.per_km.value * self._money
        if costs.complaint.value:
            out["complaints"] = self._by_day(Row.COMPLAINT) * costs.complaint.value * self._money
        for kind, row in (("training", Row.TRAINED), ("hiring", Row.REPLACED), ("agency commission", Row.COMMISSION)):
            money = self._money_by_day(row)
            if money.any():
                out[kind] = money
        out["forgiven"] = self._money_by_day(Row.FORGIVEN)
        return out, self._rostered()

    def _kilometres(self, channel: int) -> NDArray[np.float64]:
        """Return what teams travelled for a channel by day, float64 (days,)."""
        pools = self._setting.pools.records
        trips = self._sums.trips[:, channel + 1, 1:]
        mapped = pools["map"] > 0
        plain = trips[:, :, 0] @ (pools["km_between"] * ~mapped) + trips[:, :, 1] @ (pools["km_within"] * ~mapped)
        # By a map: the way follows from the time on it; a pool that serves several channels shares it by their trips.
        everybody = np.maximum(self._sums.trips[:, 1:, 1:].sum(axis=(1, 3)), 1)
        by_map = self._sums.worked_s[:, 1:, 0] * (pools["m_per_s"] * mapped / 1000.0) * trips.sum(axis=2) / everybody
        return np.asarray(plain + by_map.sum(axis=1))

    def _rostered(self) -> dict[str, NDArray[np.float64]]:
        """Return rostered agent seconds by pool and day, for pools of a fixed number of agents."""
        out = {name: np.zeros(self._days) for name, plan in zip(self._setting.pools.names, self._setting.pools.plans,
                                                               strict=True) if not plan.unlimited and plan.hours}
        for shift in self._setting.timetable.shifts:
            name = self._setting.pools.names[shift.pool]
            if name in out:
                day = int(np.searchsorted(self._ticks, shift.on_s, side="right")) - 1
                out[name][day] += (shift.off_s - shift.on_s) * (shift.last - shift.first)
        return out

    def daily(self, costs: Mapping[str, NDArray[np.float64]],
              rostered: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        """Return the series over days that reports draw."""
        sums = self._sums
        out = {
            "recovery_minor": self._money_by_day(Row.PAYMENT), "entry_minor": self._money_by_day(Row.ENTRY),
            "entered_accounts": self._by_day(Row.ENTRY), "cured_accounts": self._by_day(Row.CURED),
            "complaints": self._by_day(Row.COMPLAINT), "promises": self._by_day(Row.PROMISE),
            "inbound_calls": self._by_day(Row.INBOUND), "abandoned_calls": sums.abandoned.astype(np.float64),
            "direct_cost_minor": np.sum(list(costs.values()), axis=0) if costs else np.zeros(self._days)}
        for number, name in enumerate(self._setting.channel_names):
            for word, kind in (("planned", Row.PLANNED), ("starved", Row.STARVED), ("carried_over", Row.CARRIED_OVER),
                               ("attempts", Row.ATTEMPT)):
                out[f"{word}_{name}"] = self._by_day(kind, number)
        for number, name in enumerate(self._setting.pools.names):
            for place, word in enumerate(("lead_s", "talk_s", "wrap_s")):
                out[f"{word}_{name}"] = sums.worked_s[:, number + 1, place].astype(np.float64)
            out[f"planned_{name}"] = sums.planned[:, number + 1].astype(np.float64)
        return out | {f"rostered_s_{name}": series for name, series in rostered.items()}

    def roster_costs(self, rostered: Mapping[str, NDArray[np.float64]], daily: Mapping[str, NDArray[np.float64]],
                     ) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return (fixed, avoidable) roster cost by pool and day: all rostered hours, or those of days with work for the pool."""
        out = {}
        for name, plan in zip(self._setting.pools.names, self._setting.pools.plans, strict=True):
            if name not in rostered or plan.hourly is None or not plan.hourly.value:
                continue
            price = plan.hourly.value * self._money / HOUR_S
            busy = daily[f"lead_s_{name}"] + daily[f"talk_s_{name}"] + daily[f"wrap_s_{name}"]
            needed = (daily[f"planned_{name}"] > 0) | (busy > 0)
            out[name] = (rostered[name] * price, np.where(needed, rostered[name], 0.0) * price)
        return out


def outcomes(setting: Setting, rows: Records) -> Outcomes:
    """Fold a world's log (rows in any order) to its outcomes."""
    folder = folder_of(setting)
    folder.add(rows)
    return outcomes_from(setting, folder.sums)


def outcomes_from(setting: Setting, sums: Sums) -> Outcomes:
    """Return the outcomes that the sums over a world's log say."""
    found = Fold(setting, sums)
    accounts = found.accounts()
    costs, rostered = found.costs()
    daily = found.daily(costs, rostered)
    roster = found.roster_costs(rostered, daily)
    for place, mode in enumerate(("fixed", "avoidable")):
        daily[f"roster_{mode}_minor"] = sum((pair[place] for pair in roster.values()), np.zeros(len(setting.timetable.ticks)))
    return Outcomes(accounts, found.counts(), found.attempts(), found.funnel(accounts),
                    {kind: float(series.sum()) for kind, series in costs.items()},
                    {name: (float(fixed.sum()), float(avoidable.sum())) for name, (fixed, avoidable) in roster.items()}, daily,
                    found.by_rule(Row.BLOCKED), found.by_rule(Row.VIOLATION))
