"""Pictures over days: recovery with bands, and the paired difference from the champion."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.report.findings import mean_of
from experiments.report.picture import Cell, Picture, Table, Trace, View, plain
from experiments.report.reading import Reading
from experiments.report.styles import group_of, look
from experiments.report.theme import NEUTRAL, faint
from experiments.results import CompareResult, StrategyResult
from sim import DO_NOTHING

MOST_POINTS, MOST_LINE_POINTS = 400, 3200
QUANTILES = (0.10, 0.90)


def step_of(result: CompareResult) -> int:
    """Return k where one of every k days is drawn: at most 400 points a line and 3,200 over all strategies."""
    return math.ceil(result.days / max(min(MOST_POINTS, MOST_LINE_POINTS // len(result.strategies)), 1))


def shown_days(result: CompareResult) -> NDArray[np.int64]:
    """Return the days (from 1) that a curve shows: all, or every k-th and the last."""
    step = step_of(result)
    return np.unique(np.append(np.arange(step, result.days + 1, step), result.days))


def thinned(reading: Reading) -> str:
    """Return a sentence that says which days are left out of curves, empty where none are."""
    step = step_of(reading.result)
    return "" if step == 1 else " " + reading.say("thinned", step=step)


def band(color: str, days: Sequence[int], low: Sequence[float], high: Sequence[float], group: str) -> Trace:
    """Return a filled band between two series, hidden and shown with its line."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*days, *reversed(days)],
        "y": [*high, *reversed(low)],
        "fill": "toself",
        "fillcolor": faint(color, 0.16),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "legendgroup": group,
        "showlegend": False,
    }


def recovery_curves(reading: Reading) -> Picture:
    """Return cumulative recovery over days, one line a strategy with a band over replications."""
    result = reading.result
    share = 100.0 / result.entry_balance_minor if result.entry_balance_minor else math.nan
    units = (("share", share), ("money", 1.0 / result.minor_per_major))
    traces = [
        trace
        for unit, factor in units
        for strategy in result.strategies
        for trace in _curve(reading, strategy, factor, unit)
    ]
    note = reading.say(
        "curves.note" if reading.has_intervals else "curves.note_single",
        low=f"{QUANTILES[0]:.0%}",
        high=f"{QUANTILES[1]:.0%}",
        replications=result.replications,
    )
    layout = {"xaxis": day_axis(reading), "hovermode": "x unified", "height": 460}
    rows = tuple(row for strategy in result.strategies for row in _curve_rows(reading, strategy, share))
    columns = ("strategy", "day", "recovered_minor_mean", "recovered_minor_q10", "recovered_minor_q90")
    table = Table((*columns, "recovered_percent_of_entry_balance_mean"), rows)
    views = _curve_views(reading, len(traces) // 2)
    return Picture("curves", curves_title(reading), note + thinned(reading), tuple(traces), layout, table, views)


def day_axis(reading: Reading) -> Trace:
    """Return the x axis of days."""
    return {"title": {"text": plain(reading.say("axis.day", start=reading.result.start))}}


def _curve_views(reading: Reading, half: int) -> tuple[View, ...]:
    """Return the views of share and of money; each shows one half of the traces."""
    out = []
    for unit, suffix in (("share", " %"), ("money", "")):
        title = reading.say(f"axis.recovered_{unit}", currency=reading.result.currency)
        axis = {"title": {"text": plain(title)}, "ticksuffix": suffix, "rangemode": "tozero"}
        shown = (unit == "share",) * half + (unit == "money",) * half
        out.append(View(reading.say(f"view.{unit}"), shown, {"yaxis": axis}))
    return tuple(out)


def _curve_rows(reading: Reading, strategy: StrategyResult, share: float) -> list[tuple[Cell, ...]]:
    name = reading.csv_names[strategy.name]
    total = np.cumsum(strategy.daily["recovery_minor"], axis=1)
    mean = total.mean(axis=0)
    low, high = np.quantile(total, QUANTILES, axis=0)
    return [
        (name, day + 1, float(mean[day]), float(low[day]), float(high[day]), float(mean[day]) * share)
        for day in range(reading.result.days)
    ]


def _curve(reading: Reading, strategy: StrategyResult, factor: float, unit: str) -> list[Trace]:
    days = shown_days(reading.result)
    total = np.cumsum(strategy.daily["recovery_minor"], axis=1)[:, days - 1] * factor
    style, label = look(reading, strategy.name), plain(reading.label(strategy.name))
    mean = total.mean(axis=0)
    hover = "%{y:.2f} %" if unit == "share" else "%{y:,.0f}"
    line: Trace = {
        "type": "scatter",
        "mode": "lines",
        "x": days.tolist(),
        "y": mean.tolist(),
        "name": label,
        "line": {"color": style.color, "dash": style.dash, "width": style.width},
        "hovertemplate": hover,
        "legendgroup": group_of(reading, strategy.name),
        "meta": group_of(reading, strategy.name),
    }
    if not reading.has_intervals:
        return [line]
    low, high = np.quantile(total, QUANTILES, axis=0)
    return [band(style.color, days.tolist(), low.tolist(), high.tolist(), group_of(reading, strategy.name)), line]


def curves_title(reading: Reading) -> str:
    """Return the finding in words."""
    result = reading.result
    rates = {
        s.name: mean_of(s, "recovery_minor") / result.entry_balance_minor if result.entry_balance_minor else math.nan
        for s in result.strategies
    }
    known = {name: rate for name, rate in rates.items() if not math.isnan(rate)}
    if not known:
        return reading.say("curves.title_unknown")
    best = max(known, key=lambda name: known[name])
    words = {"best": reading.label(best), "rate": reading.number(known[best], "share"), "days": result.days}
    if best == DO_NOTHING or DO_NOTHING not in known:
        return reading.say("curves.title_alone", **words)
    return reading.say("curves.title", **words, nothing=reading.number(known[DO_NOTHING], "share"))


# ------------------------------------------------------------------------------------------------- difference
def paired_band(series: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and pointwise 95 % t interval over replications of differences (R, D); nan ends where R is 1."""
    replications = series.shape[0]
    mean = series.mean(axis=0)
    if replications < 2:
        nothing = np.full(series.shape[1], math.nan)
        return mean, nothing, nothing
    half = stats.t.ppf(0.975, replications - 1) * series.std(axis=0, ddof=1) / math.sqrt(replications)
    return mean, mean - half, mean + half


def difference_curve(reading: Reading) -> Picture:
    """Return cumulative recovery minus the champion's over days, paired by replication."""
    champion = reading.label(reading.champion)
    traces: list[Trace] = []
    rows: list[tuple[Cell, ...]] = []
    for name, series in _differences(reading).items():
        ends = paired_band(series)
        traces += _difference_traces(reading, name, ends)
        names = reading.csv_names[name], reading.csv_names[reading.champion]
        rows += [(*names, day + 1, *(float(end[day]) for end in ends)) for day in range(reading.result.days)]
    note = reading.say("difference.note" if reading.has_intervals else "difference.note_single", champion=champion)
    title = reading.say("axis.difference", currency=reading.result.currency, champion=champion)
    zero = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0}
    layout = {
        "xaxis": day_axis(reading),
        "yaxis": {"title": {"text": plain(title)}, "zeroline": True},
        "height": 420,
        "hovermode": "x unified",
        "shapes": [{**zero, "line": {"color": NEUTRAL, "width": 1.5}}],
    }
    columns = ("difference_minor_mean", "difference_minor_low95", "difference_minor_high95")
    table = Table(("strategy", "against", "day", *columns), tuple(rows))
    whole = note + thinned(reading) + _luck(reading)
    return Picture("difference", _difference_title(reading), whole, tuple(traces), layout, table)


def _difference_traces(reading: Reading, name: str, ends: Sequence[NDArray[np.float64]]) -> list[Trace]:
    """Return a strategy's line and, with replications, its band; `ends` is mean, low and high by day, minor units."""
    days = shown_days(reading.result)
    mean, low, high = ((end[days - 1] / reading.result.minor_per_major).tolist() for end in ends)
    style, group = look(reading, name), group_of(reading, name)
    line: Trace = {
        "type": "scatter",
        "mode": "lines",
        "x": days.tolist(),
        "y": mean,
        "name": plain(reading.label(name)),
        "hovertemplate": "%{y:+,.0f}",
        "legendgroup": group,
        "meta": group,
        "line": {"color": style.color, "dash": style.dash, "width": style.width},
    }
    return [band(style.color, days.tolist(), low, high, group), line] if reading.has_intervals else [line]


def _differences(reading: Reading) -> dict[str, NDArray[np.float64]]:
    """Return the difference from the champion by strategy, (R, D) each, cumulative."""
    champion, out = reading.champion, {}
    for contrast in reading.result.contrasts:
        if contrast.against == champion:
            out[contrast.strategy] = contrast.daily_recovery
        elif contrast.strategy == champion and contrast.against == DO_NOTHING:
            out[DO_NOTHING] = -contrast.daily_recovery
    return out


def _luck(reading: Reading) -> str:
    """Say how much variance sharing luck saved, over the contrasts with the champion."""
    saved = [
        c.variance_reduction
        for c in reading.result.contrasts
        if c.against == reading.champion and not math.isnan(c.variance_reduction)
    ]
    if not saved:
        return ""
    return " " + reading.say(
        "difference.luck", low=reading.number(min(saved), "share"), high=reading.number(max(saved), "share")
    )


def _difference_title(reading: Reading) -> str:
    series = {name: s for name, s in _differences(reading).items() if name != DO_NOTHING} or _differences(reading)
    if not series:
        return reading.say("difference.title_none")
    name = max(series, key=lambda key: float(series[key][:, -1].mean()))
    mean, low, high = paired_band(series[name])
    words = {
        "name": reading.label(name),
        "champion": reading.label(reading.champion),
        "days": reading.result.days,
        "gap": reading.money(abs(float(mean[-1]))),
        "signed": reading.money(float(mean[-1]), signed=True),
    }
    if math.isnan(low[-1]):
        return reading.say("difference.title_single", **words)
    if low[-1] <= 0.0 <= high[-1]:
        return reading.say("difference.title_open", **words)
    clear = (low > 0.0) if mean[-1] > 0 else (high < 0.0)
    since = reading.result.days if clear.sum() == 0 else int(np.flatnonzero(~clear)[-1]) + 2 if not clear.all() else 1
    return reading.say("difference.title_ahead" if mean[-1] > 0 else "difference.title_behind", **words, since=since)
