"""The look of each strategy of a result: the same in every picture."""

from __future__ import annotations

from experiments.report.reading import Reading
from experiments.report.theme import Style, style_of
from sim import DO_NOTHING


def look(reading: Reading, name: str) -> Style:
    """Return a strategy's style."""
    plans = [strategy.name for strategy in reading.plans]
    if name == DO_NOTHING:
        return style_of(0, idle=True)
    return style_of(plans.index(name), champion=name == reading.champion)


def group_of(reading: Reading, name: str) -> str:
    """Return a key of a strategy that is safe anywhere: its place in the scenario."""
    return f"s{[strategy.name for strategy in reading.result.strategies].index(name)}"
