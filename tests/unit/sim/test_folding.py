"""Sums over a log are those of plain loops, whatever the order of its rows; and the total order is total."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.codes import Outcome, ResourceKind, Row
from sim.eventlog import in_order
from sim.folding import AHEAD, ANSWERED, ATTEMPTS, INBOUNDS, RIGHT_PARTY, Folder
from sim.state import LOG

TICKS = np.array([0, 86_400, 172_800], np.int64)
END_S = 259_200
KINDS = np.array([ResourceKind.BATCH, ResourceKind.DESK, ResourceKind.FIELD], np.int64)
ACCOUNTS, POOLS, RULES = 7, 4, 3


def random_log(seed, n=3_000, seconds=END_S):
    """Rows of every kind with every column anywhere in its range."""
    rng = np.random.default_rng(seed)
    log = np.zeros(n, LOG)
    for name, low, high in (("t_s", 0, seconds), ("amount_minor", 0, 10_000), ("person", 0, 5), ("account", 0, ACCOUNTS),
                            ("ordinal", 0, 3), ("lead_s", 0, 100), ("talk_s", 0, 4_000), ("wrap_s", 0, 60), ("step", -1, 3),
                            ("row", 0, len(Row)), ("value", 0, RULES), ("channel", -1, len(KINDS)), ("pool", -1, POOLS),
                            ("outcome", 0, len(Outcome))):
        log[name] = rng.integers(low, high, n)
    return log


def fold(*stretches):
    """Sums over a log that comes in stretches."""
    folder = Folder(ACCOUNTS, TICKS, END_S, KINDS, POOLS, RULES)
    for rows in stretches:
        folder.add(rows)
    return folder.sums


@pytest.fixture(scope="module")
def log():
    return random_log(1)


@pytest.fixture(scope="module")
def sums(log):
    return fold(log)


def test_every_row_is_counted_once_on_its_day(log, sums):
    assert sums.events.sum() == len(log)
    for day, kind, channel in ((0, Row.ATTEMPT, 1), (2, Row.PLANNED, -1), (1, Row.COMPLAINT, 0)):
        chosen = (log["t_s"] // 86_400 == day) & (log["row"] == kind) & (log["channel"] == channel)
        assert sums.events[day, kind, channel + 1] == chosen.sum() > 0


def test_account_sums_are_those_of_masks(log, sums):
    voice = np.array([False, False, True, True])[log["channel"] + 1]
    attempt = log["row"] == Row.ATTEMPT
    for a in range(ACCOUNTS):
        own = log["account"] == a
        found = sums.account[a]
        for name, kind in (("entry_minor", Row.ENTRY), ("paid_minor", Row.PAYMENT), ("forgiven_minor", Row.FORGIVEN)):
            assert found[name] == log["amount_minor"][own & (log["row"] == kind)].sum() > 0
        for name, kind in (("entered", Row.ENTRY), ("cured", Row.CURED), ("promises", Row.PROMISE),
                           ("kept", Row.PROMISE_KEPT), ("complaints", Row.COMPLAINT)):
            assert found[name] == (own & (log["row"] == kind)).sum()
        assert sums.attempts[a] == (own & attempt).sum()
        assert found["right_party"] == (own & attempt & np.isin(log["outcome"], RIGHT_PARTY)).sum()
        assert found["answered"] == (own & attempt & voice & np.isin(log["outcome"], ANSWERED)).sum()


def test_seconds_are_cut_off_at_the_end_of_the_run(log, sums):
    contact = np.isin(log["row"], (Row.ATTEMPT, Row.INBOUND))
    assert (log["t_s"] + log["lead_s"] + log["talk_s"] > END_S)[contact].any()
    # Of a call dialled ahead nobody hears the ringing; somebody pays for it, abandoned or not.
    ahead = (log["row"] == Row.ATTEMPT) & (log["value"] == AHEAD)
    assert ahead.any()
    left = END_S - log["t_s"]
    for place, name in enumerate(("lead_s", "talk_s", "wrap_s")):
        part = np.minimum(log[name], left)
        left = left - part
        for pool in range(-1, POOLS):
            chosen = contact & (log["pool"] == pool)
            if name == "lead_s":
                chosen &= ~ahead
            assert sums.worked_s[:, pool + 1, place].sum() == part[chosen].sum()
    answered = contact & ((log["outcome"] != Outcome.ABANDONED) | (log["row"] == Row.ATTEMPT))
    line_s = np.minimum(log["lead_s"] + log["talk_s"], END_S - log["t_s"])
    assert sums.talking_s[:, 2].sum() == line_s[answered & (log["channel"] == 1)].sum()


def test_outcomes_trips_and_abandoned_calls(log, sums):
    attempt, inbound = log["row"] == Row.ATTEMPT, log["row"] == Row.INBOUND
    gave_up = log["outcome"] == Outcome.ABANDONED
    assert sums.outcomes[ATTEMPTS, 2, Outcome.BUSY] == (attempt & (log["channel"] == 1) & (log["outcome"] == Outcome.BUSY)).sum()
    assert sums.outcomes[INBOUNDS].sum() == inbound.sum()
    assert sums.abandoned.tolist() == [(inbound & gave_up & (log["t_s"] // 86_400 == day)).sum() for day in range(3)]
    near = attempt & (log["channel"] == 2) & (log["pool"] == 3) & (log["value"] == 1)
    assert sums.trips[:, 3, 4, 1].sum() == near.sum() > 0
    assert sums.trips.sum() == attempt.sum()


def test_refusals_by_rule_and_by_attempt(log, sums):
    for place, kind in enumerate((Row.BLOCKED, Row.VIOLATION)):
        for rule in range(RULES):
            chosen = (log["row"] == kind) & (log["value"] == rule)
            assert sums.refusals[place, rule].tolist() == [chosen.sum(), (chosen & (log["ordinal"] == 0)).sum()]
    assert sums.refusals.min() > 0


def test_neither_order_nor_stretches_matter_to_the_bit(log, sums):
    shuffled = log[np.random.default_rng(2).permutation(len(log))]
    other = fold(shuffled[:100], shuffled[100:])
    for field in dataclasses.fields(sums):
        assert np.array_equal(getattr(sums, field.name), getattr(other, field.name)), field.name


@pytest.mark.parametrize(("seed", "seconds"), [(3, END_S), (4, 40), (5, 1)])
def test_total_order_is_that_of_a_sort_by_all_its_columns(seed, seconds):
    # From rows that hardly share a second to rows that all do.
    rows = random_log(seed, 2_000, seconds)
    order = np.lexsort([rows[name] for name in ("step", "channel", "ordinal", "account", "person", "pool", "row", "t_s")])
    assert np.array_equal(in_order(rows), rows[order])
    assert np.array_equal(in_order(rows[order]), rows[order])


def test_an_empty_log_has_an_order_and_sums():
    assert len(in_order(np.zeros(0, LOG))) == 0
    assert fold(np.zeros(0, LOG)).events.sum() == 0
