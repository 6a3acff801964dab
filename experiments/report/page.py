"""The page of a comparison."""

from __future__ import annotations

from experiments.report.below_totals import more_pictures, more_sections, more_tables
from experiments.report.contrasts import cost_breakdown, harm_scatter, net_differences
from experiments.report.curves import difference_curve, recovery_curves
from experiments.report.frame import Article, cut, document, picture_section
from experiments.report.lives import Life, lives
from experiments.report.markup import Content, div, outside, tag
from experiments.report.metrics_table import metrics_csv
from experiments.report.operations import capacity, funnel
from experiments.report.picture import Picture, Table
from experiments.report.reading import Reading
from experiments.report.sections import decision, lives_section, question, read_first, rerun_section, words_section
from experiments.report.styles import group_of
from experiments.report.table_section import table_section
from experiments.report.voice import short
from experiments.results import CompareResult
from experiments.texts import LANGUAGES, Language


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
        *more_pictures(reading),
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
    articles = {known: _article(readings[known], drawn[known], told[known]) for known in LANGUAGES}
    return document(articles, _tables(readings[language], drawn[language], told[language]), language, result.scenario)


def _article(reading: Reading, drawn: tuple[Picture, ...], told: tuple[Life, ...]) -> Article:
    sections = (
        *question(reading),
        decision(reading),
        read_first(reading),
        *(picture_section(reading, picture) for picture in drawn),
        table_section(reading),
        *more_sections(reading),
        lives_section(reading, told),
        words_section(reading),
        rerun_section(reading),
    )
    title = reading.say("page.title", scenario=short(reading.result.scenario, 60))
    return Article(title, _header(reading), sections)


def _header(reading: Reading) -> tuple[Content, ...]:
    """Return what stands below the title."""
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
    described = tag("p", outside(cut(reading, result.description))) if result.description else ""
    return described, tag("p", facts, attributes={"class": "facts"}), _filter(reading)


def _filter(reading: Reading) -> Content:
    """Return the buttons that put strategies away in every picture and table."""
    buttons = [
        tag(
            "button",
            reading.label(strategy.name),
            attributes={
                "type": "button",
                "class": "strategy",
                "data-group": group_of(reading, strategy.name),
                "aria-pressed": "true",
            },
        )
        for strategy in reading.result.strategies
    ]
    return div("filter", reading.say("filter.strategies"), *buttons)


def _tables(reading: Reading, drawn: tuple[Picture, ...], told: tuple[Life, ...]) -> dict[str, Table]:
    """Return the data of every picture by key; it is the same in every language and stands in the page once."""
    result = reading.result
    tables = {picture.key: picture.table for picture in (*drawn, *(life.picture for life in told))}
    tables |= more_tables(reading)
    tables["metrics"] = metrics_csv(reading)
    tables["assumptions"] = Table(
        ("key", "value", "low", "high", "unit"),
        tuple((a.key, a.value, a.low, a.high, a.unit) for a in result.assumptions),
    )
    tables["exclusions"] = Table(("rule", "accounts", "balance_minor"), result.exclusions)
    return tables
