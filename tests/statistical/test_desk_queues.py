"""The desk is a queue: Poisson calls and exponential talks wait as Erlang C says, and give up as Erlang A says.

Calls are rung in at Poisson times, each by another person; everything else about people is switched off. Every check
compares a mean over batches with its closed form by Student's t; a check raises a false alarm with chance at most 1e-6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import stats

from sim.assignment import Assignment
from sim.codes import Outcome, Row, TaskState
from sim.engine.campaign import Campaign
from sim.engine.desk_compiled import CompiledDesk, queue_outbox
from sim.order import Kind
from sim.rules.tasks import post, take_task
from sim.strategies.protocol import DoNothing
from sim.world import Setting, luck_of
from tests.worlds import ALIKE, QUIET, ROUND_THE_CLOCK, first_difference, log_of, make_portfolio, make_scenario

ALARM = 1e-6
BATCHES = 40
DAY = 86_400
MEAN_TALK = 300.0
FOR_EVER = 31_536_000.0


@dataclass(frozen=True)
class Queue:
    """A desk of `agents` that `load` agents' worth of calls arrives at; mean patience in seconds."""

    agents: int
    load: float
    patience: float
    calls: int

    @property
    def rate(self) -> float:
        """Calls per second."""
        return self.load / MEAN_TALK

    @property
    def days(self) -> int:
        """Days until the calls have come, and one to serve the last of them."""
        return math.ceil(self.calls / self.rate / DAY) + 1


ERLANG_C = Queue(agents=3, load=1.8, patience=FOR_EVER, calls=100_000)
ERLANG_A = Queue(agents=6, load=6.6, patience=200.0, calls=50_000)


def stationary(queue):
    """Return the probabilities of 0, 1, ... calls in an M/M/c+M queue, by its birth-death balance."""
    weights = [1.0]
    for n in range(1, 4000):
        leaving = min(n, queue.agents) / MEAN_TALK + max(0, n - queue.agents) / queue.patience
        weights.append(weights[-1] * queue.rate / leaving)
        if n > queue.agents and weights[-1] < 1e-18 * max(weights):
            break
    return np.array(weights) / math.fsum(weights)


def erlang_c(agents, load):
    """Return the chance to wait, by Erlang's formula."""
    terms = [load**k / math.factorial(k) for k in range(agents)]
    last = load**agents / math.factorial(agents) * agents / (agents - load)
    return last / (math.fsum(terms) + last)


def ring(campaign, arrivals, pool):
    """Let person i call at second arrivals[i], as `sim.rules.conversation.incoming` does for those who ring back."""
    store, desk = campaign._store, campaign._desk
    store.reserve_tasks(len(arrivals) + 1000)
    world = store.world
    called = [take_task(world) for _ in arrivals]
    values = {
        "person": np.arange(len(arrivals)), "account": world.person["first_account"], "pool": pool, "step": -1,
        "channel": world.params["inbound_channel"][0], "content": world.params["inbound_content"][0], "arm": 0,
        "attempts": 0, "inbound": 1, "key": 1, "open_s": arrivals, "state": TaskState.WAITING, "ordinal": 0,
    }
    for name, column in values.items():
        world.task[name][called] = column
    kind = int(Kind.INBOUND)
    for k, t in zip(called, arrivals.tolist(), strict=True):
        post(world, t, kind, k)
        if isinstance(desk, CompiledDesk):
            queue_outbox(world, desk._fit())
        else:
            desk._post_outbox()


def calls_of(queue, engine, seed=1):
    """Return (arrival, wait, given up) of the calls that were answered or given up, and the log."""
    changes = ALIKE | QUIET | {
        "resources.desk.groups": {"general": {"agents": queue.agents, "shifts": ROUND_THE_CLOCK}},
        "resources.desk.patience": "exponential" if queue.patience < FOR_EVER else "lognormal",
        "resources.desk.patience_median_s": queue.patience,
        "resources.desk.patience_log_sd": 0.0,
        "channels.call.conversation.talk": "exponential",
        "channels.call.conversation.talk_median_s": MEAN_TALK,
        "channels.call.conversation.wrap_s": 0.0,
    }
    setting = Setting(make_scenario(queue.days, changes), make_portfolio(queue.calls))
    world = setting.world([DoNothing()], luck_of(setting.scenario.seeds, 0))
    campaign = Campaign(world, setting.timetable, setting.observed, [DoNothing()],
                        Assignment.constant(queue.calls), engine)
    rng = np.random.default_rng(seed)
    arrivals = np.cumsum(rng.exponential(1 / queue.rate, queue.calls)).astype(np.int64)
    # Who calls when has nothing to do with the rows of the persons.
    arrivals = rng.permutation(np.minimum(arrivals, (queue.days - 1) * DAY))
    ring(campaign, arrivals, setting.pools.of("desk", "general"))
    log = log_of(campaign.run())
    ends = log[log["row"] == Row.INBOUND]
    assert len(ends) == queue.calls, "a call was lost"
    given_up = ends["outcome"] == Outcome.ABANDONED
    arrival = arrivals[ends["person"]]
    order = np.argsort(arrival, kind="stable")
    return arrival[order], (ends["t_s"] - arrival)[order], given_up[order], log


def check_mean(values, expected, what):
    """Compare the mean of a stationary series with its closed form by batch means."""
    steady = values[len(values) // 20:]
    batches = np.array([part.mean() for part in np.array_split(steady, BATCHES)])
    spread = batches.std(ddof=1) / math.sqrt(BATCHES)
    t = (batches.mean() - expected) / spread
    assert 2 * stats.t.sf(abs(t), BATCHES - 1) > ALARM, (
        f"{what}: {batches.mean():.5g} against {expected:.5g}, {t:.1f} standard errors")
    # A check that anything would pass is none: the standard error is small beside what is checked.
    assert spread < 0.04 * expected


def test_the_balance_equations_give_erlangs_formula():
    p = stationary(replace(ERLANG_C, patience=1e15))
    assert p[ERLANG_C.agents:].sum() == pytest.approx(erlang_c(ERLANG_C.agents, ERLANG_C.load), rel=1e-9)


def test_calls_wait_as_erlang_c_says():
    # Null: mean wait C / (c mu - lambda), chance to wait C; n = 100,000 calls at 60 % load. Clock in whole
    # seconds: who waits less than about half a second counts as not waiting.
    _, wait, given_up, _ = calls_of(ERLANG_C, "compiled")
    assert not given_up.any()
    chance = erlang_c(ERLANG_C.agents, ERLANG_C.load)
    drain = ERLANG_C.agents / MEAN_TALK - ERLANG_C.rate
    check_mean(wait.astype(float), chance / drain, "mean wait in s")
    check_mean((wait > 0).astype(float), chance * math.exp(-0.5 * drain), "chance to wait")


def test_calls_give_up_as_erlang_a_says():
    # Null: share given up = theta E[queue] / lambda, by the balance equations of M/M/c+M; n = 50,000, load 110 %.
    _, wait, given_up, _ = calls_of(ERLANG_A, "compiled")
    p = stationary(ERLANG_A)
    waiting = float((p * np.maximum(np.arange(len(p)) - ERLANG_A.agents, 0)).sum())
    check_mean(given_up.astype(float), waiting / ERLANG_A.patience / ERLANG_A.rate, "share given up")
    # Little's law: waits of all calls, served or not.
    check_mean(wait.astype(float), waiting / ERLANG_A.rate, "mean time in the queue")


def test_agents_are_as_busy_as_the_calls_that_they_answer():
    # Null: mean talk 300 s (rounding to whole seconds, at least one, adds less than 1e-5 of it); exponential.
    _, _, given_up, log = calls_of(ERLANG_A, "compiled", seed=2)
    talks = log["talk_s"][(log["row"] == Row.INBOUND) & (log["outcome"] != Outcome.ABANDONED)]
    assert len(talks) == (~given_up).sum()
    spread = MEAN_TALK / math.sqrt(len(talks))
    assert abs(talks.mean() - MEAN_TALK) < stats.norm.isf(ALARM / 2) * spread
    # No agent has two calls at once.
    answered = log[(log["row"] == Row.INBOUND) & (log["agent"] >= 0)]
    for agent in range(ERLANG_A.agents):
        own = answered[answered["agent"] == agent]
        assert (own["t_s"][1:] >= own["t_s"][:-1] + own["talk_s"][:-1]).all()
        assert len(own) > 1000


@pytest.mark.parametrize("patience", [FOR_EVER, 200.0], ids=["patient", "impatient"])
def test_both_desks_serve_the_same_calls_alike(patience):
    queue = Queue(agents=3, load=2.7, patience=patience, calls=1_500)
    compiled, reference = calls_of(queue, "compiled", seed=3), calls_of(queue, "reference", seed=3)
    assert first_difference(compiled[3], reference[3]) == ""
    assert reference[2].any() == (patience < FOR_EVER)
    assert (reference[1] > 0).sum() > 300
