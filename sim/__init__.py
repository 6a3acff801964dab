"""Duecourse's world: borrowers, strategies, capacity and time. These names are its public face; import none deeper."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.assignment import Assignment as Assignment
    from sim.codes import Row as Row
    from sim.compiled import cache_directory as cache_directory
    from sim.engine.campaign import Campaign as Campaign
    from sim.engine.campaign import Engine as Engine
    from sim.engine.view import ObservedView as ObservedView
    from sim.errors import DuecourseError as DuecourseError
    from sim.errors import InputError as InputError
    from sim.errors import InputErrors as InputErrors
    from sim.errors import RunFailed as RunFailed
    from sim.errors import nearest as nearest
    from sim.eventlog import combine_digests as combine_digests
    from sim.eventlog import rows_of as rows_of
    from sim.eventlog import to_arrow as to_arrow
    from sim.life import Life as Life
    from sim.life import first_difference as first_difference
    from sim.life import life_of as life_of
    from sim.loading import Loaded as Loaded
    from sim.loading import Options as Options
    from sim.loading import from_snapshot as from_snapshot
    from sim.loading import load as load
    from sim.loading_strategies import DO_NOTHING as DO_NOTHING
    from sim.metrics import METRICS as METRICS
    from sim.metrics import measure as measure
    from sim.run import Run as Run
    from sim.run import names_of as names_of
    from sim.run import simulate as simulate
    from sim.spec.scenario import Scenario as Scenario
    from sim.spec.values import Value as Value
    from sim.state import Records as Records
    from sim.strategies.protocol import Plan as Plan
    from sim.strategies.protocol import Step as Step
    from sim.strategies.protocol import Strategy as Strategy
    from sim.strategies.protocol import View as View
    from sim.words import describe_loaded as describe_loaded
    from sim.words import strategy_words as strategy_words
    from sim.world import Setting as Setting
    from sim.world import luck_of as luck_of

_HOME = {
    "Assignment": "assignment", "Row": "codes", "cache_directory": "compiled", "Campaign": "engine.campaign",
    "Engine": "engine.campaign", "ObservedView": "engine.view", "DuecourseError": "errors", "InputError": "errors",
    "InputErrors": "errors", "RunFailed": "errors", "nearest": "errors", "combine_digests": "eventlog",
    "to_arrow": "eventlog", "rows_of": "eventlog", "Life": "life", "first_difference": "life", "life_of": "life",
    "DO_NOTHING": "loading_strategies", "Loaded": "loading", "Options": "loading", "from_snapshot": "loading", "load": "loading",
    "METRICS": "metrics", "measure": "metrics", "Run": "run", "names_of": "run", "simulate": "run",
    "Scenario": "spec.scenario", "Records": "state", "Value": "spec.values", "Plan": "strategies.protocol",
    "Step": "strategies.protocol", "Strategy": "strategies.protocol", "View": "strategies.protocol",
    "describe_loaded": "words", "strategy_words": "words", "Setting": "world", "luck_of": "world",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that `duecourse --help` does not wait for compilers."""
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no public name {name!r}")
    return getattr(importlib.import_module(f"sim.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
