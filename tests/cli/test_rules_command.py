"""`duecourse rules` as a user sees it: lists, plain words, answers, warnings, exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from experiments.cli_rules import rules

CASE = """\
packs: [us.fed]
country: US
zone: America/New_York
flags: {}
history:
  - {t: "2026-03-02T10:00", event: attempt, channel: call, outcome: conversation, person: P1, debt: D1}
check:
  - {t: "2026-03-08T12:00", channel: call, person: P1, debt: D1, actor: third_party_collector}
"""
HOUSE = """\
id: house
title: {en: House, zh: 公司}
jurisdiction: "*"
version: "1"
effective_from: 2026-01-01
verified_on: 2026-01-01
force: policy
tz: debtor_local
sources: {own: {ref: us, url: "-"}}
windows:
  - {id: h.w1, channels: voice, days: all, allow: ["09:00", "10:00"],
     sev: hard, src: own, conf: policy, enforce: gate}
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(rules, list(arguments))


def checked(tmp_path: Path, text: str, *arguments: str) -> Result:
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return run("check", str(path), *arguments)


def test_list_names_every_pack_with_its_rules_on_and_off() -> None:
    """JSON is one document with a schema; CSV holds the same rows; on and off add up."""
    document = json.loads(run("list", "--format", "json").stdout)
    assert document["schema"] == "duecourse/rules-list/1"
    assert "not legal advice" in document["disclaimer"]
    assert all(pack["on"] + pack["off"] == pack["rules"] for pack in document["packs"])
    rows = list(csv.DictReader(io.StringIO(run("list", "--format", "csv").stdout)))
    assert [row["pack"] for row in rows] == [pack["pack"] for pack in document["packs"]]
    table = run("list").stdout.splitlines()
    assert len(table) == 1 + len(rows)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            (
                "A modelling aid, not legal advice",
                "confidence read",
                "[off: unverified]",
                "7 consecutive days",
            ),
        ),
        ("zh", ("不构成法律意见", "可信度 read", "[停用: 未核实]", "每连续7天")),
    ],
)
def test_show_says_no_legal_advice_and_how_sure_each_value_is(lang: str, said: tuple[str, ...]) -> None:
    """Plain words in both languages."""
    result = run("show", "us.fed", "--lang", lang)
    assert result.exit_code == 0
    for words in said:
        assert words in result.stdout


def test_show_as_json_holds_source_and_confidence_of_every_rule() -> None:
    """For programs."""
    document = json.loads(run("show", "cn.base", "--format", "json").stdout)
    assert document["schema"] == "duecourse/rules-show/1"
    assert len(document["details"]) == document["rules"]
    assert all(rule["source"] and rule["confidence"] for rule in document["details"])


def test_an_unknown_pack_to_show_exits_with_2_and_names_the_nearest() -> None:
    """On stderr, with nothing on stdout."""
    result = run("show", "us.fedd")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Did you mean `us.fed`?" in result.stderr


def test_a_no_exits_with_0(tmp_path: Path) -> None:
    """A refusal is an answer, not a failure; the document has the promised keys and no others."""
    result = checked(tmp_path, CASE, "--format", "json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert list(document) == ["schema", "checks", "warnings"]
    assert document["warnings"] == []
    (check,) = document["checks"]
    assert list(check) == ["t", "allow", "reasons", "next_ok_at", "notices"]
    assert check["t"] == "2026-03-08T12:00"
    assert check["allow"] is False
    (reason,) = check["reasons"]
    assert list(reason) == ["rule", "kind", "severity", "detail", "next_ok_at"]
    assert (reason["rule"], reason["kind"], reason["severity"]) == ("us.d1", "cooldown", "presumption")
    assert check["next_ok_at"] == "2026-03-09T08:00:00"


def test_the_table_says_the_same(tmp_path: Path) -> None:
    """For people."""
    result = checked(tmp_path, CASE)
    assert result.exit_code == 0
    assert "call: refused; allowed from 2026-03-09T08:00:00" in result.stdout
    assert "us.d1 (cooldown, presumption)" in result.stdout


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[us.fed]", "[us.fed, uk.conk]", "`uk.conk`; it was left out. Did you mean `uk.conc`?"),
        ("event: attempt, channel: call, outcome: conversation", "event: verification_send",
         "the event `verification_send` is known to no loaded pack. Did you mean `verification_sent`?"),
        ("event: attempt, channel: call, outcome: conversation", "event: breathing_space",
         "the event `breathing_space` is known to no loaded pack. It is known to uk.conc."),
        ("event: attempt, channel: call, outcome: conversation", "event: bankruptcy_filed",
         "known only to rules that are off: us.p4 (unverified); `switch_on` turns them on"),
        ("flags: {}", "flags: {prior_expres_consent: true}", "Did you mean `prior_express_consent`?"),
        ("actor: third_party_collector", "actor: lender", "the pack us.fed does not apply: it binds"),
        ("2026-03-08T12:00", "2020-03-08T12:00", "it takes effect on 2021-11-30"),
        ("actor: third_party_collector", "counterparty: atorney", "Did you mean `attorney`?"),
        ("country: US", "switch_on: [us.p9]", "no loaded pack has a rule `us.p9` to switch. Did you mean"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_a_warning(tmp_path: Path, before: str, after: str, said: str) -> None:
    """The answer comes all the same, with exit code 0; the warning also goes to stderr."""
    assert before in CASE
    result = checked(tmp_path, CASE.replace(before, after), "--format", "json")
    assert result.exit_code == 0, result.stderr
    warnings = json.loads(result.stdout)["warnings"]
    assert any(said in warning for warning in warnings), warnings
    assert said in result.stderr


def test_an_unverified_rule_can_be_switched_on_and_any_rule_off(tmp_path: Path) -> None:
    """`switch_on` and `switch_off` name rules; the worked case is then refused by another rule."""
    text = CASE.replace("flags: {}", "switch_on: [us.p4]\nswitch_off: [us.d1]")
    text = text.replace(
        "history:", 'history:\n  - {t: "2026-03-01T10:00", event: bankruptcy_filed, person: P1}'
    )
    (check,) = json.loads(checked(tmp_path, text, "--format", "json").stdout)["checks"]
    assert [reason["rule"] for reason in check["reasons"]] == ["us.p4"]


def test_a_pack_of_ones_own_stands_beside_the_case(tmp_path: Path) -> None:
    """A name that ends in .yaml is a file; `show` reads it too."""
    own = tmp_path / "house.yaml"
    own.write_text(HOUSE, encoding="utf-8")
    text = CASE.replace("[us.fed]", "[house.yaml]")
    (check,) = json.loads(checked(tmp_path, text, "--format", "json").stdout)["checks"]
    assert [reason["rule"] for reason in check["reasons"]] == ["h.w1"]
    assert run("show", str(own)).exit_code == 0


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("channel: call, person", "chanel: call, person", "Did you mean `channel`?"),
        ("channel: call, outcome", "channel: phone, outcome", "history[0].channel: got phone"),
        ("outcome: conversation", "outcome: conversaton", "Did you mean `conversation`?"),
        ("America/New_York", "America/NewYork", "Did you mean `America/New_York`?"),
        ('"2026-03-08T12:00"', "noon", "check[0].t: got noon"),
        ("packs: [us.fed]\n", "", "the key `packs`"),
        ("flags: {}", "flags: {debtor_agreed: maybe}", "true or false"),
        ("person: P1, debt: D1, actor", "staff: two, debt: D1, actor", "a whole number from 0"),
        ("country: US", "countri: US", "Did you mean `country`?"),
        ("country: US", "country: [", "case.yaml:"),
    ],
)
def test_a_slip_in_the_case_exits_with_2_and_says_where(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    """File, line, key, what is allowed; nothing on stdout."""
    assert before in CASE
    result = checked(tmp_path, CASE.replace(before, after, 1), "--format", "json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert "case.yaml:" in result.stderr


def test_a_missing_case_exits_with_2() -> None:
    """No traceback."""
    result = run("check", "nowhere.yaml")
    assert result.exit_code == 2
    assert "nowhere.yaml" in result.stderr


def test_a_zone_that_is_not_stated_is_unknown_and_fails_closed(tmp_path: Path) -> None:
    """The same as `zone: null`."""
    for text in (CASE.replace("zone: America/New_York\n", ""), CASE.replace("America/New_York", "null")):
        (check,) = json.loads(checked(tmp_path, text, "--format", "json").stdout)["checks"]
        assert check["allow"] is False
        assert check["reasons"][0]["rule"] == "tz_unknown"
        assert check["next_ok_at"] is None
