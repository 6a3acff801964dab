"""`init` and `glossary`."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.cli_common import echo_json, faults_to_stderr
from experiments.cli_run import text_table

README = """# A Duecourse project

    duecourse describe scenario.yaml          # what will happen, in plain words
    duecourse compare scenario.yaml           # every strategy against doing nothing; writes runs/...
    duecourse compare scenario.yaml --portfolio my_accounts.csv

`scenario.yaml` extends the shipped `base` (behaviour, channels, resources, costs: every value with range and source) and
states only what is yours. `strategies/gentle.yaml` inherits from the champion and states only its differences.
For a portfolio of your own, state `portfolio: {file: ..., mapping: mapping.yaml}` in `scenario.yaml` (a line there shows how), or
name the file with `--portfolio`; `mapping.yaml` says which column is which where the headers do not say so by themselves.
Personal data (names, phones, identity numbers) is refused unless you list it under `drop:`.
"""
SCENARIO = """scenario: my_first
description: A synthetic portfolio to begin with; put your own file under portfolio.file.
extends: demo
horizon: {days: 30}
replications: 5
# portfolio: {file: my_accounts.csv, mapping: mapping.yaml}   # then without --portfolio
strategies: [call_ladder, strategies/gentle.yaml]
champion: call_ladder
"""
GENTLE = """strategy: gentle
inherits: champion
about: As the champion, but early debts get texts first and a call only when a week has passed.
segments:
  - name: early
    sequence:
      - {day: 1, sms: helpful, at: "10:00"}
      - {day: 5, sms: helpful, at: "18:30"}
      - {day: 9, call: negotiate, attempts: 2/day up to 4, retry: {no_answer: "+3h"}}
"""
MAPPING = """name: my_accounts
currency: CNY
columns:
  account_id: account_id
  balance: balance
  dpd: days_past_due
exclude: balance <= 0
drop: []
"""


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@faults_to_stderr
def init(folder: Path) -> None:
    """Make DIR with a scenario, a strategy and a mapping to start from."""
    from sim.errors import InputError

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("DIR", str(folder), "a folder that does not exist yet, or an empty one", "Choose another name.")
    (folder / "strategies").mkdir(parents=True)
    for name, text in (("README.md", README), ("scenario.yaml", SCENARIO), ("strategies/gentle.yaml", GENTLE),
                       ("mapping.yaml", MAPPING)):
        (folder / name).write_text(text, encoding="utf-8")
    click.echo(f"Made {folder}. Next: duecourse compare {folder / 'scenario.yaml'}")


@click.command("glossary")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of words.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@faults_to_stderr
def glossary(lang: str, form: str) -> None:
    """Explain metrics (name, formula, denominator) and terms, in English and Chinese."""
    from experiments.terms import TERMS
    from sim import METRICS

    if form == "json":
        echo_json({"schema": "duecourse/glossary/1",
                   "metrics": [{"name": m.name, "unit": m.unit, "denominator": m.denominator, "english": m.english,
                                "chinese": m.chinese, "formula": m.formula, "better": m.better} for m in METRICS.values()],
                   "terms": [{"english": t.english, "chinese": t.chinese, "note": t.note} for t in TERMS]})
        return
    first = 1 if lang == "zh" else 0
    rows = [[m.name, (m.english, m.chinese)[first], m.formula, m.denominator] for m in METRICS.values()]
    head = ["id", "名称", "公式", "分母"] if lang == "zh" else ["id", "name", "formula", "denominator"]
    click.echo(text_table(head, rows))
    click.echo("")
    pairs = [[(t.chinese, t.english)[1 - first], (t.english, t.chinese)[1 - first], t.note] for t in TERMS]
    click.echo(text_table(["术语", "English", "说明"] if lang == "zh" else ["term", "中文", "note"], pairs))
