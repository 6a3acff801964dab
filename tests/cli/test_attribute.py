"""`duecourse attribute`: a strategy without each of its steps, under shared luck."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.attribution import Without
from sim import Options, load, luck_of, simulate
from tests.cli.console import Played, duecourse

QUICK = ("--set", "horizon.days=10", "--replications", "2", "--jobs", "1", "-q")


def test_a_strategy_without_a_step_never_takes_it_and_changes_nothing_else(project: Path) -> None:
    """Without its last reaction nothing differs before that would first fire; without all calls nobody is called."""
    loaded = load(project, Options())
    whole = loaded.strategy("call_ladder")
    for place, step in enumerate(whole.steps):
        run = simulate(loaded.setting, [Without(whole, place)], luck_of(loaded.scenario.seeds, 0))
        assert not (run.rows["step"] == place).any(), step.label
    nobody = whole
    for place in range(len(whole.steps)):
        nobody = Without(nobody, place)
    idle = simulate(loaded.setting, [nobody], luck_of(loaded.scenario.seeds, 0))
    nothing = simulate(loaded.setting, [loaded.strategy("do_nothing")], luck_of(loaded.scenario.seeds, 0))
    assert idle.outcomes.accounts.paid_minor.tolist() == nothing.outcomes.accounts.paid_minor.tolist()


def test_the_document_says_what_each_step_brings(project: Path) -> None:
    """Steps by what they net; last touches and untouched money add up to the recovery; a contact never made brings nothing."""
    done = duecourse("attribute", project, *QUICK, "--format", "json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "duecourse/attribution/1"
    nets = [step["removed"]["net_minor"]["estimate"] for step in document["steps"]]
    assert nets == sorted(nets, reverse=True)
    assert nets[0] > 0
    touched = sum(step["last_touch_minor"]["mean"] for step in document["steps"]) + document["untouched_minor"]["mean"]
    assert touched == pytest.approx(document["recovery_minor"]["mean"])
    for step in document["steps"]:
        if step["channel"] and step["attempts"]["mean"] == 0:
            assert step["removed"]["recovery_minor"]["estimate"] == 0, step["step"]


def test_the_table_and_a_strategy_that_is_not_there(small: Played, project: Path) -> None:
    """A step a line; an unknown strategy is refused with the nearest."""
    done = duecourse("attribute", project, *QUICK, "--strategy", "sms_only", "--lang", "zh")
    assert done.exit_code == 0, done.stderr
    assert "逐一移除" in done.stdout
    assert "early/1 sms helpful" in done.stdout
    refused = duecourse("attribute", project, "--strategy", "sms_onyl")
    assert refused.exit_code == 2
    assert "Did you mean `sms_only`?" in refused.stderr
