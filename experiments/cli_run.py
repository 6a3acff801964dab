"""`compare`, `run`, `rerun`, `report`: commands that play worlds and leave a run folder."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli_common import (
    CHECK_FAILED,
    Common,
    check_jobs,
    echo_json,
    faults_to_stderr,
    format_option,
    progress,
    run_options,
    scenario_argument,
)

if TYPE_CHECKING:
    from experiments.results import CompareResult
    from sim import Loaded

MOST_LOGGED_ACCOUNTS = 200_000


@click.command("compare")
@scenario_argument
@run_options
@format_option
@faults_to_stderr
def compare(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
            engine: str, jobs: int, out: Path | None, dry_run: bool, quiet: bool, verbose: bool, form: str, lang: str) -> None:
    """Compare all strategies of SCENARIO with each other and with doing nothing, under shared luck."""
    del verbose
    loaded = Common(portfolio, settings, seed, replications).load(scenario)
    result = play(loaded, engine, jobs, out, dry_run=dry_run, quiet=quiet, language=lang)
    if result is not None:
        show(result, form, lang)


@click.command("run")
@scenario_argument
@click.option("--strategy", help="Which strategy; default: the champion.")
@run_options
@format_option
@faults_to_stderr
def run(scenario: Path, portfolio: Path | None, settings: tuple[str, ...], seed: int | None, replications: int | None,
        strategy: str | None, engine: str, jobs: int, out: Path | None, dry_run: bool, quiet: bool, verbose: bool, form: str,
        lang: str) -> None:
    """Run one strategy of SCENARIO beside doing nothing (one replication unless told otherwise)."""
    del verbose
    loaded = Common(portfolio, settings, seed, replications or 1).load(scenario)
    chosen = loaded.only(strategy or loaded.scenario.champion)
    result = play(chosen, engine, jobs, out, dry_run=dry_run, quiet=quiet, language=lang)
    if result is not None:
        show(result, form, lang, schema="duecourse/run/1")


def play(loaded: Loaded, engine: str, jobs: int, out: Path | None, *, dry_run: bool, quiet: bool,
         language: str) -> CompareResult | None:
    """Run everything, write the run folder and return the result; None for a dry run."""
    from experiments.compare import collect, summarise
    from experiments.runfolder import RunFolder, new_folder, with_folder, write_manifest, write_tables
    from experiments.store import write_result
    from sim.provenance import command_line, environment, package_version

    check_jobs(jobs)
    folder = new_folder(out, loaded.scenario.scenario)
    worlds = loaded.scenario.replications * len(loaded.strategies)
    if dry_run:
        _say_dry(loaded, worlds, folder)
        return None
    started = time.monotonic()
    with progress(worlds, loaded.scenario.scenario, quiet=quiet) as tell:
        found = collect(loaded, engine, jobs, tell)  # type: ignore[arg-type]
    result = with_folder(summarise(loaded, found, engine, language), folder)  # type: ignore[arg-type]
    result = replace(result, command=command_line(sys.argv[1:]), version=package_version())
    with RunFolder(folder) as draft:
        result = _write_log(loaded, result, draft)
        write_manifest(draft, loaded, result, environment(), time.monotonic() - started)
        write_tables(draft, loaded, result, found)
        write_result(result, draft)
        _write_report(result, draft / "report.html", language)
    return result


def _write_report(result: CompareResult, path: Path, language: str) -> None:
    from experiments.report import write_report

    write_report(result, path, language)


def _write_log(loaded: Loaded, result: CompareResult, folder: Path) -> CompareResult:
    """Write replication 0's event logs and return the result with a few single lives."""
    from experiments.lives import sample_log

    if loaded.portfolio.accounts > MOST_LOGGED_ACCOUNTS:
        warning = (f"Event logs are not kept for more than {MOST_LOGGED_ACCOUNTS:,} accounts; `duecourse timeline` plays "
                   "single worlds again when asked.")
        return replace(result, warnings=(*result.warnings, warning))
    return replace(result, timelines=sample_log(loaded, folder / "events.parquet"))


def _say_dry(loaded: Loaded, worlds: int, folder: Path) -> None:
    names = ", ".join(strategy.name for strategy in loaded.strategies)
    click.echo(f"{loaded.scenario.scenario}: {loaded.portfolio.accounts:,} accounts, {loaded.scenario.horizon.days} days, "
               f"{loaded.scenario.replications} replications of {names}: {worlds} worlds. Would write {folder}. Nothing was run.")


def show(result: CompareResult, form: str, language: str, schema: str = "duecourse/compare/1") -> None:
    """Print a result on stdout."""
    from experiments.tables import WORDS, compare_csv, compare_json, compare_rows, contrast_lines

    if form == "json":
        echo_json(compare_json(result, schema))
        return
    if form == "csv":
        click.echo(compare_csv(result), nl=False)
        return
    words = WORDS[language]
    click.echo(words["title"].format(scenario=result.scenario, accounts=result.accounts, borrowers=result.borrowers,
                                     days=result.days, replications=result.replications))
    header, rows = compare_rows(result, language)
    click.echo(text_table(header, rows))
    for line in contrast_lines(result, language):
        click.echo(line)
    for warning in result.warnings:
        click.echo(f"! {warning}")
    click.echo(f"{Path(result.run_dir) / 'report.html'}")


def text_table(header: list[str], rows: list[list[str]]) -> str:
    """Return a plain table, wide Chinese characters counted as two."""
    from rich.cells import cell_len

    widths = [max(cell_len(row[n]) for row in [header, *rows]) for n in range(len(header))]

    def line(row: list[str]) -> str:
        cells = [row[0] + " " * (widths[0] - cell_len(row[0]))]
        cells += [" " * (width - cell_len(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True)]
        return "  ".join(cells).rstrip()

    return "\n".join([line(header), "  ".join("-" * width for width in widths), *(line(row) for row in rows)])


@click.command("rerun")
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--portfolio", type=click.Path(path_type=Path), help="Where the portfolio's file is now.")
@run_options
@format_option
@faults_to_stderr
def rerun(manifest: Path, portfolio: Path | None, engine: str, jobs: int, out: Path | None, dry_run: bool, quiet: bool,
          verbose: bool, form: str, lang: str) -> None:
    """Repeat a run from its MANIFEST (or run folder) and compare digests: exit code 3 when they differ."""
    del verbose
    from experiments.replay import loaded_from

    loaded, document = loaded_from(manifest, portfolio)
    result = play(loaded, engine, jobs, out, dry_run=dry_run, quiet=quiet, language=lang)
    if result is None:
        return
    digests = {strategy.name: strategy.digest for strategy in result.strategies}
    same = digests == document["digests"]
    if form == "json":
        echo_json({"schema": "duecourse/rerun/1", "same_digests": same, "recorded": document["digests"], "found": digests,
                   "run_dir": result.run_dir})
    else:
        _say_digests(document["digests"], digests)
        click.echo(str(Path(result.run_dir) / "report.html"))
    if not same:
        sys.exit(CHECK_FAILED)


def _say_digests(recorded: dict[str, Any], found: dict[str, str]) -> None:
    for name, digest in found.items():
        verdict = "same" if recorded.get(name) == digest else f"DIFFERS from {recorded.get(name)}"
        click.echo(f"{name:<24} {digest}  {verdict}")


@click.command("report")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of words.")
@click.option("--out", type=click.Path(path_type=Path), help="The HTML file. Default: report.LANG.html in the run folder.")
@faults_to_stderr
def report(run_folder: Path, lang: str, out: Path | None) -> None:
    """Write the HTML report of RUN again."""
    from experiments.store import read_result
    from sim import InputError

    result = read_result(run_folder)
    path = out or run_folder / f"report.{lang}.html"
    if out is not None and path.exists():
        raise InputError("--out", str(path), "a file that does not exist yet", "Name another one.")
    _write_report(result, path, lang)
    click.echo(str(path))
