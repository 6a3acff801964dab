"""Models: each agent is a SimPy process that takes the next borrower from a shared daily list."""

from __future__ import annotations

import random
from collections.abc import Generator

import simpy

from benchmarks.workload import CallCentre, Tally

Process = Generator[simpy.Event, None, None]


class Model:
    """State that the processes share, and what they count."""

    def __init__(self, centre: CallCentre, seed: int) -> None:
        self.centre = centre
        self.random = random.Random(seed)
        self.env = simpy.Environment()
        self.open = set(range(centre.borrowers))
        self.list: list[int] = []
        self.attempts = 0
        self.contacts = 0
        self.talk_s = 0.0
        self.first_idle_s = [float("inf")] * centre.days

    def supervisor(self) -> Process:
        """Write the list of the day in random order at each opening."""
        for day in range(self.centre.days):
            yield self.env.timeout(self.centre.opening(day) - self.env.now)
            self.list = list(self.open)
            self.random.shuffle(self.list)

    def agent(self) -> Process:
        """Call from the list until it is empty or closing time has come, every day."""
        env, centre = self.env, self.centre
        for day in range(centre.days):
            yield env.timeout(centre.opening(day) - env.now)
            closing = centre.closing(day)
            while self.list and env.now < closing:
                borrower = self.list.pop()
                self.attempts += 1
                yield env.timeout(centre.ring_s)
                if self.random.random() < centre.answer_probability:
                    talk_s = self.random.lognormvariate(centre.talk_mu_log, centre.talk_sigma_log)
                    yield env.timeout(talk_s + centre.wrap_up_s)
                    self.contacts += 1
                    self.talk_s += talk_s
                    if self.random.random() < centre.pay_probability:
                        self.open.remove(borrower)
            self.first_idle_s[day] = min(self.first_idle_s[day], env.now - centre.opening(day))


def simulate(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once; the same seed gives the same counts."""
    model = Model(centre, seed)
    # First, so that at an opening the list is there before an agent looks at it.
    model.env.process(model.supervisor())
    for _ in range(centre.agents):
        model.env.process(model.agent())
    model.env.run()
    return Tally(
        attempts=model.attempts,
        contacts=model.contacts,
        payers=centre.borrowers - len(model.open),
        talk_s=model.talk_s,
        listing_s=sum(model.first_idle_s),
    )
