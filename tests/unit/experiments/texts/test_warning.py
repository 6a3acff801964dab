"""Sentences of a result in both languages: what the simulator says in English is found again, whole, in Chinese."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.excel import write_workbook
from experiments.report import write_report
from experiments.results import Spoken
from experiments.texts.warning import in_chinese
from sim import Options, load
from tests.cli.console import SMALL
from tests.unit.experiments.report.example import NAMES, example


@pytest.mark.parametrize(("packs", "days"), [("[cn.base]", 20), ("[cn.base, us.fed]", 200)])
def test_what_rule_packs_say_before_a_run_is_translated(tmp_path, packs, days):
    """Every warning of the packs but the first, which is the disclaimer, has a Chinese sentence."""
    path = tmp_path / "small.yaml"
    text = SMALL.replace(", gentle.yaml", "").replace("days: 20", f"days: {days}")
    path.write_text(f"{text}rulepacks: {packs}\n", encoding="utf-8")
    said = load(path, Options()).setting.rules.warnings[1:]
    assert said
    for text in said:
        assert in_chinese(text) != text, text


def test_a_sentence_that_nobody_translated_stays():
    assert in_chinese("as its author wrote it") == "as its author wrote it"
    assert in_chinese("12 of 300 borrowers have no known time zone, or several: contact rules refuse all their contacts "
                      "(tz_unknown).").startswith("300 位借款人中有 12 位")


def test_the_page_and_the_workbook_speak_their_own_language(tmp_path):
    """A run in English gives a page whose Chinese half has Chinese warnings, notes and strategies, and the other way round."""
    both = {"en": Spoken(("Mind the gap.",), ("A note.",), ("All luck.",), dict.fromkeys(NAMES, ("In words.",))),
            "zh": Spoken(("小心台阶。",), ("说明。",), ("全部随机。",), dict.fromkeys(NAMES, ("以文字。",)))}
    result = replace(example(), spoken=both)
    write_report(result, tmp_path / "r.html")
    english, chinese = (tmp_path / "r.html").read_text(encoding="utf-8").split('<article lang="zh-CN"')
    for ours, theirs in (("Mind the gap.", "小心台阶。"), ("A note.", "说明。"), ("All luck.", "全部随机。"),
                         ("In words.", "以文字。")):
        assert ours in english
        assert theirs not in english
        assert theirs in chinese
        assert ours not in chinese
    write_workbook(result, tmp_path / "r.xlsx", "zh")
    import openpyxl

    texts = {cell.value for row in openpyxl.load_workbook(tmp_path / "r.xlsx")["说明"] for cell in row}
    assert "小心台阶。" in texts
