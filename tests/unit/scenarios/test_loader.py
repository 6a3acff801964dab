"""`scenarios`: packaged data files are found by name, and a wrong name says what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenarios


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """A package folder of two files, in the place of the real one."""
    (tmp_path / "strategies").mkdir()
    (tmp_path / "demo.yaml").write_text("name: 示例\n", encoding="utf-8")
    (tmp_path / "strategies" / "soft.yaml").write_text("strategy: soft\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not data\n", encoding="utf-8")
    monkeypatch.setattr(scenarios, "files", lambda package: tmp_path)


def test_text_is_read_as_utf8(packaged):
    assert scenarios.read("demo.yaml") == "name: 示例\n"
    assert scenarios.read("strategies/soft.yaml") == "strategy: soft\n"


def test_names_are_the_yaml_files_of_one_folder(packaged):
    assert scenarios.names() == ("demo.yaml",)
    assert scenarios.names("strategies") == ("strategies/soft.yaml",)
    assert scenarios.names("nowhere") == ()


def test_a_wrong_name_says_what_the_folder_holds(packaged):
    with pytest.raises(FileNotFoundError, match=r"holds strategies/soft\.yaml"):
        scenarios.resource("strategies/sofft.yaml")


@pytest.mark.parametrize("name", ["../pyproject.toml", "/etc/hostname", "strategies/../../secret.yaml"])
def test_names_cannot_leave_the_package(packaged, name):
    with pytest.raises(ValueError, match="inside the package"):
        scenarios.read(name)
    with pytest.raises(ValueError, match="inside the package"):
        scenarios.names(str(Path(name).parent) if name.startswith("/") else name)


def test_every_packaged_file_is_found_by_its_own_name():
    root = Path(scenarios.__file__).parent
    for path in root.rglob("*.yaml"):
        name = path.relative_to(root).as_posix()
        assert scenarios.read(name) == path.read_text(encoding="utf-8")
