"""Dialling ahead: agents are busier, and no more calls are abandoned than the ceiling says.

Every test has a fixed seed and states its null and n, or is exact.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.codes import Outcome, Row
from sim.metrics import measure
from sim.outcomes import outcomes
from sim.strategies.protocol import Retry, Step, Window
from sim.world import Setting
from tests.statistical.test_mechanisms import CONSTANT, DAY, alike
from tests.worlds import HOUR, ROUND_THE_CLOCK, Timed, log_of, make_scenario, play

AGENTS = 30
PEOPLE = 30_000
DESK = {
    "resources.desk.groups": {"general": {"agents": AGENTS, "shifts": ROUND_THE_CLOCK}},
    "channels.call.dial": {"answer": 0.3, "busy": 0.0, "voicemail": 0.0, "wrong_party": 0.0, "ring_s": 25.0,
                           "answer_fatigue_log": 0.0},
    "channels.call.conversation.talk_median_s": 120.0, "channels.call.conversation.talk_log_sd": 0.5,
    "channels.call.conversation.wrap_s": 20.0, "behaviour.payment.self_cure_per_day": {0: 0.0},
}
AGAIN = {"no_answer": Retry(delay_s=2 * HOUR)}
CALLS = Timed("calls", (Step("call", "all", "call", "negotiate", window=Window(0, 24 * HOUR), attempts_per_day=12,
                             attempts_total=100, open_days=9, retry=AGAIN),), every=(1,))


def played(**desk):
    """Return (setting, log, metrics) of one day of calls, more than the desk can make."""
    changes = {f"resources.desk.{name}": value for name, value in desk.items()}
    setting = Setting(make_scenario(1, CONSTANT | DESK | changes), alike(PEOPLE))
    rows = log_of(play(setting, [CALLS]))
    return setting, rows, measure(setting, outcomes(setting, rows))


@pytest.fixture(scope="module")
def progressive():
    return played()


def attempts_of(rows):
    """Return the log's dials."""
    return rows[rows["row"] == Row.ATTEMPT]


def test_one_line_an_agent_abandons_nobody_and_keeps_agents_busier_than_ringing_themselves(progressive):
    # Exact: with one dial out for each idle agent, somebody is idle whenever one is answered.
    _, rows, ahead = played(dialling="predictive", lines_per_agent=1.0)
    assert (attempts_of(rows)["outcome"] != Outcome.ABANDONED).all()
    assert (attempts_of(rows)["value"] == 2).all()
    # Ringing is nobody's work here and waiting is idle time: utilisation is about what it was.
    assert ahead["utilisation"] == pytest.approx(progressive[2]["utilisation"], rel=0.03)


def test_more_lines_make_more_conversations_with_the_same_agents(progressive):
    _, _, ahead = played(dialling="predictive", lines_per_agent=5.0, abandoned_most=1.0)
    assert ahead["right_party"] > 1.15 * progressive[2]["right_party"]
    assert ahead["utilisation"] > 1.15 * progressive[2]["utilisation"]
    assert ahead["abandoned_dial_rate"] > 0.05, "without a ceiling many are abandoned"
    assert progressive[2]["abandoned_dial_rate"] == 0


@pytest.mark.parametrize("most", [0.01, 0.03])
def test_the_ceiling_holds_over_the_day_and_in_each_stretch(most):
    # Fewer are dialled ahead the nearer the rolling share is to the ceiling, so that the day's share, with thousands of answered
    # calls, stays below it and is not far from it either; the burst with which the day begins is in the first stretch.
    _, rows, ahead = played(dialling="predictive", lines_per_agent=5.0, abandoned_most=most, abandoned_over=200)
    dials = attempts_of(rows)
    answered = dials[np.isin(dials["outcome"], (Outcome.CONVERSATION, Outcome.ABANDONED))]
    assert len(answered) > 5_000
    assert 0.3 * most < ahead["abandoned_dial_rate"] < most
    for part in np.array_split(answered["outcome"] == Outcome.ABANDONED, 5)[1:]:
        assert part.mean() < most


def test_who_is_abandoned_is_tried_again_and_no_agent_does_two_things_at_once():
    _, rows, _ = played(dialling="predictive", lines_per_agent=5.0, abandoned_most=1.0)
    dials = attempts_of(rows)
    lost = dials[dials["outcome"] == Outcome.ABANDONED]
    assert (lost["agent"] == -1).all()
    early = lost[lost["t_s"] < 12 * HOUR]
    assert np.isin(early["person"], dials["person"][dials["ordinal"] > 0]).mean() > 0.9
    talks = dials[dials["agent"] >= 0]
    begin = talks["t_s"] + talks["lead_s"]
    over = begin + talks["talk_s"] + talks["wrap_s"]
    for agent in range(AGENTS):
        own = np.flatnonzero(talks["agent"] == agent)
        order = own[np.argsort(begin[own])]
        assert (begin[order][1:] >= over[order][:-1]).all()
    assert (dials["t_s"] < DAY).all()
