"""`validate`, `describe`, `plan`: look before anything is run."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli_common import Common, compile_first, echo_json, faults_to_stderr, format_option, scenario_argument
from experiments.cli_run import text_table

if TYPE_CHECKING:
    from sim import Loaded
    from sim.strategies.describe import StrategyDescription
    from sim.words import ChannelLoad, Described

SAYS = {
    "en": {"valid": "{scenario}: valid. {accounts:,} accounts of {borrowers:,} borrowers, balance {balance} {code}; strategies: "
           "{names}.", "excluded": "Left out by rule `{rule}`: {accounts:,} accounts, balance {balance} {code}.",
           "note": "Note: {note}", "later": "{accounts:,} of them are there on the first day; the others enter later.",
           "assumed": "{n} behaviour values are assumed (no published source): see the report.",
           "leaf": "segment, first day", "accounts": "accounts", "balance": "balance", "held": "held back", "differs":
           "Compared with the champion {champion}:", "load": "channel", "per_day": "planned a day", "peak": "busiest day no.",
           "capacity": "possible a day", "idle": "Can never fire: {label} ({why})", "unmatched":
           "{share:.1%} of accounts match no segment and fall to `otherwise`.", "over":
           "! {channel}: {planned:,.0f} contacts a day are planned, about {capacity:,.0f} are possible.", "unlimited": "no limit",
           "aid": "A modelling aid, not legal advice.", "no_rules": "No contact rules are on: `rulepacks` is "
           "empty.", "rules": "Contact rules at dispatch ({gate}): {packs}.", "gated":
           "{gated} of their {active} active rules can refuse contacts here; the others:", "asleep": "  {why}: {rules}",
           "conflicts": "Against its contact rules:", "unbound": "  the pack {pack} does not apply: {why}",
           "enforce": "enforced", "shadow": "in shadow, violations are counted", "excluded_by":
           "Held back today by {what}: {accounts:,} accounts."},
    "zh": {"valid": "{scenario}: 通过检查。{borrowers:,} 名借款人的 {accounts:,} 个账户, 余额 {balance} {code}; 策略: {names}。",
           "excluded": "按规则 `{rule}` 排除: {accounts:,} 户, 余额 {balance} {code}。", "note": "说明: {note}",
           "later": "其中 {accounts:,} 户首日在催, 其余之后入催。",
           "assumed": "{n} 个行为参数为假设值 (无公开来源), 见报告。", "leaf": "分组 (首日)", "accounts": "户数", "balance": "余额",
           "held": "暂不触达", "differs": "与冠军策略 {champion} 相比:", "load": "渠道", "per_day": "日均计划", "peak": "最忙的一天",
           "capacity": "日均产能", "idle": "永远不会触发: {label} ({why})", "unmatched": "{share:.1%} 的账户不属于任何分组, 归入 `otherwise`。",
           "over": "! {channel}: 日均计划 {planned:,.0f} 次, 产能约 {capacity:,.0f} 次。", "unlimited": "不限",
           "aid": "本工具用于建模, 不构成法律意见。", "no_rules": "未启用触达规则: `rulepacks` 为空。",
           "rules": "触达规则 ({gate}): {packs}。", "gated": "{active} 条生效规则中, {gated} 条在此可能拦截; 其余:",
           "asleep": "  {why}: {rules}", "conflicts": "与触达规则冲突:", "unbound": "  规则包 {pack} 不适用: {why}",
           "enforce": "拨出时执行", "shadow": "影子模式, 仅统计违规", "excluded_by": "今日因 {what} 暂不触达: {accounts:,} 户。"},
}


@click.command("validate")
@scenario_argument
@format_option("table", "json")
@faults_to_stderr
def validate(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
             form: str, lang: str) -> None:
    """Check SCENARIO with its strategies and portfolio; every fault is named with its place."""
    loaded = Common(portfolio, settings, seed, replications).load(scenario)
    if form == "json":
        echo_json({"schema": "duecourse/validate/1", **_facts(loaded)})
        return
    for line in head_lines(loaded, lang):
        click.echo(line)


def _facts(loaded: Loaded) -> dict[str, Any]:
    from experiments.assumptions import assumptions_of

    portfolio = loaded.portfolio
    return {"scenario": loaded.scenario.scenario, "accounts": portfolio.accounts, "borrowers": loaded.setting.persons,
            "balance_minor": int(portfolio.balance_minor.sum()), "strategies": [s.name for s in loaded.strategies],
            "accounts_first_day": int((portfolio.entry_day <= 0).sum()),
            "rulepacks": [pack.id for pack in loaded.setting.rules.packs],
            "excluded": [asdict(e) for e in portfolio.exclusions], "notes": list(portfolio.source.assumptions),
            "assumed_values": len(assumptions_of(loaded.scenario))}


def head_lines(loaded: Loaded, lang: str) -> list[str]:
    """Return what a scenario's portfolio is, in sentences."""
    from experiments.answers import asked
    from experiments.texts import known_language

    facts, say = _facts(loaded), SAYS[lang]
    minor, code = loaded.scenario.currency.minor_per_major, loaded.scenario.currency.code
    lines = [say["valid"].format(scenario=facts["scenario"], accounts=facts["accounts"], borrowers=facts["borrowers"],
                                 balance=f"{facts['balance_minor'] / minor:,.0f}", code=code,
                                 names=", ".join(facts["strategies"]))]
    if loaded.scenario.question is not None:
        lines += asked(loaded.scenario.question, known_language(lang))
    if facts["accounts_first_day"] < facts["accounts"]:
        lines.append(say["later"].format(accounts=facts["accounts_first_day"]))
    lines += [say["excluded"].format(rule=e["rule"], accounts=e["accounts"], balance=f"{e['balance_minor'] / minor:,.0f}",
                                     code=code) for e in facts["excluded"]]
    lines += [say["note"].format(note=note) for note in facts["notes"]]
    return [*lines, say["assumed"].format(n=facts["assumed_values"]), *rule_lines(loaded, lang)]


def rule_lines(loaded: Loaded, lang: str) -> list[str]:
    """Return which contact rules hold, and which of them cannot refuse anything here, and why."""
    rules, say = loaded.setting.rules, SAYS[lang]
    if rules.tables is None:
        return [say["no_rules"]]
    packs = ", ".join(f"{pack.id} {pack.version}" for pack in rules.packs)
    gated = len(rules.rules) - 1
    lines = [say["rules"].format(gate=say[loaded.scenario.compliance.gate], packs=packs),
             say["gated"].format(gated=gated, active=gated + len(rules.tables.asleep))]
    by_why: dict[str, list[str]] = {}
    for rule, why in rules.tables.asleep:
        by_why.setdefault(why, []).append(rule)
    lines += [say["asleep"].format(why=why, rules=", ".join(found)) for why, found in by_why.items()]
    lines += [say["unbound"].format(pack=pack, why=why) for pack, why in rules.tables.unbound]
    return [*lines, *(f"! {text}" for text in rules.warnings[1:] if " does not apply: " not in text)]


def _rules_json(loaded: Loaded) -> dict[str, Any]:
    rules = loaded.setting.rules
    if rules.tables is None:
        return {"packs": [], "gate": loaded.scenario.compliance.gate, "gated": [], "cannot_refuse": [], "not_applied": [],
                "warnings": []}
    return {"packs": [f"{pack.id} {pack.version}" for pack in rules.packs], "gate": loaded.scenario.compliance.gate,
            "gated": [rule.id for rule in rules.rules[1:]],
            "cannot_refuse": [{"rule": rule, "why": why} for rule, why in rules.tables.asleep],
            "not_applied": [{"pack": pack, "why": why} for pack, why in rules.tables.unbound],
            "warnings": list(rules.warnings)}


@click.command("describe")
@scenario_argument
@format_option("table", "json")
@faults_to_stderr
def describe(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
             form: str, lang: str) -> None:
    """Say in plain words what SCENARIO will do, before any run."""
    from sim import describe_loaded

    loaded = Common(portfolio, settings, seed, replications).load(scenario)
    compile_first(loaded)
    found = describe_loaded(loaded, lang)
    if form == "json":
        echo_json({"schema": "duecourse/describe/1", **_facts(loaded), "described": [asdict(d) for d in found.strategies],
                   "loads": {name: [asdict(load) for load in loads] for name, loads in found.loads.items()},
                   "differences": dict(found.differences), "contact_rules": _rules_json(loaded),
                   "conflicts": {name: [asdict(one) for one in several] for name, several in found.conflicts.items()}})
        return
    for line in head_lines(loaded, lang):
        click.echo(line)
    for description in found.strategies:
        click.echo("")
        for line in _strategy_lines(loaded, found, description, lang):
            click.echo(line)
    click.echo("\n" + SAYS[lang]["aid"])


def _strategy_lines(loaded: Loaded, found: Described, d: StrategyDescription, lang: str) -> list[str]:
    say = SAYS[lang]
    star = " *" if d.strategy == loaded.scenario.champion else ""
    lines = [f"== {d.strategy}{star} ==", *d.text]
    if d.leaves:
        rows = [[leaf.segment, f"{leaf.accounts:,}", f"{leaf.balance:,.0f}", f"{leaf.excluded:,}"] for leaf in d.leaves]
        lines.append(text_table([say["leaf"], say["accounts"], say["balance"], say["held"]], rows))
        lines.append(say["unmatched"].format(share=d.unmatched_share))
    lines += [say["excluded_by"].format(what=what, accounts=n) for what, n in d.excluded.items() if n]
    loads = found.loads[d.strategy]
    if loads:
        lines.append(text_table([say["load"], say["per_day"], say["peak"], say["capacity"]], [_load_row(x, lang) for x in loads]))
    lines += [say["over"].format(channel=x.channel, planned=x.planned_per_day, capacity=x.capacity_per_day) for x in loads
              if x.planned_per_day > x.capacity_per_day]
    lines += [say["idle"].format(label=step.label, why=step.why) for step in d.idle]
    if found.conflicts[d.strategy]:
        lines.append(say["conflicts"])
        by_what: dict[str, list[str]] = {}
        for conflict in found.conflicts[d.strategy]:
            by_what.setdefault(conflict.what, []).append(conflict.step)
        lines += [f"  - {what}: {'; '.join(steps)}" for what, steps in by_what.items()]
    if found.differences.get(d.strategy):
        lines.append(say["differs"].format(champion=loaded.scenario.champion))
        lines += [f"  - {text}" for text in found.differences[d.strategy]]
    return lines


def _load_row(load: ChannelLoad, lang: str) -> list[str]:
    limit = SAYS[lang]["unlimited"] if math.isinf(load.capacity_per_day) else f"{load.capacity_per_day:,.0f}"
    return [load.channel, f"{load.planned_per_day:,.1f}", str(load.peak_day), limit]


@click.command("plan")
@scenario_argument
@click.option("--strategy", help="Which strategy; default: the champion.")
@click.option("--day", type=click.IntRange(1), default=1, help="Day of the campaign, 1 is the first.")
@click.option("--most", type=click.IntRange(1), default=20, help="How many actions to list in the table.")
@format_option("table", "json", "csv")
@faults_to_stderr
def plan(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
         strategy: str | None, day: int, most: int, form: str, lang: str) -> None:
    """Show what a strategy plans on one day of SCENARIO, after the days before were played."""
    from experiments.day_plan import day_plan

    del lang
    loaded = Common(portfolio, settings, seed, replications).load(scenario)
    chosen = loaded.strategy(strategy or loaded.scenario.champion)
    compile_first(loaded)
    found = day_plan(loaded, chosen, day)
    if form == "json":
        echo_json({"schema": "duecourse/plan/1", "scenario": loaded.scenario.scenario, "strategy": chosen.name, "day": day,
                   "date": found.date, "by_step": found.by_step, "actions": [asdict(action) for action in found.actions]})
        return
    if form == "csv":
        click.echo(found.csv(), nl=False)
        return
    click.echo(f"{chosen.name}, day {day} ({found.date}): {len(found.actions):,} actions")
    click.echo(text_table(["step", "actions"], [[label, f"{n:,}"] for label, n in found.by_step.items()]))
    rows = [[a.account, a.step, a.opens, a.closes, str(a.priority)] for a in found.actions[:most]]
    click.echo("\n" + text_table(["account", "step", "from", "to", "priority"], rows))
    if len(found.actions) > most:
        click.echo(f"... and {len(found.actions) - most:,} more: --most N, or --format csv for all.")
