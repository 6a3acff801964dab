"""What `ab run` does once its flags are read: play, or go on playing, and give the result in the form that was asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from experiments.ab_run import MANIFEST_SCHEMA, Findings, diagnosis_table, document_of, load_experiment, run_experiment, worlds_of
from experiments.cli_common import arguments_given, compile_first, plain, progress
from experiments.estimators.text import flat_csv
from experiments.pools import Workers
from experiments.runfolder import MANIFEST, RunFolder
from experiments.unfinished import RunRecord, facts_of, now
from experiments.variants import Variants
from sim.provenance import environment

FILES = {"json": "diagnosis.json", "csv": "diagnosis.csv", "table": "diagnosis.txt"}
"""Form -> file of the finished run folder."""


def diagnosed(experiment: Path, portfolio: Path | None, settings: Sequence[str], workers: Workers, out: Path | None, form: str, *,
              resume: bool, quiet: bool) -> str:
    """Diagnose an experiment and return what to print.

    Args:
        experiment: the file.
        portfolio: of the scenario; None: as it says.
        settings: `key=value` for the experiment file.
        workers: who plays.
        out: keeps finished worlds and the result; None: nothing is written.
        form: json, csv or table.
        resume: go on with what `out` holds.
        quiet: no progress.
    """
    variants = load_experiment(experiment, portfolio, settings)
    if out is None and not resume:
        return _texts(variants, workers, None, quiet=quiet)[form]
    spec = variants.spec
    question = {"command": "ab run", "experiment": spec.model_dump(mode="json", exclude={"scenario"})}
    facts = facts_of(variants.loaded, "compiled", question)
    record = RunRecord(arguments_given(), facts, worlds_of(spec), "worlds (at most)")
    with RunFolder(out, spec.experiment, record, resume=resume, say=lambda text: click.echo(f"! {text}", err=True)) as folder:
        if folder.finished:
            if not quiet:
                click.echo(f"{folder.path} is finished: nothing was run", err=True)
            return (folder.path / FILES[form]).read_text(encoding="utf-8")
        texts = _texts(variants, workers, folder, quiet=quiet)
        for name, text in texts.items():
            (folder.draft / FILES[name]).write_bytes(text.encode())
        manifest = {"schema": MANIFEST_SCHEMA, "command": folder.command, **environment(), "created": now(),
                    "identity": folder.identity, "facts": facts}
        (folder.draft / MANIFEST).write_bytes((json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
    return texts[form]


def _texts(variants: Variants, workers: Workers, folder: RunFolder | None, *, quiet: bool) -> dict[str, str]:
    """Play what is not played yet; returns the result by form."""
    parts = folder.parts("findings", Findings) if folder else None
    known = parts.read() if parts else []
    before = sum(len(part.findings) for part in known)
    if before and not quiet:
        click.echo(f"going on: {before} worlds are there", err=True)
    compile_first(variants.loaded, quiet=quiet)
    with progress(worlds_of(variants.spec), variants.spec.experiment, quiet=quiet, before=before) as tell:
        found = run_experiment(variants, workers, tell, known, parts.write if parts else lambda _: None)
    document = document_of(found, variants.spec, variants.loaded)
    texts = {"json": json.dumps(plain(document), ensure_ascii=False, allow_nan=False), "csv": flat_csv(document),
             "table": diagnosis_table(found, variants.spec)}
    return {form: f"{text.rstrip()}\n" for form, text in texts.items()}
