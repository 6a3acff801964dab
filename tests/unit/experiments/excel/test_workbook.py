"""The workbook: the sheets that colleagues expect, literal values, native charts, and names that stay names."""

from __future__ import annotations

import math
import zipfile

import openpyxl
import pytest

from experiments.excel import write_workbook
from experiments.excel.book import FIRST, no_reference
from experiments.excel.sheets import ORDER
from experiments.report.metrics_table import metrics_csv
from experiments.report.reading import Reading
from experiments.texts import say
from sim import InputError
from tests.unit.experiments.report.example import HOSTILE, example


def workbook(folder, result, language="en"):
    path = folder / "report.xlsx"
    write_workbook(result, path, language)
    return path, openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return workbook(tmp_path_factory.mktemp("book"), example())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sheets_are_there_by_name_in_the_language(tmp_path, language):
    _, book = workbook(tmp_path, example(), language)
    assert book.sheetnames == [say(f"sheet.{key}", language) for key in ORDER]


def test_every_table_has_a_frozen_header_a_filter_widths_and_a_print_area(usual):
    for sheet in usual[1]:
        assert sheet.freeze_panes.endswith(str(FIRST + 1)), sheet.title
        assert sheet.auto_filter.ref.startswith(f"A{FIRST}:"), sheet.title
        assert sheet.print_area, sheet.title
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.column_dimensions["A"].width > 7
        header = [cell.value for cell in sheet[FIRST]]
        assert all(header), sheet.title
        assert all(cell.font.b for cell in sheet[FIRST])


def test_four_native_charts_stand_on_the_summary(usual):
    assert {sheet.title: len(sheet._charts) for sheet in usual[1] if sheet._charts} == {"Summary": 4}


def test_no_cell_holds_a_formula(tmp_path):
    path, book = workbook(tmp_path, example(names=HOSTILE))
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not any("hyperlink" in name.lower() or "external" in name.lower() for name in archive.namelist())
    assert len(sheets) == len(ORDER)
    assert not any("<f>" in text or "<f " in text or "<hyperlink" in text for text in sheets)
    assert {cell.data_type for sheet in book for row in sheet for cell in row} <= {"s", "n"}


def test_hostile_names_stay_text_of_bounded_length(tmp_path):
    """Markup and formulas are shown as they are, signs that turn the line are replaced, ten thousand letters are cut."""
    path, book = workbook(tmp_path, example(names=HOSTILE))
    header = [cell.value for cell in book["Summary"][FIRST]]
    assert header[3:5] == ["<script>alert(1)</script>", '=HYPERLINK("http://x")']
    assert header[5].startswith("\ufffdgnp.exe")
    marked = next(cell for row in book["Experiment"].iter_rows(min_row=FIRST + 1) for cell in row
                  if str(cell.value).startswith("=HYPERLINK"))
    assert marked.quotePrefix, "Excel keeps it as text even when the cell is edited"
    texts = [cell.value for sheet in book for row in sheet for cell in row if isinstance(cell.value, str)]
    assert max(map(len, texts)) <= 1000
    assert not any("\u202e" in text for text in texts)
    with zipfile.ZipFile(path) as archive:
        charts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/chart")]
    references = [part.split("</c:f>")[0] for text in charts for part in text.split("<c:f>")[1:]]
    assert references
    assert all("HYPERLINK" not in text for text in references)


def test_a_chart_title_that_begins_with_an_equals_sign_is_no_reference():
    assert no_reference("=Sheet!A1 beats all") == "'=Sheet!A1 beats all"
    assert no_reference("plain") == "plain"


def test_the_numbers_are_those_of_the_result(usual):
    """The tidy sheet is the report's CSV, cell by cell; the KPI sheet is the same in major units."""
    result = example()
    table = metrics_csv(Reading.of(result, "en"))
    rows = list(usual[1]["data"].iter_rows(min_row=FIRST + 1, values_only=True))
    assert len(rows) == len(table.rows)
    for found, wanted in zip(rows, table.rows, strict=True):
        for cell, value in zip(found, wanted, strict=True):
            if isinstance(value, float) and not math.isnan(value):
                assert cell == pytest.approx(value, rel=1e-12)
            else:
                assert cell == (None if not isinstance(value, str) or value == "" else value)
    kpi = {row[1]: row for row in usual[1]["KPI by strategy"].iter_rows(min_row=FIRST + 1, values_only=True)}
    net = result.strategies[1].metrics["net_minor"]
    assert kpi["net_minor"][6:8] == pytest.approx((net.mean / 100, net.se / 100))
    assert kpi["kept_rate"][12] is None, "doing nothing keeps no promises: the cell is empty, not zero"


def test_shares_and_money_have_number_formats(usual):
    rows = {row[1].value: row for row in usual[1]["KPI by strategy"].iter_rows(min_row=FIRST + 1)}
    assert rows["cure_rate"][4].number_format == "0.0%"
    assert rows["recovery_minor"][4].number_format.startswith("#,##0")


def test_one_replication_leaves_intervals_empty(tmp_path):
    _, book = workbook(tmp_path, example(replications=1))
    rows = list(book["Experiment"].iter_rows(min_row=FIRST + 1, values_only=True))
    assert rows
    assert {row[6] for row in rows} == {None}
    assert {row[9] for row in rows} == {"no interval"}


def test_the_same_result_gives_the_same_bytes(tmp_path, usual):
    path, _ = workbook(tmp_path, example())
    assert path.read_bytes() == usual[0].read_bytes()


def test_an_unknown_language_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(InputError, match="expected en or zh"):
        write_workbook(example(), tmp_path / "report.xlsx", "fr")
    assert not (tmp_path / "report.xlsx").exists()
