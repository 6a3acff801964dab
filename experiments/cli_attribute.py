"""`attribute`: what each step of a strategy brings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.cli_common import Common, compile_first, echo_json, faults_to_stderr, format_option, progress, scenario_argument
from experiments.cli_run import text_table

if TYPE_CHECKING:
    from experiments.attribution import Attribution
    from experiments.report.voice import Voice
    from experiments.results import Difference
    from experiments.texts import Language
    from sim import Engine


@click.command("attribute")
@scenario_argument
@click.option("--strategy", help="Which strategy; default: the champion.")
@click.option("--engine", type=click.Choice(["compiled", "reference"]), default="compiled", help="Which desk.")
@click.option("--jobs", type=int, default=-1, help="Worker processes; 1 runs in this one, -1 on all processors.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@format_option("table", "json")
@faults_to_stderr
def attribute(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
              strategy: str | None, engine: Engine, jobs: int, quiet: bool, form: str, lang: Language) -> None:
    """Remove each step of a strategy of SCENARIO with the same luck: what does it bring? Last touch stands beside it."""
    from experiments.attribution import attribute as play
    from experiments.attribution import attribution_json
    from experiments.pools import Workers

    workers = Workers(jobs)
    workers.check()
    loaded = Common(portfolio, settings, seed, replications).load(scenario)
    chosen = loaded.strategy(strategy or loaded.scenario.champion)
    compile_first(loaded, engine, quiet=quiet)
    worlds = loaded.scenario.replications * (1 + len(chosen.steps))
    with progress(worlds, f"{loaded.scenario.scenario}: {chosen.name} without each step", quiet=quiet) as tell:
        found = play(loaded, chosen.name, engine, workers, tell)
    if form == "json":
        echo_json(attribution_json(found))
    else:
        _print(found, lang)


def _print(found: Attribution, language: Language) -> None:
    from experiments.report.voice import Voice, named

    voice = Voice(language, named([found.strategy], language), found.currency, found.minor_per_major, {}, found.strategy)
    click.echo(voice.say("attribute.title", scenario=found.scenario, strategy=found.strategy, steps=len(found.steps),
                         replications=found.replications))
    header = [voice.say(f"attribute.{key}", currency=found.currency)
              for key in ("step", "attempts", "net", "recovery", "complaints", "last_touch")]
    rows = [[step.step, voice.bare(step.attempts.mean, "count"), _gap(voice, step.net_minor, "minor"),
             _gap(voice, step.recovery_minor, "minor"), _gap(voice, step.complaints_per_1000, "rate"),
             voice.bare(step.last_touch_minor.mean, "minor") + (" !" if step.misleads else "")] for step in found.steps]
    click.echo(text_table(header, rows))
    click.echo(voice.say("attribute.note", untouched=voice.money(found.untouched_minor.mean),
                         recovery=voice.money(found.recovery_minor.mean),
                         misleads=sum(step.misleads for step in found.steps), steps=len(found.steps)))


def _gap(voice: Voice, gap: Difference, unit: str) -> str:
    return f"{voice.bare(gap.estimate, unit, signed=True)} ({voice.interval(gap, unit)})"
