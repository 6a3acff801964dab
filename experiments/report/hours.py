"""When people answer: two heat maps of weekday and hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.report.findings import winner
from experiments.report.picture import Cell, Picture, Table, Trace, View, plain
from experiments.report.reading import Reading
from experiments.report.styles import group_of

LEAST, MANY = 20, 200
"""A rate of fewer dials and visits than the first is not drawn; the title names none of fewer than the second."""


def callers(reading: Reading) -> list[str]:
    """Return strategies whose logs show calls or visits, the winner first."""
    best = winner(reading)
    found = [name for name, seen in reading.result.observed.items() if name in reading.labels and seen.heat[:, :, 0].sum() > 0]
    return sorted(found, key=lambda name: name != best)


def hours(reading: Reading) -> Picture:
    """Return answered and right-party rates by weekday and hour, a view a strategy."""
    names = callers(reading)
    open_hours = _span([reading.result.observed[name].heat for name in names])
    traces = [trace for name in names for trace in _panels(reading, name, open_hours)]
    views = tuple(
        View(reading.label(name), tuple(n // 2 == place for n in range(len(traces))), {})
        for place, name in enumerate(names)
    )
    days = [reading.say(f"day.{day}") for day in range(7)]
    day_axis = {"tickmode": "array", "tickvals": list(range(7)), "ticktext": days, "autorange": "reversed",
                "showgrid": False, "zeroline": False}
    hour_axis = {"zeroline": False, "title": {"text": plain(reading.say("hours.hour"))}, "dtick": 2, "showgrid": False}
    layout = {
        "height": 360,
        "coloraxis": {"colorscale": "Cividis", "cmin": 0, "colorbar": {"ticksuffix": " %"}},
        "xaxis": {**hour_axis, "domain": [0, 0.48]},
        "xaxis2": {**hour_axis, "domain": [0.52, 1]},
        "yaxis": day_axis,
        "yaxis2": {**day_axis, "anchor": "x2", "showticklabels": False},
        "annotations": [
            {
                "text": f"<b>{plain(reading.say(f'hours.{word}'))}</b>",
                "xref": "paper",
                "yref": "paper",
                "x": x,
                "xanchor": "left",
                "y": 1.02,
                "yanchor": "bottom",
                "showarrow": False,
            }
            for word, x in (("answered", 0.0), ("right", 0.52))
        ],
    }
    rows: list[tuple[Cell, ...]] = [
        (reading.csv_names[name], day + 1, hour, *(float(n) for n in reading.result.observed[name].heat[day, hour]))
        for name in names
        for day in range(7)
        for hour in range(24)
        if reading.result.observed[name].heat[day, hour, 0] > 0
    ]
    table = Table(("strategy", "weekday", "hour", "dials_and_visits", "answered", "right_party"), tuple(rows))
    return Picture("hours", _title(reading, names), reading.say("hours.note", least=LEAST), tuple(traces), layout, table, views)


def _span(heats: list[NDArray[np.float64]]) -> range:
    """Return the hours with any dial or visit."""
    used = np.flatnonzero(sum(heat[:, :, 0].sum(axis=0) for heat in heats) > 0) if heats else np.array([9, 20])
    return range(int(used.min()), int(used.max()) + 1)


def rates(heat: NDArray[np.float64], kind: int) -> NDArray[np.float64]:
    """Return answered (kind 1) or right-party contacts (kind 2) over dials and visits, nan where there are too few; (7, 24)."""
    dials = heat[:, :, 0]
    return np.where(dials >= LEAST, heat[:, :, kind] / np.maximum(dials, 1.0), np.nan)


def _panels(reading: Reading, name: str, open_hours: range) -> list[Trace]:
    heat = reading.result.observed[name].heat
    out: list[Trace] = []
    for kind, x in ((1, "x"), (2, "x2")):
        found = rates(heat, kind)
        hover = [
            [
                [
                    plain(
                        reading.say(
                            "hours.hover",
                            day=reading.say(f"day.{day}"),
                            hour=hour,
                            rate=reading.number(float(found[day, hour]), "share"),
                            dials=f"{heat[day, hour, 0]:,.0f}",
                        )
                    )
                ]
                for hour in open_hours
            ]
            for day in range(7)
        ]
        out.append(
            {
                "type": "heatmap",
                "x": list(open_hours),
                "y": list(range(7)),
                "z": [[100.0 * float(found[day, hour]) for hour in open_hours] for day in range(7)],
                "customdata": hover,
                "hovertemplate": "%{customdata[0]}<extra></extra>",
                "coloraxis": "coloraxis",
                "xaxis": x,
                "yaxis": x.replace("x", "y"),
                "xgap": 1,
                "ygap": 1,
                "name": plain(reading.label(name)),
                "meta": group_of(reading, name),
            }
        )
    return out


def by_hour(heat: NDArray[np.float64], kind: int) -> NDArray[np.float64]:
    """Return a rate by hour over all weekdays, nan where there are fewer than MANY dials and visits; (24,)."""
    dials = heat[:, :, 0].sum(axis=0)
    return np.where(dials >= MANY, heat[:, :, kind].sum(axis=0) / np.maximum(dials, 1.0), np.nan)


def _title(reading: Reading, names: list[str]) -> str:
    if not names or np.isnan(by_hour(reading.result.observed[names[0]].heat, 1)).all():
        return reading.say("hours.title_none")
    heat = reading.result.observed[names[0]].heat
    answered, right = by_hour(heat, 1), by_hour(heat, 2)
    hour, right_hour = int(np.nanargmax(answered)), int(np.nanargmax(right))
    return reading.say(
        "hours.title",
        name=reading.label(names[0]),
        hour=hour,
        rate=reading.number(float(answered[hour]), "share"),
        dials=f"{heat[:, hour, 0].sum():,.0f}",
        right_hour=right_hour,
        right_rate=reading.number(float(right[right_hour]), "share"),
    )
