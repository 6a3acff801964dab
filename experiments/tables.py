"""Results as text: the terminal's table, JSON by contract, CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from typing import Any

from experiments.results import CompareResult, Contrast, Difference, Estimate, StrategyResult

SCHEMA = "duecourse/compare/1"
IN_JSON = ("recovery_minor", "cost_minor", "net_minor", "cure_rate", "complaints_per_1000")
"""With mean and standard error; `MEANS_IN_JSON` are plain means there, with their errors under `metrics`."""
MEANS_IN_JSON = ("promises", "opt_outs", "occupancy", "starved_actions")
IN_CONTRASTS = ("net_minor", "recovery_minor", "cost_minor", "complaints_per_1000")
ROWS = ("recovery_minor", "recovery_rate", "cost_minor", "net_fixed_minor", "net_avoidable_minor", "cure_rate",
        "attempts_per_account", "rpc_rate_account", "promises", "kept_rate", "complaints_per_1000", "opt_outs", "occupancy",
        "starved_actions", "carried_over_actions", "capacity_shortfall")
WORDS = {
    "en": {"title": "{scenario}: {accounts:,} accounts of {borrowers:,} borrowers, {days} days, replications: {replications}",
           "metric": "metric (mean over replications)", "against": "Net recovery against {against}, {code}, roster {roster} "
           "(95 % interval, Monte-Carlo error only)", "champion": "* the champion; costs count the roster as {roster}",
           "fixed": "fixed", "avoidable": "avoidable", "shared": "variance saved by shared luck {share:.0%}", "by": "by channel", "attempts":
           "attempts: {channel}", "cost": "cost: {kind}", "blocked": "blocked by {rule}", "violations": "against {rule}",
           "blocked_any": "blocked attempts (each by one rule or several)",
           "violations_any": "violating attempts, per 10,000", "single": "one replication: no interval",
           "report": "Report: {path}"},
    "zh": {"title": "{scenario}: {borrowers:,} 名借款人的 {accounts:,} 个账户, {days} 天, 重复 {replications} 次",
           "metric": "指标 (各次重复的均值)", "against": "净回收, 对比 {against}, {code}, 排班成本{roster} (95 % 区间, "
           "仅蒙特卡洛误差)", "champion": "* 冠军策略; 成本中排班成本按{roster}计", "fixed": "固定", "avoidable": "可免",
           "shared": "公共随机数节省方差 {share:.0%}", "by": "按渠道", "attempts": "触达次数: {channel}", "cost": "成本: {kind}",
           "blocked": "被规则拦截: {rule}", "violations": "违反规则: {rule}", "blocked_any": "被规则拦截次数 (同一次可违反多条)",
           "violations_any": "每万次触达违规数", "single": "仅一次重复, 无区间", "report": "报告: {path}"},
}


def number(value: float, unit: str, minor: int) -> str:
    """Return a number as people read it: money in major units, shares in per cent, a dash where there is none."""
    if math.isnan(value):
        return "-"
    if unit == "minor":
        return f"{value / minor:,.0f}"
    if unit == "share":
        return f"{value:.1%}"
    if unit == "count":
        return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.1f}"
    return f"{value:,.2f}"


def compare_json(result: CompareResult, schema: str = SCHEMA) -> dict[str, Any]:
    """Return the document of `compare --format json`."""
    return {"schema": schema, "scenario": result.scenario, "borrowers": result.borrowers, "accounts": result.accounts,
            "replications": result.replications, "engine": result.engine, "days": result.days, "currency": result.currency,
            "minor_per_major": result.minor_per_major, "champion": result.champion, "roster": result.roster,
            "strategies": [_strategy_json(strategy) for strategy in result.strategies],
            "contrasts": [_contrast_json(contrast) for contrast in result.contrasts],
            "rulepacks": list(result.rulepacks),
            "excluded": [{"rule": rule, "accounts": accounts, "balance_minor": balance}
                         for rule, accounts, balance in result.exclusions],
            "redrawn_per_replication": list(result.redrawn), "warnings": list(result.warnings), "run_dir": result.run_dir}


def _estimate(value: Estimate) -> dict[str, float]:
    return {"mean": value.mean, "se": value.se}


def _strategy_json(strategy: StrategyResult) -> dict[str, Any]:
    document: dict[str, Any] = {"name": strategy.name, "digest": strategy.digest}
    document |= {name: _estimate(strategy.metrics[name]) for name in IN_JSON}
    document |= {name: strategy.metrics[name].mean for name in MEANS_IN_JSON}
    document["attempts"] = {channel: value.mean for channel, value in strategy.attempts.items()}
    document["blocked_by_rule"] = {rule: value.mean for rule, value in strategy.blocked.items()}
    document["violations_by_rule"] = {rule: value.mean for rule, value in strategy.violations.items()}
    document["cost_by_kind"] = {kind: _estimate(value) for kind, value in strategy.cost_by_kind.items()}
    document["metrics"] = {name: _estimate(value) for name, value in strategy.metrics.items() if name not in IN_JSON}
    return document


def _difference(value: Difference) -> dict[str, Any]:
    return {"estimate": value.estimate, "ci95": [value.low, value.high]}


def _contrast_json(contrast: Contrast) -> dict[str, Any]:
    document: dict[str, Any] = {"strategy": contrast.strategy, "against": contrast.against}
    document |= {name: _difference(contrast.metrics[name]) for name in IN_CONTRASTS}
    document["variance_reduction"] = contrast.variance_reduction
    document["metrics"] = {name: _difference(value) for name, value in contrast.metrics.items() if name not in IN_CONTRASTS}
    return document


def compare_rows(result: CompareResult, language: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of the main table: a metric a row, a strategy a column."""
    from experiments.report.contrasts import cost_word  # noqa: PLC0415 - the report shows answers, whose numbers are written here
    from experiments.report.reading import Reading  # noqa: PLC0415
    words = WORDS[language]
    header = [words["metric"], *(s.name + (" *" if s.name == result.champion else "") for s in result.strategies)]
    rows: list[list[str]] = []
    for name in ROWS:
        info = result.metrics[name]
        label = (info.chinese if language == "zh" else info.english) + (f" ({result.currency})" if info.unit == "minor" else "")
        rows.append([label, *(number(s.metrics[name].mean, info.unit, result.minor_per_major) for s in result.strategies)])
    rows.extend([words["attempts"].format(channel=channel),
                 *(number(s.attempts[channel].mean, "count", 1) for s in result.strategies)] for channel in result.channels
                if any(s.attempts[channel].mean for s in result.strategies))
    if result.rulepacks:
        rows.extend(_rule_rows(result, words))
    kinds = list(dict.fromkeys(kind for s in result.strategies for kind in s.cost_by_kind))
    for kind in kinds:
        values = [s.cost_by_kind.get(kind, Estimate(0.0, 0.0)).mean for s in result.strategies]
        if any(values):
            said = cost_word(Reading.of(result, "zh"), kind) if language == "zh" else kind
            rows.append([words["cost"].format(kind=said), *(number(v, "minor", result.minor_per_major) for v in values)])
    return header, rows


def _rule_rows(result: CompareResult, words: Mapping[str, str]) -> Iterator[list[str]]:
    """Yield blocked attempts and violations, all together and by rule: one attempt may be refused by several."""
    for word, total in (("blocked", "blocked_actions"), ("violations", "violations_per_10000")):
        counts: list[Mapping[str, Estimate]] = [getattr(s, word) for s in result.strategies]
        if any(counts):
            yield [words[f"{word}_any"], *(number(s.metrics[total].mean, "count", 1) for s in result.strategies)]
        for rule in dict.fromkeys(rule for found in counts for rule in found):
            yield [words[word].format(rule=rule),
                   *(number(found[rule].mean if rule in found else 0.0, "count", 1) for found in counts)]


def contrast_lines(result: CompareResult, language: str) -> list[str]:
    """Return the contrasts as lines."""
    words, out, seen = WORDS[language], [], ""
    for contrast in result.contrasts:
        if contrast.against != seen:
            seen = contrast.against
            out.append(words["against"].format(against=seen, code=result.currency, roster=words[result.roster]))
        net, minor = contrast.metrics["net_minor"], result.minor_per_major
        interval = (words["single"] if math.isnan(net.low) else
                    f"[{net.low / minor:+,.0f}, {net.high / minor:+,.0f}]")
        share = "" if math.isnan(contrast.variance_reduction) else "  " + words["shared"].format(
            share=contrast.variance_reduction)
        out.append(f"  {contrast.strategy:<24} {net.estimate / minor:+14,.0f}  {interval}{share}")
    return out


def compare_csv(result: CompareResult) -> str:
    """Return the summary table as CSV."""
    handle = io.StringIO()
    writer = csv.writer(handle, lineterminator="\n")
    writer.writerow(["strategy", "metric", "unit", "mean", "se"])
    for strategy in result.strategies:
        for name, value in strategy.metrics.items():
            writer.writerow([strategy.name, name, result.metrics[name].unit, *("" if math.isnan(v) else repr(v)
                                                                              for v in (value.mean, value.se))])
    return handle.getvalue()
