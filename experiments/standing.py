"""Who stands first at a point, by how much, and whether luck alone could have done it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.paired import difference
from experiments.results import Difference


@dataclass(frozen=True, slots=True)
class Standing:
    """The order of strategies by one metric, at one point."""

    best: str
    runner_up: str
    """Empty where there is one strategy alone."""
    lead: Difference
    """Of the best over the runner-up, positive where it is better; paired by replication, Monte-Carlo error only."""

    @property
    def clear(self) -> bool:
        """Whether the interval of the lead leaves zero out. Not widened for having picked the best."""
        return not math.isnan(self.lead.low) and self.lead.low > 0.0


def standing(values: Mapping[str, NDArray[np.float64]], better: str = "higher") -> Standing:
    """Return who stands first.

    Args:
        values: of one metric by strategy, (R,) each; strategies without a value come last.
        better: "higher" or "lower".
    """
    sign = -1.0 if better == "lower" else 1.0
    means = {name: sign * mean_known(column) for name, column in values.items()}
    order = sorted(means, key=lambda name: -means[name] if not math.isnan(means[name]) else math.inf)
    if len(order) < 2:
        return Standing(order[0], "", Difference(math.nan, math.nan, math.nan, math.nan))
    return Standing(order[0], order[1], difference(sign * values[order[0]], sign * values[order[1]]))


def mean_known(column: NDArray[np.float64]) -> float:
    """Return the mean of what is a number, nan where nothing is."""
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else math.nan
