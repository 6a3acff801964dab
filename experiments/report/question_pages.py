"""The pages of questions asked over a range: a sweep, a sensitivity analysis."""

from __future__ import annotations

from experiments.report import sensitivity_pictures, sweep_pictures
from experiments.report.frame import Article, Section, csv_button, cut, document, picture_section
from experiments.report.markup import Content, Markup, div, join, outside, rows, tag
from experiments.report.picture import Picture, Table
from experiments.report.voice import Voice, short, visible
from experiments.sensitivity import Sensitivity, SensitivityResult, sensitivity_rows
from experiments.sweep import SweepResult, sweep_rows
from experiments.texts import LANGUAGES, Language

MOST_ROWS = 400


# ----------------------------------------------------------------------------------------------------------------- sweep
def sweep_page(result: SweepResult, language: Language) -> str:
    """Return the page of a sweep; `language` is shown first."""
    articles, drawn = {}, {}
    for known in LANGUAGES:
        voice = sweep_pictures.voice_of(result, known)
        drawn[known] = sweep_pictures.pictures(voice, result)
        articles[known] = _sweep_article(voice, result, drawn[known])
    header, body = sweep_rows(result)
    tables = {picture.key: picture.table for picture in drawn[language]}
    tables["sweep_points"] = Table(header, tuple(map(tuple, body)))
    return document(articles, tables, language, result.scenario)


def _sweep_article(voice: Voice, result: SweepResult, drawn: tuple[Picture, ...]) -> Article:
    axes = voice.say("comma").join(axis.key for axis in result.axes)
    facts = voice.say("sweep.facts", points=len(result.points), axes=axes, strategies=len(result.strategies),
                      replications=result.replications, borrowers=f"{result.borrowers:,}", accounts=f"{result.accounts:,}",
                      days=result.days)
    wins = voice.say("comma").join(f"{voice.label(name)} {count}"
                                   for name, count in result.wins.items() if count)
    tone = "clear" if result.clear == len(result.points) else "unclear"
    card = div(f"card {tone}", tag("p", sweep_pictures.finding(voice, result), attributes={"class": "headline"}),
               tag("ul", tag("li", voice.say("sweep.wins", wins=wins, clear=result.clear, points=len(result.points)))),
               tag("p", voice.say("sweep.read", metric=voice.metric(result.metric)), attributes={"class": "note"}))
    sections = (Section("decision", voice.say("section.decision"), card),
                *(picture_section(voice, picture) for picture in drawn), _points_table(voice, result),
                _again(voice, result.command, result.version, result.run_dir))
    title = voice.say("sweep.page", scenario=short(result.scenario, 60))
    return Article(title, _header(voice, result.description, facts), sections)


def _header(voice: Voice, description: str, facts: str) -> tuple[Content, ...]:
    described = tag("p", outside(cut(voice, description))) if description else ""
    return described, tag("p", facts, attributes={"class": "facts"})


def _points_table(voice: Voice, result: SweepResult) -> Section:
    unit = voice.info(result.metric).unit
    body: list[list[Content]] = []
    for point in result.points[:MOST_ROWS]:
        best = point.standing.best
        cells: list[Content] = [tag("b", text) for text in result.text_at(point)]
        cells += [_value(voice, point.metrics[name][result.metric].mean, unit, strong=name == best) for name in result.strategies]
        body.append([*cells, "" if point.standing.clear else "?"])
    head = [*(cut(voice, axis.key) for axis in result.axes), *(voice.label(name) for name in result.strategies), ""]
    content = join([csv_button(voice, "sweep_points"), tag("p", f"{voice.metric(result.metric)} ({voice.unit(result.metric)}). "
                    + voice.say("sweep.legend"), attributes={"class": "note"}), rows(head, body)])
    return Section("sweep_table", voice.say("section.sweep_table"), content)


def _value(voice: Voice, value: float, unit: str, *, strong: bool) -> Markup | str:
    text = voice.number(value, unit)
    return tag("b", f"{text} *") if strong else text


def _again(voice: Voice, command: str, version: str, folder: str) -> Section:
    facts = [(voice.say("rerun.version"), version), (voice.say("rerun.folder"), folder)]
    lines: list[list[Content]] = [[name, outside(cut(voice, value))] for name, value in facts if value]
    shown = [tag("pre", visible(command[:4000]))] if command else []
    return Section("rerun", voice.say("section.rerun"), join([*shown, rows([voice.say("rerun.what"), ""], lines)]))


# ----------------------------------------------------------------------------------------------------------- sensitivity
def sensitivity_page(result: SensitivityResult, language: Language) -> str:
    """Return the page of a sensitivity analysis; `language` is shown first."""
    articles, pictures = {}, {}
    for known in LANGUAGES:
        voice = sensitivity_pictures.voice_of(result, known)
        pictures[known] = sensitivity_pictures.tornado(voice, result)
        articles[known] = _sensitivity_article(voice, result, pictures[known])
    header, body = sensitivity_rows(result)
    tables = {"tornado": pictures[language].table, "sensitivity_values": Table(header, tuple(map(tuple, body)))}
    return document(articles, tables, language, result.scenario)


def _sensitivity_article(voice: Voice, result: SensitivityResult, picture: Picture) -> Article:
    values = len(result.values)
    facts = voice.say("sensitivity.facts", values=values, strategies=len(result.strategies), replications=result.replications,
                      borrowers=f"{result.borrowers:,}", accounts=f"{result.accounts:,}", days=result.days)
    base = result.base
    stands = voice.say("sensitivity.base", best=voice.label(base.best), next=voice.label(base.runner_up),
                       lead=voice.gap(base.lead, result.info.unit), metric=voice.metric(result.metric)) if base.runner_up else ""
    moved = voice.say("sensitivity.clear", count=sum(value.matters for value in result.values), values=values)
    card = div("card clear" if base.clear and not result.flipping else "card unclear",
               tag("p", sensitivity_pictures.finding(voice, result), attributes={"class": "headline"}),
               tag("ul", *(tag("li", text) for text in (stands, moved) if text)),
               tag("p", voice.say("sensitivity.read", values=values), attributes={"class": "note"}))
    sections = (Section("decision", voice.say("section.decision"), card), picture_section(voice, picture),
                _break_even(voice, result), _values_table(voice, result),
                _again(voice, result.command, result.version, result.run_dir))
    title = voice.say("sensitivity.page", scenario=short(result.scenario, 60))
    return Article(title, _header(voice, result.description, facts), sections)


def _break_even(voice: Voice, result: SensitivityResult) -> Section:
    name = voice.say("section.break_even")
    if not result.flipping:
        return Section("break_even", name, tag("p", voice.say("break_even.none")))
    head = [voice.say("col.key"), voice.say("col.value"), voice.say("break_even.at"), voice.say("break_even.takes_over"), ""]
    body: list[list[Content]] = []
    for value in result.flipping:
        ends = [end for end in value.ends if end.flips]
        for end, text in zip(ends, sensitivity_pictures.flip_texts(voice, value), strict=True):
            at: list[Content] = [f"{value.at:g}", f"{end.break_even:.4g}", outside(voice.label(end.standing.best)), text]
            body.append([tag("code", cut(voice, value.key)), *at])
    return Section("break_even", name, rows(head, body))


def _values_table(voice: Voice, result: SensitivityResult) -> Section:
    unit = result.info.unit
    head = [voice.say(f"col.{key}") for key in ("key", "value", "low", "high", "at_low", "at_high", "swing", "assumed")]

    def line(value: Sensitivity) -> list[Content]:
        ends = (value.low, value.high)
        return [tag("code", cut(voice, value.key)), f"{value.at:g}", *("" if end is None else f"{end.at:g}" for end in ends),
                *("" if end is None else voice.gap(end.lead, unit) for end in ends),
                voice.number(value.swing, unit, difference=True),
                voice.say("word.assumed" if value.assumed else "word.published")]

    body = [line(value) for value in result.values[:MOST_ROWS]]
    return Section("sensitivity_table", voice.say("section.sensitivity_table"),
                   join([csv_button(voice, "sensitivity_values"), rows(head, body)]))


