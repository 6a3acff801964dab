"""Native charts of the main four pictures on the summary: net recovery, cost by kind, recovery over days, funnel."""

from __future__ import annotations

from typing import Any

from experiments.excel.book import CHART_HEIGHT, FIRST, ROW_PIXELS, Book, Chart, no_reference
from experiments.excel.cells import name_of
from experiments.excel.sheets import SUMMARY_METRICS, cost_kinds
from experiments.report.contrasts import cost_title, net_title
from experiments.report.curves import curves_title
from experiments.report.operations import funnel_title
from experiments.report.reading import Reading
from experiments.report.styles import look
from experiments.report.theme import PALETTE
from experiments.report.voice import visible

EXCEL_DASHES = {
    "solid": "solid",
    "dash": "dash",
    "dot": "round_dot",
    "dashdot": "dash_dot",
    "longdash": "long_dash",
    "longdashdot": "long_dash_dot",
}
FIRST_STRATEGY = 3
"""Column of the first strategy on the summary."""


def add_charts(book: Book, reading: Reading) -> None:
    """Add the four charts below the summary's table, two a row."""
    metrics = [name for name in SUMMARY_METRICS if name in reading.result.metrics]
    kinds = cost_kinds(reading)
    below = FIRST + len(metrics) + 1 + len(kinds) + 1
    charts = [
        *([_net(reading, FIRST + metrics.index("net_minor"))] if "net_minor" in metrics else []),
        *([_cost(reading, FIRST + len(metrics) + 1, len(kinds))] if kinds else []),
        _curves(reading),
        _funnel(reading),
    ]
    for number, chart in enumerate(charts):
        row, place = divmod(number, 2)
        book.chart(name_of(reading, "summary"), below + row * (CHART_HEIGHT // ROW_PIXELS + 1), place, chart)


def _summary_range(reading: Reading, row: int) -> list[str | int]:
    """Return the cells of all strategies in a row of the summary."""
    last = FIRST_STRATEGY + len(reading.result.strategies) - 1
    return [name_of(reading, "summary"), row, FIRST_STRATEGY, row, last]


def _net(reading: Reading, row: int) -> Chart:
    series: dict[str, Any] = {
        "name": reading.metric("net_minor"),
        "categories": _summary_range(reading, FIRST - 1),
        "values": _summary_range(reading, row),
        "points": [{"fill": {"color": look(reading, s.name).color}} for s in reading.result.strategies],
        "gap": 60,
    }
    found = [s.metrics["net_minor"] for s in reading.result.strategies]
    if reading.has_intervals:
        errors = [estimate.se / reading.result.minor_per_major for estimate in found]
        series["y_error_bars"] = {"type": "custom", "plus_values": errors, "minus_values": errors}
    unit = f"{reading.metric('net_minor')}, {visible(reading.result.currency)}"
    lowest = min(estimate.mean for estimate in found)
    return Chart({"type": "column"}, net_title(reading), "", unit, (series,), from_zero=lowest >= 0)


def _cost(reading: Reading, first: int, kinds: int) -> Chart:
    sheet = name_of(reading, "summary")
    series = tuple(
        {
            "name": [sheet, first + n, 0],
            "categories": _summary_range(reading, FIRST - 1),
            "values": _summary_range(reading, first + n),
            "gap": 60,
            "fill": {"color": PALETTE[n % len(PALETTE)], "transparency": 35 * (n // len(PALETTE) % 2)},
        }
        for n in range(kinds)
    )
    unit = reading.say("axis.cost", currency=visible(reading.result.currency))
    return Chart({"type": "column", "subtype": "stacked"}, cost_title(reading), "", unit, series)


def _curves(reading: Reading) -> Chart:
    sheet, last = name_of(reading, "daily"), FIRST + reading.result.days - 1
    series = []
    for n, strategy in enumerate(reading.result.strategies):
        style = look(reading, strategy.name)
        line = {"color": style.color, "width": style.width * 0.75, "dash_type": EXCEL_DASHES[style.dash]}
        series.append(
            {
                "name": no_reference(reading.label(strategy.name)),
                "categories": [sheet, FIRST, 0, last, 0],
                "values": [sheet, FIRST, 1 + n, last, 1 + n],
                "line": line,
            }
        )
    x = reading.say("axis.day", start=reading.result.start)
    unit = reading.say("axis.recovered_money", currency=visible(reading.result.currency))
    every = max(reading.result.days // 12, 1)
    return Chart({"type": "line"}, curves_title(reading), x, unit, tuple(series), every)


def _funnel(reading: Reading) -> Chart:
    sheet = name_of(reading, "funnel")
    stages = len(dict.fromkeys(stage for s in reading.result.strategies for stage, _ in s.funnel))
    last = FIRST + stages - 1
    series = tuple(
        {
            "name": no_reference(reading.label(strategy.name)),
            "categories": [sheet, FIRST, 0, last, 0],
            "values": [sheet, FIRST, 1 + n, last, 1 + n],
            "fill": {"color": look(reading, strategy.name).color},
            "gap": 60,
        }
        for n, strategy in enumerate(reading.result.strategies)
    )
    return Chart({"type": "column"}, funnel_title(reading), "", reading.say("axis.accounts"), series)
