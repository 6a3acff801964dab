"""Do the implementations simulate the same thing? Up to five tests each, one false-alarm rate for them all.

Null: every run draws from the workload as it is stated. Three statistics have mean zero under the null even
where lists were cut, because each attempt adds a term of mean zero: contacts - p x attempts, payers - q x
contacts, talk - mean x contacts. Two more compare with the baseline at the same size: attempts, and the
seconds of work in progress when an agent first has nobody left to call, which is off as soon as agents idle
or time moves in steps.

Variances are those of the workload, not estimates. Attempts of a borrower are a geometric variable cut at the
number of days; where closing time cuts lists, this is an upper bound. Work in progress of an agent is the
residual life of a renewal process (Cox 1962, Renewal Theory). All limits are by the normal approximation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from benchmarks.harness import Row
from benchmarks.implementations import BASELINE
from benchmarks.workload import CallCentre, Tally

FALSE_ALARM_RATE = 1e-6
"""Chance that any test of a run fails though all implementations are right (Bonferroni over its tests)."""

LEAST_AGENT_DAYS = 500
"""Below this, a sum of residual lives is too skew for the normal approximation, and that test is left out."""


@dataclass(frozen=True)
class Check:
    """One test: the z score of a statistic of one implementation on one workload."""

    workload: str
    implementation: str
    statistic: str
    z: float


@dataclass(frozen=True)
class Agreement:
    """All tests of a run against one limit for |z|."""

    checks: tuple[Check, ...]
    z_limit: float
    false_alarm_rate: float

    @property
    def failed(self) -> tuple[Check, ...]:
        """The tests whose |z| is not below the limit; not-a-number fails."""
        return tuple(check for check in self.checks if not abs(check.z) < self.z_limit)


def attempts_variance(centre: CallCentre) -> float:
    """Variance of a borrower's number of attempts when every list is finished: a geometric cut at `days`."""
    stays = 1 - centre.answer_probability * centre.pay_probability
    mean = sum(stays**k for k in range(centre.days))
    mean_square = sum((2 * k + 1) * stays**k for k in range(centre.days))
    return mean_square - mean**2


def talk_moment(centre: CallCentre, order: int) -> float:
    """E[talk^order], seconds to that power."""
    return math.exp(order * centre.talk_mu_log + (order * centre.talk_sigma_log) ** 2 / 2)


def handling_moment(centre: CallCentre, order: int) -> float:
    """E[handling^order]: ring, and for an answered call talk and wrap-up; seconds to that power."""
    fixed = centre.ring_s + centre.wrap_up_s
    answered = sum(
        math.comb(order, k) * fixed ** (order - k) * talk_moment(centre, k) for k in range(order + 1)
    )
    silent = centre.ring_s**order
    return centre.answer_probability * answered + (1 - centre.answer_probability) * silent


def residual_variance(centre: CallCentre) -> float:
    """Variance of what is left of the attempt in progress at a random moment, seconds squared."""
    mean = handling_moment(centre, 1)
    return handling_moment(centre, 3) / (3 * mean) - (handling_moment(centre, 2) / (2 * mean)) ** 2


def in_progress_s(centre: CallCentre, tally: Tally) -> float:
    """Seconds of work agents still had in hand when one first had nobody left to call, summed over days."""
    busy_s = tally.attempts * centre.ring_s + tally.contacts * centre.wrap_up_s + tally.talk_s
    return busy_s - centre.agents * tally.listing_s


def total(tallies: Sequence[Tally]) -> Tally:
    """Add up runs."""
    return Tally(
        attempts=sum(tally.attempts for tally in tallies),
        contacts=sum(tally.contacts for tally in tallies),
        payers=sum(tally.payers for tally in tallies),
        talk_s=math.fsum(tally.talk_s for tally in tallies),
        listing_s=math.fsum(tally.listing_s for tally in tallies),
    )


def score(difference: float, variance: float) -> float:
    """Return difference / standard deviation, not-a-number where there is no variance (nothing happened)."""
    return difference / math.sqrt(variance) if variance > 0 else math.nan


def row_checks(row: Row, baseline: Row) -> list[Check]:
    """Test one row; `baseline` is the row of the baseline on the same workload."""
    centre, tally = row.entry.centre, total(row.tallies)
    answer, pay = centre.answer_probability, centre.pay_probability
    talk_variance = talk_moment(centre, 2) - centre.talk_mean_s**2
    scores = {
        "contacts given attempts": score(
            tally.contacts - answer * tally.attempts, answer * (1 - answer) * tally.attempts
        ),
        "payers given contacts": score(tally.payers - pay * tally.contacts, pay * (1 - pay) * tally.contacts),
        "talk given contacts": score(
            tally.talk_s - centre.talk_mean_s * tally.contacts, talk_variance * tally.contacts
        ),
    }
    if row is not baseline:
        runs, other_runs, other = len(row.tallies), len(baseline.tallies), total(baseline.tallies)
        shrink = 1 / runs + 1 / other_runs  # variance of a difference of two means over runs
        scores["attempts against the baseline"] = score(
            tally.attempts / runs - other.attempts / other_runs,
            centre.borrowers * attempts_variance(centre) * shrink,
        )
        agent_days = centre.agents * centre.days
        if agent_days * min(runs, other_runs) >= LEAST_AGENT_DAYS:
            scores["work in progress against the baseline"] = score(
                in_progress_s(centre, tally) / runs - in_progress_s(centre, other) / other_runs,
                agent_days * residual_variance(centre) * shrink,
            )
    return [Check(row.entry.workload, row.entry.implementation.name, name, z) for name, z in scores.items()]


def check(rows: Sequence[Row]) -> Agreement:
    """Test all rows of a run. Each workload has a row of the baseline."""
    baselines = {row.entry.workload: row for row in rows if row.entry.implementation == BASELINE}
    checks = [made for row in rows for made in row_checks(row, baselines[row.entry.workload])]
    z_limit = -NormalDist().inv_cdf(FALSE_ALARM_RATE / (2 * len(checks)))
    return Agreement(tuple(checks), z_limit, FALSE_ALARM_RATE)
