"""The section of all metrics: one HTML table by groups, strategies as columns."""

from __future__ import annotations

from experiments.report.frame import Section, csv_button, cut
from experiments.report.markup import Content, Markup, div, join, outside, tag
from experiments.report.metrics_table import MetricCell, MetricRow, grouped, metric_rows, table_title
from experiments.report.reading import Reading
from experiments.report.styles import group_of
from sim import DO_NOTHING

SIGNS = {"better": "▲", "worse": "▼", "changed": "◆", "": ""}


def table_section(reading: Reading) -> Section:
    """Return all metrics by group, strategies as columns."""
    identity = f"{reading.language}-metrics"
    chosen = str(len(_references(reading)) - 1)
    bodies = [_group(reading, group, names) for group, names in grouped(reading).items()]
    attributes = {"class": "metrics", "id": identity, "data-against": chosen}
    table = div("scroll", tag("table", tag("thead", _head(reading)), *bodies, attributes=attributes))
    note = reading.say("table.note" if reading.has_intervals else "table.note_single")
    parts: list[Content] = [
        tag("h3", table_title(reading)),
        div("tools", _reference_buttons(reading), csv_button(reading, "metrics")),
        table,
        tag("p", note, attributes={"class": "note"}),
    ]
    return Section("table", reading.say("section.table"), join(parts))


def _head(reading: Reading) -> Markup:
    cells = [tag("th", reading.say("table.metric"), attributes={"scope": "col"})]
    for strategy in reading.result.strategies:
        mark = tag("small", reading.say("champion")) if strategy.name == reading.champion else ""
        attributes = {"scope": "col", "title": cut(reading, strategy.name), "data-of": group_of(reading, strategy.name)}
        cells.append(tag("th", outside(reading.label(strategy.name)), mark, attributes=attributes))
    return tag("tr", *cells)


def _group(reading: Reading, group: str, names: tuple[str, ...]) -> Markup:
    width = str(1 + len(reading.result.strategies))
    attributes = {"colspan": width, "scope": "colgroup", "class": "group"}
    title = tag("tr", tag("th", reading.say(f"group.{group}"), attributes=attributes))
    return tag("tbody", title, *(_line(reading, row) for row in metric_rows(reading, names)))


def _line(reading: Reading, row: MetricRow) -> Markup:
    name = tag("th", row.name, tag("small", row.base), attributes={"scope": "row", "title": row.formula})
    groups = [group_of(reading, strategy.name) for strategy in reading.result.strategies]
    return tag("tr", name, *(_metric_cell(reading, cell, group) for cell, group in zip(row.cells, groups, strict=True)))


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


def _metric_cell(reading: Reading, cell: MetricCell, group: str) -> Markup:
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
    value = tag("b", cell.value) if cell.known else tag("span", cell.value, attributes={"class": "note"})
    return tag("td", value, *gaps, attributes={"data-of": group})
