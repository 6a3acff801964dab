"""The shape of an estimator: a registered name, what it estimates, and one method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from experiments.estimators.data import Contrast, Options
from experiments.estimators.results import NotEstimable, Result

KINDS = ("mean", "proportion", "ratio", "count", "time_to_event")
"""Kinds of metric."""


class Estimator(Protocol):
    """What every estimator offers; third parties register theirs under the entry point
    `duecourse.estimators`.
    """

    @property
    def name(self) -> str:
        """Registered name."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of metric that it can read."""
        ...

    @property
    def estimand(self) -> str:
        """What it estimates, in words."""
        ...

    def estimate(self, data: Contrast, options: Options) -> Result:
        """Return the estimate, or NotEstimable with the reason."""
        ...


@dataclass(frozen=True)
class FunctionEstimator:
    """An estimator made of one function.

    Attributes:
        name: registered name.
        kinds: kinds of metric that it can read.
        estimand: what it estimates.
        function: the work.
        needs: names of the columns of Contrast without which it cannot work.
        least: accounts that each arm must have.
    """

    name: str
    kinds: tuple[str, ...]
    estimand: str
    function: Callable[[FunctionEstimator, Contrast, Options], Result]
    needs: tuple[str, ...] = ()
    least: int = 2

    def estimate(self, data: Contrast, options: Options) -> Result:
        """Return the estimate, or NotEstimable with the reason."""
        for need in self.needs:
            column = getattr(data, need)
            if column is None or (need == "covariates" and data.covariates.shape[1] == 0):
                return NotEstimable(self.name, f"the data name no {need.replace('_', ' ')}", data.n)
        if min(data.n_treated, data.n_control) < self.least:
            return NotEstimable(
                self.name,
                f"treatment has {data.n_treated} and control {data.n_control} accounts; "
                f"each needs at least {self.least}",
                data.n,
            )
        return self.function(self, data, options)
