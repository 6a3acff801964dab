"""The page: one self-contained HTML file in both languages, with plotly.js inlined once and nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from plotly.offline import get_plotlyjs

from experiments.report.contrasts import cost_breakdown, harm_scatter, net_differences
from experiments.report.curves import difference_curve, recovery_curves
from experiments.report.lives import Life, lives
from experiments.report.markup import Markup, data, div, join, outside, packed, tag
from experiments.report.metrics_table import metrics_csv
from experiments.report.operations import capacity, funnel
from experiments.report.picture import Picture, Table
from experiments.report.reading import Reading, short
from experiments.report.sections import (
    Section,
    cut,
    decision,
    lives_section,
    picture_section,
    question,
    read_first,
    rerun_section,
    words_section,
)
from experiments.report.table_section import table_section
from experiments.report.theme import lighter, template
from experiments.results import CompareResult
from experiments.texts import LANGUAGES, TEXTS, Language

LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}


def pictures(reading: Reading) -> tuple[Picture, ...]:
    """Return the pictures of a comparison in the order of the page."""
    return (
        net_differences(reading),
        recovery_curves(reading),
        difference_curve(reading),
        funnel(reading),
        capacity(reading),
        cost_breakdown(reading),
        harm_scatter(reading),
    )


def render_page(result: CompareResult, language: Language) -> str:
    """Return the whole page; `language` is shown first, the other one behind a button.

    Args:
        result: what a comparison found.
        language: "en" or "zh".
    """
    readings = {known: Reading.of(result, known) for known in LANGUAGES}
    drawn = {known: pictures(reading) for known, reading in readings.items()}
    told = {known: lives(reading) for known, reading in readings.items()}
    articles = [_article(readings[known], drawn[known], told[known], shown=known == language) for known in LANGUAGES]
    tables = _tables(readings[language], drawn[language], told[language])
    library, script = get_plotlyjs(), _resource("page.js")
    titles = {known: _title(reading) for known, reading in readings.items()}
    head = join(
        [
            Markup('<meta charset="utf-8">'),
            _policy([library, script]),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup('<meta name="color-scheme" content="light dark">'),
            tag("title", titles[language]),
            Markup(f"<style>{_resource('page.css')}</style>"),
            Markup(f"<script>{library}</script>"),
        ]
    )
    body = join(
        [
            _controls(language),
            *articles,
            packed("tables", {key: table.csv() for key, table in tables.items()}),
            data(
                "page",
                {
                    "templates": {
                        known: {theme: template(theme, known) for theme in ("light", "dark")} for known in LANGUAGES
                    },
                    "titles": titles,
                    "old": {known: reading.say("csv.old") for known, reading in readings.items()},
                    "lighter": lighter(),
                    "tags": LANGUAGE_TAGS,
                    "file": short(result.scenario, 60),
                },
            ),
            Markup(f"<script>{script}</script>"),
        ]
    )
    start = f'<!DOCTYPE html>\n<html lang="{LANGUAGE_TAGS[language]}">\n'
    return f"{start}<head>{head.text}</head>\n<body>{body.text}</body>\n</html>\n"


def _resource(name: str) -> str:
    return resources.files("experiments.report").joinpath(name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> Markup:
    """Return a content security policy: only these scripts run, and nothing is fetched from anywhere."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    rules = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:"
    return Markup(f'<meta http-equiv="Content-Security-Policy" content="{rules}">')


def _title(reading: Reading) -> str:
    return reading.say("page.title", scenario=short(reading.result.scenario, 60))


def _controls(language: Language) -> Markup:
    """Return the buttons for language and theme."""
    languages = [
        tag(
            "button",
            TEXTS["language.name"][place],
            attributes={
                "type": "button",
                "class": "language",
                "data-language": known,
                "lang": LANGUAGE_TAGS[known],
                "aria-pressed": "true" if known == language else "false",
            },
        )
        for place, known in enumerate(LANGUAGES)
    ]
    theme = tag(
        "button",
        "◐",
        attributes={
            "type": "button",
            "id": "theme",
            "title": " / ".join(TEXTS["theme.title"]),
            "aria-label": " / ".join(TEXTS["theme.title"]),
        },
    )
    return div("controls", *languages, theme)


def _article(reading: Reading, drawn: tuple[Picture, ...], told: tuple[Life, ...], *, shown: bool) -> Markup:
    sections = [
        *question(reading),
        decision(reading),
        read_first(reading),
        *(picture_section(reading, picture) for picture in drawn),
        table_section(reading),
        lives_section(reading, told),
        words_section(reading),
        rerun_section(reading),
    ]
    attributes = {"lang": LANGUAGE_TAGS[reading.language], "data-language": reading.language}
    if not shown:
        attributes["hidden"] = ""
    return tag(
        "article",
        _header(reading),
        _contents(reading, sections),
        tag(
            "main",
            *(
                tag(
                    "section",
                    tag("h2", section.name),
                    section.body,
                    attributes={"id": f"{reading.language}-{section.key}"},
                )
                for section in sections
            ),
        ),
        attributes=attributes,
    )


def _header(reading: Reading) -> Markup:
    result = reading.result
    facts = reading.say(
        "page.facts",
        borrowers=f"{result.borrowers:,}",
        accounts=f"{result.accounts:,}",
        balance=reading.money(result.entry_balance_minor),
        days=result.days,
        start=result.start,
        replications=result.replications,
        champion=reading.label(reading.champion),
    )
    return tag(
        "header",
        tag("h1", _title(reading)),
        tag("p", outside(cut(reading, result.description))) if result.description else "",
        tag("p", facts, attributes={"class": "facts"}),
        tag("noscript", tag("p", reading.say("page.no_script"))),
    )


def _contents(reading: Reading, sections: list[Section]) -> Markup:
    links = (
        tag("li", tag("a", section.name, attributes={"href": f"#{reading.language}-{section.key}"}))
        for section in sections
    )
    return tag("nav", tag("strong", reading.say("page.contents")), tag("ol", *links))


def _tables(reading: Reading, drawn: tuple[Picture, ...], told: tuple[Life, ...]) -> dict[str, Table]:
    """Return the data of every picture by key; it is the same in every language and stands in the page once."""
    result = reading.result
    tables = {picture.key: picture.table for picture in (*drawn, *(life.picture for life in told))}
    tables["metrics"] = metrics_csv(reading)
    tables["assumptions"] = Table(
        ("key", "value", "low", "high", "unit"),
        tuple((a.key, a.value, a.low, a.high, a.unit) for a in result.assumptions),
    )
    tables["exclusions"] = Table(("rule", "accounts", "balance_minor"), result.exclusions)
    return tables
