"""What ships: every pack is valid, sourced, and has its unverified and disputed rules off."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import scenarios
from sim.compliance.catalogue import TEXTS
from sim.compliance.library import assemble, read_pack, shipped, shipped_ids
from sim.compliance.pack import Cap, Pack, Window
from sim.compliance.words import describe_pack, sentence
from sim.errors import InputError, InputErrors

ALL = shipped_ids()


def test_all_packs_ship() -> None:
    """Twenty-three jurisdictions or overlays, a house policy, and a switch for one draft."""
    assert len(ALL) == 25
    assert {"cn.base", "us.fed", "us.overlays", "uk.conc", "company.default", "in.rbi.2026draft"} <= set(ALL)


@pytest.mark.parametrize("pack_id", ALL)
def test_a_pack_is_named_after_its_file_and_every_value_has_source_and_confidence(pack_id: str) -> None:
    """No figure without the place where it can be checked."""
    pack = shipped(pack_id)
    assert pack.id == pack_id
    for rule in pack.rules:
        reference, address = pack.sources[rule.head.source]
        assert reference
        assert address
        assert rule.head.confidence in ("read", "read2", "memory", "policy")


@pytest.mark.parametrize("pack_id", ALL)
def test_unverified_and_draft_rules_load_switched_off(pack_id: str) -> None:
    """What is from memory or a draft binds nobody until somebody switches it on."""
    for rule in shipped(pack_id).rules:
        if rule.head.confidence == "memory":
            assert (rule.head.active, rule.head.off_because) == (False, "unverified")
        elif rule.head.severity == "draft":
            assert (rule.head.active, rule.head.off_because) == (False, "draft")


def test_disputed_rules_and_house_hours_load_switched_off() -> None:
    """Weekends in Mexico are disputed; hours in Britain, Germany and Hong Kong are ours, not the law's."""
    off = [
        rule.head.id
        for pack_id in ALL
        for rule in shipped(pack_id).rules
        if rule.head.off_because == "disputed or a house choice"
    ]
    assert sorted(off) == ["de.w1", "hk.w1", "mx.w2", "uk.w1"]


def test_the_draft_pack_switches_the_draft_on_and_brings_its_base() -> None:
    """in.rbi.2026draft alone is in.rbi with its draft rules."""
    packs = {pack.id: pack for pack in assemble((shipped("in.rbi.2026draft"),))}
    on = {rule.head.id for rule in packs["in.rbi"].active_rules()}
    assert {"in.w1", "in.w2", "in.p1"} <= on
    assert "in.w3" not in on  # unverified, not draft
    drafts = {rule.head.id for rule in shipped("in.rbi").rules if rule.head.severity == "draft"}
    assert drafts == set(shipped("in.rbi.2026draft").switches_on["in.rbi"])


@pytest.mark.parametrize("lang", sorted(TEXTS))
@pytest.mark.parametrize("pack_id", ALL)
def test_every_rule_can_be_said_in_words(pack_id: str, lang: str) -> None:
    """Both languages hold a sentence, a disclaimer and the confidence for every rule."""
    pack = shipped(pack_id)
    lines = list(describe_pack(pack, lang))
    assert TEXTS[lang].disclaimer in lines
    for rule in pack.rules:
        said = sentence(rule, TEXTS[lang])
        assert said
        assert "{" not in said
        assert any(line.startswith(f"  {rule.head.id} [") for line in lines)


def test_both_languages_hold_the_same_keys() -> None:
    """A text that one language lacks would only be noticed by its reader."""
    english, chinese = TEXTS["en"], TEXTS["zh"]
    for name in english.__slots__:  # type: ignore[attr-defined]
        ours, theirs = getattr(english, name), getattr(chinese, name)
        assert isinstance(ours, str) or list(ours) == list(theirs), name


def _changed(tmp_path: Path, before: str, after: str) -> Pack:
    text = scenarios.read("rulepacks/vn.consumer.yaml")
    assert before in text
    path = tmp_path / "pack.yaml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return read_pack(path)


def test_a_pack_of_ones_own_is_read_from_a_file(tmp_path: Path) -> None:
    """Another number in a copied pack is another rule."""
    pack = _changed(tmp_path, "max: 5", "max: 2")
    assert [rule.limit for rule in pack.rules if isinstance(rule, Cap)] == [2]
    assert pack.effective_from == date(2020, 1, 1)
    assert [rule.open_s for rule in pack.rules if isinstance(rule, Window)] == [7 * 3600]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("max: 5", "maximum: 5", "the unknown key `maximum`"),
        ("counts: attempt", "counts: atempt", "caps[0].counts: got atempt"),
        ("channels: any, days", "channels: [vioce], days", "Did you mean `voice`?"),
        ('["07:00", "21:00"]', '["21:00", "07:00"]', "an opening before the closing"),
        ("days: all", "days: sunday", "windows[0].days: got sunday"),
        ("src: a, conf: read2, enforce: gate}\ncaps", "src: b, conf: read2, enforce: gate}\ncaps", "src `b`"),
        ("per: day", "per: rolling", "n_days"),
        ("Asia/Ho_Chi_Minh", "Asia/Saigon2", "an IANA zone"),
        ("id: vn.k1", "id: vn.c1", "the rule id `vn.c1` twice"),
        ("conf: read2, enforce: gate}\ncaps", "conf: memory, default: true, enforce: gate}\ncaps", "default"),
    ],
)
def test_a_slip_in_a_pack_is_an_error_with_file_line_and_key(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    """Where, what was given, what is allowed, what to do."""
    with pytest.raises(InputErrors) as caught:
        _changed(tmp_path, before, after)
    assert said in str(caught.value)
    assert "pack.yaml:" in str(caught.value)


def test_an_unknown_pack_is_an_error_with_the_nearest_name() -> None:
    """us.fedd is us.fed."""
    with pytest.raises(InputError, match=r"Did you mean `us\.fed`\?"):
        shipped("us.fedd")
