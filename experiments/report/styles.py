"""The look of each strategy of a result: the same in every picture."""

from __future__ import annotations

from experiments.report.theme import Style, style_of
from experiments.report.voice import Voice
from sim import DO_NOTHING


def look(voice: Voice, name: str) -> Style:
    """Return a strategy's style."""
    plans = [known for known in voice.labels if known != DO_NOTHING]
    if name == DO_NOTHING:
        return style_of(0, idle=True)
    return style_of(plans.index(name), champion=name == voice.champion)


def group_of(voice: Voice, name: str) -> str:
    """Return a key of a strategy that is safe anywhere: its place in the scenario."""
    return f"s{list(voice.labels).index(name)}"
