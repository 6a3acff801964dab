"""Designs of A/B tests against the simulated truth: who keeps the level when arms share agents, and the fluid limit.

Each test states its null hypothesis, its number of worlds and the chance to fail although the null holds (at most 1e-6, by the
binomial or normal distribution); seeds are those of the scenarios.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, norm

from experiments.ab_run import load_experiment
from experiments.ab_size import Pool, _pool, light, size_experiment
from experiments.beyond import fault_rows
from experiments.design.interference import DosedTest, SharedPool, pool_effect
from experiments.diagnose import diagnose
from experiments.faults import DIAGNOSTICS
from experiments.jobs import TRUTH, Finding, Job, run_job
from experiments.monitoring import monitoring_rows

EXPERIMENTS = Path(__file__).resolve().parents[2] / "scenarios" / "experiments"
FALSE_ALARM = 1e-6
SMALL = 'settings=["portfolio.synthetic.stock=1200","resources.desk.teams=6","resources.desk.groups.general.agents=6"]'
VALID = {("complete", "welch"), ("complete", "hc2"), ("complete", "ancova"), ("complete", "lin"), ("complete", "pooled_z"),
         ("complete", "score"), ("one_to_nine", "welch"), ("stratified", "blocked"), ("stratified", "post_stratified"),
         ("rerandomised", "lin"), ("team", "cluster_means"), ("team", "cr2"), ("switchback", "welch"), ("team_switchback", "cr2"),
         ("saturation", "team_slope")}


def most(worlds: int, level: float = 0.05) -> int:
    """Return the most rejections that a test of this level makes in so many worlds, but for a chance of 1e-6."""
    return int(binom.isf(FALSE_ALARM, worlds, level))


def play(variants):
    """Return the diagnosis of an experiment, played in this process."""

    def run(jobs):
        for job in jobs:
            yield run_job(variants, variants.spec, job)

    return diagnose(variants.spec, run), run


def designs(*kinds: str) -> str:
    return f"designs=[{', '.join(kinds)}]"


@cache
def stealing(worlds: int):
    """Return rows by (design, utilisation, estimator) of capacity stealing at a quarter of its size."""
    settings = (SMALL, f"replications={worlds}", "truth_replications=20", "parts_replications=0")
    found, _ = play(load_experiment(EXPERIMENTS / "capacity_stealing.yaml", None, settings))
    return found, {(row.design, row.utilisation, row.estimator): row for row in found.rows}


def test_saturated_agents_accounts_reject_though_nothing_is_true_teams_and_switchback_keep_their_level():
    """Null: level 5 %. 30 worlds a design; a valid one rejects more than 10 times with probability below 1e-6.

    Accounts are known to be invalid: under the null they would reject at most so often, and they reject nearly always.
    """
    found, rows = stealing(30)
    truth = found.truth["saturated", "as_is"]
    assert abs(truth.estimate) < 0.02 < 0.09 < rows["complete", "saturated", "welch"].mean_estimate
    assert rows["complete", "saturated", "welch"].reject_rate * 30 > 25 > most(30)
    for design, estimator in (("team", "cluster_means"), ("team", "cr2"), ("switchback", "welch")):
        assert rows[design, "saturated", estimator].reject_rate * 30 <= most(30), design


def test_spare_agents_turn_the_ranking():
    """Null: no bias; its z statistic beyond 4.9 has probability 1e-6. Accounts and teams pass; the switchback, whose days take
    from later days, does not: by more than a third of the truth.
    """
    _, rows = stealing(30)
    limit = norm.isf(FALSE_ALARM / 2)
    for design, estimator in (("complete", "welch"), ("team", "cluster_means"), ("team", "cr2")):
        row = rows[design, "spare", estimator]
        assert abs(row.bias) < limit * row.mc_se["bias"], design
        assert row.truth > 0.2
    switchback = rows["switchback", "spare", "welch"]
    assert switchback.bias > limit * switchback.mc_se["bias"]
    assert switchback.bias > switchback.truth / 3


def level_of_aa(worlds: int) -> None:
    """Check every valid pair of the shipped A/A experiment, and its looks."""
    variants = load_experiment(EXPERIMENTS / "aa.yaml", None, (f"replications={worlds}",))
    found, _ = play(variants)
    rows = {(row.design, row.estimator): row for row in found.rows}
    assert set(rows) >= VALID
    for pair in VALID:
        assert rows[pair].failed == 0
        assert rows[pair].reject_rate * worlds <= most(worlds), pair
    looks = {(row.design, row.rule): row for row in monitoring_rows(variants.spec, found)}
    for rule in ("last_look_only", "lan_demets_obf", "confidence_sequence", "msprt"):
        assert looks["complete", rule].reject_rate * worlds <= most(worlds), rule


def test_an_aa_test_rejects_at_its_level():
    """Null: level 5 % for each valid pair of design and estimator. 20 worlds; more than 8 rejections: below 1e-6 each."""
    level_of_aa(20)


@pytest.mark.slow
def test_an_aa_test_rejects_at_its_level_in_400_worlds():
    """As above with 400 worlds: more than 44 rejections (11 %) have a probability below 1e-6 under the null."""
    level_of_aa(400)


@pytest.mark.slow
def test_the_known_invalid_rules_reject_too_often():
    """Null: level 5 %, 1,500 worlds; more than 118 rejections have a probability below 1e-6.

    cr0 with six clusters of equal size rejects when |t(4)| > 2.571 sqrt(2/3): 10.4 %. Looking five times at 1.96: 14.2 %
    (Armitage, McPherson and Rowe 1969). Both must be beyond the limit of the null; the group-sequential rule at the same looks
    must not.
    """
    pair = designs("{kind: complete}", "{kind: team, estimators: [cr2, cr0]}")
    variants = load_experiment(EXPERIMENTS / "aa.yaml", None, ("replications=1500", pair))
    found, _ = play(variants)
    rows = {(row.design, row.estimator): row.reject_rate * 1500 for row in found.rows}
    looks = {(row.design, row.rule): row.reject_rate * 1500 for row in monitoring_rows(variants.spec, found)}
    assert rows["team", "cr0"] > most(1500)
    assert looks["complete", "peeking"] > most(1500)
    assert rows["team", "cr2"] <= most(1500)
    assert rows["complete", "welch"] <= most(1500)
    assert looks["complete", "lan_demets_obf"] <= most(1500)


# ------------------------------------------------------------------------------------------------ the fluid limit

WORTH = 0.97
"""Of a served call: nobody answers always."""
CALLS = {"enough": 4.0, "short": 3.0, "even": 2.0, "scarce": 1.0}
"""Calls that the desk can make for each account."""
SHARES = {"tenth": 0.1, "half": 0.5, "nine_tenths": 0.9}
FLUID = {("even", 0.1): (1.818181818, 0.0), ("even", 0.5): (1.333333333, 0.0), ("even", 0.9): (1.052631579, 0.0),
         ("scarce", 0.5): (0.6666666667, 0.0), ("short", 0.9): (1.578947368, 1.0), ("enough", 0.5): (2.0, 2.0)}
"""(measured difference, everybody against everybody) for demands 2 and 4, value 1: served share min(1, calls / demand) times 2,
and min(4, calls) - min(2, calls). By hand from the conservation of calls."""


def measured(scale: int, worlds: int) -> dict[tuple[str, float], np.ndarray]:
    """Return worlds' measured differences by (desk, share treated) with 1,200 x scale accounts and 3 x scale agents."""
    stock, agents = 1200 * scale, 3 * scale
    settings = f'settings=["portfolio.synthetic.stock={stock}","resources.desk.groups.general.agents={agents}"]'
    variants = load_experiment(EXPERIMENTS / "fluid_limit.yaml", None, (settings,))
    out = {}
    for desk in CALLS:
        for number, design in enumerate(variants.spec.designs):
            got = [dict(run_job(variants, variants.spec, Job(desk, "as_is", number, r)).results)["welch"] for r in range(worlds)]
            out[desk, SHARES[design.label]] = np.array([estimate.estimate for estimate in got])
    return out


def fluid(desk: str, share: float) -> float:
    """Return the fluid limit's measured difference."""
    return WORTH * pool_effect(SharedPool(2.0, 4.0, 1.0, 1.0, CALLS[desk]), share).naive_difference


def test_the_closed_form_has_the_figures_of_the_fluid_limit():
    for (desk, share), (naive, truth) in FLUID.items():
        got = pool_effect(SharedPool(2.0, 4.0, 1.0, 1.0, CALLS[desk]), share)
        assert got.naive_difference == pytest.approx(naive, abs=1e-9)
        assert got.global_effect == pytest.approx(truth, abs=1e-9)


def test_the_fluid_limit_is_reached_as_accounts_grow():
    """Twelve cells of three worlds. With 9,600 accounts each cell is within 4 % of the limit, and the root mean square error of
    the 36 worlds is below 0.6 of that with 1,200, where chance alone makes it 1/sqrt(8) = 0.35: three standard errors of the
    ratio.
    """
    errors = {}
    for scale in (1, 8):
        got = measured(scale, 3)
        errors[scale] = np.array([got[cell] / fluid(*cell) - 1.0 for cell in got])
    assert np.abs(errors[8].mean(axis=1)).max() < 0.04
    assert np.sqrt((errors[8] ** 2).mean()) < 0.6 * np.sqrt((errors[1] ** 2).mean())


# --------------------------------------------------------------------------------------- operational dosage: power and n


def test_closed_form_power_of_a_fixed_number_of_calls():
    """4,000 calls, two for each treated account, a full effect of a tenth of an SD: .885, .609 and .353 at 2,000, 4,000 and 8,000
    accounts an arm (the fluid limit of Boutilier et al. 2024, by hand), and the peak at 2,000.
    """
    test = DosedTest(shift_per_root_n=0.1 / 2**0.5, attempts_per_account=2, capacity=4000)
    assert [test.power(n).power for n in (2000, 4000, 8000)] == pytest.approx([0.885, 0.609, 0.353], abs=1e-3)
    assert test.peak_n == 2000


def dosage(worlds: int, *settings: str):
    """Return the sized dosage experiment."""
    settings = (f"replications={worlds}", "truth_replications=8", *settings)
    variants = light(load_experiment(EXPERIMENTS / "dosage.yaml", None, settings))

    def run(jobs):
        for job in jobs:
            yield run_job(variants, variants.spec, job)

    got = size_experiment(variants, run)
    return {point.design: point for point in got.points}, got


def check_dosage(points, got, worlds: int) -> None:
    """Check that the simulated power rises, peaks at 2,000 and falls, and that the capacity's closed form foresees it."""
    assert points["n500"].simulated < points["n2000"].simulated > points["n8000"].simulated
    assert max(got.points, key=lambda point: point.shared).design == "n2000"
    assert got.peak_n_treatment == pytest.approx(2000, rel=0.08)
    limit = norm.isf(FALSE_ALARM / 2)
    for point in got.points:
        # the closed form gets the effect from 8 pairs of worlds, within some 4 % of it: .08 in power at most
        error = (point.shared * (1 - point.shared) / worlds) ** 0.5
        assert abs(point.simulated - point.shared) < limit * error + 0.08, point.design
    assert points["n8000"].independent > 0.99
    assert points["n8000"].simulated < 0.7
    assert any("agents run short" in text for text in got.words)
    assert any("n8000: the formula promises" in text for text in got.words)


def test_power_rises_peaks_and_falls_with_a_fixed_number_of_calls():
    """40 worlds a size, power about .35, .87 and .38: the middle not above both has probability below 1e-6 by normal tails."""
    sizes = designs("{kind: complete, name: n500, accounts: 1000}", "{kind: complete, name: n2000, accounts: 4000}",
                    "{kind: complete, name: n8000}")
    check_dosage(*dosage(40, sizes), 40)


@pytest.mark.slow
def test_power_rises_peaks_and_falls_in_400_worlds():
    """As above with 400 worlds at five sizes, which also tell 1,000 from 2,000 and 4,000."""
    points, got = dosage(400)
    check_dosage(points, got, 400)
    assert points["n1000"].simulated < points["n2000"].simulated > points["n4000"].simulated > points["n8000"].simulated


def test_the_roster_serves_all_up_to_the_peak_and_less_beyond():
    pool = Pool(accounts=1000, rostered=100.0, control=0.05, treatment=0.25)
    assert pool.peak == pytest.approx(250)
    assert pool.served(250) == pytest.approx(1.0)
    assert pool.served(1000) == pytest.approx(0.4)


def test_the_roster_is_what_is_worked_where_agents_run_short_and_no_limit_where_they_do_not():
    """A thousand accounts that want 200 hours under treatment: 120 are worked, or all but the last calls of the day."""
    job = Job("as_is", "as_is", TRUTH, 0)
    free = [Finding(job, agent_hours=50.0, treatment_hours=200.0)]
    short = _pool(1000, [Finding(job, agent_hours=50.0, treatment_hours=120.0)], free)
    assert (short.rostered, short.control, short.treatment) == (120.0, 0.05, 0.2)
    assert short.peak == pytest.approx(70 / 0.15)
    enough = _pool(1000, [Finding(job, agent_hours=50.0, treatment_hours=198.0)], free)
    assert (enough.peak, enough.served(1000)) == (np.inf, 1.0)


# ------------------------------------------------------------------------------------------------ faults put in


def test_diagnostics_catch_what_they_are_for_and_are_silent_on_clean_tests():
    """Null without a fault: each diagnostic speaks in at most 1 % of worlds (0.1 % but for balance). 12 worlds; more than 4
    alarms have probability below 1e-6. With a fault its own diagnostic speaks in more than half of them, more often than that.
    """
    settings = ("replications=2", "truth_replications=2", "fault_replications=12", "designs=[{kind: complete}]", "guardrails=[]",
                "proxies=[]", "utilisations={as_planned: 1.0}", "impulse_days=0",
                "faults=[{kind: mismatch, share: 0.25}, {kind: leakage, share: 0.05}, {kind: duplicates, share: 0.03}]")
    variants = load_experiment(EXPERIMENTS / "pilot.yaml", None, settings)
    found, run = play(variants)
    rows = {row.fault: row for row in fault_rows(variants.spec, run, found)}
    assert most(12, 0.01) == 4
    for name in DIAGNOSTICS:
        assert rows["none"].detection[name] * 12 <= 4, name
    for fault, name in (("mismatch", "sample_ratio"), ("mismatch", "loss"), ("leakage", "crossing"),
                        ("duplicates", "duplicates")):
        assert rows[fault].detection[name] > 0.5, (fault, name)
