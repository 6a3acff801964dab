"""Outcomes as a pure fold of the log: per account, per day, and in total. Nothing here looks at a world's end state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.codes import Outcome, ResourceKind, Row
from sim.spec.scenario import Scenario
from sim.state import Records
from sim.world import Setting

ANSWERED = (Outcome.WRONG_PARTY, Outcome.REFUSED, Outcome.CONVERSATION, Outcome.MET)
RIGHT_PARTY = (Outcome.REFUSED, Outcome.CONVERSATION, Outcome.MET)
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class AccountOutcomes:
    """One row an account in canonical order, shape (accounts,). Money in minor units."""

    entered: NDArray[np.bool_]
    entry_minor: NDArray[np.int64]
    paid_minor: NDArray[np.int64]
    forgiven_minor: NDArray[np.int64]
    cured: NDArray[np.bool_]
    attempts: NDArray[np.int32]
    right_party: NDArray[np.int32]
    promises: NDArray[np.int32]
    complaints: NDArray[np.int32]

    @property
    def outstanding_minor(self) -> NDArray[np.int64]:
        """What is still owed: entry - paid - forgiven, 0 before entry."""
        return self.entry_minor - self.paid_minor - self.forgiven_minor


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


class Fold:
    """Folds one log. Kept as a class so that each part can be read alone; `outcomes` is the way in."""

    def __init__(self, setting: Setting, rows: Records) -> None:
        self._setting = setting
        self._scenario: Scenario = setting.scenario
        self._rows = rows
        self._ticks = np.array(setting.timetable.ticks)
        self._days = len(self._ticks)
        self._day = np.searchsorted(self._ticks, rows["t_s"], side="right") - 1
        self._money = self._scenario.currency.minor_per_major

    def _is(self, *kinds: Row) -> NDArray[np.bool_]:
        return np.isin(self._rows["row"], [int(kind) for kind in kinds])

    def _by_account(self, mask: NDArray[np.bool_], money: bool = False) -> NDArray[np.int64]:
        """Return sums (of money or of rows) by account, int64 (accounts,)."""
        out = np.zeros(self._setting.portfolio.accounts, np.int64)
        np.add.at(out, self._rows["account"][mask], self._rows["amount_minor"][mask] if money else 1)
        return out

    def _by_day(self, mask: NDArray[np.bool_], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return counts or weighted sums by day, float64 (days,)."""
        chosen = None if weights is None else weights[mask]
        return np.bincount(self._day[mask], weights=chosen, minlength=self._days).astype(np.float64)

    def accounts(self) -> AccountOutcomes:
        """Fold to one row an account."""
        attempts = self._is(Row.ATTEMPT)
        entered = self._by_account(self._is(Row.ENTRY)) > 0
        right = attempts & np.isin(self._rows["outcome"], RIGHT_PARTY)
        return AccountOutcomes(
            entered=entered, entry_minor=self._by_account(self._is(Row.ENTRY), money=True),
            paid_minor=self._by_account(self._is(Row.PAYMENT), money=True),
            forgiven_minor=self._by_account(self._is(Row.FORGIVEN), money=True),
            cured=self._by_account(self._is(Row.CURED)) > 0, attempts=self._by_account(attempts).astype(np.int32),
            right_party=self._by_account(right).astype(np.int32),
            promises=self._by_account(self._is(Row.PROMISE)).astype(np.int32),
            complaints=self._by_account(self._is(Row.COMPLAINT)).astype(np.int32))

    def counts(self) -> dict[str, int]:
        """Count events by kind."""
        outcome = self._rows["outcome"]
        attempt, inbound = self._is(Row.ATTEMPT), self._is(Row.INBOUND)
        visits = attempt & np.isin(self._rows["channel"], self._channels(ResourceKind.FIELD))
        messages = attempt & np.isin(self._rows["channel"], self._channels(ResourceKind.BATCH))
        return {name: int(mask.sum()) for name, mask in {
            "payments": self._is(Row.PAYMENT), "planned_actions": self._is(Row.PLANNED), "merged_actions": self._is(Row.MERGED),
            "starved_actions": self._is(Row.STARVED), "attempts": attempt,
            "dials": attempt & ~visits & ~messages, "visits": visits, "messages": messages,
            "delivered": messages & (outcome == Outcome.DELIVERED),
            "answered": attempt & ~messages & np.isin(outcome, ANSWERED),
            "right_party": attempt & ~messages & np.isin(outcome, RIGHT_PARTY),
            "inbound_calls": inbound, "abandoned_calls": inbound & (outcome == Outcome.ABANDONED),
            "hand_offs": self._is(Row.HAND_OFF), "disclosed": self._is(Row.DISCLOSED), "promises": self._is(Row.PROMISE),
            "promises_kept": self._is(Row.PROMISE_KEPT), "promises_partly": self._is(Row.PROMISE_PARTLY),
            "promises_broken": self._is(Row.PROMISE_BROKEN), "disputes": self._is(Row.DISPUTE),
            "complaints": self._is(Row.COMPLAINT), "opt_outs": self._is(Row.OPT_OUT)}.items()}

    def _channels(self, kind: ResourceKind) -> list[int]:
        pools = self._setting.pools
        return [n for n, spec in enumerate(self._scenario.channels.values())
                if pools.plans[pools.of(spec.resource)].kind == kind]

    def funnel(self, accounts: AccountOutcomes) -> dict[str, int]:
        """Count accounts by how far they came. Answered and right party: by voice or visit; a text answers nothing."""
        voice = self._is(Row.ATTEMPT) & ~np.isin(self._rows["channel"], self._channels(ResourceKind.BATCH))
        stages = {
            "entered": accounts.entered, "attempted": accounts.attempts > 0,
            "answered": self._by_account(voice & np.isin(self._rows["outcome"], ANSWERED)) > 0,
            "right_party": accounts.right_party > 0, "promised": accounts.promises > 0,
            "kept": self._by_account(self._is(Row.PROMISE_KEPT)) > 0, "paid": accounts.paid_minor > 0,
            "cured": accounts.cured}
        return {name: int(mask.sum()) for name, mask in stages.items()}

    def _seconds(self) -> dict[str, NDArray[np.float64]]:
        """Return each contact's ringing or travel, talk and wrap-up seconds, cut off at the end of the run."""
        left = np.maximum(self._setting.timetable.end_s - self._rows["t_s"], 0).astype(np.float64)
        out = {}
        for name in ("lead_s", "talk_s", "wrap_s"):
            out[name] = np.minimum(self._rows[name], left).astype(np.float64)
            left = left - out[name]
        return out

    def costs(self) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
        """Return (cost by kind and day, rostered seconds by pool and day), float64 (days,) each; money in minor units."""
        costs = self._scenario.costs
        seconds = self._seconds()
        out: dict[str, NDArray[np.float64]] = {}
        for number, name in enumerate(self._setting.channel_names):
            price = costs.channels.get(name)
            if price is None:
                continue
            attempt = self._is(Row.ATTEMPT) & (self._rows["channel"] == number)
            talking = self._is(Row.ATTEMPT, Row.INBOUND) & (self._rows["channel"] == number) & (
                self._rows["outcome"] != Outcome.ABANDONED)
            if price.per_attempt.value:
                out[f"{name} attempts"] = self._by_day(attempt) * price.per_attempt.value * self._money
            if price.per_minute.value:
                minutes = (seconds["lead_s"] + seconds["talk_s"]) / 60.0
                out[f"{name} minutes"] = self._by_day(talking, minutes) * price.per_minute.value * self._money
            if price.per_km.value:
                out[f"{name} travel"] = self._by_day(attempt, self._kilometres()) * price.per_km.value * self._money
        if costs.complaint.value:
            out["complaints"] = self._by_day(self._is(Row.COMPLAINT)) * costs.complaint.value * self._money
        out["forgiven"] = self._by_day(self._is(Row.FORGIVEN), self._rows["amount_minor"].astype(np.float64))
        return out, self._rostered()

    def _kilometres(self) -> NDArray[np.float64]:
        pool = self._setting.pools.records[np.maximum(self._rows["pool"], 0)]
        return np.asarray(np.where(self._rows["value"] == 1, pool["km_within"], pool["km_between"]))

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
        rows, seconds = self._rows, self._seconds()
        money = rows["amount_minor"].astype(np.float64)
        inbound = self._is(Row.INBOUND)
        out = {
            "recovery_minor": self._by_day(self._is(Row.PAYMENT), money),
            "entry_minor": self._by_day(self._is(Row.ENTRY), money), "entered_accounts": self._by_day(self._is(Row.ENTRY)),
            "cured_accounts": self._by_day(self._is(Row.CURED)), "complaints": self._by_day(self._is(Row.COMPLAINT)),
            "promises": self._by_day(self._is(Row.PROMISE)), "inbound_calls": self._by_day(inbound),
            "abandoned_calls": self._by_day(inbound & (rows["outcome"] == Outcome.ABANDONED)),
            "direct_cost_minor": np.sum(list(costs.values()), axis=0) if costs else np.zeros(self._days)}
        for number, name in enumerate(self._setting.channel_names):
            on = rows["channel"] == number
            for word, kind in (("planned", Row.PLANNED), ("starved", Row.STARVED), ("attempts", Row.ATTEMPT)):
                out[f"{word}_{name}"] = self._by_day(self._is(kind) & on)
        worked = self._is(Row.ATTEMPT, Row.INBOUND)
        for number, name in enumerate(self._setting.pools.names):
            here = worked & (rows["pool"] == number)
            for word in ("lead_s", "talk_s", "wrap_s"):
                out[f"{word}_{name}"] = self._by_day(here, seconds[word])
            out[f"planned_{name}"] = self._by_day(self._is(Row.PLANNED) & (rows["pool"] == number))
        return out | {f"rostered_s_{name}": series for name, series in rostered.items()}

    def roster_costs(self, rostered: Mapping[str, NDArray[np.float64]],
                     daily: Mapping[str, NDArray[np.float64]]) -> dict[str, tuple[float, float]]:
        """Return (fixed, avoidable) roster cost by pool: all rostered hours, or those of days with work for the pool."""
        out = {}
        for name, plan in zip(self._setting.pools.names, self._setting.pools.plans, strict=True):
            if name not in rostered or plan.hourly is None or not plan.hourly.value:
                continue
            price = plan.hourly.value * self._money / HOUR_S
            busy = daily[f"lead_s_{name}"] + daily[f"talk_s_{name}"] + daily[f"wrap_s_{name}"]
            needed = (daily[f"planned_{name}"] > 0) | (busy > 0)
            out[name] = (float(rostered[name].sum() * price), float(rostered[name][needed].sum() * price))
        return out


def outcomes(setting: Setting, rows: Records) -> Outcomes:
    """Fold a world's log (`sim.eventlog.rows_of`) to its outcomes. Order of rows does not matter."""
    fold = Fold(setting, rows)
    accounts = fold.accounts()
    costs, rostered = fold.costs()
    daily = fold.daily(costs, rostered)
    channel = rows["channel"][rows["row"] == Row.ATTEMPT]
    attempts = {name: int((channel == n).sum()) for n, name in enumerate(setting.channel_names)}
    return Outcomes(accounts, fold.counts(), attempts, fold.funnel(accounts),
                    {kind: float(series.sum()) for kind, series in costs.items()},
                    fold.roster_costs(rostered, daily), daily)
