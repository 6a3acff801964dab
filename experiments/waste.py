"""Moral hazard made visible: how much forgiven money went to those who would have paid without it, under the same luck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.paired import difference, estimate
from experiments.results import Wasted
from sim import Engine, Loaded, luck_of, simulate
from sim.spec.question import Sides


def wasted(loaded: Loaded, sides: Sides, engine: Engine) -> Wasted:
    """Play two strategies account by account and return what the first forgave to accounts that the second cured as well.

    Args:
        loaded: the scenario; all its replications are played again, since comparisons keep no accounts by replication.
        sides: the strategy that forgives, and the one to look at instead.
        engine: which desk.
    """
    forgiven, lost = [], []
    for number in range(loaded.scenario.replications):
        given, _ = _accounts(loaded, sides.strategy, number, engine)
        _, cured = _accounts(loaded, sides.against, number, engine)
        forgiven.append(float(given.sum()))
        lost.append(float(given[cured].sum()))
    amounts, without = np.array(forgiven), np.array(lost)
    share = without / np.where(amounts == 0.0, np.nan, amounts)
    return Wasted(sides.strategy, sides.against, estimate(forgiven), estimate(lost), difference(share, np.zeros(len(share))))


def _accounts(loaded: Loaded, strategy: str, number: int, engine: Engine) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return (forgiven in minor units, back to current) by account, (accounts,) each."""
    luck = luck_of(loaded.scenario.seeds, number)
    found = simulate(loaded.setting, [loaded.strategy(strategy)], luck, engine=engine, keep_log=False).outcomes.accounts
    return found.forgiven_minor, found.cured
