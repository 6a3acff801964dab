"""From small files to portfolios."""

from __future__ import annotations

from datetime import date

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.portfolio.importing import import_portfolio
from sim.portfolio.table import Exclusion, stable_hash
from sim.spec.portfolio import PortfolioMapping
from tests.unit.sim.portfolio.files import START, by_id, faults, imported, written

PLAIN = "account_id,balance,dpd\nA1,100.50,3\nA2,20,40\n"


def test_three_columns_are_enough(tmp_path):
    portfolio = imported(tmp_path, PLAIN)
    assert by_id(portfolio, "balance_minor") == {"A1": 10050, "A2": 2000}
    assert by_id(portfolio, "dpd") == {"A1": 3, "A2": 40}
    assert by_id(portfolio, "person_id") == {"A1": "A1", "A2": "A2"}
    assert portfolio.entry_day.tolist() == [0, 0]
    assert portfolio.number_valid.all()
    assert not portfolio.opt_out.any()
    assert portfolio.region.codes.tolist() == [-1, -1]
    assert portfolio.exclusions == ()
    assert portfolio.source.rows_read == 2
    assert any("person of its own" in note for note in portfolio.source.assumptions)


def test_hashes_are_of_prefixed_ids_and_rows_stand_in_canonical_order(tmp_path):
    portfolio = imported(tmp_path, "account_id,customer_id,balance,dpd\nA1,P2,1,1\nA2,P1,1,1\nA3,P2,1,1\n")
    for name, hashes in (("account", portfolio.account_hash), ("person", portfolio.person_hash)):
        ids = getattr(portfolio, f"{name}_id")
        assert hashes.tolist() == [stable_hash(f"{name}:{key}") for key in ids]
    pairs = list(zip(portfolio.person_hash.tolist(), portfolio.account_hash.tolist(), strict=True))
    assert pairs == sorted(pairs)


def test_chinese_headers_units_and_words_are_understood(tmp_path):
    text = (
        "借据号,客户号,逾期金额（万元）,逾期天数,产品,评分,地区,有效号码数,免打扰,性别\n"
        '001,C1,1.25,3,现金贷,600,北京,2,否,男\n002,C1,"1,000",40,分期,,上海,0,是,女\n'
    )
    portfolio = imported(tmp_path, text)
    assert by_id(portfolio, "balance_minor") == {"001": 1_250_000, "002": 1_000_000_000}
    assert by_id(portfolio, "number_valid") == {"001": True, "002": False}
    assert by_id(portfolio, "opt_out") == {"001": False, "002": True}
    assert by_id(portfolio, "region") == {"001": "北京", "002": "上海"}
    assert np.isnan(by_id(portfolio, "score")["002"])
    assert by_id(portfolio, "sex") == {"001": "男", "002": "女"}
    assert portfolio.protected == {"sex"}
    assert any("10,000" in note for note in portfolio.source.assumptions)


def test_a_mapping_names_columns_and_leaves_the_rest_to_aliases(tmp_path):
    portfolio = imported(
        tmp_path,
        "key,owed,days_past_due,x,y\nA,5,3,7,u\n",
        {"columns": {"account_id": "key", "balance": ["gone", "owed"]}, "attributes": {"kept": "x"}},
    )
    assert by_id(portfolio, "balance_minor") == {"A": 500}
    assert by_id(portfolio, "dpd") == {"A": 3}
    assert dict(portfolio.attributes) == {"kept": np.array([7.0])}
    assert "columns not used: y" in portfolio.source.assumptions


def test_minor_units_follow_the_currency(tmp_path):
    portfolio = imported(tmp_path, PLAIN.replace("100.50", "100"), {"currency": "JPY", "minor_per_major": 1})
    assert by_id(portfolio, "balance_minor") == {"A1": 100, "A2": 20}
    assert (portfolio.source.currency, portfolio.source.minor_per_major) == ("JPY", 1)


def test_components_and_balance_complete_each_other(tmp_path):
    only = imported(tmp_path, "account_id,principal,interest,fees,dpd\nA,10,2,1,3\n")
    assert by_id(only, "balance_minor") == {"A": 1300}
    rest = imported(tmp_path, "account_id,balance,interest,fees,dpd\nA,13,2,,3\n")
    assert by_id(rest, "principal_minor") == {"A": 1100}
    both = imported(tmp_path, "account_id,balance,principal,interest,dpd\nA,12.01,10,2,3\n")
    assert by_id(both, "balance_minor") == {"A": 1200}
    [fault] = faults(tmp_path, "account_id,balance,principal,interest,dpd\nA,13,10,2,3\n")
    assert fault.got == "13"
    assert "principal + interest + fees" in fault.expected


def test_rules_exclude_in_order_and_count_accounts_with_their_balance(tmp_path):
    text = "account_id,balance,dpd,late\nA,10,1,1\nB,-5,1,2\nC,0,1,1\nD,7,1,0\nE,-9,1,0\n"
    portfolio = imported(tmp_path, text, {"where": "late >= 1", "exclude": ["balance <= 0"]})
    assert portfolio.account_id.tolist() == ["A"]
    assert portfolio.exclusions == (Exclusion("not (late >= 1)", 2, -200), Exclusion("balance <= 0", 2, -500))
    assert portfolio.source.rows_read == 5


def test_accounts_are_kept_excluded_or_faulty_and_nothing_else(tmp_path):
    text = "account_id,balance,dpd,region\nA,10,1,n\nB,20,2,s\nC,30,3,n\n"
    portfolio = imported(tmp_path, text, {"exclude": ["region == 's'", "dpd >= 2"]})
    assert portfolio.accounts + sum(e.accounts for e in portfolio.exclusions) == portfolio.source.rows_read
    assert [e.accounts for e in portfolio.exclusions] == [1, 1]


def test_faults_of_excluded_rows_do_not_count_where_they_do_not_matter(tmp_path):
    text = "account_id,balance,dpd,status\nA,10,1,late\nA,-10,-3,closed\n,5,1,closed\n"
    assert imported(tmp_path, text, {"where": "status == 'late'"}).account_id.tolist() == ["A"]


def test_months_late_become_days_past_due_by_a_map_or_an_expression(tmp_path):
    text = "account_id,balance,months\nA,1,1\nB,1,2.0\n"
    note = {"note": "middle of the month", "assumed": True}
    mapped = imported(tmp_path, text, {"columns": {"dpd": {"from": "months", "map": {1: 15, 2: 45}, **note}}})
    assert by_id(mapped, "dpd") == {"A": 15, "B": 45}
    derived = imported(tmp_path, text, {"columns": {"dpd": {"expression": "30 * months - 15", **note}}})
    assert by_id(derived, "dpd") == {"A": 15, "B": 45}
    assert "dpd: middle of the month (assumed)" in derived.source.assumptions
    [fault] = faults(
        tmp_path, text + "C,1,3\n", {"columns": {"dpd": {"from": "months", "map": {1: 15, 2: 45}, **note}}}
    )
    assert "row 4" in fault.where


def test_texts_can_be_mapped_or_constant(tmp_path):
    text = "account_id,balance,dpd,kind\nA,1,1,c\nB,1,1,l\n"
    portfolio = imported(
        tmp_path,
        text,
        {
            "columns": {
                "product": {"from": "kind", "map": {"c": "card", "l": "loan"}, "note": "codes of the bank"},
                "zone": {"constant": "Asia/Taipei", "note": "one country"},
            }
        },
    )
    assert by_id(portfolio, "product") == {"A": "card", "B": "loan"}
    assert by_id(portfolio, "zone") == {"A": "Asia/Taipei", "B": "Asia/Taipei"}
    [fault] = faults(
        tmp_path, text, {"columns": {"product": {"from": "kind", "map": {"c": "card"}, "note": "x"}}}
    )
    assert (fault.got, "row 3" in fault.where) == ("'l'", True)


def test_a_due_date_gives_days_past_due(tmp_path):
    text = "account_id,balance,due_date\nA,1,2025-08-31\nB,1,2025/8/1\nC,1,45870\n"
    portfolio = imported(tmp_path, text)
    assert by_id(portfolio, "dpd") == {"A": 1, "B": 31, "C": 31}
    assert any("2025-09-01 (assumed)" in note for note in portfolio.source.assumptions)
    assert any("day numbers" in note for note in portfolio.source.assumptions)
    stated = imported(tmp_path, text, {"as_of": date(2025, 9, 2)})
    assert by_id(stated, "dpd")["A"] == 2


def test_days_past_due_must_agree_with_the_due_date(tmp_path):
    text = "account_id,balance,dpd,due_date\nA,1,1,2025-07-31\nB,1,31,2025-07-01\nC,1,12,2025-07-01\n"
    [fault] = faults(tmp_path, text)
    assert "row 4" in fault.where
    assert fault.got == "12 with a due date of 2025-07-01"
    agreeing = imported(tmp_path, text.replace("C,1,12", "C,1,30"))
    assert any("snapshot is of 2025-08-01" in note for note in agreeing.source.assumptions)


def test_later_entry_dates_make_inflow(tmp_path):
    text = "account_id,balance,dpd,入催日期\nA,1,1,2025-08-01\nB,1,1,2025-09-11\nC,1,1,\n"
    assert by_id(imported(tmp_path, text), "entry_day") == {"A": 0, "B": 10, "C": 0}


def test_without_a_mapping_every_further_column_is_an_attribute(tmp_path):
    portfolio = imported(
        tmp_path, "account_id,balance,dpd,Grade,Rate,age,city,M期\nA,1,1,B,12.5%,30,x,M1\nB,1,1,,5%,,y,M2\n"
    )
    assert by_id(portfolio, "grade") == {"A": "B", "B": None}
    assert by_id(portfolio, "rate") == {"A": 0.125, "B": 0.05}
    assert by_id(portfolio, "bucket_in_file") == {"A": "M1", "B": "M2"}
    assert by_id(portfolio, "region") == {"A": "x", "B": "y"}
    assert portfolio.protected == {"age"}


def test_a_renamed_column_about_who_somebody_is_stays_protected(tmp_path):
    portfolio = imported(
        tmp_path,
        "account_id,balance,dpd,SEX,code\nA,1,1,2,3\n",
        {"attributes": {"group": "SEX", "other": "code"}, "protected": ["other"]},
    )
    assert portfolio.protected == {"group", "other"}


def test_a_column_computed_from_who_somebody_is_stays_protected(tmp_path):
    text = "account_id,balance,dpd,AGE\nA,1,1,30\n"
    older = {"expression": "AGE - 18", "note": "years as an adult"}
    portfolio = imported(tmp_path, text, {"attributes": {"adult": older}, "exclude": "AGE < 18"})
    assert portfolio.protected == {"adult"}
    assert "the rule `AGE < 18` reads the protected AGE" in portfolio.source.assumptions
    for source in ("AGE", older):
        [fault] = faults(tmp_path, text, {"columns": {"score": source}})
        assert fault.got == "the protected column AGE"


def test_an_attribute_may_not_take_a_name_that_strategies_use(tmp_path):
    text = "account_id,balance,dpd,x\nA,1,1,2\n"
    for name in ("bucket", "attempts_sms"):
        [fault] = faults(tmp_path, text, {"attributes": {name: "x"}})
        assert fault.got == name


def test_dates_can_be_kept_as_days_before_the_start(tmp_path):
    portfolio = imported(
        tmp_path,
        "account_id,balance,dpd,opened\nA,1,1,2025-08-22\nB,1,1,\n",
        {"attributes": {"age_of_loan": {"from": "opened", "kind": "days_before_start"}}},
    )
    values = by_id(portfolio, "age_of_loan")
    assert values["A"] == 10.0
    assert np.isnan(values["B"])


def test_a_total_row_is_set_aside_and_checked(tmp_path):
    text = "account_id,balance,dpd\nA,10,1\nB,20,2\n合计,30,\n"
    portfolio = imported(tmp_path, text)
    assert sorted(portfolio.account_id) == ["A", "B"]
    assert any("row 4 is a total row" in note for note in portfolio.source.assumptions)
    [fault] = faults(tmp_path, text.replace("30", "31"))
    assert fault.got == "a total of 31.00"
    assert imported(tmp_path, "balance,account_id,dpd\n10,A,1\n10,Total,\n").accounts == 1


def test_notes_below_a_total_row_are_no_accounts_but_amounts_there_are_a_fault(tmp_path):
    text = "account_id,balance,dpd\nA,10,1\nTotal:,10,\nmade by hand,,\n"
    portfolio = imported(tmp_path, text)
    assert portfolio.accounts == 1
    assert any("1 row(s) below the total row" in note for note in portfolio.source.assumptions)
    [fault] = faults(tmp_path, text.replace("made by hand,,", "B,5,1"))
    assert fault.got == "amounts below the total row 3"


def test_an_account_that_is_called_total_elsewhere_is_an_account(tmp_path):
    assert imported(tmp_path, "account_id,balance,dpd,product\nA,10,1,total\nB,5,1,x\n").accounts == 2


def test_every_format_gives_the_same_portfolio(tmp_path):
    text = "account_id,balance,dpd,product\n007,100.5,3,x\n008,20,40,y\n"
    csv = imported(tmp_path, text)
    pq.write_table(
        pa.table(
            {"account_id": ["007", "008"], "balance": [100.5, 20.0], "dpd": [3, 40], "product": ["x", "y"]}
        ),
        tmp_path / "p.parquet",
    )
    book = openpyxl.Workbook()
    for row in (["account_id", "balance", "dpd", "product"], ["007", 100.5, 3, "x"], ["008", 20, 40, "y"]):
        book.active.append(row)
    book.save(tmp_path / "p.xlsx")
    written(tmp_path, text.replace(",", ";"), "semicolon.csv")
    for name in ("p.parquet", "p.xlsx", "semicolon.csv"):
        other = import_portfolio(tmp_path / name, None, START)
        for column in ("account_id", "balance_minor", "dpd", "product", "account_hash"):
            assert by_id(other, column) == by_id(csv, column)


def test_keys_that_are_numbers_keep_all_their_digits(tmp_path):
    pq.write_table(
        pa.table({"account_id": pa.array([2**60 + 1, 5], pa.int64()), "balance": [1.0, 2.0], "dpd": [1, 2]}),
        tmp_path / "p.parquet",
    )
    assert set(import_portfolio(tmp_path / "p.parquet", None, START).account_id) == {str(2**60 + 1), "5"}


def test_a_mapping_may_allow_decimal_commas_and_other_dates(tmp_path):
    mapping = PortfolioMapping(name="eu", decimal=",", date_format="%d.%m.%Y")
    path = written(tmp_path, "account_id;balance;due_date\nA;1.234,50;31.08.2025\n")
    portfolio = import_portfolio(path, mapping, START)
    assert by_id(portfolio, "balance_minor") == {"A": 123450}
    assert by_id(portfolio, "dpd") == {"A": 1}


def test_fractions_of_the_smallest_coin_are_rounded_and_told(tmp_path):
    portfolio = imported(tmp_path, PLAIN.replace("100.50", "100.508"))
    assert by_id(portfolio, "balance_minor")["A1"] == 10051
    assert any("1 amounts had fractions" in note for note in portfolio.source.assumptions)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "CST+8"])
def test_a_zone_must_exist(tmp_path, zone):
    [fault] = faults(tmp_path, f"account_id,balance,dpd,zone\nA,1,1,Asia/Shanghai\nB,1,1,{zone}\n")
    assert (fault.got, "row 3" in fault.where) == (zone, True)
