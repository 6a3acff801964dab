"""Outcomes are counted from the log by account, within whole days from each account's entry."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from experiments.study.outcomes import Counts
from sim.codes import Outcome as Ended
from sim.codes import Row
from sim.spec.study import Outcome
from sim.state import LOG

DAY = 86_400
# (row, account, second, minor units, channel, outcome); account 1 enters a day later, account 3 never.
EVENTS = [
    (Row.ENTRY, 0, 0, 1000, -1, 0), (Row.ENTRY, 2, 0, 3000, -1, 0), (Row.ENTRY, 1, DAY, 4000, -1, 0),
    (Row.ATTEMPT, 0, 100, 0, 0, Ended.DELIVERED), (Row.ATTEMPT, 2, 200, 0, 1, Ended.CONVERSATION),
    (Row.PAYMENT, 2, 300, 600, -1, 0), (Row.PAYMENT, 0, 2 * DAY - 1, 1000, -1, 0), (Row.CURED, 0, 2 * DAY - 1, 1000, -1, 0),
    (Row.PAYMENT, 1, 3 * DAY, 4000, -1, 0), (Row.CURED, 1, 3 * DAY, 4000, -1, 0),
    (Row.PROMISE_KEPT, 1, 3 * DAY, 0, 1, 0), (Row.PROMISE_BROKEN, 2, 3 * DAY, 0, 1, 0), (Row.PROMISE_PARTLY, 2, 4 * DAY, 0, 2, 0),
]


@pytest.fixture
def counts():
    log = np.zeros(len(EVENTS), LOG)
    for n, (row, account, t, amount, channel, outcome) in enumerate(EVENTS):
        log[n]["row"], log[n]["account"], log[n]["t_s"], log[n]["amount_minor"] = row, account, t, amount
        log[n]["channel"], log[n]["outcome"] = channel, outcome
    portfolio = SimpleNamespace(accounts=4, dpd=np.array([1, 1, 30, 30]))
    setting = SimpleNamespace(portfolio=portfolio, channel_names=("sms", "call", "visit"))
    return Counts(setting, SimpleNamespace(log=log))


@pytest.mark.parametrize(("asked", "percent"), [
    ({"measure": "cured", "days": 1}, 0),
    ({"measure": "cured", "days": 2}, 100 / 3),  # account 1 has had one day only
    ({"measure": "cured", "days": 3}, 200 / 3),
    ({"measure": "open", "days": 3}, 100 / 3),
    ({"measure": "paid", "days": 1}, 100 / 3),
    ({"measure": "collected", "days": 2}, 1600 / 80),
    ({"measure": "cured", "days": 3, "weight": "balance"}, 5000 / 80),
    ({"measure": "cured", "days": 3, "dpd": (30, 30)}, 0),
    ({"measure": "paid", "days": 3, "among": "spoken"}, 100),
    ({"measure": "reached", "days": 3, "touch": "delivered"}, 100 / 3),
    ({"measure": "reached", "days": 3, "channel": "sms"}, 0),
    ({"measure": "kept", "days": 9}, 100 / 3),
    ({"measure": "kept", "days": 9, "channel": "call"}, 50),
    ({"measure": "still_open", "days": 3, "since": 2}, 50),
    ({"measure": "mode_day", "days": 3}, 2),
])
def test_each_measure(counts, asked, percent):
    assert counts.value(Outcome(**asked)) == pytest.approx(percent)


def test_nobody_to_count_is_not_zero(counts):
    assert np.isnan(counts.value(Outcome(measure="kept", days=1)))
    assert np.isnan(counts.value(Outcome(measure="cured", days=9, dpd=(500, 600))))
