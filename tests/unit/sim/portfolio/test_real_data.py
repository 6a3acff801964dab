"""The card portfolio, where its public data set is at hand."""

from __future__ import annotations

import gzip
import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.portfolio.importing import import_portfolio
from sim.portfolio.table import Category
from sim.spec.portfolio import load_mapping

MAPPING = Path(__file__).parents[4] / "scenarios" / "portfolios" / "taiwan_card.yaml"
START = date(2005, 10, 1)

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def file(real_data_dir):
    return real_data_dir / "taiwan_credit_card.csv.gz"


@pytest.fixture(scope="module")
def portfolio(file):
    return import_portfolio(file, load_mapping(MAPPING), START)


def test_accounts_late_in_september_with_something_to_pay_are_kept(portfolio):
    """Of 30,000 accounts 6,818 are late, 1,689 of them with no positive bill."""
    assert portfolio.source.rows_read == 30_000
    assert [(e.rule, e.accounts) for e in portfolio.exclusions] == [
        ("not (PAY_0 >= 1)", 23_182),
        ("balance <= 0", 1_689),
    ]
    assert portfolio.accounts == 5_129
    assert (portfolio.balance_minor > 0).all()


def test_balances_and_days_past_due_are_those_of_the_file(file, portfolio):
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        header, *rows = [line.rstrip("\n").split(",") for line in lines]
    place = {name: header.index(name) for name in ("ID", "PAY_0", "BILL_AMT1", "AGE")}
    kept = {
        row[place["ID"]]: row
        for row in rows
        if int(row[place["PAY_0"]]) >= 1 and float(row[place["BILL_AMT1"]]) > 0
    }
    assert set(portfolio.account_id) == set(kept)
    for k, key in enumerate(portfolio.account_id.tolist()):
        assert portfolio.balance_minor[k] == round(float(kept[key][place["BILL_AMT1"]]) * 100)
        assert portfolio.dpd[k] == 30 * int(kept[key][place["PAY_0"]]) - 15
        assert portfolio.attributes["age"][k] == float(kept[key][place["AGE"]])


def test_columns_about_who_somebody_is_are_protected_and_the_rule_is_labelled(portfolio):
    assert portfolio.protected == {"sex", "education", "marriage", "age"}
    assert any(
        note.startswith("dpd:") and note.endswith("(assumed)") for note in portfolio.source.assumptions
    )
    assert "default_next_month" not in portfolio.attributes


def test_shuffled_rows_give_the_same_portfolio(file, portfolio, tmp_path):
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        header, *rows = lines.readlines()
    random.Random(3).shuffle(rows)
    path = tmp_path / "shuffled.csv"
    path.write_text(header + "".join(rows), encoding="utf-8")
    shuffled = import_portfolio(path, load_mapping(MAPPING), START)
    for name in type(portfolio).__dataclass_fields__:
        one, other = getattr(portfolio, name), getattr(shuffled, name)
        if isinstance(one, Category):
            assert one.labels == other.labels
            one, other = one.codes, other.codes
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other, strict=True)
        elif name == "attributes":
            assert one.keys() == other.keys()
            for key in one:
                np.testing.assert_array_equal(one[key], other[key], strict=True)
        elif name != "source":
            assert one == other
    assert shuffled.source.assumptions == portfolio.source.assumptions


def test_it_can_be_read_by_aliases_only_as_far_as_they_go(file):
    """Without the mapping the file has neither a known balance nor days past due, and the message says so."""
    with pytest.raises(Exception, match="no column for balance or principal") as caught:
        import_portfolio(file, None, START)
    assert "no column for dpd or due_date" in str(caught.value)
    assert "account_id" not in str(caught.value).split("among")[0]


def test_a_list_of_loans_is_read_by_a_small_mapping(real_data_dir, tmp_path):
    """Late loans among 10,000: status becomes days past due by an assumed map."""
    path = tmp_path / "loans.yaml"
    path.write_text(
        "name: loans\ncurrency: USD\ncolumns:\n  account_id: number\n  instalment: installment\n"
        "  dpd: {from: loan_status, note: middle of the range, assumed: true,\n"
        "        map: {In Grace Period: 8, Late (16-30 days): 23, Late (31-120 days): 75}}\n"
        "attributes: {grade: grade, income: annual_income}\n"
        "where: \"loan_status in ['In Grace Period', 'Late (16-30 days)', 'Late (31-120 days)']\"\n",
        encoding="utf-8",
    )
    with gzip.open(real_data_dir / "lendingclub_openintro_10k.csv.gz", "rt", encoding="utf-8") as lines:
        header, *rows = lines.readlines()
    numbered = tmp_path / "loans.csv"
    numbered.write_text(
        "number," + header + "".join(f"L{k},{row}" for k, row in enumerate(rows)), encoding="utf-8"
    )
    portfolio = import_portfolio(numbered, load_mapping(path), date(2018, 4, 1))
    late = [
        row
        for row in rows
        if any(s in row for s in (",In Grace Period,", ",Late (16-30 days),", ",Late (31-120 days),"))
    ]
    assert portfolio.accounts == len(late) > 100
    assert set(np.unique(portfolio.dpd)) == {8, 23, 75}
    assert set(portfolio.attributes["grade"].labels) <= set("ABCDEFG")
