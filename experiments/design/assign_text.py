"""`ab assign` as a JSON document and in words."""

from __future__ import annotations

from experiments.design.assign_files import AssignResult


def document(got: AssignResult) -> dict[str, object]:
    """Return the JSON document `duecourse/ab-assign/1`: the manifest, the folder and the balance table."""
    return {**got.manifest, "folder": str(got.folder), "balance": [vars(row) for row in got.balance]}


def table(got: AssignResult) -> str:
    """Return what was written, as a person reads it."""
    lines = [f"{got.folder}: " + ", ".join(f"{name} {count:,}" for name, count in got.counts.items())]
    if got.clusters:
        lines.append("clusters: " + ", ".join(f"{name} {count:,}" for name, count in got.clusters.items()))
    if got.assignment.draws > 1:
        lines.append(
            f"accepted draw {got.assignment.draws}: distance {got.assignment.distance:.4g} of at most "
            f"{got.assignment.limit:.4g}"
        )
    lines += [
        f"  {row.variable}: {row.arm} {row.mean:.6g}, control {row.control_mean:.6g}, "
        f"standardised difference {row.standardised_difference:+.4f}"
        for row in got.balance
    ]
    return "\n".join(lines)
