"""The answer to a scenario's question, from the numbers and in either direction: yes, no, in part, or not settled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill
from typing import Any

from experiments.paired import difference
from experiments.results import Answer, CompareResult, Difference, Finding, Price, Told, Verdict, Wasted
from experiments.tables import number
from experiments.texts import Language, say
from sim import DO_NOTHING
from sim.spec.question import BreakEven, Pair, Question, Test, Words

WIDTH = 118


def told(words: Words) -> Told:
    """Return words of a scenario as a result keeps them."""
    return Told(words.en, words.zh)


def can_answer(question: Question, result: CompareResult) -> bool:
    """Return whether all strategies were run and all metrics measured that a question names."""
    known = {strategy.name for strategy in result.strategies}
    return all({sides.strategy, sides.against} <= known for _, sides in question.sides()) and all(
        pair.metric in result.metrics for _, pair in question.pairs())


def answer(question: Question, result: CompareResult, wasted: tuple[Wasted, ...] = ()) -> Answer | None:
    """Return the answer; None where it cannot be given.

    Args:
        question: what the scenario asks.
        result: what was found, from which every number comes.
        wasted: what offers gave to those who would have paid.
    """
    if not can_answer(question, result):
        return None
    findings = tuple(_finding(test, result) for test in question.decides)
    return Answer(
        claim=told(question.claim), pits=told(question.pits), names={name: told(words) for name, words in question.names.items()},
        verdict=overall([finding.verdict for finding in findings]), findings=findings,
        beside=tuple(_finding(pair, result) for pair in question.beside), wasted=wasted,
        prices=tuple(_price(asked, result) for asked in question.break_even),
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


def _price(asked: BreakEven, result: CompareResult) -> Price:
    """Return the break-even price of a unit: (difference in net recovery + difference in what is spent on it) / units.

    It is nan where no more units were bought, or nothing was spent under that name (a wrong name must not read as no cost).
    """
    a, b = result.strategy(asked.strategy), result.strategy(asked.against)
    units = a.metrics[asked.units].mean - b.metrics[asked.units].mean
    spent = sum(sign * s.cost_by_kind[asked.cost].mean for sign, s in ((1, a), (-1, b)) if asked.cost in s.cost_by_kind)
    each = 1.0 / units if units > 0 and asked.cost in a.cost_by_kind else math.nan
    net = difference(a.values["net_minor"], b.values["net_minor"])
    estimate, low, high = ((value + spent) * each for value in (net.estimate, net.low, net.high))
    return Price(asked.strategy, asked.against, told(asked.unit), spent * each, Difference(estimate, low, high, net.se * each))


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


def headline(found: Answer, result: CompareResult, language: Language) -> str:
    """Return the answer in one sentence."""
    key = "single" if found.verdict == "open" and result.replications == 1 else found.verdict
    return say(f"answer.{key}", language, n=result.replications)


def asked(question: Question, language: Language) -> list[str]:
    """Return a scenario's question in two sentences, before any run."""
    return [say("answer.question", language, claim=told(question.claim).in_(language)), told(question.pits).in_(language)]


def heading(language: Language) -> str:
    """Return the heading of the question in reports."""
    return say("answer.heading", language)


def question_line(found: Answer, language: Language) -> str:
    """Return what is asked."""
    return say("answer.question", language, claim=found.claim.in_(language))


def sentences(found: Answer, result: CompareResult, language: Language) -> list[str]:
    """Return what decides the answer, a sentence for each test, and what stands beside it."""
    out = [say(f"answer.{finding.verdict}", language, finding=_words(found, finding, result, language))
           for finding in found.findings]
    out += [say("answer.beside", language, finding=_words(found, finding, result, language)) for finding in found.beside]
    out += [_wasted_words(found, item, result, language) for item in found.wasted]
    return out + [_price_words(found, item, result, language) for item in found.prices]


def _wasted_words(found: Answer, item: Wasted, result: CompareResult, language: Language) -> str:
    share = item.share
    interval = "" if math.isnan(share.low) else say("answer.within", language, low=f"{share.low:.0%}", high=f"{share.high:.0%}")
    return say("answer.wasted", language, forgiven=_money(item.forgiven.mean, result), wasted=_money(item.wasted.mean, result),
               share=number(share.estimate, "share", 1), interval=interval, a=_name(found, item.strategy, language),
               b=_name(found, item.against, language))


def _price_words(found: Answer, item: Price, result: CompareResult, language: Language) -> str:
    price = item.break_even
    interval = "" if math.isnan(price.low) else say("answer.interval", language, low=_money(price.low, result),
                                                    high=_money(price.high, result))
    return say("answer.price", language, a=_name(found, item.strategy, language), b=_name(found, item.against, language),
               unit=item.unit.in_(language), price=_money(price.estimate, result), interval=interval,
               paid=_money(item.paid, result))


def _money(minor: float, result: CompareResult) -> str:
    return f"{result.currency} {number(minor, 'minor', result.minor_per_major)}"


def notes(found: Answer, language: Language) -> list[str]:
    """Return what was published, and what the intervals leave out."""
    published = [say("answer.evidence", language, text=found.evidence.in_(language))] if found.evidence is not None else []
    return [*published, say("answer.sure", language)]


def _words(found: Answer, finding: Finding, result: CompareResult, language: Language) -> str:
    info, minor = result.metrics[finding.metric], result.minor_per_major

    def gap(value: float) -> str:
        text = f"{abs(100 * value):.1f}" if info.unit == "share" else number(abs(value), info.unit, minor)
        return f"{'-' if value < 0 else '+'}{text}"

    def with_unit(value: float) -> str:
        return say("answer.points", language, value=gap(value)) if info.unit == "share" else gap(value)

    gaps = finding.difference
    interval = "" if math.isnan(gaps.low) else say("answer.interval", language, low=gap(gaps.low), high=with_unit(gaps.high))
    if finding.margin:
        asked = finding.margin if finding.claimed == "higher" else -finding.margin
        interval += say("answer.margin", language, margin=with_unit(asked))
    unit = f" ({result.currency})" if info.unit == "minor" else ""
    return say("answer.finding", language, metric=(info.chinese if language == "zh" else info.english) + unit,
                a=_name(found, finding.strategy, language), b=_name(found, finding.against, language),
                value_a=number(finding.level.mean, info.unit, minor), value_b=number(finding.other.mean, info.unit, minor),
                gap=with_unit(gaps.estimate), interval=interval)


def _name(found: Answer, strategy: str, language: Language) -> str:
    if strategy in found.names:
        return found.names[strategy].in_(language)
    return say("answer.nothing", language) if strategy == DO_NOTHING else strategy


def answer_lines(found: Answer, result: CompareResult, language: Language) -> list[str]:
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
            "beside": [_finding_json(finding) for finding in found.beside],
            "wasted": [{"strategy": w.strategy, "against": w.against, "forgiven_minor": w.forgiven.mean,
                        "wasted_minor": w.wasted.mean, "share": _gap_json(w.share)} for w in found.wasted],
            "break_even": [{"strategy": p.strategy, "against": p.against, "unit": p.unit.en, "paid_minor": p.paid,
                            "break_even_minor": _gap_json(p.break_even)} for p in found.prices]}


def _gap_json(gap: Difference) -> dict[str, Any]:
    return {"estimate": gap.estimate, "ci95": [gap.low, gap.high]}


def _finding_json(finding: Finding) -> dict[str, Any]:
    document: dict[str, Any] = {
        "metric": finding.metric, "strategy": finding.strategy, "against": finding.against,
        "values": {finding.strategy: finding.level.mean, finding.against: finding.other.mean},
        "difference": _gap_json(finding.difference)}
    if finding.claimed:
        document |= {"claimed": finding.claimed, "margin": finding.margin, "verdict": finding.verdict}
    return document
