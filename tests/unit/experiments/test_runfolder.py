"""Run folders: a name taken at once, written whole, never over another, finished tasks kept when something fails."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from experiments.run_tables import _text
from experiments.runfolder import RunFolder, free_folder, read_manifest
from experiments.unfinished import RunRecord
from sim import InputError, RunFailed


def names(folder: Path) -> list[str]:
    """Return everything in a folder."""
    return sorted(item.name for item in folder.iterdir())


RECORD = RunRecord("duecourse compare x.yaml", {"seed": 1}, 4)


@dataclass(frozen=True)
class Some:
    """A part: numbers of finished tasks."""

    numbers: tuple[int, ...]

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(map(str, self.numbers))


def folder_of(path: Path | None, name: str = "x", *, resume: bool = False, record: RunRecord = RECORD) -> RunFolder:
    """Return a run folder that says nothing."""
    return RunFolder(path, name, record, resume=resume)


def interrupted(path: Path, *numbers: int) -> None:
    """Leave a run folder with some finished tasks."""
    with pytest.raises(KeyboardInterrupt), folder_of(path) as folder:  # noqa: PT012
        folder.parts("some", Some).write(Some(numbers))
        raise KeyboardInterrupt


def test_files_appear_under_the_name_at_the_end(tmp_path: Path) -> None:
    """While a run is written its folder says that it is unfinished; then it holds the files and nothing else."""
    with folder_of(tmp_path / "run") as folder:
        (folder.draft / "a.txt").write_text("a", encoding="utf-8")
        folder.parts("some", Some).write(Some((1,)))
        assert names(tmp_path / "run") == ["draft", "parts", "unfinished.json", "unfinished.lock"]
    assert names(tmp_path) == ["run"]
    assert names(tmp_path / "run") == ["a.txt"]


@pytest.mark.parametrize("fault", [RunFailed("x"), KeyboardInterrupt(), ValueError("x")])
def test_a_fault_before_the_first_task_takes_everything_away(tmp_path: Path, fault: BaseException) -> None:
    """Folder and the parents made for it; what was there before stays."""
    (tmp_path / "before").mkdir()
    with pytest.raises(type(fault)), folder_of(tmp_path / "a" / "b" / "run") as folder:  # noqa: PT012
        (folder.draft / "a.txt").write_text("a", encoding="utf-8")
        raise fault
    assert names(tmp_path) == ["before"]
    with pytest.raises(type(fault)), folder_of(tmp_path / "before"):
        raise fault
    assert names(tmp_path) == ["before"]
    assert names(tmp_path / "before") == []


@pytest.mark.parametrize("fault", [RunFailed("x"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_fault_later_keeps_finished_tasks_and_says_how_to_go_on(tmp_path: Path, fault: BaseException) -> None:
    """A note on the exception names what is kept and the command."""
    with pytest.raises(type(fault)) as caught, folder_of(tmp_path / "run") as folder:  # noqa: PT012
        folder.parts("some", Some).write(Some((0, 3)))
        raise fault
    assert caught.value.__notes__ == [(f"2 of 4 worlds are kept in {tmp_path / 'run'}; to go on: duecourse compare x.yaml --out "
                                       f"{tmp_path / 'run'} --resume")]
    assert names(tmp_path / "run") == ["parts", "unfinished.json"]
    with folder_of(tmp_path / "run", resume=True) as folder:
        assert folder.resumed
        assert folder.parts("some", Some).read() == [Some((0, 3))]
        (folder.draft / "a.txt").touch()
    assert names(tmp_path / "run") == ["a.txt"]


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    """unfinished.json: command, inputs, and how far it has come."""
    interrupted(tmp_path / "run", 0, 3)
    document = json.loads((tmp_path / "run" / "unfinished.json").read_text(encoding="utf-8"))
    assert document["schema"] == "duecourse/unfinished/1"
    assert (document["tasks_done"], document["tasks"], document["unit"]) == (2, 4, "worlds")
    assert document["facts"] == {"seed": 1}
    assert document["command"] == "duecourse compare x.yaml"


def test_two_runs_that_start_together_get_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second takes the next number while the first is still running."""
    monkeypatch.chdir(tmp_path)
    with folder_of(None, "demo") as one, folder_of(None, "demo") as two:
        assert one.path != two.path
        for folder in (one, two):
            (folder.draft / "a.txt").touch()
    assert len(names(tmp_path / "runs")) == 2


def test_a_folder_that_is_written_to_is_refused(tmp_path: Path) -> None:
    """Whether to begin or to go on; and the first is not disturbed."""
    with folder_of(tmp_path / "run") as first:
        first.parts("some", Some).write(Some((1,)))
        with pytest.raises(InputError, match=r"which process \d+ is writing to"), folder_of(tmp_path / "run", resume=True):
            pass
        with pytest.raises(InputError, match="which holds an unfinished run"), folder_of(tmp_path / "run"):
            pass
        (first.draft / "a.txt").touch()
    assert names(tmp_path / "run") == ["a.txt"]


def test_other_inputs_are_refused_and_named(tmp_path: Path) -> None:
    """Each difference with both values; the folder stays as it was."""
    interrupted(tmp_path / "run", 1)
    other = RunRecord("duecourse compare x.yaml", {"seed": 2, "colour": "red"}, 4)
    with pytest.raises(InputError) as caught, folder_of(tmp_path / "run", resume=True, record=other):
        pass
    assert "got seed 2 (there it is 1); colour red (there it is absent), expected" in str(caught.value)
    assert caught.value.where == f"--resume {tmp_path / 'run'}"
    assert names(tmp_path / "run") == ["parts", "unfinished.json"]


def test_foreign_files_are_refused_and_named_all_together(tmp_path: Path) -> None:
    """Beside the parts, and among them."""
    interrupted(tmp_path / "run", 1)
    (tmp_path / "run" / "notes.txt").touch()
    (tmp_path / "run" / "other").mkdir()
    with pytest.raises(InputError) as caught, folder_of(tmp_path / "run", resume=True):
        pass
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [str(tmp_path / "run" / "notes.txt"),
                                                                              str(tmp_path / "run" / "other")]
    (tmp_path / "run" / "notes.txt").unlink()
    (tmp_path / "run" / "other").rmdir()
    (tmp_path / "run" / "parts" / "some-1.part").touch()
    with pytest.raises(InputError, match=r"some-1\.part: got a file that is no part of a run"), \
            folder_of(tmp_path / "run", resume=True):
        pass


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": "duecourse/unfinished/1"}', None])
def test_a_damaged_record_is_said_and_written_anew(tmp_path: Path, content: bytes | None) -> None:
    """Parts tell by themselves whose they are: the run goes on, but not with parts of another."""
    said: list[str] = []
    interrupted(tmp_path / "run", 1)
    file = tmp_path / "run" / "unfinished.json"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(InputError, match="got a part of another run"), \
            folder_of(tmp_path / "run", resume=True, record=RunRecord("x", {"seed": 2}, 4)) as folder:
        folder.parts("some", Some).read()
    with RunFolder(tmp_path / "run", "x", RECORD, resume=True, say=said.append) as folder:
        assert folder.parts("some", Some).read() == [Some((1,))]
        (folder.draft / "a.txt").touch()
    assert names(tmp_path / "run") == ["a.txt"]


def test_resume_begins_where_there_is_nothing(tmp_path: Path) -> None:
    """No folder, an empty one, or one whose process died before it wrote anything: a script may always say --resume."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "dead").mkdir()
    for name in ("unfinished.lock", ".unfinished.json.partial"):
        (tmp_path / "dead" / name).touch()
    for name in ("new", "empty", "dead"):
        with folder_of(tmp_path / name, resume=True) as folder:
            assert not folder.resumed
            (folder.draft / "a.txt").touch()
        assert names(tmp_path / name) == ["a.txt"]


def test_a_finished_run_is_known_again(tmp_path: Path) -> None:
    """--resume on it changes nothing but what a process that died at the very end left; other inputs are refused."""
    with folder_of(tmp_path / "run") as folder:
        document = {"identity": folder.identity, "command": "duecourse compare x.yaml"}
        (folder.draft / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "run" / "parts").mkdir()
    (tmp_path / "run" / "parts" / "some-000001.part").touch()
    (tmp_path / "run" / "report.zh.html").touch()
    with folder_of(tmp_path / "run", resume=True) as folder:
        assert folder.finished
    assert names(tmp_path / "run") == ["manifest.json", "report.zh.html"]
    with pytest.raises(InputError, match="a finished run of other inputs"), \
            folder_of(tmp_path / "run", resume=True, record=RunRecord("x", {}, 4)):
        pass


@pytest.mark.parametrize("path", [None, "full"])
def test_resume_needs_the_folder_of_a_run(tmp_path: Path, path: str | None) -> None:
    """No --out, and a folder of something else, in which nothing is made."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(InputError) as caught, folder_of(path and tmp_path / path, resume=True):
        pass
    assert caught.value.where == "--resume"
    assert names(tmp_path / "full") == ["x"]


def test_files_that_somebody_puts_there_meanwhile_are_left_to_them(tmp_path: Path) -> None:
    """The results stay complete in the draft, and the message says where."""
    folder = folder_of(tmp_path / "run")
    with pytest.raises(RunFailed, match="the results are complete in") as caught, folder:  # noqa: PT012
        (folder.draft / "summary.csv").write_text("mine", encoding="utf-8")
        (folder.path / "summary.csv").write_text("theirs", encoding="utf-8")
    assert (tmp_path / "run" / "summary.csv").read_text(encoding="utf-8") == "theirs"
    assert names(folder.draft) == ["summary.csv"]
    assert str(folder.draft) in str(caught.value)


@pytest.mark.parametrize("name", ["full", "file", "file/run"])
def test_what_is_there_is_refused(tmp_path: Path, name: str) -> None:
    """A folder with something in it, a file, a path through a file."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught, folder_of(tmp_path / name):
        pass
    assert caught.value.where == "--out"
    assert names(tmp_path) == ["file", "full"]
    assert names(tmp_path / "full") == ["x"]


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
