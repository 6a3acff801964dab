"""Diagnosands from results given by hand; what a run of the small experiment gives."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from experiments.beyond import impulse_of
from experiments.diagnose import Cell, Diagnosis, diagnose, share_se
from experiments.estimators.data import Contrast, Options
from experiments.estimators.results import Estimate, NotEstimable
from experiments.jobs import IMPULSE, TRUTH, Finding, Job, _adjusted, _other, run_job
from experiments.monitoring import limits, monitoring_rows, promised
from experiments.saturation import team_slope
from experiments.shipping import holds, proxy_rows, ship_rows
from experiments.truth import Paired, Truth
from experiments.variants import changed
from sim.spec.experiment import ExperimentSpec, Guardrail, Looks
from tests.unit.experiments.abworlds import small

SPEC = {"experiment": "x", "scenario": "x", "arms": ("a", "b"), "metric": {"name": "recovery", "horizon_days": 5},
        "designs": [{"kind": "complete"}], "replications": 4, "truth_replications": 2}


def given(estimate, se=1.0, level=0.95):
    """Return an estimate with normal inference at 1.96."""
    p = math.erfc(abs(estimate / se) / math.sqrt(2))
    return Estimate("welch", "x", estimate, se, math.inf, level, estimate - 1.96 * se, estimate + 1.96 * se, p, 100)


def played(values, truth=(1.0, 3.0), others=(), seen=(), **keys):
    """Diagnose with findings made by hand: one estimate a replication."""
    spec = ExperimentSpec(**(SPEC | keys))

    def run(jobs):
        for job in reversed(jobs):  # order must not matter
            if job.design == TRUTH:
                pairs = [(m, Paired(truth[job.replication], 10.0, 2.0, 2.0)) for m in ("recovery_5d", *dict(others))]
                yield Finding(job, truths=tuple(pairs), agent_hours=5.0)
            else:
                r = job.replication
                yield Finding(job, (("welch", values[r]),), tuple((key, column[r]) for key, column in others),
                              tuple(column[r] for column in seen), agent_hours=10.0 + r)

    return spec, diagnose(spec, run)


def test_every_diagnosand_of_four_estimates_by_hand():
    """Truth 2 +- 1; estimates 1, 3, 4, -2 with error 1."""
    _, found = played([given(1.0), given(3.0), given(4.0), given(-2.0)])
    row, = found.rows
    assert (row.truth, row.mc_se["truth"]) == (2.0, 1.0)
    assert (row.mean_estimate, row.bias) == (1.5, -0.5)
    assert row.sd == pytest.approx(math.sqrt(7.0))  # squares -0.5, 1.5, 2.5, -3.5: 21 over 3
    assert row.rmse == pytest.approx(math.sqrt((1 + 1 + 4 + 16) / 4))
    assert row.coverage == 0.5  # 1 and 3 reach 2; 4 - 1.96 does not, -2 does not
    assert row.reject_rate == 0.75
    assert row.type_s == pytest.approx(1 / 3)
    assert row.type_m == pytest.approx((3 + 4 + 2) / 3 / 2)
    assert row.mean_se == 1.0
    assert row.agent_hours == 11.5
    assert row.mc_se["mean_estimate"] == pytest.approx(math.sqrt(7.0 / 4))
    assert row.mc_se["bias"] == pytest.approx(math.hypot(math.sqrt(7.0 / 4), 1.0))
    assert row.mc_se["reject_rate"] == pytest.approx(math.sqrt(5 / 8 * 3 / 8 / 8))
    assert (row.replications, row.failed, row.bias_parts) == (4, 0, None)


def test_failures_are_counted_and_left_out():
    _, found = played([given(1.0), NotEstimable("welch", "why"), given(4.0), NotEstimable("welch", "why")])
    row, = found.rows
    assert (row.replications, row.failed, row.mean_estimate) == (4, 2, 2.5)
    _, found = played([NotEstimable("welch", "why")] * 4)
    row, = found.rows
    assert row.failed == 4
    assert math.isnan(row.mean_estimate)
    assert math.isnan(row.reject_rate)


def test_without_an_effect_the_truth_is_zero_and_there_is_no_sign_to_miss():
    _, found = played([given(3.0)] * 4, effects=("none",))
    row, = found.rows
    assert (row.truth, row.reject_rate) == (0.0, 1.0)
    assert math.isnan(row.type_s)
    assert math.isnan(row.type_m)


def test_a_design_stops_when_its_rejection_rate_is_known():
    """With 1,000 replications allowed and an error of 5 % wanted, 100 that all reject are enough."""
    spec = ExperimentSpec(**(SPEC | {"replications": 1000, "target_mc_se": 0.05}))
    asked = []

    def run(jobs):
        asked.extend(jobs)
        for job in jobs:
            yield (Finding(job, truths=(("recovery_5d", Paired(1.0, 1.0, 1.0, 1.0)),)) if job.design == TRUTH
                   else Finding(job, (("welch", given(9.0)),)))

    row, = diagnose(spec, run).rows
    assert row.replications == 100
    assert sum(job.design == 0 for job in asked) == 100


def test_a_share_of_none_in_a_hundred_is_not_certain():
    assert 0.01 < share_se(np.zeros(100, np.bool_)) < 0.02
    assert math.isnan(share_se(np.zeros(0, np.bool_)))


def test_team_slope_is_least_squares_over_team_means():
    """Four teams of two: shares treated 0, 0.5, 0.5, 1; means 1, 2, 4, 5: slope 4, residuals 0, -1, 1, 0 around 3."""
    data = Contrast(outcome=np.array([1.0, 1, 2, 2, 4, 4, 5, 5]), treated=np.array([0, 0, 0, 1, 0, 1, 1, 1], dtype=np.bool_),
                    cluster=np.repeat(np.arange(4), 2))
    got = team_slope(data, Options())
    assert got.estimate == pytest.approx(4.0)
    assert got.se == pytest.approx(math.sqrt(2 / 2 / 0.5))
    assert (got.df, got.clusters) == (2, 4)


@pytest.mark.parametrize("cluster", [None, np.repeat(np.arange(2), 4)])
def test_team_slope_says_why_it_cannot(cluster):
    data = Contrast(outcome=np.arange(8.0), treated=np.arange(8) % 2 == 0, cluster=cluster)
    assert isinstance(team_slope(data, Options()), NotEstimable)


# ----------------------------------------------------------------------------------------------- several treatments


def test_several_treatments_are_adjusted_together():
    """Two treatments in four worlds, p-values by hand.

    Holm at 5 %: (.01, .03) both, (.03, .2) none, (.04, .04) none, (.5, .02) one. Unadjusted: both, one, both, one.
    """
    raw = [(0.01, 0.03), (0.03, 0.2), (0.04, 0.04), (0.5, 0.02)]
    spec = ExperimentSpec(**(SPEC | {"arms": ("a", "b", "c")}))
    estimate = lambda p: Estimate("welch", "x", 1.0, 1.0, math.inf, 0.95, -1.0, 3.0, p, 100)  # noqa: E731

    def run(jobs):
        for job in jobs:
            pairs = [(("recovery_5d", Paired(value, 10.0, 2.0, 2.0)),) for value in (1.0 + job.replication, 5.0)]
            if job.design == TRUTH:
                yield Finding(job, truths=pairs[0], more=(Finding(job, truths=pairs[1]),))
            else:
                worlds = [Finding(job, (("welch", estimate(p)),)) for p in raw[job.replication]]
                first, second = _adjusted(worlds, spec, spec.designs[0])
                yield replace(first, more=(second,))

    found = diagnose(spec, run)
    b, c = found.rows
    assert (b.arm, b.truth, b.reject_rate, b.unadjusted_reject_rate) == ("b", 1.5, 0.25, 0.75)
    assert (c.arm, c.truth, c.reject_rate, c.unadjusted_reject_rate) == ("c", 5.0, 0.5, 0.75)
    family, = found.families
    assert (family.any_reject_rate, family.unadjusted_any_reject_rate, family.all_reject_rate) == (0.5, 1.0, 0.25)
    assert b.allocation == (1.0, 1.0, 1.0)
    assert [row.arm for row in ship_rows(spec, found)] == ["b", "c"]
    assert [row.win_rate for row in ship_rows(spec, found)] == [0.25, 0.5]


def test_dunnett_uses_what_the_comparisons_share():
    """Equal arms, |z| = 2.212 twice: the two-sided 5 % point of two comparisons that correlate by one half (Dunnett 1955)."""
    spec = ExperimentSpec(**(SPEC | {"arms": ("a", "b", "c"), "multiplicity": "dunnett"}))
    worlds = [Finding(Job("as_is", "as_is", 0, 0), (("welch", given(2.212)),)) for _ in range(2)]
    assert [one.p_value("welch") for one in _adjusted(worlds, spec, spec.designs[0])] == pytest.approx([0.05, 0.05], abs=2e-4)
    silent = replace(worlds[1], results=(("welch", NotEstimable("welch", "why")),))
    p = [one.p_value("welch") for one in _adjusted([worlds[0], silent], spec, spec.designs[0])]
    assert p[0] == pytest.approx(math.erfc(2.212 / math.sqrt(2)), abs=1e-6)
    assert math.isnan(p[1])


@pytest.mark.parametrize(("keys", "message"), [
    ({"arms": ("a", "b", "a")}, "two different strategies"),
    ({"arms": ("a", "b", "c"), "allocation": (1, 1)}, "a weight for each of the 3 arms"),
    ({"arms": ("a", "b", "c"), "designs": [{"kind": "complete", "allocation": (1, 2)}]}, "a weight for each of the 3 arms"),
    ({"arms": ("a", "b", "c"), "designs": [{"kind": "saturation"}]}, "another design for more than two arms"),
    ({"arms": ("a",)}, "control and at least one treatment"),
    ({"designs": [{"kind": "saturation", "saturations": (0.5, 0.5)}]}, "at least two different shares"),
])
def test_arms_that_do_not_fit_are_refused(keys, message):
    with pytest.raises(ValidationError, match=message):
        ExperimentSpec(**(SPEC | keys))


def test_parts_of_a_bias_add_up():
    """Truth 2, estimate 5; without limits the truth is 4 and the estimate 4.5: half a point stays, 2.5 are displaced."""
    spec = ExperimentSpec(**(SPEC | {"parts_replications": 2}))

    def run(jobs):
        for job in jobs:
            if job.design == TRUTH:
                truth = (3.5, 4.5) if job.unlimited else (1.5, 2.5)
                yield Finding(job, truths=(("recovery_5d", Paired(truth[job.replication], 1.0, 1.0, 1.0)),))
            else:
                yield Finding(job, (("welch", given((4.5 if job.unlimited else 5.0) + job.replication % 2 - 0.5)),))

    row, = diagnose(spec, run).rows
    assert row.bias_parts == {"direct_effect": 0.5, "carry_over": 0.0, "displaced_capacity": 2.5}
    assert (row.bias, row.unlimited_truth, row.mc_se["unlimited_truth"]) == (3.0, 4.0, 0.5)
    assert row.mc_se["direct_effect"] == pytest.approx(math.hypot(0.5, 0.5))
    assert row.mc_se["displaced_capacity"] == pytest.approx(math.hypot(row.mc_se["bias"], math.hypot(0.5, 0.5)))


# ------------------------------------------------------------------------------------------------ looking early

DAYS = {"looks": Looks(days=(10, 20, 30, 40, 50))}


def test_limits_are_the_published_ones():
    """O'Brien-Fleming by Lan and DeMets at five looks: 4.877, 3.357, 2.680, 2.290, 2.031 (gsDesign, rpact)."""
    got = limits(DAYS["looks"], 0.05)
    assert got["lan_demets_obf"] == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=5e-4)
    assert got["peeking"] == pytest.approx([1.96] * 5, abs=1e-3)
    assert np.isinf(got["last_look_only"][:4]).all()
    promise = promised(DAYS["looks"], 0.05)
    assert promise["peeking"] == pytest.approx(0.142, abs=5e-4)  # Armitage, McPherson and Rowe 1969
    assert promise["lan_demets_obf"] == pytest.approx(0.05, abs=1e-6)
    assert max(promise["confidence_sequence"], promise["msprt"]) < 0.02


def test_each_rule_stops_where_its_limit_is_first_crossed():
    """Four worlds of five looks: z 5 at once; 2 at the third look only; -2.1 at the end; never."""
    paths = np.array([[5.0, 5, 5, 5, 5], [0, 0, 2.0, 0, 0], [0, 0, 0, 0, -2.1], [0, 0, 0, 0, 0.0]])
    looks = [[given(z) for z in column] for column in paths.T]
    spec, found = played([given(1.0)] * 4, seen=looks, **DAYS)
    rows = {row.rule: row for row in monitoring_rows(spec, found)}
    assert rows["last_look_only"].reject_rate == 0.5
    assert rows["peeking"].reject_rate == 0.75
    assert rows["peeking"].mean_stop_day == (10 + 30 + 50 + 50) / 4
    assert rows["peeking"].wrong_sign_rate == 0.25
    assert rows["peeking"].mean_estimate_at_stop == pytest.approx((5 + 2 - 2.1) / 3)
    assert rows["lan_demets_obf"].reject_rate == 0.5
    assert rows["lan_demets_obf"].mean_stop_day == (10 + 50 + 50 + 50) / 4
    assert rows["confidence_sequence"].reject_rate == 0.25


# ----------------------------------------------------------------------------------------------- ship and proxies


def test_a_guardrail_holds_when_the_loss_is_shown_to_be_below_its_margin():
    harm = Guardrail(name="complaints", horizon_days=5, margin=2.0)
    assert holds(given(0.0), harm, 0.05)  # 0 + 1.645 < 2
    assert not holds(given(0.4), harm, 0.05)
    good = Guardrail(name="paid", horizon_days=5, margin=2.0)
    assert holds(given(0.0), good, 0.05)
    assert not holds(given(-0.4), good, 0.05)
    assert not holds(NotEstimable("welch", "nobody complained"), harm, 0.05)


def test_a_harm_that_nobody_met_is_bounded_exactly():
    """0 complaints among 300 treated accounts: at most -log(0.05) / 300 = 0.99 %, so a margin of 1 % holds and 0.9 % not."""
    data = Contrast(outcome=np.zeros(600), treated=np.arange(600) % 2 == 0)
    spec = ExperimentSpec(**SPEC)
    for margin, shown in ((0.01, True), (0.009, False)):
        rail = Guardrail(name="complaints", horizon_days=5, margin=margin)
        got = _other("welch", data, Options(), rail, spec)
        assert got.ci_low < 0 < got.ci_high == pytest.approx(-math.log(0.05) / 300)
        assert holds(got, rail, 0.05) is shown
    assert isinstance(_other("welch", data, Options(), spec.metric, spec), NotEstimable)


def test_ship_needs_a_gain_and_every_guardrail():
    """Wins: worlds 0, 1, 2 (world 2 with a loss); clears: 0 and 3. Truth of the guardrail: +2, beyond the margin of 1.9."""
    keys = {"guardrails": [{"name": "complaints", "horizon_days": 5, "margin": 1.9}]}
    rails = [("complaints_5d", [given(0.0), given(1.0), given(1.0), given(-1.0)])]
    spec, found = played([given(3.0), given(3.0), given(-3.0), given(0.0)], others=rails, **keys)
    row, = ship_rows(spec, found)
    assert (row.win_rate, row.clear_rate, row.ship_rate) == (0.5, 0.5, 0.25)
    assert row.harmful
    assert row.ship_harmful_rate == 0.25
    rail, = row.guardrails
    assert (rail.pass_rate, rail.harmed, rail.truth) == (0.5, True, 2.0)


def test_a_proxy_is_judged_by_the_metric_of_the_same_worlds():
    keys = {"proxies": [{"name": "kept", "horizon_days": 2}]}
    proxy = [("kept_2d", [given(3.0), given(3.0), given(-3.0), given(0.5)])]
    spec, found = played([given(3.0), given(1.0), given(3.0), given(0.2)], others=proxy, **keys)
    row, = proxy_rows(spec, found)
    assert row.reject_rate == 0.75
    assert row.same_sign_rate == 0.75
    assert row.same_decision_rate == 0.5  # worlds 0 and 3; 1 is sure too early, 2 the wrong way round
    assert row.misleading_rate == 0.25
    assert row.correlation == pytest.approx(np.corrcoef([3, 3, -3, 0.5], [3, 1, 3, 0.2])[0, 1])


# --------------------------------------------------------------------------------------------- impulse, variants


def test_washout_ends_with_the_last_large_day():
    """Two days of +1, then 0.5, 0, 0.3, 0, 0: large is more than a tenth of 1, so three days are left out."""
    table = np.tile([1.0, 1.0, 0.5, 0.0, 0.3, 0.0, 0.0], (4, 1))
    got = impulse_of("as_is", 2, table)
    assert (got.effect_per_day, got.washout_days) == (1.0, 3)
    assert got.after == (0.5, 0.0, 0.3, 0.0, 0.0)
    assert impulse_of("as_is", 2, np.tile([1.0, 1.0, 0.5, 0.5], (4, 1))).washout_days is None


def test_variants_scale_free_and_divide_agents(tmp_path):
    scenario = small(tmp_path).loaded.scenario
    desk = lambda s: s.resources["desk"]  # noqa: E731
    assert desk(changed(scenario, 2.5)).groups["general"].agents == 20
    assert desk(changed(scenario, 1.0, unlimited=True)).groups["general"].agents == "unlimited"
    assert desk(changed(scenario, 1.0, teams=(9.0, 1.0))).team_shares == (0.9, 0.1)
    assert desk(scenario).groups["general"].agents == 8


# ------------------------------------------------------------------------------------------------- one small run


@pytest.fixture(scope="module")
def run_small(tmp_path_factory):
    variants = small(tmp_path_factory.mktemp("diagnose"))

    def run(jobs):
        for job in jobs:
            yield run_job(variants, variants.spec, job)

    return variants, diagnose(variants.spec, run)


def test_a_small_run_has_a_row_for_every_design_and_effect(run_small):
    _, found = run_small
    assert [(row.design, row.effect) for row in found.rows] == [
        (design, effect) for effect in ("as_is", "none") for design in ("complete", "team", "switchback")]
    for row in found.rows:
        assert row.replications == 6
        parts = row.bias_parts
        assert sum(parts.values()) == pytest.approx(row.bias, abs=1e-12)
        assert (parts["carry_over"] == 0.0) == (row.design != "switchback")
        assert (parts["direct_effect"] == 0.0) == (row.design == "switchback")
        assert {"direct_effect", "carry_over", "displaced_capacity"} <= set(row.mc_se)


def test_unlimited_agents_make_the_effect_of_more_calls_large(run_small):
    """The direct effect of three calls on eight teams without limits is more than what their eight agents leave of it."""
    _, found = run_small
    row = found.rows[0]
    assert row.unlimited_truth > row.truth + 3 * row.mc_se["truth"]


def test_the_switchback_is_scaled_to_the_whole_horizon(run_small):
    """Six runs of ten days: half of the days each, means times ten. Under no effect the estimate is near 0 at that scale."""
    variants, found = run_small
    row = found.rows[5]
    assert abs(row.mean_estimate) < 6 * row.mc_se["mean_estimate"]
    finding = run_job(variants, variants.spec, Job("as_is", "as_is", 2, 0))
    assert dict(finding.results)["welch"].n == 10


def test_an_impulse_gives_the_difference_of_each_day(tmp_path):
    """Three days of three calls with unlimited agents: more pay in those days, and nothing differs before anybody is called."""
    variants = small(tmp_path, "impulse_days=3", "utilisations={as_is: 50}")
    got = [run_job(variants, variants.spec, Job("as_is", "as_is", IMPULSE, r)).after for r in range(3)]
    assert all(len(series) == 10 for series in got)
    assert np.sum(got, axis=0)[:3].sum() > 0


def test_diagnosis_keeps_its_cells(run_small):
    _, found = run_small
    assert isinstance(found, Diagnosis)
    assert all(isinstance(cell, Cell) and len(cell.found) == 6 for cell in found.cells)
    assert isinstance(found.truth["as_is", "as_is"], Truth)
