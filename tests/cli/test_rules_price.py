"""`duecourse rules price`: one column a set of rules, and what each rule costs."""

from __future__ import annotations

import json

from tests.cli.console import SMALL, assert_refused, duecourse

VARIANTS = SMALL.replace("calendar: {start: 2025-09-01", "calendar: {start: 2026-11-02") + """\
variants:
  none: {}
  house:
    rulepacks: [company.default]
    compliance: {flags: {notice_given: true}}
"""
FEW = ("--replications", "2", "--jobs", "1", "-q", "--set", "portfolio.synthetic.stock=150")


def test_prices_of_two_sets_of_rules(project):
    """Without rules nothing is blocked; a rule's price is what the run without it brings more, replication by replication."""
    project.write_text(VARIANTS, encoding="utf-8")
    done = duecourse("rules", "price", project, *FEW, "--format", "json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["schema"] == "duecourse/rules-price/1"
    assert "not legal advice" in document["disclaimer"]
    none, house = document["columns"]
    assert (none["packs"], none["blocked"], none["prices"], none["all_rules"]) == ([], {}, [], None)
    assert house["packs"] == ["company.default 2026-11"]
    assert house["blocked"]
    assert {price["rule"] for price in house["prices"]} == set(house["blocked"])
    bare = house["metrics"]["net_minor"]["mean"] + house["all_rules"]["net_minor"]["estimate"]
    assert abs(bare - none["metrics"]["net_minor"]["mean"]) < 1e-6 * abs(bare)


def test_the_table_and_one_rule(project):
    """One named rule is priced, whether it refused anything or not; texts in Chinese."""
    project.write_text(VARIANTS, encoding="utf-8")
    done = duecourse("rules", "price", project, *FEW, "--rule", "co.c5", "--lang", "zh")
    assert done.exit_code == 0
    assert "去除 co.c5" in done.stdout
    assert "去除 co.c2" not in done.stdout
    assert "不构成法律意见" in done.stdout


def test_what_has_no_price(project):
    """No packs, an unknown rule, rules in shadow: exit code 2, with what to do."""
    assert_refused(duecourse("rules", "price", project, *FEW), "rulepacks", "Name packs", folder=project.parent)
    ruled = (*FEW, "--set", "rulepacks=[company.default]", "--set", "calendar.start=2026-11-02")
    assert_refused(duecourse("rules", "price", project, *ruled, "--rule", "co.c55"), "--rule", "Did you mean `co.c5`?",
                   folder=project.parent)
    assert_refused(duecourse("rules", "price", project, *ruled, "--set", "compliance.gate=shadow"), "compliance.gate", "shadow",
                   folder=project.parent)


def test_compare_and_describe_say_what_was_blocked(project):
    """Blocked attempts by rule in JSON; conflicts and rules that can refuse nothing before any run."""
    ruled = ("--set", "rulepacks=[company.default, us.fed]", "--set", "calendar.start=2026-11-02")
    told = duecourse("describe", project, *ruled, "--format", "json")
    document = json.loads(told.stdout)
    assert "co.w2" in document["contact_rules"]["gated"]
    assert {"rule": "co.h1", "why": "states a duty or conduct that no contact is refused for"} in (
        document["contact_rules"]["cannot_refuse"])
    assert document["contact_rules"]["not_applied"][0]["pack"] == "us.fed"
    assert any(one["rule"] == "co.w2" and "5 of the next 35 days" in one["what"] for one in document["conflicts"]["call_ladder"])
    done = duecourse("compare", project, *ruled, *FEW, "--format", "json")
    ladder = next(s for s in json.loads(done.stdout)["strategies"] if s["name"] == "call_ladder")
    assert ladder["blocked_by_rule"]
    assert ladder["violations_by_rule"] == {}
    assert ladder["metrics"]["blocked_actions"]["mean"] > 0
    shadow = duecourse("compare", project, *ruled, *FEW, "--set", "compliance.gate=shadow", "--out", "shadow", "--format", "json")
    ladder = next(s for s in json.loads(shadow.stdout)["strategies"] if s["name"] == "call_ladder")
    assert ladder["blocked_by_rule"] == {}
    assert sum(ladder["violations_by_rule"].values()) > 0
    assert ladder["metrics"]["violations_per_10000"]["mean"] > 0
