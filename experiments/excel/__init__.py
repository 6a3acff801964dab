"""The Excel workbook of a comparison: the same numbers as the HTML report, in sheets that people filter, pivot and forward."""

from __future__ import annotations

from pathlib import Path

from experiments.excel.book import Book
from experiments.excel.charts import add_charts
from experiments.excel.sheets import sheets_of
from experiments.report.reading import Reading
from experiments.results import CompareResult
from experiments.texts import known_language

__all__ = ["write_workbook"]


def write_workbook(result: CompareResult, path: Path, language: str = "en") -> None:
    """Write the workbook of a comparison.

    Args:
        result: what the comparison found.
        path: the .xlsx file, which is replaced where it exists; its folder must exist.
        language: "en" or "zh".

    Raises:
        InputError: there is no such language.
    """
    reading = Reading.of(result, known_language(language))
    with Book(path, reading.say("page.title", scenario=result.scenario)) as book:
        for sheet in sheets_of(reading):
            book.add(sheet)
        add_charts(book, reading)
