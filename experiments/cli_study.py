"""`duecourse study`: published experiments and base rates, calibrated on some figures and asked for the others."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from experiments.cli_common import CHECK_FAILED, check_jobs, compile_first, echo_json, faults_to_stderr, progress

_form = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
                     help="What stdout holds; with json, exactly one document.")
_jobs = click.option("--jobs", type=int, default=-1, help="Worker processes; 1 runs in this one, -1 on all processors.")
_data = click.option("--data", type=click.Path(path_type=Path), envvar="DUECOURSE_DATA", show_envvar=True,
                     help="The folder with public data sets, for studies of real portfolios.")


@click.group("study")
def study() -> None:
    """Published experiments: calibrate on some arms, predict the others."""


@study.command("list")
@_form
@faults_to_stderr
def list_command(form: str) -> None:
    """List the shipped studies with what each asks."""
    from experiments.study.loading import read_study, study_names, study_path

    specs = [read_study(study_path(name))[0] for name in study_names()]
    if form == "json":
        echo_json({"schema": "duecourse/study-list/1", "studies": [
            {"study": spec.study, "title": spec.title, "question": spec.question, "source": spec.source,
             "data": sorted({p.data for p in spec.populations.values() if p.data}), "calibrated": len(spec.calibrated),
             "predictions": len(spec.predictions)} for spec in specs]})
        return
    width = max(len(spec.study) for spec in specs)
    for spec in specs:
        needs = "".join(f" (needs --data with {name})" for name in sorted({p.data for p in spec.populations.values() if p.data}))
        click.echo(f"{spec.study:<{width}}  {spec.title}{needs}")


@study.command("run")
@click.argument("name")
@_form
@_jobs
@_data
@click.option("--freeze", "renew", is_flag=True, help="Write these predictions down as the frozen ones.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@faults_to_stderr
def run_command(name: str, form: str, jobs: int, data: Path | None, renew: bool, quiet: bool) -> None:
    """Run the study NAME (shipped, or a file): calibrate, predict, compare with the frozen predictions.

    Exit code 3 when the predictions are not the frozen ones, or a figure lies outside its band.
    """
    from experiments.study.frozen import check_may_freeze, compare, freeze
    from experiments.study.loading import load_study, study_path
    from experiments.study.running import run_study, worlds_expected
    from experiments.study.text import failed, report, study_json

    check_jobs(jobs)
    loaded = load_study(study_path(name), data)
    if renew:
        check_may_freeze(loaded.frozen_path)
    compile_first(next(iter(loaded.worlds.values())), quiet=quiet)
    started = time.monotonic()
    with progress(worlds_expected(loaded.spec), loaded.spec.study, quiet=quiet or not sys.stderr.isatty()) as tell:
        result = run_study(loaded, jobs, tell)
    if not quiet:
        click.echo(f"{loaded.spec.study}: {result.worlds} worlds in {time.monotonic() - started:.1f} s", err=True)
    if renew:
        click.echo(f"frozen in {freeze(result)}", err=True)
    found = compare(result)
    if form == "json":
        echo_json(study_json(result, found))
    else:
        click.echo(report(result, found))
    if found.matches is False or failed(result):
        sys.exit(CHECK_FAILED)


@study.command("freeze")
@click.argument("names", nargs=-1)
@_jobs
@_data
@faults_to_stderr
def freeze_command(names: tuple[str, ...], jobs: int, data: Path | None) -> None:
    """Run studies (all of them without NAMES) and write their predictions down as the frozen ones.

    For whoever changed what the model does: it says which predictions moved, and by how much. Exit code 3 when a figure lies
    outside its band, or a study was left out because its data are not there.
    """
    from experiments.study.frozen import check_may_freeze, freeze, moves, read_frozen
    from experiments.study.loading import load_study, read_study, study_names, study_path
    from experiments.study.running import run_study
    from experiments.study.text import failed

    check_jobs(jobs)
    paths = [study_path(name) for name in names or study_names()]
    lacking = [path for path in paths if data is None and any(p.data for p in read_study(path)[0].populations.values())]
    studies = [load_study(path, data) for path in paths if path not in lacking]
    for loaded in studies:
        check_may_freeze(loaded.frozen_path)
    wrong = bool(lacking)
    for loaded in studies:
        started = time.monotonic()
        before = read_frozen(loaded.frozen_path)
        result = run_study(loaded, jobs, lambda _done: None)
        freeze(result)
        moved = moves(before, result)
        click.echo(f"{loaded.spec.study}: {len(moved)} of {len(result.predictions)} predictions moved "
                   f"({result.worlds} worlds, {time.monotonic() - started:.1f} s)")
        for line in moved:
            click.echo(f"  {line}")
        for found in failed(result):
            click.echo(f"  ! outside its band: {found.item.outcome}, {found.item.arm}: {found.estimate:.2f}")
            wrong = True
    for path in lacking:
        click.echo(f"! {path.stem}: left as it was; it needs --data with {read_study(path)[0].source}")
    if wrong:
        sys.exit(CHECK_FAILED)
