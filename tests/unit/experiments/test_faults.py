"""Each fault does to the data what it says, and each diagnostic speaks for its cause and not for others."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.deal import covariates_of, deal
from experiments.estimators.data import Contrast
from experiments.faults import DIAGNOSTICS, _mantel_haenszel, alarms, data_of, duplicates, mishandled, seen_of
from experiments.truth import account_outcome, play
from sim import Row
from sim.spec.experiment import Fault
from tests.unit.experiments.abworlds import small


@pytest.fixture(scope="module")
def test_of_240(tmp_path_factory):
    """Return (setting, dealt, rows, seen, spec) of one clean world."""
    variants = small(tmp_path_factory.mktemp("faults"), "utilisations={as_is: 50}")
    setting, spec = variants.setting("as_is"), variants.spec
    dealt = deal(setting, spec, spec.designs[0], 0)
    rows = play(setting, variants.strategies(*spec.arms), 0, dealt.assignment).rows
    data = Contrast(outcome=account_outcome(setting, rows, spec.metric), treated=dealt.arm == 1,
                    covariates=covariates_of(setting))
    return setting, dealt, rows, seen_of(data, dealt, setting), variants


def spoken(seen, rows, allocation=(1, 1)):
    return {name for name, alarm in alarms(seen, rows, allocation) if alarm}


def test_a_clean_test_raises_no_alarm(test_of_240):
    *_, rows, seen, _ = test_of_240
    assert spoken(seen, rows) == set()
    assert tuple(name for name, _ in alarms(seen, rows, (1, 1))) == DIAGNOSTICS


def test_mismatch_loses_treated_accounts_only(test_of_240):
    *_, rows, seen, _ = test_of_240
    got = data_of(seen, Fault(kind="mismatch", share=0.6), rows, 0)
    assert got.data.n_control == seen.data.n_control
    assert 0.3 < got.data.n_treated / seen.data.n_treated < 0.5
    assert spoken(got, rows) == {"sample_ratio", "loss"}


def test_a_planned_split_is_no_mismatch(test_of_240):
    *_, rows, seen, _ = test_of_240
    assert spoken(seen, rows, (1, 3)) == {"sample_ratio"}


def test_leakage_changes_who_is_worked_not_the_list(test_of_240):
    setting, dealt, _, seen, variants = test_of_240
    fault = Fault(kind="leakage", share=0.3)
    worked = mishandled(dealt, fault, 0)
    crossed = worked.arms_on(0) != dealt.arm
    assert not (crossed & (dealt.arm == 1)).any()
    assert 0.2 < crossed.sum() / (dealt.arm == 0).sum() < 0.4
    rows = play(setting, variants.strategies(*variants.spec.arms), 0, worked).rows
    assert spoken(seen, rows) == {"crossing"}
    assert mishandled(dealt, None, 0) is dealt.assignment


def test_attrition_loses_cured_accounts_and_the_arm_that_cures_more_loses_more(test_of_240):
    *_, rows, seen, _ = test_of_240
    got = data_of(seen, Fault(kind="attrition", share=1), rows, 0)
    cured = np.unique(rows["account"][rows["row"] == Row.CURED])
    assert len(cured) > 20
    assert not np.isin(got.account, cured).any()
    assert got.data.n == seen.data.n - len(cured)
    assert "loss" in spoken(got, rows)


def test_duplicates_stand_twice_under_arms_of_their_own(test_of_240):
    *_, rows, seen, _ = test_of_240
    got = data_of(seen, Fault(kind="duplicates", share=0.2), rows, 0)
    again = got.data.n - seen.data.n
    assert 30 < again < 70
    assert (got.data.outcome[seen.data.n:] == seen.data.outcome[got.account[seen.data.n:]]).all()
    assert 0 < got.data.treated[seen.data.n:].mean() < 1
    assert duplicates(got)
    assert not duplicates(seen)


def test_faults_are_the_same_for_the_same_replication(test_of_240):
    *_, rows, seen, _ = test_of_240
    fault = Fault(kind="mismatch", share=0.5)
    one, same, other = (data_of(seen, fault, rows, r).account.tolist() for r in (0, 0, 1))
    assert one == same != other


def test_drift_changes_nothing_in_the_data(test_of_240):
    *_, rows, seen, _ = test_of_240
    assert data_of(seen, Fault(kind="drift", share=0.5), rows, 0) is seen


def test_mantel_haenszel_is_that_of_a_worked_example():
    """Two strata by hand. Stratum 1: 10 early with 2 successes, 10 late with 8; stratum 2: 5 early with 1, 5 late with 4.

    Expected late successes 5 and 2.5, variances 10*10*10*10/(400*19) and 5*5*5*5/(100*9):
    (3 + 1.5)^2 / (1.315789 + 0.694444) = 10.07366, p = 0.001504.
    """
    success = np.array([1] * 2 + [0] * 8 + [1] * 8 + [0] * 2 + [1, 0, 0, 0, 0] + [1] * 4 + [0], dtype=np.bool_)
    late = np.array([0] * 10 + [1] * 10 + [0] * 5 + [1] * 5, dtype=np.bool_)
    stratum = np.array([0] * 20 + [1] * 10)
    assert _mantel_haenszel(success, late, stratum) == pytest.approx(0.001504, abs=5e-6)
    assert _mantel_haenszel(success[:0], late[:0], stratum[:0]) == 1.0
    assert _mantel_haenszel(success, late, np.arange(30)) == 1.0
