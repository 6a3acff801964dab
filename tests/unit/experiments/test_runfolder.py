"""Run folders: a name taken at once, written whole, never over another, nothing left when something fails."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from experiments.runfolder import RunFolder, _text, free_folder, read_manifest
from sim import InputError, RunFailed


def names(folder: Path) -> list[str]:
    """Return everything in a folder."""
    return sorted(item.name for item in folder.iterdir())


def test_files_appear_under_the_name_at_the_end(tmp_path: Path) -> None:
    """While a run is written its folder is empty; then it is whole, and the draft is gone."""
    with RunFolder(tmp_path / "run", "x") as folder:
        (folder.draft / "a.txt").write_text("a", encoding="utf-8")
        assert names(tmp_path / "run") == []
        assert folder.draft.name.startswith(".")
    assert names(tmp_path) == ["run"]
    assert names(tmp_path / "run") == ["a.txt"]


@pytest.mark.parametrize("fault", [RunFailed("x"), KeyboardInterrupt(), ValueError("x")])
def test_a_fault_takes_everything_away(tmp_path: Path, fault: BaseException) -> None:
    """Draft, name and the parents made for them; what was there before stays."""
    (tmp_path / "before").mkdir()
    with pytest.raises(type(fault)), RunFolder(tmp_path / "a" / "b" / "run", "x") as folder:  # noqa: PT012
        (folder.draft / "a.txt").write_text("a", encoding="utf-8")
        raise fault
    assert names(tmp_path) == ["before"]
    with pytest.raises(type(fault)), RunFolder(tmp_path / "before", "x"):
        raise fault
    assert names(tmp_path) == ["before"]


def test_two_runs_that_start_together_get_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second takes the next number while the first is still running."""
    monkeypatch.chdir(tmp_path)
    with RunFolder(None, "demo") as one, RunFolder(None, "demo") as two:
        assert one.path != two.path
    assert len(names(tmp_path / "runs")) == 2


def test_a_folder_that_somebody_fills_meanwhile_is_left_to_them(tmp_path: Path) -> None:
    """The results stay complete beside it, and the message says where."""
    folder = RunFolder(tmp_path / "run", "x")
    with pytest.raises(RunFailed, match="the results are complete in") as caught, folder:  # noqa: PT012
        (folder.draft / "mine.txt").write_text("mine", encoding="utf-8")
        (folder.path / "theirs.txt").write_text("theirs", encoding="utf-8")
    assert names(tmp_path / "run") == ["theirs.txt"]
    assert names(folder.draft) == ["mine.txt"]
    assert str(folder.draft) in str(caught.value)


@pytest.mark.parametrize("name", ["full", "file", "file/run"])
def test_what_is_there_is_refused(tmp_path: Path, name: str) -> None:
    """A folder with something in it, a file, a path through a file."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught, RunFolder(tmp_path / name, "x"):
        pass
    assert caught.value.where == "--out"
    assert names(tmp_path) == ["file", "full"]


def test_names_are_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario's name becomes part of a folder's, without separators, and not too long."""
    monkeypatch.chdir(tmp_path)
    path = free_folder(None, "../../etc/" + "x" * 300)
    assert path.parent == Path("runs")
    assert len(path.name) < 90
    assert free_folder(None, "名单 七月").name.startswith("名单-七月-")
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x"])
def test_no_cell_is_a_formula(name: str) -> None:
    """A strategy's name that a spreadsheet would compute is marked as text."""
    assert _text(name) == f"'{name}"
    assert _text("plain=1") == "plain=1"
    assert next(csv.reader([_text(name)])) == [f"'{name}"]


def test_a_manifest_is_found_by_folder_or_file(tmp_path: Path) -> None:
    """Both ways give the same document; others are refused."""
    document = {"schema": "duecourse/manifest/1", "x": 1}
    (tmp_path / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    assert read_manifest(tmp_path) == read_manifest(tmp_path / "manifest.json") == document
    for text in ("{", "[]", '"x"', '{"schema": "other"}', "\xff"):
        (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))
        with pytest.raises(InputError):
            read_manifest(tmp_path)
