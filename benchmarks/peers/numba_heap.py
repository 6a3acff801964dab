"""Models: the heap loop compiled with numba, arrays only, one event for each attempt."""
# ruff: noqa: NPY002  # np.random.seed and its functions are numba's own compiled generator, not numpy's global one

from __future__ import annotations

import math

import numba as nb
import numpy as np
import numpy.typing as npt

from benchmarks.workload import CallCentre, Tally


@nb.njit(inline="always")
def replace_first(heap: npt.NDArray[np.float64], value: float) -> None:
    """Replace the least element of a binary heap, shape (agents,), by `value` and restore its order."""
    n = heap.shape[0]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= n:
            break
        if child + 1 < n and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = value


@nb.njit()
def run(
    borrowers: int,
    agents: int,
    days: int,
    day_length_s: float,
    ring_s: float,
    wrap_up_s: float,
    answer: float,
    pay: float,
    mu: float,
    sigma: float,
    seed: int,
) -> tuple[int, int, int, float, float]:
    """Return attempts, contacts, payers, seconds of talk, seconds until the first idle agent of each day."""
    np.random.seed(seed)
    borrower = np.arange(borrowers)
    free_at = np.empty(agents)
    left = borrowers
    attempts = contacts = 0
    talk_total_s = listing_s = 0.0
    for _day in range(days):
        for i in range(left - 1, 0, -1):
            j = int(np.random.random() * (i + 1))
            borrower[i], borrower[j] = borrower[j], borrower[i]
        free_at[:] = 0.0
        kept = called = 0
        while called < left and free_at[0] < day_length_s:
            handling_s = ring_s
            paid = False
            if np.random.random() < answer:
                talk_s = math.exp(mu + sigma * np.random.standard_normal())
                handling_s += talk_s + wrap_up_s
                contacts += 1
                talk_total_s += talk_s
                paid = np.random.random() < pay
            if not paid:
                borrower[kept] = borrower[called]
                kept += 1
            called += 1
            replace_first(free_at, free_at[0] + handling_s)
        attempts += called
        listing_s += free_at[0]
        while called < left:
            borrower[kept] = borrower[called]
            kept += 1
            called += 1
        left = kept
    return attempts, contacts, borrowers - left, talk_total_s, listing_s


def simulate(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once; the same seed gives the same counts. The first call in a process compiles."""
    return Tally(
        *run(
            centre.borrowers,
            centre.agents,
            centre.days,
            float(centre.closing_s - centre.opening_s),
            centre.ring_s,
            centre.wrap_up_s,
            centre.answer_probability,
            centre.pay_probability,
            centre.talk_mu_log,
            centre.talk_sigma_log,
            seed,
        )
    )
