"""A machine without a browser or data is told so in the last lines, and is not failed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.architecture import source

TESTS = """
import pytest

@pytest.mark.browser
def test_report(): raise AssertionError("ran without a browser")

@pytest.mark.real_data
@pytest.mark.parametrize("case", [1, 2])
def test_portfolio(case, real_data_dir): assert real_data_dir.is_dir()

def test_plain(): pass
"""


@pytest.fixture
def run_pytest(tmp_path):
    """Run three small test functions under the project's configuration; returns the finished process."""
    (tmp_path / "test_small.py").write_text(TESTS, encoding="utf-8")

    def run(**environment):
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("DUECOURSE_")}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-c", source.ROOT / "pyproject.toml",
             "-p", "tests.conftest", "-p", "no:cacheprovider", tmp_path],
            cwd=source.ROOT, env={**inherited, "PATH": "/nonexistent", **environment},
            capture_output=True, text=True, timeout=120, check=False,
        )

    return run


def test_what_is_missing_is_counted(run_pytest):
    result = run_pytest()
    assert result.returncode == 0, result.stdout
    assert "NOT RUN: 1 test for want of chromium and chromedriver" in result.stdout
    assert "NOT RUN: 2 tests for want of real data" in result.stdout
    assert "1 passed, 3 skipped" in result.stdout


def test_with_data_the_tests_run(run_pytest, tmp_path):
    result = run_pytest(DUECOURSE_DATA=str(tmp_path))
    assert result.returncode == 0, result.stdout
    assert "real data" not in result.stdout
    assert "3 passed, 1 skipped" in result.stdout


def test_a_wrong_data_folder_is_a_failure(run_pytest, tmp_path):
    result = run_pytest(DUECOURSE_DATA=str(tmp_path / "nowhere"))
    assert result.returncode == 1
    assert "nowhere is not a folder" in result.stdout
