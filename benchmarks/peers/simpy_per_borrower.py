"""Models: each borrower is a SimPy process that asks for an agent (a resource) once a day until paid."""

from __future__ import annotations

import random
from collections.abc import Generator

import simpy

from benchmarks.workload import CallCentre, Tally

QUEUE_UP_S = 1e-3
"""Borrowers join the day's queue at random moments within the first millisecond: that is its random order."""


class Model:
    """State that the processes share, and what they count."""

    def __init__(self, centre: CallCentre, seed: int) -> None:
        self.centre = centre
        self.random = random.Random(seed)
        self.env = simpy.Environment()
        self.agents = simpy.Resource(self.env, capacity=centre.agents)
        self.attempts = 0
        self.contacts = 0
        self.payers = 0
        self.talk_s = 0.0
        self.first_idle_s = [float("inf")] * centre.days

    def borrower(self) -> Generator[simpy.Event, None, None]:
        """Wait for a call every day, until paid."""
        env, centre, agents = self.env, self.centre, self.agents
        for day in range(centre.days):
            yield env.timeout(centre.opening(day) - env.now + self.random.uniform(0, QUEUE_UP_S))
            with agents.request() as agent:
                yield agent
                paid = False
                if env.now < centre.closing(day):
                    self.attempts += 1
                    yield env.timeout(centre.ring_s)
                    if self.random.random() < centre.answer_probability:
                        talk_s = self.random.lognormvariate(centre.talk_mu_log, centre.talk_sigma_log)
                        yield env.timeout(talk_s + centre.wrap_up_s)
                        self.contacts += 1
                        self.talk_s += talk_s
                        paid = self.random.random() < centre.pay_probability
                if not agents.queue or env.now >= centre.closing(day):
                    self.first_idle_s[day] = min(self.first_idle_s[day], env.now - centre.opening(day))
            if paid:
                self.payers += 1
                return


def simulate(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once; the same seed gives the same counts."""
    model = Model(centre, seed)
    for _ in range(centre.borrowers):
        model.env.process(model.borrower())
    model.env.run()
    return Tally(
        attempts=model.attempts,
        contacts=model.contacts,
        payers=model.payers,
        talk_s=model.talk_s,
        listing_s=sum(model.first_idle_s),
    )
