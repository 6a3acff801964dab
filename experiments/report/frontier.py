"""The efficient frontier: cost against recovery, and who is dominated."""

from __future__ import annotations

from experiments.report.findings import COST, RECOVERY, mean_of
from experiments.report.picture import Picture, Table, Trace, plain
from experiments.report.reading import Reading
from experiments.report.styles import group_of, look
from experiments.report.theme import NEUTRAL
from experiments.report.voice import major


def dominated_by(reading: Reading) -> dict[str, str]:
    """Return strategies that another one beats by means: at least as much recovery for no more cost, and one of them strictly."""
    out: dict[str, str] = {}
    for one in reading.result.strategies:
        for other in reading.result.strategies:
            more = mean_of(other, RECOVERY) - mean_of(one, RECOVERY)
            less = mean_of(one, COST) - mean_of(other, COST)
            if more >= 0 and less >= 0 and (more > 0 or less > 0):
                out.setdefault(one.name, other.name)
    return out


def frontier(reading: Reading) -> Picture:
    """Return cost and recovery of each strategy, with the line through those that nobody dominates."""
    beaten = dominated_by(reading)
    best = [s for s in reading.result.strategies if s.name not in beaten]
    best.sort(key=lambda s: mean_of(s, COST))
    line: Trace = {
        "type": "scatter",
        "mode": "lines",
        "x": [major(reading, mean_of(s, COST)) for s in best],
        "y": [major(reading, mean_of(s, RECOVERY)) for s in best],
        "line": {"color": NEUTRAL, "width": 2, "dash": "dot"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    points = [_point(reading, s.name, dominated=s.name in beaten) for s in reading.result.strategies]
    axis = {"xaxis": COST, "yaxis": RECOVERY}
    layout: Trace = {"height": 440, "showlegend": False, "hovermode": "closest"}
    for place, metric in axis.items():
        words = reading.say(
            "axis.metric", metric=reading.metric(metric), unit=reading.unit(metric), base=reading.denominator(metric)
        )
        layout[place] = {"title": {"text": plain(words)}}
    rows = tuple(
        (reading.csv_names[s.name], mean_of(s, COST), mean_of(s, RECOVERY), "no" if s.name in beaten else "yes")
        for s in reading.result.strategies
    )
    names = reading.names(s.name for s in best)
    title = (
        reading.say("frontier.title", names=names, dominated=reading.names(beaten))
        if beaten
        else reading.say("frontier.title_all", names=names)
    )
    table = Table(("strategy", "cost_minor_mean", "recovery_minor_mean", "on_frontier"), rows)
    return Picture("frontier", title, reading.say("frontier.note"), (line, *points), layout, table)


def _point(reading: Reading, name: str, *, dominated: bool) -> Trace:
    style, strategy = look(reading, name), reading.result.strategy(name)
    words = [
        f"{reading.metric(metric)}: {reading.estimate(strategy.metrics[metric], 'minor')}" for metric in (COST, RECOVERY)
    ]
    champion = name == reading.champion
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [major(reading, mean_of(strategy, COST))],
        "y": [major(reading, mean_of(strategy, RECOVERY))],
        "text": [plain(reading.label(name))],
        "textposition": "top center",
        "name": plain(reading.label(name)),
        "customdata": [[plain(text) for text in words]],
        "hovertemplate": "%{text}<br>%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        "marker": {
            "size": 15,
            "color": NEUTRAL if dominated else style.color,
            "symbol": style.symbol + ("-open" if dominated else ""),
            "line": {"width": 4 if champion else 0, "color": NEUTRAL},
        },
        "meta": group_of(reading, name),
        "cliponaxis": False,
    }
