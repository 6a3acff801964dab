"""Measures one implementation once, in a process of its own: `python -m benchmarks.child NAME ...`.

Imports, compilation, a small warm-up run, and reading what all runs share (a portfolio) come first and are not
timed. The time is that of one simulation, from the call to its counts. Peak memory is that of the whole process,
interpreter and imports included.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import resource
import sys
import time
from pathlib import Path

from benchmarks.implementations import IMPLEMENTATIONS
from benchmarks.workload import BORROWERS_PER_AGENT, CallCentre

KIB = 1024
PROC_STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """Return the largest resident size of this process so far, MiB.

    Linux carries `ru_maxrss` over from the process that started this one; its own peak is in /proc.
    """
    if PROC_STATUS.exists():
        for line in PROC_STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / KIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / KIB**2 if sys.platform == "darwin" else peak / KIB


def measure(name: str, borrowers: int, seed: int) -> dict[str, float]:
    """Run an implementation once; return `seconds`, `peak_mib` and the fields of its tally."""
    chosen = next(known for known in IMPLEMENTATIONS if known.name == name)
    simulate = chosen.load()
    simulate(CallCentre.sized(BORROWERS_PER_AGENT), seed)
    centre = CallCentre.sized(borrowers)
    chosen.get_ready(centre)
    gc.collect()
    start = time.perf_counter()
    tally = simulate(centre, seed)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak_mib": peak_mib(), **dataclasses.asdict(tally)}


def main() -> None:
    """Print the measurement as one JSON document."""
    parser = argparse.ArgumentParser(description="Measure one implementation once.")
    parser.add_argument("name", choices=[known.name for known in IMPLEMENTATIONS])
    parser.add_argument("--borrowers", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.name, arguments.borrowers, arguments.seed)))


if __name__ == "__main__":
    main()
