"""Who gains: differences by segment with control for many comparisons; gaps between protected groups, as a report only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.estimators.multiplicity import adjust
from experiments.paired import difference, estimate
from experiments.patterns import MEASURES, OTHER
from experiments.report.picture import Cell, Picture, Table, Trace, View, plain
from experiments.report.reading import Reading
from experiments.report.styles import group_of, look
from experiments.report.theme import NEUTRAL
from experiments.report.voice import visible
from experiments.results import Difference, Estimate, Group, StrategyResult
from sim import DO_NOTHING

RATES = {"recovery_rate": ("paid_minor", "entry_minor", 1.0), "cure_rate": ("cured", "accounts", 1.0),
         "complaints_per_1000": ("complaints", "accounts", 1000.0), "rpc_rate_account": ("reached", "accounts", 1.0),
         "attempts_per_account": ("attempts", "accounts", 1.0)}
"""Metric -> (numerator, denominator, factor) among the sums of a group."""
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Effect:
    """A strategy against the champion in one segment; the segment None is everybody."""

    strategy: str
    group: Group | None
    gap: Difference
    adjusted_p: float

    @property
    def clear(self) -> bool:
        """Whether the difference is clear after adjustment."""
        return self.adjusted_p < LEVEL


def rate_of(strategy: StrategyResult, metric: str) -> NDArray[np.float64]:
    """Return a metric by replication and group, nan where a group is empty, (R, groups)."""
    top, bottom, factor = RATES[metric]
    sums = strategy.patterns["groups"]
    over = sums[:, :, MEASURES.index(bottom)]
    return np.where(over > 0, factor * sums[:, :, MEASURES.index(top)] / np.where(over > 0, over, 1.0), np.nan)


def challengers(reading: Reading) -> list[StrategyResult]:
    """Return the plans that are set against the champion; doing nothing where there is no other."""
    others = [s for s in reading.plans if s.name != reading.champion]
    return others or [s for s in reading.result.strategies if s.name != reading.champion]


def effects(reading: Reading, metric: str) -> list[Effect]:
    """Return every challenger against the champion in every segment, p-values adjusted over all of them by Holm."""
    champion = rate_of(reading.result.strategy(reading.champion), metric)
    found = [(strategy.name, group, difference(rate_of(strategy, metric)[:, n], champion[:, n]))
             for strategy in challengers(reading) for n, group in enumerate(reading.result.groups)]
    raw = np.array([_p_value(gap, reading.result.replications) for _, _, gap in found])
    adjusted = np.full(len(raw), math.nan)
    known = ~np.isnan(raw)
    if known.any():
        adjusted[known] = adjust(raw[known], "holm")
    out = [Effect(name, group, gap, float(p)) for (name, group, gap), p in zip(found, adjusted, strict=True)]
    for strategy in challengers(reading):
        gap = reading.difference(strategy.name, reading.champion, metric)
        if gap is not None:
            out.append(Effect(strategy.name, None, gap, _p_value(gap, reading.result.replications)))
    return out


def _p_value(gap: Difference, replications: int) -> float:
    """Return the two-sided p of a paired t test; nan without a standard error, 1 where nothing differs at all."""
    if math.isnan(gap.se):
        return math.nan
    if gap.se == 0.0:
        return 1.0 if gap.estimate == 0.0 else 0.0
    return float(2.0 * stats.t.sf(abs(gap.estimate) / gap.se, replications - 1))


def label_of(reading: Reading, group: Group | None) -> str:
    """Return a segment in words."""
    if group is None:
        return reading.say("segments.everybody")
    label = reading.say("group.label_other") if group.label == OTHER else visible(group.label[:40])
    return f"{reading.known('dimension', group.dimension)}: {label}"


# ---------------------------------------------------------------------------------------------------------------- forest
def forest(reading: Reading) -> Picture:
    """Return the forest of challengers x segments, a view a metric."""
    metrics = [name for name in RATES if name in reading.result.metrics]
    traces: list[Trace] = []
    views: list[View] = []
    rows: list[tuple[Cell, ...]] = []
    count = len(challengers(reading))
    found = {metric: effects(reading, metric) for metric in metrics}
    for place, metric in enumerate(metrics):
        for number, strategy in enumerate(challengers(reading)):
            own = [effect for effect in found[metric] if effect.strategy == strategy.name]
            traces.append(_trace(reading, metric, strategy.name, own, (number + 0.5) / count - 0.5))
            rows += [(reading.csv_names[strategy.name], reading.csv_names[reading.champion], metric,
                      *(("", "everybody") if e.group is None else (e.group.dimension, e.group.label)), e.gap.estimate, e.gap.low,
                      e.gap.high, e.adjusted_p) for e in own]
        unit = "pp" if reading.info(metric).unit == "share" else reading.unit(metric)
        title = reading.say("segments.axis", metric=reading.metric(metric), champion=reading.label(reading.champion), unit=unit)
        views.append(View(reading.metric(metric), tuple(n // count == place for n in range(count * len(metrics))),
                          {"xaxis": {"title": {"text": plain(title)}}}))
    names = [plain(label_of(reading, group)) for group in (*reading.result.groups, None)]
    layout = {"height": 150 + max(24, 9 * count) * len(names), "hovermode": "closest",
              "yaxis": {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": names,
                        "range": [len(names) - 0.4, -0.6], "zeroline": False},
              "shapes": [{"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": 0, "x1": 0,
                          "line": {"color": NEUTRAL, "width": 2, "dash": "dot"}}]}
    columns = ("strategy", "against", "metric", "dimension", "segment", "difference", "low95", "high95", "holm_p")
    note = reading.say("segments.note", champion=reading.label(reading.champion))
    return Picture("segments", _title(reading, found[metrics[0]], metrics[0]), note, tuple(traces), layout,
                   Table(columns, tuple(rows)), tuple(views))


def _trace(reading: Reading, metric: str, name: str, own: list[Effect], shift: float) -> Trace:
    style, unit = look(reading, name), reading.info(metric).unit
    factor = 100.0 if unit == "share" else 1.0
    places = {group: n for n, group in enumerate((*reading.result.groups, None))}
    trace: Trace = {
        "type": "scatter", "mode": "markers", "name": plain(reading.label(name)), "meta": group_of(reading, name),
        "x": [factor * effect.gap.estimate for effect in own], "y": [places[effect.group] + 0.7 * shift for effect in own],
        "customdata": [[plain(reading.say("segments.hover", segment=label_of(reading, e.group), gap=reading.gap(e.gap, unit),
                                          p="–" if math.isnan(e.adjusted_p) else f"{e.adjusted_p:.2g}"))] for e in own],
        "hovertemplate": "%{fullData.name}<br>%{customdata[0]}<extra></extra>",
        "marker": {"size": [12 if e.group is None else 8 for e in own], "color": style.color,
                   "symbol": [("diamond" if e.group is None else style.symbol) + ("" if e.clear else "-open") for e in own]}}
    if reading.has_intervals:
        trace["error_x"] = {"type": "data", "symmetric": False, "thickness": 1.2, "width": 3, "color": style.color,
                            "array": [factor * (e.gap.high - e.gap.estimate) for e in own],
                            "arrayminus": [factor * (e.gap.estimate - e.gap.low) for e in own]}
    return trace


def _title(reading: Reading, found: list[Effect], metric: str) -> str:
    if not reading.has_intervals:
        return reading.say("segments.title_single")
    if not found or found[0].strategy == DO_NOTHING:
        return reading.say("segments.title_none")
    sign = -1.0 if reading.info(metric).better == "lower" else 1.0
    inside = [e for e in found if e.group is not None]
    names = list(dict.fromkeys(e.strategy for e in inside))
    best = max(names, key=lambda name: sum(sign * e.gap.estimate for e in inside if e.strategy == name))
    clear = [sign * e.gap.estimate for e in inside if e.strategy == best and e.clear]
    return reading.say("segments.title", name=reading.label(best), champion=reading.label(reading.champion),
                       metric=reading.metric(metric), better=sum(gap > 0 for gap in clear), worse=sum(gap < 0 for gap in clear),
                       count=len(reading.result.groups), tests=len(inside))


# ------------------------------------------------------------------------------------------------------- protected groups
def protected_gaps(strategy: StrategyResult, groups: tuple[Group, ...], dimension: str) -> dict[str, Estimate]:
    """Return the highest less the lowest group of a protected column: in recovery, harm and relief, over replications."""
    chosen = [n for n, group in enumerate(groups) if group.dimension == dimension]
    sums = strategy.patterns["groups"]
    entry = np.maximum(sums[:, :, MEASURES.index("entry_minor")], 1.0)
    tables = {"recovery_rate": rate_of(strategy, "recovery_rate"),
              "complaints_per_1000": rate_of(strategy, "complaints_per_1000"),
              "relief": sums[:, :, MEASURES.index("forgiven_minor")] / entry}
    return {name: estimate((np.nanmax(t[:, chosen], axis=1) - np.nanmin(t[:, chosen], axis=1)).tolist())
            for name, t in tables.items()}


def protected_columns(reading: Reading) -> list[str]:
    """Return the protected columns of the portfolio."""
    return list(dict.fromkeys(group.dimension for group in reading.result.groups if group.protected))
