"""The sheets: each takes a reading and returns a table. Numbers are those of the result, money in major units."""

from __future__ import annotations

import math

import numpy as np

from experiments.excel.below_totals import roll, segments, sensitivity
from experiments.excel.book import Cell, Column, Number, Sheet
from experiments.excel.cells import figure, labels, name_of, unit_of
from experiments.excel.tables import data, dictionary, experiment
from experiments.report.contrasts import cost_word
from experiments.report.findings import decide
from experiments.report.metrics_table import grouped
from experiments.report.operations import stage_ratios
from experiments.report.reading import Reading
from experiments.report.voice import visible
from experiments.results import Estimate

SUMMARY_METRICS = (
    "net_minor",
    "recovery_minor",
    "cost_minor",
    "recovery_rate",
    "cure_rate",
    "complaints_per_1000",
    "opt_outs",
    "promises",
    "kept_rate",
    "occupancy",
    "capacity_shortfall",
)
ORDER = (
    "read_me",
    "assumptions",
    "summary",
    "kpi",
    "segments",
    "daily",
    "funnel",
    "roll",
    "experiment",
    "sensitivity",
    "dictionary",
    "data",
)


def sheets_of(reading: Reading) -> tuple[Sheet, ...]:
    """Return all sheets in the order of the workbook."""
    made = {
        "read_me": read_me,
        "assumptions": assumptions,
        "summary": summary,
        "kpi": kpi,
        "segments": segments,
        "roll": roll,
        "sensitivity": sensitivity,
        "daily": daily,
        "funnel": funnel,
        "experiment": experiment,
        "dictionary": dictionary,
        "data": data,
    }
    return tuple(made[key](reading) for key in ORDER)


# ----------------------------------------------------------------------------------------------- words and assumptions
def read_me(reading: Reading) -> Sheet:
    """Return what this file is, what to know before believing it, and how to make it again."""
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
    rows: list[tuple[Cell, ...]] = [(decide(reading).headline, None), (facts, None)]
    if result.description:
        rows.append((result.description, None))
    rows.append((reading.say("book.how", currency=visible(result.currency), data=name_of(reading, "data")), None))
    rows.append((reading.say("book.folded"), None))
    headings: list[int] = []

    def part(key: str, lines: list[tuple[Cell, ...]]) -> None:
        if lines:
            headings.append(len(rows))
            rows.append((reading.say(key), None))
            rows.extend(lines)

    part("book.warnings", [(text, None) for text in result.warnings])
    part("book.sheets", [(name_of(reading, key), reading.say(f"book.what.{key}")) for key in ORDER[1:]])
    part("book.portfolio", [(text, None) for text in result.portfolio_notes])
    again = f"duecourse rerun {result.run_dir}/manifest.json" if result.run_dir else ""
    part(
        "book.again",
        [(text, None) for text in (result.command, again) if text]
        + [(reading.label(s.name), s.digest) for s in result.strategies],
    )
    columns = (Column(reading.say("sheet.read_me"), 90), Column(reading.say("col.holds"), 70))
    title = reading.say("page.title", scenario=result.scenario)
    return Sheet(
        name_of(reading, "read_me"),
        title,
        reading.say(
            "card.single" if result.replications == 1 else "card.monte_carlo",
            replications=result.replications,
            plans=len(reading.plans),
        ),
        columns,
        tuple(rows),
        0,
        frozenset(headings),
    )


def assumptions(reading: Reading) -> Sheet:
    """Return behaviour values without a published source, and accounts left out of the portfolio."""
    result = reading.result
    rows: list[tuple[Cell, ...]] = [
        (
            a.key,
            Number(a.value, "plain"),
            None if a.low is None else Number(a.low, "plain"),
            None if a.high is None else Number(a.high, "plain"),
            a.unit,
        )
        for a in result.assumptions
    ]
    columns = [
        Column(reading.say(f"col.{key}"), width)
        for key, width in (("key", 56), ("value", 14), ("low", 14), ("high", 14), ("unit", 18))
    ]
    headings: list[int] = []
    if result.exclusions:
        headings.append(len(rows))
        rows.append(
            (
                reading.say("col.rule"),
                reading.say("col.accounts"),
                reading.say("col.balance", currency=visible(result.currency)),
                None,
                None,
            )
        )
        rows += [
            (rule, Number(accounts, "count"), figure(reading, balance, "minor"), None, None)
            for rule, accounts, balance in result.exclusions
        ]
    return Sheet(
        name_of(reading, "assumptions"),
        reading.say("book.assumed_title", count=len(result.assumptions)),
        reading.say("book.assumed_note"),
        tuple(columns),
        tuple(rows),
        1,
        frozenset(headings),
    )


# --------------------------------------------------------------------------------------------------------- strategies
def summary(reading: Reading) -> Sheet:
    """Return the verdict and its numbers, a metric a row, then cost by kind."""
    result = reading.result
    present = [name for name in SUMMARY_METRICS if name in result.metrics]
    rows: list[tuple[Cell, ...]] = [
        (
            reading.metric(name),
            unit_of(reading, name),
            reading.denominator(name),
            *(
                _mean(reading, s.metrics.get(name), reading.info(name).unit, strong=name == "net_minor")
                for s in result.strategies
            ),
        )
        for name in present
    ]
    heading = len(rows)
    rows.append((reading.say("col.kind", currency=visible(result.currency)), *([None] * (2 + len(result.strategies)))))
    rows += [
        (
            cost_word(reading, kind),
            visible(result.currency),
            reading.known("denominator", "the whole portfolio"),
            *(_mean(reading, s.cost_by_kind.get(kind, Estimate(0.0, 0.0)), "minor") for s in result.strategies),
        )
        for kind in cost_kinds(reading)
    ]
    card = decide(reading)
    columns = (
        Column(reading.say("col.metric"), 34),
        Column(reading.say("col.unit"), 16),
        Column(reading.say("col.denominator"), 24),
        *(Column(label, 16) for label in labels(reading)),
    )
    return Sheet(
        name_of(reading, "summary"), card.headline, " ".join(card.sentences), columns, tuple(rows), 1, frozenset({heading})
    )


def cost_kinds(reading: Reading) -> list[str]:
    """Return the kinds of cost that any strategy has."""
    kinds = dict.fromkeys(kind for s in reading.result.strategies for kind in s.cost_by_kind)
    return [
        kind for kind in kinds if any(s.cost_by_kind.get(kind, Estimate(0.0, 0.0)).mean > 0 for s in reading.result.strategies)
    ]


def _mean(reading: Reading, found: Estimate | None, unit: str, *, strong: bool = False) -> Cell:
    return None if found is None else figure(reading, found.mean, unit, strong=strong)


def kpi(reading: Reading) -> Sheet:
    """Return every metric, mean and standard error of each strategy side by side."""
    result = reading.result
    rows: list[tuple[Cell, ...]] = []
    headings = []
    width = 4 + 2 * len(result.strategies)
    for group, names in grouped(reading).items():
        headings.append(len(rows))
        rows.append((reading.say(f"group.{group}"), *([None] * (width - 1))))
        for name in names:
            info = reading.info(name)
            cells: list[Cell] = [reading.metric(name), name, unit_of(reading, name), reading.denominator(name)]
            for strategy in result.strategies:
                found = strategy.metrics.get(name)
                cells += (
                    [None, None]
                    if found is None
                    else [figure(reading, found.mean, info.unit), figure(reading, found.se, info.unit)]
                )
            rows.append(tuple(cells))
    columns = [
        Column(reading.say("col.metric"), 34),
        Column(reading.say("col.id"), 24),
        Column(reading.say("col.unit"), 16),
        Column(reading.say("col.denominator"), 24),
    ]
    for label in labels(reading):
        columns += [Column(label, 16), Column(reading.say("col.se_of", name=label), 14)]
    count = sum(len(names) for names in grouped(reading).values())
    title = reading.say("book.kpi_title", count=count, strategies=len(result.strategies), replications=result.replications)
    return Sheet(
        name_of(reading, "kpi"), title, reading.say("book.kpi_note"), tuple(columns), tuple(rows), 1, frozenset(headings)
    )


def daily(reading: Reading) -> Sheet:
    """Return a day a row: cumulative and daily recovery, direct cost and attempts of each strategy."""
    result = reading.result
    series: list[tuple[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]], str]] = []
    for word, unit in (("cumulative", "minor"), ("recovery", "minor"), ("cost", "minor"), ("attempts", "count")):
        for strategy in result.strategies:
            values = strategy.daily
            if word == "cost":
                found = values.get("direct_cost_minor")
            elif word == "attempts":
                parts = [values[f"attempts_{channel}"] for channel in result.channels if f"attempts_{channel}" in values]
                found = np.sum(parts, axis=0) if parts else None
            else:
                found = values["recovery_minor"]
            if found is None:
                continue
            mean = np.cumsum(found, axis=1).mean(axis=0) if word == "cumulative" else found.mean(axis=0)
            series.append(
                (reading.say(f"col.{word}_of", name=reading.label(strategy.name), currency=visible(result.currency)), mean, unit)
            )
    rows = tuple(
        (Number(day + 1, "day"), *(_daily_figure(reading, float(mean[day]), unit) for _, mean, unit in series))
        for day in range(result.days)
    )
    columns = (Column(reading.say("col.day"), 8), *(Column(header, 18) for header, _, _ in series))
    return Sheet(name_of(reading, "daily"), reading.say("section.curves"), reading.say("book.daily_note"), columns, rows)


def _daily_figure(reading: Reading, value: float, unit: str) -> Number:
    """Return a day's value in the one format that its column has."""
    return figure(reading, value, unit) if unit == "minor" else Number(value, "rate")


def funnel(reading: Reading) -> Sheet:
    """Return accounts by stage and strategy, with both denominators."""
    result = reading.result
    stages = list(dict.fromkeys(stage for s in result.strategies for stage, _ in s.funnel))
    rows: list[tuple[Cell, ...]] = []
    for stage in stages:
        cells: list[Cell] = [reading.known("stage", stage)]
        cells += [Number(dict(s.funnel)[stage].mean, "count") if stage in dict(s.funnel) else None for s in result.strategies]
        for strategy in result.strategies:
            names = [name for name, _ in strategy.funnel]
            means = [estimate.mean for _, estimate in strategy.funnel]
            entered, before = stage_ratios(means, names.index(stage), stage) if stage in names else (math.nan, math.nan)
            cells += [Number(entered, "share"), Number(before, "share")]
        rows.append(tuple(cells))
    columns = [Column(reading.say("col.stage"), 22)]
    columns += [Column(reading.say("col.accounts_of", name=label), 16) for label in labels(reading)]
    for label in labels(reading):
        columns += [
            Column(f"{label}: {reading.say('col.of_entered')}", 16),
            Column(f"{label}: {reading.say('col.of_before')}", 16),
        ]
    return Sheet(
        name_of(reading, "funnel"), reading.say("section.funnel"), reading.say("funnel.note"), tuple(columns), tuple(rows)
    )
