"""`sweep` and `sensitivity`: one question over a range of values."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from experiments.cli_common import (
    Common,
    arguments_given,
    compile_first,
    echo_json,
    faults_to_stderr,
    format_option,
    plain,
    progress,
    run_options,
    scenario_argument,
    write_json,
)
from experiments.cli_run import Playing, text_table

if TYPE_CHECKING:
    from experiments.points import Point, Values
    from experiments.pools import Backend
    from experiments.report.voice import Voice
    from experiments.sensitivity import SensitivityResult
    from experiments.sweep import SweepResult
    from experiments.texts import Language
    from sim import Engine, Loaded

    Result = SweepResult | SensitivityResult

MANIFEST_SCHEMA = "duecourse/question-manifest/1"
DEFAULT_METRIC = "net_minor"
MOST_LINES = 25


def metric_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add --metric."""
    return click.option("--metric", default=DEFAULT_METRIC, show_default=True,
                        help="The metric by which strategies are ordered: an id of `duecourse glossary`.")(command)


@click.command("sweep")
@scenario_argument
@click.option("--over", multiple=True, required=True, metavar="KEY=A:B:STEP",
              help="A value of the scenario and what it takes, both ends included; or KEY=A,B,C. Once or twice.")
@metric_option
@run_options
@format_option("table", "json", "csv")
@faults_to_stderr
def sweep(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
          over: tuple[str, ...], metric: str, engine: Engine, jobs: int, backend: Backend, scheduler: str, out: Path | None,
          resume: bool, dry_run: bool, quiet: bool, verbose: bool, form: str, lang: Language) -> None:
    """Play all strategies of SCENARIO at every point of a range, with the same luck: which is best where?"""
    from experiments.sweep import axes_of, check_points, points_of, summarise_sweep

    axes = axes_of(over)
    loaded = Common(portfolio, settings, seed, replications).load(scenario)
    check_points(loaded, axes, metric)
    playing = Playing(engine, (jobs, backend, scheduler), out, resume, dry_run, quiet, verbose, form, lang)
    asked = Asked("sweep", {"over": [[axis.key, *axis.texts] for axis in axes], "metric": metric}, points_of(axes))
    result = _ask(loaded, playing, asked, lambda found: summarise_sweep(loaded, axes, metric, found))
    if result is not None:
        _show(result, form, lang)


@click.command("sensitivity")
@scenario_argument
@click.option("--only", multiple=True, metavar="KEY",
              help="Only these values; * stands for anything: behaviour.payment.*. May be repeated. Default: all with a range.")
@metric_option
@run_options
@format_option("table", "json", "csv")
@faults_to_stderr
def sensitivity(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
                only: tuple[str, ...], metric: str, engine: Engine, jobs: int, backend: Backend, scheduler: str, out: Path | None,
                resume: bool, dry_run: bool, quiet: bool, verbose: bool, form: str, lang: Language) -> None:
    """Move each value of SCENARIO through its range, one at a time, with the same luck: which of them matter?"""
    from experiments.sensitivity import chosen_values, points_of, summarise_sensitivity
    from experiments.sweep import check_metric

    check_metric(metric)
    loaded = Common(portfolio, settings, seed, replications).load(scenario)
    values = chosen_values(loaded, only)
    playing = Playing(engine, (jobs, backend, scheduler), out, resume, dry_run, quiet, verbose, form, lang)
    asked = Asked("sensitivity", {"values": sorted(values), "metric": metric}, points_of(values))
    result = _ask(loaded, playing, asked, lambda found: summarise_sensitivity(loaded, values, metric, found))
    if result is not None:
        _show(result, form, lang)


# ---------------------------------------------------------------------------------------------------------------- playing
@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its command, what it varies, and the points that answer it."""

    command: Literal["sweep", "sensitivity"]
    question: dict[str, Any]
    points: Sequence[Point]


def _ask(loaded: Loaded, playing: Playing, asked: Asked,
         summarise: Callable[[dict[str, Values]], Result]) -> Result | None:
    """Play what is not played yet, write the run folder and return the result; None for a dry run."""
    from experiments.runfolder import RunFolder, free_folder, resumable_folder
    from experiments.unfinished import RunRecord, facts_of

    workers, name = playing.workers(), f"{loaded.scenario.scenario}-{asked.command}"
    tasks = len(asked.points) * len(loaded.strategies)
    if playing.dry_run:
        path = resumable_folder(playing.out) if playing.resume else free_folder(playing.out, name)
        _say_dry(loaded, asked, tasks, path, playing.form)
        return None
    started = time.monotonic()
    facts = facts_of(loaded, playing.engine, {"command": asked.command} | asked.question)
    record = RunRecord(arguments_given(), facts, tasks, "tasks")
    with RunFolder(playing.out, name, record, resume=playing.resume, say=_warn) as folder:
        if folder.finished:
            playing.say(f"{folder.path} is finished: nothing was run")
            return read_question(folder.path)
        found = _play(loaded, playing, asked, workers, folder)
        from sim.provenance import environment, package_version

        result = replace(summarise(found), command=folder.command, version=package_version(), run_dir=str(folder.path))
        write_question(result, folder.draft, playing.language)
        manifest = {"schema": MANIFEST_SCHEMA, "command": folder.command, **environment(), "identity": folder.identity,
                    "wall_time_s": None if folder.resumed else round(time.monotonic() - started, 2), "facts": facts}
        write_json(manifest, folder.draft / "manifest.json")
    return result


def _play(loaded: Loaded, playing: Playing, asked: Asked, workers: Any, folder: Any) -> dict[str, Values]:
    from experiments.points import Base, PointPlayed, play_points

    parts = folder.parts("points", PointPlayed)
    known = parts.read()
    tasks = len(asked.points) * len(loaded.strategies)
    if folder.resumed:
        playing.say(f"going on with {folder.path}: {len(known)} of {tasks} tasks are there")
    compile_first(loaded, playing.engine, quiet=playing.quiet)
    with progress(tasks, f"{loaded.scenario.scenario}: {asked.command}", quiet=playing.quiet, before=len(known),
                  unit="tasks") as tell:
        return play_points(Base(loaded, playing.engine), asked.points, workers, tell, known, parts.write)


def _warn(text: str) -> None:
    click.echo(f"! {text}", err=True)


def _say_dry(loaded: Loaded, asked: Asked, tasks: int, folder: Path, form: str) -> None:
    worlds = tasks * loaded.scenario.replications
    if form == "json":
        echo_json({"schema": "duecourse/dry-run/1", "scenario": loaded.scenario.scenario, "accounts": loaded.portfolio.accounts,
                   "borrowers": loaded.setting.persons, "days": loaded.scenario.horizon.days, "points": len(asked.points),
                   "replications": loaded.scenario.replications, "strategies": [s.name for s in loaded.strategies],
                   "worlds": worlds, "run_dir": str(folder)})
        return
    click.echo(f"{loaded.scenario.scenario}: {len(asked.points)} points of {len(loaded.strategies)} strategies and "
               f"{loaded.scenario.replications} replications: {worlds:,} worlds. Would write {folder}. Nothing was run.")


# ------------------------------------------------------------------------------------------------------------------ files
def write_question(result: Result, folder: Path, language: str) -> None:
    """Write everything but the manifest: document, CSV, the result to read again, the page."""
    from experiments.store import pack

    name, document, table = _forms(result)
    write_json(document, folder / f"{name}.json")
    (folder / f"{name}.csv").write_text(table, encoding="utf-8-sig", newline="")
    (folder / f"{name}.npz").write_bytes(pack(result, document["schema"]))
    page_of(result, folder / "report.html", language)


def page_of(result: Result, path: Path, language: str) -> None:
    """Write the page of a sweep or a sensitivity analysis."""
    from experiments.report.question_pages import sensitivity_page, sweep_page
    from experiments.sweep import SweepResult
    from experiments.texts import known_language

    known = known_language(language)
    text = sweep_page(result, known) if isinstance(result, SweepResult) else sensitivity_page(result, known)
    path.write_text(text, encoding="utf-8")


def _forms(result: Result) -> tuple[str, dict[str, Any], str]:
    """Return the question's name, its document and its CSV."""
    from experiments.sensitivity import sensitivity_json, sensitivity_rows
    from experiments.sweep import SweepResult, plain_csv, sweep_json, sweep_rows

    if isinstance(result, SweepResult):
        return "sweep", sweep_json(result), plain_csv(*sweep_rows(result))
    return "sensitivity", sensitivity_json(result), plain_csv(*sensitivity_rows(result))


def read_question(folder: Path) -> Result | None:
    """Return the sweep or sensitivity analysis of a run folder; None where it holds another run.

    Raises:
        InputError: the file is of another version.
    """
    from experiments.sensitivity import SCHEMA as SENSITIVITY
    from experiments.sensitivity import SensitivityResult
    from experiments.store import Unreadable, unpack
    from experiments.sweep import SCHEMA as SWEEP
    from experiments.sweep import SweepResult
    from sim import InputError

    sweep_file, sensitivity_file = folder / "sweep.npz", folder / "sensitivity.npz"
    try:
        if sweep_file.is_file():
            return unpack(SweepResult, sweep_file.read_bytes(), SWEEP)
        if sensitivity_file.is_file():
            return unpack(SensitivityResult, sensitivity_file.read_bytes(), SENSITIVITY)
    except Unreadable as fault:
        raise InputError(str(folder), str(fault), "a result as this version writes it", "Repeat the run.") from None
    return None


# --------------------------------------------------------------------------------------------------------------- terminal
def _show(result: Result, form: str, language: Language) -> None:
    from experiments.sweep import SweepResult

    _, document, table = _forms(result)
    if form == "json":
        click.echo(json.dumps(plain(document), ensure_ascii=False, indent=1, allow_nan=False))
    elif form == "csv":
        click.echo(table, nl=False)
    elif isinstance(result, SweepResult):
        _print_sweep(result, language)
    else:
        _print_sensitivity(result, language)


def _print_sweep(result: SweepResult, language: Language) -> None:
    from experiments.report.sweep_pictures import finding, voice_of

    voice = voice_of(result, language)
    axes = voice.say("comma").join(axis.key for axis in result.axes)
    click.echo(voice.say("sweep.title", scenario=result.scenario, metric=voice.metric(result.metric), axes=axes,
                         points=len(result.points), replications=result.replications))
    unit = voice.info(result.metric).unit
    header = [*(axis.key for axis in result.axes), *(voice.label(name) for name in result.strategies), ""]
    rows = []
    for point in result.points:
        best = point.standing.best
        cells = [voice.bare(point.metrics[name][result.metric].mean, unit) + (" *" if name == best else "")
                 for name in result.strategies]
        rows.append([*result.text_at(point), *cells, "" if point.standing.clear else "?"])
    click.echo(text_table(header, rows))
    click.echo(voice.say("sweep.legend"))
    click.echo(finding(voice, result))
    wins = voice.say("comma").join(f"{voice.label(name)} {count}"
                                   for name, count in result.wins.items() if count)
    click.echo(voice.say("sweep.wins", wins=wins, clear=result.clear, points=len(result.points)))
    click.echo(voice.say("sweep.report", path=Path(result.run_dir) / "report.html"))


def _print_sensitivity(result: SensitivityResult, language: Language) -> None:
    from experiments.report.sensitivity_pictures import finding, flip_texts, voice_of

    voice = voice_of(result, language)
    unit = result.info.unit
    if result.base.runner_up:
        click.echo(voice.say("sensitivity.base", best=voice.label(result.base.best), next=voice.label(result.base.runner_up),
                             lead=voice.gap(result.base.lead, unit), metric=voice.metric(result.metric)))
    click.echo(finding(voice, result))
    header = [voice.say(f"col.{key}") for key in ("key", "value", "low", "high", "at_low", "at_high", "swing", "assumed")]
    click.echo(text_table(header, [_value_row(voice, result, n) for n in range(min(len(result.values), MOST_LINES))]))
    for value in result.flipping:
        for text in flip_texts(voice, value):
            click.echo(text)
    click.echo(voice.say("sensitivity.clear", count=sum(v.matters for v in result.values), values=len(result.values)))
    click.echo(voice.say("sweep.report", path=Path(result.run_dir) / "report.html"))


def _value_row(voice: Voice, result: SensitivityResult, place: int) -> list[str]:
    value, unit = result.values[place], result.info.unit
    ends = (value.low, value.high)
    return [value.key, f"{value.at:g}", *("-" if end is None else f"{end.at:g}" for end in ends),
            *("-" if end is None else voice.bare(end.lead.estimate, unit, signed=True) for end in ends),
            voice.bare(value.swing, unit), voice.say("word.assumed" if value.assumed else "word.published")]
