"""A small experiment for tests of `ab run`: eight teams of one agent, 30 accounts each, ten days."""

from __future__ import annotations

from pathlib import Path

from experiments.ab_run import load_experiment
from experiments.variants import Variants

SCENARIO = """\
scenario: small_desk
extends: stealing_calls
portfolio:
  synthetic:
    name: small_desk
    stock: 240
    dpd: [{low: 1, high: 60, weight: 1}]
    regions: {a: 1, b: 1, c: 1, d: 1}  # and east, which it extends
    products: {x: 2}  # and cash_loan
horizon: {days: 10}
resources:
  desk:
    teams: 8
    groups:
      general: {agents: 8}
channels:
  call:
    conversation: {talk_median_s: 1500}  # so long that eight agents cannot call everybody once a day
"""
EXPERIMENT = """\
experiment: small
scenario: small_desk.yaml
arms: [one_call, three_calls]
metric: {name: paid, horizon_days: 10}
designs:
  - {kind: complete}
  - {kind: team, estimators: [cluster_means]}
  - {kind: switchback}
effects: [as_is, none]
replications: 6
truth_replications: 3
parts_replications: 2
"""


def write(folder: Path, experiment: str = EXPERIMENT, scenario: str = SCENARIO) -> Path:
    """Write scenario and experiment into a folder; return the experiment's path."""
    (folder / "small_desk.yaml").write_text(scenario, encoding="utf-8")
    path = folder / "small.yaml"
    path.write_text(experiment, encoding="utf-8")
    return path


def small(folder: Path, *settings: str) -> Variants:
    """Return the small experiment, loaded, with changes such as `replications=3`."""
    return load_experiment(write(folder), None, settings)
