"""Comparing strategies: all of them and `do_nothing`, over replications that share each borrower's luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from experiments.answers import answer, can_answer
from experiments.assumptions import assumptions_of
from experiments.paired import difference, estimate, variance_reduction
from experiments.patterns import groups_of
from experiments.pools import Workers
from experiments.results import CompareResult, Contrast, Estimate, MetricInfo, StrategyResult
from experiments.tasks import Played, TaskResult, label_of, run_tasks
from experiments.waste import wasted
from sim import DO_NOTHING, METRICS, Engine, Loaded, combine_digests, strategy_words

REDRAWN = ("latent traits of borrowers and agents (population seed)", "everything that happens (behaviour seed)")


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


def summarise(loaded: Loaded, found: dict[str, Collected], engine: Engine, language: str = "en") -> CompareResult:
    """Return what the collected results say; run folder, command and timelines are filled in by the caller."""
    scenario, portfolio = loaded.scenario, loaded.portfolio
    results = {name: collected.ordered() for name, collected in found.items()}
    strategies = tuple(_strategy(s.name, results[s.name], strategy_words(s, language)) for s in loaded.strategies)
    by_name = {strategy.name: strategy for strategy in strategies}
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
        pools=loaded.setting.pools.names, channels=loaded.setting.channel_names, redrawn=REDRAWN,
        assumptions=assumptions_of(scenario), warnings=_warnings(loaded, strategies, language),
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


WARNINGS = {
    "en": {"assumed": "Behaviour values without a published source are labelled assumed; intervals show Monte-Carlo error only, "
           "not uncertainty about behaviour.",
           "rules": "No contact rules are applied beyond the strategies' own windows and limits.",
           "gate": "Contact rules are enforced at dispatch: {packs}. A modelling aid, not legal advice.",
           "shadow": "Contact rules run in shadow: {packs}. Nothing is blocked, violations are counted. A modelling aid, not "
           "legal advice.",
           "one": "Only one replication: there are no intervals, and the difference may be luck.",
           "few": "Only {n} replications: intervals are wide and themselves uncertain.",
           "starved": "{name}: {share:.0%} of planned actions never happened for want of capacity or opening hours."},
    "zh": {"assumed": "没有公开来源的行为参数标为假设值; 区间仅反映蒙特卡洛误差, 不含行为参数的不确定性。",
           "rules": "除策略自身的时段和次数限制外, 未应用任何触达规则。",
           "gate": "触达规则在拨出时执行: {packs}。仅供建模参考, 不构成法律意见。",
           "shadow": "触达规则以影子模式运行: {packs}。不拦截, 只统计违规。仅供建模参考, 不构成法律意见。",
           "one": "仅一次重复: 没有区间, 差异可能只是偶然。",
           "few": "仅 {n} 次重复: 区间较宽, 且本身不可靠。",
           "starved": "{name}: {share:.0%} 的计划动作因产能或服务时间不足而未执行。"},
}


def _warnings(loaded: Loaded, strategies: Sequence[StrategyResult], language: str) -> tuple[str, ...]:
    """Return what a reader must know before believing the numbers."""
    say, replications = WARNINGS[language], loaded.scenario.replications
    rules = loaded.setting.rules
    gate = "gate" if loaded.scenario.compliance.gate == "enforce" else "shadow"
    packs = ", ".join(pack.id for pack in rules.packs)
    out = [say["assumed"], say[gate].format(packs=packs) if rules.on else say["rules"], *rules.warnings[1:]]
    if replications < 10:
        out.append(say["one"] if replications == 1 else say["few"].format(n=replications))
    for strategy in strategies:
        short = strategy.metrics["capacity_shortfall"].mean
        if short > 0.2:
            out.append(say["starved"].format(name=strategy.name, share=short))
    return tuple(out)
