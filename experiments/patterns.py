"""What comparisons say below totals: groups of accounts, buckets at entry and at the end, how much single accounts pay.

All of it is a small array a world, made from outcomes by account, so that every number has its spread over replications.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.results import Group
from sim import Setting
from sim.outcomes import Outcomes
from sim.portfolio.table import Category, Portfolio

MEASURES = ("accounts", "entry_minor", "paid_minor", "cured", "complaints", "reached", "attempts", "forgiven_minor")
"""Columns of the pattern "groups", sums over a group's accounts; `reached`: accounts with a right-party contact."""
BUCKETS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+")
"""By days past due: M0 is current, M1 1-30, M2 31-60, ..., M7+ above 180."""
ENDS = ("cured", *BUCKETS)
PAID_EDGES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
"""Shares of the balance at entry: nothing, up to 10 %, ..., less than all, all (or more)."""
PAID_BINS = len(PAID_EDGES) + 1
MOST_LABELS = 8
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Coded:
    """A way to divide accounts: `codes` (accounts,) are places in `labels`, -1 where unknown."""

    dimension: str
    labels: tuple[str, ...]
    codes: NDArray[np.int64]
    protected: bool = False


def bucket_of(dpd: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place in BUCKETS of days past due."""
    return np.clip((dpd + 29) // 30, 0, len(BUCKETS) - 1)


def divisions(portfolio: Portfolio) -> Iterator[Coded]:
    """Yield the ways in which a portfolio is divided: product, region, bucket, balance, and what its file names as protected."""
    for name in ("product", "region"):
        yield from _category(name, getattr(portfolio, name), protected=False)
    buckets = bucket_of(portfolio.dpd.astype(np.int64))
    present = np.unique(buckets)
    yield Coded("bucket", tuple(BUCKETS[place] for place in present), np.searchsorted(present, buckets))
    yield from _quarters("balance", portfolio.balance_minor / portfolio.source.minor_per_major, protected=False)
    for name in sorted(portfolio.protected):
        column = portfolio.attributes[name]
        if isinstance(column, Category):
            yield from _category(name, column, protected=True)
        else:
            yield from _quarters(name, column, protected=True)


def _category(name: str, column: Category, *, protected: bool) -> Iterator[Coded]:
    codes = column.codes.astype(np.int64)
    sizes = np.bincount(codes[codes >= 0], minlength=len(column.labels))
    kept = np.sort(np.argsort(-sizes, kind="stable")[:MOST_LABELS])
    kept = kept[sizes[kept] > 0]
    if len(kept) < 2:
        return
    place = np.full(len(column.labels) + 1, len(kept))
    place[kept], place[-1] = np.arange(len(kept)), -1
    labels = tuple(column.labels[n] for n in kept)
    found = place[codes]
    yield Coded(name, (*labels, OTHER) if (found == len(kept)).any() else labels, found, protected)


def _quarters(name: str, column: NDArray[np.float64], *, protected: bool) -> Iterator[Coded]:
    known = ~np.isnan(column)
    edges = np.unique(np.quantile(column[known], (0.25, 0.5, 0.75))) if known.any() else np.array([])
    if len(edges) < 3:
        return
    labels = (f"< {edges[0]:,.0f}", *(f"{low:,.0f} - {high:,.0f}" for low, high in itertools.pairwise(edges)),
              f">= {edges[-1]:,.0f}")
    yield Coded(name, labels, np.where(known, np.searchsorted(edges, np.nan_to_num(column), side="right"), -1), protected)


def groups_of(portfolio: Portfolio) -> tuple[Group, ...]:
    """Return the groups in the order of the pattern "groups"."""
    return tuple(Group(coded.dimension, label, coded.protected) for coded in divisions(portfolio) for label in coded.labels)


def patterns_of(setting: Setting, found: Outcomes) -> dict[str, NDArray[np.float64]]:
    """Return a world's patterns.

    Returns:
        groups: (groups, MEASURES).
        roll_accounts, roll_minor: (BUCKETS, ENDS) accounts, and their balance at entry, by bucket at entry and at the end.
        paid_accounts, paid_minor: (PAID_BINS,) accounts, and what they paid, by share of the balance paid.
        top: (1,) share of all cash that comes from the 1 % of accounts that pay most.
    """
    portfolio, accounts = setting.portfolio, found.accounts
    entered = accounts.entered
    columns = np.stack([entered, accounts.entry_minor, accounts.paid_minor, accounts.cured, accounts.complaints,
                        accounts.right_party > 0, accounts.attempts, accounts.forgiven_minor]).astype(np.float64)
    sums = [_sums(coded, columns) for coded in divisions(portfolio)]
    end_dpd = portfolio.dpd.astype(np.int64) + setting.scenario.horizon.days - portfolio.entry_day
    ends = np.where(accounts.cured, 0, 1 + bucket_of(end_dpd))
    cell = bucket_of(portfolio.dpd.astype(np.int64)) * len(ENDS) + ends
    share = accounts.paid_minor / np.maximum(accounts.entry_minor, 1)
    bins = np.where(accounts.paid_minor <= 0, 0, np.where(share >= 1.0, PAID_BINS - 1, np.searchsorted(PAID_EDGES, share)))
    paid = np.sort(accounts.paid_minor[entered])[::-1]
    total = float(paid.sum())
    most = float(paid[: max(len(paid) // 100, 1)].sum())

    def counted(place: NDArray[np.int64], weight: NDArray[np.float64], size: int) -> NDArray[np.float64]:
        return np.bincount(place[entered], weight[entered], size).astype(np.float64)

    shape, cells = (len(BUCKETS), len(ENDS)), len(BUCKETS) * len(ENDS)
    one, entry = np.ones(len(entered)), accounts.entry_minor.astype(np.float64)
    return {"groups": np.concatenate(sums) if sums else np.zeros((0, len(MEASURES))),
            "roll_accounts": counted(cell, one, cells).reshape(shape), "roll_minor": counted(cell, entry, cells).reshape(shape),
            "paid_accounts": counted(bins, one, PAID_BINS),
            "paid_minor": counted(bins, accounts.paid_minor.astype(np.float64), PAID_BINS),
            "top": np.array([most / total if total > 0 else np.nan])}


def _sums(coded: Coded, columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each column's sum by group, (groups, columns)."""
    known = coded.codes >= 0
    return np.stack([np.bincount(coded.codes[known], column[known], len(coded.labels)) for column in columns], axis=1)
