"""Pictures at the horizon: differences in net recovery with intervals, cost by kind, harm against recovery."""

from __future__ import annotations

import math

from experiments.report.findings import HARM, NET, RECOVERY, mean_of
from experiments.report.picture import Cell, Picture, Table, Trace, View, plain
from experiments.report.reading import Reading
from experiments.report.styles import group_of, look
from experiments.report.theme import NEUTRAL, PALETTE, PATTERNS
from experiments.report.voice import holds_zero, major
from experiments.results import Difference, StrategyResult
from sim import DO_NOTHING

SLIVER = 0.01


# -------------------------------------------------------------------------------------------- net differences
def net_differences(reading: Reading) -> Picture:
    """Return each plan's net recovery against do_nothing and the champion, with 95 % intervals."""
    against = [name for name in dict.fromkeys((DO_NOTHING, reading.champion)) if name in reading.labels]
    found = [_gaps(reading, other) for other in against]
    traces = tuple(_forest(reading, gaps) for gaps in found)
    views = tuple(
        View(
            reading.say("view.against", other=reading.label(other)),
            tuple(n == place for n in range(len(against))),
            _forest_axes(reading, gaps, other),
        )
        for place, (other, gaps) in enumerate(zip(against, found, strict=True))
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (reading.csv_names[name], reading.csv_names[other], NET, gap.estimate, gap.low, gap.high)
        for other, gaps in zip(against, found, strict=True)
        for name, gap in gaps
    )
    layout = {
        "height": 110 + 54 * len(reading.result.strategies),
        "showlegend": False,
        "margin": {"t": 10},
        "shapes": [
            {
                "type": "line",
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "x0": 0,
                "x1": 0,
                "line": {"color": NEUTRAL, "width": 2, "dash": "dot"},
            }
        ],
    }
    table = Table(
        ("strategy", "against", "metric", "difference_minor_mean", "difference_minor_low95", "difference_minor_high95"),
        rows,
    )
    return Picture(
        "net",
        net_title(reading),
        reading.say("net.note" if reading.has_intervals else "net.note_single"),
        traces,
        layout,
        table,
        views,
    )


def _gaps(reading: Reading, other: str) -> list[tuple[str, Difference]]:
    found = [(s.name, reading.difference(s.name, other, NET)) for s in reading.result.strategies if s.name != other]
    return [(name, gap) for name, gap in found if gap is not None and not math.isnan(gap.estimate)]


def _forest_axes(reading: Reading, gaps: list[tuple[str, Difference]], other: str) -> dict[str, Trace]:
    """Return axes whose tick labels say each difference in figures below the strategy's name."""
    texts = [
        f"{plain(reading.label(name))}<br><span style='font-size:11px'>{plain(reading.gap(gap, 'minor'))}</span>"
        for name, gap in gaps
    ]
    title = reading.say("axis.net_difference", currency=reading.result.currency, other=reading.label(other))
    return {
        "xaxis": {"title": {"text": plain(title)}, "rangemode": "tozero"},
        "yaxis": {
            "tickmode": "array",
            "tickvals": list(range(len(gaps))),
            "ticktext": texts,
            "showgrid": False,
            "range": [len(gaps) - 0.4, -0.6],
            "zeroline": False,
        },
    }


def _forest(reading: Reading, gaps: list[tuple[str, Difference]]) -> Trace:
    looks = [look(reading, name) for name, _ in gaps]
    trace: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [major(reading, gap.estimate) for _, gap in gaps],
        "y": list(range(len(gaps))),
        "customdata": [[plain(reading.label(name)), plain(reading.gap(gap, "minor"))] for name, gap in gaps],
        "marker": {"size": 10, "color": [style.color for style in looks], "symbol": [style.symbol for style in looks]},
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        "cliponaxis": False,
        "meta": {"groups": [group_of(reading, name) for name, _ in gaps]},
    }
    if reading.has_intervals:
        trace["error_x"] = {
            "type": "data",
            "symmetric": False,
            "thickness": 2.5,
            "width": 8,
            "color": NEUTRAL,
            "array": [major(reading, gap.high - gap.estimate) for _, gap in gaps],
            "arrayminus": [major(reading, gap.estimate - gap.low) for _, gap in gaps],
        }
    return trace


def net_title(reading: Reading) -> str:
    """Return the finding in words."""
    if not reading.has_intervals:
        return reading.say("net.title_single")
    plans = [strategy.name for strategy in reading.plans]

    def above(other: str) -> int:
        return sum(gap.low > 0.0 for name, gap in _gaps(reading, other) if name in plans)

    challengers = [name for name in plans if name != reading.champion]
    words = {"nothing": above(DO_NOTHING), "plans": len(plans)}
    if not challengers:
        return reading.say("net.title_alone", **words)
    return reading.say(
        "net.title",
        **words,
        better=above(reading.champion),
        challengers=len(challengers),
        champion=reading.label(reading.champion),
    )


# --------------------------------------------------------------------------------------------------------- cost
def cost_word(reading: Reading, kind: str) -> str:
    """Return a kind of cost in words: "roster desk", "sms attempts", "complaints" are put together from known words."""
    if kind.startswith("roster "):
        return reading.say("cost.roster", pool=reading.pool(kind.removeprefix("roster ")))
    channel, _, word = kind.rpartition(" ")
    if channel and reading.has(f"cost.word.{word}"):
        return reading.say("cost.of", channel=reading.known("channel", channel), word=reading.say(f"cost.word.{word}"))
    return reading.known("cost", kind)


def cost_breakdown(reading: Reading) -> Picture:
    """Return cost by kind as stacked bars, one bar a strategy."""
    strategies = reading.result.strategies
    kinds = list(dict.fromkeys(kind for s in strategies for kind in s.cost_by_kind))
    labels = [plain(reading.label(s.name)) for s in strategies]
    traces: list[Trace] = []
    for place, (name, values) in enumerate(_bars(reading, kinds)):
        around, number = divmod(place, len(PALETTE))
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "y": labels,
                "x": [major(reading, value) for value in values],
                "name": plain(name),
                "text": [plain(reading.money(value)) for value in values],
                "textposition": "none",
                "meta": {"groups": [group_of(reading, s.name) for s in strategies]},
                "hovertemplate": "%{y}<br>%{fullData.name}: %{text}<extra></extra>",
                "marker": {
                    "color": PALETTE[number],
                    "line": {"width": 0},
                    "pattern": {
                        "shape": PATTERNS[(around + (number if around else 0)) % len(PATTERNS)],
                        "fillmode": "overlay",
                        "fgcolor": "#FFFFFF",
                        "size": 6,
                        "solidity": 0.2,
                    },
                },
            }
        )
    table = Table(
        ("strategy", "kind", "cost_minor_mean", "cost_minor_se"),
        tuple(
            (reading.csv_names[s.name], kind, s.cost_by_kind[kind].mean, s.cost_by_kind[kind].se)
            for s in strategies
            for kind in kinds
            if kind in s.cost_by_kind
        ),
    )
    layout = {
        "barmode": "stack",
        "height": 180 + 46 * len(strategies),
        "xaxis": {"title": {"text": plain(reading.say("axis.cost", currency=reading.result.currency))}},
        "yaxis": {"type": "category", "autorange": "reversed", "automargin": True},
        "legend": {"orientation": "h", "y": -0.28, "yanchor": "top", "x": 0, "traceorder": "normal"},
    }
    note = reading.say("cost.note", roster=reading.say(f"roster.{reading.result.roster}"))
    return Picture("cost", cost_title(reading), note, tuple(traces), layout, table)


def _bars(reading: Reading, kinds: list[str]) -> list[tuple[str, list[float]]]:
    """Return (kind in words, cost by strategy), dearest first; kinds below 1 % of the dearest strategy in one bar."""
    strategies = reading.result.strategies
    values = {kind: [_cost(s, kind) for s in strategies] for kind in kinds}
    most = max((sum(_cost(s, kind) for kind in kinds) for s in strategies), default=0.0)
    small = [kind for kind in kinds if 0.0 < max(values[kind]) < SLIVER * most]
    small = small if len(small) > 1 else []
    large = sorted(
        (kind for kind in kinds if max(values[kind]) > 0.0 and kind not in small), key=lambda kind: -max(values[kind])
    )
    bars = [(cost_word(reading, kind), values[kind]) for kind in large]
    if small:
        together = [sum(values[kind][n] for kind in small) for n in range(len(strategies))]
        bars.append((reading.say("cost.small", count=len(small)), together))
    return bars


def _cost(strategy: StrategyResult, kind: str) -> float:
    found = strategy.cost_by_kind.get(kind)
    return 0.0 if found is None or math.isnan(found.mean) else found.mean


def cost_title(reading: Reading) -> str:
    """Return the finding in words."""
    totals = {s.name: sum(_cost(s, kind) for kind in s.cost_by_kind) for s in reading.result.strategies}
    dearest = max(totals, key=lambda name: totals[name])
    if totals[dearest] <= 0:
        return reading.say("cost.title_none")
    strategy = reading.result.strategy(dearest)
    kind = max(strategy.cost_by_kind, key=lambda kind: _cost(strategy, kind))
    return reading.say(
        "cost.title",
        name=reading.label(dearest),
        total=reading.money(totals[dearest]),
        kind=cost_word(reading, kind),
        share=reading.number(_cost(strategy, kind) / totals[dearest], "share"),
    )


# --------------------------------------------------------------------------------------------- harm and recovery
def harm_scatter(reading: Reading) -> Picture:
    """Return complaints (or cost) against recovery, one point a strategy, with standard errors."""
    ways = [
        (metric, view)
        for metric, view in ((HARM, "view.harm"), ("cost_minor", "view.cost"))
        if any(metric in s.metrics for s in reading.result.strategies)
    ]
    traces: list[Trace] = []
    views: list[View] = []
    count = len(reading.result.strategies)
    for place, (metric, view) in enumerate(ways):
        traces += [_point(reading, strategy, metric) for strategy in reading.result.strategies]
        shown = tuple(n // count == place for n in range(count * len(ways)))
        title = reading.say("axis.metric", **_words(reading, metric))
        views.append(
            View(reading.say(view), shown, {"xaxis": {"title": {"text": plain(title)}, "rangemode": "tozero"}})
        )
    title = reading.say("axis.metric", **_words(reading, RECOVERY))
    layout = {
        "height": 440,
        "showlegend": False,
        "hovermode": "closest",
        "yaxis": {"title": {"text": plain(title)}},
    }
    note = reading.say("harm.note" if reading.has_intervals else "harm.note_single")
    return Picture("harm", _harm_title(reading), note, tuple(traces), layout, _harm_table(reading), tuple(views))


def _words(reading: Reading, metric: str) -> dict[str, str]:
    """Return what an axis says about a metric."""
    return {"metric": reading.metric(metric), "unit": reading.unit(metric), "base": reading.denominator(metric)}


def _harm_table(reading: Reading) -> Table:
    metrics = (HARM, "cost_minor", RECOVERY)
    rows: list[tuple[Cell, ...]] = []
    for strategy in reading.result.strategies:
        cells: list[Cell] = [reading.csv_names[strategy.name]]
        for metric in metrics:
            found = strategy.metrics.get(metric)
            cells += [None, None] if found is None else [found.mean, found.se]
        rows.append(tuple(cells))
    columns = [f"{metric}_{word}" for metric in metrics for word in ("mean", "se")]
    return Table(("strategy", *columns), tuple(rows))


def _point(reading: Reading, strategy: StrategyResult, metric: str) -> Trace:
    style, label = look(reading, strategy.name), reading.label(strategy.name)
    x, y = strategy.metrics.get(metric), strategy.metrics[RECOVERY]
    money = reading.info(metric).unit == "minor"
    scale = 1.0 / reading.result.minor_per_major
    words = "" if x is None else f"{reading.metric(metric)}: {reading.estimate(x, reading.info(metric).unit)}"
    trace: Trace = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [None if x is None else x.mean * (scale if money else 1.0)],
        "y": [y.mean * scale],
        "text": [plain(label)],
        "textposition": "top center",
        "name": plain(label),
        "customdata": [[plain(words), plain(f"{reading.metric(RECOVERY)}: {reading.estimate(y, 'minor')}")]],
        "hovertemplate": "%{text}<br>%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        "marker": {"size": 15, "color": style.color, "symbol": style.symbol},
        "meta": group_of(reading, strategy.name),
        "cliponaxis": False,
    }
    if reading.has_intervals and x is not None:
        bar = {"type": "data", "color": style.color, "thickness": 1.5, "width": 4}
        trace["error_x"] = {**bar, "array": [x.se * (scale if money else 1.0)]}
        trace["error_y"] = {**bar, "array": [y.se * scale]}
    return trace


def dominated(reading: Reading) -> dict[str, str]:
    """Return strategies that another one beats on recovery and complaints at once, by means, with the best such other."""
    out: dict[str, str] = {}
    for strategy in reading.result.strategies:
        better = [
            other
            for other in reading.result.strategies
            if mean_of(other, RECOVERY) > mean_of(strategy, RECOVERY) and mean_of(other, HARM) < mean_of(strategy, HARM)
        ]
        if better:
            out[strategy.name] = max(better, key=lambda other: mean_of(other, RECOVERY)).name
    return out


def _harm_title(reading: Reading) -> str:
    beaten = {name: other for name, other in dominated(reading).items() if name != DO_NOTHING}
    if beaten:
        name, other = next(iter(beaten.items()))
        clear = all(
            gap is not None and holds_zero(gap) is False
            for gap in (reading.difference(name, other, RECOVERY), reading.difference(name, other, HARM))
        )
        return reading.say(
            "harm.title_dominated" if clear else "harm.title_dominated_means",
            name=reading.label(name),
            other=reading.label(other),
        )
    known = [s for s in reading.plans if not math.isnan(mean_of(s, HARM))]
    if not known:
        return reading.say("harm.title_unknown")
    most = max(known, key=lambda s: mean_of(s, RECOVERY))
    return reading.say(
        "harm.title", name=reading.label(most.name), harm=reading.number(mean_of(most, HARM), reading.info(HARM).unit)
    )
