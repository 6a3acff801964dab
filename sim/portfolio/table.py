"""The portfolio as the simulation sees it: one row an account, observable facts only.

Rows are kept in canonical order (person hash, then account hash), so that no sum or log depends on the order in
which a file listed them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError

PROTECTED_NAMES = frozenset({"sex", "gender", "age", "birth_date", "marital_status", "marriage", "ethnicity", "race",
                             "religion", "nationality", "disability", "education"})
"""Canonical names of columns that a strategy may not use unless the scenario allows them by name."""


@dataclass(frozen=True, slots=True)
class Category:
    """A text column: `codes` int32 (accounts,), -1 for missing; `labels` in sorted order."""

    codes: NDArray[np.int32]
    labels: tuple[str, ...]


Attribute = NDArray[np.float64] | Category
"""A further column: float64 (accounts,) with nan for missing, or a category."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Accounts that a mapping's rule left out on purpose: counted in describe, manifest and report."""

    rule: str
    accounts: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class PortfolioSource:
    """Where a portfolio came from. `sha256` of the file's bytes; empty path for a synthetic draw."""

    path: str
    sha256: str
    rows_read: int
    mapping: str
    assumptions: tuple[str, ...] = ()
    """Sentences such as "months late k -> 30 k - 15 days past due (assumed)"."""
    currency: str = ""
    """ISO 4217 code, empty where unknown."""
    minor_per_major: int = 100
    """Minor units (cents, fen) in one major unit."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """One row an account, all arrays of shape (accounts,), canonical order.

    Money is int64 minor units. `entry_day` is the day, counted from the calendar's start (0 = stock at the start),
    on which the account enters. `dpd` is days past due on that day. `score` is nan where unknown, `payday` 0.
    """

    account_id: NDArray[np.object_]
    person_id: NDArray[np.object_]
    account_hash: NDArray[np.uint64]
    person_hash: NDArray[np.uint64]
    entry_day: NDArray[np.int32]
    dpd: NDArray[np.int32]
    principal_minor: NDArray[np.int64]
    interest_minor: NDArray[np.int64]
    fees_minor: NDArray[np.int64]
    instalment_minor: NDArray[np.int64]
    score: NDArray[np.float64]
    payday: NDArray[np.int8]
    number_valid: NDArray[np.bool_]
    zone: Category
    product: Category
    region: Category
    dispute: NDArray[np.bool_]
    hardship_plan: NDArray[np.bool_]
    opt_out: NDArray[np.bool_]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()
    """Names among `attributes` that describe who somebody is (sex, age, ...)."""
    exclusions: tuple[Exclusion, ...] = ()
    source: PortfolioSource = PortfolioSource("", "", 0, "")

    @property
    def accounts(self) -> int:
        """Number of accounts."""
        return len(self.account_id)

    @property
    def balance_minor(self) -> NDArray[np.int64]:
        """Principal + interest + fees, int64 (accounts,)."""
        return self.principal_minor + self.interest_minor + self.fees_minor


def canonical_order(person_hash: NDArray[np.uint64], account_hash: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Return the places of accounts in canonical order: by person hash, then by account hash. Shape (accounts,)."""
    return np.lexsort((account_hash, person_hash))


def stable_hash(text: str) -> int:
    """Return the 64-bit address of an entity: blake2b of its id, little endian."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest(), "little")


def stable_hashes(ids: NDArray[np.object_], what: str) -> NDArray[np.uint64]:
    """Return uint64 hashes of unique or repeated text ids, shape (n,).

    Raises:
        InputError: two different ids share a hash (a collision is an error, never a silent merge).
    """
    table: dict[str, int] = {}
    seen: dict[int, str] = {}
    out = np.empty(len(ids), dtype=np.uint64)
    for row, raw in enumerate(ids):
        text = str(raw)
        value = table.get(text)
        if value is None:
            value = stable_hash(text)
            other = seen.setdefault(value, text)
            if other != text:
                raise InputError(f"portfolio: {what}", f"{text!r} and {other!r}", "ids with different 64-bit hashes",
                                 "Rename one of the two.")
            table[text] = value
        out[row] = value
    return out
