"""A log that is folded day by day and forgotten gives what a kept one gives."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.eventlog import in_order
from sim.run import simulate
from sim.state import LOG
from sim.strategies.protocol import Step, Window
from sim.world import Setting, luck_of
from tests.worlds import HOUR, Timed, make_portfolio, make_scenario

STEPS = (Step("text", "all", "sms", "helpful", window=Window(10 * HOUR, 11 * HOUR), repeats=True),
         Step("call", "all", "call", "negotiate", window=Window(9 * HOUR, 18 * HOUR), attempts_per_day=3,
              attempts_total=3, repeats=True))
STRATEGY = Timed("both", STEPS, every=(5, 1))


@pytest.fixture(scope="module")
def setting():
    return Setting(make_scenario(40), make_portfolio(400))


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_a_forgotten_log_gives_the_same_outcomes_and_digest(setting, engine):
    luck = luck_of(setting.scenario.seeds, 0)
    seen = []
    kept = simulate(setting, [STRATEGY], luck)
    lean = simulate(setting, [STRATEGY], luck, engine=engine, keep_log=False, watch=lambda rows: seen.append(rows.copy()))
    assert lean.digest == kept.digest
    assert len(lean.log) == 0
    assert len(seen) > 40
    assert max(len(stretch) for stretch in seen) < len(kept.log) / 10
    assert np.array_equal(in_order(np.concatenate(seen)), kept.rows)
    for field in dataclasses.fields(kept.outcomes.accounts):
        assert np.array_equal(getattr(kept.outcomes.accounts, field.name), getattr(lean.outcomes.accounts, field.name))
    assert kept.outcomes.counts == lean.outcomes.counts
    assert kept.outcomes.cost_minor == lean.outcomes.cost_minor
    for name, series in kept.outcomes.daily.items():
        assert np.array_equal(series, lean.outcomes.daily[name]), name


def test_a_log_that_is_kept_is_watched_too(setting):
    seen = []
    run = simulate(setting, [STRATEGY], luck_of(setting.scenario.seeds, 0), watch=lambda rows: seen.append(len(rows)))
    assert sum(seen) == len(run.log) > 1000
    assert run.log.dtype == LOG
