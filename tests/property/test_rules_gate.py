"""The gate answers as the slow evaluator does, on every contact of whole campaigns, and no contact breaks a rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim.world
from sim.audit import asked, audit, situation_of
from sim.codes import GateKind, Row
from sim.compliance.evaluate import refusals
from sim.compliance.library import shipped, shipped_ids
from sim.compliance.pack import switched
from sim.eventlog import digest_of
from sim.loading import Options, load
from sim.spec.compliance import ComplianceSpec
from sim.world import Setting
from tests.gated import mixed, pressing, random_pack, under
from tests.worlds import first_difference, log_of, play

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
ZONES = {"us.fed": ("America/New_York", "America/Los_Angeles", ""), "us.overlays": ("America/New_York",),
         "br.base": ("America/Sao_Paulo", "America/Manaus"), "au.rg96": ("Australia/Sydney", "Australia/Perth"),
         "mx.condusef": ("America/Mexico_City",), "uk.conc": ("Europe/London",)}
REGIONS = {"us.overlays": ("MA", "NYC", "WA", "DC"), "br.base": ("RJ", "SP", "ES", "AM")}
ACTORS = {"cn.base": "bank", "ph.sec18": "microlender"}
FLAGS = {"prior_express_consent": "agreed", "written_revocable_consent": True, "start_notice": "agreed",
         "notice_given": "noticed", "tell_borrower_agent_details_before_contact": "noticed"}
RESOLUTION = {"dispute": 5, "complaint": 3, "hardship": 6}


def setting_under(pack_id, *, everything, days=14, **compliance):
    """Return a small setting under a shipped pack: as it ships, or with all its rules switched on."""
    pack = shipped(pack_id)
    zones = ZONES.get(pack_id, ())
    said = {"actor": ACTORS.get(pack_id, "third_party_collector"), "region_column": "region", "flags": FLAGS,
            "resolution_days": RESOLUTION, "switch_on": [r.head.id for r in pack.rules] if everything else []} | compliance
    start = "2026-12-19" if everything else "2026-10-24"  # over the year's end, and over the end of summer time
    scenario = under([pack_id], days=days, start=start, zone=pack.zone or (zones or ("Asia/Shanghai",))[0],
                     country=pack.country or "CN", **said)
    portfolio = mixed(accounts=100, persons=85, zones=zones, labels=REGIONS.get(pack_id, ("a", "b", "c", "d")))
    return Setting(scenario, portfolio)


@pytest.mark.parametrize("everything", [
    pytest.param(False, id="as-shipped"), pytest.param(True, id="all-on", marks=pytest.mark.slow)])
@pytest.mark.parametrize("pack_id", shipped_ids())
def test_no_contact_breaks_a_rule_of_any_pack_in_either_desk(pack_id, everything):
    """Every contact that was asked for is judged again: what was made breaks nothing, what was blocked is blocked rightly."""
    setting = setting_under(pack_id, everything=everything)
    compiled, reference = (play(setting, [pressing()], engine) for engine in ("compiled", "reference"))
    assert first_difference(log_of(compiled), log_of(reference)) == ""
    found = audit(setting, compiled)
    assert found.judged == found.asked > 1000
    assert found.made_against_rules == ()
    assert found.disagreements == ()


def test_most_kinds_of_rules_are_seen_to_refuse():
    """The test above would prove little about rules that never say no."""
    refusing = set()
    for pack_id in ("us.fed", "us.overlays", "it.unirec", "company.default", "cn.base", "kr.pdpa", "uk.conc"):
        setting = setting_under(pack_id, everything=True)
        rows = log_of(play(setting, [pressing()]), Row.BLOCKED)
        kinds = setting.rules.tables.arrays["rule"]["kind"]
        refusing |= {GateKind(int(kinds[number])) for number in np.unique(rows["value"])}
    assert refusing >= {GateKind.ZONE, GateKind.WINDOW, GateKind.CAP, GateKind.COOLDOWN, GateKind.PAUSE, GateKind.CONSENT,
                        GateKind.VISIT, GateKind.DUTY}


@pytest.fixture
def with_packs(monkeypatch):
    """Return a function that makes a setting under packs that no file holds."""
    def make(packs, scenario, portfolio):
        monkeypatch.setattr(sim.world, "packs_of", lambda _scenario: tuple(packs))
        return Setting(scenario, portfolio)

    return make


@pytest.mark.parametrize("seed", [
    *range(12), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(12, 60))])
def test_random_packs_are_judged_alike(with_packs, seed):
    """Packs such as nobody would write, in several zones and under both desks; half of them with shared homes."""
    zone = ("Asia/Shanghai", "America/New_York", "Europe/Berlin")[seed % 3]
    homes = {"household_column": "home", "phone_column": "line"} if seed % 2 else {}
    scenario = under([], days=12, start="2026-10-25", zone=zone, country="US", product="loan" if seed % 4 == 0 else None,
                     region_column="region", flags={"agreed": "agreed", "noticed": "noticed"}, resolution_days=RESOLUTION,
                     purposes={"sms.helpful": "reminding"} if seed % 5 == 0 else {}, **homes)
    portfolio = mixed(accounts=70, seed=seed, persons=60)
    rng = np.random.default_rng(seed)
    owner = np.unique(portfolio.person_hash, return_inverse=True)[1]
    shared = {"home": (rng.integers(0, 40, 60)[owner]).astype(float), "line": (rng.integers(0, 50, 60)[owner]).astype(float)}
    portfolio = replace(portfolio, attributes={**portfolio.attributes, **shared})
    packs = [random_pack(seed), random_pack(1000 + seed, zone="Asia/Tokyo" if seed % 3 == 0 else None)]
    setting = with_packs(packs, scenario, portfolio)
    compiled, reference = (play(setting, [pressing()], engine) for engine in ("compiled", "reference"))
    assert first_difference(log_of(compiled), log_of(reference)) == ""
    found = audit(setting, compiled)
    assert found.judged > 300
    assert found.disagreements == ()


def test_the_second_look_sees_a_gate_that_errs():
    """A cap that is lowered one too high, a cooldown a day too short, a window that opens an hour early: each is noticed."""
    for kind, fieldname, change in ((GateKind.CAP, "limit", 1), (GateKind.COOLDOWN, "days", -1),
                                    (GateKind.WINDOW, "open_s", -3600)):
        setting = setting_under("company.default", everything=False)
        rules = setting.rules.tables.arrays["rule"]
        rules[fieldname][rules["kind"] == kind] += change
        found = audit(setting, play(setting, [pressing()]))
        assert found.made_against_rules, kind
        assert found.disagreements, kind


@pytest.mark.parametrize("pack_id", ["us.fed", "company.default", "it.unirec"])
def test_in_shadow_nothing_is_blocked_and_violations_are_those_of_the_evaluator(pack_id):
    """A run in shadow is the run without rules, with violations noted beside it."""
    setting = setting_under(pack_id, everything=False, gate="shadow")
    world = play(setting, [pressing()])
    rows = log_of(world)
    assert not (rows["row"] == Row.BLOCKED).any()
    assert (rows["row"] == Row.VIOLATION).any()
    assert audit(setting, world).disagreements == ()
    free = play(Setting(setting.scenario.model_copy(update={"rulepacks": ()}), setting.portfolio), [pressing()])
    assert first_difference(rows[rows["row"] != Row.VIOLATION], log_of(free)) == ""


@pytest.mark.parametrize("pack_id", ["us.fed", "company.default", "it.unirec", "ru.230fz"])
def test_without_a_rule_a_fixed_history_allows_no_less(pack_id):
    """For the same history and plan, what is allowed with a rule off holds all that is allowed with it on."""
    setting = setting_under(pack_id, everything=True, days=8)
    world = play(setting, [pressing()])
    items = [item for number, item in enumerate(asked(setting, world)) if number % 5 == 0]
    assert len(items) > 100
    fewer = more = 0
    for rule in setting.rules.rules[1:]:
        packs = [switched(pack, off=(rule.id,)) for pack in setting.rules.packs]
        for item in items:
            situation = situation_of(setting, item.person)
            before = set(refusals(item.attempt, item.history, setting.rules.packs, situation))
            after = set(refusals(item.attempt, item.history, packs, situation))
            assert after <= before
            assert before - after <= {rule.id}
            fewer += len(before) > len(after)
            more += before == {rule.id}
    assert fewer
    assert more


@pytest.mark.slow
@pytest.mark.parametrize("name", ["demo.yaml", "stealing_calls.yaml", "questions/what_rules_cost.yaml"])
@pytest.mark.parametrize("pack_id", shipped_ids())
def test_no_contact_of_a_shipped_scenario_breaks_a_rule(name, pack_id):
    """Each strategy of each scenario that needs no file, smaller, under each pack; every ninth contact is judged again."""
    options = Options(settings=("portfolio.synthetic.stock=150", "portfolio.synthetic.inflow_per_day=4", "horizon.days=25",
                                "calendar.start=2026-11-16"))
    loaded = load(SCENARIOS / name, options)
    said = ComplianceSpec(actor=ACTORS.get(pack_id, "third_party_collector"), flags={"notice_given": True})
    setting = loaded.under((pack_id,), said).setting
    for strategy in loaded.strategies:
        compiled, reference = (play(setting, [strategy], engine) for engine in ("compiled", "reference"))
        assert digest_of(compiled) == digest_of(reference)
        found = audit(setting, compiled, every=9)
        assert found.made_against_rules == ()
        assert found.disagreements == ()
