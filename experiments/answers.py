"""The answer to a scenario's question, from the numbers and in either direction: yes, no, in part, or not settled."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from experiments.paired import difference
from experiments.results import Answer, CompareResult, Difference, Finding, Told, Verdict
from experiments.tables import number
from sim import DO_NOTHING
from sim.spec.question import Pair, Question, Test, Words

SAY: Mapping[str, tuple[str, str]] = {
    "heading": ("The question", "问题"),
    "question": ("Question: is this so? {claim}", "问题：以下说法成立吗？{claim}"),
    "yes": ("Answer: YES. The numbers bear it out.", "回答：成立。数字支持这一说法。"),
    "no": ("Answer: NO. The numbers do not bear it out.", "回答：不成立。数字不支持这一说法。"),
    "part": ("Answer: IN PART. The numbers bear out some of it and not the rest.",
             "回答：部分成立。数字支持其一部分，不支持其余部分。"),
    "open": ("Answer: NOT SETTLED. With {n} replications an interval holds the margin; run more.",
             "回答：尚无定论。{n} 次重复下区间仍包含界限，请增加重复次数。"),
    "single": ("Answer: NOT SETTLED. One replication gives no interval; run more.",
               "回答：尚无定论。仅一次重复，没有区间，请增加重复次数。"),
    "for": ("as claimed", "与说法一致"),
    "against": ("not as claimed", "与说法不一致"),
    "undecided": ("not settled", "尚无定论"),
    "finding": ("{metric}: {a} {value_a}, {b} {value_b}; difference {gap}{interval}",
                "{metric}：{a} {value_a}，{b} {value_b}；差异 {gap}{interval}"),
    "interval": (" (95 % interval {low} to {high})", "（95% 区间 {low} 至 {high}）"),
    "margin": ("; at least {margin} was asked for", "；要求至少 {margin}"),
    "verdict": ("{finding}: {verdict}.", "{finding}：{verdict}。"),
    "beside": ("Beside it: {finding}.", "另外：{finding}。"),
    "points": ("{value} points", "{value} 个百分点"),
    "evidence": ("Published: {text}", "已发表的结果：{text}"),
    "sure": ("Intervals: Monte-Carlo error only. They do not cover what is assumed about behaviour.",
             "区间仅含蒙特卡洛误差，不含行为假设的不确定性。"),
    "nothing": ("doing nothing", "不采取行动"),
}


WIDTH = 118


def _say(key: str, language: str, **values: object) -> str:
    return SAY[key][1 if language == "zh" else 0].format(**values)


def told(words: Words) -> Told:
    """Return words of a scenario as a result keeps them."""
    return Told(words.en, words.zh)


def answer(question: Question, result: CompareResult) -> Answer | None:
    """Return the answer; None where not all strategies were run, or not all metrics measured.

    Args:
        question: what the scenario asks.
        result: what was found, from which every number comes.
    """
    known = {strategy.name for strategy in result.strategies}
    if not all({pair.strategy, pair.against} <= known and pair.metric in result.metrics for _, pair in question.pairs()):
        return None
    findings = tuple(_finding(test, result) for test in question.decides)
    return Answer(
        claim=told(question.claim), pits=told(question.pits), names={name: told(words) for name, words in question.names.items()},
        verdict=overall([finding.verdict for finding in findings]), findings=findings,
        beside=tuple(_finding(pair, result) for pair in question.beside),
        evidence=None if question.evidence is None else told(question.evidence))


def _finding(pair: Pair, result: CompareResult) -> Finding:
    a, b = result.strategy(pair.strategy), result.strategy(pair.against)
    gap = difference(a.values[pair.metric], b.values[pair.metric])
    claimed, margin, verdict = "", 0.0, ""
    if isinstance(pair, Test):
        scale = result.minor_per_major if result.metrics[pair.metric].unit == "minor" else 1
        claimed, margin = pair.claimed, pair.margin * scale
        verdict = judge(gap, pair.claimed, margin)
    return Finding(pair.metric, pair.strategy, pair.against, a.metrics[pair.metric], b.metrics[pair.metric], gap, claimed, margin,
                   verdict)


def judge(gap: Difference, claimed: str, margin: float) -> Verdict:
    """Return whether a difference is as claimed, not so, or not settled.

    "for" where the whole 95 % interval lies beyond the margin on the claimed side, "against" where all of it lies before it.
    """
    low, high = (gap.low, gap.high) if claimed == "higher" else (-gap.high, -gap.low)
    if math.isnan(low):
        return "undecided"
    return "for" if low > margin else "against" if high <= margin else "undecided"


def overall(verdicts: Sequence[str]) -> str:
    """Return the answer from its tests: yes or no where all agree, part where they settle both ways, else open."""
    found = set(verdicts)
    if found == {"for"}:
        return "yes"
    if found == {"against"}:
        return "no"
    return "part" if {"for", "against"} <= found else "open"


def headline(found: Answer, result: CompareResult, language: str) -> str:
    """Return the answer in one sentence."""
    key = "single" if found.verdict == "open" and result.replications == 1 else found.verdict
    return _say(key, language, n=result.replications)


def heading(language: str) -> str:
    """Return the heading of the question in reports."""
    return _say("heading", language)


def question_line(found: Answer, language: str) -> str:
    """Return what is asked."""
    return _say("question", language, claim=found.claim.in_(language))


def sentences(found: Answer, result: CompareResult, language: str) -> list[str]:
    """Return what decides the answer, a sentence for each test, and what stands beside it."""
    out = [_say("verdict", language, finding=_words(found, finding, result, language), verdict=_say(finding.verdict, language))
           for finding in found.findings]
    return out + [_say("beside", language, finding=_words(found, finding, result, language)) for finding in found.beside]


def notes(found: Answer, language: str) -> list[str]:
    """Return what was published, and what the intervals leave out."""
    published = [_say("evidence", language, text=found.evidence.in_(language))] if found.evidence is not None else []
    return [*published, _say("sure", language)]


def _words(found: Answer, finding: Finding, result: CompareResult, language: str) -> str:
    info, minor = result.metrics[finding.metric], result.minor_per_major

    def gap(value: float) -> str:
        text = f"{abs(100 * value):.1f}" if info.unit == "share" else number(abs(value), info.unit, minor)
        return f"{'-' if value < 0 else '+'}{text}"

    def with_unit(value: float) -> str:
        return _say("points", language, value=gap(value)) if info.unit == "share" else gap(value)

    gaps = finding.difference
    interval = "" if math.isnan(gaps.low) else _say("interval", language, low=gap(gaps.low), high=with_unit(gaps.high))
    if finding.margin:
        asked = finding.margin if finding.claimed == "higher" else -finding.margin
        interval += _say("margin", language, margin=with_unit(asked))
    unit = f" ({result.currency})" if info.unit == "minor" else ""
    return _say("finding", language, metric=(info.chinese if language == "zh" else info.english) + unit,
                a=_name(found, finding.strategy, language), b=_name(found, finding.against, language),
                value_a=number(finding.level.mean, info.unit, minor), value_b=number(finding.other.mean, info.unit, minor),
                gap=with_unit(gaps.estimate), interval=interval)


def _name(found: Answer, strategy: str, language: str) -> str:
    if strategy in found.names:
        return found.names[strategy].in_(language)
    return _say("nothing", language) if strategy == DO_NOTHING else strategy


def answer_lines(found: Answer, result: CompareResult, language: str) -> list[str]:
    """Return question and answer as the terminal shows them, before anything else; English is wrapped, Chinese is not."""
    def wrapped(text: str, first: str = "", other: str = "") -> str:
        return f"{first}{text}" if language == "zh" else fill(text, WIDTH, initial_indent=first, subsequent_indent=other)

    return [wrapped(question_line(found, language)), wrapped(found.pits.in_(language)), headline(found, result, language),
            *(wrapped(sentence, "- ", "  ") for sentence in sentences(found, result, language)),
            *(wrapped(note) for note in notes(found, language)), ""]


def answer_json(found: Answer, result: CompareResult) -> dict[str, Any]:
    """Return the answer as a part of the document of `compare --format json`; money in minor units."""
    return {"claim": {"en": found.claim.en, "zh": found.claim.zh}, "verdict": found.verdict,
            "sentences": {language: [headline(found, result, language), *sentences(found, result, language)]
                          for language in ("en", "zh")},
            "decides": [_finding_json(finding) for finding in found.findings],
            "beside": [_finding_json(finding) for finding in found.beside]}


def _finding_json(finding: Finding) -> dict[str, Any]:
    document: dict[str, Any] = {
        "metric": finding.metric, "strategy": finding.strategy, "against": finding.against,
        "values": {finding.strategy: finding.level.mean, finding.against: finding.other.mean},
        "difference": {"estimate": finding.difference.estimate, "ci95": [finding.difference.low, finding.difference.high]}}
    if finding.claimed:
        document |= {"claimed": finding.claimed, "margin": finding.margin, "verdict": finding.verdict}
    return document
