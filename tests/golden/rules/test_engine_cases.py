"""The golden cases once more, by the compiled gate that a run asks: the same files, the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sim.compliance.case import read_case
from tests.golden.rules.engine import SmallWorld, why_not_held, written

CASES = sorted(Path(__file__).parent.glob("*.yaml"))
CHECKS = [(path, number) for path in CASES for number in range(len(read_case(path).checks))]
NOT_HELD = {
    "03_us_written_dispute.3": "the event verification_sent",
    "05_us_two_debts.3": "contacts by several actors",
    "08_massachusetts_visits.2": "contacts away from home",
    "09_cn_three_talks.2": "contacts by several actors",
    "12_cn_agreement.3": "the event agreement_breached",
    **dict.fromkeys((f"18_uk_breathing_space.{n}" for n in (0, 1, 2)), "the event breathing_space"),
    **dict.fromkeys((f"18_uk_breathing_space.{n}" for n in (3, 4)), "the event abandoned_call"),
    "18_uk_breathing_space.8": "contacts with others than the debtor",
    **dict.fromkeys((f"20_kr_seven_in_seven.{n}" for n in range(4)), "the event start_notice"),
    **dict.fromkeys((f"23_two_zones_and_clock_change.{n}" for n in range(4)), "a borrower in two zones at once"),
    **dict.fromkeys((f"27_opt_out_and_third_parties.{n}" for n in (0, 1, 2)), "the event stop"),
    **dict.fromkeys((f"27_opt_out_and_third_parties.{n}" for n in (3, 4, 5, 6)), "contacts with others than the debtor"),
    **dict.fromkeys((f"28_jp_named_time.{n}" for n in (0, 1, 2)), "a date with an hour"),
    **dict.fromkeys((f"28_jp_named_time.{n}" for n in (3, 4)), "contacts away from home"),
    **dict.fromkeys((f"29_in_draft.{n}" for n in (0, 1)), "the event festival"),
}
"""Checks that speak of what no simulation has, and of what."""


def _name(path: Path, number: int) -> str:
    return f"{path.stem}.{number}"


@pytest.mark.parametrize(("path", "number"), [pytest.param(*one, id=_name(*one)) for one in CHECKS])
def test_the_gate_answers_as_the_file_says(path: Path, number: int) -> None:
    """The answer and all rules that refuse; whoever waits comes back no later than the file's earliest yes."""
    case = read_case(path)
    check = case.checks[number]
    why = why_not_held(case, check)
    assert why == NOT_HELD.get(_name(path, number), "")
    if why:
        return
    expected = YAML(typ="safe", pure=True).load(path)["check"][number]["expect"]
    found = SmallWorld(case, check).ask()
    assert (found.allow, list(found.rules)) == (expected["allow"], expected["rules"])
    if not found.allow:
        assert (found.again is None) == (expected["next_ok_at"] is None)
        if found.again is not None:
            assert written(check.t, case.zone()) < written(found.again, case.zone()) <= expected["next_ok_at"]


def test_most_checks_are_held() -> None:
    """What the engine cannot hold is the smaller part, and every name in the list is a check."""
    assert set(NOT_HELD) <= {_name(*one) for one in CHECKS}
    assert len(NOT_HELD) < len(CHECKS) / 3
