"""What is said against a plan before it runs, in figures that anybody can check."""

from __future__ import annotations

import pytest

from experiments.ab_run import load_experiment
from experiments.plan_check import arm_sizes, loads, plan_warnings
from sim.conflicts import conflicts
from tests.unit.experiments.abworlds import EXPERIMENT, SCENARIO, write

PLAIN = SCENARIO.replace("general: {agents: 8}", """general: {agents: 8}
      senior: {agents: 0}""").replace("talk_median_s: 1500}", "talk_median_s: 1020, talk_log_sd: 0, wrap_s: 0}")


@pytest.fixture
def plain(tmp_path):
    """A desk of 24 agent hours a day; a call takes 25 s of ringing unanswered, and half of that and 1,020 s of talk otherwise."""
    path = write(tmp_path, EXPERIMENT + "utilisations: {as_is: 1.0, many: 10.0}\n",
                 PLAIN.replace("  call:\n", "  call:\n    dial: {ring_s: 24}\n"))
    return load_experiment(path, None, ())


def test_load_is_planned_attempts_over_capacity(plain):
    """Each call: 0.75 x 24 + 0.25 x (12 + 1020) = 276 s; 86,400 s make 313 of them. One call plans 240 a day; three tries with an
    answer of 1 in 4 take (1 - 0.75 ^ 3) / 0.25 = 2.3125 on average.
    """
    got = {load.utilisation: load for load in loads(plain)}
    load = got["as_is"]
    assert load.resource == "desk"
    assert load.capacity_per_day == pytest.approx(86_400 / 276)
    assert load.asked[0] == pytest.approx(240 * 276 / 86_400, rel=1e-6)
    assert load.asked[1] == pytest.approx(2.3125 * 240 * 276 / 86_400, rel=1e-6)
    assert load.planned_per_day == pytest.approx(240 * (1 + 2.3125) / 2)
    assert got["many"].asked[1] == pytest.approx(load.asked[1] / 10)


def test_only_what_is_too_much_is_said(plain):
    said = [text for text in plan_warnings(plain) if "times what" in text]
    assert len(said) == 1
    assert said[0].startswith("as_is agents: three_calls plans 1.8 times what desk can do in a day")


def test_power_is_said_where_it_is_too_low_and_only_there(tmp_path):
    """n = 120 an arm: 0.1 against 0.5 is found with certainty, 0.10 against 0.12 hardly ever: 3,841 each (Fleiss) are needed."""
    strong = load_experiment(write(tmp_path, EXPERIMENT + "expect: {control: 0.1, treatment: 0.5}\n"), None, ())
    assert not [text for text in plan_warnings(strong) if "power" in text]
    weak = load_experiment(write(tmp_path, EXPERIMENT + "expect: {control: 0.10, treatment: 0.12}\n"), None, ())
    said, = (text for text in plan_warnings(weak) if "power" in text)
    assert "120 accounts in control and 120 in treatment" in said
    assert "3,841 and 3,841 would be needed" in said


def test_a_plan_that_rules_refuse_is_said_before_it_runs(tmp_path):
    """company.default does not let the mornings through on 5 of 35 days: both arms are told so, as `describe` does."""
    path = write(tmp_path, EXPERIMENT, SCENARIO + "rulepacks: [company.default]\n")
    variants = load_experiment(path, None, ())
    found = conflicts(variants.loaded.setting, variants.loaded.strategy("three_calls"))
    assert [conflict.what for conflict in found] == ["co.w2 refuses it on 5 of the next 35 days"]
    said = [text for text in plan_warnings(variants) if "contact rules" in text]
    assert said == [f"{arm} goes against its contact rules (otherwise/1 call negotiate): co.w2 refuses it on 5 of the next 35 "
                    "days; it will not go out as planned" for arm in variants.spec.arms]
    clean = load_experiment(write(tmp_path), None, ())
    assert not [text for text in plan_warnings(clean) if "contact rules" in text]


def test_arm_sizes_follow_allocation_and_who_takes_part(plain):
    design = plain.spec.designs[0]
    assert arm_sizes(plain.spec, design, 240) == (120, 120)
    assert arm_sizes(plain.spec, design.model_copy(update={"accounts": 100, "allocation": (9.0, 1.0)}), 240) == (90, 10)
