"""`timeline` and `diff`: single borrowers, played again from a run's manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli_common import echo_json, faults_to_stderr

if TYPE_CHECKING:
    from sim import Life, Loaded


def _played(loaded: Loaded, strategy: str, replication: int, borrower: str) -> list[Life]:
    from sim import InputError, life_of, luck_of, simulate
    from sim.life import find_borrower

    if not 0 <= replication < loaded.scenario.replications:
        raise InputError("--replication", replication, f"a number from 0 to {loaded.scenario.replications - 1}")
    chosen = [loaded.strategy(strategy)]
    person = find_borrower(loaded.setting, borrower)
    run = simulate(loaded.setting, chosen, luck_of(loaded.scenario.seeds, replication))
    return life_of(loaded.setting, chosen, run, person)


def _event(event: Life) -> dict[str, Any]:
    return {"when": event.when, "day": event.day, "event": event.kind, "what": event.what, "channel": event.channel,
            "amount_minor": event.amount_minor, "account": event.account, "by": "strategy" if event.action else "borrower"}


@click.command("timeline")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--borrower", required=True, help="An account or person id of the portfolio.")
@click.option("--strategy", help="Which strategy; default: the champion.")
@click.option("--replication", type=int, default=0, help="Which replication, from 0.")
@click.option("--portfolio", type=click.Path(path_type=Path), help="Where the portfolio's file is now.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@faults_to_stderr
def timeline(run_folder: Path, borrower: str, strategy: str | None, replication: int, portfolio: Path | None,
             form: str) -> None:
    """Show one borrower's events in RUN, played again from its manifest."""
    from experiments.replay import loaded_from

    loaded, _ = loaded_from(run_folder, portfolio)
    name = strategy or loaded.scenario.champion
    events = _played(loaded, name, replication, borrower)
    if form == "json":
        echo_json({"schema": "duecourse/timeline/1", "borrower": borrower, "strategy": name, "replication": replication,
                   "events": [_event(event) for event in events]})
        return
    click.echo(f"{borrower} under {name}, replication {replication}")
    for event in events:
        click.echo(_line(event))


def _line(event: Life) -> str:
    mark = ">" if event.action else " "
    return f"day {event.day:>4}  {event.when}  {mark} {event.what}"


@click.command("diff")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--borrower", required=True, help="An account or person id of the portfolio.")
@click.option("--strategies", required=True, metavar="A,B", help="Two strategies of the run.")
@click.option("--replication", type=int, default=0, help="Which replication, from 0.")
@click.option("--portfolio", type=click.Path(path_type=Path), help="Where the portfolio's file is now.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@faults_to_stderr
def diff(run_folder: Path, borrower: str, strategies: str, replication: int, portfolio: Path | None, form: str) -> None:
    """Show one borrower of RUN under two strategies side by side, and name the first action that differs."""
    from experiments.replay import loaded_from
    from sim import InputError, first_difference

    names = [name.strip() for name in strategies.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        raise InputError("--strategies", strategies, "two different names with a comma between, such as sms_only,call_ladder")
    loaded, _ = loaded_from(run_folder, portfolio)
    a, b = (_played(loaded, name, replication, borrower) for name in names)
    place = first_difference(a, b)
    action = _first_action(names, (a, b), place)
    if form == "json":
        echo_json({"schema": "duecourse/diff/1", "borrower": borrower, "strategies": names, "replication": replication,
                   "same_until": place, "first_difference": None if place is None else {
                       names[0]: _event(a[place]) if place < len(a) else None,
                       names[1]: _event(b[place]) if place < len(b) else None},
                   "first_differing_action": action, "timelines": {names[0]: [_event(e) for e in a],
                                                                   names[1]: [_event(e) for e in b]}})
        return
    click.echo(f"{borrower}, replication {replication}: {names[0]} | {names[1]}")
    if place is None:
        click.echo("The two lives are the same.")
    else:
        click.echo(f"The same until event {place + 1}. First differing action: "
                   + (f"{action['strategy']}, {action['when']}, {action['what']}" if action else "none of this borrower's own"
                      " (capacity shared with others)"))
    for event in a[:place]:
        click.echo(f"  both  {_line(event)}")
    for name, events in zip(names, (a, b), strict=True):
        click.echo(f"-- {name}")
        for event in events[place if place is not None else len(events):]:
            click.echo(f"        {_line(event)}")


def _first_action(names: list[str], lives: tuple[list[Life], list[Life]], place: int | None) -> dict[str, Any] | None:
    """Return the earliest action of a strategy, from the first difference on, that the other world does not have there."""
    if place is None:
        return None
    found = []
    for own, other in ((0, 1), (1, 0)):
        addresses = {event.address for event in lives[other]}
        differing = [event for event in lives[own][place:] if event.action and event.address not in addresses]
        if differing:
            found.append((differing[0].t_s, own, differing[0]))
    if not found:
        return None
    _, own, event = min(found, key=lambda item: (item[0], item[1]))
    return {"strategy": names[own], **_event(event)}
