"""Models: the heap loop in C (`call_centre.c`), built with `cc -O3` by the first call in a process."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.workload import CallCentre, Tally


class _CallCentre(ctypes.Structure):
    """`call_centre` of call_centre.c."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("borrowers", "agents", "days")),
        *(
            (name, ctypes.c_double)
            for name in ("day_length_s", "ring_s", "wrap_up_s", "answer", "pay", "mu", "sigma")
        ),
        ("seed", ctypes.c_uint64),
    )


class _Tally(ctypes.Structure):
    """`tally` of call_centre.c."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("attempts", "contacts", "payers")),
        *((name, ctypes.c_double) for name in ("talk_s", "listing_s")),
    )


@cache
def library() -> ctypes.CDLL:
    """Build the shared library in a folder that is removed at once and load it."""
    source = Path(__file__).with_name("call_centre.c")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "call_centre.so"
        command = ["cc", "-O3", "-shared", "-fPIC", "-o", str(target), str(source), "-lm"]
        subprocess.run(command, check=True)  # the system's compiler on our own file
        return ctypes.CDLL(str(target))


def simulate(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once; the same seed gives the same counts. The first call in a process compiles.

    Raises:
        MemoryError: if the lists do not fit in memory.
    """
    given = _CallCentre(
        centre.borrowers,
        centre.agents,
        centre.days,
        centre.closing_s - centre.opening_s,
        centre.ring_s,
        centre.wrap_up_s,
        centre.answer_probability,
        centre.pay_probability,
        centre.talk_mu_log,
        centre.talk_sigma_log,
        seed,
    )
    counted = _Tally()
    if library().simulate(ctypes.byref(given), ctypes.byref(counted)) != 0:
        raise MemoryError(f"no memory for {centre.borrowers} borrowers and {centre.agents} agents")
    return Tally(counted.attempts, counted.contacts, counted.payers, counted.talk_s, counted.listing_s)
