"""`python -m benchmarks`: measure, check that all agree, print. Exit code 3 if they do not agree."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import agreement, harness, report
from benchmarks.implementations import BASELINE, IMPLEMENTATIONS
from benchmarks.workload import CallCentre
from sim.errors import InputError, RunFailed

FAILED, INVALID, DISAGREE = 1, 2, 3


def at_least(least: int, text: str) -> int:
    """Read a whole number of at least `least`.

    Raises:
        argparse.ArgumentTypeError: if it is not one.
    """
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a whole number of at least {least}")
    return value


def parser() -> argparse.ArgumentParser:
    """Describe the options."""
    described = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    described.add_argument("--workload", choices=["call_centre"], default="call_centre")
    described.add_argument(
        "--borrowers", type=lambda text: at_least(400, text), default=CallCentre().borrowers
    )
    described.add_argument("--rounds", type=lambda text: at_least(1, text), default=5)
    described.add_argument("--seed", type=lambda text: at_least(0, text), default=1)
    described.add_argument("--format", choices=["json", "table"], default="table")
    described.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        choices=[known.name for known in IMPLEMENTATIONS],
        help=f"measure these and {BASELINE.name}, which ratios and checks need: "
        + ", ".join(known.name for known in IMPLEMENTATIONS),
    )
    described.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="also write the table between the markers of a Markdown file",
    )
    return described


def run(arguments: argparse.Namespace) -> int:
    """Measure what was asked for and print it; return the exit code."""
    if arguments.write is not None:
        report.split_at_markers(arguments.write)  # a missing marker shows before the long measurement
    chosen = [
        known
        for known in IMPLEMENTATIONS
        if arguments.only is None or known.name in arguments.only or known == BASELINE
    ]
    present = [known for known in chosen if not known.missing()]
    skipped = [known for known in chosen if known.missing()]
    listed = harness.entries(present, arguments.borrowers)
    measurements = harness.measure(
        listed, arguments.rounds, arguments.seed, lambda text: print(text, file=sys.stderr, flush=True)
    )
    rows = harness.summarise(listed, measurements)
    verdict = agreement.check(rows)
    result = report.document(
        rows,
        skipped,
        verdict,
        centre=CallCentre.sized(arguments.borrowers),
        rounds=arguments.rounds,
        seed=arguments.seed,
    )
    print(json.dumps(result, indent=2) if arguments.format == "json" else report.table(result))
    for failed in verdict.failed:
        print(
            f"{failed.implementation} on {failed.workload}: {failed.statistic}: z = {failed.z:.1f}, "
            f"expected less than {verdict.z_limit:.1f} either way",
            file=sys.stderr,
        )
    if verdict.failed:
        return DISAGREE
    if arguments.write is not None:
        report.write_between_markers(arguments.write, report.table(result))
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0, 1 failed, 2 invalid input, 3 no agreement."""
    try:
        return run(parser().parse_args(words))
    except InputError as error:
        print(error, file=sys.stderr)
        return INVALID
    except RunFailed as error:
        print(error, file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
