"""Designs as a simulation deals them: shares, clusters, periods, who takes part."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.ab_run import load_experiment
from experiments.deal import covariates_of, deal, of_treatment, persons_of, strata_of, units_of
from sim.errors import InputError
from sim.spec.experiment import DesignSpec
from tests.unit.experiments.abworlds import small, write


@pytest.fixture(scope="module")
def variants(tmp_path_factory):
    return small(tmp_path_factory.mktemp("deal"))


@pytest.fixture(scope="module")
def setting(variants):
    return variants.setting("as_is")


def dealt(variants, setting, replication=0, **keys):
    return deal(setting, variants.spec, DesignSpec(**keys), replication)


@pytest.mark.parametrize(("allocation", "treated"), [((1, 1), 120), ((9, 1), 24), ((1, 3), 180)])
def test_complete_randomisation_deals_exact_shares(variants, setting, allocation, treated):
    got = dealt(variants, setting, kind="complete", allocation=allocation)
    assert int(got.arm.sum()) == treated
    assert (got.assignment.arms_on(3) == got.arm).all()


def test_the_same_replication_deals_the_same_and_the_next_another(variants, setting):
    a, b, c = (dealt(variants, setting, r, kind="complete").arm for r in (0, 0, 1))
    assert (a == b).all()
    assert (a != c).any()


def test_stratified_shares_are_exact_to_one_account_within_each_stratum(variants, setting):
    got = dealt(variants, setting, kind="stratified")
    for stratum in np.unique(got.stratum):
        arms = got.arm[got.stratum == stratum]
        assert abs(2 * int(arms.sum()) - len(arms)) <= 1


def test_rerandomised_arms_are_closer_than_the_worst_of_plain_deals(variants, setting):
    known = covariates_of(setting)
    gap = lambda arm: abs((known[arm == 1].mean(axis=0) - known[arm == 0].mean(axis=0)) / known.std(axis=0)).max()  # noqa: E731
    plain = max(gap(dealt(variants, setting, r, kind="complete").arm) for r in range(30))
    balanced = max(gap(dealt(variants, setting, r, kind="rerandomised", accept=0.05).arm) for r in range(30))
    assert balanced < 0.5 * plain


@pytest.mark.parametrize("kind", ["team", "area"])
def test_clusters_stay_whole(variants, setting, kind):
    got = dealt(variants, setting, kind=kind)
    for cluster in np.unique(got.cluster):
        assert len(np.unique(got.arm[got.cluster == cluster])) == 1
    assert set(np.unique(got.arm)) == {0, 1}


def test_saturation_gives_each_team_one_of_the_two_shares(variants, setting):
    got = dealt(variants, setting, kind="saturation", saturations=(0.2, 0.8))
    shares = [got.arm[got.cluster == team].mean() for team in np.unique(got.cluster)]
    assert sum(share < 0.5 for share in shares) == sum(share > 0.5 for share in shares) == 4


def test_a_switchback_moves_everybody_at_once_in_equal_numbers(variants, setting):
    got = dealt(variants, setting, kind="switchback")
    assert got.periods.sum() == 5
    for day in range(10):
        assert set(got.assignment.arms_on(day)) == {got.periods[day]}


def test_an_alternating_switchback_alternates(variants, setting):
    periods = dealt(variants, setting, kind="switchback", order="alternating", period_days=2).periods
    assert (np.diff(periods) != 0).all()
    assert len(periods) == 5


def test_a_switchback_by_points_draws_anew_at_the_published_periods_only(variants, setting):
    """With carry-over of one period and ten of them the points are 1, 3, 4, ..., 9 (Bojinov, Simchi-Levi and Zhao 2023)."""
    changes = set()
    for replication in range(40):
        periods = dealt(variants, setting, replication, kind="switchback", order="points").periods
        assert 0 < periods.sum() < 10
        if not (periods[:5] == periods[0]).all():  # neither arm alone: no half was turned over
            changes |= set((np.flatnonzero(np.diff(periods)) + 2).tolist())
    assert changes <= {3, 4, 5, 6, 7, 8, 9}


def test_a_team_switchback_deals_each_team_its_own_days(variants, setting):
    got = dealt(variants, setting, kind="team_switchback")
    assert got.periods.shape == (8, 10)
    assert (got.periods.sum(axis=1) == 5).all()
    assert len({tuple(row) for row in got.periods}) > 1
    for day in (0, 7):
        assert (got.assignment.arms_on(day) == got.periods[got.cluster, day]).all()


def test_dedicated_agents_follow_the_arms(variants, setting):
    got = dealt(variants, setting, kind="dedicated")
    assert (got.team == got.arm).all()


def test_who_does_not_take_part_stays_under_control(variants, setting):
    got = dealt(variants, setting, kind="complete", accounts=60)
    assert got.part.sum() == 60
    assert got.arm[got.part].sum() == 30
    assert not got.arm[~got.part].any()
    others = dealt(variants, setting, 1, kind="complete", accounts=60)
    assert (others.part != got.part).any()


def test_more_accounts_than_there_are_is_refused(variants, setting):
    with pytest.raises(InputError, match="at most the portfolio's 240 accounts"):
        dealt(variants, setting, kind="complete", accounts=241)


@pytest.mark.parametrize(("keys", "message"), [
    ({"kind": "switchback", "period_days": 4}, "at least 4 periods"),
    ({"kind": "team_switchback", "period_days": 5}, "at least 4 periods"),
])
def test_too_few_periods_are_refused(variants, setting, keys, message):
    with pytest.raises(InputError, match=message):
        dealt(variants, setting, **keys)


def test_too_few_teams_are_refused(tmp_path):
    variants = small(tmp_path, 'settings=["resources.desk.teams=2"]', "designs=[{kind: complete}]")
    for kind in ("team", "saturation", "team_switchback"):
        with pytest.raises(InputError, match="2 teams"):
            dealt(variants, variants.setting("as_is"), kind=kind)


# ------------------------------------------------------------------------------------------------ units and several arms

THREE = "arms=[one_call, three_calls, do_nothing]"


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Sixty people with 100 accounts in 40 homes: person p has 1 or 2 accounts and lives in home p % 40; ten name no home."""
    folder = tmp_path_factory.mktemp("homes")
    lines = ["account_id,person_id,household,balance,dpd"]
    for n in range(100):
        person = n % 60
        lines.append(f"a{n:03},p{person:02},{'' if person >= 50 else f'h{person % 40}'},{1000 + n},{1 + n % 20}")
    (folder / "homes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def made(*settings):
        return load_experiment(write(folder), folder / "homes.csv", settings)

    return made


@pytest.mark.parametrize(("unit", "units"), [("account", 100), ("person", 60), ("household", 50)])
def test_accounts_of_a_unit_keep_together(homes, unit, units):
    """60 people; 50 of them in 40 homes and 10 by themselves make 50 households."""
    variants = homes(f"unit={unit}", "designs=[{kind: complete}]")
    setting = variants.setting("as_is")
    of = units_of(setting, variants.spec).of
    assert len(np.unique(of)) == units
    arm = dealt(variants, setting, kind="complete").arm
    by_unit = np.array([arm[of == number].mean() for number in range(units)])
    assert set(by_unit) == {0.0, 1.0}
    assert by_unit.sum() == units / 2
    person, home = setting.portfolio.person_id, setting.portfolio.attributes["household"]
    if unit == "household":
        for label in range(len(home.labels)):
            assert len(np.unique(arm[home.codes == label])) <= 1
    if unit != "account":
        for name in np.unique(person):
            assert len(np.unique(arm[person == name])) == 1


def test_households_need_a_column(variants, setting):
    spec = variants.spec.model_copy(update={"unit": "household"})
    with pytest.raises(InputError, match="household_column: got household, expected a column of the portfolio"):
        units_of(setting, spec)


@pytest.mark.parametrize("kind", ["complete", "stratified", "rerandomised", "team", "dedicated"])
def test_three_arms_get_their_shares(tmp_path, kind):
    variants = small(tmp_path, THREE, "allocation=[2, 1, 1]")
    got = dealt(variants, variants.setting("as_is"), kind=kind)
    assert np.bincount(got.arm).tolist() == [120, 60, 60]


@pytest.mark.parametrize("order", ["random", "alternating", "points"])
def test_three_arms_take_turns(tmp_path, order):
    variants = small(tmp_path, THREE)
    setting = variants.setting("as_is")
    periods = np.concatenate([dealt(variants, setting, r, kind="switchback", order=order).periods for r in range(8)])
    assert set(periods) == {0, 1, 2}


def test_a_comparison_leaves_out_the_accounts_of_other_arms(tmp_path):
    variants = small(tmp_path, THREE)
    got = dealt(variants, variants.setting("as_is"), kind="complete")
    second = of_treatment(got, 2)
    assert set(got.arm[second.part]) == {0, 2}
    assert second.part.sum() == 160
    two = small(tmp_path)
    pair = dealt(two, two.setting("as_is"), kind="complete")
    assert of_treatment(pair, 1) is pair


def test_strata_are_the_combinations_of_what_is_named(setting):
    assert len(np.unique(strata_of(setting, ("region",)))) == 5
    assert len(np.unique(strata_of(setting, ("region", "product")))) == 10
    assert len(np.unique(strata_of(setting))) == 6  # two months past due, three thirds


def test_an_account_belongs_to_its_person(setting):
    person = persons_of(setting)
    names = setting.portfolio.person_id[setting.first_accounts()]
    assert (names[person] == setting.portfolio.person_id).all()
