"""Comparing strategies: all of them and `do_nothing`, over replications that share each borrower's luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from experiments.answers import answer, can_answer
from experiments.assumptions import assumptions_of
from experiments.lives import MOST_LOGGED_ACCOUNTS
from experiments.paired import difference, estimate, variance_reduction
from experiments.patterns import groups_of
from experiments.pools import Workers
from experiments.results import CompareResult, Contrast, Estimate, MetricInfo, Spoken, StrategyResult
from experiments.tasks import Played, TaskResult, label_of, run_tasks
from experiments.texts import LANGUAGES, Language, say
from experiments.texts.warning import in_chinese
from experiments.waste import wasted
from sim import DO_NOTHING, METRICS, Engine, Loaded, combine_digests, strategy_words

REDRAWN = ("population", "behaviour")
"""What luck each replication draws anew: keys of the catalogue."""


@dataclass(slots=True)
class Collected:
    """Results as they come in: one strategy's by replication, and sums by account."""

    results: dict[int, TaskResult] = field(default_factory=dict)
    accounts: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def add(self, played: Played) -> None:
        """Take in some replications. Sums by account are of whole numbers, so their order does not matter."""
        for name, column in played.accounts.items():
            self.accounts[name] = self.accounts[name] + column if name in self.accounts else column.astype(np.float64)
        for result in played.results:
            self.results[result.replication] = result

    def ordered(self) -> list[TaskResult]:
        """Return results by replication."""
        return [self.results[number] for number in sorted(self.results)]


def collect(loaded: Loaded, engine: Engine, workers: Workers, progress: Callable[[int], None], known: Sequence[Played] = (),
            keep: Callable[[Played], None] = lambda _: None) -> dict[str, Collected]:
    """Run every strategy for every replication.

    Args:
        loaded: what to run.
        engine: which desk.
        workers: who plays.
        progress: told the number of finished tasks after each chunk.
        known: what was played before, by an interrupted run.
        keep: is given what was played, chunk by chunk, before anything else happens to it.
    """
    found = {strategy.name: Collected() for strategy in loaded.strategies}
    done: set[str] = set()
    for played in known:
        found[played.results[0].strategy].add(played)
        done.update(played.tasks)
    finished = len(done)
    tasks = [(name, number) for number in range(loaded.scenario.replications) for name in found
             if label_of(name, number) not in done]
    with closing(run_tasks(loaded, tasks, engine, workers)) as chunks:
        for played in chunks:
            keep(played)
            found[played.results[0].strategy].add(played)
            finished += len(played.results)
            progress(finished)
    return found


def _stack(results: Sequence[TaskResult], name: str) -> NDArray[np.float64]:
    return np.array([result.daily[name] for result in results])


def _strategy(name: str, results: Sequence[TaskResult], words: Sequence[str]) -> StrategyResult:
    values = {metric: np.array([result.metrics[metric] for result in results]) for metric in METRICS}
    daily = {series: _stack(results, series) for series in results[0].daily}
    return StrategyResult(
        name=name, digest=combine_digests([result.digest for result in results]),
        metrics={metric: estimate(column.tolist()) for metric, column in values.items()}, values=values,
        attempts={channel: estimate([float(r.attempts[channel]) for r in results]) for channel in results[0].attempts},
        cost_by_kind=by_kind([result.cost_by_kind for result in results]),
        daily=_with_derived(daily), funnel=tuple((stage, estimate([float(r.funnel[stage]) for r in results]))
                                                 for stage in results[0].funnel), description=tuple(words),
        blocked=_by_rule([result.blocked for result in results]),
        violations=_by_rule([result.violations for result in results]),
        patterns={key: np.array([result.patterns[key] for result in results]) for key in results[0].patterns})


def by_kind(costs: Sequence[Mapping[str, float]]) -> dict[str, Estimate]:
    """Return means over replications by kind of cost; a kind that a replication does not have (nobody was hired) cost 0 there."""
    kinds = dict.fromkeys(kind for cost in costs for kind in cost)
    return {kind: estimate([cost.get(kind, 0.0) for cost in costs]) for kind in kinds}


def _by_rule(counts: Sequence[Mapping[str, int]]) -> dict[str, Estimate]:
    """Return means over replications by rule, the most frequent first."""
    names = dict.fromkeys(name for count in counts for name in count)
    found = {name: estimate([float(count.get(name, 0)) for count in counts]) for name in names}
    return dict(sorted(found.items(), key=lambda item: (-item[1].mean, item[0])))


def _with_derived(daily: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Add busy seconds by pool, which reports draw against rostered ones."""
    pools = [name.removeprefix("talk_s_") for name in daily if name.startswith("talk_s_")]
    busy = {f"busy_s_{pool}": daily[f"lead_s_{pool}"] + daily[f"talk_s_{pool}"] + daily[f"wrap_s_{pool}"] for pool in pools}
    return daily | busy


def _contrast(a: StrategyResult, b: StrategyResult) -> Contrast:
    return Contrast(a.name, b.name, {name: difference(a.values[name], b.values[name]) for name in a.values},
                    variance_reduction(a.values["net_minor"], b.values["net_minor"]),
                    np.cumsum(a.daily["recovery_minor"] - b.daily["recovery_minor"], axis=1))


def summarise(loaded: Loaded, found: dict[str, Collected], engine: Engine, language: Language = "en") -> CompareResult:
    """Return what the collected results say; run folder, command and timelines are filled in by the caller."""
    scenario, portfolio = loaded.scenario, loaded.portfolio
    results = {name: collected.ordered() for name, collected in found.items()}
    strategies = tuple(_strategy(s.name, results[s.name], strategy_words(s, language)) for s in loaded.strategies)
    by_name = {strategy.name: strategy for strategy in strategies}
    spoken: dict[str, Spoken] = {known: _spoken(loaded, strategies, known) for known in LANGUAGES}
    references = dict.fromkeys([DO_NOTHING, scenario.champion])
    contrasts = tuple(_contrast(a, by_name[reference]) for reference in references for a in strategies
                      if a.name != reference and not (reference == scenario.champion and a.name == DO_NOTHING))
    result = CompareResult(
        scenario=scenario.scenario, description=scenario.description, currency=scenario.currency.code,
        minor_per_major=scenario.currency.minor_per_major, start=scenario.calendar.start.isoformat(),
        days=scenario.horizon.days, borrowers=loaded.setting.persons, accounts=portfolio.accounts,
        entry_balance_minor=results[DO_NOTHING][0].entry_minor, replications=scenario.replications, engine=engine,
        champion=scenario.champion, roster=scenario.costs.roster, strategies=strategies, contrasts=contrasts,
        metrics={name: MetricInfo(m.name, m.unit, m.denominator, m.english, m.chinese, m.formula, m.better)
                 for name, m in METRICS.items()},
        pools=loaded.setting.pools.names, channels=loaded.setting.channel_names, redrawn=spoken["en"].redrawn,
        assumptions=assumptions_of(scenario), warnings=spoken[language].warnings, spoken=spoken,
        exclusions=tuple((e.rule, e.accounts, e.balance_minor) for e in portfolio.exclusions),
        portfolio_notes=portfolio.source.assumptions,
        groups=groups_of(portfolio), rulepacks=tuple(f"{pack.id} {pack.version}" for pack in loaded.setting.rules.packs))
    return _answered(loaded, result, engine)


def _answered(loaded: Loaded, result: CompareResult, engine: Engine) -> CompareResult:
    """Return a result with the answer to its scenario's question; where waste is asked for, its two sides are played again."""
    question = loaded.scenario.question
    if question is None or not can_answer(question, result):
        return result
    lost = tuple(wasted(loaded, sides, engine) for sides in question.wasted)
    return replace(result, answer=answer(question, result, lost))


def _warnings(loaded: Loaded, strategies: Sequence[StrategyResult], language: Language) -> tuple[str, ...]:
    """Return what a reader must know before believing the numbers."""
    replications, rules = loaded.scenario.replications, loaded.setting.rules
    gate = "gate" if loaded.scenario.compliance.gate == "enforce" else "shadow"
    packs = ", ".join(pack.id for pack in rules.packs)
    applied = say(f"warning.{gate}", language, packs=packs) if rules.on else say("warning.rules", language)
    out = [say("warning.assumed", language), applied,
           *(in_chinese(text) if language == "zh" else text for text in rules.warnings[1:])]
    if replications < 10:
        out.append(say("warning.one", language) if replications == 1 else say("warning.few", language, n=replications))
    if loaded.portfolio.accounts > MOST_LOGGED_ACCOUNTS:
        out.append(say("warning.no_logs", language, accounts=f"{MOST_LOGGED_ACCOUNTS:,}"))
    for strategy in strategies:
        short = strategy.metrics["capacity_shortfall"].mean
        if short > 0.2:
            out.append(say("warning.starved", language, name=strategy.name, share=f"{short:.0%}"))
    return tuple(out)


def _spoken(loaded: Loaded, strategies: Sequence[StrategyResult], language: Language) -> Spoken:
    """Return the sentences of a result in a language."""
    notes = loaded.portfolio.source.assumptions
    return Spoken(_warnings(loaded, strategies, language),
                  tuple(in_chinese(note) if language == "zh" else note for note in notes),
                  tuple(say(f"redrawn.{key}", language) for key in REDRAWN),
                  {s.name: tuple(strategy_words(s, language)) for s in loaded.strategies})
