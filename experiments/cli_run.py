"""`compare`, `run`, `rerun`, `report`: commands that play worlds and leave a run folder."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from experiments.cli_common import (
    CHECK_FAILED,
    Common,
    arguments_given,
    compile_first,
    echo_json,
    faults_to_stderr,
    format_option,
    progress,
    run_options,
    scenario_argument,
    write_json,
)

if TYPE_CHECKING:
    from experiments.compare import Collected
    from experiments.ensemble import Ensemble
    from experiments.pools import Backend, Workers
    from experiments.results import CompareResult
    from experiments.runfolder import RunFolder
    from sim import Engine, Loaded

ENSEMBLE = "ensemble.json"
MOST_LOGGED_ACCOUNTS = 200_000


@click.command("compare")
@scenario_argument
@click.option("--ensemble", type=click.IntRange(2, 100_000), help="Also draw the values so many times from their ranges.")
@click.option("--ensemble-replications", type=click.IntRange(1, 1000), default=2, show_default=True,
              help="Replications under each draw; with one, parameter and Monte-Carlo spread cannot be told apart.")
@run_options
@format_option("table", "json", "csv")
@faults_to_stderr
def compare(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
            ensemble: int | None, ensemble_replications: int, engine: Engine, jobs: int, backend: Backend, scheduler: str,
            out: Path | None, resume: bool, dry_run: bool, quiet: bool, verbose: bool, form: str, lang: str) -> None:
    """Compare all strategies of SCENARIO with each other and with doing nothing, under shared luck."""
    loaded = Common(portfolio, settings, seed, replications).load(scenario)
    result = play(loaded, Playing(engine, (jobs, backend, scheduler), out, resume, dry_run, quiet, verbose, form, lang),
                  Drawn(ensemble, ensemble_replications) if ensemble else None)
    if result is not None:
        show(result, form, lang)


@click.command("run")
@scenario_argument
@click.option("--strategy", help="Which strategy; default: the champion.")
@run_options
@format_option("table", "json", "csv")
@faults_to_stderr
def run(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
        strategy: str | None, engine: Engine, jobs: int, backend: Backend, scheduler: str, out: Path | None, resume: bool,
        dry_run: bool, quiet: bool, verbose: bool, form: str, lang: str) -> None:
    """Run one strategy of SCENARIO beside doing nothing (one replication unless told otherwise)."""
    told = any(setting.partition("=")[0].strip() == "replications" for setting in settings)
    loaded = Common(portfolio, settings, seed, replications or (None if told else 1)).load(scenario)
    chosen = loaded.only(strategy or loaded.scenario.champion)
    result = play(chosen, Playing(engine, (jobs, backend, scheduler), out, resume, dry_run, quiet, verbose, form, lang))
    if result is not None:
        show(result, form, lang, schema="duecourse/run/1")


@dataclass(frozen=True, slots=True)
class Drawn:
    """How an ensemble is asked for: draws of the values, and replications under each."""

    members: int
    replications: int


@dataclass(frozen=True, slots=True)
class Playing:
    """The flags of commands that play worlds."""

    engine: Engine
    place: tuple[int, Backend, str]
    """Jobs, backend and scheduler."""
    out: Path | None
    resume: bool
    dry_run: bool
    quiet: bool
    verbose: bool
    form: str
    language: str

    def say(self, text: str, *, detail: bool = False) -> None:
        """Say what is being done on stderr: nothing with --quiet, details only with --verbose."""
        if not self.quiet and (self.verbose or not detail):
            click.echo(text, err=True)

    def workers(self) -> Workers:
        """Return who plays.

        Raises:
            InputError: the flags do not go together.
        """
        from experiments.pools import Workers

        found = Workers(*self.place)
        found.check()
        return found


Found: TypeAlias = "tuple[CompareResult, Ensemble | None]"


def play(loaded: Loaded, playing: Playing, drawn: Drawn | None = None) -> Found | None:
    """Run everything, or what is left of it, write the run folder and return the result; None for a dry run."""
    from experiments.runfolder import RunFolder, free_folder, resumable_folder
    from experiments.unfinished import RunRecord, facts_of

    workers, name = playing.workers(), loaded.scenario.scenario
    worlds = loaded.scenario.replications * len(loaded.strategies)
    if playing.dry_run:
        path = resumable_folder(playing.out) if playing.resume else free_folder(playing.out, name)
        _say_dry(loaded, worlds, path, playing.form)
        return None
    started = time.monotonic()
    _say_details(loaded, worlds, workers, playing)
    question = {"command": "compare"} | ({"ensemble": drawn.members, "of_replications": drawn.replications} if drawn else {})
    record = RunRecord(arguments_given(), facts_of(loaded, playing.engine, question), worlds + (drawn.members if drawn else 0),
                       "tasks" if drawn else "worlds")
    with RunFolder(playing.out, name, record, resume=playing.resume, say=_warn) as folder:
        if folder.finished:
            return _finished_before(folder.path, playing)
        found = _play(loaded, playing, workers, folder, drawn)
        result, ensemble = _written(loaded, playing, folder, found[0], None if folder.resumed else started), found[1]
        if ensemble is not None:
            from experiments.ensemble import ensemble_json

            write_json(ensemble_json(ensemble), folder.draft / ENSEMBLE)
    return result, ensemble


def _warn(text: str) -> None:
    click.echo(f"! {text}", err=True)


def _play(loaded: Loaded, playing: Playing, workers: Workers, folder: RunFolder,
          drawn: Drawn | None) -> tuple[dict[str, Collected], Ensemble | None]:
    """Play what is not played yet, keeping every finished chunk on file."""
    from experiments.compare import collect
    from experiments.ensemble import Member, run_ensemble
    from experiments.tasks import Played

    name, worlds = loaded.scenario.scenario, loaded.scenario.replications * len(loaded.strategies)
    parts, members = folder.parts("worlds", Played), folder.parts("members", Member)
    known, known_members = parts.read(), members.read()
    before = sum(len(played.tasks) for played in known)
    if folder.resumed:
        more = f" and {len(known_members)} of {drawn.members} draws" if drawn else ""
        playing.say(f"going on with {folder.path}: {before} of {worlds} worlds{more} are there")
    compile_first(loaded, playing.engine, quiet=playing.quiet)
    with progress(worlds, name, quiet=playing.quiet, before=before) as tell:
        found = collect(loaded, playing.engine, workers, tell, known, parts.write)
    if drawn is None:
        return found, None
    with progress(drawn.members, f"{name}: draws of what is not known", quiet=playing.quiet, before=len(known_members)) as tell:
        return found, run_ensemble(loaded, drawn.members, drawn.replications, workers, tell, known_members, members.write)


def _written(loaded: Loaded, playing: Playing, folder: RunFolder, found: dict[str, Collected],
             started: float | None) -> CompareResult:
    """Write the files of the finished run into the draft and return its result."""
    from experiments.compare import summarise
    from experiments.run_tables import write_tables
    from experiments.runfolder import with_folder, write_manifest
    from experiments.store import write_result
    from sim.provenance import environment, package_version

    result = with_folder(summarise(loaded, found, playing.engine, playing.language), folder.path)
    result = replace(result, command=folder.command, version=package_version())
    playing.say("writing event log, tables and report ...")
    result = _write_log(loaded, result, folder.draft)
    write_tables(folder.draft, loaded, result, found)
    write_result(result, folder.draft)
    _write_reports(result, folder.draft / "report", ("html", "xlsx"), playing.language)
    write_manifest(folder.draft, loaded, result, environment(), started and time.monotonic() - started, folder.identity)
    return result


def _finished_before(folder: Path, playing: Playing) -> Found:
    """Return the result of a run that was finished before."""
    from experiments.ensemble import ensemble_from
    from experiments.store import read_result

    playing.say(f"{folder} is finished: nothing was run")
    file = folder / ENSEMBLE
    return read_result(folder), ensemble_from(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None


def _say_details(loaded: Loaded, worlds: int, workers: Workers, playing: Playing) -> None:
    """Say with --verbose what is about to run."""
    from experiments.pools import workers_for

    source, scenario = loaded.portfolio.source, loaded.scenario
    read = f"{source.path} (sha256 {source.sha256[:16]}..., {source.rows_read:,} rows)" if source.path else "a synthetic draw"
    playing.say(f"portfolio: {loaded.portfolio.accounts:,} accounts of {loaded.setting.persons:,} borrowers from {read}, "
                f"mapping: {source.mapping}", detail=True)
    playing.say(f"seeds: population {scenario.seeds.population}, assignment {scenario.seeds.assignment}, behaviour "
                f"{scenario.seeds.behaviour}", detail=True)
    place = (f"workers of {workers.scheduler}" if workers.backend == "dask"
             else f"{workers_for(worlds, workers.jobs)} worker processes")
    playing.say(f"{worlds} worlds, engine {playing.engine}, {place}", detail=True)


def _write_reports(result: CompareResult, stem: Path, forms: tuple[str, ...], language: str) -> list[Path]:
    """Write the report in each form, "html" or "xlsx", beside each other; returns the files."""
    from experiments.excel import write_workbook
    from experiments.report import write_report

    writers = {"html": write_report, "xlsx": write_workbook}
    paths = [stem.with_name(f"{stem.name}.{form}") for form in forms]
    for form, path in zip(forms, paths, strict=True):
        writers[form](result, path, language)
    return paths


def _write_log(loaded: Loaded, result: CompareResult, folder: Path) -> CompareResult:
    """Write replication 0's event logs and return the result with a few single lives."""
    from experiments.lives import sample_log

    if loaded.portfolio.accounts > MOST_LOGGED_ACCOUNTS:
        warning = (f"Event logs are not kept for more than {MOST_LOGGED_ACCOUNTS:,} accounts; `duecourse timeline` plays "
                   "single worlds again when asked.")
        return replace(result, warnings=(*result.warnings, warning))
    timelines, observed = sample_log(loaded, folder / "events.parquet")
    return replace(result, timelines=timelines, observed=observed)


def _say_dry(loaded: Loaded, worlds: int, folder: Path, form: str) -> None:
    names = [strategy.name for strategy in loaded.strategies]
    scenario = loaded.scenario
    if form == "json":
        echo_json({"schema": "duecourse/dry-run/1", "scenario": scenario.scenario, "accounts": loaded.portfolio.accounts,
                   "borrowers": loaded.setting.persons, "days": scenario.horizon.days, "replications": scenario.replications,
                   "strategies": names, "worlds": worlds, "run_dir": str(folder)})
        return
    click.echo(f"{scenario.scenario}: {loaded.portfolio.accounts:,} accounts, {scenario.horizon.days} days, "
               f"{scenario.replications} replications of {', '.join(names)}: {worlds} worlds. Would write {folder}. "
               "Nothing was run.")


def show(found: Found, form: str, language: str, schema: str = "duecourse/compare/1") -> None:
    """Print a result, with its ensemble if it has one, on stdout."""
    from experiments.answers import answer_json, answer_lines
    from experiments.ensemble import ensemble_json, ensemble_lines
    from experiments.tables import WORDS, compare_csv, compare_json, compare_rows, contrast_lines
    from experiments.texts import known_language

    result, ensemble = found
    if form == "json":
        answered = {"answer": answer_json(result.answer, result)} if result.answer is not None else {}
        echo_json(compare_json(result, schema) | answered | ({"ensemble": ensemble_json(ensemble)} if ensemble else {}))
        return
    if form == "csv":
        click.echo(compare_csv(result), nl=False)
        return
    words = WORDS[language]
    for line in answer_lines(result.answer, result, known_language(language)) if result.answer is not None else ():
        click.echo(line)
    click.echo(words["title"].format(scenario=result.scenario, accounts=result.accounts, borrowers=result.borrowers,
                                     days=result.days, replications=result.replications))
    header, rows = compare_rows(result, language)
    click.echo(text_table(header, rows))
    click.echo(words["champion"].format(roster=words[result.roster]))
    for line in contrast_lines(result, language):
        click.echo(line)
    for line in ensemble_lines(ensemble, result.minor_per_major, result.currency) if ensemble else ():
        click.echo(line)
    for warning in result.warnings:
        click.echo(f"! {warning}")
    click.echo(words["report"].format(path=Path(result.run_dir) / "report.html"))


def text_table(header: list[str], rows: list[list[str]]) -> str:
    """Return a plain table: texts to the left, numbers to the right, wide Chinese characters counted as two."""
    from rich.cells import cell_len

    widths = [max(cell_len(row[n]) for row in [header, *rows]) for n in range(len(header))]
    texts = [n == 0 or not all(_is_number(row[n]) for row in rows) for n in range(len(header))]

    def line(row: list[str]) -> str:
        gaps = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        return "  ".join(cell + gap if text else gap + cell
                         for cell, gap, text in zip(row, gaps, texts, strict=True)).rstrip()

    return "\n".join([line(header), "  ".join("-" * width for width in widths), *(line(row) for row in rows)])


def _is_number(cell: str) -> bool:
    return cell == "-" or (any(letter.isdigit() for letter in cell) and not any(letter.isalpha() for letter in cell))


@click.command("rerun")
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--portfolio", type=click.Path(path_type=Path), help="Where the portfolio's file is now.")
@run_options
@format_option("table", "json")
@faults_to_stderr
def rerun(manifest: Path, portfolio: Path | None, engine: Engine, jobs: int, backend: Backend, scheduler: str, out: Path | None,
          resume: bool, dry_run: bool, quiet: bool, verbose: bool, form: str, lang: str) -> None:
    """Repeat a run from its MANIFEST (or run folder) and compare digests: exit code 3 when they differ."""
    from experiments.replay import loaded_from

    loaded, document = loaded_from(manifest, portfolio)
    played = play(loaded, Playing(engine, (jobs, backend, scheduler), out, resume, dry_run, quiet, verbose, form, lang))
    if played is None:
        return
    result = played[0]
    digests = {strategy.name: strategy.digest for strategy in result.strategies}
    same = digests == document["digests"]
    if form == "json":
        echo_json({"schema": "duecourse/rerun/1", "same_digests": same, "recorded": document["digests"], "found": digests,
                   "run_dir": result.run_dir})
    else:
        _say_digests(document["digests"], digests)
        click.echo("The same, to the bit." if same else "NOT the same: see the digests above.")
        click.echo(f"Report: {Path(result.run_dir) / 'report.html'}")
    if not same:
        sys.exit(CHECK_FAILED)


def _say_digests(recorded: dict[str, Any], found: dict[str, str]) -> None:
    for name, digest in found.items():
        verdict = "same" if recorded.get(name) == digest else f"DIFFERS from {recorded.get(name)}"
        click.echo(f"{name:<24} {digest}  {verdict}")


@click.command("report")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["html", "xlsx", "both"]), default="html", help="Page, workbook, or both.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of words.")
@click.option("--out", type=click.Path(path_type=Path),
              help="The file; with --format both, its name without .html and .xlsx. Default: report.LANG in the run folder.")
@faults_to_stderr
def report(run_folder: Path, form: str, lang: str, out: Path | None) -> None:
    """Write the report of RUN again: the HTML page, the Excel workbook, or both."""
    from experiments.cli_sweep import page_of, read_question
    from experiments.store import read_result
    from sim import InputError

    forms = ("html", "xlsx") if form == "both" else (form,)
    question = read_question(run_folder)
    if question is not None and forms != ("html",):
        raise InputError("--format", form, "html: a sweep or a sensitivity analysis has a page and CSV, no workbook",
                         "Leave --format out.")
    result = read_result(run_folder) if question is None else None
    stem = _stem(out, forms) if out is not None else run_folder / f"report.{lang}"
    if question is not None:
        page_of(question, stem.with_name(f"{stem.name}.html"), lang)
    elif result is not None:
        _write_reports(result, stem, forms, lang)
    for one in forms:
        click.echo(str(stem.with_name(f"{stem.name}.{one}")))


def _stem(out: Path, forms: tuple[str, ...]) -> Path:
    """Return the path without ending that --out names.

    Raises:
        InputError: the ending is another, the file exists, or its folder does not.
    """
    from sim import InputError

    ending = out.suffix.removeprefix(".").lower()
    if ending in {"html", "xlsx"} and (ending not in forms or len(forms) > 1):
        expected = "a name without ending" if len(forms) > 1 else f"a file that ends in .{forms[0]}"
        raise InputError("--out", str(out), expected, f"Leave the ending out, or say --format {ending}.")
    stem = out.with_suffix("") if ending in forms else out
    for form in forms:
        path = stem.with_name(f"{stem.name}.{form}")
        if path.exists():
            raise InputError("--out", str(path), "a file that does not exist yet", "Name another one.")
    if not stem.parent.is_dir():
        raise InputError("--out", str(out), "a file in a folder that exists", f"Make {stem.parent} first, or name another.")
    return stem
