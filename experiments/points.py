"""One question at many points: every strategy under scenarios that differ in a few values, with the same luck everywhere.

`duecourse sweep` and `duecourse sensitivity` are made of this. A task is one strategy at one point for all replications, so that
points are independent, run on any pool, and are kept one by one where the run has a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from experiments.ensemble import with_values
from experiments.pools import Workers, pool_of
from sim import METRICS, Engine, Loaded, Setting, luck_of, measure, simulate

Values = Mapping[str, Mapping[str, NDArray[np.float64]]]
"""Strategy -> metric -> values by replication, (R,)."""


@dataclass(frozen=True, slots=True)
class Point:
    """A scenario that differs from the base one."""

    label: str
    """Unique among the points of a run."""
    settings: tuple[str, ...] = ()
    """`key=value` texts, as `--set` takes them."""
    values: Mapping[str, float] = field(default_factory=dict)
    """Behaviour values by key (`experiments.assumptions.values_of`)."""


@dataclass(frozen=True, slots=True)
class PointPlayed:
    """One strategy at one point: a part of an unfinished run."""

    point: str
    strategy: str
    values: Mapping[str, NDArray[np.float64]]
    """By metric, (R,)."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """Point and strategy."""
        return (f"{self.point} {self.strategy}",)


@dataclass(frozen=True, slots=True)
class Base:
    """What every task needs."""

    loaded: Loaded
    engine: Engine


def loaded_at(loaded: Loaded, point: Point) -> Loaded:
    """Return the scenario at a point.

    Raises:
        InputErrors: a setting is not allowed.
    """
    there = loaded.with_settings(point.settings) if point.settings else loaded
    if not point.values:
        return there
    return replace(there, setting=Setting(with_values(there.scenario, point.values), there.portfolio))


def play_point(base: Base, task: tuple[Point, str]) -> PointPlayed:
    """Play one strategy at one point for all replications."""
    point, strategy = task
    there = loaded_at(base.loaded, point)
    found = []
    for replication in range(there.scenario.replications):
        run = simulate(there.setting, [there.strategy(strategy)], luck_of(there.scenario.seeds, replication),
                       engine=base.engine, keep_log=False)
        found.append(measure(there.setting, run.outcomes))
    return PointPlayed(point.label, strategy, {name: np.array([values[name] for values in found]) for name in METRICS})


def play_points(base: Base, points: Sequence[Point], workers: Workers, tell: Callable[[int], None],
                known: Sequence[PointPlayed] = (), keep: Callable[[PointPlayed], None] = lambda _: None) -> dict[str, Values]:
    """Play every strategy at every point.

    Args:
        base: scenario and engine.
        points: with unique labels.
        workers: who plays; results do not depend on it.
        tell: is told the number of finished tasks.
        known: what an interrupted run has played.
        keep: is given each task that is played, before anything else happens to it.

    Returns:
        Point's label -> strategy -> metric -> values by replication.
    """
    found: dict[str, dict[str, Mapping[str, NDArray[np.float64]]]] = {point.label: {} for point in points}
    for played in known:
        found[played.point][played.strategy] = played.values
    left = [(point, strategy.name) for point in points for strategy in base.loaded.strategies
            if strategy.name not in found[point.label]]
    done = len(known)
    if left:
        with pool_of(base, workers, len(left)) as pool, closing(pool.map(play_point, left)) as results:
            for played in results:
                keep(played)
                found[played.point][played.strategy] = played.values
                done += 1
                tell(done)
    return {label: {s.name: by_name[s.name] for s in base.loaded.strategies} for label, by_name in found.items()}
