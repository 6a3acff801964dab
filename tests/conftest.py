"""What all tests share: real data where it is, a browser where it is, and a plain word where they are not."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

DATA_VARIABLE = "DUECOURSE_DATA"
BROWSER_TOOLS = ("chromium", "chromedriver")
WANTING = {
    "browser": "for want of chromium and chromedriver (Debian: apt-get install chromium chromium-driver)",
    "real_data": f"for want of real data ({DATA_VARIABLE} names the folder with the public data sets)",
}

# Machines are noisy, so no example has a deadline; a failure on one machine is a failure on all.
# HYPOTHESIS_PROFILE=explore looks further, with new examples each time.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, saying what is missing."""
    if item.get_closest_marker("real_data") and not os.environ.get(DATA_VARIABLE):
        pytest.skip(f"{DATA_VARIABLE} is unset: it names the folder with the public data sets")
    if item.get_closest_marker("browser"):
        missing = [tool for tool in BROWSER_TOOLS if shutil.which(tool) is None]
        if missing:
            pytest.skip(f"{' and '.join(missing)} not installed")


@pytest.fixture(scope="session")
def real_data_dir() -> Path:
    """Return the folder with the public data sets; a test that asks for it carries the marker `real_data`."""
    value = os.environ.get(DATA_VARIABLE)
    if not value:
        pytest.skip(f"{DATA_VARIABLE} is unset: it names the folder with the public data sets")
    folder = Path(value)
    if not folder.is_dir():
        pytest.fail(f"{DATA_VARIABLE}={value} is not a folder; unset it to skip these tests")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests did not run because of the machine, so that a green line is not read for more."""
    skipped = Counter(
        marker
        for report in terminalreporter.stats.get("skipped", [])
        for marker in WANTING
        if marker in report.keywords
    )
    for marker, why in WANTING.items():
        count = skipped[marker]
        if count:
            terminalreporter.write_line(f"NOT RUN: {count} test{'s' * (count > 1)} {why}", yellow=True)
