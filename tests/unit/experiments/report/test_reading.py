"""Names from outside are made safe, numbers get their units."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from experiments.report.reading import Reading
from experiments.report.voice import holds_zero, labels_of, short, visible
from experiments.results import Difference, Estimate
from tests.unit.experiments.report.example import HOSTILE, example

NAN = math.nan


@pytest.fixture(scope="module")
def english():
    return Reading.of(example(), "en")


@pytest.fixture(scope="module")
def chinese():
    return Reading.of(example(), "zh")


def test_marks_that_turn_or_break_text_are_shown_as_such():
    assert visible("a\u202eb\u2066c\x00d\ne") == "a\ufffdb\ufffdc\ufffdd\ufffde"


def test_letters_of_all_scripts_stay():
    assert visible("שלום नमस्ते 催收 👩\u200d👧") == "שלום नमस्ते 催收 👩\u200d👧"


def test_a_long_name_is_cut_with_an_ellipsis():
    assert short("x" * 10_000) == "x" * 31 + "…"
    assert short("x" * 32) == "x" * 32


def test_names_that_are_cut_to_the_same_label_stay_apart():
    labels = labels_of(["x" * 100 + "a", "x" * 100 + "b", "y"])
    assert len(set(labels.values())) == 3


def test_an_empty_name_has_a_label():
    assert labels_of([""]) == {"": "?"}


def test_do_nothing_has_a_name_in_each_language(english, chinese):
    assert (english.label("do_nothing"), chinese.label("do_nothing")) == ("do nothing", "不采取行动")


@pytest.mark.parametrize(
    ("minor", "english_text", "chinese_text"),
    [
        (0, "CNY 0", "CNY 0"),
        (1234, "CNY 12.34", "CNY 12.34"),
        (-50_000, "CNY −500", "CNY −500"),
        (123_456_700, "CNY 1.23\u202fm", "CNY 123.46\u202f万"),
        (98_765_432, "CNY 987,654", "CNY 98.77\u202f万"),
        (NAN, "–", "–"),
    ],
)
def test_money_is_in_major_units(english, chinese, minor, english_text, chinese_text):
    assert english.money(minor) == english_text
    assert chinese.money(minor) == chinese_text


def test_a_difference_of_shares_is_in_percentage_points(english, chinese):
    assert english.number(0.0191, "share") == "1.91\u202f%"
    assert english.number(0.0191, "share", signed=True, difference=True) == "+1.91\u202fpp"
    assert chinese.number(-0.0191, "share", signed=True, difference=True) == "−1.91\u202f个百分点"


def test_an_estimate_without_standard_error_is_its_mean(english):
    assert english.estimate(Estimate(0.5, 0.01), "share") == "50.0\u202f% ± 1.00\u202fpp"
    assert english.estimate(Estimate(0.5, NAN), "share") == "50.0\u202f%"
    assert english.estimate(Estimate(NAN, NAN), "share") == "–"


def test_a_difference_says_its_interval_or_that_there_is_none(english):
    assert english.gap(Difference(200.0, -100.0, 500.0, 1.0), "minor") == "CNY +2 (−1 to +5)"
    assert english.gap(Difference(200.0, NAN, NAN, NAN), "minor") == "CNY +2 (one replication: no interval)"


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [(-1.0, 1.0, True), (0.0, 1.0, True), (0.1, 1.0, False), (-2.0, -0.1, False), (NAN, NAN, None)],
)
def test_whether_an_interval_holds_zero(low, high, answer):
    assert holds_zero(Difference(0.5, low, high, 0.1)) is answer


def test_a_contrast_is_found_from_both_sides(english):
    there = english.difference("call_ladder", "do_nothing", "net_minor")
    back = english.difference("do_nothing", "call_ladder", "net_minor")
    assert (back.estimate, back.low, back.high) == (-there.estimate, -there.high, -there.low)
    assert english.difference("sms_only", "personalised", "net_minor") is None


def test_a_champion_that_was_not_run_gives_way_to_the_first_strategy():
    assert Reading.of(replace(example(), champion="gone"), "en").champion == "sms_only"


def test_a_pool_names_its_skill_group(english, chinese):
    assert english.pool("desk.senior") == "desk (senior)"
    assert chinese.pool("desk.general") == "坐席（普通）"
    assert english.pool("<b>.x") == "<b> (x)"


def test_hostile_names_have_short_labels():
    assert all(len(label) <= 36 for label in Reading.of(example(names=HOSTILE), "en").labels.values())
