"""Paired rounds: each implementation runs once a round, in a fresh process, and they take turns to go first.

Ratios are taken inside a round, so that a slow minute of the machine hits both sides of a ratio.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.implementations import BASELINE, REDUCED_BORROWERS, Implementation
from benchmarks.workload import CallCentre, Tally
from sim.errors import RunFailed

NS_PER_S = 1e9


@dataclass(frozen=True)
class Entry:
    """One line of the table: an implementation on a workload of one size."""

    workload: str
    implementation: Implementation
    centre: CallCentre


@dataclass(frozen=True)
class Measurement:
    """One run of an entry. Ratios compare measurements of the same round."""

    entry: Entry
    round_number: int
    seconds: float
    peak_mib: float
    tally: Tally

    @property
    def ns_per_attempt(self) -> float:
        """Time of the simulation for one attempt, nanoseconds."""
        return self.seconds / self.tally.attempts * NS_PER_S


@dataclass(frozen=True)
class Spread:
    """Median and range over rounds."""

    minimum: float
    median: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarise at least one value."""
        return cls(min(values), statistics.median(values), max(values))


@dataclass(frozen=True)
class Row:
    """What the rounds say about one entry. `speed` is how many times as fast as the baseline of its size."""

    entry: Entry
    ns_per_attempt: Spread
    speed: Spread
    peak_mib: float
    tallies: tuple[Tally, ...]


def entries(implementations: Sequence[Implementation], borrowers: int) -> list[Entry]:
    """List what is to be measured: all at full size, the reduced beside the baseline at their own size."""
    full = CallCentre.sized(borrowers)
    small = CallCentre.sized(min(borrowers, REDUCED_BORROWERS))
    listed = [
        Entry("call_centre", chosen, full)
        for chosen in implementations
        if not chosen.reduced or small == full
    ]
    reduced = [chosen for chosen in implementations if chosen.reduced]
    if reduced and small != full:
        listed += [Entry("call_centre_reduced", chosen, small) for chosen in (BASELINE, *reduced)]
    return listed


def run_child(entry: Entry, round_number: int, seed: int) -> Measurement:
    """Measure one entry once in a fresh process.

    Raises:
        RunFailed: if the process does not end well; its messages are on standard error.
    """
    command = [sys.executable, "-m", "benchmarks.child", entry.implementation.name]
    command += ["--borrowers", str(entry.centre.borrowers), "--seed", str(seed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise RunFailed(f"{entry.implementation.name} ended with exit code {done.returncode}")
    found = json.loads(done.stdout)
    tally = Tally(**{name: found[name] for name in Tally.__dataclass_fields__})
    return Measurement(entry, round_number, found["seconds"], found["peak_mib"], tally)


def measure(
    listed: Sequence[Entry], rounds: int, seed: int, progress: Callable[[str], None]
) -> list[Measurement]:
    """Run all rounds. Every run has a seed of its own, so that counts of different runs are independent."""
    measurements = []
    for round_number in range(rounds):
        first = round_number % len(listed)
        for position in [*range(first, len(listed)), *range(first)]:
            entry = listed[position]
            progress(f"round {round_number + 1} of {rounds}: {entry.implementation.label}, {entry.workload}")
            measurements.append(run_child(entry, round_number, seed + round_number * len(listed) + position))
    return measurements


def summarise(listed: Sequence[Entry], measurements: Sequence[Measurement]) -> list[Row]:
    """Fold the rounds into one row for each entry, in the given order."""
    baseline_ns = {
        (taken.entry.workload, taken.round_number): taken.ns_per_attempt
        for taken in measurements
        if taken.entry.implementation == BASELINE
    }
    rows = []
    for entry in listed:
        runs = [taken for taken in measurements if taken.entry == entry]
        speeds = [baseline_ns[entry.workload, taken.round_number] / taken.ns_per_attempt for taken in runs]
        rows.append(
            Row(
                entry=entry,
                ns_per_attempt=Spread.of([taken.ns_per_attempt for taken in runs]),
                speed=Spread.of(speeds),
                peak_mib=max(taken.peak_mib for taken in runs),
                tallies=tuple(taken.tally for taken in runs),
            )
        )
    return rows
