"""What a comparison found: frozen, typed, self-describing. Reports, tables and JSON all read these objects and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications. `se` is its Monte-Carlo standard error, nan with one replication."""

    mean: float
    se: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean paired difference over replications with its 95 % t interval: Monte-Carlo error only, nan with one replication."""

    estimate: float
    low: float
    high: float
    se: float


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """What a metric is: printed beside every number."""

    name: str
    unit: str
    """"minor" (money in minor units), "share", "count", "per 1000", ..."""
    denominator: str
    english: str
    chinese: str
    formula: str
    better: str
    """"higher", "lower" or "" where neither is better in itself."""


@dataclass(frozen=True, slots=True)
class StrategyResult:
    """One strategy over all replications (R) and days (D)."""

    name: str
    digest: str
    """Hash of its event logs over all replications: independent of engine, jobs, row order and other strategies."""
    metrics: Mapping[str, Estimate]
    """By metric name (`MetricInfo.name`): recovery_minor, cost_minor, net_minor, net_fixed_minor, net_avoidable_minor, cure_rate,
    complaints_per_1000, promises, kept_rate, opt_outs, occupancy, starved_actions, ..."""
    values: Mapping[str, NDArray[np.float64]]
    """The same metrics by replication, (R,)."""
    attempts: Mapping[str, Estimate]
    """By channel."""
    cost_by_kind: Mapping[str, Estimate]
    """Minor units by kind: "sms messages", "call lines", "roster desk.general", "complaints", "forgiven", ..."""
    daily: Mapping[str, NDArray[np.float64]]
    """Series of shape (R, D): recovery_minor, direct_cost_minor (roster apart), entered_accounts, cured_accounts, complaints,
    promises, attempts_<channel>, planned_<channel>, starved_<channel>, busy_s_<pool>, rostered_s_<pool>, inbound_calls,
    abandoned_calls."""
    funnel: tuple[tuple[str, Estimate], ...]
    """(stage, accounts): entered, attempted, answered, right_party, promised, kept, paid, cured; monotone is not promised."""
    description: tuple[str, ...] = ()
    """The strategy in plain words."""
    blocked: Mapping[str, Estimate] = field(default_factory=dict)
    """Attempts that a contact rule refused, by rule: one refused by two counts under both."""
    violations: Mapping[str, Estimate] = field(default_factory=dict)
    """Attempts made that a rule in shadow refuses, by rule."""
    patterns: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """Small arrays by replication, (R, ...): `experiments.patterns.patterns_of` says which."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A strategy against another under shared luck: paired by replication."""

    strategy: str
    against: str
    metrics: Mapping[str, Difference]
    variance_reduction: float
    """1 - Var(A - B) / (Var A + Var B) of net_minor: what sharing luck saved; nan with one replication or no variance."""
    daily_recovery: NDArray[np.float64]
    """(R, D): difference of cumulative recovery, minor units."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A behaviour value that stands on no published source."""

    key: str
    value: float
    low: float | None
    high: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts that are alike in one way: a row of the pattern "groups"."""

    dimension: str
    label: str
    protected: bool
    """Whether it says who somebody is: shown as a report, never used as a lever."""


@dataclass(frozen=True, slots=True)
class StepCount:
    """One step of a strategy in replication 0."""

    segment: str
    label: str
    channel: str
    planned: int
    attempts: int
    answered: int
    right_party: int
    starved: int
    last_touch_minor: float
    """Cash whose payer was touched last by this step, within two weeks before: a custom, not a cause."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What one strategy's event log of replication 0 shows."""

    heat: NDArray[np.float64]
    """Dials and visits, answered ones, right-party contacts by weekday (Monday first) and hour, (7, 24, 3)."""
    steps: tuple[StepCount, ...]
    untouched_minor: float
    """Cash of people whom no step touched within two weeks before."""


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """One line of a borrower's timeline."""

    when: str
    """Local time, "2025-09-03 10:02:11"."""
    day: int
    strategy: str
    what: str
    """In words."""
    channel: str
    amount_minor: int


Verdict: TypeAlias = Literal["for", "against", "undecided"]


@dataclass(frozen=True, slots=True)
class Told:
    """The same in English and Chinese."""

    en: str
    zh: str

    def in_(self, language: str) -> str:
        """Return it in a language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Finding:
    """One metric of a strategy against another's, under shared luck."""

    metric: str
    strategy: str
    against: str
    level: Estimate
    """The strategy's."""
    other: Estimate
    """The other's."""
    difference: Difference
    claimed: str = ""
    """"higher" or "lower", empty where nothing was claimed."""
    margin: float = 0.0
    """How large the difference has to be; money in minor units."""
    verdict: str = ""
    """A `Verdict`, empty where nothing was claimed."""


@dataclass(frozen=True, slots=True)
class Wasted:
    """What a strategy forgave to accounts that came back to current under another as well. Money in minor units."""

    strategy: str
    against: str
    forgiven: Estimate
    wasted: Estimate
    share: Difference
    """Of what was forgiven: mean over replications with its interval."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a unit of something costs, and may cost until it nets no more than doing without. Money in minor units."""

    strategy: str
    against: str
    unit: Told
    paid: float
    break_even: Difference


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scenario's question comes to."""

    claim: Told
    pits: Told
    names: Mapping[str, Told]
    """Strategies as sentences call them."""
    verdict: str
    """"yes", "no", "part" (settled both ways) or "open"."""
    findings: tuple[Finding, ...]
    beside: tuple[Finding, ...]
    wasted: tuple[Wasted, ...] = ()
    prices: tuple[Price, ...] = ()
    evidence: Told | None = None


@dataclass(frozen=True, slots=True)
class CompareResult:
    """Everything that `duecourse compare` found."""

    scenario: str
    description: str
    currency: str
    minor_per_major: int
    start: str
    """First day, ISO date."""
    days: int
    borrowers: int
    accounts: int
    entry_balance_minor: int
    """Balance at entry over all accounts that entered within the horizon: the denominator of recovery rates."""
    replications: int
    engine: str
    champion: str
    roster: str
    """"fixed" or "avoidable": which roster cost counts in cost_minor."""
    strategies: tuple[StrategyResult, ...]
    """In the scenario's order, do_nothing last."""
    contrasts: tuple[Contrast, ...]
    """Each strategy against do_nothing, and against the champion."""
    metrics: Mapping[str, MetricInfo]
    pools: tuple[str, ...]
    channels: tuple[str, ...]
    redrawn: tuple[str, ...]
    """What luck each replication draws anew."""
    assumptions: tuple[Assumption, ...]
    warnings: tuple[str, ...]
    exclusions: tuple[tuple[str, int, int], ...]
    """(rule, accounts, balance in minor units) left out of the portfolio on purpose."""
    portfolio_notes: tuple[str, ...]
    groups: tuple[Group, ...] = ()
    """In the order of the pattern "groups"."""
    observed: Mapping[str, Observed] = field(default_factory=dict)
    """Strategy -> what its log of replication 0 shows; empty where logs are not kept."""
    timelines: Mapping[str, tuple[LifeEvent, ...]] = field(default_factory=dict)
    """Account id -> events of its borrower under every strategy in replication 0, in order of time."""
    rulepacks: tuple[str, ...] = ()
    """Packs of contact rules that were on, with version and the gate's mode."""
    answer: Answer | None = None
    """To the scenario's question, where it asks one and all strategies were run."""
    command: str = ""
    version: str = ""
    run_dir: str = ""

    def strategy(self, name: str) -> StrategyResult:
        """Return the result of one strategy."""
        return next(result for result in self.strategies if result.name == name)
