"""`duecourse ab`: size, bound, assign and analyse experiments.

The group `ab` is added to the console command by `experiments.cli`. Imports stand inside the commands, so
that asking for help costs nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from experiments.cli_common import faults_to_stderr, where_options
from sim.errors import InputError, RunFailed

if TYPE_CHECKING:
    from experiments.design.size_request import SizeRequest
    from experiments.pools import Backend

    _ParamType = click.ParamType[float | int]
else:
    _ParamType = click.ParamType  # older releases of click have no type argument at run time


class _Number(_ParamType):
    """A number, refused in the four parts of every other message."""

    name = "number"

    def __init__(self, *, whole: bool = False) -> None:
        self.whole = whole

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float | int:
        """Return the number, or fail with what was given, what is allowed and what to do."""
        try:
            return int(str(value)) if self.whole else float(str(value))
        except ValueError:
            expected = "a whole number" if self.whole else "a number"
            point = "." if self.whole else " and a decimal point."
            self.fail(f"got {value}, expected {expected}. Write it with digits{point}", param, ctx)


NUMBER, WHOLE = _Number(), _Number(whole=True)
P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., None])
_FORMATS = ["table", "json", "csv"]


def _faults_to_stderr(command: Callable[P, None]) -> Callable[P, None]:
    """Say what is wrong with the input on stderr and exit with 2; a failed run exits with 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except InputError as error:
            click.echo(str(error), err=True)
            sys.exit(2)
        except RunFailed as error:
            click.echo(str(error), err=True)
            sys.exit(1)

    return run


def _kept(context: click.Context) -> dict[str, object]:
    """Return the options collected so far in this call of the command."""
    kept: dict[str, object] = context.meta.setdefault(__name__, {})
    return kept


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Collect an option in the context instead of passing forty arguments to one function."""
    if parameter.name is not None:
        _kept(context)[parameter.name] = value


def _options(specification: Mapping[str, tuple[object, object, str]]) -> Callable[[F], F]:
    """Return a decorator that adds options whose values `_keep` collects.

    Args:
        specification: option declaration -> (type, default, help).
    """

    def add(command: F) -> F:
        for declaration, (kind, default, text) in reversed(list(specification.items())):
            command = click.option(*declaration.split(), type=kind, default=default, help=text, expose_value=False,
                                   show_default=default is not None, callback=_keep, is_eager=False)(command)
        return command

    return add


def _changes(command: F) -> F:
    """Add the flags that change an experiment file."""
    for decorate in reversed((
            click.option("--portfolio", type=click.Path(path_type=Path), help="The scenario's portfolio file."),
            click.option("--set", "settings", multiple=True, metavar="KEY=VALUE",
                         help="Change the experiment: replications=50."))):
        command = decorate(command)
    return command


def _worlds(command: F) -> F:
    """Add the flags of commands that play an experiment's worlds."""
    for decorate in reversed((
            _changes,
            click.option("--jobs", type=int, default=-1, help="Worker processes; 1 runs in this one, -1 on all processors."),
            click.option("-q", "--quiet", is_flag=True, help="No progress."))):
        command = decorate(command)
    return command


_form = click.option("--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True)


@click.group("ab")
def ab() -> None:
    """A/B tests: how large, when to look, who gets what, what came out."""


# ------------------------------------------------------------------------------------------------------ size

_SIZE: dict[str, tuple[object, object, str]] = {
    "--metric": (str, None, "proportion, mean, ratio, count or time_to_event."),
    "--control --baseline": (NUMBER, None, "Value in control; hazard per day for time_to_event."),
    "--treatment": (NUMBER, None, "Value in treatment; leave out to find the detectable effect."),
    "--lift": (NUMBER, None, "Relative change of treatment, instead of --treatment: 0.1 is +10 %."),
    "--power": (
        NUMBER,
        None,
        "Power wanted; leave out to find it. 0.8 where --n and the effect are not both given.",
    ),
    "--n": (NUMBER, None, "Accounts in the control arm; leave out to find them."),
    "--alpha": (NUMBER, 0.05, "Type I error, over both sides when two-sided."),
    "--sides": (WHOLE, 2, "1 or 2."),
    "--ratio": (NUMBER, 1.0, "Treatment accounts per control account."),
    "--method": (str, "", "Closed form; the metric's usual one by default."),
    "--test": (str, None, "superiority, non_inferiority or equivalence; non_inferiority with --margin."),
    "--margin": (NUMBER, None, "Largest loss that is accepted; a ratio for count and time_to_event."),
    "--direction": (
        click.Choice(["larger_is_better", "smaller_is_better"]),
        "larger_is_better",
        "Which way is good, for margins.",
    ),
    "--sd": (NUMBER, None, "Outcome SD of a mean."),
    "--sd-treatment": (NUMBER, None, "Outcome SD in treatment, if different."),
    "--payer-share": (
        NUMBER,
        None,
        "Share of accounts with an amount above 0 (lognormal); gives the SD of a mean.",
    ),
    "--log-sd": (NUMBER, 1.0, "SD of the log amount among payers."),
    "--mean-denominator": (NUMBER, None, "Ratio metric: mean of the denominator per account."),
    "--sd-numerator": (NUMBER, None, "Ratio metric: SD of the numerator."),
    "--sd-denominator": (NUMBER, None, "Ratio metric: SD of the denominator."),
    "--correlation": (NUMBER, 0.0, "Ratio metric: correlation of numerator and denominator."),
    "--exposure": (NUMBER, 1.0, "Count: units of exposure per account."),
    "--dispersion": (NUMBER, 0.0, "Count: negative-binomial dispersion."),
    "--accrual-days": (NUMBER, 0.0, "Time to event: days over which accounts enter evenly."),
    "--followup-days": (NUMBER, None, "Time to event: days from the last entry to the analysis."),
    "--dropout-per-day": (NUMBER, 0.0, "Time to event: hazard of leaving unobserved."),
    "--cuped-rho": (NUMBER, 0.0, "Correlation of a covariate with the outcome."),
    "--cluster-size": (NUMBER, None, "Mean accounts per cluster (and period)."),
    "--icc": (NUMBER, 0.0, "Intracluster correlation."),
    "--cluster-cv": (NUMBER, 0.0, "Coefficient of variation of cluster sizes."),
    "--design layout": (str, "parallel", "parallel, switchback or stepped_wedge."),
    "--periods": (WHOLE, 1, "Periods of a switchback; steps of a stepped wedge."),
    "--cac": (NUMBER, 1.0, "Cluster autocorrelation from period to period."),
    "--carryover": (WHOLE, 0, "Periods that an arm still acts after it ended."),
    "--treatments": (WHOLE, 1, "Treatment arms that share control (Dunnett)."),
    "--looks": (str, None, "Information fractions such as 0.5,0.75,1, or a number of looks."),
    "--rule": (str, "lan_demets_obf", "Group-sequential rule; see `ab bounds`."),
    "--parameter": (NUMBER, None, "Parameter of the rule, where it needs one."),
    "--capacity": (NUMBER, None, "Attempts that the test has in all."),
    "--attempts-per-account": (NUMBER, 1.0, "Attempts that the full dose takes per treated account."),
    "--inflow inflow_per_day": (NUMBER, None, "Accounts that enter per day, for the calendar."),
    "--horizon-days": (NUMBER, 0.0, "Days from entry to outcome."),
    "--prior-sd": (NUMBER, None, "SD of the prior of the effect, for assurance."),
}


@ab.command("size")
@click.argument("experiment", type=click.Path(path_type=Path), required=False)
@_options(_SIZE)
@click.option("--curve", is_flag=True, help="Add power against accounts.")
@_worlds
@_form
@click.pass_context
@_faults_to_stderr
def size_command(
    context: click.Context, experiment: Path | None, form: str, curve: bool, portfolio: Path | None,
    settings: tuple[str, ...], jobs: int, quiet: bool,
) -> None:
    """Size a test, or find its power or detectable effect: two of effect, accounts and power give the third.

    By options accounts are taken to be independent of each other. Arms that share agents are not: with an
    EXPERIMENT file the simulated power stands beside the closed form, and in words why they part.
    """
    from experiments.design import size as sizing
    from experiments.design.size_text import document, table

    given = _kept(context)
    if experiment is not None:
        if given.get("metric") is not None or given.get("control") is not None:
            raise InputError("--metric, --control", "with an experiment file", "a file or options, not both",
                             "The file says metric and effect.")
        _size_experiment(experiment, portfolio, settings, jobs, quiet, form)
        return
    request = _size_request(given)
    got = sizing.size(request)
    points = sizing.curve(request) if curve else ()
    _show(form, document(request, got, points), table(request, got, points))


def _size_request(given: dict[str, object]) -> SizeRequest:
    """Return the request that the options make."""
    from experiments.design.size_request import SizeRequest
    from experiments.sequential.report import parse_looks

    values = dict(given)
    for option in ("metric", "control"):
        if values.get(option) is None:
            raise InputError(f"--{option}", "nothing",
                             _SIZE["--metric"][2].rstrip(".") if option == "metric" else "a number", f"Add --{option}.")
    lift = values.pop("lift")
    if lift is not None:
        if values["treatment"] is not None:
            raise InputError("--lift", lift, "either --lift or --treatment", "Leave one of them out.")
        values["treatment"] = float(str(values["control"])) * (1.0 + float(str(lift)))
    values["larger_is_better"] = values.pop("direction") == "larger_is_better"
    if values["test"] is None:
        values["test"] = "superiority" if values["margin"] is None else "non_inferiority"
    looks = values.pop("looks")
    values["looks"] = () if looks is None else parse_looks(str(looks))
    effect = values["treatment"] if values["test"] == "superiority" else values["margin"]
    if values["power"] is None and (values["n"] is None or effect is None):
        values["power"] = 0.8
    return SizeRequest(**values)  # type: ignore[arg-type]  # each option's type is that of its field


# ---------------------------------------------------------------------------------------------------- bounds

_BOUNDS: dict[str, tuple[object, object, str]] = {
    "--looks": (str, None, "Information fractions such as 0.5,0.75,1, or a number of looks."),
    "--rule": (
        str,
        "lan_demets_obf",
        "obrien_fleming, pocock, wang_tsiatis, lan_demets_obf|_pocock, kim_demets or hwang_shih_decani.",
    ),
    "--parameter": (NUMBER, None, "Delta of wang_tsiatis, rho of kim_demets, gamma of hwang_shih_decani."),
    "--alpha": (NUMBER, 0.05, "Type I error, over both sides when two-sided."),
    "--sides": (WHOLE, 2, "1 or 2."),
    "--power": (NUMBER, 0.8, "Power of the planned test, for inflation and expected size."),
    "--futility": (str, "", "Beta-spending rule of a futility boundary."),
    "--futility-parameter": (NUMBER, None, "rho or gamma of the futility rule."),
    "--look": (WHOLE, 0, "A look that was taken, from 1, for inference after it."),
    "--estimate": (NUMBER, None, "Estimate at that look."),
    "--se": (NUMBER, None, "Its standard error."),
}


@ab.command("bounds")
@_options(_BOUNDS)
@click.option(
    "--binding/--non-binding", default=False, show_default=True, help="Whether futility must be obeyed."
)
@_form
@click.pass_context
@_faults_to_stderr
def bounds_command(context: click.Context, form: str, binding: bool) -> None:
    """Boundaries of a group-sequential test at any looks, what looking costs, and inference after a stop."""
    from experiments.sequential.report import BoundsRequest, answer, document, parse_looks
    from experiments.sequential.text import table

    values = dict(_kept(context))
    if values["looks"] is None:
        raise InputError("--looks", "nothing", "information fractions such as 0.5,0.75,1, or a number of looks", "Add --looks.")
    values["looks"] = parse_looks(str(values["looks"]))
    request = BoundsRequest(binding=binding, **values)  # type: ignore[arg-type]  # as in `_size_request`
    got = answer(request)
    _show(form, document(request, got), table(request, got))


# --------------------------------------------------------------------------------------------------- analyze


@ab.command("analyze")
@click.argument("experiment", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Outcomes: CSV, .gz, Parquet or xlsx.")
@_form
@_faults_to_stderr
def analyze_command(experiment: Path, data: Path, form: str) -> None:
    """Analyse the outcomes of a real or simulated experiment; no scenario is needed."""
    from experiments.estimators.analysis import analyze
    from experiments.estimators.text import document, table

    got = analyze(experiment, data)
    _show(form, document(got), table(got))


# ---------------------------------------------------------------------------------------------------- assign


@ab.command("assign")
@click.argument("experiment", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Accounts: CSV, .gz, Parquet or xlsx.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write; must not exist.")
@click.option("--seed", type=WHOLE, default=1, show_default=True)
@_form
@_faults_to_stderr
def assign_command(experiment: Path, data: Path, out: Path, seed: int, form: str) -> None:
    """Assign accounts to arms: assignment.csv, balance.csv and manifest.json, the same for the same seed."""
    from experiments.design.assign_files import assign
    from experiments.design.assign_text import document, table

    got = assign(experiment, data, out, seed)
    _show(form, document(got), table(got))


# ------------------------------------------------------------------------------------------ what plays worlds


@ab.command("run")
@click.argument("experiment", type=click.Path(path_type=Path))
@_changes
@where_options("A folder for finished worlds and the result. Default: nothing is written, and nothing can be resumed.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@_form
@faults_to_stderr
def run_command(experiment: Path, portfolio: Path | None, settings: tuple[str, ...], jobs: int, backend: Backend, scheduler: str,
                out: Path | None, resume: bool, quiet: bool, form: str) -> None:
    """Diagnose the designs of EXPERIMENT against the simulated truth: bias, power, coverage, money."""
    from experiments.cli_ab_run import Diagnosing, diagnosed
    from experiments.pools import Workers

    workers = Workers(jobs, backend, scheduler)
    workers.check()
    click.echo(diagnosed(experiment, portfolio, settings, Diagnosing(workers, out, resume, quiet), form), nl=False)


def _size_experiment(experiment: Path, portfolio: Path | None, settings: tuple[str, ...], jobs: int, quiet: bool,
                     form: str) -> None:
    """Size an experiment file: closed form and simulation."""
    from experiments.ab_play import runner
    from experiments.ab_run import load_experiment
    from experiments.ab_size import light, size_document_of, size_experiment, size_table, sized_worlds
    from experiments.cli_common import check_jobs, compile_first, progress
    from experiments.pools import Workers

    check_jobs(jobs)
    variants = light(load_experiment(experiment, portfolio, settings))
    compile_first(variants.loaded, quiet=quiet)
    with (progress(sized_worlds(variants.spec), variants.spec.experiment, quiet=quiet) as tell,
          runner(variants, Workers(jobs), tell) as run):
        got = size_experiment(variants, run)
    _show(form, size_document_of(got, variants), size_table(got, variants))


def _show(form: str, document: Mapping[str, object], table: str) -> None:
    """Print one result."""
    if form == "json":
        click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
    elif form == "csv":
        from experiments.estimators.text import flat_csv

        click.echo(flat_csv(document), nl=False)
    else:
        click.echo(table)


if __name__ == "__main__":
    ab()
