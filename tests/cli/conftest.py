"""One small comparison, played once, for all tests that look at what it left."""

from __future__ import annotations

import pytest

from tests.cli.console import Played, compare, write_project


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return the small comparison, finished. Tests must not write into its folder."""
    folder = tmp_path_factory.mktemp("small")
    return compare(write_project(folder), folder / "run")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return the small scenario's path in a folder of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return write_project(tmp_path)
