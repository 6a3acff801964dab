"""Everything that is wrong with a file is said at once, with row, column, value and reason."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import InputError, InputErrors
from sim.portfolio.importing import import_portfolio
from sim.spec.portfolio import PortfolioMapping, load_mapping
from tests.unit.sim.portfolio.files import START, faults, written

HEAD = "account_id,balance,dpd\n"


def places(errors):
    return [re.sub(r"^.*p\.csv: ", "", error.where) for error in errors]


def test_all_bad_rows_are_reported_together_in_the_order_of_the_file(tmp_path):
    text = HEAD + "A,ten,1\nB,-5,1\nC,5,1.5\nD,5,-1\nE,,1\nF,5,\nA,5,1\n,5,1\nG,5,1\nH,1,soon\n"
    errors = faults(tmp_path, text)
    assert [(place, error.got) for place, error in zip(places(errors), errors, strict=True)] == [
        ("row 2, column balance", "'ten'"),
        ("row 3, column balance", "-5"),
        ("row 4, column dpd", "1.5"),
        ("row 5, column dpd", "-1"),
        ("row 6, column balance", "an empty cell"),
        ("row 7, column dpd", "an empty cell"),
        ("row 8, column account_id", "'A', also in row 2"),
        ("row 9, column account_id", "an empty cell"),
        ("row 11, column dpd", "'soon'"),
    ]
    assert all(error.expected for error in errors)


def test_a_column_is_named_by_its_header_and_by_what_it_stands_for(tmp_path):
    [error] = faults(tmp_path, "账户号,欠款余额,逾期天数\nA,x,1\n")
    assert places([error]) == ["row 2, column 欠款余额 (balance)"]


def test_only_fifty_faults_are_listed_and_all_are_counted(tmp_path):
    errors = faults(tmp_path, HEAD + "".join(f"A{k},x,1\n" for k in range(400)))
    assert len(errors) == 51
    assert "row 2," in errors[0].where
    assert errors[-1].got == "400 faults in all, of which 50 are listed"


def test_missing_columns_are_all_named_with_what_was_seen(tmp_path):
    errors = faults(tmp_path, "akkount_id,amount,x\nA,1,2\n")
    assert [error.got.split(" among ")[0] for error in errors] == [
        "no column for account_id",
        "no column for balance or principal",
        "no column for dpd or due_date",
    ]
    assert "akkount_id, amount, x" in errors[0].got
    assert "Did you mean `akkount_id`?" in errors[0].advice
    assert "借据号" in errors[0].expected or "贷款编号" in errors[0].expected


def test_a_mapped_header_that_the_file_lacks_is_told_with_the_mapping_s_line(tmp_path):
    yaml = written(tmp_path, "name: m\ncolumns:\n  account_id: ID\n  balance: OWED\n", "m.yaml")
    path = written(tmp_path, "ID,OWE,dpd\nA,1,1\n")
    with pytest.raises(InputErrors) as caught:
        import_portfolio(path, load_mapping(yaml), START)
    [error] = caught.value.errors
    assert error.where.endswith("m.yaml:4 columns.balance")
    assert "Did you mean `OWE`?" in error.advice


def test_the_nearest_header_is_suggested_for_a_missing_column(tmp_path):
    errors = faults(tmp_path, "account_id,Balanc,dayspastdue\nA,1,2\n")
    assert [error.advice.split("?")[0] for error in errors] == [
        "Did you mean `Balanc`",
        "Did you mean `dayspastdue`",
    ]


def test_two_columns_for_one_thing_are_an_error_not_a_guess(tmp_path):
    errors = faults(tmp_path, "account_id,loan_id,balance,dpd\nA,B,1,1\n")
    assert [error.got for error in errors] == ["the columns account_id, loan_id"]


def test_duplicate_headers_are_an_error_unless_dropped(tmp_path):
    text = "account_id,balance,dpd,x,x\nA,1,1,2,3\n"
    assert any(error.got == "2 columns with this header" for error in faults(tmp_path, text))
    assert faults(tmp_path, text, {})[0].got == "2 columns with this header"
    mapping = PortfolioMapping(name="m", drop=("x",))
    assert import_portfolio(written(tmp_path, text), mapping, START).accounts == 1


def test_rounded_keys_are_refused(tmp_path):
    errors = faults(tmp_path, HEAD + "1.23E+17,1,1\n1.24E+17,1,1\n")
    assert [error.got for error in errors] == ["'1.23E+17'", "'1.24E+17'"]
    assert "formatted as text" in errors[0].advice
    pq.write_table(
        pa.table({"account_id": [1.23456e17], "balance": [1.0], "dpd": [1]}), tmp_path / "p.parquet"
    )
    with pytest.raises(InputErrors, match="all its digits"):
        import_portfolio(tmp_path / "p.parquet", None, START)


@pytest.mark.parametrize(
    ("rule", "said"), [("balanse <= 0", "Did you mean `balance`?"), ("balance", "flag"), ("region > 3", "")]
)
def test_a_rule_that_cannot_be_applied_is_a_fault(tmp_path, rule, said):
    errors = faults(tmp_path, "account_id,balance,dpd,region\nA,1,1,n\n", {"exclude": rule})
    assert said in str(errors[0])


@pytest.mark.parametrize("rule", ["__import__('os')", "balance.real > 1", "balance <=", "lambda: 1"])
def test_code_in_a_rule_is_refused_before_anything_is_read(rule):
    with pytest.raises(ValueError, match="exclude"):
        PortfolioMapping(name="m", exclude=rule)


def test_a_where_rule_on_an_empty_cell_is_undecided_and_therefore_a_fault(tmp_path):
    errors = faults(tmp_path, "account_id,balance,dpd,late\nA,1,1,1\nB,1,1,\n", {"where": "late >= 1"})
    assert places(errors) == ["row 3, column late"]


def test_mixed_percentages_are_refused(tmp_path):
    errors = faults(tmp_path, "account_id,balance,dpd,rate\nA,1,1,12%\nB,1,1,12\n")
    assert places(errors) == ["row 3, column rate"]
    errors = faults(tmp_path, HEAD + "A,5%,1\n")
    assert "not a percentage" in errors[0].expected


def test_a_column_of_numbers_with_a_few_texts_is_not_taken_for_text(tmp_path):
    rows = "".join(f"A{k},1,1,{k}\n" for k in range(20))
    errors = faults(tmp_path, "account_id,balance,dpd,income\n" + rows + "B,1,1,unknown\n")
    assert places(errors) == ["row 22, column income"]


def test_absurd_values_are_refused(tmp_path):
    errors = faults(tmp_path, "account_id,balance,dpd,payday\nA,1e18,1,1\nB,1,99999,1\nC,1,1,32\nD,1,1,1.5\n")
    assert [place.split(", ")[0] for place in places(errors)] == ["row 2", "row 3", "row 4", "row 5"]


def test_bad_dates_are_refused_with_the_way_out(tmp_path):
    errors = faults(tmp_path, "account_id,balance,due_date\nA,1,31/08/2025\n")
    assert len(errors) == 1
    assert "date_format" in errors[0].advice


def test_a_snapshot_without_a_common_day_is_told(tmp_path):
    rows = "".join(f"A{k},1,{k},2025-07-01\n" for k in range(1, 9))
    errors = faults(tmp_path, "account_id,balance,dpd,due_date\n" + rows)
    assert "no common day" in errors[0].got


def test_a_file_without_accounts_is_refused(tmp_path):
    assert faults(tmp_path, HEAD)[0].got == "a table without rows"
    with pytest.raises(InputError, match="empty file"):
        import_portfolio(written(tmp_path, ""), None, START)


def test_ragged_rows_and_bad_values_are_reported_together(tmp_path):
    errors = faults(tmp_path, HEAD + "A,1\nB,x,1\n")
    assert places(errors) == ["row 2", "row 3, column balance"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("name: m\ncolums: {}\n", 2, "columns"),
        ("name: m\ncolumns:\n  balanc: X\n", 3, "balance"),
        ("name: m\nminor_per_major: 7\n", 2, "100"),
        ("name: m\nattributes:\n  a b: X\n", 3, "letters"),
        ("name: m\ncolumns:\n  dpd: {expression: 30 * K}\n", 3, "note"),
        ("name: m\ncolumns:\n  dpd: {map: {1: 2}, note: n}\n", 3, "from"),
        ('name: m\nexclude: "import os"\n', 2, "exclude"),
        ("name: m\nencoding: klingon\n", 2, "gb18030"),
        ("name: m\nprotected: [x]\n", 2, "attributes"),
    ],
)
def test_a_wrong_mapping_names_its_line(tmp_path, text, line, said):
    with pytest.raises(InputError) as caught:
        load_mapping(written(tmp_path, text, "m.yaml"))
    assert f"m.yaml:{line}" in caught.value.where
    assert said in str(caught.value)
