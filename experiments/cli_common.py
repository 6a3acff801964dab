"""What all commands share: options, the four-part messages, progress on stderr, results on stdout."""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, ParamSpec

import click

if TYPE_CHECKING:
    from experiments.texts import Language
    from sim import Engine, InputError, Loaded

P = ParamSpec("P")
OK, FAILED, INVALID, CHECK_FAILED = 0, 1, 2, 3
Format = Literal["table", "json", "csv"]
GIVEN = "duecourse.arguments"
"""Where the root context keeps the arguments as they were given."""


@dataclass(frozen=True, slots=True)
class Common:
    """The flags of commands that load a scenario."""

    portfolio: Path | None
    settings: tuple[str, ...]
    seed: int | None
    replications: int | None

    def load(self, scenario: Path) -> Loaded:
        """Load the scenario with these flags on top."""
        from sim import Options, load

        return load(scenario, Options(self.portfolio, self.settings, self.seed, self.replications))


def scenario_argument(command: Callable[P, None]) -> Callable[P, None]:
    """Add SCENARIO and the flags that change it."""
    for decorate in reversed((
            click.argument("scenario", type=click.Path(path_type=Path)),
            click.option("--portfolio", type=click.Path(path_type=Path), help="The portfolio's file: CSV, Parquet or xlsx."),
            click.option("--set", "settings", multiple=True, metavar="KEY=VALUE",
                         help="Set one value of the scenario, such as horizon.days=60. May be repeated."),
            click.option("--seed", type=int, help="One whole number from which all three seeds are made."),
            click.option("--replications", type=click.IntRange(1, 100_000), help="How many times each world is played."))):
        command = decorate(command)
    return command


def format_option(*forms: Format) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Add --format, with the forms that a command knows, and --lang."""

    def decorate(command: Callable[P, None]) -> Callable[P, None]:
        command = click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of words.")(command)
        return click.option("--format", "form", type=click.Choice(forms), default=forms[0],
                            help="What stdout holds; with json, exactly one document.")(command)

    return decorate


def where_options(out: str = "The run folder to make. Default: runs/NAME-TIME.",
                  ) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Add the flags that say who plays and where finished work is kept; `out` is the help of --out."""

    def decorate(command: Callable[P, None]) -> Callable[P, None]:
        for option in reversed((
                click.option("--jobs", type=int, default=-1, help="Worker processes; 1 runs in this one, -1 on all processors."),
                click.option("--backend", type=click.Choice(["local", "dask"]), default="local",
                             help="Who plays: processes of this machine, or a Dask cluster (extra `dask`): the same digests."),
                click.option("--scheduler", default="", metavar="ADDRESS", help="The cluster's: tcp://127.0.0.1:8786."),
                click.option("--out", type=click.Path(path_type=Path), help=out),
                click.option("--resume", is_flag=True, help="Finish the run in --out that was stopped: to the same digests."))):
            command = option(command)
        return command

    return decorate


def run_options(command: Callable[P, None]) -> Callable[P, None]:
    """Add the flags of commands that run worlds."""
    for decorate in reversed((
            click.option("--engine", type=click.Choice(["compiled", "reference"]), default="compiled",
                         help="The fast desk, or SimPy processes: the same digests."),
            where_options(),
            click.option("--dry-run", is_flag=True, help="Load and check everything, say what would run, write nothing."),
            click.option("-q", "--quiet", is_flag=True, help="No progress."),
            click.option("-v", "--verbose", is_flag=True, help="Say more on stderr."))):
        command = decorate(command)
    return command


def faults_to_stderr(command: Callable[P, None]) -> Callable[P, None]:
    """Say on stderr what is wrong: bad input exits with 2, a failed run with 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from sim.errors import InputError, RunFailed

        interrupt = Interrupt()
        try:
            with interrupt:
                command(*args, **kwargs)
        except InputError as error:
            _say_faults(error)
        except RunFailed as error:
            _say_failed(error)
        except KeyboardInterrupt as error:
            _say_stopped(error)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(OK)
        except (OSError, MemoryError) as error:
            _say_failed(error)
        except Exception as error:
            if not interrupt.came:
                raise
            _say_stopped(error)

    return run


def _notes(error: BaseException) -> list[str]:
    """Return what a run folder noted on an exception: what it keeps, and how to go on."""
    return list(getattr(error, "__notes__", []))


def _language() -> Language:
    """Return the language that the running command was asked for."""
    context = click.get_current_context(silent=True)
    return "zh" if context is not None and context.params.get("lang") == "zh" else "en"


def _say_faults(error: InputError) -> NoReturn:
    """Say each fault in its four parts."""
    from experiments.texts import say

    language = _language()
    faults: tuple[InputError, ...] = getattr(error, "errors", (error,))
    for fault in faults:
        advice = f" {fault.advice}" if fault.advice and language == "en" else fault.advice
        parts = {"where": fault.where, "got": fault.got, "expected": fault.expected, "advice": advice}
        click.echo(say("fault.parts", language, **parts), err=True)
    click.echo(say("fault.many", language, count=len(faults)) if len(faults) > 1 else say("fault.one", language), err=True)
    sys.exit(INVALID)


def _say_failed(error: BaseException) -> NoReturn:
    from experiments.texts import say

    click.echo(say("fault.failed", _language(), why=str(error) or type(error).__name__), err=True)
    for note in _notes(error):
        click.echo(note, err=True)
    sys.exit(FAILED)


def _say_stopped(error: BaseException) -> NoReturn:
    from experiments.texts import say

    note, language = " ".join(_notes(error)), _language()
    click.echo(say("fault.stopped_kept", language, note=note) if note else say("fault.stopped", language), err=True)
    sys.exit(FAILED)


class Interrupt:
    """Sees to it that Ctrl-C stops a run in the middle of compiling, too.

    There, numba turns it into an error of its own, or a callback from the compiler swallows it with a traceback on
    stderr: the first is noted, the second is silenced and Ctrl-C sent again.
    """

    def __init__(self) -> None:
        self.came = False
        self._listening = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        signal.default_int_handler(number, frame)

    def _swallowed(self, fault: Any) -> None:
        if not issubclass(fault.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(fault)
            return
        again = threading.Timer(0.05, self._send_again)
        again.daemon = True
        again.start()

    def _send_again(self) -> None:
        if self._listening:
            os.kill(os.getpid(), signal.SIGINT)

    def __enter__(self) -> None:
        """Listen, where this is the thread that hears signals and nobody else listens."""
        here = threading.current_thread() is threading.main_thread()
        if here and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            sys.unraisablehook, self._listening = self._swallowed, True

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Stop listening. After Ctrl-C the process ends, and what a half-built compiler says on its way out is noise."""
        if self._listening:
            self._listening = False
            signal.signal(signal.SIGINT, signal.default_int_handler)
            sys.unraisablehook = (lambda _: None) if self.came else sys.__unraisablehook__


def arguments_given() -> str:
    """Return the command as it was given, quoted for a shell; without --resume, which is no part of what was asked."""
    from sim.provenance import command_line

    given: list[str] = click.get_current_context().find_root().meta.get(GIVEN, sys.argv[1:])
    return command_line([word for word in given if word != "--resume"])


def echo_json(document: dict[str, Any]) -> None:
    """Print exactly one JSON document; what is not a number is null."""
    click.echo(json.dumps(plain(document), ensure_ascii=False, indent=1, allow_nan=False))


def write_json(document: dict[str, Any], path: Path) -> None:
    """Write a JSON document; what is not a number is null."""
    path.write_text(json.dumps(plain(document), ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def plain(value: Any) -> Any:
    """Return JSON-like data in which what is not a number is null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def check_jobs(jobs: int) -> None:
    """Refuse a number of jobs that means nothing.

    Raises:
        InputError: 0 or below -1.
    """
    from experiments.pools import Workers

    Workers(jobs).check()


def compile_first(loaded: Loaded, engine: Engine = "compiled", *, quiet: bool = False) -> None:
    """Compile the engine where this version has not yet, and say so: it takes a while, once."""
    from experiments.tasks import compile_kernels, is_compiled

    if is_compiled(engine):
        return
    started = time.monotonic()
    if not quiet:
        click.echo("compiling (once per version) ...", err=True)
    compile_kernels(loaded, engine)
    if not quiet:
        click.echo(f"compiled in {time.monotonic() - started:.0f} s", err=True)


@contextmanager
def progress(total: int, what: str, *, quiet: bool, before: int = 0, unit: str = "worlds") -> Iterator[Callable[[int], None]]:
    """Show a live bar with the time left on stderr; without a terminal, a line at the end.

    Args:
        total: how many tasks there are.
        what: is being done.
        quiet: show nothing.
        unit: what a task is called, in the plural.
        before: so many were finished by an earlier run; the time left does not count them as speed.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        started = time.monotonic()
        yield lambda _done: None
        if not quiet:
            click.echo(f"{what}: {total - before} {unit} in {time.monotonic() - started:.1f} s", err=True)
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                  TextColumn("left:"), TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task(what, total=total, completed=before)
        yield lambda done: bar.update(task, completed=done)
