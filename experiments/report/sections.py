"""The sections of the page: each takes a reading and returns finished HTML."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.report.findings import decide
from experiments.report.lives import Life
from experiments.report.markup import Content, Markup, data, div, join, outside, rows, tag
from experiments.report.metrics_table import MetricCell, grouped, metric_rows, table_title
from experiments.report.picture import Picture
from experiments.report.reading import Reading, short, visible
from sim import DO_NOTHING

MOST_LETTERS = 400
SIGNS = {"better": "▲", "worse": "▼", "changed": "◆", "": ""}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page, with its place in the contents list."""

    key: str
    name: str
    body: Markup


def cut(reading: Reading, text: str) -> str:
    """Return text from outside, cut where it would fill the page."""
    clean = visible(text[:MOST_LETTERS])
    return clean if len(text) <= MOST_LETTERS else clean + reading.say("cut", letters=len(text) - MOST_LETTERS)


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
        parts.append(_fold(reading.say("notes.summary", count=len(result.portfolio_notes)), notes))
    return Section("first", reading.say("section.first"), join(parts))


def _fold(summary: str, content: Content) -> Markup:
    return tag("details", tag("summary", summary), content)


def _assumptions(reading: Reading) -> Markup:
    known = reading.result.assumptions
    if not known:
        return tag("p", reading.say("assumptions.none"))
    lines: list[list[Content]] = [
        [tag("code", cut(reading, a.key)), f"{a.value:g}", _range(reading, a.low, a.high), cut(reading, a.unit)]
        for a in known
    ]
    head = [reading.say(f"assumptions.{name}") for name in ("key", "value", "range", "unit")]
    return _fold(
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
    return _fold(
        reading.say("exclusions.summary", rules=len(found), accounts=f"{total:,}"),
        join([rows(head, lines), csv_button(reading, "exclusions")]),
    )


# ------------------------------------------------------------------------------------------------------- pictures
def csv_button(reading: Reading, key: str) -> Markup:
    """Return the button that downloads a picture's data."""
    return tag(
        "button",
        "CSV",
        attributes={"type": "button", "class": "csv", "data-table": key, "title": reading.say("csv.title")},
    )


def picture_body(reading: Reading, picture: Picture, level: str = "h3") -> Markup:
    """Return a picture: its finding, its views, its place for the plot, its caption and data."""
    identity = f"{reading.language}-{picture.key}"
    views = [
        tag(
            "button",
            view.label,
            attributes={
                "type": "button",
                "class": "view",
                "data-plot": identity,
                "data-view": str(n),
                "aria-pressed": "true" if n == 0 else "false",
            },
        )
        for n, view in enumerate(picture.views)
    ]
    shown = [{"visible": list(view.visible), "layout": dict(view.layout)} for view in picture.views]
    height = int(picture.layout.get("height", 420))
    return tag(
        "figure",
        tag(level, picture.title),
        div("tools", div("views", *views) if len(views) > 1 else "", csv_button(reading, picture.key)),
        tag(
            "div",
            attributes={
                "class": "plot",
                "id": f"plot-{identity}",
                "style": f"min-height:{height}px",
                "role": "img",
                "aria-label": picture.title,
            },
        ),
        data(f"figure-{identity}", {"figure": picture.figure, "views": shown}),
        tag("figcaption", picture.note) if picture.note else "",
    )


def picture_section(reading: Reading, picture: Picture) -> Section:
    """Return a section that holds one picture."""
    return Section(picture.key, reading.say(f"section.{picture.key}"), picture_body(reading, picture))


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
        div(
            "lane",
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
        )
        for name, events, shared in life.lanes
    ]
    return join([picture_body(reading, life.picture), _fold(reading.say("lives.events"), div("lanes", *lanes))])


# ---------------------------------------------------------------------------------------------------------- tables
def table_section(reading: Reading) -> Section:
    """Return all metrics by group, strategies as columns."""
    head = tag(
        "tr",
        tag("th", reading.say("table.metric"), attributes={"scope": "col"}),
        *(
            tag(
                "th",
                outside(reading.label(s.name)),
                tag("small", reading.say("champion")) if s.name == reading.champion else "",
                attributes={"scope": "col", "title": cut(reading, s.name)},
            )
            for s in reading.result.strategies
        ),
    )
    columns = str(1 + len(reading.result.strategies))
    bodies = []
    for group, names in grouped(reading).items():
        title = tag(
            "tr",
            tag(
                "th",
                reading.say(f"group.{group}"),
                attributes={"colspan": columns, "scope": "colgroup", "class": "group"},
            ),
        )
        lines = [
            tag(
                "tr",
                tag("th", row.name, tag("small", row.base), attributes={"scope": "row", "title": row.formula}),
                *(_metric_cell(reading, cell) for cell in row.cells),
            )
            for row in metric_rows(reading, names)
        ]
        bodies.append(tag("tbody", title, *lines))
    table = div(
        "scroll",
        tag(
            "table",
            tag("thead", head),
            *bodies,
            attributes={
                "class": "metrics",
                "id": f"{reading.language}-metrics",
                "data-against": str(len(_references(reading)) - 1),
            },
        ),
    )
    return Section(
        "table",
        reading.say("section.table"),
        join(
            [
                tag("h3", table_title(reading)),
                div("tools", _reference_buttons(reading), csv_button(reading, "metrics")),
                table,
                tag(
                    "p",
                    reading.say("table.note" if reading.has_intervals else "table.note_single"),
                    attributes={"class": "note"},
                ),
            ]
        ),
    )


def _references(reading: Reading) -> tuple[str, ...]:
    """Return what strategies are compared with: do_nothing and the champion."""
    return tuple(other for other in dict.fromkeys((DO_NOTHING, reading.champion)) if other in reading.labels)


def _reference_buttons(reading: Reading) -> Content:
    """Return buttons that choose which differences the table shows; paper shows all."""
    names = [reading.say("view.against", other=reading.label(other)) for other in _references(reading)]
    if len(names) < 2:
        return ""
    chosen = len(names) - 1
    return div(
        "views",
        *(
            tag(
                "button",
                name,
                attributes={
                    "type": "button",
                    "class": "against",
                    "data-table": f"{reading.language}-metrics",
                    "data-against": "all" if n == len(names) else str(n),
                    "aria-pressed": "true" if n == chosen else "false",
                },
            )
            for n, name in enumerate([*names, reading.say("view.both")])
        ),
    )


def _metric_cell(reading: Reading, cell: MetricCell) -> Markup:
    order = _references(reading)
    gaps = [
        tag(
            "small",
            f"{SIGNS[gap.sign]} " if gap.sign else "",
            reading.say("table.against", other=reading.label(gap.against)),
            " ",
            gap.text,
            attributes={"class": f"gap{order.index(gap.against)} {gap.sign or 'open'}"},
        )
        for gap in cell.gaps
    ]
    return tag(
        "td", tag("b", cell.value) if cell.known else tag("span", cell.value, attributes={"class": "note"}), *gaps
    )


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
        parts.append(_fold(reading.label(strategy.name), content))
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
