"""A portfolio drawn from a specification: a stock at the start, and new accounts on every day of the horizon.

Every draw is addressed by the account's (or its person's) own id, so that a longer horizon leaves earlier
accounts as they are, and a changed distribution leaves the luck of all others as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.portfolio.quantiles import POISSON_PART, exp, normal, poisson
from sim.portfolio.table import (
    Category,
    Portfolio,
    PortfolioSource,
    canonical_order,
    stable_hash,
    stable_hashes,
)
from sim.randomness import Draw, uniforms
from sim.spec.portfolio import SyntheticPortfolio

FLAGS: Final = ("number_valid", "dispute", "hardship_plan", "opt_out")
"""Drawn at `Draw.NUMBER_VALID`, each with its place here as the ordinal."""
DAYS_A_MONTH: Final = 30.0


@dataclass(frozen=True, slots=True)
class _Ids:
    """Who there is, in order of entry; arrays of shape (accounts,)."""

    entry_day: NDArray[np.int32]
    account_id: NDArray[np.object_]
    account_hash: NDArray[np.uint64]
    person_id: NDArray[np.object_]
    person_hash: NDArray[np.uint64]


def draw_portfolio(spec: SyntheticPortfolio, seed: int, days: int, start: date) -> Portfolio:
    """Draw a portfolio.

    Args:
        spec: what to draw.
        seed: the population seed, already mixed (`sim.randomness.mix_seed`).
        days: length of the horizon; accounts enter on days 0 (the stock) to days - 1.
        start: the calendar's first day, for the weekday profile of new accounts.

    Returns:
        The accounts in canonical order. Values depend on the seed and on the account's id alone.
    """
    key = np.uint64(seed)
    ids = _draw_ids(spec, key, days, start)
    accounts, persons = ids.account_hash, ids.person_hash
    dpd = _draw_dpd(spec, key, ids)
    principal, interest, fees, instalment = _draw_money(spec, key, accounts)
    region = _draw_category(
        {name: item.weight for name, item in spec.regions.items()}, uniforms(key, persons, Draw.REGION)
    )
    zone = _zones({name: item.zone for name, item in spec.regions.items()}, region)
    product = _draw_category(spec.products, uniforms(key, accounts, Draw.PRODUCT))
    score = spec.score.mean + spec.score.sd * normal(uniforms(key, persons, Draw.SCORE))
    score = np.clip(
        np.rint(score - spec.score.dpd_slope * dpd / DAYS_A_MONTH), spec.score.low, spec.score.high
    )
    # A dispute is about one debt; a valid number, a plan and an opt-out belong to the person.
    entities = {"number_valid": persons, "dispute": accounts, "hardship_plan": persons, "opt_out": persons}
    flags = {
        name: uniforms(key, entities[name], Draw.NUMBER_VALID, FLAGS.index(name)) < getattr(spec, name)
        for name in FLAGS
    }
    order = canonical_order(persons, accounts)
    source = PortfolioSource(
        "", "", 0, f"synthetic {spec.name}", spec.assumptions, spec.currency, spec.minor_per_major
    )
    return Portfolio(
        account_id=ids.account_id[order],
        person_id=ids.person_id[order],
        account_hash=accounts[order],
        person_hash=persons[order],
        entry_day=ids.entry_day[order],
        dpd=dpd[order],
        principal_minor=principal[order],
        interest_minor=interest[order],
        fees_minor=fees[order],
        instalment_minor=instalment[order],
        score=score[order],
        payday=_draw_payday(spec, key, persons)[order],
        number_valid=flags["number_valid"][order],
        zone=Category(zone.codes[order], zone.labels),
        product=Category(product.codes[order], product.labels),
        region=Category(region.codes[order], region.labels),
        dispute=flags["dispute"][order],
        hardship_plan=flags["hardship_plan"][order],
        opt_out=flags["opt_out"][order],
        source=source,
    )


def daily_entries(spec: SyntheticPortfolio, seed: int, days: int, start: date) -> NDArray[np.int64]:
    """Return how many accounts enter on each day, int64 (days,): the stock on day 0, Poisson counts after it.

    The mean of a day is `inflow_per_day` times its weekday's weight over the mean weight.
    """
    counts = np.zeros(max(days, 1), dtype=np.int64)
    profile = np.array(spec.weekday_profile, dtype=np.float64)
    weekday = (start.weekday() + np.arange(len(counts))) % 7
    means = spec.inflow_per_day * profile[weekday] * 7.0 / profile.sum()
    entities = np.array([stable_hash(f"entry day:{day}") for day in range(len(counts))], dtype=np.uint64)
    parts = np.ceil(means / POISSON_PART).astype(np.int64)
    day_of_part = np.repeat(np.arange(len(counts)), parts)
    part = np.arange(len(day_of_part)) - np.repeat(np.cumsum(parts) - parts, parts)
    u = uniforms(np.uint64(seed), entities[day_of_part], Draw.ENTRY_COUNT, part.astype(np.int64))
    np.add.at(counts, day_of_part, poisson(u, (means / np.maximum(parts, 1))[day_of_part]))
    counts[0] = spec.stock
    return counts


def _draw_ids(spec: SyntheticPortfolio, seed: np.uint64, days: int, start: date) -> _Ids:
    counts = daily_entries(spec, int(seed), days, start)
    entry_day = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    stock = [f"S{k:08d}" for k in range(spec.stock)]
    inflow = [f"D{day:05d}-{k:06d}" for day in range(1, len(counts)) for k in range(int(counts[day]))]
    names = [*stock, *inflow]
    account_id = np.array(names, dtype=object)
    hashes = stable_hashes(np.array([f"account:{name}" for name in names], dtype=object), "account ids")
    root = _roots(spec, seed, hashes)
    own, place = np.unique(root, return_inverse=True)
    persons = [f"P{names[k]}" for k in own.tolist()]
    person_hash = stable_hashes(np.array([f"person:{name}" for name in persons], dtype=object), "person ids")
    return _Ids(entry_day, account_id, hashes, np.array(persons, dtype=object)[place], person_hash[place])


def _roots(spec: SyntheticPortfolio, seed: np.uint64, accounts: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return for each account the first account of its person.

    With probability `linked_share` an account belongs to the person of an earlier one, each equally likely.
    """
    places = np.arange(len(accounts), dtype=np.int64)
    linked = uniforms(seed, accounts, Draw.PERSON) < spec.linked_share
    earlier = (uniforms(seed, accounts, Draw.PERSON, 1) * places).astype(np.int64)
    root = np.where(linked & (places > 0), earlier, places)
    while True:
        above = root[root]
        if np.array_equal(above, root):
            return root
        root = above


def _draw_money(
    spec: SyntheticPortfolio, seed: np.uint64, accounts: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return principal, interest, fees and instalment in minor units."""
    form = spec.balance
    balance = form.median * exp(form.sigma * normal(uniforms(seed, accounts, Draw.BALANCE)))
    total = np.rint(np.clip(balance, form.low, form.high) * spec.minor_per_major).astype(np.int64)

    def part(bounds: tuple[float, float], draw: Draw) -> NDArray[np.int64]:
        share = bounds[0] + (bounds[1] - bounds[0]) * uniforms(seed, accounts, draw)
        return np.floor(total * share).astype(np.int64)

    interest = part(form.interest_share, Draw.INTEREST_SHARE)
    fees = np.minimum(part(form.fees_share, Draw.FEES_SHARE), total - interest)
    return total - interest - fees, interest, fees, part(form.instalment_share, Draw.INSTALMENT)


def _draw_dpd(spec: SyntheticPortfolio, seed: np.uint64, ids: _Ids) -> NDArray[np.int32]:
    low = np.array([band.low for band in spec.dpd], dtype=np.int64)
    width = np.array([band.high - band.low + 1 for band in spec.dpd], dtype=np.int64)
    band = _choices([item.weight for item in spec.dpd], uniforms(seed, ids.account_hash, Draw.DPD))
    within = (uniforms(seed, ids.account_hash, Draw.DPD, 1) * width[band]).astype(np.int64)
    return np.where(ids.entry_day == 0, low[band] + within, spec.entry_dpd).astype(np.int32)


def _draw_payday(spec: SyntheticPortfolio, seed: np.uint64, persons: NDArray[np.uint64]) -> NDArray[np.int8]:
    if not spec.paydays:
        return np.zeros(len(persons), dtype=np.int8)
    days = np.array(sorted(spec.paydays), dtype=np.int8)
    weights = [spec.paydays[day] for day in sorted(spec.paydays)]
    return days[_choices(weights, uniforms(seed, persons, Draw.PAYDAY))]


def _draw_category(weights: Mapping[str, float], u: NDArray[np.float64]) -> Category:
    """Return a category; the order in which a specification lists its labels does not matter."""
    labels = sorted(weights)
    return Category(_choices([weights[label] for label in labels], u).astype(np.int32), tuple(labels))


def _choices(weights: list[float], u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place that each uniform falls on, by relative weights; a weight of 0 is never taken."""
    ends = np.cumsum(np.array(weights, dtype=np.float64))
    place: NDArray[np.int64] = np.searchsorted(ends, u * ends[-1], side="right").astype(np.int64)
    last = max(k for k, weight in enumerate(weights) if weight > 0)
    return np.minimum(place, last)


def _zones(zones: Mapping[str, str], region: Category) -> Category:
    """Return each account's zone, the one of its region; missing where the region states none."""
    labels = sorted({zone for zone in zones.values() if zone})
    codes = np.array(
        [labels.index(zones[label]) if zones[label] else -1 for label in region.labels], dtype=np.int32
    )
    return Category(codes[region.codes], tuple(labels))
