"""With a constant chance to answer, attempts to the first answer are geometric, and outcomes have their shares.

Each check states its null and n, has a fixed seed, and raises a false alarm with chance at most 1e-6.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.codes import Outcome, Row
from sim.strategies.protocol import Retry, Step, Window
from sim.world import Setting
from tests.worlds import ALIKE, HOUR, QUIET, ROUND_THE_CLOCK, Timed, log_of, make_portfolio, make_scenario, play

ALARM = 1e-6
ANSWER = 0.22
DIAL = {"busy": 0.1, "voicemail": 0.25, "wrong_party": 0.05, "ring_s": 20.0, "answer_fatigue_log": 0.0}
CHANGES = ALIKE | QUIET | {
    "resources.desk.groups": {"general": {"agents": "unlimited", "shifts": ROUND_THE_CLOCK}},
    "channels.call.dial": DIAL | {"answer": ANSWER},
    "channels.call.conversation.talk_log_sd": 0.5,
}
AGAIN = {name: Retry(delay_s=HOUR) for name in ("busy", "no_answer", "voicemail", "wrong_party", "refused")}
UNTIL_ANSWERED = Timed("dial", (
    Step("dial", "all", "call", "negotiate", window=Window(0, 24 * HOUR), attempts_per_day=12, attempts_total=1000,
         open_days=99, retry=AGAIN),), every=(1,))
PEOPLE = 5_000


def dials(changes, days=8):
    """Return the log's attempts and, by person, the number of the attempt that was answered (0 if none was)."""
    setting = Setting(make_scenario(days, CHANGES | changes), valid(make_portfolio(PEOPLE)))
    rows = log_of(play(setting, [UNTIL_ANSWERED]), Row.ATTEMPT)
    answered = rows["outcome"] == Outcome.CONVERSATION
    first = np.zeros(PEOPLE, np.int64)
    first[rows["person"][answered]] = rows["ordinal"][answered] + 1
    return rows, first


def valid(portfolio):
    """Return the portfolio with a valid number for everybody."""
    portfolio.number_valid[:] = True
    return portfolio


@pytest.fixture(scope="module")
def constant():
    return dials({})


def test_attempts_to_the_first_answer_are_geometric(constant):
    # Null: P(first answer at attempt k) = (1 - p)**(k - 1) p; n = 5,000 people. Dials are an hour apart or more, since
    # whether somebody is at the phone is drawn for the hour.
    rows, first = constant
    assert (first > 0).all(), "eight days of dials reach everybody but one in 10**9"
    assert np.array_equal(np.bincount(rows["person"], minlength=PEOPLE), first), "no dial follows the answer"
    most = 20
    counts = np.bincount(np.minimum(first, most + 1), minlength=most + 2)[1:]
    expected = PEOPLE * np.append(stats.geom.pmf(np.arange(1, most + 1), ANSWER), stats.geom.sf(most, ANSWER))
    assert expected.min() > 5
    assert stats.chisquare(counts, expected).pvalue > ALARM


def test_a_dial_that_nobody_answers_ends_in_the_stated_shares(constant):
    # Null: of dials not answered, wrong party, busy, voicemail have their probabilities; multinomial, n about 17,000.
    rows, _ = constant
    missed = rows["outcome"][rows["outcome"] != Outcome.CONVERSATION]
    kinds = (Outcome.WRONG_PARTY, Outcome.BUSY, Outcome.VOICEMAIL, Outcome.NO_ANSWER)
    counts = [int((missed == kind).sum()) for kind in kinds]
    assert sum(counts) == len(missed) > 15_000
    assert stats.chisquare(counts, len(missed) * np.array([0.05, 0.10, 0.25, 0.60])).pvalue > ALARM


def test_a_refusal_is_an_answer_of_its_own():
    # Null: of those reached, a share refuses, binomial. A refusal is retried here like no answer.
    rows, _ = dials({"channels.call.conversation.refused": 0.3}, days=3)
    refused = int((rows["outcome"] == Outcome.REFUSED).sum())
    reached = refused + int((rows["outcome"] == Outcome.CONVERSATION).sum())
    assert stats.binomtest(refused, reached, 0.3).pvalue > ALARM
    assert stats.binomtest(reached, len(rows), ANSWER).pvalue > ALARM


def test_within_one_hour_the_same_person_is_at_the_phone_or_is_not():
    # Dialled every two minutes from the full hour on: the first dial of the hour decides for all of them.
    often = {name: Retry(delay_s=60) for name in AGAIN}
    step = Step("dial", "all", "call", "negotiate", window=Window(9 * HOUR, 10 * HOUR), attempts_per_day=20,
                attempts_total=20, retry=often)
    setting = Setting(make_scenario(1, CHANGES), valid(make_portfolio(2_000)))
    rows = log_of(play(setting, [Timed("often", (step,), every=(1,))]), Row.ATTEMPT)
    answered = rows[rows["outcome"] == Outcome.CONVERSATION]
    assert (answered["ordinal"] == 0).all()
    assert stats.binomtest(len(answered), 2_000, ANSWER).pvalue > ALARM
    assert (np.bincount(rows["person"]) > 5).sum() > 1_000


def test_unanswered_dials_tire_by_the_stated_factor():
    # Null: P(answer at attempt k | none before) = p e**(-0.2 (k - 1)); binomial at each of five attempts, n = 5,000 at
    # the first.
    rows, first = dials({"channels.call.dial": DIAL | {"answer": 0.4, "answer_fatigue_log": 0.2}}, days=2)
    for k in range(1, 6):
        tried = int((rows["ordinal"] == k - 1).sum())
        assert stats.binomtest(int((first == k).sum()), tried, 0.4 * np.exp(-0.2 * (k - 1))).pvalue > ALARM / 5


def test_messages_are_delivered_and_read_in_the_stated_shares():
    # Null: binomial for delivery, for reading given delivery; lognormal delays by Kolmogorov-Smirnov; n = 20,000.
    changes = CHANGES | {"resources.gateway.per_second": "unlimited", "channels.sms.message": {
        "delivered": 0.9, "read": 0.5, "read_delay_median_s": 20_000.0, "read_delay_log_sd": 0.4}}
    setting = Setting(make_scenario(9, changes), valid(make_portfolio(20_000)))
    step = Step("text", "all", "sms", "helpful", window=Window(9 * HOUR, 10 * HOUR))
    log = log_of(play(setting, [Timed("text", (step,), every=(100,))]))
    sent, read = log[log["row"] == Row.ATTEMPT], log[log["row"] == Row.READ]
    delivered = int((sent["outcome"] == Outcome.DELIVERED).sum())
    assert len(sent) == 20_000
    assert stats.binomtest(delivered, 20_000, 0.9).pvalue > ALARM
    assert stats.binomtest(len(read), delivered, 0.5).pvalue > ALARM
    # The read is logged one second and the started second later: half a second is the middle.
    delay = read["t_s"] - 9 * HOUR - 0.5
    assert stats.kstest(np.log(delay / 20_000.0) / 0.4, "norm").pvalue > ALARM
