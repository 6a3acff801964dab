"""Pictures of a sweep: lines over one value, a winner map over two, differences from the champion."""

from __future__ import annotations

import math

from experiments.report.picture import Cell, Picture, Table, Trace, View, plain
from experiments.report.styles import group_of, look
from experiments.report.theme import NEUTRAL
from experiments.report.voice import Voice, named
from experiments.results import Difference, Estimate
from experiments.sweep import SHOWN, Axis, SweepPoint, SweepResult, sweep_rows
from experiments.texts import Language
from sim import DO_NOTHING

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOST_SWITCHES, MOST_TICKS = 4, 12


def voice_of(result: SweepResult, language: Language) -> Voice:
    """Return how a language says the sweep."""
    return Voice(
        language,
        named(result.strategies, language),
        result.currency,
        result.minor_per_major,
        result.metrics,
        result.champion,
    )


def value_text(voice: Voice, value: float, unit: str, *, signed: bool = False) -> str:
    """Return a metric's value, or a difference of values, in words."""
    return voice.number(value, unit, signed=signed, difference=signed)


def scaled(voice: Voice, value: float, unit: str) -> float:
    """Return a value in the unit that axes show: money in major units, shares in per cent."""
    return value / voice.minor_per_major if unit == "minor" else 100.0 * value if unit == "share" else value


def unit_text(voice: Voice, metric: str) -> str:
    """Return the unit that axes name."""
    return "%" if voice.info(metric).unit == "share" else voice.unit(metric)


# ------------------------------------------------------------------------------------------------------------ the finding
def finding(voice: Voice, result: SweepResult) -> str:
    """Return what the sweep found, in words."""
    wins = sorted(result.wins.items(), key=lambda item: -item[1])
    best, count = wins[0]
    points = len(result.points)
    words = {"name": voice.label(best), "points": points, "clear": result.clear}
    if count == points:
        return voice.say("sweep.always_clear", **words)
    if len(result.axes) == 1 and len(result.switches) <= MOST_SWITCHES:
        switches = [
            voice.say(
                "sweep.switch",
                after=voice.label(s.after),
                before=voice.label(s.before),
                below=s.below,
                above=s.above,
                sure="" if s.clear else voice.say("sweep.unsure"),
            )
            for s in result.switches
        ]
        return voice.say("sweep.changes", key=result.axes[0].key, switches=voice.say("comma").join(switches))
    others = voice.say("comma").join(
        voice.say("sweep.other", name=voice.label(name), count=number) for name, number in wins[1:] if number
    )
    return voice.say("sweep.mixed", **words, count=count, others=others, open=points - result.clear)


def pictures(voice: Voice, result: SweepResult) -> tuple[Picture, ...]:
    """Return the pictures of a sweep in the order of the page."""
    if len(result.axes) == 1:
        return (lines(voice, result), gaps(voice, result))
    return (winner_map(voice, result),)


# ------------------------------------------------------------------------------------------------------------- one value
def lines(voice: Voice, result: SweepResult) -> Picture:
    """Return each strategy's metrics over the value: the chart that shows where winners cross."""
    metrics = list(dict.fromkeys((result.metric, *SHOWN)))
    count = len(result.strategies)
    traces = [_line(voice, result, name, metric) for metric in metrics for name in result.strategies]
    views = tuple(
        View(
            voice.metric(metric),
            tuple(n // count == place for n in range(len(traces))),
            {"yaxis": {"title": {"text": plain(_metric_axis(voice, metric))}, "rangemode": "normal"}},
        )
        for place, metric in enumerate(metrics)
    )
    layout = {"height": 460, "xaxis": _axis(result.axes[0]), "hovermode": "x unified", "shapes": _switch_bands(result)}
    header, rows = sweep_rows(result)
    table = Table(header, tuple(rows))
    return Picture("sweep_lines", finding(voice, result), voice.say("sweep.lines_note"), tuple(traces), layout, table, views)


def _metric_axis(voice: Voice, metric: str) -> str:
    return voice.say(
        "axis.metric", metric=voice.metric(metric), unit=unit_text(voice, metric), base=voice.denominator(metric)
    )


def _axis(axis: Axis) -> Trace:
    title: Trace = {"title": {"text": plain(axis.key)}}
    if len(axis.values) > MOST_TICKS:
        return title
    return title | {"tickmode": "array", "tickvals": list(axis.values), "ticktext": list(axis.texts)}


def _switch_bands(result: SweepResult) -> list[Trace]:
    """Return a grey band over each step on which the best strategy changes."""
    band: Trace = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "line": {"width": 0}, "layer": "below"}
    return [
        {**band, "x0": float(s.below), "x1": float(s.above), "fillcolor": NEUTRAL, "opacity": 0.18} for s in result.switches
    ]


def _points(voice: Voice, result: SweepResult, name: str, heights: list[float], hovers: list[str]) -> Trace:
    """Return a strategy's values over the first axis, in its own look."""
    style = look(voice, name)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plain(voice.label(name)),
        "x": [result.axes[0].values[point.at[0]] for point in result.points],
        "y": heights,
        "customdata": [[plain(hover)] for hover in hovers],
        "hovertemplate": "%{customdata[0]}",
        "line": {"color": style.color, "dash": style.dash, "width": style.width},
        "marker": {"color": style.color, "symbol": style.symbol, "size": 8},
        "meta": group_of(voice, name),
    }


def _line(voice: Voice, result: SweepResult, name: str, metric: str) -> Trace:
    unit = voice.info(metric).unit
    found: list[Estimate] = [point.metrics[name][metric] for point in result.points]
    trace = _points(voice, result, name, [scaled(voice, estimate.mean, unit) for estimate in found],
                    [voice.estimate(estimate, unit) for estimate in found])
    trace["legendgroup"] = group_of(voice, name)
    if result.replications > 1:
        bars = [scaled(voice, estimate.se, unit) for estimate in found]
        trace["error_y"] = {"type": "data", "array": bars, "color": look(voice, name).color, "thickness": 1.5, "width": 3}
    return trace


def gaps(voice: Voice, result: SweepResult) -> Picture:
    """Return each strategy's difference from the champion over the value, with 95 % intervals."""
    unit, champion = voice.info(result.metric).unit, voice.label(result.champion)
    names = [name for name in result.strategies if name != result.champion]
    traces = [_gap_line(voice, result, name) for name in names]
    metric, shown = voice.metric(result.metric), unit_text(voice, result.metric)
    title = voice.say("sweep.gap_axis", metric=metric, champion=champion, unit=shown)
    zero = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": {"color": NEUTRAL, "width": 1.5}}
    layout = {
        "height": 420,
        "xaxis": _axis(result.axes[0]),
        "yaxis": {"title": {"text": plain(title)}},
        "hovermode": "x unified",
        "shapes": [zero],
    }
    rows: list[tuple[Cell, ...]] = [
        (result.axes[0].values[point.at[0]], voice.csv_names[name], result.metric, unit, gap.estimate, gap.low, gap.high)
        for point in result.points
        for name, gap in point.gaps.items()
    ]
    table = Table((result.axes[0].key, "strategy", "metric", "unit", "difference", "low95", "high95"), tuple(rows))
    return Picture("sweep_gap", _gap_title(voice, result), voice.say("sweep.gap_note"), tuple(traces), layout, table)


def _gap_title(voice: Voice, result: SweepResult) -> str:
    sign = -1.0 if voice.info(result.metric).better == "lower" else 1.0
    names = [name for name in result.strategies if name not in {result.champion, DO_NOTHING}] or [
        name for name in result.strategies if name != result.champion
    ]

    def ahead(name: str) -> int:
        return sum(sign * point.gaps[name].estimate > 0 for point in result.points)

    def clear(gap: Difference) -> bool:
        return (gap.low if sign > 0 else -gap.high) > 0

    if not names:
        return voice.say("difference.title_none")
    best = max(names, key=lambda name: (ahead(name), sum(sign * point.gaps[name].estimate for point in result.points)))
    return voice.say(
        "sweep.gap_title",
        champion=voice.label(result.champion),
        best=voice.label(best),
        count=ahead(best),
        points=len(result.points),
        clear=sum(clear(point.gaps[best]) for point in result.points),
    )


def _gap_line(voice: Voice, result: SweepResult, name: str) -> Trace:
    unit = voice.info(result.metric).unit
    found = [point.gaps[name] for point in result.points]
    trace = _points(voice, result, name, [scaled(voice, gap.estimate, unit) for gap in found],
                    [voice.gap(gap, unit) for gap in found])
    if result.replications > 1:
        trace["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [scaled(voice, gap.high - gap.estimate, unit) for gap in found],
            "arrayminus": [scaled(voice, gap.estimate - gap.low, unit) for gap in found],
            "color": look(voice, name).color,
            "thickness": 1.5,
            "width": 3,
        }
    return trace


# ------------------------------------------------------------------------------------------------------------ two values
def winner_map(voice: Voice, result: SweepResult) -> Picture:
    """Return which strategy is best at each pair of values; views of its lead and of its value."""
    across, up = result.axes
    grid = [[_at(result, x, y) for x in range(len(across.values))] for y in range(len(up.values))]
    unit = voice.info(result.metric).unit
    hover = [[[plain(_hover(voice, result, point))] for point in row] for row in grid]
    base: Trace = {
        "type": "heatmap",
        "x": list(across.texts),
        "y": list(up.texts),
        "customdata": hover,
        "hovertemplate": f"{plain(across.key)} = %{{x}}<br>{plain(up.key)} = %{{y}}<br>%{{customdata[0]}}<extra></extra>",
        "xgap": 1,
        "ygap": 1,
    }
    leads = [[scaled(voice, point.standing.lead.estimate, unit) for point in row] for row in grid]
    best = [[scaled(voice, point.metrics[point.standing.best][result.metric].mean, unit) for point in row] for row in grid]
    bar = {"title": {"text": plain(unit_text(voice, result.metric))}}
    traces = (
        {**base, **_categories(voice, result, grid)},
        {**base, "z": leads, "colorscale": "Cividis", "zmin": 0, "colorbar": bar, "text": _marks(voice, result, grid),
         "texttemplate": "%{text}", "name": plain(voice.say("sweep.view_lead"))},
        {**base, "z": best, "colorscale": "Cividis", "colorbar": bar, "name": plain(voice.say("sweep.view_value"))},
    )
    views = tuple(
        View(voice.say(f"sweep.view_{word}"), tuple(n == place for n in range(3)), {})
        for place, word in enumerate(("best", "lead", "value"))
    )
    layout = {
        "height": 220 + 34 * max(len(up.values), 6),
        "xaxis": {"title": {"text": plain(across.key)}, "type": "category"},
        "yaxis": {"title": {"text": plain(up.key)}, "type": "category"},
    }
    header, rows = sweep_rows(result)
    return Picture("sweep_map", finding(voice, result), voice.say("sweep.map_note"), traces, layout,
                   Table(header, tuple(rows)), views)


def _at(result: SweepResult, x: int, y: int) -> SweepPoint:
    return result.points[x * len(result.axes[1].values) + y]


def letter_of(result: SweepResult, name: str) -> str:
    """Return the letter that stands for a strategy on a map."""
    return LETTERS[result.strategies.index(name) % len(LETTERS)]


def _marks(voice: Voice, result: SweepResult, grid: list[list[SweepPoint]]) -> list[list[str]]:
    del voice
    return [[letter_of(result, point.standing.best) + ("" if point.standing.clear else "?") for point in row] for row in grid]


def _categories(voice: Voice, result: SweepResult, grid: list[list[SweepPoint]]) -> Trace:
    """Return what shows the best strategy by colour and letter; the colour bar names the letters."""
    count = len(result.strategies)
    colors = [look(voice, name).color for name in result.strategies]
    scale = [[edge, color] for n, color in enumerate(colors) for edge in (n / count, (n + 1) / count)]
    names = [f"{letter_of(result, name)}: {plain(voice.label(name))}" for name in result.strategies]
    return {
        "z": [[result.strategies.index(point.standing.best) for point in row] for row in grid],
        "zmin": -0.5,
        "zmax": count - 0.5,
        "colorscale": scale,
        "colorbar": {"tickmode": "array", "tickvals": list(range(count)), "ticktext": names, "ticks": ""},
        "text": _marks(voice, result, grid),
        "texttemplate": "%{text}",
        "textfont": {"color": "#FFFFFF"},
    }


def _hover(voice: Voice, result: SweepResult, point: SweepPoint) -> str:
    unit, here = voice.info(result.metric).unit, point.standing
    value = value_text(voice, point.metrics[here.best][result.metric].mean, unit)
    if math.isnan(here.lead.estimate):
        return f"{voice.label(here.best)}: {value}"
    return voice.say("sweep.hover", best=voice.label(here.best), value=value, next=voice.label(here.runner_up),
                     lead=voice.gap(here.lead, unit))
