"""What `ab run` does once its flags are read: play, or go on playing, and give the result in the form that was asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from experiments.ab_document import document_of
from experiments.ab_play import Findings
from experiments.ab_run import load_experiment, run_experiment, worlds_of
from experiments.ab_text import tables_of
from experiments.cli_common import arguments_given, compile_first, progress
from experiments.estimators.text import flat_csv
from experiments.plan_check import plan_warnings
from experiments.pools import Workers
from experiments.runfolder import MANIFEST, RunFolder
from experiments.unfinished import RunRecord, facts_of, now
from experiments.variants import Variants
from sim.provenance import environment

MANIFEST_SCHEMA = "duecourse/ab-manifest/1"
FILES = {"json": "diagnosis.json", "csv": "diagnosis.csv", "table": "diagnosis.txt"}
"""Form -> file of the finished run folder."""


@dataclass(frozen=True, slots=True)
class Diagnosing:
    """The flags of `ab run` that do not change what is found."""

    workers: Workers
    out: Path | None
    """Keeps finished worlds and the result; None: nothing is written."""
    resume: bool
    quiet: bool


def diagnosed(experiment: Path, portfolio: Path | None, settings: Sequence[str], flags: Diagnosing, form: str) -> str:
    """Diagnose an experiment and return what to print.

    Args:
        experiment: the file.
        portfolio: of the scenario; None: as it says.
        settings: `key=value` for the experiment file.
        flags: who plays, and what is kept.
        form: json, csv or table.
    """
    variants = load_experiment(experiment, portfolio, settings)
    warnings = plan_warnings(variants)
    for warning in warnings:
        click.echo(f"before the run: {warning}", err=True)
    if flags.out is None and not flags.resume:
        return _texts(variants, warnings, flags, None)[form]
    spec = variants.spec
    question = {"command": "ab run", "experiment": spec.model_dump(mode="json", exclude={"scenario"})}
    facts = facts_of(variants.loaded, "compiled", question)
    record = RunRecord(arguments_given(), facts, worlds_of(spec), "jobs (at most)")
    with RunFolder(flags.out, spec.experiment, record, resume=flags.resume, say=_warn) as folder:
        if folder.finished:
            if not flags.quiet:
                click.echo(f"{folder.path} is finished: nothing was run", err=True)
            return (folder.path / FILES[form]).read_text(encoding="utf-8")
        texts = _texts(variants, warnings, flags, folder)
        for name, text in texts.items():
            (folder.draft / FILES[name]).write_bytes(text.encode())
        manifest = {"schema": MANIFEST_SCHEMA, "command": folder.command, **environment(), "created": now(),
                    "identity": folder.identity, "facts": facts}
        (folder.draft / MANIFEST).write_bytes((json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
    return texts[form]


def _warn(text: str) -> None:
    click.echo(f"! {text}", err=True)


def _texts(variants: Variants, warnings: Sequence[str], flags: Diagnosing, folder: RunFolder | None) -> dict[str, str]:
    """Play what is not played yet; returns the result by form."""
    parts = folder.parts("findings", Findings) if folder else None
    known = parts.read() if parts else []
    before, jobs = sum(len(part.labels) for part in known), worlds_of(variants.spec)
    if folder and folder.resumed and not flags.quiet:
        click.echo(f"going on with {folder.path}: {before} of at most {jobs} jobs are there", err=True)
    compile_first(variants.loaded, quiet=flags.quiet)
    with progress(jobs, variants.spec.experiment, quiet=flags.quiet, before=before) as tell:
        found = run_experiment(variants, flags.workers, tell, known, parts.write if parts else lambda _: None)
    document = document_of(found, variants, warnings)
    texts = {"json": json.dumps(document, ensure_ascii=False, allow_nan=False), "csv": flat_csv(document),
             "table": tables_of(found, variants, warnings)}
    return {form: f"{text.rstrip()}\n" for form, text in texts.items()}
