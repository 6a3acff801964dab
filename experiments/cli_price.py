"""`duecourse rules price`: what contact rules cost, one column a set of rules."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli_common import (
    Common,
    check_jobs,
    compile_first,
    echo_json,
    faults_to_stderr,
    format_option,
    scenario_argument,
)

if TYPE_CHECKING:
    from experiments.results import Difference
    from experiments.rule_prices import RulePrice, RulePrices, RulesColumn
    from sim import Engine

SCHEMA = "duecourse/rules-price/1"
SAYS = {
    "en": {"title": "{scenario}: {strategy} under {n} sets of contact rules, replications: {replications}", "metric":
           "metric (mean over replications)", "packs": "packs", "none": "no rules", "all": "without any rule",
           "price": "without {rule}", "prices": "Net recovery forgone, {code}: what it would be without, less what it is (95 % "
           "interval, Monte-Carlo error only; shared luck). Rules that overlap cost little each.", "blocked": "blocked by {rule}",
           "single": "no interval"},
    "zh": {"title": "{scenario}: {strategy}, {n} 组触达规则, 重复 {replications} 次", "metric": "指标 (各次重复的均值)",
           "packs": "规则包", "none": "无规则", "all": "去除全部规则", "price": "去除 {rule}", "prices": "影子价格, {code}: "
           "去除后净回收与现值之差 (95 % 区间, 仅蒙特卡洛误差; 公共随机数)。相互重叠的规则单独价格较小。",
           "blocked": "被规则拦截: {rule}", "single": "无区间"},
}


@click.command("price")
@scenario_argument
@click.option("--strategy", help="Which strategy; default: the champion.")
@click.option("--rule", "rules", multiple=True, metavar="ID",
              help="Price this rule; may be repeated. Default: all that refused anything.")
@click.option("--prices/--no-prices", default=True, help="Whether to play the worlds again without each rule.")
@click.option("--engine", type=click.Choice(["compiled", "reference"]), default="compiled", help="Which desk.")
@click.option("--jobs", type=int, default=-1, help="Worker processes; 1 runs in this one, -1 on all processors.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@format_option("table", "json", "csv")
@faults_to_stderr
def price(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
          strategy: str | None, rules: tuple[str, ...], prices: bool, engine: Engine, jobs: int, quiet: bool, form: str,
          lang: str) -> None:
    """Show what each contact rule of SCENARIO costs: its strategy again without the rule, under shared luck.

    A scenario with `variants:` is played once under each of them. A modelling aid, not legal advice.
    """
    from experiments.rule_prices import price_rules

    check_jobs(jobs)
    loaded = Common(portfolio, settings, seed, replications).load(scenario)
    compile_first(loaded, engine, quiet=quiet)

    def tell(what: str) -> None:
        if not quiet:
            click.echo(f"playing {what} ...", err=True)

    found = price_rules(loaded, strategy or loaded.scenario.champion, rules, engine, jobs, tell, prices=prices)
    if form == "json":
        echo_json(_document(found, lang))
    elif form == "csv":
        click.echo(_csv(found), nl=False)
    else:
        _print(found, lang)


def _document(found: RulePrices, lang: str) -> dict[str, Any]:
    from sim.compliance.words import disclaimer

    return {"schema": SCHEMA, "disclaimer": disclaimer(lang), **asdict(found)}


def _csv(found: RulePrices) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["rules", "row", "estimate", "se", "ci95_low", "ci95_high"])
    for column in found.columns:
        for name, value in column.metrics.items():
            writer.writerow([column.name, name, *_cells(value.mean, value.se), "", ""])
        for item in _priced(column):
            delta = item.net_minor
            writer.writerow([column.name, f"net_minor without {item.rule or 'any rule'}",
                             *_cells(delta.estimate, delta.se, delta.low, delta.high)])
    return out.getvalue()


def _cells(*values: float) -> list[str]:
    return ["" if math.isnan(value) else repr(value) for value in values]


def _priced(column: RulesColumn) -> list[RulePrice]:
    return [item for item in (column.all_rules, *column.prices) if item is not None]


def _print(found: RulePrices, lang: str) -> None:
    from experiments.cli_run import text_table
    from experiments.tables import number
    from sim import METRICS
    from sim.compliance.words import disclaimer

    say = SAYS[lang]
    click.echo(say["title"].format(scenario=found.scenario, strategy=found.strategy, n=len(found.columns),
                                   replications=found.replications))
    header = [say["metric"], *(column.name for column in found.columns)]
    rows = [[say["packs"], *(", ".join(pack.split()[0] for pack in column.packs) or say["none"] for column in found.columns)]]
    for name in found.columns[0].metrics:
        info = METRICS[name]
        label = (info.chinese if lang == "zh" else info.english) + (f" ({found.currency})" if info.unit == "minor" else "")
        rows.append([label, *(number(c.metrics[name].mean, info.unit, found.minor_per_major) for c in found.columns)])
    rows.extend([say["blocked"].format(rule=rule), *(number(c.blocked[rule].mean, "count", 1) if rule in c.blocked else ""
                                                     for c in found.columns)]
                for rule in dict.fromkeys(rule for column in found.columns for rule in column.blocked))
    rows.extend([say["price"].format(rule=rule) if rule else say["all"],
                 *(_price_cell(column, rule, found.minor_per_major, say["single"]) for column in found.columns)]
                for rule in dict.fromkeys(item.rule for column in found.columns for item in _priced(column)))
    click.echo(text_table(header, rows))
    if any(column.all_rules for column in found.columns):
        click.echo(say["prices"].format(code=found.currency))
    for warning in found.warnings:
        click.echo(f"! {warning}")
    click.echo(disclaimer(lang))


def _price_cell(column: RulesColumn, rule: str, minor: int, single: str) -> str:
    for item in _priced(column):
        if item.rule == rule:
            return _interval(item.net_minor, minor, single)
    return ""


def _interval(delta: Difference, minor: int, single: str) -> str:
    middle = f"{delta.estimate / minor:+,.0f}"
    if math.isnan(delta.low):
        return f"{middle} ({single})"
    return f"{middle} [{delta.low / minor:+,.0f}, {delta.high / minor:+,.0f}]"
