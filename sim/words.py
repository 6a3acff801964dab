"""A scenario and its strategies in plain words, before anything is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.assignment import Assignment
from sim.codes import ResourceKind
from sim.conflicts import Conflict, conflicts
from sim.engine.campaign import Campaign
from sim.engine.view import ObservedView
from sim.loading import Loaded
from sim.strategies.catalogue import Lang
from sim.strategies.describe import StrategyDescription, describe_strategy
from sim.strategies.difference import strategy_difference
from sim.strategies.protocol import Strategy
from sim.strategies.wording import strategy_text
from sim.strategies.yaml_strategy import YamlStrategy
from sim.world import luck_of

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class ChannelLoad:
    """What a strategy's plan asks of a channel's pools, against what they can do, on an average day."""

    channel: str
    planned_per_day: float
    peak_day: int
    capacity_per_day: float
    """Contacts that the channel's pools could make on an average day if they did nothing else; inf where unlimited."""


@dataclass(frozen=True, slots=True)
class Described:
    """What `duecourse describe` shows."""

    strategies: tuple[StrategyDescription, ...]
    loads: Mapping[str, tuple[ChannelLoad, ...]]
    differences: Mapping[str, tuple[str, ...]]
    """Strategy -> how it differs from the champion, in words."""
    conflicts: Mapping[str, tuple[Conflict, ...]]
    """Strategy -> where it asks for what its contact rules refuse."""


def strategy_words(strategy: Strategy, language: str = "en") -> list[str]:
    """Return a strategy in sentences; a strategy in Python says its steps."""
    lang: Lang = "zh" if language == "zh" else "en"
    if isinstance(strategy, YamlStrategy):
        return strategy_text(strategy.spec, lang)
    return [f"{strategy.name}: {step.label}" for step in strategy.steps] or [
        "无任何联系。" if lang == "zh" else "Contacts nobody."]


def first_view(loaded: Loaded, strategy: Strategy) -> ObservedView:
    """Return what a strategy sees at the first tick."""
    world = loaded.setting.world([strategy], luck_of(loaded.scenario.seeds, 0))
    campaign = Campaign(world, loaded.setting.timetable, loaded.setting.observed, [strategy],
                        Assignment.constant(loaded.portfolio.accounts))
    world = campaign.run(until_day=0)
    return ObservedView(world, loaded.setting.observed, 0, loaded.setting.timetable.ticks[0], 0, 0)


def describe_loaded(loaded: Loaded, language: str = "en") -> Described:
    """Describe every strategy on the portfolio as it stands on the first day."""
    lang: Lang = "zh" if language == "zh" else "en"
    days = min(loaded.scenario.horizon.days, 30)
    found = tuple(replace(describe_strategy(s, first_view(loaded, s), days, lang), text=tuple(strategy_words(s, lang)))
                  for s in loaded.strategies)
    champion = next((s for s in loaded.strategies if s.name == loaded.scenario.champion), None)
    differences = {}
    for strategy in loaded.strategies:
        if isinstance(strategy, YamlStrategy) and isinstance(champion, YamlStrategy) and strategy is not champion:
            differences[strategy.name] = tuple(strategy_difference(champion.spec, strategy.spec, lang))
    return Described(found, {d.strategy: _loads(loaded, d.planned) for d in found}, differences,
                     {s.name: conflicts(loaded.setting, s, lang) for s in loaded.strategies})


def _loads(loaded: Loaded, planned: Mapping[str, Sequence[int]]) -> tuple[ChannelLoad, ...]:
    out = []
    for channel, series in planned.items():
        if channel:
            out.append(ChannelLoad(channel, float(np.mean(series)), int(np.argmax(series)) + 1,
                                   capacity_per_day(loaded, channel)))
    return tuple(out)


def capacity_per_day(loaded: Loaded, channel: str) -> float:
    """Return contacts that a channel's resource can make on an average day: rostered time over the mean time of one."""
    setting, spec = loaded.setting, loaded.scenario.channels[channel]
    pools = [n for n, plan in enumerate(setting.pools.plans) if plan.resource == spec.resource]
    if any(setting.pools.plans[n].unlimited or setting.pools.plans[n].kind == ResourceKind.BATCH for n in pools):
        return float("inf")
    rostered = sum((s.off_s - s.on_s) * (s.last - s.first) for s in setting.timetable.shifts if s.pool in pools)
    per_day = rostered / loaded.scenario.horizon.days
    if setting.pools.plans[pools[0]].kind == ResourceKind.FIELD:
        record = setting.pools.records[pools[0]]
        return min(per_day / float(record["travel_within_s"] + 600), float(record["agents"] * record["visits_per_day"]))
    if spec.dial is None or spec.conversation is None:
        return float("inf")
    talk = spec.conversation.talk_median_s.value * float(np.exp(spec.conversation.talk_log_sd.value ** 2 / 2))
    answered = min(1.0, spec.dial.answer.value)
    mean = (1 - answered) * spec.dial.ring_s.value + answered * (spec.dial.ring_s.value / 2 + talk
                                                                + spec.conversation.wrap_s.value)
    return float(per_day / mean)
