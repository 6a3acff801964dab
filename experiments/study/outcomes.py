"""Outcomes of one arm in one world, from its log: shares in percent within some days from each account's entry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim import Records, Row, Run, Setting
from sim.codes import Outcome as Ended
from sim.spec.study import Outcome

DAY_S = 86_400
TOUCHES = {"delivered": (Ended.DELIVERED,), "conversation": (Ended.CONVERSATION,), "met": (Ended.MET,)}
SPOKEN = (Ended.CONVERSATION, Ended.MET)
MATURED = (Row.PROMISE_KEPT, Row.PROMISE_PARTLY, Row.PROMISE_BROKEN)


class Counts:
    """One world's log, asked for outcomes. Arrays are of shape (accounts,) unless said otherwise."""

    def __init__(self, setting: Setting, run: Run) -> None:
        self._setting = setting
        self._rows: Records = run.log
        self._accounts = setting.portfolio.accounts
        self._dpd = setting.portfolio.dpd
        self._entry = np.full(self._accounts, np.iinfo(np.int64).max, np.int64)
        entered = self._rows["row"] == Row.ENTRY
        self._entry[self._rows["account"][entered]] = self._rows["t_s"][entered]
        self._balance = np.zeros(self._accounts)
        np.add.at(self._balance, self._rows["account"][entered], self._rows["amount_minor"][entered].astype(np.float64))

    def value(self, asked: Outcome) -> float:
        """Return an outcome in its unit; nan where nobody can have it."""
        chosen = self._chosen(asked)
        if asked.measure == "mode_day":
            return self._mode_day(asked, chosen)
        if asked.measure == "kept":
            return self._kept(asked, chosen)
        if asked.measure == "still_open":
            open_before = chosen & ~self._ever(self._of(Row.CURED), asked.since)
            still = open_before & ~self._ever(self._of(Row.CURED), asked.days)
            return _percent(still.astype(np.float64), open_before.astype(np.float64))
        balance = np.where(chosen, self._balance, 0.0)
        if asked.measure == "collected":
            return _percent(np.where(chosen, self._cash(asked.days), 0.0), balance)
        weight = balance if asked.weight == "balance" else chosen.astype(np.float64)
        return _percent(weight * self._has(asked), weight)

    def _has(self, asked: Outcome) -> NDArray[np.bool_]:
        """Return which accounts have a yes-or-no outcome."""
        if asked.measure == "paid":
            return self._ever(self._of(Row.PAYMENT), asked.days)
        if asked.measure == "reached":
            return self._ever(self._contacts(TOUCHES[asked.touch], asked.channel), asked.days)
        cured = self._ever(self._of(Row.CURED), asked.days)
        return ~cured if asked.measure == "open" else cured

    def _chosen(self, asked: Outcome) -> NDArray[np.bool_]:
        """Return which accounts are in the outcome's denominator."""
        chosen = self._balance > 0
        if asked.dpd is not None:
            chosen &= (self._dpd >= asked.dpd[0]) & (self._dpd <= asked.dpd[1])
        if asked.among == "spoken":
            chosen &= self._ever(self._contacts(SPOKEN, ""), asked.days)
        return chosen

    def _of(self, *kinds: Row) -> NDArray[np.bool_]:
        """Return which rows are of some kinds, (rows,)."""
        return np.isin(self._rows["row"], kinds)

    def _contacts(self, ends: Sequence[Ended], channel: str) -> NDArray[np.bool_]:
        """Return which rows are contacts that ended so, on a channel or on any, (rows,)."""
        chosen = self._of(Row.ATTEMPT, Row.INBOUND) & np.isin(self._rows["outcome"], ends)
        return chosen & self._on(channel)

    def _on(self, channel: str) -> NDArray[np.bool_]:
        if not channel:
            return np.ones(len(self._rows), np.bool_)
        names = self._setting.channel_names
        return np.asarray(self._rows["channel"] == (names.index(channel) if channel in names else len(names)))

    def _within(self, rows: NDArray[np.bool_], days: int) -> NDArray[np.int64]:
        """Return the places of the rows that fall within the days from their account's entry."""
        places = np.flatnonzero(rows)
        since = self._rows["t_s"][places] - self._entry[self._rows["account"][places]]
        return np.asarray(places[since < days * DAY_S])

    def _ever(self, rows: NDArray[np.bool_], days: int) -> NDArray[np.bool_]:
        found = np.zeros(self._accounts, np.bool_)
        found[self._rows["account"][self._within(rows, days)]] = True
        return found

    def _cash(self, days: int) -> NDArray[np.float64]:
        """Return cash by account within the days, minor units."""
        places = self._within(self._of(Row.PAYMENT), days)
        cash = np.zeros(self._accounts)
        np.add.at(cash, self._rows["account"][places], self._rows["amount_minor"][places].astype(np.float64))
        return cash

    def _kept(self, asked: Outcome, chosen: NDArray[np.bool_]) -> float:
        """Return promises kept over promises matured, in percent."""
        places = self._within(self._of(*MATURED) & self._on(asked.channel), asked.days)
        places = places[chosen[self._rows["account"][places]]]
        kept = (self._rows["row"][places] == Row.PROMISE_KEPT).astype(np.float64)
        return _percent(kept, np.ones(len(places)))

    def _mode_day(self, asked: Outcome, chosen: NDArray[np.bool_]) -> float:
        """Return the days past due on which most accounts were cured."""
        places = self._within(self._of(Row.CURED), asked.days)
        account = self._rows["account"][places]
        places, account = places[chosen[account]], account[chosen[account]]
        if len(places) == 0:
            return float("nan")
        late = self._dpd[account] + (self._rows["t_s"][places] - self._entry[account]) // DAY_S
        return float(np.bincount(late.astype(np.int64)).argmax())


def _percent(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> float:
    below = float(bottom.sum())
    return 100.0 * float(top.sum()) / below if below > 0 else float("nan")
