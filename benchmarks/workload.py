"""The shared call-centre workload: what every implementation simulates, and what it reports.

A list of open borrowers is called once a day in random order by identical agents. A call is begun from
opening to closing; one in progress at closing is finished. A line rings for `ring_s`; with
`answer_probability` somebody answers, talks for a lognormal time, and costs the agent `wrap_up_s` afterwards;
an answered call pays with `pay_probability`, and whoever pays leaves the list.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

DAY_S = 86_400
BORROWERS_PER_AGENT = 400
"""20,000 borrowers for 50 agents: the longest list takes about 96 % of a working day."""


@dataclass(frozen=True)
class CallCentre:
    """One size of the workload. Times are seconds, the clock starts at midnight of the first day.

    `talk_sigma_log` is the standard deviation of the logarithm of talk time; the mean of talk time is
    `talk_mean_s` whatever its value.

    Raises:
        ValueError: if there are fewer than ten borrowers for an agent (agents would idle from the start, and
            "the first agent without a call" would no longer mean "the list is empty"), or no day.
    """

    borrowers: int = 20_000
    agents: int = 50
    days: int = 30
    opening_s: int = 9 * 3600
    closing_s: int = 18 * 3600
    ring_s: float = 25.0
    answer_probability: float = 0.25
    talk_mean_s: float = 180.0
    talk_sigma_log: float = 0.8
    wrap_up_s: float = 30.0
    pay_probability: float = 0.08

    def __post_init__(self) -> None:
        if self.agents < 1 or self.borrowers < 10 * self.agents:
            raise ValueError(
                f"got {self.borrowers} borrowers for {self.agents} agents, "
                "expected at least 1 agent and 10 borrowers for each"
            )
        if self.days < 1:
            raise ValueError(f"got {self.days} days, expected at least 1")

    @classmethod
    def sized(cls, borrowers: int) -> CallCentre:
        """The workload with as many agents for a borrower as in the full size, and at least one."""
        return cls(borrowers=borrowers, agents=max(1, round(borrowers / BORROWERS_PER_AGENT)))

    @property
    def talk_mu_log(self) -> float:
        """Mean of the logarithm of talk time, log seconds."""
        return math.log(self.talk_mean_s) - self.talk_sigma_log**2 / 2

    def opening(self, day: int) -> int:
        """Second at which the agents of day 0, 1, ... begin to call."""
        return day * DAY_S + self.opening_s

    def closing(self, day: int) -> int:
        """Second from which no call is begun on day 0, 1, ..."""
        return day * DAY_S + self.closing_s


@dataclass(frozen=True)
class Tally:
    """What one run of the workload counted.

    `talk_s` is the sum of talk times. `listing_s` is the sum over days of the seconds from opening until an
    agent first found nobody left to call (list empty, or closing time): it tells whether agents work side by
    side without idling, which counts cannot.
    """

    attempts: int
    contacts: int
    payers: int
    talk_s: float
    listing_s: float
