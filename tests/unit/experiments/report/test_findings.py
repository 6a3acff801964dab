"""The verdict follows from the numbers: clear, not distinguishable, unknown; and it names harm."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from experiments.report.findings import decide, ranked, winner
from experiments.report.reading import Reading
from tests.unit.experiments.report.example import example

EVEN = (0.54, 0.60, 0.60005, 0.58, 0.50)
WIDE = 0.02


def card(language="en", **settings):
    return decide(Reading.of(example(**settings), language))


def test_a_challenger_whose_interval_lies_above_zero_beats_the_champion():
    found = card()
    assert found.headline.startswith("multichannel beats the champion call_ladder: CNY 2")
    assert "95 % interval +2" in found.headline


def test_an_interval_that_holds_zero_is_not_distinguishable():
    found = card(paid_share=EVEN, noise=WIDE)
    assert "not distinguishable in net recovery" in found.headline
    assert "holds zero" in found.headline
    assert found.tone == "unclear"


def test_more_complaints_than_the_champion_are_named_as_harm():
    found = card()
    assert found.tone == "harm"
    assert any(s.startswith("Harm gets worse: complaints per 1,000 accounts rise, +1.") for s in found.sentences)


def test_fewer_complaints_are_named_too():
    found = card(complaints=(0.3, 2.9, 1.6, 1.1, 0.0))
    assert found.tone == "clear"
    assert any(s.startswith("Harm gets less: complaints per 1,000 accounts fall, −1.") for s in found.sentences)


def test_equal_complaints_are_not_distinguishable():
    found = card(complaints=(1.0, 1.0, 1.0, 1.0, 0.0))
    assert any(s.startswith("Harm is not distinguishable") for s in found.sentences)


def test_a_champion_that_leads_stays():
    found = card(paid_share=(0.54, 0.63, 0.615, 0.59, 0.50))
    assert found.headline.startswith("The champion call_ladder stays ahead")
    assert "the best challenger multichannel" in found.headline


def test_plans_that_do_not_earn_their_cost_lose_to_doing_nothing():
    found = card(paid_share=(0.50, 0.50, 0.50, 0.50, 0.55))
    assert found.headline.startswith("No plan earns its cost: doing nothing nets")
    assert not any("Against doing nothing" in sentence for sentence in found.sentences)


def test_one_replication_decides_nothing():
    found = card(replications=1)
    assert "in one replication" in found.headline
    assert all("nan" not in text for text in (found.headline, *found.sentences))
    assert all("nan" not in f"{tile.value} {tile.detail}" for tile in found.tiles)
    assert {tile.detail for tile in found.tiles} == {
        "one replication: no interval",
        "one replication: no standard error",
    }


def test_the_card_shows_both_roster_views_and_says_when_the_winner_depends_on_them():
    result = example()
    names = [tile.name for tile in decide(Reading.of(result, "en")).tiles]
    assert "Net recovery, roster fixed" in names
    assert "Net recovery, roster avoidable (used here)" in names
    strategies = tuple(
        replace(
            s,
            metrics={
                **s.metrics,
                "net_fixed_minor": s.metrics["net_fixed_minor"]
                if s.name != "sms_only"
                else replace(s.metrics["net_fixed_minor"], mean=1e12),
            },
        )
        for s in result.strategies
    )
    sentences = decide(Reading.of(replace(result, strategies=strategies), "en")).sentences
    assert any(s.startswith("The winner depends on the roster: sms_only nets most") for s in sentences)


def test_a_metric_that_cannot_be_estimated_ranks_nobody():
    result = example()
    blank = tuple(
        replace(s, metrics={**s.metrics, "net_minor": replace(s.metrics["net_minor"], mean=math.nan)})
        for s in result.strategies
    )
    reading = Reading.of(replace(result, strategies=blank), "en")
    assert ranked(reading, "net_minor") == []
    assert winner(reading) == "call_ladder"


def test_only_doing_nothing_leaves_nothing_to_compare():
    result = example()
    alone = replace(result, strategies=result.strategies[-1:], contrasts=(), champion="do_nothing")
    assert decide(Reading.of(alone, "en")).headline


@pytest.mark.parametrize(("language", "start"), [("en", "multichannel beats"), ("zh", "multichannel 优于冠军策略")])
def test_the_verdict_is_said_in_each_language(language, start):
    assert card(language).headline.startswith(start)
