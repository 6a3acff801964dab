"""What a user gets: a wheel that holds the data, pinned tools, and a Makefile that says what is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest

from tests.architecture import source


def normalised(requirement: str) -> str:
    """Return the distribution's name of a requirement, as package indexes compare names."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~;\[]", requirement.strip(), maxsplit=1)[0]).lower()


def test_every_requirement_is_pinned():
    project = tomllib.loads((source.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(requirement for extra in extras for requirement in extra)]
    lock = (source.ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    pins = [line for line in lock.splitlines() if line and not line.startswith("#")]
    loose = [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.+!]+( *;.*)?", pin)]
    assert not loose, f"not an exact version: {loose}"
    assert {normalised(requirement) for requirement in wanted} <= {normalised(pin) for pin in pins}


def test_the_wheel_holds_packages_data_and_command(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=source.ROOT, capture_output=True, text=True, timeout=120, check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = [name for name in names if name.endswith("entry_points.txt")]
        assert "duecourse = experiments.cli:main" in archive.read(entry_points).decode()
    ours = {path.relative_to(source.ROOT).as_posix() for path in source.project_files()}
    expected = {name for name in ours if name.startswith(("sim/", "experiments/", "scenarios/"))}
    assert expected <= names, f"not in the wheel: {sorted(expected - names)}"
    assert any(name.endswith("LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
class TestMake:
    """`make` with an interpreter that cannot serve says what to install and makes nothing."""

    def make(self, folder, python):
        result = subprocess.run(
            ["make", f"VENV={folder / 'venv'}", f"PYTHON={python}", "lint"],
            cwd=source.ROOT, capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "MAKEFLAGS": ""},  # options of an outer `make test` are not ours
        )
        assert result.returncode != 0
        assert not (folder / "venv").exists()
        return result.stderr

    def interpreter(self, folder, script):
        path = folder / "python"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def test_too_old(self, tmp_path):
        said = self.make(tmp_path, self.interpreter(tmp_path, "exit 1"))
        assert "no Python 3.11 or newer" in said

    def test_absent(self, tmp_path):
        assert "no Python 3.11 or newer" in self.make(tmp_path, tmp_path / "nothing")

    def test_without_venv(self, tmp_path):
        script = f'case "$2" in *ensurepip*) exit 1;; esac\nexec "{sys.executable}" "$@"'
        said = self.make(tmp_path, self.interpreter(tmp_path, script))
        assert "apt-get install python3-venv" in said
