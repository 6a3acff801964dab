"""Models: a plain Python loop over a heap of when each agent becomes free, one event for each attempt."""

from __future__ import annotations

import random
from heapq import heapreplace

from benchmarks.workload import CallCentre, Tally


def simulate(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once; the same seed gives the same counts."""
    rng = random.Random(seed)
    answer, pay = centre.answer_probability, centre.pay_probability
    mu, sigma = centre.talk_mu_log, centre.talk_sigma_log
    open_borrowers = list(range(centre.borrowers))
    attempts = contacts = 0
    talk_total_s = listing_s = 0.0
    for day in range(centre.days):
        rng.shuffle(open_borrowers)
        opening, closing = centre.opening(day), centre.closing(day)
        free_at = [float(opening)] * centre.agents  # equal values are a heap
        still_open = []
        called = 0
        for borrower in open_borrowers:
            now = free_at[0]
            if now >= closing:
                break
            called += 1
            handling_s = centre.ring_s
            paid = False
            if rng.random() < answer:
                talk_s = rng.lognormvariate(mu, sigma)
                handling_s += talk_s + centre.wrap_up_s
                contacts += 1
                talk_total_s += talk_s
                paid = rng.random() < pay
            if not paid:
                still_open.append(borrower)
            heapreplace(free_at, now + handling_s)
        attempts += called
        listing_s += free_at[0] - opening
        open_borrowers = still_open + open_borrowers[called:]
    return Tally(
        attempts=attempts,
        contacts=contacts,
        payers=centre.borrowers - len(open_borrowers),
        talk_s=talk_total_s,
        listing_s=listing_s,
    )
