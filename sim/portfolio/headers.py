"""What column headers mean: aliases in English and Chinese, units, and columns about who somebody is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

REQUIRED_HINT = "account_id, balance (or principal), dpd (or due_date)"

ALIASES: dict[str, tuple[str, ...]] = {
    "account_id": (
        "account_id",
        "account",
        "account_no",
        "account_number",
        "acct_id",
        "acct_no",
        "loan_id",
        "loan_no",
        "contract_id",
        "contract_no",
        "case_id",
        "case_no",
        "id",
        "案件号",
        "案件编号",
        "借据号",
        "借据编号",
        "合同号",
        "合同编号",
        "账户号",
        "账户编号",
        "贷款编号",
    ),
    "person_id": (
        "person_id",
        "customer_id",
        "customer_no",
        "client_id",
        "borrower_id",
        "cust_id",
        "客户号",
        "客户编号",
        "客户id",
        "借款人编号",
    ),
    "balance": (
        "balance",
        "outstanding_balance",
        "outstanding",
        "amount_due",
        "total_due",
        "overdue_amount",
        "current_balance",
        "逾期金额",
        "欠款余额",
        "欠款金额",
        "余额",
        "应还金额",
        "应还总额",
        "逾期总额",
    ),
    "principal": ("principal", "outstanding_principal", "principal_balance", "剩余本金", "本金", "逾期本金"),
    "interest": ("interest", "accrued_interest", "interest_due", "利息", "逾期利息", "应收利息"),
    "fees": ("fees", "fee", "late_fees", "penalty", "费用", "罚息", "违约金", "滞纳金"),
    "instalment": (
        "instalment",
        "installment",
        "monthly_payment",
        "emi",
        "月供",
        "期供",
        "每期还款额",
        "分期金额",
    ),
    "dpd": ("dpd", "days_past_due", "days_overdue", "overdue_days", "days_late", "逾期天数"),
    "due_date": ("due_date", "payment_due_date", "应还日期", "应还款日", "到期日", "到期日期"),
    "as_of": ("as_of", "as_of_date", "snapshot_date", "data_date", "数据日期", "统计日期", "快照日期"),
    "entry_date": ("entry_date", "placement_date", "assigned_date", "入催日期"),
    "entry_day": ("entry_day",),
    "score": (
        "score",
        "risk_score",
        "collection_score",
        "behaviour_score",
        "behavior_score",
        "评分",
        "风险评分",
        "催收评分",
    ),
    "payday": ("payday", "salary_day", "发薪日", "工资日"),
    "number_valid": ("number_valid", "phone_valid", "valid_numbers", "有效号码", "号码有效", "有效号码数"),
    "zone": ("zone", "time_zone", "timezone", "tz", "时区"),
    "product": ("product", "product_type", "product_name", "loan_type", "产品", "产品名称", "产品类型"),
    "region": ("region", "地区", "区域", "province", "省份", "state", "city", "城市"),
    "dispute": ("dispute", "disputed", "in_dispute", "争议", "异议"),
    "hardship_plan": ("hardship_plan", "hardship", "困难纾解", "个性化分期"),
    "opt_out": ("opt_out", "dnc", "do_not_contact", "do_not_call", "免打扰"),
}
"""Canonical column -> headers understood without a mapping, in the order of preference, normalised."""

TEXT_COLUMNS = ("zone", "product", "region")
"""Columns of which the first alias found is used, the others stay attributes; elsewhere two are an error."""

ATTRIBUTE_ALIASES: dict[str, tuple[str, ...]] = {
    "risk_grade": ("risk_grade", "风险等级"),
    "segment": ("segment", "客群"),
    "bucket_in_file": ("bucket", "账龄", "m期"),
    "open_date": ("open_date", "开户日期", "放款日期"),
    "last_payment_date": ("last_payment_date", "最近还款日期"),
    "last_payment_amount": ("last_payment_amount", "最近还款金额"),
    "max_dpd": ("max_dpd", "最大逾期天数"),
    "broken_promises": ("broken_promises", "跳票次数"),
    "sex": ("sex", "性别"),
    "gender": ("gender",),
    "age": ("age", "customer_age", "borrower_age", "client_age", "age_group", "age_band", "年龄", "年龄段"),
    "birth_date": (
        "birth_date",
        "birthdate",
        "birth_year",
        "date_of_birth",
        "dob",
        "birthday",
        "出生日期",
        "生日",
    ),
    "marital_status": ("marital_status", "married", "婚姻状况", "婚姻", "婚姻状态"),
    "marriage": ("marriage",),
    "ethnicity": ("ethnicity", "ethnic_group", "民族"),
    "race": ("race", "种族"),
    "religion": ("religion", "宗教"),
    "nationality": ("nationality", "citizenship", "国籍"),
    "disability": ("disability", "disabled", "残疾"),
    "education": ("education", "education_level", "学历", "教育程度"),
}
"""Canonical names of well-known further columns; the protected ones are in `table.PROTECTED_NAMES`."""

RESERVED = frozenset(ALIASES) | frozenset(
    {
        "bucket",
        "reason",
        "days_to_payday",
        "attempts",
        "contacts",
        "days_since_contact",
        "days_since_payment",
        "paid",
        "promises",
        "promises_kept",
        "promises_broken",
        "days_to_promise",
        "complaint",
        "wrong_number",
        "promise_live",
    }
)
"""Names that strategies already use for something; an attribute may not take them."""

RESERVED_STARTS = ("attempts_", "contacts_", "opt_out_")
"""Beginnings of names that strategies use for each channel."""

UNIT_SCALES = {"元": 1.0, "万元": 1e4, "万": 1e4, "千元": 1e3, "亿元": 1e8, "亿": 1e8}

_UNIT = re.compile(r"\(([^()]*)\)\s*$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[\s\-./]+")

_BY_ALIAS = {
    alias: name for table in (ALIASES, ATTRIBUTE_ALIASES) for name, names in table.items() for alias in names
}


def reserved(name: str) -> bool:
    """Return whether strategies already use a name for something."""
    return name in RESERVED or name.startswith(RESERVED_STARTS)


def normalise(header: str) -> str:
    """Return a header in one spelling: NFKC, lower case, underscores, no unit in brackets.

    "Days Past-Due" and "daysPastDue" become "days_past_due"; "逾期金额（万元）" becomes "逾期金额".
    """
    text = _UNIT.sub("", unicodedata.normalize("NFKC", header).strip())
    return _SEPARATORS.sub("_", _CAMEL.sub("_", text.strip()).lower()).strip("_")


def unit_scale(header: str) -> float:
    """Return the factor that a header's unit stands for: 10,000 for "余额(万元)", 1 where it has none."""
    found = _UNIT.search(unicodedata.normalize("NFKC", header))
    return UNIT_SCALES.get(found.group(1).strip(), 1.0) if found else 1.0


def known(header: str) -> str | None:
    """Return the canonical name that a header stands for, None where it is not a well-known one."""
    return _BY_ALIAS.get(normalise(header))


def attribute_name(header: str) -> str:
    """Return the name under which an unmapped column is kept: canonical where known, else an identifier."""
    name = known(header)
    if name is None or name in ALIASES:
        name = re.sub(r"\W", "_", normalise(header)) or "column"
    if not name.isidentifier():
        name = f"column_{name}"
    return f"{name}_in_file" if reserved(name) else name


def find_header(rows: Sequence[Sequence[str]], expected: frozenset[str]) -> tuple[int, list[str]]:
    """Return (index of the header row, its names): the row with most expected names, the first if none has.

    A cell left empty by a merge takes the text standing above it, so a header of two rows is read as one.
    """
    candidates: list[list[str]] = []
    for place, row in enumerate(rows):
        names = [cell.strip() for cell in row]
        for column, text in enumerate(names):
            if not text:
                above = [before[column].strip() for before in rows[:place] if column < len(before)]
                names[column] = next((cell for cell in reversed(above) if cell), "")
        candidates.append(names)
    scores = [sum(normalise(name) in expected for name in names if name) for names in candidates]
    best = scores.index(max(scores)) if scores else 0
    return best, candidates[best] if candidates else []


# -------------------------------------------------------------------------------- who somebody is, by header

_NAMES = (
    r"(?:customer|borrower|client|debtor|contact|spouse|guarantor|relative|cardholder|person|emergency"
    r"|applicant)"
)
_PERSONAL = re.compile(
    rf"^(?:name|full_?name|first_?name|last_?name|middle_?name|given_?name|family_?name|surname|{_NAMES}_?name)$"
    r"|(?:^|_)(?:phone|mobile|cellphone|cell|telephone|tel|fax|email|e_mail|ssn|passport"
    r"|whatsapp|wechat|qq)(?:_|\d|$)"
    r"|^(?:contact|mobile|phone)_?(?:no|number)$|^(?:home|street|postal|mailing|work)?_?address(?:_?\d)?$"
    r"|^(?:id_?card|id_?number|id_?no|national_?id|identity|identity_?(?:no|number|card)"
    r"|social_security(?:_number)?"
    r"|tax_?id|driver_?licen[cs]e|licen[cs]e_?no|bank_?card|card_?(?:no|number)|iban)$"
    r"|姓名|名字|客户名称|手机|电话|联系方式|联系人|身份证|证件号|护照|邮箱|电子邮件|地址|住址|微信|银行卡|卡号"
)
_NOT_PERSONAL = re.compile(
    r"(?:_|^)(?:ok|valid|count|type|verified|status|consent|flag|app|opt_out|has|is|attempts|calls)"
    r"(?:_|$)|有效|数量|个数|是否|状态|次数|类型|数$"
)


def looks_personal(header: str) -> bool:
    """Return whether a header says that the column holds names, phone, identity or card numbers, places."""
    name = normalise(header)
    return name not in _BY_ALIAS and bool(_PERSONAL.search(name)) and not _NOT_PERSONAL.search(name)
