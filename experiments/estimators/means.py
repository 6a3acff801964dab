"""Differences of means of independently assigned accounts, raw and adjusted for covariates or strata.

Source: Welch (1947), Biometrika 34; Neyman (1923) (HC2 equals his variance); Lin (2013), Annals of Applied
Statistics 7; Deng, Xu, Kohavi and Walker (2013), WSDM (CUPED); Imai, King and Nall (2009), Statistical
Science 24 (blocks); Miratrix, Sekhon and Yu (2013), J. R. Stat. Soc. B 75 (post-stratification).
"""

from __future__ import annotations

import math

import numpy as np

from experiments.estimators.data import Contrast, FloatArray, Options
from experiments.estimators.moments import Moments, cuped_of, moments_of, welch_of
from experiments.estimators.protocol import FunctionEstimator
from experiments.estimators.regression import hc_variance, least_squares
from experiments.estimators.results import NotEstimable, Result, wald

_MEANS = ("mean", "proportion", "count")
_DIFFERENCE = "difference of means, treatment minus control, in the unit of the outcome"
_DEPENDENT = "covariates are constant or depend on each other, or there are too few accounts for them"


def arm_moments(data: Contrast, *, covariates: bool) -> tuple[Moments, Moments]:
    """Return the moments of (treatment, control): the outcome, then the covariates if asked for."""
    parts = []
    for arm in (data.treated, ~data.treated):
        extra = list(data.covariates[arm].T) if covariates else []
        parts.append(moments_of(data.outcome[arm], *extra))
    return parts[0], parts[1]


def _welch(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    got = welch_of(*arm_moments(data, covariates=False))
    return wald(self.name, self.estimand, got.estimate, got.se, got.df, options.level, data.n)


def _student(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    first, second = arm_moments(data, covariates=False)
    df = first.n + second.n - 2
    pooled = float(first.scatter[0, 0] + second.scatter[0, 0]) / df
    gap = float(first.mean[0] - second.mean[0])
    return wald(
        self.name,
        self.estimand,
        gap,
        math.sqrt(pooled * (1.0 / first.n + 1.0 / second.n)),
        df,
        options.level,
        data.n,
    )


def _hc2(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    # without covariates HC2 is Neyman's variance, which the moments of the arms give
    got = welch_of(*arm_moments(data, covariates=False))
    return wald(self.name, self.estimand, got.estimate, got.se, data.n - 2.0, options.level, data.n)


def _cuped(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    got = cuped_of(*arm_moments(data, covariates=True))
    return wald(self.name, self.estimand, got.estimate, got.se, got.df, options.level, data.n)


def ancova_design(data: Contrast, *, interacted: bool) -> FloatArray:
    """Return (n, columns) of the regression: one, treated, centred covariates, and products with treated if
    asked.

    Centring makes the coefficient of `treated` the average effect also when slopes differ between the arms.
    """
    centred = data.covariates - data.covariates.mean(axis=0)
    treated = data.treated.astype(np.float64)
    parts = [np.ones(data.n), treated, centred]
    if interacted:
        parts.append(centred * treated[:, None])
    return np.column_stack(parts)


def _regression(self: FunctionEstimator, data: Contrast, options: Options, *, interacted: bool) -> Result:
    fit = least_squares(ancova_design(data, interacted=interacted), data.outcome)
    if fit is None:
        return NotEstimable(self.name, _DEPENDENT, data.n)
    se = math.sqrt(hc_variance(fit, 1, 2))
    return wald(self.name, self.estimand, float(fit.coefficients[1]), se, fit.df, options.level, data.n)


def _ancova(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    return _regression(self, data, options, interacted=False)


def _lin(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    return _regression(self, data, options, interacted=True)


def _by_stratum(self: FunctionEstimator, data: Contrast, options: Options, *, satterthwaite: bool) -> Result:
    stratum = data.stratum if data.stratum is not None else np.zeros(data.n, dtype=np.int64)
    strata = int(stratum.max()) + 1
    estimate, variance, spread = 0.0, 0.0, 0.0
    for s in range(strata):
        rows = stratum == s
        treated, control = data.outcome[rows & data.treated], data.outcome[rows & ~data.treated]
        if min(treated.size, control.size) < 2:
            return NotEstimable(
                self.name,
                f"stratum {s + 1} of {strata} has {treated.size} treated and {control.size} control "
                "accounts; each needs at least 2",
                data.n,
            )
        weight = (treated.size + control.size) / data.n
        estimate += weight * float(treated.mean() - control.mean())
        for arm in (treated, control):
            part = weight**2 * float(arm.var(ddof=1)) / arm.size
            variance += part
            spread += part**2 / (arm.size - 1)
    df = variance**2 / spread if satterthwaite and spread > 0.0 else float(data.n - 2 * strata)
    return wald(self.name, self.estimand, estimate, math.sqrt(variance), df, options.level, data.n)


def _blocked(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    return _by_stratum(self, data, options, satterthwaite=False)


def _post_stratified(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    return _by_stratum(self, data, options, satterthwaite=True)


ESTIMATORS: tuple[FunctionEstimator, ...] = (
    FunctionEstimator("welch", _MEANS, _DIFFERENCE, _welch),
    FunctionEstimator("student", _MEANS, _DIFFERENCE, _student),
    FunctionEstimator("hc2", _MEANS, _DIFFERENCE, _hc2),
    FunctionEstimator("cuped", _MEANS, _DIFFERENCE, _cuped, ("covariates",)),
    FunctionEstimator("ancova", _MEANS, _DIFFERENCE, _ancova, ("covariates",)),
    FunctionEstimator("lin", _MEANS, _DIFFERENCE, _lin, ("covariates",)),
    FunctionEstimator("blocked", _MEANS, _DIFFERENCE, _blocked, ("stratum",)),
    FunctionEstimator("post_stratified", _MEANS, _DIFFERENCE, _post_stratified, ("stratum",)),
)
