"""The console command as its users run it, for tests: in this process where that is enough, in its own where it is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from experiments.cli import main
from experiments.results import CompareResult
from experiments.store import read_result

ROOT = Path(__file__).resolve().parents[2]
SMALL = """\
scenario: small
description: 300 synthetic accounts, 20 days, three replications.
extends: base
portfolio:
  synthetic:
    name: small
    currency: CNY
    stock: 300
    balance: {median: 2400, sigma: 0.9, low: 100, high: 60000}
    dpd:
      - {low: 1, high: 30, weight: 0.6}
      - {low: 31, high: 120, weight: 0.4}
    products: {loan: 1.0}
    regions: {east: 0.5, west: 0.5}
    paydays: {0: 0.6, 15: 0.4}
horizon: {days: 20}
calendar: {start: 2025-09-01, country: CN, zone: Asia/Shanghai}
currency: {code: CNY, minor_per_major: 100}
resources:
  desk:
    groups:
      general: {agents: 2}
      senior: {agents: 1}
strategies: [sms_only, call_ladder, gentle.yaml]
champion: call_ladder
replications: 3
"""
GENTLE = """\
strategy: gentle
inherits: champion
about: As the champion, but early debts get a text first.
segments:
  - name: early
    sequence:
      - {day: 1, sms: helpful, at: "10:00"}
      - {day: 6, call: negotiate, attempts: 2/day up to 4, days_open: 4}
"""
STRATEGIES = ("sms_only", "call_ladder", "gentle", "do_nothing")


def duecourse(*arguments: str | Path) -> Result:
    """Run a command in this process; stdout, stderr and exit code are on the result."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def start(*arguments: str | Path, folder: Path, environment: dict[str, str] | None = None,
          own_group: bool = False) -> subprocess.Popen[str]:
    """Start a command in a process (and a group) of its own, in a folder."""
    command = [sys.executable, "-m", "experiments.cli", *(str(argument) for argument in arguments)]
    variables = os.environ | {"PYTHONPATH": str(ROOT)} | (environment or {})
    return subprocess.Popen(command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            start_new_session=own_group)


def write_project(folder: Path) -> Path:
    """Write the small scenario with its strategy and return the scenario's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gentle.yaml").write_text(GENTLE, encoding="utf-8")
    path = folder / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@dataclass(frozen=True)
class Played:
    """A finished command: its document, messages and run folder."""

    document: dict[str, Any]
    stderr: str
    folder: Path

    @property
    def digests(self) -> dict[str, str]:
        """Strategy -> digest."""
        return {strategy["name"]: strategy["digest"] for strategy in self.document["strategies"]}

    @property
    def result(self) -> CompareResult:
        """Everything that was found, from the run folder."""
        return read_result(self.folder)


def compare(scenario: Path, out: Path, *arguments: str | Path, command: str = "compare") -> Played:
    """Run `compare` with JSON into a folder; it must succeed and print exactly one document."""
    done = duecourse(command, scenario, "--format", "json", "--out", out, "--jobs", "1", *arguments)
    assert done.exit_code == 0, done.stderr or done.exception
    return Played(json.loads(done.stdout), done.stderr, out)


def assert_refused(done: Result, *parts: str, folder: Path) -> None:
    """Check exit code 2, a message with its parts on stderr, nothing on stdout, and that nothing was written."""
    assert done.exit_code == 2, (done.exit_code, done.stdout, done.stderr, done.exception)
    assert done.stdout == ""
    for part in parts:
        assert part in done.stderr, f"{part!r} is not in: {done.stderr}"
    assert run_folders(folder) == []


def run_folders(folder: Path) -> list[str]:
    """Return everything in a folder that a run may have left there: run folders, drafts, `runs`."""
    return sorted(item.name for item in folder.iterdir() if item.is_dir() and item.name != "strategies")
