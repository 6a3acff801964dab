"""Models: each agent is a Cimba process, compiled, that takes the next borrower from a shared daily list."""

# Cimba resolves annotations when it compiles a class; they stand here as objects, not as text.

import cimba as cb

from benchmarks.workload import DAY_S, CallCentre, Tally


class Agent(cb.Model):  # type: ignore[misc,unused-ignore]  # Any where Cimba is not installed
    """Calls from the list until it is empty or closing time has come, every day."""

    floor: cb.Ref["Floor"]

    @cb.process
    def work(self) -> None:
        """Work every day."""
        floor = self.floor
        for day in range(floor.days):
            opening = day * DAY_S + floor.opening_s
            closing = day * DAY_S + floor.closing_s
            cb.hold(opening - cb.now())
            while floor.next_call < floor.open_borrowers and cb.now() < closing:
                place = floor.next_call
                floor.next_call += 1
                floor.attempts += 1
                cb.hold(floor.ring_s)
                if cb.random.bernoulli(floor.answer_probability):
                    talk = cb.random.lognormal(floor.talk_mu_log, floor.talk_sigma_log)
                    cb.hold(talk + floor.wrap_up_s)
                    floor.contacts += 1
                    floor.talk_s += talk
                    if cb.random.bernoulli(floor.pay_probability):
                        floor.payers += 1
                        floor.borrower[place] = -1
            if floor.all_busy:
                floor.all_busy = False
                floor.listing_s += cb.now() - opening


class Floor(cb.Model):  # type: ignore[misc,unused-ignore]  # Any where Cimba is not installed
    """The call centre; its open borrowers are the first `open_borrowers` of `borrower`, -1 once paid."""

    days: cb.Param[int]
    opening_s: cb.Param[float]
    closing_s: cb.Param[float]
    ring_s: cb.Param[float]
    wrap_up_s: cb.Param[float]
    answer_probability: cb.Param[float]
    pay_probability: cb.Param[float]
    talk_mu_log: cb.Param[float]
    talk_sigma_log: cb.Param[float]
    agents: list[Agent]
    borrower: cb.Array[int]
    open_borrowers: int = 0
    next_call: int = 0
    all_busy: bool = False
    attempts: cb.Output[int]
    contacts: cb.Output[int]
    payers: cb.Output[int]
    talk_s: cb.Output[float]
    listing_s: cb.Output[float]

    def __init__(self, centre: CallCentre) -> None:
        self.days = centre.days
        self.opening_s = float(centre.opening_s)
        self.closing_s = float(centre.closing_s)
        self.ring_s = centre.ring_s
        self.wrap_up_s = centre.wrap_up_s
        self.answer_probability = centre.answer_probability
        self.pay_probability = centre.pay_probability
        self.talk_mu_log = centre.talk_mu_log
        self.talk_sigma_log = centre.talk_sigma_log
        self.borrower = cb.Array(list(range(centre.borrowers)))
        self.open_borrowers = centre.borrowers
        self.agents = [Agent() for _ in range(centre.agents)]
        for agent in self.agents:
            agent.floor = self

    @cb.process(priority=1)
    def supervisor(self) -> None:
        """Take payers off the list and shuffle it at each opening, before an agent looks at it."""
        self.talk_s = 0.0
        self.listing_s = 0.0
        for day in range(self.days):
            cb.hold(day * DAY_S + self.opening_s - cb.now())
            still_open = 0
            for place in range(self.open_borrowers):
                if self.borrower[place] >= 0:
                    self.borrower[still_open] = self.borrower[place]
                    still_open += 1
            self.open_borrowers = still_open
            for place in range(still_open - 1, 0, -1):
                other = cb.random.dice(0, place)
                borrower = self.borrower[place]
                self.borrower[place] = self.borrower[other]
                self.borrower[other] = borrower
            self.next_call = 0
            self.all_busy = True


def simulate(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once; the same seed gives the same counts. The first call in a process compiles."""
    floor = Floor(centre)
    result = cb.Experiment(floor, seed=seed).run(workers=1, on_failure="raise")[floor]
    return Tally(
        attempts=int(result.attempts.values[0, 0]),
        contacts=int(result.contacts.values[0, 0]),
        payers=int(result.payers.values[0, 0]),
        talk_s=float(result.talk_s.values[0, 0]),
        listing_s=float(result.listing_s.values[0, 0]),
    )
