"""`duecourse --help` and friends: quick, complete, and kind to a slip of the pen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.cli import HELP, LAZY
from tests.cli.console import ROOT, duecourse

HEAVY = ("numpy", "numba", "pydantic", "scipy", "simpy", "pyarrow", "plotly", "ruamel", "joblib", "rich")
PROBE = """
import sys
from click.testing import CliRunner
from experiments.cli import main
result = CliRunner().invoke(main, {arguments!r})
print(result.exit_code, *[name for name in {heavy!r} if name in sys.modules])
"""


def test_help_and_version_import_nothing_heavy() -> None:
    """Neither numpy nor numba nor pydantic is loaded to list the commands."""
    for arguments in (["--help"], ["--version"], []):
        code = PROBE.format(arguments=arguments, heavy=HEAVY)
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.split() in (["0"], ["2"]), done.stdout


def test_every_command_is_listed_with_a_sentence_and_has_help() -> None:
    """The list is complete, and each command's own help says the same thing in more words."""
    listed = duecourse("--help").stdout
    assert set(HELP) == set(LAZY)
    for name, text in HELP.items():
        assert f"  {name} " in listed
        assert text.split()[0] in listed
        done = duecourse(name, "--help")
        assert done.exit_code == 0
        assert "Usage: " in done.stdout


def test_a_misspelled_command_gets_the_nearest() -> None:
    """Exit code 2 and what was probably meant."""
    done = duecourse("comapre", "x.yaml")
    assert done.exit_code == 2
    assert "Did you mean `compare`?" in done.stderr


def test_commands_share_their_flags() -> None:
    """Scripts rely on names: commands that load a scenario take the same flags, commands that play worlds more of them."""
    loads = ("--portfolio", "--set", "--seed", "--replications", "--format", "--lang")
    plays = ("--engine", "--jobs", "--out", "--dry-run", "--quiet", "--verbose")
    for name in ("validate", "describe", "plan", "run", "compare"):
        text = duecourse(name, "--help").stdout
        assert all(flag in text for flag in loads), name
    for name in ("run", "compare", "rerun"):
        text = duecourse(name, "--help").stdout
        assert all(flag in text for flag in plays), name


def test_commands_and_the_frame_of_messages_are_there_in_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--lang zh` before `--help`, or DUECOURSE_LANG; a fault of a command that was asked for in Chinese."""
    listed = duecourse("--lang", "zh", "--help").stdout
    assert "比较情景中的全部策略" in listed
    assert all(f"  {name} " in listed for name in LAZY)
    monkeypatch.setenv("DUECOURSE_LANG", "zh")
    assert duecourse("--help").stdout == listed
    done = duecourse("compare", tmp_path / "nowhere.yaml", "--lang", "zh")
    assert done.exit_code == 2
    assert "nowhere.yaml：得到 no such file，应为 a YAML file。" in done.stderr
    assert "请更正后重新运行同一命令" in done.stderr
