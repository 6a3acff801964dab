"""`duecourse report`: a run's report again, perhaps in another language."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.console import Played, duecourse


@pytest.fixture
def run(small: Played, tmp_path: Path) -> Path:
    """Return a copy of the small run's folder, without its pictures."""
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("manifest.json", "result.npz"):
        shutil.copy(small.folder / name, folder)
    return folder


def test_a_report_in_chinese_needs_the_run_folder_alone(run: Path) -> None:
    """It is written beside the others, and its path is the one line on stdout."""
    done = duecourse("report", run, "--lang", "zh")
    assert done.exit_code == 0, done.stderr
    path = run / "report.zh.html"
    assert done.stdout == f"{path}\n"
    page = path.read_text(encoding="utf-8")
    assert '<html lang="zh' in page[:400]
    assert "call_ladder" in page


def test_the_same_report_is_the_same(small: Played, run: Path) -> None:
    """What `compare` wrote and what `report` writes from the stored result are equal to the byte."""
    assert duecourse("report", run, "--out", run / "again.html").exit_code == 0
    assert (run / "again.html").read_bytes() == (small.folder / "report.html").read_bytes()


def test_a_file_by_name_is_not_overwritten(run: Path, tmp_path: Path) -> None:
    """--out names a new file, in a folder that exists."""
    taken = tmp_path / "taken.html"
    taken.write_text("mine", encoding="utf-8")
    done = duecourse("report", run, "--out", taken)
    assert done.exit_code == 2
    assert f"--out: got {taken}, expected a file that does not exist yet." in done.stderr
    assert taken.read_text(encoding="utf-8") == "mine"
    done = duecourse("report", run, "--out", tmp_path / "nowhere" / "r.html")
    assert done.exit_code == 2
    assert "expected a file in a folder that exists" in done.stderr


def test_a_workbook_or_both(small: Played, run: Path) -> None:
    """--format says which; the workbook is what `compare` wrote; with both, --out is the name without endings."""
    done = duecourse("report", run, "--format", "xlsx", "--out", run / "again.xlsx")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == f"{run / 'again.xlsx'}\n"
    assert (run / "again.xlsx").read_bytes() == (small.folder / "report.xlsx").read_bytes()
    done = duecourse("report", run, "--format", "both", "--lang", "zh", "--out", run / "two.v1")
    assert done.stdout == f"{run / 'two.v1.html'}\n{run / 'two.v1.xlsx'}\n"
    assert {item.name for item in run.glob("two*")} == {"two.v1.html", "two.v1.xlsx"}


def test_a_name_whose_ending_is_another_form(run: Path) -> None:
    """A workbook is not written into a page."""
    done = duecourse("report", run, "--format", "xlsx", "--out", run / "x.html")
    assert done.exit_code == 2
    assert "expected a file that ends in .xlsx. Leave the ending out, or say --format html." in done.stderr
    done = duecourse("report", run, "--format", "both", "--out", run / "x.html")
    assert done.exit_code == 2
    assert "expected a name without ending" in done.stderr
    assert not list(run.glob("x.*"))


def test_a_folder_without_a_result(tmp_path: Path, run: Path) -> None:
    """An empty folder, and a damaged result, are refused with what to do."""
    done = duecourse("report", tmp_path)
    assert done.exit_code == 2
    assert "got no result.npz, expected a run folder" in done.stderr
    (run / "result.npz").write_bytes(b"PK damaged")
    done = duecourse("report", run)
    assert done.exit_code == 2
    assert "got a file that cannot be read" in done.stderr
    assert not list(run.glob("report*.html"))
