"""The pages of sweeps and sensitivity analyses: titles say the finding, names stay text, nothing is printed as nan."""

from __future__ import annotations

import re

import pytest

from experiments.report import sensitivity_pictures, sweep_pictures
from experiments.report.question_pages import sensitivity_page, sweep_page
from experiments.report.sweep_pictures import finding
from experiments.sensitivity import SensitivityResult
from experiments.store import pack, unpack
from experiments.sweep import SweepResult
from tests.unit.experiments.questions import sensitivity, sweep
from tests.unit.experiments.report.example import HOSTILE
from tests.unit.experiments.report.test_page import Page

PAIRS = ("agents=10:40:10", "x=1,2")


def said(result, language="en"):
    return finding(sweep_pictures.voice_of(result, language), result)


def test_the_title_of_a_sweep_says_where_the_winner_changes():
    assert said(sweep()) == "The best strategy depends on agents: bold overtakes calm between 20 and 30"
    assert said(sweep(), "zh") == "最佳策略取决于 agents：20 与 30 之间 bold 超过 calm"
    assert said(sweep(["agents=10,20"])) == "calm is best at all 2 points, clearly so at 2"
    assert said(sweep(PAIRS)) == "calm is best at 4 of 8 points; bold at 4; at 0 points the lead could be luck"
    assert said(sweep(replications=1)).endswith("between 20 and 30 (not clear on both sides)")


def test_the_title_of_a_tornado_says_what_can_change_the_winner():
    result = sensitivity()
    voice = sensitivity_pictures.voice_of(result, "en")
    assert sensitivity_pictures.finding(voice, result) == (
        "1 of 3 values can change the best strategy: bold wins where behaviour.strong is above about 2")


def test_the_tornado_draws_each_end_from_the_base():
    """The base's lead is CNY 50; the strong value takes it to 100 at its low end and to -50 at its high one."""
    result = sensitivity()
    low, high = sensitivity_pictures.tornado(sensitivity_pictures.voice_of(result, "en"), result).traces
    assert low["base"] == high["base"] == pytest.approx(50.0)
    assert (low["x"][0], high["x"][0]) == pytest.approx((50.0, -100.0))


def test_a_map_marks_the_best_and_what_could_be_luck():
    result = sweep(PAIRS)
    picture = sweep_pictures.winner_map(sweep_pictures.voice_of(result, "en"), result)
    assert picture.traces[0]["text"] == [["A", "A", "B", "B"]] * 2
    assert picture.traces[0]["z"] == [[0, 0, 1, 1]] * 2
    single = sweep(PAIRS, replications=1)
    marks = sweep_pictures.winner_map(sweep_pictures.voice_of(single, "en"), single).traces[0]["text"]
    assert marks == [["A?", "A?", "B?", "B?"]] * 2


@pytest.mark.parametrize("page", [lambda: sweep_page(sweep(), "en"), lambda: sweep_page(sweep(PAIRS, replications=1), "zh"),
                                  lambda: sensitivity_page(sensitivity(), "en")])
def test_a_page_has_both_languages_and_no_nan(page):
    found = Page(page())
    assert found.tags.count("article") == 2
    assert not re.search(r"\bnan\b", " ".join(found.words), re.IGNORECASE)
    places = {value for _, name, value in found.attributes if name == "id"}
    assert {value.removeprefix("#") for _, name, value in found.attributes if name == "href"} <= places
    assert "made <b>up</b>" in " ".join(found.words), "names stay text"


@pytest.mark.parametrize("page", [lambda names: sweep_page(sweep(PAIRS, names), "en"),
                                  lambda names: sweep_page(sweep(names=names), "en"),
                                  lambda names: sensitivity_page(sensitivity(names=names), "en")])
def test_hostile_names_stay_text(page):
    names = (HOSTILE[1], HOSTILE[0], HOSTILE[3])
    text = page(names)
    found = Page(text)
    assert found.tags.count("script") == Page(page(("a", "b", "c"))).tags.count("script")
    assert all("alert" not in tag for tag in found.tags)
    assert max(map(len, found.words)) < 1500


def test_results_are_read_again_as_they_were_written():
    """Optional ends and nested results come back: the page of the copy is the same."""
    result, found = sensitivity(), unpack(SensitivityResult, pack(sensitivity(), "x"), "x")
    assert sensitivity_page(found, "en") == sensitivity_page(result, "en")
    swept = sweep(PAIRS)
    assert sweep_page(unpack(SweepResult, pack(swept, "x"), "x"), "en") == sweep_page(swept, "en")
