"""Colours, dashes and templates. The palette stays apart for colour-blind eyes; dashes and marks for grey paper.

Palette: Okabe and Ito, "Color Universal Design" (2008), without its yellow and black, which vanish on one of the two
backgrounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DARK_PALETTE = ("#4FA3E0", "#F08A3C", "#2CC295", "#E09BC1", "#F2B93B", "#8CCBF2")
"""The same hues, lighter, in the same order: lines stay readable on the dark background."""
NEUTRAL = "#8A8F98"
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
PATTERNS = ("", "/", ".", "x", "-", "+")
FONT = (
    '"Inter", "Segoe UI", "Helvetica Neue", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", '
    '"Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif'
)
INK = {"light": "#1B1F24", "dark": "#E6E9ED"}
GRID = {"light": "#E3E6EA", "dark": "#343B45"}
AXIS = {"light": "#9AA1AB", "dark": "#6B7480"}
BACK = {"light": "#FFFFFF", "dark": "#1B2027"}


@dataclass(frozen=True, slots=True)
class Style:
    """How one strategy looks in every picture."""

    color: str
    dash: str
    symbol: str
    width: float


def style_of(place: int, *, idle: bool = False, champion: bool = False) -> Style:
    """Return the look of the strategy at a place in the scenario's order.

    Args:
        place: 0, 1, ... among the strategies that do something.
        idle: whether it is do_nothing, which is always grey and dotted.
        champion: whether it is drawn thicker.
    """
    if idle:
        return Style(NEUTRAL, "dot", "x", 2.0)
    around, number = divmod(place, len(PALETTE))
    turn = (number + around) % len(DASHES)
    return Style(PALETTE[number], DASHES[turn], SYMBOLS[turn], 3.2 if champion else 2.2)


def faint(color: str, opacity: float) -> str:
    """Return a #RRGGBB colour as rgba with an opacity from 0 to 1."""
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def lighter() -> list[tuple[str, str]]:
    """Return pairs (written colour, its lighter form) for the dark background, as hex and as the start of an rgba."""
    pairs = [(color, DARK_PALETTE[place]) for place, color in enumerate(PALETTE)]
    return pairs + [(_rgba(color), _rgba(light)) for color, light in pairs]


def _rgba(color: str) -> str:
    return faint(color, 0).removesuffix("0)")


def template(theme: str, language: str) -> dict[str, Any]:
    """Return the plotly template of a theme, "light" or "dark"; Chinese axes are written out, without k and M."""
    axis = {
        "exponentformat": "none" if language == "zh" else "SI",
        "separatethousands": language == "zh",
        "gridcolor": GRID[theme],
        "linecolor": AXIS[theme],
        "zerolinecolor": AXIS[theme],
        "tickcolor": AXIS[theme],
        "automargin": True,
        "title": {"standoff": 10},
        "zerolinewidth": 1.5,
    }
    return {
        "layout": {
            "font": {"family": FONT, "size": 13, "color": INK[theme]},
            "colorway": list(PALETTE),
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": axis,
            "yaxis": {**axis, "ticklabelstandoff": 6},
            "hoverlabel": {
                "bgcolor": BACK[theme],
                "bordercolor": AXIS[theme],
                "font": {"color": INK[theme]},
                "align": "left",
            },
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
            "margin": {"l": 60, "r": 20, "t": 30, "b": 50},
            "separators": ".,",
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": AXIS[theme], "activecolor": INK[theme]},
        }
    }
