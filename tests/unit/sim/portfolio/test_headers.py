"""What headers mean."""

from __future__ import annotations

import pytest

from sim.portfolio import headers
from sim.portfolio.table import PROTECTED_NAMES


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Days Past-Due", "days_past_due"),
        ("daysPastDue", "days_past_due"),
        (" DPD ", "dpd"),
        ("LIMIT_BAL", "limit_bal"),
        ("逾期金额（万元）", "逾期金额"),
        ("ＩＤ", "id"),
        ("customerID", "customer_id"),
        ("M期", "m期"),
    ],
)
def test_spelling_makes_no_difference(header, name):
    assert headers.normalise(header) == name


@pytest.mark.parametrize(
    ("header", "scale"), [("余额(万元)", 1e4), ("余额（元）", 1.0), ("余额", 1.0), ("x (k)", 1.0)]
)
def test_a_unit_in_brackets_is_understood(header, scale):
    assert headers.unit_scale(header) == scale


def test_no_alias_stands_for_two_things():
    seen = [
        alias
        for table in (headers.ALIASES, headers.ATTRIBUTE_ALIASES)
        for names in table.values()
        for alias in names
    ]
    assert len(seen) == len(set(seen))
    assert all(headers.normalise(alias) == alias for alias in seen)


def test_every_protected_name_has_a_header():
    assert set(headers.ATTRIBUTE_ALIASES) >= PROTECTED_NAMES


@pytest.mark.parametrize(
    "header",
    [
        "name",
        "Name",
        "Customer Name",
        "FirstName",
        "borrower_name",
        "phone",
        "Phone 1",
        "mobile_no",
        "home_phone",
        "e-mail",
        "Email Address",
        "ID card",
        "id_number",
        "SSN",
        "passport",
        "address",
        "home address",
        "card_number",
        "姓名",
        "客户姓名",
        "手机号",
        "联系电话",
        "身份证号",
        "证件号码",
        "家庭住址",
        "银行卡号",
        "紧急联系人",
        "微信号",
        "emergency_contact_phone",
    ],
)
def test_a_header_of_personal_data_is_recognised(header):
    assert headers.looks_personal(header)


@pytest.mark.parametrize(
    "header",
    [
        "ID",
        "customer_id",
        "account",
        "product_name",
        "branch_name",
        "phone_valid",
        "phone_count",
        "有效号码数",
        "sms_ok",
        "email_ok",
        "has_phone",
        "contacts",
        "phone_type",
        "电话次数",
        "state",
        "addr_state",
        "LIMIT_BAL",
        "grade",
        "案件号",
        "mobile_app_user",
        "cell_count",
    ],
)
def test_an_account_key_called_id_and_facts_about_a_number_are_no_personal_data(header):
    assert not headers.looks_personal(header)


def test_an_attribute_never_takes_a_name_that_strategies_use():
    assert headers.attribute_name("Bucket") == "bucket_in_file"
    assert headers.attribute_name("reason") == "reason_in_file"
    assert headers.attribute_name("2nd score") == "column_2nd_score"
    assert headers.attribute_name("Loan Grade") == "loan_grade"
    assert headers.attribute_name("性别") == "sex"
