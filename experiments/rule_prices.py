"""What contact rules cost: one strategy under several sets of rules, and without each rule, under shared luck.

The shadow price of a rule is the net recovery that it forgoes: net recovery without it less net recovery with it, all else
equal, paired by replication. A rule that refused nothing costs nothing, exactly: without it the same would have happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.paired import difference, estimate
from experiments.pools import Workers
from experiments.results import Difference, Estimate
from experiments.tasks import TaskResult, run_tasks
from sim import Engine, InputError, Loaded, nearest

METRICS_SHOWN = ("recovery_minor", "cost_minor", "net_minor", "cure_rate", "attempts_per_account", "rpc_rate_account", "promises",
                 "complaints_per_1000", "opt_outs", "blocked_actions", "violations_per_10000")
HARM = "complaints_per_1000"
BASE = "scenario"
"""The column of a scenario without variants."""


@dataclass(frozen=True, slots=True)
class RulePrice:
    """One rule under one set of rules. Differences: without the rule less with it, over replications."""

    rule: str
    blocked: Estimate
    """Attempts that the rule refused, alone or with others."""
    net_minor: Difference
    """The shadow price, minor units."""
    recovery_minor: Difference
    complaints_per_1000: Difference


@dataclass(frozen=True, slots=True)
class RulesColumn:
    """One strategy under one set of rules."""

    name: str
    packs: tuple[str, ...]
    metrics: Mapping[str, Estimate]
    blocked: Mapping[str, Estimate]
    all_rules: RulePrice | None
    """Without any rule; None where there are none."""
    prices: tuple[RulePrice, ...]
    """Of the rules that refused anything or were asked for, the dearest first."""


@dataclass(frozen=True, slots=True)
class RulePrices:
    """What `duecourse rules price` shows."""

    scenario: str
    strategy: str
    replications: int
    currency: str
    minor_per_major: int
    columns: tuple[RulesColumn, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Runner:
    """Plays one strategy for all replications."""

    strategy: str
    engine: Engine
    jobs: int
    tell: Callable[[str], None]

    def play(self, loaded: Loaded, what: str) -> list[TaskResult]:
        """Return the results by replication; `what` says which worlds these are."""
        self.tell(what)
        tasks = [(self.strategy, number) for number in range(loaded.scenario.replications)]
        found = [result for played in run_tasks(loaded, tasks, self.engine, Workers(self.jobs)) for result in played.results]
        return sorted(found, key=lambda result: result.replication)


def sets_of_rules(loaded: Loaded) -> dict[str, Loaded]:
    """Return the scenario's variants by name, or the scenario itself where it has none.

    Raises:
        InputError: an unknown pack, rule, flag or column; no rules at all.
    """
    scenario = loaded.scenario
    if scenario.variants:
        return {name: loaded.under(variant.rulepacks, variant.compliance, variant.zone)
                for name, variant in scenario.variants.items()}
    if not scenario.rulepacks:
        raise InputError("rulepacks", "none", "rule packs, or variants with rule packs",
                         "Name packs under `rulepacks:`, or sets of them under `variants:`.")
    return {BASE: loaded}


def price_rules(loaded: Loaded, strategy: str, rules: Sequence[str], engine: Engine, jobs: int,
                tell: Callable[[str], None], *, prices: bool = True) -> RulePrices:
    """Play a strategy under every set of rules, and again without each rule.

    Args:
        loaded: the scenario with its variants.
        strategy: whose.
        rules: ids of the rules to price; empty: all that refused anything.
        engine: which desk.
        jobs: worker processes.
        tell: told before each set of worlds which it is.
        prices: whether to play without each rule at all.

    Raises:
        InputError: no such strategy or rule; rules in shadow, which cost nothing.
    """
    runner = _Runner(loaded.strategy(strategy).name, engine, jobs, tell)
    sets = sets_of_rules(loaded)
    _check(sets, rules, prices=prices)
    columns = [_column(name, one, runner, rules, prices=prices) for name, one in sets.items()]
    warnings = [f"{name}: {text}" for name, one in sets.items() for text in one.setting.rules.warnings[1:]]
    scenario = loaded.scenario
    return RulePrices(scenario.scenario, runner.strategy, scenario.replications, scenario.currency.code,
                      scenario.currency.minor_per_major, tuple(columns), tuple(warnings))


def _check(sets: Mapping[str, Loaded], rules: Sequence[str], *, prices: bool) -> None:
    known = sorted({rule.id for one in sets.values() for rule in one.setting.rules.rules if rule.head is not None})
    for rule in rules:
        if rule not in known:
            raise InputError("--rule", rule, f"a rule that can refuse contacts here: {', '.join(known)}", nearest(rule, known))
    for name, one in sets.items():
        if prices and one.setting.rules.on and one.scenario.compliance.gate == "shadow":
            raise InputError(f"compliance.gate ({name})", "shadow", "enforce: rules that block nothing cost nothing",
                             "Leave `gate` out, or use --no-prices.")


def _column(name: str, loaded: Loaded, runner: _Runner, rules: Sequence[str], *, prices: bool) -> RulesColumn:
    results = runner.play(loaded, name)
    blocked = {rule.id: estimate([float(result.blocked.get(rule.id, 0)) for result in results])
               for rule in loaded.setting.rules.rules}
    active = {rule: count for rule, count in blocked.items() if count.mean > 0}
    found: list[RulePrice] = []
    everything = None
    if prices and loaded.setting.rules.on:
        free = runner.play(_without_all(loaded), f"{name} without any rule")
        everything = _price("", estimate([result.metrics["blocked_actions"] for result in results]), results, free)
        for rule in rules or [rule for rule in active if rule != "tz_unknown"]:
            if rule not in blocked:
                continue
            without = runner.play(_without(loaded, rule), f"{name} without {rule}") if rule in active else results
            found.append(_price(rule, blocked[rule], results, without))
    found.sort(key=lambda price: -price.net_minor.estimate)
    metrics = {metric: estimate([result.metrics[metric] for result in results]) for metric in METRICS_SHOWN}
    packs = tuple(f"{pack.id} {pack.version}" for pack in loaded.setting.rules.packs)
    return RulesColumn(name, packs, metrics, active, everything, tuple(found))


def _without(loaded: Loaded, rule: str) -> Loaded:
    said = loaded.scenario.compliance
    return loaded.under(loaded.scenario.rulepacks, said.model_copy(update={"switch_off": (*said.switch_off, rule)}))


def _without_all(loaded: Loaded) -> Loaded:
    said = loaded.scenario.compliance
    return loaded.under((), said.model_copy(update={"switch_on": (), "switch_off": ()}))


def _price(rule: str, blocked: Estimate, results: Sequence[TaskResult], without: Sequence[TaskResult]) -> RulePrice:
    def delta(metric: str) -> Difference:
        return difference(_values(without, metric), _values(results, metric))

    return RulePrice(rule, blocked, delta("net_minor"), delta("recovery_minor"), delta(HARM))


def _values(results: Sequence[TaskResult], metric: str) -> NDArray[np.float64]:
    return np.array([result.metrics[metric] for result in results])
