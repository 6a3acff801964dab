"""Native charts of the main four pictures, beside their numbers: net recovery, cost by kind, recovery over days, funnel."""

from __future__ import annotations

from typing import Any

from experiments.excel.book import FIRST, Book, no_reference
from experiments.excel.cells import name_of
from experiments.excel.sheets import SUMMARY_METRICS, cost_kinds
from experiments.report.contrasts import cost_title, net_title
from experiments.report.curves import curves_title
from experiments.report.operations import funnel_title
from experiments.report.reading import Reading, visible
from experiments.report.styles import look
from experiments.report.theme import PALETTE

EXCEL_DASHES = {
    "solid": "solid",
    "dash": "dash",
    "dot": "round_dot",
    "dashdot": "dash_dot",
    "longdash": "long_dash",
    "longdashdot": "long_dash_dot",
}


def add_charts(book: Book, reading: Reading) -> None:
    """Add the four charts."""
    _net(book, reading)
    _cost(book, reading)
    _curves(book, reading)
    _funnel(book, reading)


def _metric_row(reading: Reading, metric: str) -> int:
    present = [name for name in SUMMARY_METRICS if name in reading.result.metrics]
    return FIRST + present.index(metric)


def _net(book: Book, reading: Reading) -> None:
    if "net_minor" not in reading.result.metrics:
        return
    sheet, row = name_of(reading, "summary"), _metric_row(reading, "net_minor")
    last = 2 + len(reading.result.strategies)
    minor = reading.result.minor_per_major
    errors = [s.metrics["net_minor"].se / minor for s in reading.result.strategies]
    bars = {"type": "custom", "plus_values": errors, "minus_values": errors} if reading.has_intervals else None
    series: dict[str, Any] = {
        "name": [sheet, row, 0],
        "categories": [sheet, FIRST - 1, 3, FIRST - 1, last],
        "values": [sheet, row, 3, row, last],
        "points": [{"fill": {"color": look(reading, s.name).color}} for s in reading.result.strategies],
        "gap": 60,
    }
    if bars:
        series["y_error_bars"] = bars
    book.chart(
        sheet,
        f"A{_below(reading)}",
        {"type": "column"},
        net_title(reading),
        ("", f"{reading.metric('net_minor')}, {visible(reading.result.currency)}"),
        [series],
    )


def _below(reading: Reading) -> int:
    """Return the row (from 1) below the summary's table."""
    present = [name for name in SUMMARY_METRICS if name in reading.result.metrics]
    return FIRST + len(present) + 1 + len(cost_kinds(reading)) + 3


def _cost(book: Book, reading: Reading) -> None:
    kinds = cost_kinds(reading)
    if not kinds:
        return
    sheet, last = name_of(reading, "summary"), 2 + len(reading.result.strategies)
    first = FIRST + len([name for name in SUMMARY_METRICS if name in reading.result.metrics]) + 1
    series = [
        {
            "name": [sheet, first + n, 0],
            "categories": [sheet, FIRST - 1, 3, FIRST - 1, last],
            "values": [sheet, first + n, 3, first + n, last],
            "gap": 60,
            "fill": {"color": PALETTE[n % len(PALETTE)], "transparency": 35 * (n // len(PALETTE) % 2)},
        }
        for n in range(len(kinds))
    ]
    book.chart(
        sheet,
        f"E{_below(reading)}",
        {"type": "column", "subtype": "stacked"},
        cost_title(reading),
        ("", reading.say("axis.cost", currency=visible(reading.result.currency))),
        series,
    )


def _curves(book: Book, reading: Reading) -> None:
    sheet, last = name_of(reading, "daily"), FIRST + reading.result.days - 1
    series = []
    for n, strategy in enumerate(reading.result.strategies):
        style = look(reading, strategy.name)
        series.append(
            {
                "name": no_reference(reading.label(strategy.name)),
                "categories": [sheet, FIRST, 0, last, 0],
                "values": [sheet, FIRST, 1 + n, last, 1 + n],
                "line": {"color": style.color, "width": style.width * 0.75, "dash_type": EXCEL_DASHES[style.dash]},
            }
        )
    title = reading.say("axis.recovered_money", currency=visible(reading.result.currency))
    book.chart(
        sheet,
        f"B{last + 4}",
        {"type": "line"},
        curves_title(reading),
        (reading.say("axis.day", start=reading.result.start), title),
        series,
        (980, 420),
    )


def _funnel(book: Book, reading: Reading) -> None:
    sheet = name_of(reading, "funnel")
    stages = len(dict.fromkeys(stage for s in reading.result.strategies for stage, _ in s.funnel))
    last = FIRST + stages - 1
    series = [
        {
            "name": [sheet, FIRST - 1, 1 + n],
            "categories": [sheet, FIRST, 0, last, 0],
            "values": [sheet, FIRST, 1 + n, last, 1 + n],
            "fill": {"color": look(reading, strategy.name).color},
            "gap": 60,
        }
        for n, strategy in enumerate(reading.result.strategies)
    ]
    book.chart(
        sheet, f"A{last + 4}", {"type": "column"}, funnel_title(reading), ("", reading.say("axis.accounts")), series, (980, 420)
    )
