"""The sheets of differences between strategies, of metrics in words, and of all numbers, one a row."""

from __future__ import annotations

import math

from experiments.excel.book import Cell, Column, Number, Sheet
from experiments.excel.cells import figure, name_of, unit_of
from experiments.report.metrics_table import grouped, metrics_csv, table_title
from experiments.report.reading import Reading
from experiments.report.voice import holds_zero
from experiments.results import Difference


# ----------------------------------------------------------------------------------------------------------- contrasts
def experiment(reading: Reading) -> Sheet:
    """Return every difference between strategies with its interval and reading."""
    rows: list[tuple[Cell, ...]] = []
    for contrast in reading.result.contrasts:
        for group in grouped(reading).values():
            for name in group:
                gap = contrast.metrics.get(name)
                if gap is None or math.isnan(gap.estimate):
                    continue
                unit = reading.info(name).unit
                net = name == "net_minor"
                rows.append(
                    (
                        reading.label(contrast.strategy),
                        reading.label(contrast.against),
                        reading.metric(name),
                        unit_of(reading, name),
                        reading.denominator(name),
                        *(figure(reading, value, unit, signed=True, strong=net) for value in (gap.estimate, gap.low, gap.high)),
                        figure(reading, gap.se, unit),
                        reading_of(reading, gap, reading.info(name).better),
                        Number(contrast.variance_reduction, "share") if net else None,
                    )
                )
    keys = (
        ("strategy", 20),
        ("against", 20),
        ("metric", 34),
        ("unit", 16),
        ("denominator", 24),
        ("estimate", 16),
        ("ci_low", 16),
        ("ci_high", 16),
        ("se", 14),
        ("reading", 18),
        ("saved", 18),
    )
    return Sheet(
        name_of(reading, "experiment"),
        table_title(reading),
        reading.say("book.experiment_note"),
        tuple(Column(reading.say(f"col.{key}"), width) for key, width in keys),
        tuple(rows),
        3,
    )


def reading_of(reading: Reading, gap: Difference, better: str) -> str:
    """Return how a difference is to be read, in words."""
    zero = holds_zero(gap)
    if zero is None:
        return reading.say("reading.none")
    if zero:
        return reading.say("reading.open")
    if not better:
        return reading.say("reading.changed")
    return reading.say("reading.better" if (gap.estimate > 0) == (better == "higher") else "reading.worse")


# ---------------------------------------------------------------------------------------------------------- reference
def dictionary(reading: Reading) -> Sheet:
    """Return what each metric is, in both languages."""
    rows = tuple(
        (
            info.name,
            info.english,
            info.chinese,
            unit_of(reading, info.name),
            reading.denominator(info.name),
            info.formula,
            reading.say(f"better.{info.better}"),
        )
        for info in reading.result.metrics.values()
    )
    keys = (("id", 24), ("english", 32), ("chinese", 24), ("unit", 18), ("denominator", 30), ("formula", 60), ("better", 14))
    return Sheet(
        name_of(reading, "dictionary"),
        reading.say("book.dictionary_title"),
        reading.say("book.dictionary_note"),
        tuple(Column(reading.say(f"col.{key}"), width) for key, width in keys),
        rows,
    )


def data(reading: Reading) -> Sheet:
    """Return the tidy table: what the HTML report's CSV and summary.csv hold, column by column."""
    table = metrics_csv(reading)
    rows = tuple(
        tuple(cell if isinstance(cell, str) or cell is None else Number(float(cell), "plain") for cell in row)
        for row in table.rows
    )
    return Sheet(
        name_of(reading, "data"),
        reading.say("book.data_title"),
        reading.say("book.data_note"),
        tuple(Column(name, 22) for name in table.columns),
        rows,
        3,
    )
