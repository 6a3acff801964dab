"""The sections of the page: each takes a reading and returns finished HTML."""

from __future__ import annotations

from experiments.answers import heading, headline, notes, question_line, sentences
from experiments.report.findings import decide
from experiments.report.frame import Section, csv_button, cut, fold, picture_body
from experiments.report.lives import Life
from experiments.report.markup import Content, Markup, div, join, outside, rows, tag
from experiments.report.reading import Reading
from experiments.report.styles import group_of
from experiments.report.voice import short, visible

ANSWER_TONES = {"yes": "clear", "no": "clear", "part": "unclear", "open": "unclear"}


# ------------------------------------------------------------------------------------------------ top of the page
def decision(reading: Reading) -> Section:
    """Return the decision card with the warnings below it."""
    card = decide(reading)
    tiles = (
        div(
            "tile",
            div("tile-name", tile.name),
            div("tile-value", tile.value),
            div("tile-detail", tile.detail),
            div("tile-base", tile.base),
        )
        for tile in card.tiles
    )
    plans = len(reading.plans)
    how_sure = (
        reading.say("card.monte_carlo", replications=reading.result.replications, plans=plans)
        if reading.has_intervals
        else reading.say("card.single")
    )
    body = div(
        f"card {card.tone}",
        tag("p", card.headline, attributes={"class": "headline"}),
        tag("ul", *(tag("li", sentence) for sentence in card.sentences)),
        div("tiles", *tiles),
        tag("p", how_sure, attributes={"class": "note"}),
    )
    return Section("decision", reading.say("section.decision"), body)


def question(reading: Reading) -> list[Section]:
    """Return the scenario's question with its answer; nothing where it asks none."""
    result, language = reading.result, reading.language
    found = result.answer
    if found is None:
        return []
    body = div(
        f"card {ANSWER_TONES[found.verdict]}",
        tag("p", outside(question_line(found, language))),
        tag("p", headline(found, result, language), attributes={"class": "headline"}),
        tag("ul", *(tag("li", outside(sentence)) for sentence in sentences(found, result, language))),
        tag("p", outside(found.pits.in_(language))),
        *(tag("p", outside(note), attributes={"class": "note"}) for note in notes(found, language)),
    )
    return [Section("question", heading(language), body)]


def read_first(reading: Reading) -> Section:
    """Return warnings (open), assumptions, exclusions and notes on the portfolio (collapsed)."""
    result = reading.result
    parts: list[Content] = []
    if result.warnings:
        parts.append(
            tag(
                "ul",
                *(tag("li", outside(cut(reading, text))) for text in result.warnings),
                attributes={"class": "warnings"},
            )
        )
    parts += [_assumptions(reading), _exclusions(reading)]
    if result.portfolio_notes:
        notes = tag("ul", *(tag("li", outside(cut(reading, note))) for note in result.portfolio_notes))
        parts.append(fold(reading.say("notes.summary", count=len(result.portfolio_notes)), notes))
    return Section("first", reading.say("section.first"), join(parts))


def _assumptions(reading: Reading) -> Markup:
    known = reading.result.assumptions
    if not known:
        return tag("p", reading.say("assumptions.none"))
    lines: list[list[Content]] = [
        [tag("code", cut(reading, a.key)), f"{a.value:g}", _range(reading, a.low, a.high), cut(reading, a.unit)]
        for a in known
    ]
    head = [reading.say(f"assumptions.{name}") for name in ("key", "value", "range", "unit")]
    return fold(
        reading.say("assumptions.summary", count=len(known)),
        join([rows(head, lines), csv_button(reading, "assumptions")]),
    )


def _range(reading: Reading, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return reading.say("assumptions.no_range")
    return reading.say("interval", low=f"{low:g}", high=f"{high:g}")


def _exclusions(reading: Reading) -> Markup:
    found = reading.result.exclusions
    if not found:
        return tag("p", reading.say("exclusions.none"))
    lines: list[list[Content]] = [
        [tag("code", outside(cut(reading, rule))), f"{accounts:,}", reading.money(balance)]
        for rule, accounts, balance in found
    ]
    head = [reading.say(f"exclusions.{name}") for name in ("rule", "accounts", "balance")]
    total = sum(accounts for _, accounts, _ in found)
    return fold(
        reading.say("exclusions.summary", rules=len(found), accounts=f"{total:,}"),
        join([rows(head, lines), csv_button(reading, "exclusions")]),
    )


def lives_section(reading: Reading, found: tuple[Life, ...]) -> Section:
    """Return single lives, each as lanes and as texts side by side."""
    name = reading.say("section.lives")
    if not found:
        return Section("lives", name, tag("p", reading.say("lives.none")))
    total = len(reading.result.timelines)
    left = [tag("p", reading.say("lives.left_out", shown=len(found), total=total))] if total > len(found) else []
    intro = tag("p", reading.say("lives.note"), attributes={"class": "note"})
    return Section("lives", name, join([intro, *left, *(_life(reading, life) for life in found)]))


def _life(reading: Reading, life: Life) -> Markup:
    lanes = [
        tag(
            "div",
            tag("h4", outside(reading.label(name))),
            tag(
                "ol",
                *(
                    tag(
                        "li",
                        tag("time", visible(event.when)),
                        " ",
                        outside(short(event.what, 200)),
                        attributes={"class": "shared" if n < shared else "own"},
                    )
                    for n, event in enumerate(events)
                ),
            ),
            attributes={"class": "lane", "data-of": group_of(reading, name)},
        )
        for name, events, shared in life.lanes
    ]
    return join([picture_body(reading, life.picture), fold(reading.say("lives.events"), div("lanes", *lanes))])


def words_section(reading: Reading) -> Section:
    """Return each strategy in plain words, collapsed."""
    parts = []
    for strategy in reading.result.strategies:
        lines = [
            tag(
                "li",
                outside(cut(reading, line.strip())),
                attributes={"class": "deep" if line.startswith(" ") else "top"},
            )
            for line in strategy.description
        ]
        content: Content = (
            tag("ul", *lines, attributes={"class": "words"}) if lines else tag("p", reading.say("words.none"))
        )
        parts.append(fold(reading.label(strategy.name), content))
    return Section("words", reading.say("section.words"), join(parts))


def rerun_section(reading: Reading) -> Section:
    """Return how to run it again, and what identifies the run."""
    result = reading.result
    facts = [
        (reading.say("rerun.version"), result.version),
        (reading.say("rerun.engine"), result.engine),
        (reading.say("rerun.folder"), result.run_dir),
        (reading.say("rerun.redrawn"), "; ".join(result.redrawn)),
    ]
    lines: list[list[Content]] = [[name, outside(cut(reading, value))] for name, value in facts if value]
    digests = [[outside(reading.label(s.name)), tag("code", cut(reading, s.digest))] for s in result.strategies]
    again = f"duecourse rerun {result.run_dir}/manifest.json" if result.run_dir else ""
    commands = [tag("pre", visible(command[:4000])) for command in (result.command, again) if command]
    return Section(
        "rerun",
        reading.say("section.rerun"),
        join(
            [
                tag("p", reading.say("rerun.note")),
                *commands,
                rows([reading.say("rerun.what"), ""], lines),
                rows([reading.say("strategy"), reading.say("rerun.digest")], digests),
            ]
        ),
    )
