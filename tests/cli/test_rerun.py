"""`duecourse rerun`: a run repeated from its own record, and the repetition's record again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.console import Played, compare, duecourse


def document(*arguments: str | Path) -> dict:
    """Return what `rerun --format json` says of a run that gave the same."""
    done = duecourse("rerun", *arguments, "--format", "json", "--jobs", "1")
    assert done.exit_code == 0, done.stderr or done.exception
    found = json.loads(done.stdout)
    assert found["schema"] == "duecourse/rerun/1"
    return found


def test_a_run_is_repeated_without_its_files(small: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same digests from the manifest alone, in another folder, by the other engine; and again from the repetition's."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(small.folder / "manifest.json", tmp_path / "m.json")
    found = document("m.json", "--out", "again", "--engine", "reference")
    assert found["same_digests"] is True
    assert found["found"] == found["recorded"] == small.digests
    assert document("again", "--out", "once more")["found"] == small.digests


def test_the_manifest_says_what_was_run(small: Played) -> None:
    """Seeds, versions, digests, the command, the strategies with what they inherit."""
    manifest = json.loads((small.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema"] == "duecourse/manifest/1"
    assert manifest["seeds"] == {"population": 1, "assignment": 1, "behaviour": 1}
    assert manifest["digests"] == small.digests
    assert manifest["command"].startswith("duecourse compare ")
    assert manifest["command"].endswith(f"--format json --out {small.folder} --jobs 1")
    assert {"numpy", "numba", "simpy"} <= set(manifest["packages"])
    strategies = {item["strategy"]: item for item in manifest["inputs"]["strategies"]}
    assert set(strategies) == {"sms_only", "call_ladder", "gentle"}
    assert "inherits" not in strategies["gentle"]
    assert [segment["name"] for segment in strategies["gentle"]["segments"]] == [
        segment["name"] for segment in strategies["call_ladder"]["segments"]]


@pytest.fixture
def real(project: Path, tmp_path: Path) -> Path:
    """Return the folder of a run on a portfolio file with a mapping of its own."""
    rows = "".join(f"{n},{100 + 37 * n},{1 + n % 80}\n" for n in range(60))
    (tmp_path / "own.csv").write_text("key,owed,late\n" + rows, encoding="utf-8")
    (tmp_path / "own.yaml").write_text("name: own\ncurrency: CNY\ncolumns: {account_id: key, balance: owed, dpd: late}\n",
                                       encoding="utf-8")
    compare(project, tmp_path / "run", "--portfolio", "own.csv", "--set", "portfolio.mapping=own.yaml", "--replications", "1")
    return tmp_path / "run"


def test_a_portfolio_file_is_found_from_anywhere(real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest keeps path and mapping; a moved file is named with --portfolio."""
    (tmp_path / "own.yaml").unlink()
    (tmp_path / "small.yaml").unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert document(real, "--out", "a")["same_digests"] is True
    (tmp_path / "own.csv").rename(elsewhere / "moved.csv")
    gone = duecourse("rerun", real)
    assert gone.exit_code == 2
    assert "own.csv: got no such file" in gone.stderr
    assert document(real, "--out", "b", "--portfolio", "moved.csv")["same_digests"] is True


def test_a_changed_portfolio_is_refused(real: Path, tmp_path: Path) -> None:
    """One byte more is another file: four parts, nothing written."""
    with (tmp_path / "own.csv").open("a", encoding="utf-8") as handle:
        handle.write("60,5,5\n")
    done = duecourse("rerun", real, "--out", tmp_path / "again")
    assert (done.exit_code, done.stdout) == (2, "")
    message = done.stderr.splitlines()[0]
    assert message.startswith(f"{tmp_path / 'own.csv'}: got a file with sha256 ")
    assert "expected the file that was run, sha256 " in message
    assert message.endswith("name the right one with --portfolio.")
    assert not (tmp_path / "again").exists()


PACK = """\
id: house
title: {en: House, zh: 公司}
jurisdiction: "*"
version: "1"
effective_from: 2020-01-01
verified_on: 2020-01-01
force: policy
tz: debtor_local
sources: {own: {ref: us, url: "-"}}
windows:
  - {id: h.w1, channels: voice, days: all, allow: ["09:00", "10:00"], sev: hard, src: own, conf: policy, enforce: gate}
"""


def test_a_rule_pack_of_ones_own_is_part_of_the_record(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found beside the scenario, changes lives, is repeated from anywhere, and refused once it has changed."""
    (tmp_path / "house.yaml").write_text(PACK, encoding="utf-8")
    free = compare(project, tmp_path / "free", "--replications", "1").digests
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    ruled = compare(project, tmp_path / "run", "--replications", "1", "--set", "rulepacks=[house.yaml]").digests
    assert ruled["call_ladder"] != free["call_ladder"]
    assert ruled["do_nothing"] == free["do_nothing"]
    assert document(tmp_path / "run", "--out", "again")["same_digests"] is True
    (tmp_path / "house.yaml").write_text(PACK.replace("10:00", "11:00"), encoding="utf-8")
    done = duecourse("rerun", tmp_path / "run")
    assert done.exit_code == 2
    assert f"{tmp_path / 'house.yaml'}: got a file with sha256 " in done.stderr
    assert "expected the rule pack that was run" in done.stderr


def test_other_digests_are_exit_code_3(small: Played, tmp_path: Path) -> None:
    """A manifest whose digest was altered: the run is repeated, and what differs is named."""
    manifest = json.loads((small.folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["digests"]["gentle"] = "0" * 32
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = duecourse("rerun", tmp_path / "manifest.json", "--out", tmp_path / "again", "--jobs", "1")
    assert done.exit_code == 3
    assert f"DIFFERS from {'0' * 32}" in next(line for line in done.stdout.splitlines() if line.startswith("gentle"))
    assert "NOT the same" in done.stdout
    assert next(line for line in done.stdout.splitlines() if line.startswith("call_ladder")).endswith("same")


def test_another_trajectory_version_is_refused(small: Played, tmp_path: Path) -> None:
    """Digests of another version cannot be the same: said before anything is run, with the release to install."""
    manifest = json.loads((small.folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["trajectory_version"] += 1
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = duecourse("rerun", tmp_path / "manifest.json")
    assert done.exit_code == 2
    assert f"got trajectory version {manifest['trajectory_version']}" in done.stderr
    assert f"Install duecourse {manifest['duecourse']}" in done.stderr


def test_a_snapshot_that_does_not_fit_names_file_and_key(small: Played, tmp_path: Path) -> None:
    """A manifest edited by hand is checked as a scenario is."""
    manifest = json.loads((small.folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["inputs"]["scenario"]["horizon"]["days"] = "many"
    manifest["inputs"]["strategies"][0]["segments"][0]["when"] = "open('x')"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = duecourse("rerun", tmp_path / "manifest.json")
    assert done.exit_code == 2
    assert "manifest.json inputs.scenario.horizon.days: got many, expected a whole number" in done.stderr
    manifest["inputs"]["scenario"]["horizon"]["days"] = 3
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = duecourse("rerun", tmp_path / "manifest.json")
    assert done.exit_code == 2
    assert "manifest.json inputs.strategies[0].segments[0].when: got a call" in done.stderr


def test_a_dry_run_of_a_repetition(small: Played) -> None:
    """Says what would be repeated."""
    done = duecourse("rerun", small.folder, "--dry-run")
    assert done.exit_code == 0
    assert "12 worlds" in done.stdout
