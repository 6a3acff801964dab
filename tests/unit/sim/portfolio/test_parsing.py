"""Cells as real exports write them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from sim.portfolio import parsing


def number(cell, **options):
    read = parsing.numbers(pa.array([cell]), **options)
    if read.bad[0]:
        return "bad"
    return "missing" if read.missing[0] else read.values[0]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", 12.0),
        (" 12.50 ", 12.5),
        ("-3", -3.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.23E+05", 123000.0),
        ("1,234.56", 1234.56),
        ("12,34,567", 1234567.0),
        ("1 234 567", 1234567.0),
        ("1\u00a0234", 1234.0),
        ("１２３", 123.0),
        ("１，２３４．５", 1234.5),
        ("(5.25)", -5.25),
        ("1.2万", 12000.0),
        ("3万元", 30000.0),
        ("5000元", 5000.0),
        ("2亿", 2e8),
        ("¥5", 5.0),
        ("￥1,000", 1000.0),
        ("12.5%", 0.125),
        ("12.5 %", 0.125),
        ("", "missing"),
        ("NULL", "missing"),
        ("N/A", "missing"),
        ("-", "missing"),
        ("nan", "missing"),
        (None, "missing"),
        ("abc", "bad"),
        ("1,23", "bad"),
        ("1,2345", "bad"),
        ("1.2.3", "bad"),
        ("12a", "bad"),
        ("inf", "bad"),
        ("1e999", "bad"),
        ("0x10", "bad"),
        ("1_000", "bad"),
        ("--5", "bad"),
        ("²", 2.0),
    ],
)
def test_a_number_is_read_as_written_or_called_bad(cell, value):
    column = cell if cell is not None else None
    read = parsing.numbers(pa.array([column], pa.string()))
    found = "bad" if read.bad[0] else "missing" if read.missing[0] else read.values[0]
    assert found == value


def test_a_decimal_comma_is_read_only_where_it_is_stated():
    assert number("1.234,5", decimal=",") == 1234.5
    assert number("1234,5", decimal=",") == 1234.5
    assert number("1234,5") == "bad"


def test_a_currency_sign_must_agree_with_the_currency():
    assert number("$5", currency="USD") == 5.0
    assert number("$5", currency="CNY") == "bad"
    assert number("NT$5", currency="TWD") == 5.0
    assert number("€5", currency="USD") == "bad"


def test_one_odd_cell_does_not_disturb_its_neighbours():
    read = parsing.numbers(pa.array(["1", "1,000", "x", "", "2"]))
    np.testing.assert_array_equal(read.values, [1.0, 1000.0, np.nan, np.nan, 2.0])
    assert read.bad.tolist() == [False, False, True, False, False]
    assert read.missing.tolist() == [False, False, False, True, False]


def test_typed_columns_are_taken_as_they_are():
    assert number(5) == 5.0
    assert number(2.5) == 2.5
    assert number(True) == 1.0
    assert number(date(2025, 1, 1)) == "bad"
    assert number(float("inf")) == "bad"
    assert number(float("nan")) == "missing"


def day(cell, date_format=""):
    read = parsing.days(pa.array([cell]), date_format)
    if read.bad[0]:
        return "bad"
    return "missing" if read.missing[0] else date.fromordinal(int(read.values[0]) + parsing.EPOCH)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2025-01-31", date(2025, 1, 31)),
        ("2025/1/3", date(2025, 1, 3)),
        ("2025.01.03", date(2025, 1, 3)),
        ("20250131", date(2025, 1, 31)),
        ("2025年1月31日", date(2025, 1, 31)),
        ("2025-01-31 10:20:30", date(2025, 1, 31)),
        ("2025-01-31T10:20:30Z", date(2025, 1, 31)),
        ("45688", date(2025, 1, 31)),
        ("45688.5", date(2025, 1, 31)),
        ("", "missing"),
        ("NULL", "missing"),
        ("31/01/2025", "bad"),
        ("2025-02-30", "bad"),
        ("soon", "bad"),
        ("12", "bad"),
        (date(2025, 1, 31), date(2025, 1, 31)),
        (45688.0, date(2025, 1, 31)),
        (45688, date(2025, 1, 31)),
    ],
)
def test_a_date_is_read_or_called_bad(cell, value):
    assert day(cell) == value


def test_other_orders_of_day_and_month_need_a_stated_format():
    assert day("31/01/2025", "%d/%m/%Y") == date(2025, 1, 31)
    assert day("2025-01-31", "%d/%m/%Y") == "bad"


def test_day_numbers_are_counted():
    assert parsing.days(pa.array(["45688", "2025-01-31", ""])).serial == 1


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1", True),
        ("是", True),
        ("Y", True),
        ("True", True),
        ("0", False),
        ("否", False),
        ("no", False),
        ("maybe", "bad"),
        ("", "missing"),
    ],
)
def test_yes_and_no_are_read_in_both_languages(cell, value):
    read = parsing.flags(pa.array([cell]))
    assert ("bad" if read.bad[0] else "missing" if read.missing[0] else read.values[0]) == value


@pytest.mark.parametrize(
    ("cell", "text", "lost"),
    [
        ("00123", "00123", False),
        (" A1 ", "A1", False),
        ("１２３", "123", False),
        ("1.23E+17", "1.23E+17", True),
        ("1E5", "1E5", True),
        ("E5", "E5", False),
        (123, "123", False),
        (123.0, "123", False),
        (1.23e17, None, True),
        (1.5, None, True),
        (10**18, "1000000000000000000", False),
        (None, "", False),
    ],
)
def test_a_key_keeps_its_text_and_a_rounded_one_is_told(cell, text, lost):
    found, bad = parsing.texts(pa.array([cell]) if cell is not None else pa.array([None], pa.string()))
    assert bool(bad[0]) is lost
    if text is not None:
        assert found[0].as_py() == text


def test_categories_have_sorted_labels_and_missing_codes():
    read = parsing.category(pa.array(["b", "", "a", "b", "NULL", None]))
    assert read.labels == ("a", "b")
    assert read.codes.tolist() == [1, -1, 0, 1, -1, -1]


def test_an_empty_column_is_read():
    nothing = pa.array([], pa.string())
    assert len(parsing.numbers(nothing).values) == 0
    assert len(parsing.days(nothing).values) == 0
    assert len(parsing.flags(nothing).values) == 0
    assert parsing.category(nothing).labels == ()
