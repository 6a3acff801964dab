"""Trajectories are frozen: the recorded run, repeated from its own manifest, gives the recorded digests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.replay import loaded_from
from sim import Engine
from sim.provenance import TRAJECTORY_VERSION
from tests.golden.digests import SOURCES, digests_of

CHANGED = """\
Trajectories have changed: {names}.

If you did not mean to change what happens to anybody, you have: tests/parity says where two worlds first differ, and
`git bisect` finds the commit.
If you did, do all three in one commit:
  1. raise TRAJECTORY_VERSION in sim/provenance.py (now {version}; not needed while no release has it),
  2. python -m tests.golden.digests  (with --unreleased in that case),
  3. say in CHANGELOG.md what changed: users cannot repeat older manifests with the new version.
"""


@pytest.mark.parametrize("path", SOURCES)
def test_the_record_is_of_this_trajectory_version(path: Path) -> None:
    """Version and digests are frozen together."""
    recorded = json.loads(path.read_text(encoding="utf-8"))["trajectory_version"]
    assert recorded == TRAJECTORY_VERSION, (
        f"TRAJECTORY_VERSION is {TRAJECTORY_VERSION}, tests/golden/run.json is of version {recorded}: "
        "run python -m tests.golden.digests and commit both together.")


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("path", SOURCES)
def test_the_recorded_run_gives_the_recorded_digests(path: Path, engine: Engine) -> None:
    """Both engines, from the manifest alone: no file of scenarios/ is read but rule packs."""
    loaded, manifest = loaded_from(path, None)
    found = digests_of(loaded, engine)
    changed = [name for name, digest in manifest["digests"].items() if found.get(name) != digest]
    assert found.keys() == manifest["digests"].keys()
    assert not changed, CHANGED.format(names=", ".join(changed), version=TRAJECTORY_VERSION)


def test_every_kind_of_thing_happens_in_them() -> None:
    """A record in which a mechanism never fires would not notice when it changes."""
    from sim import Row, luck_of, simulate

    kinds: set[int] = set()
    for path in SOURCES:
        loaded, _ = loaded_from(path, None)
        for strategy in loaded.strategies:
            for replication in range(loaded.scenario.replications):
                rows = simulate(loaded.setting, [strategy], luck_of(loaded.scenario.seeds, replication)).rows
                kinds |= set(rows["row"].tolist())
    assert set(Row) - kinds == {Row.VIOLATION}, "only what shadow rules alone note is missing"
