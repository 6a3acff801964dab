"""`timeline` and `diff`: single borrowers, played again from a run's manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli_common import compile_first, echo_json, faults_to_stderr, format_option

if TYPE_CHECKING:
    from sim import Life, Loaded

SAYS = {
    "en": {"timeline": "{borrower} under {name}, replication {replication} (> is what the strategy does)", "day": "day {day:>4}",
           "diff": "{borrower}, replication {replication}: {names[0]} against {names[1]} (> is what the strategy does)",
           "same": "The two lives are the same.", "first": "Events that are the same: {n}. First differing action: {what}.",
           "nothing": "none of this borrower's own (capacity is shared with others)"},
    "zh": {"timeline": "{borrower}, 策略 {name}, 第 {replication} 次重复 (> 为策略的动作)", "day": "第 {day:>4} 天",
           "diff": "{borrower}, 第 {replication} 次重复: {names[0]} 对比 {names[1]} (> 为策略的动作)",
           "same": "两种策略下的经历完全相同。", "first": "前 {n} 个事件相同。首个不同的动作: {what}。",
           "nothing": "该借款人自身没有 (产能与他人共享)"},
}


def _played(loaded: Loaded, strategy: str, replication: int, borrower: str, lang: str) -> list[Life]:
    from sim import InputError, life_of, luck_of, simulate
    from sim.life import find_borrower

    if not 0 <= replication < loaded.scenario.replications:
        raise InputError("--replication", replication, f"a number from 0 to {loaded.scenario.replications - 1}",
                         "Replications are counted from 0.")
    chosen = [loaded.strategy(strategy)]
    person = find_borrower(loaded.setting, borrower)
    compile_first(loaded)
    run = simulate(loaded.setting, chosen, luck_of(loaded.scenario.seeds, replication))
    return life_of(loaded.setting, chosen, run, person, lang)


def _event(event: Life) -> dict[str, Any]:
    return {"when": event.when, "day": event.day, "event": event.kind, "what": event.what, "channel": event.channel,
            "amount_minor": event.amount_minor, "account": event.account, "by": "strategy" if event.action else "borrower"}


@click.command("timeline")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--borrower", required=True, help="An account or person id of the portfolio.")
@click.option("--strategy", help="Which strategy; default: the champion.")
@click.option("--replication", type=int, default=0, help="Which replication, from 0.")
@click.option("--portfolio", type=click.Path(path_type=Path), help="Where the portfolio's file is now.")
@format_option("table", "json")
@faults_to_stderr
def timeline(run_folder: Path, borrower: str, strategy: str | None, replication: int, portfolio: Path | None,
             form: str, lang: str) -> None:
    """Show one borrower's events in RUN, played again from its manifest."""
    from experiments.replay import loaded_from

    loaded, _ = loaded_from(run_folder, portfolio)
    name = strategy or loaded.scenario.champion
    events = _played(loaded, name, replication, borrower, lang)
    if form == "json":
        echo_json({"schema": "duecourse/timeline/1", "borrower": borrower, "strategy": name, "replication": replication,
                   "events": [_event(event) for event in events]})
        return
    click.echo(SAYS[lang]["timeline"].format(borrower=borrower, name=name, replication=replication))
    for event in events:
        click.echo(_line(event, lang))


def _line(event: Life, lang: str) -> str:
    mark = ">" if event.action else " "
    return f"{SAYS[lang]['day'].format(day=event.day)}  {event.when}  {mark} {event.what}"


@click.command("diff")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--borrower", required=True, help="An account or person id of the portfolio.")
@click.option("--strategies", required=True, metavar="A,B", help="Two strategies of the run.")
@click.option("--replication", type=int, default=0, help="Which replication, from 0.")
@click.option("--portfolio", type=click.Path(path_type=Path), help="Where the portfolio's file is now.")
@format_option("table", "json")
@faults_to_stderr
def diff(run_folder: Path, borrower: str, strategies: str, replication: int, portfolio: Path | None, form: str,
         lang: str) -> None:
    """Show one borrower of RUN under two strategies side by side, and name the first action that differs."""
    from experiments.replay import loaded_from
    from sim import InputError, first_difference

    names = [name.strip() for name in strategies.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        raise InputError("--strategies", strategies, "two different names with a comma between",
                         "For instance --strategies sms_only,call_ladder.")
    loaded, _ = loaded_from(run_folder, portfolio)
    a, b = (_played(loaded, name, replication, borrower, lang) for name in names)
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
    _say_diff(names, (a, b), place, action, SAYS[lang]["diff"].format(borrower=borrower, replication=replication, names=names),
              lang)


def _say_diff(names: list[str], lives: tuple[list[Life], list[Life]], place: int | None, action: dict[str, Any] | None,
              title: str, lang: str) -> None:
    say = SAYS[lang]
    click.echo(title)
    shared = lives[0][:place]
    if place is None:
        click.echo(say["same"])
    else:
        what = "{strategy}, {when}: {what}".format(**action) if action else say["nothing"]
        click.echo(say["first"].format(n=len(shared), what=what))
    for event in shared:
        click.echo(f"  {_line(event, lang)}")
    for name, events in zip(names, lives, strict=True):
        if place is not None:
            click.echo(f"-- {name}")
        for event in events[len(shared):]:
            click.echo(f"  {_line(event, lang)}")


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
