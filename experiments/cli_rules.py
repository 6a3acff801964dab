"""`duecourse rules`: the contact rules that ship, in plain words, and contacts judged against a history.

The group `rules` is added to the console command by `experiments.cli`. Imports stand inside the commands, so
that asking for help costs nothing.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import click

from experiments.cli_price import price
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.compliance.answer import Answer
    from sim.compliance.pack import Pack

P = ParamSpec("P")
LIST_SCHEMA = "duecourse/rules-list/1"
SHOW_SCHEMA = "duecourse/rules-show/1"


def _faults_to_stderr(command: Callable[P, None]) -> Callable[P, None]:
    """Say what is wrong with the input on stderr and exit with 2."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except InputError as error:
            click.echo(str(error), err=True)
            sys.exit(2)

    return run


@click.group("rules")
def rules() -> None:
    """Contact rules of twenty countries, as data. A modelling aid, not legal advice."""


@rules.command("list")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@_faults_to_stderr
def list_packs(form: str, lang: str) -> None:
    """List the rule packs: where they apply, from when, and how many of their rules are on."""
    from sim.compliance.library import shipped, shipped_ids
    from sim.compliance.words import disclaimer

    rows = [_row(shipped(pack_id), lang) for pack_id in shipped_ids()]
    if form == "json":
        document = {"schema": LIST_SCHEMA, "disclaimer": disclaimer(lang), "packs": rows}
        click.echo(json.dumps(document, ensure_ascii=False))
    elif form == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        click.echo(out.getvalue(), nl=False)
    else:
        _print_table(rows)
        click.echo(disclaimer(lang), err=True)


def _row(pack: Pack, lang: str) -> dict[str, object]:
    return {
        "pack": pack.id,
        "title": pack.title[lang],
        "jurisdiction": pack.jurisdiction,
        "effective_from": pack.effective_from.isoformat(),
        "verified_on": pack.verified_on.isoformat(),
        "rules": len(pack.rules),
        "on": len(pack.active_rules()),
        "off": len(pack.rules) - len(pack.active_rules()),
    }


def _print_table(rows: list[dict[str, object]]) -> None:
    from rich.cells import cell_len

    names = list(rows[0])
    cells = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(cell_len(line[i]) for line in cells) for i in range(len(names))]
    for line in cells:
        padded = (text + " " * (width - cell_len(text)) for text, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


@rules.command("show")
@click.argument("pack")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@_faults_to_stderr
def show_pack(pack: str, lang: str, form: str) -> None:
    """Say in plain words what a pack demands, with the source and confidence of each value.

    PACK is the id of a shipped pack, or a pack file of your own.
    """
    from sim.compliance.library import read_pack, shipped
    from sim.compliance.words import describe_pack

    found = read_pack(Path(pack)) if pack.endswith(".yaml") else shipped(pack)
    if form == "json":
        click.echo(json.dumps(_document(found, lang), ensure_ascii=False))
        return
    for line in describe_pack(found, lang):
        click.echo(line)


def _document(pack: Pack, lang: str) -> dict[str, object]:
    from sim.compliance.catalogue import TEXTS
    from sim.compliance.words import sentence

    say = TEXTS[lang]
    return {
        "schema": SHOW_SCHEMA,
        "disclaimer": say.disclaimer,
        **_row(pack, lang),
        "version": pack.version,
        "force": pack.force,
        "actors": list(pack.actors),
        "details": [
            {
                "rule": rule.head.id,
                "kind": rule.head.kind,
                "on": rule.head.active,
                "off_because": rule.head.off_because,
                "text": sentence(rule, say),
                "severity": rule.head.severity,
                "confidence": rule.head.confidence,
                "enforce": rule.head.enforce,
                "source": pack.sources[rule.head.source][0],
                "url": pack.sources[rule.head.source][1],
                "note": rule.head.note,
            }
            for rule in pack.rules
        ],
        "notes": list(pack.notes),
    }


@rules.command("check")
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["json", "table"]), default="table", show_default=True)
@_faults_to_stderr
def check_case(case: Path, form: str) -> None:
    """Judge contacts against packs and a history given by hand in CASE, a YAML file.

    Exits with 0 also when the answer is no, with 2 when the file cannot be understood.
    """
    from sim.compliance.answer import answer
    from sim.compliance.case import read_case

    found = answer(read_case(case))
    if form == "json":
        click.echo(json.dumps(found.document(), ensure_ascii=False))
    else:
        _print_answer(found)
    for warning in found.warnings:
        click.echo(f"warning: {warning}", err=True)


def _print_answer(found: Answer) -> None:
    from sim.compliance.answer import local_text

    zone = found.case.zone()
    for text, attempt, verdict in zip(found.case.texts, found.case.checks, found.verdicts, strict=True):
        answered = "allowed" if verdict.allow else "refused"
        moment = local_text(verdict.next_ok, zone)
        later = f"; allowed from {moment}" if moment else "; never allowed as things stand"
        click.echo(f"{text}  {attempt.channel}: {answered}{'' if verdict.allow else later}")
        for reason in verdict.reasons:
            until = local_text(reason.next_ok, zone) or "never"
            click.echo(f"    {reason.rule} ({reason.kind}, {reason.severity}): {reason.detail}; next {until}")
        for notice in verdict.notices:
            due = local_text(notice.deadline, zone)
            click.echo(f"    duty {notice.rule}: {notice.do}" + (f", due {due}" if due else ""))


rules.add_command(price)
