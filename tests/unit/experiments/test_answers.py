"""Answers follow from the numbers, in either direction."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from experiments.answers import answer, answer_json, answer_lines, headline, judge, overall, sentences
from experiments.results import Difference, Estimate
from experiments.store import read_result, write_result
from sim.spec.question import BreakEven, Question
from tests.unit.experiments.report.example import example

TEXT = {"en": "Calls bring in more than texts.", "zh": "电话回收多于短信。"}


def question(claimed="higher", margin=0.0, *, metric="net_minor", second=None):
    tests = [{"metric": metric, "strategy": "call_ladder", "against": "sms_only", "claimed": claimed, "margin": margin}]
    return Question.model_validate({
        "claim": TEXT, "pits": {"en": "Calls against texts.", "zh": "电话与短信对比。"},
        "names": {"call_ladder": {"en": "calls", "zh": "电话"}},
        "decides": tests + ([second] if second else []),
        "beside": [{"metric": "cure_rate", "strategy": "sms_only", "against": "do_nothing"}],
        "evidence": {"en": "Nothing was found.", "zh": "未找到。"}})


def with_gap(gaps):
    """The example with a given difference by replication between calls and texts, in minor units."""
    found = example()
    texts = found.strategy("sms_only").values["net_minor"]
    gaps = np.resize(np.asarray(gaps, dtype=float), len(texts))
    strategies = tuple(replace(s, values=s.values | {"net_minor": texts + gaps}) if s.name == "call_ladder" else s
                       for s in found.strategies)
    return replace(found, strategies=strategies)


@pytest.mark.parametrize(("low", "high", "claimed", "margin", "verdict"), [
    (1.0, 3.0, "higher", 0.0, "for"), (1.0, 3.0, "lower", 0.0, "against"),
    (-3.0, -1.0, "higher", 0.0, "against"), (-3.0, -1.0, "lower", 0.0, "for"),
    (-1.0, 1.0, "higher", 0.0, "undecided"), (-1.0, 1.0, "lower", 0.0, "undecided"),
    (1.0, 3.0, "higher", 0.5, "for"), (1.0, 3.0, "higher", 2.0, "undecided"), (1.0, 3.0, "higher", 3.5, "against"),
    (-3.0, -1.0, "lower", 3.5, "against"), (0.0, 0.0, "higher", 0.0, "against"), (math.nan, math.nan, "higher", 0.0, "undecided"),
])
def test_a_difference_is_judged_by_where_its_whole_interval_lies(low, high, claimed, margin, verdict):
    assert judge(Difference((low + high) / 2, low, high, 0.1), claimed, margin) == verdict


@pytest.mark.parametrize(("verdicts", "found"), [
    (["for", "for"], "yes"), (["against"], "no"), (["for", "against", "undecided"], "part"), (["for", "undecided"], "open"),
    (["against", "undecided"], "open"),
])
def test_yes_needs_all_and_no_needs_all(verdicts, found):
    assert overall(verdicts) == found


def test_the_same_question_is_answered_yes_or_no_by_the_numbers_alone():
    up, down = with_gap([100_000, 120_000, 110_000]), with_gap([-100_000, -120_000, -110_000])
    yes, no = answer(question(), up), answer(question(), down)
    assert headline(yes, up, "en").startswith("Answer: YES")
    assert headline(no, down, "en").startswith("Answer: NO.")
    assert headline(no, down, "zh").startswith("回答：不成立")
    other = answer(question("lower"), down)
    assert headline(other, down, "en").startswith("Answer: YES")


def test_a_sentence_holds_the_numbers_of_the_result():
    result = with_gap([100_000, 120_000, 110_000])
    found = answer(question(margin=500), result)
    finding = found.findings[0]
    assert finding.margin == 500 * result.minor_per_major
    gap = finding.difference
    first = sentences(found, result, "en")[0]
    assert f"difference +{gap.estimate / 100:,.0f} (95 % interval +{gap.low / 100:,.0f} to +{gap.high / 100:,.0f})" in first
    assert "at least +500 was asked for" in first
    assert "calls " in first
    assert "sms_only " in first
    cured = [100 * result.strategy(name).metrics["cure_rate"].mean for name in ("sms_only", "do_nothing")]
    beside = sentences(found, result, "en")[1]
    assert f"{cured[0]:.1f}%" in beside
    assert f"doing nothing {cured[1]:.1f}%" in beside
    assert "points" in beside


def test_what_is_not_settled_says_so_and_asks_for_replications():
    result = with_gap([-100_000, 100_000])
    found = answer(question(), result)
    assert found.verdict == "open"
    assert "run more" in headline(found, result, "en")


def test_both_directions_are_answered_in_part():
    result = with_gap([100_000, 120_000, 110_000])
    second = {"metric": "net_minor", "strategy": "sms_only", "against": "call_ladder", "claimed": "higher"}
    assert answer(question(second=second), result).verdict == "part"


def test_without_all_strategies_there_is_no_answer():
    result = example()
    less = replace(result, strategies=tuple(s for s in result.strategies if s.name != "sms_only"))
    assert answer(question(), less) is None


def priced(result, cost):
    """Calls against texts, with courses: 20 attended and so much spent on them in all, minor units."""
    calls, texts = result.strategy("call_ladder"), result.strategy("sms_only")
    courses = Estimate(texts.metrics["promises"].mean + 20, 0.0)
    trained = replace(calls, cost_by_kind=dict(calls.cost_by_kind) | {"training": Estimate(cost, 0.0)},
                      metrics=dict(calls.metrics) | {"promises": courses})
    return replace(result, strategies=tuple(trained if s.name == "call_ladder" else s for s in result.strategies))


def test_the_break_even_price_is_what_leaves_nothing_over():
    asked = question().model_copy(update={"break_even": (BreakEven.model_validate({
        "strategy": "call_ladder", "against": "sms_only", "cost": "training", "units": "promises",
        "unit": {"en": "course attended", "zh": "培训人次"}}),)})
    result = priced(with_gap([100_000, 120_000, 110_000]), cost=40_000.0)
    found = answer(asked, result)
    price, gap = found.prices[0], found.findings[0].difference
    assert price.paid == pytest.approx(2_000.0)
    assert price.break_even.estimate == pytest.approx((gap.estimate + 40_000.0) / 20)
    # At that price the net recovery of both is the same: what was gained goes into the courses.
    assert gap.estimate + 40_000.0 - 20 * price.break_even.estimate == pytest.approx(0.0)
    assert "for each course attended" in sentences(found, result, "en")[-1]
    assert "it costs CNY 20." in sentences(found, result, "en")[-1]
    wrong = asked.model_copy(update={"break_even": (asked.break_even[0].model_copy(update={"cost": "trainings"}),)})
    assert math.isnan(answer(wrong, result).prices[0].break_even.estimate)
    assert "盈亏平衡" in sentences(found, result, "zh")[-1]


def test_an_answer_survives_the_run_folder(tmp_path):
    result = with_gap([100_000, 120_000, 110_000])
    kept = replace(result, answer=answer(question(), result))
    write_result(kept, tmp_path)
    read = read_result(tmp_path)
    assert read.answer == kept.answer
    assert answer_lines(read.answer, read, "en") == answer_lines(kept.answer, kept, "en")
    document = answer_json(read.answer, read)
    assert document["verdict"] == "yes"
    assert document["decides"][0]["verdict"] == "for"
    assert "verdict" not in document["beside"][0]
