"""What estimators read: the columns of one contrast, and the options that are no columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sim.errors import InputError

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
IntArray: TypeAlias = npt.NDArray[np.int64]
Reassign: TypeAlias = Callable[[np.random.Generator], BoolArray]
"""Draws (n,) treated flags again from the mechanism that assigned the accounts."""


@dataclass(frozen=True)
class Contrast:
    """One treatment arm against control, a row per account.

    Attributes:
        outcome: (n,) outcome; the numerator of a ratio; events of a count; unused for time to event.
        treated: (n,) whether the account was assigned to treatment.
        denominator: (n,) denominator of a ratio metric.
        covariates: (n, p) pre-assignment covariates, p may be 0.
        stratum: (n,) stratum codes, or None.
        cluster: (n,) codes of the unit that was randomised, or None when accounts were.
        time: (n,) time to event or censoring.
        event: (n,) whether the event was seen.
        exposure: (n,) exposure of a count; ones by default.
        received: (n,) whether the treatment was actually received.
        reassign: the assignment mechanism, for randomisation tests.
    """

    outcome: FloatArray
    treated: BoolArray
    denominator: FloatArray | None = None
    covariates: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    stratum: IntArray | None = None
    cluster: IntArray | None = None
    time: FloatArray | None = None
    event: BoolArray | None = None
    exposure: FloatArray | None = None
    received: BoolArray | None = None
    reassign: Reassign | None = None

    def __post_init__(self) -> None:
        """Raise InputError where columns have different lengths or hold values that are not numbers."""
        rows = self.treated.size
        if self.covariates.size == 0:
            object.__setattr__(self, "covariates", np.zeros((rows, 0)))
        columns = {
            "outcome": self.outcome,
            "denominator": self.denominator,
            "covariates": self.covariates,
            "stratum": self.stratum,
            "cluster": self.cluster,
            "time": self.time,
            "event": self.event,
            "exposure": self.exposure,
            "received": self.received,
        }
        for name, column in columns.items():
            if column is None:
                continue
            if column.shape[0] != rows:
                raise InputError(name, f"{column.shape[0]} rows", f"{rows} rows, as `treated` has",
                                 "Give one value for each account.")
            if column.dtype.kind == "f" and not bool(np.isfinite(column).all()):
                raise InputError(
                    name,
                    "missing or infinite values",
                    "finite numbers",
                    "Leave those accounts out with `where`, or say what a missing value means.",
                )

    @property
    def n(self) -> int:
        """Accounts in both arms."""
        return int(self.treated.size)

    @property
    def n_treated(self) -> int:
        """Accounts in treatment."""
        return int(self.treated.sum())

    @property
    def n_control(self) -> int:
        """Accounts in control."""
        return self.n - self.n_treated

    def with_outcome(self, outcome: FloatArray) -> Contrast:
        """Return the same contrast with another outcome."""
        return replace(self, outcome=outcome)


@dataclass(frozen=True)
class Options:
    """Settings of an analysis that are no columns.

    Attributes:
        level: confidence level.
        winsorise: pooled quantile above which outcomes are capped by the winsorised mean.
        quantile: quantile that the quantile estimator compares.
        horizon: restriction time of the restricted mean, in the unit of `time`; None for the largest
        possible. permutations: draws of a randomisation test.
        seed: seed of those draws.
    """

    level: float = 0.95
    winsorise: float = 0.99
    quantile: float = 0.5
    horizon: float | None = None
    permutations: int = 1999
    seed: int = 1

    def __post_init__(self) -> None:
        """Raise InputError for a setting out of range."""
        if not 0.5 <= self.level < 1.0:
            raise InputError("level", self.level, "a confidence level from 0.5 to below 1", "95 % is 0.95.")
        for name in ("winsorise", "quantile"):
            value = float(getattr(self, name))
            if not 0.0 < value < 1.0:
                raise InputError(name, value, "a quantile above 0 and below 1", "99 % is 0.99.")
        if self.permutations < 19:
            raise InputError(
                "permutations",
                self.permutations,
                "at least 19 draws",
                "With fewer the p-value cannot reach 0.05.",
            )


def codes(values: npt.NDArray[np.generic]) -> IntArray:
    """Return (n,) codes 0, 1, ... of equal values, in sorted order of the values."""
    _, inverse = np.unique(values, return_inverse=True)
    return np.asarray(inverse, dtype=np.int64).reshape(-1)


def group_sums(values: FloatArray, group: IntArray, groups: int) -> FloatArray:
    """Return sums by group: (groups,) for (n,) values, (groups, p) for (n, p)."""
    if values.ndim == 1:
        return np.asarray(np.bincount(group, weights=values, minlength=groups), dtype=np.float64)
    return np.column_stack([np.bincount(group, weights=column, minlength=groups) for column in values.T])
