"""The shipped questions run small, lead with their answers, and do not contradict what was published."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import scenarios
from sim import Options, load
from tests.cli.console import assert_refused, compare, duecourse

FOLDER = Path(scenarios.__file__).parent / "questions"
QUESTIONS = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "what_rules_cost")
VERDICT = re.compile(r"^Answer: (YES|NO|IN PART|NOT SETTLED)\. ")
FORBIDDEN = re.compile(r"\b(threat\w*|your family|your employer|your friends|arrest\w*|jail)\b", re.IGNORECASE)


def small(name):
    """Options that make a question small enough for a test."""
    days = 120 if name == "sms_only_three_years" else 30
    return ["--set", "portfolio.synthetic.stock=150", "--replications", "2", "--set", f"horizon.days={days}"]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Each question's run, made when a test first asks for it."""
    found = {}

    def play(name):
        if name not in found:
            found[name] = compare(FOLDER / f"{name}.yaml", tmp_path_factory.mktemp(name) / "run", "-q", *small(name))
        return found[name]

    return play


def test_every_claim_of_the_planners_has_its_file_and_its_line_in_the_list():
    listed = re.findall(r"^\| `(\w+)` \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted([*QUESTIONS, "what_rules_cost"])


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_asked_in_both_languages_and_threatens_nobody(name):
    loaded = load(FOLDER / f"{name}.yaml", Options(settings=("portfolio.synthetic.stock=50",)))
    question = loaded.scenario.question
    assert question is not None
    for words in (question.claim, question.pits, *question.names.values()):
        assert re.search(r"[\u4e00-\u9fff]", words.zh)
        assert not re.search(r"[\u4e00-\u9fff]", words.en)
    assert question.evidence is not None
    sides = {side for test in question.decides for side in (test.strategy, test.against)}
    assert len(sides) > 1
    for channel in loaded.scenario.channels.values():
        assert not any(FORBIDDEN.search(content.wording) for content in channel.contents.values())
    if name == "sms_only_three_years":
        assert loaded.scenario.horizon.days == 1095


@pytest.mark.parametrize("name", QUESTIONS)
def test_it_runs_small_and_the_answer_comes_from_its_numbers(name, played):
    document = played(name).document
    answer = document["answer"]
    assert VERDICT.match(answer["sentences"]["en"][0])
    assert answer["verdict"] in {"yes", "no", "part", "open"}
    means = {s["name"]: s["metrics"] | {k: v for k, v in s.items() if isinstance(v, dict)} for s in document["strategies"]}
    for finding in [*answer["decides"], *answer["beside"]]:
        for strategy, value in finding["values"].items():
            assert means[strategy][finding["metric"]]["mean"] == pytest.approx(value, nan_ok=True)
    page = (played(name).folder / "report.html").read_text(encoding="utf-8")
    first, second = page.index('id="en-question"'), page.index('id="en-decision"')
    assert first < second
    assert answer["sentences"]["en"][0] in page[first:second]
    assert 'id="zh-question"' in page


def test_the_terminal_leads_with_question_and_answer(tmp_path):
    path, options = FOLDER / "ignored_texts.yaml", ["-q", "--jobs", "1", *small("ignored_texts")]
    english = duecourse("compare", path, *options, "--out", tmp_path / "en")
    assert english.exit_code == 0, english.stderr or english.exception
    lines = english.stdout.splitlines()
    assert lines[0] == "Question: is this so? Borrowers overlook texts, and those who read them ignore them."
    assert VERDICT.match(next(line for line in lines if line.startswith("Answer")))
    assert " ".join(lines[:lines.index("")]).count("; difference") == 5
    assert lines[lines.index("") + 1].startswith("ignored_texts: ")
    chinese = duecourse("compare", path, *options, "--out", tmp_path / "zh", "--lang", "zh")
    assert chinese.stdout.splitlines()[0].startswith("问题：以下说法成立吗？")
    described = duecourse("describe", path, "--set", "portfolio.synthetic.stock=50")
    assert "Question: is this so? Borrowers overlook texts" in described.stdout


@pytest.mark.parametrize(("old", "new", "parts"), [
    ("metric: cure_rate, strategy: texts_seen", "metric: cure_rat, strategy: texts_seen",
     ["question.decides[0].metric", "got cure_rat", "Did you mean `cure_rate`?"]),
    ("strategy: calls, against: texts_seen", "strategy: call, against: texts_seen",
     ["question.decides[1].strategy", "Did you mean `calls`?"]),
    ("    visits: {en: visits", "    visit: {en: visits", ["question.names.visit", "Did you mean `visits`?"]),
    ("claimed: higher", "claimed: more", ["question.decides[0].claimed", "got more"]),
])
def test_a_fault_in_a_question_is_named_with_its_place(tmp_path, old, new, parts):
    text = (FOLDER / "ignored_texts.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "asked.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert_refused(duecourse("compare", path, "--out", tmp_path / "run"), "asked.yaml:", *parts, folder=tmp_path)


def test_one_strategy_alone_answers_nothing(tmp_path):
    done = duecourse("run", FOLDER / "ignored_texts.yaml", "--strategy", "texts", *small("ignored_texts"), "--format", "json",
                     "-q", "--jobs", "1", "--out", tmp_path / "run")
    assert done.exit_code == 0, done.stderr or done.exception
    assert "answer" not in json.loads(done.stdout)


@pytest.mark.parametrize(("name", "signs"), [
    # (metric, strategy, against, sign): texts move repayment by a few points at most, calls by more, visits by most
    # (Karlan et al. 2012; Bursztyn et al. 2019; Laudenbach et al.; Ortega and Scartascini 2020; Mogollon et al. 2021).
    ("ignored_texts", [("cure_rate", "calls", "texts", 1), ("cure_rate", "calls", "texts_seen", 1),
                       ("cure_rate", "visits", "calls", 1)]),
    ("channels_together", [("recovery_minor", "calls", "texts", 1), ("recovery_minor", "together", "texts", 1)]),
    ("sms_only_three_years", [("recovery_rate", "calls", "texts", 1)]),
])
def test_signs_agree_with_what_was_published(name, signs, tmp_path):
    """Null: no difference. Four replications with shared luck and fixed seeds; by longer runs each difference is
    at least 8 standard errors from 0 at these sizes (false alarm below 1e-6 by the normal law).
    """
    size = "500" if name == "sms_only_three_years" else "1500"
    document = compare(FOLDER / f"{name}.yaml", tmp_path / "run", "-q", "--set", f"portfolio.synthetic.stock={size}",
                       "--replications", "4").document
    means = {s["name"]: s["metrics"] | {k: v for k, v in s.items() if isinstance(v, dict)} for s in document["strategies"]}
    for metric, strategy, against, sign in signs:
        assert sign * (means[strategy][metric]["mean"] - means[against][metric]["mean"]) > 0
    if name == "ignored_texts":
        assert -0.01 < means["texts"]["cure_rate"]["mean"] - means["do_nothing"]["cure_rate"]["mean"] < 0.05
