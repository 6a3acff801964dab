"""What a run of the benchmarks prints: one JSON document, or the Markdown table that the README shows."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.agreement import Agreement
from benchmarks.harness import Row
from benchmarks.implementations import Implementation
from benchmarks.workload import CallCentre
from sim.errors import InputError

SCHEMA = "duecourse/bench/1"
BEGIN = "<!-- benchmarks: begin (written by `python -m benchmarks --write FILE`) -->"
END = "<!-- benchmarks: end -->"
TIMED = (
    "one simulation from the call to its counts, in a fresh process, after imports, compilation, a small warm-up "
    "run and reading the portfolio (which Duecourse alone has), which are not timed; peak_mib is of the whole "
    "process, interpreter and imports included"
)


def measured(row: Row) -> dict[str, object]:
    """One row of the document. Speed is the baseline's time by this one's, inside a round: more is faster."""
    runs = len(row.tallies)
    return {
        "workload": row.entry.workload,
        "implementation": row.entry.implementation.label,
        "name": row.entry.implementation.name,
        "status": "measured",
        "borrowers": row.entry.centre.borrowers,
        "agents": row.entry.centre.agents,
        "days": row.entry.centre.days,
        "ns_per_attempt": row.ns_per_attempt.median,
        "ns_per_attempt_min": row.ns_per_attempt.minimum,
        "ns_per_attempt_max": row.ns_per_attempt.maximum,
        "ratio_to_simpy_per_agent": row.speed.median,
        "ratio_to_simpy_per_agent_min": row.speed.minimum,
        "ratio_to_simpy_per_agent_max": row.speed.maximum,
        "peak_mib": row.peak_mib,
        "attempts": sum(tally.attempts for tally in row.tallies) / runs,
        "contacts": sum(tally.contacts for tally in row.tallies) / runs,
        "payers": sum(tally.payers for tally in row.tallies) / runs,
    }


def absent(implementation: Implementation) -> dict[str, object]:
    """The row of an implementation that can't be measured here: why, and no numbers."""
    return {
        "workload": "call_centre",
        "implementation": implementation.label,
        "name": implementation.name,
        "status": implementation.missing(),
        "ns_per_attempt": None,
        "ratio_to_simpy_per_agent": None,
        "peak_mib": None,
    }


def document(
    rows: Sequence[Row],
    skipped: Sequence[Implementation],
    agreement: Agreement,
    *,
    centre: CallCentre,
    rounds: int,
    seed: int,
) -> dict[str, Any]:
    """The whole result of a run, ready for `json.dumps`."""
    return {
        "schema": SCHEMA,
        "rounds": rounds,
        "seed": seed,
        "borrowers": centre.borrowers,
        "agents": centre.agents,
        "days": centre.days,
        "timed": TIMED,
        "machine": {
            "processors": os.cpu_count(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
        },
        "agreement": {
            "agree": not agreement.failed,
            "null": "every implementation draws from the stated workload",
            "false_alarm_rate": agreement.false_alarm_rate,
            "z_limit": agreement.z_limit,
            "largest_z": max(abs(check.z) for check in agreement.checks),
            "checks": [
                {
                    "workload": check.workload,
                    "implementation": check.implementation,
                    "statistic": check.statistic,
                    "z": check.z,
                }
                for check in agreement.checks
            ],
        },
        "rows": [*(measured(row) for row in rows), *(absent(implementation) for implementation in skipped)],
    }


def nanoseconds(value: float) -> str:
    """Two figures below 100, whole numbers above."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def speed(value: float) -> str:
    """Two significant figures below 10, whole numbers above."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def table_line(row: Mapping[str, Any], borrowers: int) -> str:
    """One line of the table; a row measured at another size than `borrowers` says so."""
    label = row["implementation"]
    if row["status"] != "measured":
        return f"| {label} | {row['status']} | | |"
    if row["borrowers"] != borrowers:
        label += f" ({row['borrowers']:,} borrowers)"
    ratio = row["ratio_to_simpy_per_agent"]
    low, high = row["ratio_to_simpy_per_agent_min"], row["ratio_to_simpy_per_agent_max"]
    return (
        f"| {label} | {nanoseconds(row['ns_per_attempt'])} "
        f"| **{speed(ratio)}** ({speed(low)} to {speed(high)}) | {row['peak_mib']:.0f} |"
    )


def table(result: Mapping[str, Any]) -> str:
    """Render a document as Markdown: a table, and one sentence on how it was measured."""
    lines = [
        "| implementation | ns per attempt | times as fast as SimPy per agent: median (range) | peak MiB |",
        "|---|---|---|---|",
        *(table_line(row, result["borrowers"]) for row in result["rows"]),
        "",
        caption(result),
    ]
    return "\n".join(lines)


def caption(result: Mapping[str, Any]) -> str:
    """How the figures of a document were measured, and whether the implementations agree, in Markdown."""
    agreement, machine = result["agreement"], result["machine"]
    if not agreement["agree"]:
        return "**The implementations do not agree; the figures above compare different things.**"
    rounds = "one round" if result["rounds"] == 1 else f"medians of {result['rounds']} paired rounds"
    return (
        f"{result['borrowers']:,} borrowers, {result['agents']} agents, {result['days']} days; {rounds}, "
        f"ratios taken inside a round, on {machine['processors']} processors, Python {machine['python']}. "
        f"Timed: {result['timed']}. All agree within Monte-Carlo error: largest |z| "
        f"{agreement['largest_z']:.1f} in {len(agreement['checks'])} tests, limit {agreement['z_limit']:.1f} "
        f"(false-alarm rate {agreement['false_alarm_rate']:g} for all together, normal approximation)."
    )


def split_at_markers(path: Path) -> tuple[str, str]:
    """Return the text of a Markdown file before and after the place of the table, markers included.

    Raises:
        InputError: if the file can't be read or does not hold both markers, once each and in order.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), str(error), "a readable Markdown file", "Check the path.") from error
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise InputError(
            str(path),
            "no place for the table",
            f"one line {BEGIN} and, below it, one line {END}",
            "Add both lines where the table shall stand.",
        )
    before, rest = text.split(BEGIN)
    return before + BEGIN, END + rest.split(END)[1]


def write_between_markers(path: Path, rendered: str) -> None:
    """Put a rendered table between the marker comments of a Markdown file, in place of what is there.

    Raises:
        InputError: as `split_at_markers`.
    """
    before, after = split_at_markers(path)
    path.write_text(f"{before}\n{rendered}\n{after}", encoding="utf-8")
