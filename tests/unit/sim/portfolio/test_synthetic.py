"""Synthetic portfolios: what they promise about addresses, and that they follow their specification."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.portfolio.synthetic import _choices, daily_entries, draw_portfolio
from sim.portfolio.table import Category, stable_hash
from sim.randomness import Draw, mix_seed, uniforms
from sim.spec.portfolio import SyntheticPortfolio, load_synthetic
from tests.unit.sim.portfolio.files import by_id, written

START = date(2025, 9, 1)  # a Monday
SEED = int(mix_seed(11, "population"))
SPEC = SyntheticPortfolio.model_validate(
    {
        "stock": 3000,
        "inflow_per_day": 30,
        "weekday_profile": [2, 1, 1, 1, 1, 1, 0],
        "linked_share": 0.15,
        "balance": {"median": 4000, "sigma": 0.8, "low": 100, "high": 100000},
        "dpd": [{"low": 1, "high": 30, "weight": 3}, {"low": 31, "high": 90, "weight": 1}],
        "products": {"card": 1, "loan": 3},
        "regions": {"north": {"weight": 1, "zone": "Asia/Shanghai"}, "south": 1},
        "paydays": {0: 1, 10: 1},
        "number_valid": 0.9,
        "dispute": 0.05,
        "opt_out": 0.1,
        "hardship_plan": 0.02,
    }
)
COLUMNS = (
    "person_id",
    "account_hash",
    "person_hash",
    "entry_day",
    "dpd",
    "principal_minor",
    "interest_minor",
    "fees_minor",
    "instalment_minor",
    "score",
    "payday",
    "number_valid",
    "zone",
    "product",
    "region",
    "dispute",
    "hardship_plan",
    "opt_out",
)
Z6 = 5.0
"""|z| beyond this has probability 6e-7 under the null of each statistical check below (seeds fixed)."""


@pytest.fixture(scope="module")
def portfolio():
    return draw_portfolio(SPEC, SEED, 60, START)


def test_the_same_seed_gives_the_same_portfolio_and_another_one_another(portfolio):
    again = draw_portfolio(SPEC, SEED, 60, START)
    for column in COLUMNS:
        assert by_id(again, column) == by_id(portfolio, column)
    other = draw_portfolio(SPEC, SEED + 1, 60, START)
    assert by_id(other, "principal_minor") != by_id(portfolio, "principal_minor")


def test_a_longer_horizon_keeps_the_earlier_accounts_as_they_are(portfolio):
    shorter = draw_portfolio(SPEC, SEED, 22, START)
    assert shorter.accounts < portfolio.accounts
    for column in COLUMNS:
        longer = by_id(portfolio, column)
        assert by_id(shorter, column).items() <= longer.items()
    late = set(portfolio.account_id) - set(shorter.account_id)
    assert min(by_id(portfolio, "entry_day")[key] for key in late) == 22


def test_a_changed_distribution_leaves_the_luck_of_the_others_as_it_is(portfolio):
    changed = draw_portfolio(
        SPEC.model_copy(update={"products": {"loan": 3, "card": 1, "new": 4}}), SEED, 60, START
    )
    for column in COLUMNS:
        assert (by_id(changed, column) == by_id(portfolio, column)) is (column != "product")


def test_the_order_of_labels_in_a_specification_does_not_matter(portfolio):
    turned = draw_portfolio(SPEC.model_copy(update={"products": {"loan": 3.0, "card": 1.0}}), SEED, 60, START)
    assert by_id(turned, "product") == by_id(portfolio, "product")


def test_hashes_belong_to_ids_and_rows_are_in_canonical_order(portfolio):
    assert portfolio.account_hash.tolist() == [stable_hash(f"account:{key}") for key in portfolio.account_id]
    assert portfolio.person_hash.tolist() == [stable_hash(f"person:{key}") for key in portfolio.person_id]
    pairs = list(zip(portfolio.person_hash.tolist(), portfolio.account_hash.tolist(), strict=True))
    assert pairs == sorted(pairs)
    assert len(set(portfolio.account_id)) == portfolio.accounts


def test_values_lie_where_the_specification_puts_them(portfolio):
    assert portfolio.balance_minor.min() >= 100 * 100
    assert portfolio.balance_minor.max() <= 100_000 * 100
    for part in (
        portfolio.principal_minor,
        portfolio.interest_minor,
        portfolio.fees_minor,
        portfolio.instalment_minor,
    ):
        assert part.min() >= 0
    assert set(portfolio.dpd[portfolio.entry_day > 0].tolist()) == {1}
    stock = portfolio.dpd[portfolio.entry_day == 0]
    assert (stock.min(), stock.max()) == (1, 90)
    assert set(portfolio.payday.tolist()) == {0, 10}
    assert portfolio.zone.labels == ("Asia/Shanghai",)
    north = portfolio.region.codes == portfolio.region.labels.index("north")
    np.testing.assert_array_equal(portfolio.zone.codes, np.where(north, 0, -1))


def test_what_belongs_to_a_person_is_the_same_on_all_accounts(portfolio):
    for column in ("region", "payday", "number_valid", "opt_out", "hardship_plan"):
        values = getattr(portfolio, column)
        values = values.codes if isinstance(values, Category) else values
        seen = {}
        for person, value in zip(portfolio.person_id, values.tolist(), strict=True):
            assert seen.setdefault(person, value) == value


def test_interest_and_fees_are_parts_of_the_balance_not_additions_to_it(portfolio):
    bare = SPEC.balance.model_copy(update={"interest_share": (0.0, 0.0), "fees_share": (0.0, 0.0)})
    without = draw_portfolio(SPEC.model_copy(update={"balance": bare}), SEED, 60, START)
    assert without.interest_minor.sum() == without.fees_minor.sum() == 0
    assert portfolio.interest_minor.sum() > 0
    assert by_id(without, "balance_minor") == by_id(portfolio, "balance_minor")


def test_scores_fall_with_days_past_due_and_are_whole(portfolio):
    flat = SPEC.score.model_copy(update={"dpd_slope": 0.0})
    level = by_id(draw_portfolio(SPEC.model_copy(update={"score": flat}), SEED, 60, START), "score")
    late = by_id(portfolio, "dpd")
    for key, score in by_id(portfolio, "score").items():
        assert abs(level[key] - score - 8.0 * late[key] / 30.0) <= 1.0
        assert score == int(score)


def test_choices_fall_exactly_at_the_weights():
    u = np.array([0.0, 0.2499, 0.2501, 0.7499, 0.7501, 1.0 - 2.0**-53])
    assert _choices([1.0, 2.0, 1.0], u).tolist() == [0, 0, 1, 1, 2, 2]
    assert _choices([0.0, 1.0, 0.0], u).tolist() == [1] * 6


def test_a_linked_account_joins_the_person_of_an_earlier_one():
    spec = SPEC.model_copy(update={"inflow_per_day": 0.0, "stock": 3000})
    stock = draw_portfolio(spec, SEED, 1, START)
    linked = {
        key: bool(u < 0.15)
        for key, u in zip(
            stock.account_id.tolist(),
            uniforms(np.uint64(SEED), stock.account_hash, Draw.PERSON).tolist(),
            strict=True,
        )
    }
    for account, person in by_id(stock, "person_id").items():
        assert (person == f"P{account}") is (not linked[account] or account == "S00000000")
        assert person <= f"P{account}"


def test_the_second_of_two_linked_accounts_joins_the_first():
    pair = SPEC.model_copy(update={"inflow_per_day": 0.0, "stock": 2, "linked_share": 0.3})
    together = [len(set(draw_portfolio(pair, seed, 1, START).person_id)) == 1 for seed in range(300)]
    account = np.array([stable_hash("account:S00000001")], dtype=np.uint64)
    linked = [bool(uniforms(np.uint64(seed), account, Draw.PERSON)[0] < 0.3) for seed in range(300)]
    assert together == linked
    assert any(linked)


def z_of_share(hits, share):
    """Return the z of a share; null: independent draws with this probability."""
    return (hits.sum() - share * len(hits)) / math.sqrt(len(hits) * share * (1 - share))


def test_shares_follow_the_specification(portfolio):
    """Null: the specification's shares; n = 3,000 stock accounts or all persons; |z| < 5 each (6e-7)."""
    stock = portfolio.entry_day == 0
    _, first = np.unique(portfolio.person_id.astype(str), return_index=True)
    checks = {
        "first of its person": z_of_share(np.arange(3000) < len(set(portfolio.person_id[stock])), 0.85),
        "loan": z_of_share(portfolio.product.codes == portfolio.product.labels.index("loan"), 0.75),
        "early": z_of_share(portfolio.dpd[stock] <= 30, 0.75),
        "north": z_of_share(portfolio.region.codes[first] == 0, 0.5),
        "valid": z_of_share(portfolio.number_valid[first], 0.9),
        "opt_out": z_of_share(portfolio.opt_out[first], 0.1),
        "dispute": z_of_share(portfolio.dispute, 0.05),
        "below the median": z_of_share(portfolio.balance_minor < 4000 * 100, 0.5),
        "below a sigma": z_of_share(portfolio.balance_minor < 4000 * 100 * math.exp(0.8), 0.8413447),
    }
    assert {name: z for name, z in checks.items() if abs(z) > Z6} == {}


def test_the_daily_inflow_is_poisson_with_the_weekday_profile():
    """Null: independent Poisson counts; total, Monday's mean and dispersion over 700 days, |z| < 5 (6e-7)."""
    counts = daily_entries(SPEC, SEED, 701, START)
    assert counts[0] == 3000
    days = np.arange(1, 701)
    weekday = (START.weekday() + days) % 7
    flow = counts[1:]
    assert flow[weekday == 6].sum() == 0
    means = 30 * np.array([2, 1, 1, 1, 1, 1, 0])[weekday] * 7.0 / 7.0
    assert abs(flow.sum() - means.sum()) / math.sqrt(means.sum()) < Z6
    monday = flow[weekday == 0]
    assert abs(monday.mean() - 60) / math.sqrt(60 / len(monday)) < Z6
    some = means > 0
    dispersion = ((flow[some] - means[some]) ** 2 / means[some]).sum()
    # Var of (N - m)^2 / m is 2 + 1 / m.
    assert abs(dispersion - some.sum()) / math.sqrt((2 + 1 / means[some]).sum()) < Z6


def test_large_inflows_are_sums_of_parts_with_the_right_mean():
    """Null: Poisson with mean 10,000 on 30 days; |z| of the total < 5 (6e-7)."""
    spec = SPEC.model_copy(update={"inflow_per_day": 10_000.0, "weekday_profile": (1.0,) * 7, "stock": 0})
    counts = daily_entries(spec, SEED, 31, START)
    assert counts[0] == 0
    assert abs(counts.sum() - 300_000) / math.sqrt(300_000) < Z6


def test_a_portfolio_may_be_a_stock_or_an_inflow_alone():
    stock = draw_portfolio(SPEC.model_copy(update={"inflow_per_day": 0.0}), SEED, 30, START)
    assert stock.accounts == 3000
    inflow = draw_portfolio(SPEC.model_copy(update={"stock": 0}), SEED, 30, START)
    assert inflow.entry_day.min() >= 1
    none = draw_portfolio(SPEC.model_copy(update={"stock": 0, "inflow_per_day": 0.0}), SEED, 30, START)
    assert none.accounts == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("stock: -1", "stock"),
        ("linked_share: 0.9", "linked_share"),
        ("products: {a: 0}", "products"),
        ("dpd: [{low: 5, high: 1, weight: 1}]", "low <= high"),
        ("paydays: {40: 1}", "31"),
        ("colour: red", "colour"),
        ("number_valid: 95", "0.95"),
    ],
)
def test_a_wrong_specification_names_its_line(tmp_path, line, said):
    plain = {
        "stock": "stock: 10",
        "balance": "balance: {median: 10, sigma: 1, low: 1, high: 100}",
        "dpd": "dpd: [{low: 1, high: 5, weight: 1}]",
        "products": "products: {a: 1}",
        "regions": "regions: {n: 1}",
    }
    plain[line.split(":")[0]] = line
    path = written(tmp_path, "\n".join(plain.values()) + "\n", "s.yaml")
    with pytest.raises(InputError) as caught:
        load_synthetic(path)
    assert f"s.yaml:{list(plain).index(line.split(':')[0]) + 1}" in caught.value.where
    assert said in str(caught.value)


def test_the_shipped_specification_draws():
    path = Path(__file__).parents[4] / "scenarios" / "portfolios" / "near_prime_online.yaml"
    portfolio = draw_portfolio(load_synthetic(path), SEED, 30, START)
    assert portfolio.accounts > 6000
    assert portfolio.source.assumptions
