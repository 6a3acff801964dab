"""`python -m benchmarks` prints a document or a table, writes it into a page, says when peers disagree."""

from __future__ import annotations

import dataclasses
import json

import pytest

from benchmarks import harness, report
from benchmarks.__main__ import main
from benchmarks.implementations import BASELINE, IMPLEMENTATIONS, REDUCED_BORROWERS, Implementation
from benchmarks.workload import CallCentre
from sim.errors import InputError, RunFailed

SMALL = ["--borrowers", "400", "--rounds", "2"]
HEAPQ = next(known for known in IMPLEMENTATIONS if known.name == "heapq_loop")


def test_json_is_one_document_with_schema_and_rows(capsys):
    """Rows carry medians with their range over rounds; the baseline's ratio to itself is 1."""
    assert main([*SMALL, "--format", "json", "--only", "heapq_loop"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["schema"] == "duecourse/bench/1"
    assert result["rounds"] == 2
    assert [row["name"] for row in result["rows"]] == ["heapq_loop", "simpy_per_agent"]
    for row in result["rows"]:
        assert row["workload"] == "call_centre"
        for key in ("ns_per_attempt", "ratio_to_simpy_per_agent"):
            assert 0 < row[f"{key}_min"] <= row[key] <= row[f"{key}_max"]
        assert row["peak_mib"] > 1
        assert row["attempts"] >= row["contacts"] >= row["payers"]
    assert result["rows"][1]["ratio_to_simpy_per_agent_min"] == 1
    assert result["agreement"]["agree"] is True


def test_table_is_written_between_the_markers_and_again(tmp_path, capsys):
    """The text around stays; a second run replaces the first table."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\n{report.END}\nafter\n")
    for _ in range(2):
        assert main([*SMALL, "--only", "heapq_loop", "--write", str(page)]) == 0
    text = page.read_text()
    assert text.startswith(f"before\n{report.BEGIN}\n| implementation |")
    assert text.endswith(f"{report.END}\nafter\n")
    assert text.count("| SimPy, process per agent |") == 1
    assert capsys.readouterr().out.splitlines()[0] in text


@pytest.mark.parametrize("content", ["no markers", f"{report.END}\n{report.BEGIN}", report.BEGIN])
def test_missing_markers_stop_before_measuring(tmp_path, capsys, monkeypatch, content):
    """Exit code 2, the message has its parts, nothing is measured or written."""
    page = tmp_path / "page.md"
    page.write_text(content)
    monkeypatch.setattr(harness, "run_child", lambda *_: pytest.fail("measured"))
    assert main([*SMALL, "--write", str(page)]) == 2
    message = capsys.readouterr().err
    assert str(page) in message
    assert report.BEGIN in message
    assert page.read_text() == content


def test_unreadable_page_is_an_input_error(tmp_path):
    """A path that does not exist is named."""
    with pytest.raises(InputError, match="nowhere"):
        report.split_at_markers(tmp_path / "nowhere.md")


def test_disagreement_is_exit_code_3(tmp_path, capsys, monkeypatch):
    """A peer that pays too often is named with its test, and no table is written."""
    page = tmp_path / "page.md"
    page.write_text(f"{report.BEGIN}\n{report.END}\n")

    def doctored(entry, round_number, seed):
        tally = entry.implementation.load()(entry.centre, seed)
        if entry.implementation == HEAPQ:
            tally = dataclasses.replace(tally, payers=tally.payers * 2)
        return harness.Measurement(entry, round_number, 1.0, 1.0, tally)

    monkeypatch.setattr(harness, "run_child", doctored)
    assert main([*SMALL, "--only", "heapq_loop", "--write", str(page)]) == 3
    printed = capsys.readouterr()
    assert "heapq_loop on call_centre: payers given contacts: z = " in printed.err
    assert "do not agree" in printed.out
    assert page.read_text() == f"{report.BEGIN}\n{report.END}\n"


@pytest.mark.parametrize(
    "words", [["--only", "nonesuch"], ["--borrowers", "399"], ["--rounds", "0"], ["--rounds", "two"]]
)
def test_unknown_names_and_sizes_are_exit_code_2(words, capsys):
    """What is allowed is said."""
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    message = capsys.readouterr().err
    assert "expected a whole number of at least" in message or "choose from" in message


def test_a_failing_implementation_is_named():
    """A process that does not end well ends the run."""
    broken = Implementation("nonesuch", "broken", "benchmarks.nonesuch")
    with pytest.raises(RunFailed, match="nonesuch ended with exit code 2"):
        harness.run_child(harness.Entry("call_centre", broken, CallCentre.sized(400)), 0, 1)


def test_what_is_not_installed_is_a_plain_row():
    """No numbers, and the reason in the table."""
    missing = Implementation("x", "Some peer", "benchmarks.peers.x", package="no_such_package_anywhere")
    row = report.absent(missing)
    assert row["ns_per_attempt"] is None
    assert report.table_line(row, 20_000) == "| Some peer | no_such_package_anywhere is not installed | | |"
    assert "no_such_program" in dataclasses.replace(missing, package="", program="no_such_program").missing()


def test_reduced_implementations_stand_beside_the_baseline_of_their_size():
    """A ratio never compares two sizes."""
    slow = Implementation("slow", "slow", "m", reduced=True)
    listed = harness.entries([HEAPQ, BASELINE, slow], 20_000)
    assert [(e.workload, e.implementation.name, e.centre.borrowers) for e in listed] == [
        ("call_centre", "heapq_loop", 20_000),
        ("call_centre", "simpy_per_agent", 20_000),
        ("call_centre_reduced", "simpy_per_agent", REDUCED_BORROWERS),
        ("call_centre_reduced", "slow", REDUCED_BORROWERS),
    ]
    assert {e.workload for e in harness.entries([BASELINE, slow], 1_000)} == {"call_centre"}


def test_ratios_are_taken_inside_a_round():
    """The second round is ten times slower for both: the ratio stays 4, medians of times would not tell."""
    centre = CallCentre.sized(400)
    tally = HEAPQ.load()(centre, 1)
    listed = [harness.Entry("call_centre", chosen, centre) for chosen in (HEAPQ, BASELINE)]
    taken = [
        harness.Measurement(entry, number, seconds * slowness, 10.0 + number, tally)
        for number, slowness in enumerate((1.0, 10.0))
        for entry, seconds in zip(listed, (1.0, 4.0), strict=True)
    ]
    heapq_row, baseline_row = harness.summarise(listed, taken)
    assert heapq_row.speed == harness.Spread(4.0, 4.0, 4.0)
    assert baseline_row.speed == harness.Spread(1.0, 1.0, 1.0)
    assert heapq_row.ns_per_attempt.maximum == pytest.approx(10 * heapq_row.ns_per_attempt.minimum)
    assert heapq_row.peak_mib == 11.0


def test_turns_rotate_and_seeds_differ(monkeypatch):
    """Who goes first changes every round; no two runs share a seed."""
    ran = []

    def noted(entry, round_number, seed):
        ran.append((round_number, entry.implementation.name, seed))

    monkeypatch.setattr(harness, "run_child", noted)
    listed = harness.entries([HEAPQ, BASELINE], 400)
    harness.measure(listed, 3, 1, lambda _: None)
    first = {number: next(name for r, name, _ in ran if r == number) for number in range(3)}
    assert first == {0: "heapq_loop", 1: "simpy_per_agent", 2: "heapq_loop"}
    assert len({seed for _, _, seed in ran}) == len(ran) == 6
