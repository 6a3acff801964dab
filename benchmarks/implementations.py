"""The implementations that are compared, in the order of the table, and what each needs to be installed."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.workload import CallCentre, Tally

REDUCED_BORROWERS = 2_000
"""Size for implementations whose cost for an event grows with the number of borrowers waiting."""


@dataclass(frozen=True)
class Implementation:
    """One way to simulate the workload.

    `name` is for the command line, `label` for the table. `module` has the function `function(centre, seed)`, and
    `prepare(centre)` where it names one: what is read once for all runs, which is not timed.
    `package` must be importable and `program` must be on the path, where they are not empty. A `reduced`
    implementation is measured at `REDUCED_BORROWERS` beside the baseline at the same size.
    """

    name: str
    label: str
    module: str
    function: str = "simulate"
    package: str = ""
    program: str = ""
    reduced: bool = False
    prepare: str = ""

    def missing(self) -> str:
        """Return why this can't be measured here ("simpy is not installed"), or an empty string."""
        if self.package and importlib.util.find_spec(self.package) is None:
            return f"{self.package} is not installed"
        if self.program and shutil.which(self.program) is None:
            return f"{self.program} is not installed"
        return ""

    def load(self) -> Callable[[CallCentre, int], Tally]:
        """Import the module and return the function that runs the workload once."""
        function: Callable[[CallCentre, int], Tally] = getattr(
            importlib.import_module(self.module), self.function
        )
        return function

    def get_ready(self, centre: CallCentre) -> None:
        """Read what all runs of this size share."""
        if self.prepare:
            getattr(importlib.import_module(self.module), self.prepare)(centre)


BASELINE = Implementation(
    "simpy_per_agent", "SimPy, process per agent", "benchmarks.peers.simpy_per_agent", package="simpy"
)

IMPLEMENTATIONS = (
    Implementation(
        "duecourse_compiled", "**Duecourse**, compiled", "benchmarks.engine", "compiled", prepare="setting_of"
    ),
    Implementation(
        "duecourse_campaign",
        "**Duecourse**, compiled, without the fold to outcomes",
        "benchmarks.engine",
        "compiled_campaign",
        prepare="setting_of",
    ),
    Implementation(
        "duecourse_reference",
        "**Duecourse**, reference (SimPy processes)",
        "benchmarks.engine",
        "reference",
        prepare="setting_of",
    ),
    Implementation(
        "c_heap", "C -O3, binary heap, one event per attempt", "benchmarks.peers.c_heap", program="cc"
    ),
    Implementation(
        "numba_heap",
        "numba, binary heap, one event per attempt",
        "benchmarks.peers.numba_heap",
        package="numba",
    ),
    Implementation(
        "cimba_per_agent", "Cimba, process per agent", "benchmarks.peers.cimba_per_agent", package="cimba"
    ),
    Implementation("heapq_loop", "plain Python, heapq, one event per attempt", "benchmarks.peers.heapq_loop"),
    BASELINE,
    Implementation(
        "salabim_per_agent",
        "salabim, component per agent",
        "benchmarks.peers.salabim_per_agent",
        package="salabim",
    ),
    Implementation(
        "simpy_per_borrower",
        "SimPy, process per borrower",
        "benchmarks.peers.simpy_per_borrower",
        package="simpy",
    ),
    Implementation(
        "ciw_network",
        "Ciw, customer per attempt",
        "benchmarks.peers.ciw_network",
        package="ciw",
        reduced=True,
    ),
)
