"""Columns that hold people's names and numbers are refused, by header and content. All values are made up."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import InputErrors
from sim.portfolio.importing import import_portfolio
from sim.portfolio.privacy import identity_number
from tests.unit.sim.portfolio.files import START, faults, imported, written

# The specimen number of the standard that defines them: area 110105, born 1949-12-31.
SPECIMEN = "11010519491231002X"


def table(header, values):
    return f"account_id,balance,dpd,{header}\n" + "".join(
        f"A{k},1,1,{value}\n" for k, value in enumerate(values)
    )


def test_the_check_digit_of_identity_numbers():
    assert identity_number(SPECIMEN)
    assert identity_number(SPECIMEN.lower())
    assert not identity_number("110105194912310021")
    assert not identity_number("110105194913310021")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("name", "x"),
        ("客户姓名", "x"),
        ("手机号", "1"),
        ("x", "13800000000"),
        ("x", "+86 13800000000"),
        ("remark", "call 13800000000 at noon"),
        ("x", "１３８００００００００"),
        ("x", SPECIMEN),
        ("x", "somebody@example.org"),
    ],
)
def test_a_personal_column_is_refused_unless_dropped(tmp_path, header, value):
    [fault] = faults(tmp_path, table(header, [value, "5"]))
    assert f"column {header}" in fault.where
    assert "drop" in fault.advice
    assert imported(tmp_path, table(header, [value, "5"]), {"drop": [header]}).accounts == 2


def test_personal_columns_are_found_in_parquet_too(tmp_path):
    for column in (pa.array([13800000000], pa.int64()), pa.array([13800000000.0])):
        pq.write_table(
            pa.table({"account_id": ["A"], "balance": [1.0], "dpd": [1], "x": column}), tmp_path / "p.parquet"
        )
        with pytest.raises(InputErrors, match="mobile numbers"):
            import_portfolio(tmp_path / "p.parquet", None, START)


def test_a_phone_number_as_account_key_is_refused(tmp_path):
    [fault] = faults(tmp_path, "account_id,balance,dpd\n13800000000,1,1\n")
    assert fault.got == "mobile numbers"


def test_a_planner_may_vouch_for_a_header_but_not_for_certain_content(tmp_path):
    vouched = imported(tmp_path, table("name", ["gold", "silver"]), {"not_personal": ["name"]})
    assert any("nothing personal" in note for note in vouched.source.assumptions)
    errors = faults(tmp_path, table("name", ["somebody@example.org"]), {"not_personal": ["name"]})
    assert errors[0].got == "e-mail addresses"


def test_ordinary_keys_of_eleven_and_eighteen_digits_pass(tmp_path):
    """Null: random digits. 8 % of 11-digit keys look like mobiles; the limit of 20 % is 20 sigma away."""
    rng = np.random.default_rng(7)
    elevens = rng.integers(10**10, 10**11, 2000)
    eighteens = rng.integers(10**17, 10**18, 2000)
    text = "account_id,customer_id,balance,dpd\n" + "".join(
        f"{a},{b},1,1\n" for a, b in zip(elevens, eighteens, strict=True)
    )
    assert import_portfolio(written(tmp_path, text), None, START).accounts == 2000


def test_messages_do_not_repeat_what_stands_in_a_personal_column(tmp_path):
    text = (
        "account_id,balance,dpd,phone\n"
        + "".join(f"{k % 19},1,1,138000000{k:02d}\n" for k in range(20))
        + "z,1,1,x13800000099\n"
    )
    said = "\n".join(str(fault) for fault in faults(tmp_path, text))
    assert "column phone" in said
    assert "also in row 2" in said
    assert "1380000" not in said
    assert "1380000" not in "\n".join(
        map(str, faults(tmp_path, "account_id,balance,dpd\n13800000000,1,1\n13800000000,1,1\n"))
    )


def test_an_account_key_called_id_is_no_identity_number(tmp_path):
    assert imported(tmp_path, "ID,balance,dpd\n1,1,1\n2,1,1\n").accounts == 2
