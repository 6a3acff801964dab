"""Single lives: what happened to a few borrowers under each strategy, with the same luck."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.report.picture import Cell, Picture, Table, Trace, plain
from experiments.report.reading import Reading
from experiments.report.theme import NEUTRAL, PALETTE, SYMBOLS
from experiments.report.voice import short, visible
from experiments.results import LifeEvent

MOST_LIVES, MOST_EVENTS = 6, 200
MONEY, OTHER = "money", "other"
ABOVE = {MONEY: -0.24, OTHER: 0.24}
"""Where a kind of event stands in its lane, so that a payment does not hide the contact before it."""
CLOCK = re.compile(r"(\d{2}):(\d{2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Life:
    """One borrower: a picture of all lanes, and events by strategy."""

    account: str
    picture: Picture
    lanes: tuple[tuple[str, tuple[LifeEvent, ...], int], ...]
    """(strategy, its events, how many events of its beginning are common to all strategies)."""


def lives(reading: Reading) -> tuple[Life, ...]:
    """Return the first few borrowers whose lives were recorded."""
    chosen = list(reading.result.timelines.items())[:MOST_LIVES]
    return tuple(_life(reading, n, account, events) for n, (account, events) in enumerate(chosen))


def _life(reading: Reading, number: int, account: str, events: Sequence[LifeEvent]) -> Life:
    order = [s.name for s in reading.result.strategies]
    lanes = {name: tuple(e for e in events if e.strategy == name) for name in order}
    lanes = {name: lane for name, lane in lanes.items() if lane}
    shared = common_start(list(lanes.values()))
    places = [moment_of(event) for lane in lanes.values() for event in lane] or [1.0]
    picture = Picture(
        f"life{number}",
        _title(reading, account, lanes, shared),
        "",
        tuple(_traces(reading, lanes)),
        {
            "height": 150 + 46 * max(len(lanes), 1),
            "hovermode": "closest",
            "xaxis": {
                "title": {"text": plain(reading.say("axis.day", start=reading.result.start))},
                "range": [min(places) - 1.0, max(places) + 1.0],
            },
            "yaxis": {
                "range": [len(lanes) - 0.4, -0.6],
                "zeroline": False,
                "tickmode": "array",
                "tickvals": list(range(len(lanes))),
                "ticktext": [plain(reading.label(name)) for name in lanes],
            },
        },
        _table(reading, account, lanes),
    )
    return Life(account, picture, tuple((name, lane[:MOST_EVENTS], shared) for name, lane in lanes.items()))


def common_start(lanes: Sequence[Sequence[LifeEvent]]) -> int:
    """Return how many first events are the same in all lanes."""
    if not lanes:
        return 0
    shared = 0
    for together in zip(*lanes, strict=False):
        if len({(e.when, e.what, e.channel, e.amount_minor) for e in together}) > 1:
            break
        shared += 1
    return shared


def kind_of(event: LifeEvent) -> str:
    """Return an event's channel, else whether money moved, else "other"."""
    return event.channel or (MONEY if event.amount_minor else OTHER)


def moment_of(event: LifeEvent) -> float:
    """Return an event's day with its time of day as a fraction: noon of day 3 is 3.5."""
    found = CLOCK.search(event.when)
    if found is None:
        return float(event.day)
    hours, minutes, seconds = (int(part) for part in found.groups())
    return event.day + (3600 * hours + 60 * minutes + seconds) / 86400.0


def _traces(reading: Reading, lanes: dict[str, tuple[LifeEvent, ...]]) -> list[Trace]:
    kinds = [*reading.result.channels, MONEY, OTHER]
    place_of = {name: place for place, name in enumerate(lanes)}
    traces: list[Trace] = []
    for number, kind in enumerate(kinds):
        found = [
            (name, event) for name, lane in lanes.items() for event in lane[:MOST_EVENTS] if kind_of(event) == kind
        ]
        if not found:
            continue
        color = NEUTRAL if kind == OTHER else PALETTE[number % len(PALETTE)]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [moment_of(event) for _, event in found],
                "y": [place_of[name] + ABOVE.get(kind, 0.0) for name, _ in found],
                "customdata": [
                    [plain(text) for text in (reading.label(name), visible(event.when), short(event.what, 90))]
                    for name, event in found
                ],
                "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
                "name": plain(reading.known("channel", kind)),
                "cliponaxis": False,
                "marker": {"color": color, "symbol": SYMBOLS[number % len(SYMBOLS)], "size": 11, "opacity": 0.85},
            }
        )
    return traces


def _title(reading: Reading, account: str, lanes: dict[str, tuple[LifeEvent, ...]], shared: int) -> str:
    words = {"account": short(account), "lives": len(lanes)}
    later = [lane[shared].day for lane in lanes.values() if len(lane) > shared]
    if len(lanes) < 2 or not later:
        return reading.say("lives.title_same", **words)
    return reading.say("lives.title", **words, day=min(later))


def _table(reading: Reading, account: str, lanes: dict[str, tuple[LifeEvent, ...]]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (account, reading.csv_names[name], e.when, e.day, e.channel, e.what, e.amount_minor)
        for name, lane in lanes.items()
        for e in lane
    ]
    return Table(("account", "strategy", "when", "day", "channel", "what", "amount_minor"), tuple(rows))
