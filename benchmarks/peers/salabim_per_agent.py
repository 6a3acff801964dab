"""Models: each agent is a salabim component that takes the next borrower from a shared daily list."""

from __future__ import annotations

import random
from collections.abc import Iterator

import salabim as sim

from benchmarks.workload import CallCentre, Tally


class Shared:
    """State that the components share, and what they count."""

    def __init__(self, centre: CallCentre, seed: int) -> None:
        self.centre = centre
        self.random = random.Random(seed)
        self.open = set(range(centre.borrowers))
        self.list: list[int] = []
        self.attempts = 0
        self.contacts = 0
        self.talk_s = 0.0
        self.first_idle_s = [float("inf")] * centre.days


class Supervisor(sim.Component):  # type: ignore[misc]  # salabim has no types
    """Writes the list of the day in random order at each opening."""

    def setup(self, shared: Shared) -> None:
        """Called by salabim with the arguments of the constructor."""
        self.shared = shared

    def process(self) -> Iterator[None]:
        """Prepare every day's list."""
        shared = self.shared
        for day in range(shared.centre.days):
            yield self.hold(till=shared.centre.opening(day), priority=-1)  # before the agents look at it
            shared.list = list(shared.open)
            shared.random.shuffle(shared.list)


class Agent(sim.Component):  # type: ignore[misc]  # salabim has no types
    """Calls from the list until it is empty or closing time has come, every day."""

    def setup(self, shared: Shared) -> None:
        """Called by salabim with the arguments of the constructor."""
        self.shared = shared

    def process(self) -> Iterator[None]:
        """Work every day."""
        shared, env, centre = self.shared, self.env, self.shared.centre
        for day in range(centre.days):
            yield self.hold(till=centre.opening(day))
            closing = centre.closing(day)
            while shared.list and env.now() < closing:
                borrower = shared.list.pop()
                shared.attempts += 1
                yield self.hold(centre.ring_s)
                if shared.random.random() < centre.answer_probability:
                    talk_s = shared.random.lognormvariate(centre.talk_mu_log, centre.talk_sigma_log)
                    yield self.hold(talk_s + centre.wrap_up_s)
                    shared.contacts += 1
                    shared.talk_s += talk_s
                    if shared.random.random() < centre.pay_probability:
                        shared.open.remove(borrower)
            shared.first_idle_s[day] = min(shared.first_idle_s[day], env.now() - centre.opening(day))


def simulate(centre: CallCentre, seed: int) -> Tally:
    """Run the workload once; the same seed gives the same counts."""
    sim.yieldless(False)  # generators are salabim's faster mode
    env = sim.Environment(trace=False)
    shared = Shared(centre, seed)
    Supervisor(shared=shared, env=env)
    for _ in range(centre.agents):
        Agent(shared=shared, env=env)
    env.run()
    return Tally(
        attempts=shared.attempts,
        contacts=shared.contacts,
        payers=centre.borrowers - len(shared.open),
        talk_s=shared.talk_s,
        listing_s=sum(shared.first_idle_s),
    )
