"""Figures that are printed in public sources, typed in from there, and other people's code at test time."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.cli_ab import ab
from experiments.design.decisions import sign_magnitude
from experiments.design.many_arms import dunnett_critical, equal_loadings
from experiments.estimators.regression import cluster_error, hc_variance, least_squares
from experiments.estimators.survival import cox
from experiments.sequential.bounds import efficacy_bounds, equal_looks
from experiments.sequential.inference import peeking_error
from experiments.sequential.operating import inflation


@pytest.mark.parametrize(
    ("looks", "pocock", "obrien_fleming"),
    [(2, 2.178, 1.977), (3, 2.289, 2.004), (4, 2.361, 2.024), (5, 2.413, 2.040), (10, 2.555, 2.087)],
)
def test_two_sided_constants_of_jennison_and_turnbull(looks, pocock, obrien_fleming):
    # Jennison and Turnbull (2000), tables 2.1 and 2.3, alpha 0.05
    t = equal_looks(looks)
    assert efficacy_bounds(t, "pocock", 0.05, 2).z[0] == pytest.approx(pocock, abs=5e-4)
    assert efficacy_bounds(t, "obrien_fleming", 0.05, 2).z[-1] == pytest.approx(obrien_fleming, abs=5e-4)


def test_inflation_factors_of_jennison_and_turnbull():
    # tables 2.2 and 2.4, alpha 0.05, power 0.8, five looks
    t = equal_looks(5)
    assert inflation(efficacy_bounds(t, "pocock", 0.05, 2), 0.8).inflation == pytest.approx(1.229, abs=5e-4)
    assert inflation(efficacy_bounds(t, "obrien_fleming", 0.05, 2), 0.8).inflation == pytest.approx(
        1.028, abs=5e-4
    )


def test_peeking_as_armitage_mcpherson_and_rowe_found_it():
    # Armitage, McPherson and Rowe (1969), table 2, nominal 0.05
    for looks, error in ((1, 0.05), (2, 0.083), (3, 0.107), (5, 0.142), (10, 0.193)):
        assert peeking_error(looks, 0.05) == pytest.approx(error, abs=5e-4)


def test_dunnett_1964():
    # Dunnett (1964), Biometrics 20, two-sided 5 %, 20 degrees of freedom, 2 to 5 treatments
    for treatments, critical in ((2, 2.38), (3, 2.54), (4, 2.65), (5, 2.73)):
        assert dunnett_critical(equal_loadings(treatments), 20, 0.05, 2) == pytest.approx(critical, abs=5e-3)


def test_gelman_and_carlin_2014():
    # Perspectives on Psychological Science 9, pages 643 and 645
    first, second = sign_magnitude(0.1, 3.28), sign_magnitude(2.0, 8.1)
    assert (round(first.power, 2), round(first.type_s, 2), round(first.type_m)) == (0.05, 0.46, 77)
    assert (round(second.power, 2), round(second.type_s, 2), round(second.type_m, 1)) == (0.06, 0.24, 9.5)


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(7)
    n, groups = 300, 14
    cluster = np.sort(rng.integers(0, groups, n))
    treated = (cluster % 2 == 0).astype(float)
    x = rng.normal(size=n)
    y = (
        1.0
        + 0.3 * treated
        + 0.5 * x
        + rng.normal(size=groups)[cluster]
        + rng.normal(size=n) * (1.0 + treated)
    )
    return y, np.column_stack((np.ones(n), treated, x)), cluster


@pytest.mark.filterwarnings("ignore")
def test_robust_errors_agree_with_statsmodels(sample):
    import statsmodels.api as sm

    y, X, cluster = sample
    ours = least_squares(X, y)
    for kind in range(4):
        theirs = sm.OLS(y, X).fit(cov_type=f"HC{kind}")
        assert math.sqrt(hc_variance(ours, 1, kind)) == pytest.approx(theirs.bse[1], rel=1e-10)
    theirs = sm.OLS(y, X).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    assert cluster_error(ours, cluster, 1, 1).se == pytest.approx(theirs.bse[1], rel=1e-10)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("whole_days", [False, True])
def test_cox_agrees_with_statsmodels_with_and_without_ties(whole_days):
    from statsmodels.duration.hazard_regression import PHReg

    rng = np.random.default_rng(3)
    X = np.column_stack((rng.integers(0, 2, 250), rng.normal(size=250))).astype(float)
    time = rng.exponential(20.0 * np.exp(-0.4 * X[:, 0] - 0.3 * X[:, 1]))
    if whole_days:
        time = np.ceil(time)
    event, time = time < 30.0, np.minimum(time, 30.0)
    theirs = PHReg(time, X, status=event.astype(float), ties="efron").fit()
    ours = cox(time, event, X)
    assert ours.converged
    assert ours.coefficients == pytest.approx(theirs.params, rel=1e-6)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(theirs.bse, rel=1e-5)


def analysed(tmp_path, text, data):
    plan = tmp_path / "experiment.yaml"
    plan.write_text(text, encoding="utf-8")
    got = CliRunner().invoke(ab, ["analyze", str(plan), "--data", str(data), "--format", "json"])
    assert got.exit_code == 0, got.output
    return json.loads(got.stdout)


@pytest.mark.real_data
def test_outvote_text_message_trial(tmp_path, real_data_dir):
    # Schein et al. (2021), Assessing the effects of friend-to-friend texting; figures of the public data set
    got = analysed(
        tmp_path,
        """
        arm: Z
        control: 0
        where: "M == 1 and Q <= 103"
        received: D
        metrics: [{name: voted, column: Y, kind: proportion, estimators: [welch, itt, cace]}]
        """,
        real_data_dir / "outvote_text_rct.csv.gz",
    )
    lines = {line["estimator"]: line for line in got["contrasts"]}
    assert lines["welch"]["n"] == 27_464
    assert round(100 * lines["welch"]["estimate"], 2) == 3.02
    assert round(100 * lines["welch"]["se"], 2) == 1.15
    assert lines["itt"]["estimate"] == lines["welch"]["estimate"]
    assert round(100 * lines["cace"]["estimate"], 1) == 11.9


@pytest.mark.real_data
def test_karlan_and_list_letter_trial(tmp_path, real_data_dir):
    # Karlan and List (2007), American Economic Review 97, table 2A: response 1.8 % and 2.2 %, amount 0.81
    # and 0.97
    got = analysed(
        tmp_path,
        """
        arm: treatment
        control: 0
        allocation: {"0": 1, "1": 2}
        metrics:
          - {name: gave, column: out_gavedum, kind: proportion}
          - {name: amount, column: out_amountgive, kind: mean}
        """,
        real_data_dir / "karlan_list_mail_rct.csv.gz",
    )
    assert got["srm"]["counts"] == {"0": 16_687, "1": 33_396}
    assert got["srm"]["p_value"] > 0.01
    lines = {(line["metric"], line["estimator"]): line for line in got["contrasts"]}
    assert lines["gave", "pooled_z"]["estimate"] == pytest.approx(0.0220 - 0.0179, abs=1e-4)
    assert lines["gave", "pooled_z"]["se"] == pytest.approx(0.0013, abs=5e-5)
    assert lines["amount", "welch"]["estimate"] == pytest.approx(0.965 - 0.813, abs=1e-3)
    assert 0.05 < lines["amount", "welch"]["p_value"] < 0.10
    assert any("tail too heavy" in warning for warning in got["warnings"])
