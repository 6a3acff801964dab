"""Files in the forms in which people export them."""

from __future__ import annotations

import codecs
import gzip
from datetime import date, datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import InputError
from sim.portfolio.encoding import to_utf8
from sim.portfolio.headers import find_header
from sim.portfolio.reading import read_table
from tests.unit.sim.portfolio.files import written

EXPECTED = frozenset({"account_id", "balance", "dpd", "账户号", "逾期金额", "逾期天数"})
PLAIN = "account_id,balance,dpd\nA1,100.50,3\nA2,20,40\n"
CHINESE = "账户号,逾期金额,逾期天数,地区\nA1,100.50,3,北京\nA2,20,40,上海\n"


def cells(raw):
    return {header: column.to_pylist() for header, column in zip(raw.headers, raw.columns, strict=True)}


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.rstrip("\n"),
        PLAIN.replace("A1", '"A1"'),
    ],
)
def test_separators_line_ends_and_quotes_make_no_difference(tmp_path, text):
    raw = read_table(written(tmp_path, text), EXPECTED)
    assert cells(raw) == {"account_id": ["A1", "A2"], "balance": ["100.50", "20"], "dpd": ["3", "40"]}
    assert raw.row_number.tolist() == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_text_is_read_in_every_usual_encoding(tmp_path, encoding):
    raw = read_table(written(tmp_path, CHINESE, encoding=encoding), EXPECTED)
    assert cells(raw)["地区"] == ["北京", "上海"]
    assert raw.headers == ("账户号", "逾期金额", "逾期天数", "地区")


def test_a_gzip_is_read_and_hashed_as_it_lies_on_disk(tmp_path):
    path = tmp_path / "p.csv.gz"
    path.write_bytes(gzip.compress(PLAIN.encode()))
    assert cells(read_table(path, EXPECTED))["dpd"] == ["3", "40"]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (CHINESE.encode()[:-5] + b"\xff\n", "one broken byte"),
        ("account_id,balance,region\n1,2,Málaga\n2,3,León\n3,3,Cádiz\n".encode("cp1252"), "Latin-1"),
        (codecs.BOM_UTF8 + CHINESE.encode("gb18030"), "a mark that lies"),
        (b"a,b\0c\n", "binary"),
    ],
)
def test_bytes_that_fit_no_encoding_are_refused_rather_than_guessed(raw, why):
    with pytest.raises(InputError):
        to_utf8(raw, "p.csv")


def test_a_stated_encoding_is_used():
    assert to_utf8("León".encode("cp1252"), "p.csv", "cp1252")[0].decode() == "León"
    with pytest.raises(InputError, match=r"p.csv:1"):
        to_utf8("León".encode("cp1252"), "p.csv", "utf-8")


def test_blank_lines_are_no_accounts_and_keep_the_row_numbers(tmp_path):
    raw = read_table(written(tmp_path, "account_id,balance,dpd\nA1,1,1\n\n,,\n  ,,\nA2,2,2\n\n\n"), EXPECTED)
    assert cells(raw)["account_id"] == ["A1", "A2"]
    assert raw.row_number.tolist() == [2, 6]


def test_titles_above_the_header_are_told_from_it(tmp_path):
    raw = read_table(
        written(tmp_path, "Overdue accounts,,\nmade by hand,,\naccount_id,balance,dpd\nA1,1,1\n"), EXPECTED
    )
    assert raw.headers == ("account_id", "balance", "dpd")
    assert raw.row_number.tolist() == [4]
    assert any("row 3" in note for note in raw.notes)


def test_a_cell_left_empty_by_a_merge_takes_the_text_above():
    place, names = find_header(
        [["账户号", "金额", "", "逾期天数"], ["", "逾期金额", "利息", ""]], EXPECTED | {"利息"}
    )
    assert (place, names) == (1, ["账户号", "逾期金额", "利息", "逾期天数"])
    place, names = find_header([["account_id", "balance", "dpd"], ["", "", ""], ["A1", "", "3"]], EXPECTED)
    assert (place, names) == (0, ["account_id", "balance", "dpd"])


def test_a_row_with_too_many_or_too_few_cells_is_a_fault_with_its_number(tmp_path):
    raw = read_table(written(tmp_path, "account_id,balance,dpd\nA1,1,234,5\nA2,2,2\nA3,3\n"), EXPECTED)
    assert [(fault.where.split(": ")[1], fault.got) for fault in raw.faults] == [
        ("row 2", "4 cells"),
        ("row 4", "2 cells"),
    ]
    assert raw.row_number.tolist() == [3]


def test_a_quoted_line_break_stays_inside_its_cell(tmp_path):
    raw = read_table(written(tmp_path, 'account_id,balance,dpd,region\nA1,1,1,"a\nb"\nA2,2,2,c\n'), EXPECTED)
    assert cells(raw)["region"] == ["a\nb", "c"]
    assert raw.row_number.tolist() == [2, 3]


def test_columns_without_header_and_content_are_left_out(tmp_path):
    assert read_table(written(tmp_path, "account_id,balance,dpd,\nA1,1,1,\n"), EXPECTED).headers == (
        "account_id",
        "balance",
        "dpd",
    )
    raw = read_table(written(tmp_path, "account_id,balance,dpd,\nA1,1,1,x\n"), EXPECTED)
    assert [fault.got for fault in raw.faults] == ["column 4 without a header"]


def test_parquet_keeps_its_types(tmp_path):
    table = pa.table(
        {
            "account_id": pa.array([1, 2], pa.int64()),
            "balance": [1.5, None],
            "region": pa.array(["x", "y"]).dictionary_encode(),
            "due_date": [date(2025, 1, 1), None],
        }
    )
    pq.write_table(table, tmp_path / "p.parquet")
    assert cells(read_table(tmp_path / "p.parquet", EXPECTED)) == {
        "account_id": [1, 2],
        "balance": [1.5, None],
        "region": ["x", "y"],
        "due_date": [date(2025, 1, 1), None],
    }


def workbook(path, rows, sheets=("Sheet",)):
    book = openpyxl.Workbook()
    for place, name in enumerate(sheets):
        sheet = book.active if not place else book.create_sheet()
        sheet.title = name
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_is_read_with_numbers_texts_and_dates(tmp_path):
    path = workbook(
        tmp_path / "p.xlsx",
        [
            ["Overdue"],
            ["account_id", "balance", "dpd", "due_date", "mixed"],
            ["007", 100.5, 3, datetime.fromisoformat("2025-01-31"), 5],
            ["A2", 20, 40, date(2025, 2, 1), "x"],
            [None] * 5,
        ],
    )
    raw = read_table(path, EXPECTED)
    assert cells(raw) == {
        "account_id": ["007", "A2"],
        "balance": [100.5, 20.0],
        "dpd": [3.0, 40.0],
        "due_date": ["2025-01-31", "2025-02-01"],
        "mixed": ["5", "x"],
    }
    assert raw.row_number.tolist() == [3, 4]


def test_rows_of_a_workbook_are_numbered_as_on_the_sheet(tmp_path):
    path = workbook(tmp_path / "p.xlsx", [[], [], ["account_id", "balance", "dpd"], ["A", 1, 2]])
    assert read_table(path, EXPECTED).row_number.tolist() == [4]


def test_the_first_sheet_is_read_unless_one_is_named(tmp_path):
    path = workbook(tmp_path / "p.xlsx", [["account_id", "balance", "dpd"], ["A", 1, 2]], ("one", "two"))
    assert any("`one`" in note and "two" in note for note in read_table(path, EXPECTED).notes)
    assert not read_table(path, EXPECTED, sheet="two").notes
    with pytest.raises(InputError, match="one, two"):
        read_table(path, EXPECTED, sheet="three")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.csv", None, "no such file"),
        ("p.csv", b"", "an empty file"),
        ("p.json", b"{}", "a file ending in .json"),
        ("p.xls", b"\xd0\xcf\x11\xe0", "a file ending in .xls"),
        ("p.xlsx", b"no zip", "unreadable content"),
        ("p.parquet", b"PAR1nonsense", "unreadable content"),
        ("p.csv.gz", b"\x1f\x8bnonsense", "a damaged gzip file"),
        ("q.csv.gz", b"a,b\n", "a file that is not compressed"),
        ("p.csv", b"PK\x03\x04zip", "a workbook or Parquet file"),
        ("p.csv", b"\x00\x01\x02", "binary data"),
    ],
)
def test_an_unreadable_file_is_told_in_four_parts(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / name, EXPECTED)
    error = caught.value
    assert said in error.got
    assert name in error.where
    assert error.expected
    assert error.advice


def test_a_folder_is_no_portfolio(tmp_path):
    with pytest.raises(InputError, match="directory"):
        read_table(tmp_path, EXPECTED)
