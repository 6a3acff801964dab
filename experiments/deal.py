"""Designs as the simulation carries them out: who is under which arm when, and who shares agents with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from experiments.design.assignment import assign_units, hash_order
from experiments.design.clusters import switchback_points
from sim import Assignment, InputError, Setting
from sim.contact_rules import shared_by
from sim.randomness import mix_seed
from sim.spec.experiment import DesignSpec, ExperimentSpec


@dataclass(frozen=True, slots=True)
class Dealt:
    """One assignment; arm 0 is control.

    `arm`, `cluster`, `stratum` and `part` are by account; designs of time have `periods` instead of arms.
    """

    assignment: Assignment
    arm: NDArray[np.int64]
    cluster: NDArray[np.int64] | None = None
    stratum: NDArray[np.int64] | None = None
    periods: NDArray[np.int64] | None = None
    """Arm of each period, (P,) or by team (teams, P)."""
    team: NDArray[np.int64] | None = None
    """Where the design deals accounts to teams itself (dedicated agents)."""
    part: NDArray[np.bool_] | None = None
    """Who takes part, where not everybody does."""


def covariates_of(setting: Setting, names: Sequence[str] = ("log_balance", "dpd")) -> NDArray[np.float64]:
    """Return (accounts, p) what is known before the test; columns that do not vary are left out, an unknown score is the mean."""
    portfolio = setting.portfolio
    known = portfolio.score[~np.isnan(portfolio.score)]
    columns = {
        "log_balance": np.log(np.maximum(portfolio.balance_minor, 1).astype(np.float64)),
        "dpd": portfolio.dpd.astype(np.float64),
        "score": np.where(np.isnan(portfolio.score), known.mean() if len(known) else 0.0, portfolio.score)}
    table = np.column_stack([columns[name] for name in names]) if names else np.zeros((portfolio.accounts, 0))
    return table[:, table.std(axis=0) > 0] if len(table) else table


def strata_of(setting: Setting, names: Sequence[str] = ("month_past_due", "balance_third")) -> NDArray[np.int64]:
    """Return (accounts,) strata: all combinations of months past due (at most 4), thirds of balance, region, product."""
    portfolio = setting.portfolio
    balance = portfolio.balance_minor
    thirds = np.quantile(balance, (1 / 3, 2 / 3)) if len(balance) else np.zeros(2)
    codes = {"month_past_due": np.minimum(np.maximum(portfolio.dpd - 1, 0) // 30, 3),
             "balance_third": np.searchsorted(thirds, balance), "region": portfolio.region.codes,
             "product": portfolio.product.codes}
    out = np.zeros(portfolio.accounts, np.int64)
    for name in names:
        column = codes[name].astype(np.int64)
        out = out * (int(column.max(initial=0)) + 1) + column
    return out


def persons_of(setting: Setting) -> NDArray[np.int64]:
    """Return each account's person row."""
    first = setting.first_accounts()
    return np.asarray(np.searchsorted(first, np.arange(setting.portfolio.accounts), side="right") - 1, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Units:
    """What designs of accounts deal: persons, accounts or households."""

    of: NDArray[np.int64]
    """(accounts,) unit of each account."""
    first: NDArray[np.int64]
    """(units,) first account row of each."""
    names: NDArray[np.object_]
    """(units,) what their hash is of."""


def units_of(setting: Setting, spec: ExperimentSpec) -> Units:
    """Return the units of an experiment's portfolio.

    Raises:
        InputError: households are asked for, and the portfolio has no such column.
    """
    portfolio = setting.portfolio
    if spec.unit == "account":
        every = np.arange(portfolio.accounts)
        return Units(every, every, np.array([str(name) for name in portfolio.account_id], dtype=object))
    person, first = persons_of(setting), setting.first_accounts()
    names = np.array([str(name) for name in portfolio.person_id[first]], dtype=object)
    if spec.unit == "person":
        return Units(person, first, names)
    # a person belongs to the home of their first account, so that nobody is dealt twice
    try:
        home = shared_by(portfolio, spec.household_column, "household_column", person.astype(np.int32))[first]
    except InputError as error:
        raise InputError("household_column", error.got, error.expected,
                         error.advice or "Name the column that says who shares a home, or deal persons.") from None
    _, at, code = np.unique(home, return_index=True, return_inverse=True)
    return Units(np.asarray(code, dtype=np.int64).reshape(-1)[person], first[at], names[at])


def deal(setting: Setting, spec: ExperimentSpec, design: DesignSpec, replication: int) -> Dealt:
    """Draw one assignment of a design.

    Raises:
        InputError: the scenario has not the accounts, teams, areas or days that the design needs.
    """
    seed = int(mix_seed(setting.scenario.seeds.assignment, "assignment", design.kind, replication) % np.uint64(2**62))
    if design.kind == "switchback":
        return _switchback(setting, design, spec.allocation_of(design), seed)
    if design.kind == "team_switchback":
        return _team_switchback(setting, design, spec.allocation_of(design), seed)
    if design.kind == "team":
        return _clusters(spec.allocation_of(design), setting.team, seed, "team", TEAMS)
    if design.kind == "area":
        return _clusters(spec.allocation_of(design), setting.portfolio.region.codes.astype(np.int64), seed, "area",
                         "a column `region`")
    if design.kind == "saturation":
        return _saturation(setting, design, seed)
    return _persons(setting, spec, design, seed)


def check_dealt(dealt: Dealt, spec: ExperimentSpec) -> None:
    """Check that no arm is empty.

    Raises:
        InputError: an arm has no account or period.
    """
    what, arm = "accounts", dealt.arm if dealt.part is None else dealt.arm[dealt.part]
    if dealt.periods is not None:
        what, arm = "periods", dealt.periods.ravel()
    counts = np.bincount(arm, minlength=len(spec.arms))
    for name, count in zip(spec.arms, counts.tolist(), strict=True):
        if count == 0:
            raise InputError("designs: allocation", f"{len(arm):,} {what}, none of which falls to {name}",
                             "shares that give every arm at least one", "Raise its share, or take more accounts.")


def of_treatment(dealt: Dealt, treatment: int) -> Dealt:
    """Return a deal as the comparison of one treatment with control sees it: the accounts of other arms take no part."""
    kept = (dealt.arm == 0) | (dealt.arm == treatment)
    if dealt.periods is not None or bool(kept.all()):
        return dealt
    return replace(dealt, part=kept if dealt.part is None else kept & dealt.part)


TEAMS = "resources: {desk: {teams: 20}}"


def _constant(arm: NDArray[np.int64]) -> Assignment:
    return Assignment.by_account(arm.astype(np.int16))


def _persons(setting: Setting, spec: ExperimentSpec, design: DesignSpec, seed: int) -> Dealt:
    """Deal units: completely at random, within strata, or re-randomised until balanced; perhaps not all take part."""
    units = units_of(setting, spec)
    person, first, names = units.of, units.first, units.names
    chosen = np.arange(len(first)) if design.accounts is None else _enrolled(units, design.accounts, seed)
    stratum = strata_of(setting, spec.strata) if design.kind == "stratified" else None
    covariates = covariates_of(setting, spec.covariates)[first] if design.kind == "rerandomised" else None
    got = assign_units(list(names[chosen]), spec.allocation_of(design), seed,
                       stratum=None if stratum is None else stratum[first][chosen],
                       covariates=None if covariates is None else covariates[chosen],
                       accept=design.accept if covariates is not None else 1.0)
    arm_of_person = np.zeros(len(first), np.int64)
    arm_of_person[chosen] = got.arm
    arm = arm_of_person[person]
    part = None
    if design.accounts is not None:
        taking = np.zeros(len(first), np.bool_)
        taking[chosen] = True
        part = taking[person]
    return Dealt(_constant(arm), arm, person if len(first) < len(person) else None, stratum,
                 team=arm if design.kind == "dedicated" else None, part=part)


def _enrolled(units: Units, accounts: int, seed: int) -> NDArray[np.int64]:
    """Return the units that take part, in the portfolio's order: drawn by a hash until they hold the accounts asked for."""
    if accounts > len(units.of):
        raise InputError("designs: accounts", accounts, f"at most the portfolio's {len(units.of):,} accounts",
                         "Take fewer, or a larger portfolio.")
    order = hash_order(list(units.names), seed ^ ENROL)
    held = np.bincount(units.of, minlength=len(units.names))[order]
    return np.sort(order[:int(np.searchsorted(np.cumsum(held), accounts)) + 1])


ENROL = 0x5EED
"""Tells the hash that chooses who takes part from the hash that deals arms."""


def _clusters(allocation: Sequence[float], cluster: NDArray[np.int64], seed: int, what: str, need: str) -> Dealt:
    names = _enough(np.unique(cluster), what, need, len(allocation))
    chosen = assign_units([str(name) for name in names], allocation, seed)
    arm = chosen.arm[np.searchsorted(names, cluster)]
    return Dealt(_constant(arm), arm, cluster)


def _enough(names: NDArray[np.int64], what: str, need: str, arms: int = 2) -> NDArray[np.int64]:
    if len(names) < LEAST * arms:
        raise InputError(f"designs: {what}", f"{len(names)} {what}s", f"a scenario with at least {LEAST * arms} {what}s",
                         f"It needs {need}.")
    return names


LEAST = 2
"""Clusters or periods of each arm with which an error can be estimated at all."""


def _saturation(setting: Setting, design: DesignSpec, seed: int) -> Dealt:
    """Teams draw how many of their accounts are treated, accounts within teams who is."""
    team = setting.team
    names = _enough(np.unique(team), "team", TEAMS)
    shares = np.array(design.saturations)
    level = assign_units([str(name) for name in names], [1.0] * len(shares), seed).arm
    rng = np.random.Generator(np.random.PCG64(seed))
    arm = (rng.random(len(team)) < shares[level[np.searchsorted(names, team)]]).astype(np.int64)
    return Dealt(_constant(arm), arm, team)


def _periods(setting: Setting, design: DesignSpec, arms: int) -> int:
    periods = -(-setting.scenario.horizon.days // design.period_days)
    if periods < LEAST * arms:
        raise InputError(f"designs: {design.kind}", f"{periods} periods", f"at least {LEAST * arms} periods within the horizon",
                         "Shorten period_days or lengthen the horizon.")
    return periods


def _order(design: DesignSpec, periods: int, allocation: Sequence[float], seed: int) -> NDArray[np.int64]:
    """Return the arm of each period."""
    arms = len(allocation)
    if design.order == "alternating":
        return np.asarray((np.arange(periods) + seed % arms) % arms, dtype=np.int64)
    if design.order == "points":
        rng = np.random.Generator(np.random.PCG64(seed))
        arm = np.zeros(periods, np.int64)
        upto = np.cumsum(allocation[1:]) / sum(allocation)
        drawn = (np.array(switchback_points(periods, 1)) - 1).tolist()
        for begin, end in zip(drawn, [*drawn[1:], periods], strict=True):
            arm[begin:end] = int(np.searchsorted(upto, rng.random(), side="right")) + 1
        arm %= arms  # what is beyond all treatments is control
        # all periods in one arm estimate nothing: the second half goes to the next arm
        return arm if len(np.unique(arm)) > 1 else np.where(np.arange(periods) >= periods // 2, (arm + 1) % arms, arm)
    return assign_units([str(n) for n in range(periods)], allocation, seed).arm


def _switchback(setting: Setting, design: DesignSpec, allocation: Sequence[float], seed: int) -> Dealt:
    """Everybody changes arms together: periods are dealt like units."""
    arm = _order(design, _periods(setting, design, len(allocation)), allocation, seed)
    accounts = setting.portfolio.accounts
    return Dealt(Assignment.switchback(accounts, arm.astype(np.int16), design.period_days), np.zeros(accounts, np.int64),
                 periods=arm)


def _team_switchback(setting: Setting, design: DesignSpec, allocation: Sequence[float], seed: int) -> Dealt:
    """Each team changes arms by itself."""
    periods = _periods(setting, design, len(allocation))
    names = _enough(np.unique(setting.team), "team", TEAMS)
    team = np.searchsorted(names, setting.team)
    arm = np.stack([_order(design, periods, allocation, int(mix_seed(seed, "team", int(name)) % np.uint64(2**62)))
                    for name in names])
    return Dealt(Assignment(team.astype(np.int32), arm.astype(np.int16), design.period_days),
                 np.zeros(len(team), np.int64), team, periods=arm, team=None)
