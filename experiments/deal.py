"""Designs as the simulation carries them out: who is under which arm when, and who shares agents with whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.design.assignment import assign_units
from sim import Assignment, InputError, Setting
from sim.randomness import mix_seed
from sim.spec.experiment import DesignSpec, ExperimentSpec


@dataclass(frozen=True, slots=True)
class Dealt:
    """One assignment.

    `arm` and `cluster` are by account; a switchback has `periods` (arm of each period) instead of arms by account.
    """

    assignment: Assignment
    arm: NDArray[np.int64]
    cluster: NDArray[np.int64] | None = None
    stratum: NDArray[np.int64] | None = None
    periods: NDArray[np.int64] | None = None
    team: NDArray[np.int64] | None = None
    """Where the design deals accounts to teams itself (dedicated agents)."""


def covariates_of(setting: Setting) -> NDArray[np.float64]:
    """Return (accounts, p): log balance and days past due at entry, those that vary: what is known before the test."""
    portfolio = setting.portfolio
    columns = np.column_stack([np.log(np.maximum(portfolio.balance_minor, 1).astype(np.float64)),
                               portfolio.dpd.astype(np.float64)])
    return columns[:, columns.std(axis=0) > 0] if len(columns) else columns


def strata_of(setting: Setting) -> NDArray[np.int64]:
    """Return (accounts,) strata: months past due (at most 4) by thirds of balance."""
    portfolio = setting.portfolio
    month = np.minimum(np.maximum(portfolio.dpd - 1, 0) // 30, 3)
    balance = portfolio.balance_minor
    third = np.searchsorted(np.quantile(balance, (1 / 3, 2 / 3)), balance) if len(balance) else np.zeros(0, np.int64)
    return np.asarray(month * 3 + third, dtype=np.int64)


def persons_of(setting: Setting) -> NDArray[np.int64]:
    """Return each account's person row: accounts of a person are one unit."""
    first = setting.first_accounts()
    return np.asarray(np.searchsorted(first, np.arange(setting.portfolio.accounts), side="right") - 1, dtype=np.int64)


def deal(setting: Setting, spec: ExperimentSpec, design: DesignSpec, replication: int) -> Dealt:
    """Draw one assignment of a design.

    Raises:
        InputError: the scenario has not the teams, areas or days that the design needs.
    """
    seed = int(mix_seed(setting.scenario.seeds.assignment, "assignment", design.kind, replication) % np.uint64(2**62))
    if design.kind == "switchback":
        return _switchback(setting, design, spec.allocation, seed)
    if design.kind == "team":
        return _clusters(spec, setting.team, seed, "team", "resources: {desk: {teams: 20}}")
    if design.kind == "area":
        return _clusters(spec, setting.portfolio.region.codes.astype(np.int64), seed, "area", "a column `region`")
    if design.kind == "saturation":
        return _saturation(setting, design, seed)
    return _persons(setting, spec, design, seed)


def _constant(arm: NDArray[np.int64]) -> Assignment:
    return Assignment.by_account(arm.astype(np.int16))


def _persons(setting: Setting, spec: ExperimentSpec, design: DesignSpec, seed: int) -> Dealt:
    """Deal persons: completely at random, within strata, or re-randomised until balanced."""
    person = persons_of(setting)
    first = setting.first_accounts()
    stratum = strata_of(setting) if design.kind == "stratified" else None
    covariates = covariates_of(setting)[first] if design.kind == "rerandomised" else None
    units = [str(p) for p in setting.portfolio.person_id[first]]
    chosen = assign_units(units, spec.allocation, seed, stratum=None if stratum is None else stratum[first],
                          covariates=covariates, accept=design.accept if covariates is not None else 1.0)
    arm = chosen.arm[person]
    linked = person if len(first) < len(person) else None
    return Dealt(_constant(arm), arm, linked, stratum, team=arm if design.kind == "dedicated" else None)


def _clusters(spec: ExperimentSpec, cluster: NDArray[np.int64], seed: int, what: str, need: str) -> Dealt:
    names = np.unique(cluster)
    if len(names) < 4:
        raise InputError(f"designs: {what}", f"{len(names)} {what}s", f"a scenario with at least 4 {what}s", f"It needs {need}.")
    chosen = assign_units([str(name) for name in names], spec.allocation, seed)
    arm = chosen.arm[np.searchsorted(names, cluster)]
    return Dealt(_constant(arm), arm, cluster)


def _saturation(setting: Setting, design: DesignSpec, seed: int) -> Dealt:
    """Teams draw how many of their accounts are treated, accounts within teams who is."""
    team = setting.team
    names = np.unique(team)
    if len(names) < 4:
        raise InputError("designs: saturation", f"{len(names)} teams", "a scenario with at least 4 teams",
                         "It needs resources: {desk: {teams: 20}}.")
    shares = np.array(design.saturations)
    level = assign_units([str(name) for name in names], [1.0] * len(shares), seed).arm
    rng = np.random.Generator(np.random.PCG64(seed))
    arm = (rng.random(len(team)) < shares[level[np.searchsorted(names, team)]]).astype(np.int64)
    return Dealt(_constant(arm), arm, team)


def _switchback(setting: Setting, design: DesignSpec, allocation: tuple[float, float], seed: int) -> Dealt:
    """Everybody changes arms together: periods are dealt like units."""
    periods = -(-setting.scenario.horizon.days // design.period_days)
    if periods < 4:
        raise InputError("designs: switchback", f"{periods} periods", "at least 4 periods within the horizon",
                         "Shorten period_days or lengthen the horizon.")
    arm = assign_units([str(n) for n in range(periods)], allocation, seed).arm
    accounts = setting.portfolio.accounts
    return Dealt(Assignment.switchback(accounts, arm.astype(np.int16), design.period_days), np.zeros(accounts, np.int64),
                 periods=arm)
