"""Money forgiven to those who would have paid, counted account by account under the same luck."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import scenarios
from experiments.waste import wasted
from sim import Loaded, Options, Row, load, luck_of, simulate
from sim.spec.question import Sides

FILE = Path(scenarios.__file__).parent / "questions" / "offers_that_fit.yaml"


@pytest.fixture(scope="module")
def small() -> Loaded:
    return load(FILE, Options(settings=("portfolio.synthetic.stock=300", "horizon.days=40"), replications=2))


def by_hand(loaded, strategy, number):
    """Forgiven by account, and accounts that came back to current, row by row from the log."""
    run = simulate(loaded.setting, [loaded.strategy(strategy)], luck_of(loaded.scenario.seeds, number))
    forgiven, cured = {}, set()
    for row in run.log:
        if row["row"] == Row.FORGIVEN:
            forgiven[int(row["account"])] = forgiven.get(int(row["account"]), 0) + int(row["amount_minor"])
        elif row["row"] == Row.CURED:
            cured.add(int(row["account"]))
    return forgiven, cured


def test_it_is_what_the_logs_say(small):
    found = wasted(small, Sides(strategy="for_all", against="no_offer"), "compiled")
    totals, lost = [], []
    for number in range(2):
        forgiven, _ = by_hand(small, "for_all", number)
        _, cured = by_hand(small, "no_offer", number)
        totals.append(sum(forgiven.values()))
        lost.append(sum(amount for account, amount in forgiven.items() if account in cured))
    assert found.forgiven.mean == np.mean(totals) > 0
    assert found.wasted.mean == np.mean(lost)
    assert found.share.estimate == pytest.approx(np.mean(np.array(lost) / totals))


def test_against_itself_all_of_it_is_wasted_and_nothing_forgiven_wastes_nothing(small):
    assert wasted(small, Sides(strategy="for_all", against="for_all"), "compiled").share.estimate == 1.0
    none = wasted(small, Sides(strategy="no_offer", against="for_all"), "compiled")
    assert none.forgiven.mean == none.wasted.mean == 0.0
    assert np.isnan(none.share.estimate)
