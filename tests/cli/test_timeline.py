"""`duecourse timeline`: one borrower's events, played again from the run's manifest."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.cli.console import Played, duecourse


@pytest.fixture(scope="module")
def busiest(small: Played) -> tuple[str, str]:
    """Return (person, an account) of the borrower with most events under the champion in replication 0."""
    log = pq.read_table(small.folder / "events.parquet").filter(pc.field("strategy") == "call_ladder")
    counts = log.group_by("person").aggregate([("t_s", "count")]).sort_by([("t_s_count", "descending"), ("person", "ascending")])
    person = counts["person"][0].as_py()
    account = next(name for name in log.filter(pc.field("person") == person)["account"].to_pylist() if name)
    return person, account


def events(small: Played, borrower: str, *arguments: str) -> list[dict]:
    """Return the events of a timeline as a document."""
    done = duecourse("timeline", small.folder, "--borrower", borrower, "--format", "json", *arguments)
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "duecourse/timeline/1"
    return document["events"]


def test_a_borrower_is_found_by_person_and_by_account(small: Played, busiest: tuple[str, str]) -> None:
    """Both names lead to the same life, which is that of the event log."""
    person, account = busiest
    found = events(small, person)
    assert found == events(small, account)
    log = pq.read_table(small.folder / "events.parquet").filter(
        (pc.field("strategy") == "call_ladder") & (pc.field("person") == person))
    assert len(found) == log.num_rows
    assert sum(event["amount_minor"] for event in found if event["event"] == "payment") == sum(
        amount for amount, event in zip(log["amount_minor"].to_pylist(), log["event"].to_pylist(), strict=True)
        if event == "payment")


def test_events_are_in_order_within_the_campaign(small: Played, busiest: tuple[str, str]) -> None:
    """Time never runs backwards, days count from 1, what the strategy does is marked."""
    found = events(small, busiest[0])
    assert [event["when"] for event in found] == sorted(event["when"] for event in found)
    assert all(1 <= event["day"] <= 20 for event in found)
    assert {event["by"] for event in found if event["event"] in {"planned", "attempt"}} == {"strategy"}
    assert {event["by"] for event in found if event["event"] in {"payment", "promise", "entry"}} <= {"borrower"}


def test_the_table_reads_as_sentences(small: Played, busiest: tuple[str, str]) -> None:
    """A line an event, in English and in Chinese."""
    person, _ = busiest
    lines = duecourse("timeline", small.folder, "--borrower", person).stdout.splitlines()
    assert lines[0].startswith(f"{person} under call_ladder, replication 0")
    assert "days past due, owes " in lines[1]
    assert len(lines) == 1 + len(events(small, person))
    chinese = duecourse("timeline", small.folder, "--borrower", person, "--lang", "zh").stdout
    assert "入催, 逾期 " in chinese
    assert "planned" not in chinese
    assert "no answer" not in chinese


def test_strategy_and_replication_can_be_chosen(small: Played, busiest: tuple[str, str]) -> None:
    """Another strategy or replication is another life of the same borrower; do_nothing has no action."""
    person, _ = busiest
    one, two = events(small, person), events(small, person, "--replication", "1")
    assert one != two
    assert one[0]["what"] == two[0]["what"], "they enter with the same debt"
    assert all(event["by"] == "borrower" for event in events(small, person, "--strategy", "do_nothing"))


@pytest.mark.parametrize(("arguments", "said"), [
    (("--borrower", "nobody"), "--borrower: got nobody, expected an account or person of the portfolio"),
    (("--borrower", "S00000001", "--replication", "3"), "--replication: got 3, expected a number from 0 to 2"),
    (("--borrower", "S00000001", "--strategy", "sms"), "--strategy: got sms, expected one of sms_only"),
])
def test_what_the_run_does_not_have(small: Played, arguments: tuple[str, ...], said: str) -> None:
    """An unknown borrower, replication or strategy is refused with what there is."""
    done = duecourse("timeline", small.folder, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    """A folder without manifest, and a manifest of something else."""
    done = duecourse("timeline", tmp_path, "--borrower", "x")
    assert done.exit_code == 2
    assert "got no manifest.json, expected a run folder or its manifest.json" in done.stderr
    for text, said in (("not json", "cannot be read"), ("[]", "schema none"), ('{"schema": "duecourse/manifest/1"}', "lacks")):
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
        done = duecourse("timeline", tmp_path, "--borrower", "x")
        assert done.exit_code == 2, done.exception
        assert said in done.stderr


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_event_and_outcome_has_words(language: str) -> None:
    """No kind of row, outcome or reason is without a sentence in either language."""
    from sim.codes import REASON_NAMES, Outcome, Row
    from sim.life import OUTCOMES_ZH, REASONS_ZH, TEXTS

    assert {row.name for row in Row if row != Row.ATTEMPT} <= set(TEXTS[language])
    assert set(TEXTS["en"]) == set(TEXTS["zh"])
    assert set(OUTCOMES_ZH) == set(Outcome)
    assert len(REASONS_ZH) == len(REASON_NAMES)
