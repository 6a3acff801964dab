"""What each step of a strategy brings: the strategy again without the step, with the same luck; last touches beside it.

Last touch counts cash to the step that reached its payer last. It misleads where people would have paid anyway, and where one
step prepares what another harvests: removing a step under shared luck answers what the step itself brings.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.observed import last_touch
from experiments.paired import difference, estimate
from experiments.pools import Workers, pool_of
from experiments.results import Difference, Estimate
from sim import Engine, Loaded, Plan, Row, Step, Strategy, View, luck_of, measure, simulate

SCHEMA = "duecourse/attribution/1"
WHOLE = -1
METRICS = ("recovery_minor", "net_minor", "complaints_per_1000")


@dataclass(frozen=True, slots=True)
class Without:
    """A strategy that leaves out one of its steps, wherever it would take it; everything else is as it was."""

    whole: Strategy
    step: int

    @property
    def name(self) -> str:
        """The whole strategy's name: the luck and the log's numbers stay the same."""
        return self.whole.name

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, so that their numbers stay."""
        return tuple(self.whole.steps)

    def plan(self, view: View) -> Plan:
        """Return the whole strategy's plan without the step's actions."""
        plan = self.whole.plan(view)
        kept = plan.step != self.step
        again = None if plan.again is None else plan.again[kept]
        return Plan(plan.row[kept], plan.step[kept], plan.open_s[kept], plan.close_s[kept], plan.priority[kept], again)


@dataclass(frozen=True, slots=True)
class StepWorth:
    """One step. Differences: the whole strategy less the strategy without the step, over replications."""

    step: str
    segment: str
    channel: str
    attempts: Estimate
    recovery_minor: Difference
    net_minor: Difference
    complaints_per_1000: Difference
    last_touch_minor: Estimate
    """Cash whose payer this step reached last, within two weeks before."""

    @property
    def misleads(self) -> bool:
        """Whether last touch lies outside the interval of what removing the step takes away."""
        return not self.recovery_minor.low <= self.last_touch_minor.mean <= self.recovery_minor.high


@dataclass(frozen=True, slots=True)
class Attribution:
    """What `duecourse attribute` shows."""

    scenario: str
    strategy: str
    currency: str
    minor_per_major: int
    replications: int
    recovery_minor: Estimate
    untouched_minor: Estimate
    """Cash of people whom no step reached within two weeks before."""
    steps: tuple[StepWorth, ...]
    """The step that nets most first."""


@dataclass(frozen=True, slots=True)
class _Played:
    replication: int
    step: int
    metrics: dict[str, float]
    attempts: tuple[int, ...] = ()
    touched: tuple[float, ...] = ()
    """By step; the last place is money that nobody touched. Of the whole strategy only."""


def play(loaded: Loaded, task: tuple[str, int, int, Engine]) -> _Played:
    """Play one replication of a strategy, whole or without a step; `task` is its name, the replication, the step, the engine."""
    name, replication, step, engine = task
    strategy = loaded.strategy(name)
    chosen: Strategy = strategy if step == WHOLE else Without(strategy, step)
    run = simulate(loaded.setting, [chosen], luck_of(loaded.scenario.seeds, replication), engine=engine, keep_log=step == WHOLE)
    values = measure(loaded.setting, run.outcomes)
    metrics = {metric: values[metric] for metric in METRICS}
    if step != WHOLE:
        return _Played(replication, step, metrics)
    rows, count = run.rows, len(strategy.steps)
    made = rows["step"][(rows["row"] == Row.ATTEMPT) & (rows["step"] >= 0)]
    last, money = last_touch(rows)
    touched = np.bincount(np.where(last < 0, count, last), money, minlength=count + 1)
    return _Played(replication, step, metrics, tuple(np.bincount(made, minlength=count).tolist()), tuple(touched.tolist()))


def attribute(loaded: Loaded, name: str, engine: Engine, workers: Workers, tell: Callable[[int], None]) -> Attribution:
    """Play a strategy whole and without each of its steps.

    Args:
        loaded: the scenario.
        name: the strategy's.
        engine: which desk.
        workers: who plays; results do not depend on it.
        tell: is told the number of finished worlds.

    Raises:
        InputError: no such strategy.
    """
    strategy, replications = loaded.strategy(name), loaded.scenario.replications
    tasks = [(name, r, step, engine) for r in range(replications) for step in range(WHOLE, len(strategy.steps))]
    found: dict[tuple[int, int], _Played] = {}
    with pool_of(loaded, workers, len(tasks)) as pool, closing(pool.map(play, tasks)) as results:
        for played in results:
            found[played.step, played.replication] = played
            tell(len(found))
    whole = [found[WHOLE, r] for r in range(replications)]

    def worth(place: int, step: Step) -> StepWorth:
        without = [found[place, r] for r in range(replications)]
        gaps: dict[str, Difference] = {
            metric: difference(np.array([p.metrics[metric] for p in whole]), np.array([p.metrics[metric] for p in without]))
            for metric in METRICS}
        return StepWorth(step.label, step.segment, step.channel, estimate([float(p.attempts[place]) for p in whole]),
                         gaps["recovery_minor"], gaps["net_minor"], gaps["complaints_per_1000"],
                         estimate([p.touched[place] for p in whole]))

    steps = sorted((worth(n, step) for n, step in enumerate(strategy.steps)), key=lambda found: -found.net_minor.estimate)
    scenario = loaded.scenario
    return Attribution(scenario.scenario, name, scenario.currency.code, scenario.currency.minor_per_major, replications,
                       estimate([p.metrics["recovery_minor"] for p in whole]), estimate([p.touched[-1] for p in whole]),
                       tuple(steps))


def attribution_json(found: Attribution) -> dict[str, Any]:
    """Return the document of `attribute --format json`."""
    def gap(one: Difference) -> dict[str, Any]:
        return {"estimate": one.estimate, "ci95": [one.low, one.high]}

    def mean(one: Estimate) -> dict[str, float]:
        return {"mean": one.mean, "se": one.se}

    return {"schema": SCHEMA, "scenario": found.scenario, "strategy": found.strategy, "currency": found.currency,
            "minor_per_major": found.minor_per_major, "replications": found.replications,
            "recovery_minor": mean(found.recovery_minor), "untouched_minor": mean(found.untouched_minor),
            "steps": [{"step": s.step, "segment": s.segment, "channel": s.channel, "attempts": mean(s.attempts),
                       "removed": {"recovery_minor": gap(s.recovery_minor), "net_minor": gap(s.net_minor),
                                   "complaints_per_1000": gap(s.complaints_per_1000)},
                       "last_touch_minor": mean(s.last_touch_minor), "last_touch_misleads": s.misleads} for s in found.steps]}
