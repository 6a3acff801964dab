"""Models: a Ciw network of one node whose servers are the agents; the day's list arrives as one batch.

Ciw's customers have no memory of an earlier visit, and borrowers of this workload are exchangeable: the size
of the batch is the number of borrowers still open. Ciw's cost for an event grows with the number waiting.
"""

from __future__ import annotations

import random

import ciw

from benchmarks.workload import DAY_S, CallCentre, Tally


class Handling(ciw.dists.Distribution):  # type: ignore[misc]  # Ciw has no types
    """Seconds an agent spends on one attempt, and what comes of it; nothing from closing time on."""

    def __init__(self, centre: CallCentre, seed: int) -> None:
        super().__init__()
        self.centre = centre
        self.random = random.Random(seed)
        self.open_borrowers = centre.borrowers
        self.attempts = 0
        self.contacts = 0
        self.talk_s = 0.0

    def sample(self, t: float = 0.0, ind: object = None) -> float:  # noqa: ARG002  # Ciw's signature
        """Begin an attempt at second `t`; the customer is not used."""
        centre = self.centre
        if t % DAY_S >= centre.closing_s:
            return 0.0
        self.attempts += 1
        if self.random.random() >= centre.answer_probability:
            return centre.ring_s
        talk_s = self.random.lognormvariate(centre.talk_mu_log, centre.talk_sigma_log)
        self.contacts += 1
        self.talk_s += talk_s
        if self.random.random() < centre.pay_probability:
            self.open_borrowers -= 1
        return centre.ring_s + talk_s + centre.wrap_up_s


class OpenBorrowers(ciw.dists.Distribution):  # type: ignore[misc]  # Ciw has no types
    """Size of a day's batch: how many have not paid."""

    def sample(self, t: float = 0.0, ind: object = None) -> int:  # noqa: ARG002  # Ciw's signature
        """The number now, kept by the desk; the arguments are not used."""
        open_borrowers: int = handling_of(self.simulation).open_borrowers
        return open_borrowers


def handling_of(simulation: ciw.Simulation) -> Handling:
    """The service distribution in use: Ciw copies the one that the network was made with."""
    handling: Handling = simulation.service_times[1]["Customer"]
    return handling


def first_idle_s(centre: CallCentre, records: list[ciw.data_record.DataRecord]) -> float:
    """Seconds from opening to the first agent without a call, summed over days."""
    last_start = [0.0] * centre.days
    for record in records:
        day = int(record.arrival_date // DAY_S)
        last_start[day] = max(last_start[day], min(record.service_start_date, centre.closing(day)))
    idle = [float("inf")] * centre.days
    for record in records:
        day = int(record.arrival_date // DAY_S)
        if record.service_time > 0 and record.service_end_date > last_start[day]:
            idle[day] = min(idle[day], record.service_end_date - centre.opening(day))
    return sum(idle)


def simulate(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once; the same seed gives the same counts."""
    gaps = [float(centre.opening_s)] + [float(DAY_S)] * (centre.days - 1) + [float("inf")]
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential(gaps)],
        batching_distributions=[OpenBorrowers()],
        service_distributions=[Handling(centre, seed)],
        number_of_servers=[centre.agents],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(centre.days * DAY_S)
    handling = handling_of(simulation)
    return Tally(
        attempts=handling.attempts,
        contacts=handling.contacts,
        payers=centre.borrowers - handling.open_borrowers,
        talk_s=handling.talk_s,
        listing_s=first_idle_s(centre, simulation.get_all_records()),
    )
