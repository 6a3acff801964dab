"""The HTML report of a comparison: one self-contained file that opens anywhere, in English and Chinese."""

from __future__ import annotations

from pathlib import Path

from experiments.report.page import render_page
from experiments.results import CompareResult
from experiments.texts import known_language

__all__ = ["write_report"]


def write_report(result: CompareResult, path: Path, language: str = "en") -> None:
    """Write the report of a comparison.

    Args:
        result: what the comparison found.
        path: the HTML file, which is replaced where it exists; its folder must exist.
        language: which language is shown first, "en" or "zh"; the page can be switched.

    Raises:
        InputError: there is no such language.
    """
    path.write_text(render_page(result, known_language(language)), encoding="utf-8")
