"""One run in five forms: terminal, JSON, CSV, Excel and HTML say the same numbers."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import math
import re
from dataclasses import dataclass
from html.parser import HTMLParser

import openpyxl
import pytest

from experiments.report.voice import MINUS, NARROW
from experiments.tables import ROWS
from sim import METRICS
from tests.cli.console import Played, duecourse, write_project

Key = tuple[str, str, str]
"""(strategy, against or empty, metric)."""


class Page(HTMLParser):
    """The packed tables of a report, and the cells of its English table of metrics by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.packed, self.rows = "", []
        self._in_packed = self._in_table = self._bold = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_packed = tag == "script" and given.get("id") == "tables"
        if tag == "table":
            self._in_table = given.get("id") == "en-metrics"
        if self._in_table and tag == "tr":
            self.rows.append([])
        if self._in_table and tag == "td":
            self.rows[-1].append("")
        self._bold = tag == "b"

    def handle_endtag(self, tag: str) -> None:
        self._bold = self._bold and tag != "b"
        if tag == "table":
            self._in_table = False

    def handle_data(self, text: str) -> None:
        if self._in_packed:
            self.packed += text
        elif self._in_table and self._bold:
            self.rows[-1][-1] += text


@dataclass(frozen=True)
class Forms:
    """One run's numbers: (estimate, low, high) by key, nan where a form leaves them empty; and what is printed for eyes."""

    json: dict[Key, tuple[float, ...]]
    csv: dict[Key, tuple[float, ...]]
    excel: dict[Key, tuple[float, ...]]
    html: dict[Key, tuple[float, ...]]
    terminal: list[list[str]]
    page_rows: list[list[str]]


def of_json(document: dict) -> dict[Key, tuple[float, ...]]:
    """Read the numbers of the JSON document."""
    out: dict[Key, tuple[float, ...]] = {}
    for strategy in document["strategies"]:
        for name in METRICS:
            found = strategy[name] if name in strategy else strategy["metrics"][name]
            mean = found["mean"] if isinstance(found, dict) else found
            out[strategy["name"], "", name] = (math.nan if mean is None else mean, math.nan, math.nan)
    for contrast in document["contrasts"]:
        for name in METRICS:
            found = contrast[name] if name in contrast else contrast["metrics"][name]
            values = (found["estimate"], *found["ci95"])
            out[contrast["strategy"], contrast["against"], name] = tuple(math.nan if v is None else v for v in values)
    return out


def of_rows(rows: list[dict]) -> dict[Key, tuple[float, ...]]:
    """Read a tidy table."""
    def value(cell: object) -> float:
        return math.nan if cell in {None, ""} else float(cell)

    return {(row["strategy"], row["against"] or "", row["metric"]):
            (value(row["estimate"]), value(row["ci95_low"]), value(row["ci95_high"])) for row in rows}


@pytest.fixture(scope="module")
def forms(small: Played, tmp_path_factory: pytest.TempPathFactory) -> Forms:
    """Play the small comparison with the table on stdout and read everything that it left; JSON is the fixture's."""
    project = write_project(tmp_path_factory.mktemp("five"))
    folder = project.parent / "run"
    done = duecourse("compare", project, "--out", folder, "--jobs", "1")
    assert done.exit_code == 0, done.stderr
    terminal = [re.split(r"\s{2,}", line.strip()) for line in done.stdout.splitlines()]
    with (folder / "summary.csv").open(encoding="utf-8-sig", newline="") as handle:
        summary = of_rows(list(csv.DictReader(handle)))
    head, *body = openpyxl.load_workbook(folder / "report.xlsx")["data"].iter_rows(min_row=4, values_only=True)
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    tables = json.loads(gzip.decompress(base64.b64decode(page.packed)))
    html = of_rows(list(csv.DictReader(io.StringIO(tables["metrics"], newline=""))))
    return Forms(of_json(small.document), summary, of_rows([dict(zip(head, row, strict=True)) for row in body]), html, terminal,
                 page.rows)


@pytest.mark.parametrize("form", ["csv", "excel", "html"])
def test_files_hold_the_numbers_of_the_document(forms: Forms, form: str) -> None:
    """Every estimate and interval end, of every metric, strategy and contrast."""
    found = getattr(forms, form)
    assert set(found) == set(forms.json)
    assert len(found) > 250
    for key, wanted in forms.json.items():
        assert found[key] == pytest.approx(wanted, rel=1e-9, abs=1e-6, nan_ok=True), key


def test_the_terminal_prints_the_same_numbers(forms: Forms, small: Played) -> None:
    """Each cell is the document's number, as far as it is printed."""
    lines = {line[0]: line[1:] for line in forms.terminal if len(line) == 1 + len(small.document["strategies"])}
    checked = 0
    for name in ROWS:
        metric = METRICS[name]
        cells = lines[metric.english + (" (CNY)" if metric.unit == "minor" else "")]
        for strategy, cell in zip(small.document["strategies"], cells, strict=True):
            checked += close(cell, forms.json[strategy["name"], "", name][0] * factor(metric.unit))
    assert checked > 40


def test_the_page_shows_the_same_numbers(forms: Forms, small: Played) -> None:
    """Each bold cell of the table of metrics is the document's number, as far as it is printed."""
    shown = [row for row in forms.page_rows if len(row) == len(small.document["strategies"])]
    values = {name: [forms.json[s["name"], "", name][0] * factor(METRICS[name].unit) for s in small.document["strategies"]]
              for name in METRICS}
    assert len(shown) == len(METRICS)
    order = [name for names in groups() for name in names]
    checked = sum(close(cell.split(" ± ")[0], value) for row, name in zip(shown, order, strict=True)
                  for cell, value in zip(row, values[name], strict=True) if cell)
    assert checked > 90


def groups() -> list[tuple[str, ...]]:
    """Return the metrics in the order of the page."""
    from experiments.report.metrics_table import GROUPS

    named = [tuple(name for name in names if name in METRICS) for names in GROUPS.values()]
    return [*named, tuple(name for name in METRICS if not any(name in names for names in named))]


def factor(unit: str) -> float:
    """Return what a document's number is multiplied with for reading."""
    return {"minor": 0.01, "share": 100.0}.get(unit, 1.0)


def close(cell: str, value: float) -> bool:
    """Check a printed number against the whole one, to half a unit of its last digit; False where none is printed."""
    text = cell.removeprefix("CNY ").replace(MINUS, "-").replace(NARROW, "").replace(",", "").rstrip("%")
    scale = 1e6 if text.endswith("m") else 1.0
    text = text.rstrip("m")
    if math.isnan(value):
        assert text in {"-", "–", ""}
        return False
    digits = len(text.partition(".")[2])
    assert abs(float(text) * scale - value) <= 0.5000001 * scale * 10.0 ** -digits, (cell, value)
    return True
