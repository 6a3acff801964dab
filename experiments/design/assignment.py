"""Who gets which arm: complete, stratified, cluster and re-randomised assignment, the same for the same seed.

Units are put in an order by a hash of seed and unit, and arms are dealt along it, so neither row order nor
machine matters and shares come out exact to one unit. Within strata the shares are exact to one unit as well.

Source: Fisher (1935); Kernan et al. (1999), J. Clin. Epidemiol. 52 (strata); Morgan and Rubin (2012), Annals
of Statistics 40 (re-randomisation by the Mahalanobis distance).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from experiments.estimators.data import FloatArray, IntArray, codes
from sim.errors import InputError

MAX_DRAWS = 100_000
"""Draws after which re-randomisation gives up: the criterion cannot be met."""


@dataclass(frozen=True)
class Assignment:
    """Who gets what.

    Attributes:
        arm: (n,) index of the arm, 0 for control.
        draws: assignments drawn until one was accepted; 1 without re-randomisation.
        distance: largest Mahalanobis distance between an arm and control; nan without covariates.
        limit: distance at which a draw was accepted; nan without re-randomisation.
    """

    arm: IntArray
    draws: int
    distance: float
    limit: float


def hash_order(units: Sequence[str], seed: int) -> IntArray:
    """Return the positions of the units in the order of their hashes with the seed."""
    salt = f"{seed}\x1f".encode()
    keys = [hashlib.blake2b(salt + unit.encode(), digest_size=16).digest() for unit in units]
    return np.array(sorted(range(len(units)), key=lambda i: (keys[i], units[i])), dtype=np.int64)


def dealt(total: int, weights: FloatArray) -> IntArray:
    """Return how many of `total` units each arm gets: largest remainders, earlier arms first among equals."""
    exact = total * weights / weights.sum()
    whole = np.floor(exact + 1e-9).astype(np.int64)
    short = total - int(whole.sum())
    for place in np.argsort(-(exact - whole), kind="stable")[:short]:
        whole[place] += 1
    return np.asarray(whole, dtype=np.int64)


def deal(order: IntArray, stratum: IntArray, weights: FloatArray) -> IntArray:
    """Deal arms along an order of units, exact within strata and over all.

    Args:
        order: (n,) positions of units.
        stratum: (n,) stratum of each unit.
        weights: (arms,) planned shares.

    Returns:
        (n,) arm of each unit.
    """
    arm = np.full(order.size, -1, dtype=np.int64)
    left: list[int] = []
    given = np.zeros(weights.size, dtype=np.int64)
    sorted_stratum = stratum[order]
    for s in np.unique(stratum):
        rows = order[sorted_stratum == s]
        whole = np.floor(rows.size * weights / weights.sum() + 1e-9).astype(np.int64)
        arm[rows[: int(whole.sum())]] = np.repeat(np.arange(weights.size), whole)
        given += whole
        left += [int(row) for row in rows[int(whole.sum()) :]]
    # what does not divide within a stratum is dealt over strata, each stratum's rest to different arms
    _deal_rest(arm, left, stratum, np.maximum(dealt(order.size, weights) - given, 0))
    return arm


def _deal_rest(arm: IntArray, left: Sequence[int], stratum: IntArray, rest: IntArray) -> None:
    used: dict[int, set[int]] = {}
    for row in left:
        taken = used.setdefault(int(stratum[row]), set())
        open_arms = [a for a in range(rest.size) if rest[a] > 0 and a not in taken] or [
            a for a in range(rest.size) if rest[a] > 0
        ]
        best = max(open_arms, key=lambda a: (int(rest[a]), -a))
        arm[row] = best
        rest[best] -= 1
        taken.add(best)


def mahalanobis(covariates: FloatArray, arm: IntArray, arms: int) -> float:
    """Return the largest Mahalanobis distance between the covariate means of an arm and control."""
    covariance = np.atleast_2d(np.cov(covariates, rowvar=False))
    inverse = np.linalg.pinv(covariance)
    zero = covariates[arm == 0]
    worst = 0.0
    for index in range(1, arms):
        one = covariates[arm == index]
        gap = one.mean(axis=0) - zero.mean(axis=0)
        worst = max(
            worst, float(gap @ inverse @ gap) * one.shape[0] * zero.shape[0] / (one.shape[0] + zero.shape[0])
        )
    return worst


def assign_units(
    units: Sequence[str],
    weights: Sequence[float],
    seed: int,
    *,
    stratum: IntArray | None = None,
    covariates: FloatArray | None = None,
    accept: float = 1.0,
) -> Assignment:
    """Assign units to arms.

    Args:
        units: (n,) distinct names of what is assigned: accounts, or clusters.
        weights: (arms,) planned shares, control first.
        seed: of the assignment.
        stratum: (n,) codes within which shares are kept.
        covariates: (n, p) for re-randomisation and its distance.
        accept: share of assignments that is balanced enough; 0.01 keeps the best balanced hundredth.

    Raises:
        InputError: fewer units than arms, repeated units, or a criterion that is never met.
    """
    shares = np.asarray(weights, dtype=np.float64)
    if len(set(units)) != len(units):
        raise InputError(
            "unit", "the same unit twice", "distinct units", "Name the column that identifies a unit."
        )
    if len(units) < shares.size or shares.size < 2 or bool((shares <= 0.0).any()):
        raise InputError(
            "arms",
            f"{len(units)} units for {shares.size} arms",
            "two or more arms with positive shares, and a unit for each",
            "",
        )
    if not 0.0 < accept <= 1.0:
        raise InputError(
            "accept", accept, "a share above 0 and at most 1", "0.01 keeps the best balanced hundredth."
        )
    within = np.zeros(len(units), dtype=np.int64) if stratum is None else codes(stratum)
    if covariates is None or covariates.shape[1] == 0:
        if accept < 1.0:
            raise InputError("accept", accept, "`covariates` to balance", "Name them, or leave out `accept`.")
        return Assignment(deal(hash_order(units, seed), within, shares), 1, float("nan"), float("nan"))
    # with p covariates the distance is chi-square under pure chance; several arms share the tail
    comparisons = shares.size - 1
    limit = (
        float(chdtri(covariates.shape[1], 1.0 - accept ** (1.0 / comparisons)))
        if accept < 1.0
        else float("inf")
    )
    base = hash_order(units, seed)
    rng = np.random.Generator(np.random.PCG64(abs(seed)))
    for draw in range(MAX_DRAWS):
        arm = deal(base if draw == 0 else base[rng.permutation(base.size)], within, shares)
        distance = mahalanobis(covariates, arm, shares.size)
        if distance <= limit:
            return Assignment(arm, draw + 1, distance, limit if accept < 1.0 else float("nan"))
    raise InputError("accept", accept, f"a criterion met within {MAX_DRAWS} draws", "Raise it.")


@dataclass(frozen=True)
class BalanceRow:
    """Balance of one variable between one arm and control.

    Attributes:
        variable, arm: what is compared.
        mean, control_mean: in the variable's unit; shares for levels of a stratum.
        standardised_difference: difference over the root of the mean variance.
    """

    variable: str
    arm: str
    mean: float
    control_mean: float
    standardised_difference: float


def balance(
    names: Sequence[str], columns: FloatArray, arm: IntArray, arms: Sequence[str]
) -> tuple[BalanceRow, ...]:
    """Return the balance table of (n, p) columns; missing values are left out."""
    rows = []
    for name, values in zip(names, columns.T, strict=True):
        zero = values[(arm == 0) & ~np.isnan(values)]
        for index in range(1, len(arms)):
            one = values[(arm == index) & ~np.isnan(values)]
            if min(one.size, zero.size) < 2:
                continue
            spread = float(np.sqrt((one.var(ddof=1) + zero.var(ddof=1)) / 2.0))
            gap = float(one.mean() - zero.mean())
            rows.append(
                BalanceRow(
                    name,
                    arms[index],
                    float(one.mean()),
                    float(zero.mean()),
                    gap / spread if spread > 0.0 else 0.0,
                )
            )
    return tuple(rows)
