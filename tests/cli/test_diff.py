"""`duecourse diff`: one borrower under two strategies, and the first action that differs."""

from __future__ import annotations

import json

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.cli.console import Played, duecourse


def difference(small: Played, borrower: str, strategies: str) -> dict:
    """Return the document of a difference."""
    done = duecourse("diff", small.folder, "--borrower", borrower, "--strategies", strategies, "--format", "json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "duecourse/diff/1"
    return document


@pytest.fixture(scope="module")
def called(small: Played) -> str:
    """Return a borrower whom the champion calls."""
    log = pq.read_table(small.folder / "events.parquet").filter(
        (pc.field("strategy") == "call_ladder") & (pc.field("event") == "attempt"))
    return min(log["person"].to_pylist())


def test_the_first_action_that_differs_is_named(small: Played, called: str) -> None:
    """Against do_nothing it is the champion's first plan; before it both lives are the same."""
    document = difference(small, called, "call_ladder,do_nothing")
    action = document["first_differing_action"]
    assert (action["strategy"], action["by"], action["event"]) == ("call_ladder", "strategy", "planned")
    a, b = document["timelines"]["call_ladder"], document["timelines"]["do_nothing"]
    until = document["same_until"]
    assert a[:until] == b[:until]
    assert document["first_difference"]["call_ladder"] == a[until]
    first = next(event for event in a if event["by"] == "strategy")
    assert {key: action[key] for key in first} == first


def test_the_order_of_names_does_not_matter(small: Played, called: str) -> None:
    """The same action is named whichever strategy comes first."""
    one = difference(small, called, "call_ladder,sms_only")["first_differing_action"]
    two = difference(small, called, "sms_only,call_ladder")["first_differing_action"]
    assert one == two


def test_the_table_shows_what_is_shared_once(small: Played, called: str) -> None:
    """Shared events first, then each strategy's own, under its name."""
    document = difference(small, called, "call_ladder,do_nothing")
    command = ("diff", small.folder, "--borrower", called, "--strategies", "call_ladder,do_nothing")
    lines = duecourse(*command).stdout.splitlines()
    assert lines[0].startswith(f"{called}, replication 0: call_ladder against do_nothing")
    assert lines[1].startswith(f"Events that are the same: {document['same_until']}. First differing action: call_ladder, 2025")
    assert lines.index("-- call_ladder") == 2 + document["same_until"]
    lengths = sum(len(life) for life in document["timelines"].values()) - document["same_until"]
    assert len(lines) == 4 + lengths
    assert "首个不同的动作: call_ladder" in duecourse(*command, "--lang", "zh").stdout


@pytest.mark.parametrize("strategies", ["call_ladder", "call_ladder,call_ladder", "a,b,c"])
def test_two_different_names_are_needed(small: Played, strategies: str) -> None:
    """One, the same twice, three: refused."""
    done = duecourse("diff", small.folder, "--borrower", "S00000001", "--strategies", strategies)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"--strategies: got {strategies}, expected two different names" in done.stderr
