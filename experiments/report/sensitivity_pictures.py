"""Pictures of a sensitivity analysis: the tornado."""

from __future__ import annotations

import math

from experiments.report.picture import Picture, Table, Trace, plain
from experiments.report.sweep_pictures import scaled, unit_text
from experiments.report.theme import NEUTRAL, PALETTE
from experiments.report.voice import Voice, named, short
from experiments.sensitivity import End, Sensitivity, SensitivityResult, sensitivity_rows
from experiments.texts import Language

MOST_BARS = 20
MOST_NAMED = 3


def voice_of(result: SensitivityResult, language: Language) -> Voice:
    """Return how a language says the analysis."""
    return Voice(
        language,
        named(result.strategies, language),
        result.currency,
        result.minor_per_major,
        {result.metric: result.info},
        result.champion,
    )


def finding(voice: Voice, result: SensitivityResult) -> str:
    """Return what the analysis found, in words."""
    unit = result.info.unit
    flipping, values = result.flipping, len(result.values)
    if not flipping:
        largest = result.values[0]
        return voice.say(
            "sensitivity.stays",
            values=values,
            key=largest.key,
            swing=voice.number(largest.swing, unit, difference=True),
        )
    texts = [text for value in flipping for text in flip_texts(voice, value)]
    first = voice.say("comma").join(texts[:MOST_NAMED])
    return voice.say("sensitivity.flips", count=len(flipping), values=values, first=first)


def flip_texts(voice: Voice, value: Sensitivity) -> list[str]:
    """Return in words where a value changes the best strategy."""
    return [
        voice.say(
            "sensitivity.flip",
            other=voice.label(end.standing.best),
            key=value.key,
            side=voice.say("sensitivity.above" if end.at >= value.at else "sensitivity.below"),
            at=f"{end.break_even:.3g}",
        )
        for end in value.ends
        if end.flips
    ]


def tornado(voice: Voice, result: SensitivityResult) -> Picture:
    """Return the lead at both ends of each value's range, the largest swing on top."""
    unit, shown = result.info.unit, result.values[:MOST_BARS]
    base = scaled(voice, result.base.lead.estimate, unit)
    best, other = voice.label(result.base.best), voice.label(result.base.runner_up) if result.base.runner_up else ""
    traces = tuple(_bars(voice, result, shown, word, base) for word in ("low", "high"))
    line: Trace = {"type": "line", "yref": "paper", "y0": 0, "y1": 1}
    labels = [plain(short(value.key, 60)) + (" ◆" if value.flips else "") for value in shown]
    layout = {
        "height": 150 + 26 * len(shown),
        "barmode": "overlay",
        "hovermode": "closest",
        "xaxis": {
            "title": {
                "text": plain(
                    voice.say(
                        "tornado.axis",
                        best=best,
                        next=other,
                        metric=voice.metric(result.metric),
                        unit=unit_text(voice, result.metric),
                    )
                )
            },
            "zeroline": True,
        },
        "yaxis": {
            "tickmode": "array",
            "tickvals": list(range(len(shown))),
            "ticktext": labels,
            "autorange": "reversed",
            "automargin": True,
            "showgrid": False,
        },
        "shapes": [
            {**line, "x0": base, "x1": base, "line": {"color": NEUTRAL, "width": 2}},
            {**line, "x0": 0, "x1": 0, "line": {"color": NEUTRAL, "width": 1, "dash": "dot"}},
        ],
    }
    header, rows = sensitivity_rows(result)
    note = voice.say("tornado.note", best=best, next=other, shown=len(shown), values=len(result.values))
    table = Table(header, tuple(rows))
    return Picture("tornado", finding(voice, result), note, traces, layout, table)


def _bars(voice: Voice, result: SensitivityResult, shown: tuple[Sensitivity, ...], word: str, base: float) -> Trace:
    """Return the bars from the base's lead to the lead at one end."""
    unit = result.info.unit
    ends: list[End | None] = [getattr(value, word) for value in shown]
    leads = [math.nan if end is None else scaled(voice, end.lead.estimate, unit) for end in ends]
    return {
        "type": "bar",
        "orientation": "h",
        "base": base,
        "width": 0.4,
        "offset": -0.4 if word == "low" else 0.0,
        "y": list(range(len(shown))),
        "x": [lead - base for lead in leads],
        "name": plain(voice.say(f"tornado.{word}")),
        "customdata": [[plain(_hover(voice, value, end, unit))] for value, end in zip(shown, ends, strict=True)],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
        "marker": {
            "color": PALETTE[0 if word == "low" else 1],
            "line": {"width": 0},
            "pattern": {
                "shape": "/" if word == "low" else "",
                "fillmode": "overlay",
                "fgcolor": "#FFFFFF",
                "size": 6,
                "solidity": 0.2,
            },
        },
    }


def _hover(voice: Voice, value: Sensitivity, end: End | None, unit: str) -> str:
    if end is None:
        return value.key
    return voice.say(
        "tornado.hover",
        key=value.key,
        at=f"{end.at:g}",
        lead=voice.gap(end.lead, unit),
        best=voice.label(end.standing.best),
    )
