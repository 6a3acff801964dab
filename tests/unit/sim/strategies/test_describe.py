"""What planners read before a run: leaves, loads, idle steps, plain words, differences from the champion."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.spec.strategy_source import load_strategy, strategy_from
from sim.spec.yaml_source import parse_yaml
from sim.strategies.catalogue import CATALOGUE, say
from sim.strategies.describe import IdleStep, Leaf, describe_strategy
from sim.strategies.difference import strategy_difference
from sim.strategies.protocol import DoNothing
from sim.strategies.wording import strategy_text
from sim.strategies.yaml_strategy import YamlStrategy
from tests.unit.sim.strategies.views import VOCABULARY, TableView, random_view

CHAMPION = """strategy: champion
about: Calls for the late, a text for the rest.
exclude: [dispute]
segments:
  - name: late
    when: "dpd > 30"
    sequence:
      - {day: 1, every: 4, until: 9, call: negotiate, skill: senior, window: evening, attempts: 2/day up to 4,
         retry: {no_answer: "+1d evening", busy: "+20min", voicemail: none}, days_open: 2}
      - {day: 40, anchor: dpd, offer: {waive_fees: 0.5, valid_days: 9}}
    on:
      promise: {remind: -1d, check: +2d, broken: {call: firm}}
      hardship: {move_to: hardship_plan}
      opt_out: {stop: all}
      refused: {move_to: quiet}
  - {name: quiet, sequence: []}
  - {name: never, when: "dpd > 5000", sequence: [{day: 1, sms: reminder}]}
  - name: otherwise
    sequence:
      - {day: 3, sms: reminder, at: "10:00"}
      - {day: 25, sms: helpful, at: "10:00"}
"""


def spec(text, bases=None):
    return strategy_from(parse_yaml(text, Path("s.yaml")), VOCABULARY, bases)


@pytest.fixture
def view():
    return TableView(
        5,
        {
            "dpd": np.array([40, 35, 3, 4, 35]),
            "entry_day": np.ones(5, int),
            "balance": np.array([100.0, 50.0, 7.0, 3.0, 40.0]),
            "dispute": np.array([False, True, False, False, False]),
        },
    )


def test_leaves_loads_and_idle_steps_of_a_small_portfolio(view):
    told = describe_strategy(YamlStrategy(spec(CHAMPION), VOCABULARY), view, days=10)
    assert told.leaves == (
        Leaf("late", 3, 190.0, 1),
        Leaf("quiet", 0, 0.0, 0),
        Leaf("never", 0, 0.0, 0),
        Leaf("otherwise", 2, 10.0, 0),
    )
    assert told.unmatched_share == 0.4
    assert told.excluded == {"dispute": 1}
    assert told.planned["call"] == (2, 0, 0, 0, 2, 0, 0, 0, 2, 0)
    assert told.planned["sms"] == (0, 0, 2, 0, 0, 0, 0, 0, 0, 0)
    assert told.planned[""] == (1, 0, 0, 0, 0, 1, 0, 0, 0, 0)
    assert told.idle == (
        IdleStep(
            "never/1 sms reminder", "no account of this portfolio comes into its segment within 10 days"
        ),
        IdleStep("otherwise/2 sms helpful", "no account of this portfolio is due for it within 10 days"),
    )
    assert view.step_first_day(0).tolist() == [-1] * 5  # looking ahead leaves the view as it was


def test_an_account_that_grows_into_a_segment_is_foreseen():
    text = (
        "strategy: s\nsegments:\n"
        '  - {name: late, when: "dpd > 30", sequence: [{day: 1, every: 1, sms: helpful}]}\n'
        "  - {name: otherwise, sequence: []}\n"
    )
    told = describe_strategy(
        YamlStrategy(spec(text), VOCABULARY),
        TableView(1, {"dpd": np.array([28]), "entry_day": np.array([1])}),
        days=5,
    )
    assert told.planned["sms"] == (0, 0, 0, 1, 1)


def test_a_segment_that_waits_for_what_people_do_is_not_called_idle(view):
    text = (
        "strategy: s\nsegments:\n"
        "  - {name: a, when: 'attempts_call >= 4', sequence: [{day: 1, sms: helpful}]}\n"
        "  - {name: b, when: 'dpd > 5000', sequence: [{day: 1, sms: helpful}]}\n"
        "  - {name: otherwise, sequence: []}\n"
    )
    told = describe_strategy(YamlStrategy(spec(text), VOCABULARY), view, days=5)
    assert [idle.label for idle in told.idle] == ["b/1 sms helpful"]


def test_any_strategy_can_be_described_also_on_an_empty_portfolio(view):
    told = describe_strategy(DoNothing(), view)
    assert (told.leaves, dict(told.planned), told.idle, told.accounts) == ((), {}, (), 5)
    empty = describe_strategy(YamlStrategy(spec(CHAMPION), VOCABULARY), TableView(0))
    assert (empty.accounts, empty.unmatched_share) == (0, 0.0)


def test_a_strategy_in_plain_words():
    assert strategy_text(spec(CHAMPION)) == [
        "Strategy champion. Calls for the late, a text for the rest.",
        "Left alone: dispute.",
        "Segment late, if dpd > 30:",
        (
            "  from day 1 since entry every 4 days until day 9: call `negotiate`, 18:00-20:30; by senior; "
            "at most 2 attempts a day and 4 in all; no answer: 1 day later evening; "
            "busy: again after 20 min; voicemail: not again; stays due 2 days"
        ),
        "  day 40 past due: offer for 9 days: 50% of fees waived",
        "  after a promise: 1 day before the promised day: sms `promise_reminder`, 09:00-20:00",
        "  a promise is checked 2 days after it was due",
        "  after a broken promise: call `firm`, 09:00-20:00, within 1 day",
        "  after a report of hardship: a hardship plan begins and contact pauses",
        "  after a refusal to talk: treated as in segment quiet",
        "  after an opt-out: no channel is used again",
        "Segment quiet, for those who are moved here:",
        "  nothing is done",
        "Segment never, if dpd > 5000:",
        "  day 1 since entry: sms `reminder`, 09:00-20:00",
        "Everybody else:",
        "  day 3 since entry: sms `reminder`, 10:00-11:00",
        "  day 25 since entry: sms `helpful`, 10:00-11:00",
    ]
    chinese = strategy_text(spec(CHAMPION), "zh")
    assert len(chinese) == 18
    assert chinese[0].startswith("策略 champion。")
    assert "  告知困难后：进入困难纾解方案，暂停联系" in chinese


def test_the_difference_of_a_challenger_in_words():
    bases = {"champion": parse_yaml(CHAMPION, Path("champion.yaml"))}
    champion = spec(CHAMPION)
    challenger = spec(
        """strategy: challenger
inherits: champion
exclude: [complaint]
segments:
  - {name: never, remove: true}
  - {name: first, after: late, when: "dpd > 20", sequence: []}
  - name: late
    when: "dpd > 25"
    priority: 100
  - name: otherwise
    sequence:
      - {day: 2, sms: reminder, at: "10:00"}
      - {day: 25, sms: helpful, at: "10:00"}
""",
        bases,
    )
    assert strategy_difference(champion, challenger) == [
        "challenger also leaves alone: complaint.",
        "challenger no longer leaves alone: dispute.",
        "Segment late: now if dpd > 25, before if dpd > 30.",
        "Segment late: priority 100, before 500.",
        "challenger adds segment first, if dpd > 20.",
        "Segment otherwise: dropped: day 3 since entry: sms `reminder`, 10:00-11:00.",
        "Segment otherwise: new: day 2 since entry: sms `reminder`, 10:00-11:00.",
        "challenger drops segment never.",
    ]
    assert strategy_difference(champion, champion) == ["champion and champion do the same."]
    assert strategy_difference(champion, challenger, "zh")[-1] == "challenger 删除客群 never。"


def test_another_order_of_segments_is_a_difference():
    one = "strategy: s\nsegments:\n{}{}  - {{name: otherwise, sequence: []}}\n"
    a, b = "  - {name: a, when: dpd > 1, sequence: []}\n", "  - {name: b, when: dpd > 2, sequence: []}\n"
    assert strategy_difference(spec(one.format(a, b)), spec(one.format(b, a))) == [
        "The segments are asked in another order: b, a, otherwise."
    ]


def test_every_text_is_there_in_both_languages_with_the_same_places():
    for key, texts in CATALOGUE.items():
        assert set(texts) == {"en", "zh"}, key
        named = [{part.split("}")[0] for part in text.split("{")[1:]} for text in texts.values()]
        assert named[0] == named[1], key
    with pytest.raises(InputError, match="--lang"):
        say("nothing", "fr")


@pytest.mark.parametrize("name", ["sms_only", "call_ladder", "multichannel", "personalised"])
def test_shipped_strategies_are_described_in_both_languages(name):
    loaded = load_strategy(Path(str(files("scenarios") / "strategies" / f"{name}.yaml")), VOCABULARY)
    told = describe_strategy(YamlStrategy(loaded, VOCABULARY), random_view(500, 3), days=7, lang="zh")
    assert sum(leaf.accounts for leaf in told.leaves) == 500
    assert any(sum(counts) for channel, counts in told.planned.items() if channel)
    assert len(told.text) > 5
