"""Effects when not everybody assigned to treatment got it, and some of control did.

Source: Angrist, Imbens and Rubin (1996), JASA 91: the effect on accounts that take the treatment exactly when
assigned, from the assignment as an instrument; it needs that assignment acts only through the treatment and
that nobody does the opposite of what is assigned.
"""

from __future__ import annotations

import math

from experiments.estimators.data import Contrast, Options
from experiments.estimators.moments import moments_of, welch, welch_of
from experiments.estimators.protocol import FunctionEstimator
from experiments.estimators.results import NotEstimable, Result, wald

WEAK = 3.2
"""First-stage t below this (F below 10) makes the ratio's normal interval untrustworthy."""


def _itt(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    got = welch_of(moments_of(data.outcome[data.treated]), moments_of(data.outcome[~data.treated]))
    return wald(self.name, self.estimand, got.estimate, got.se, got.df, options.level, data.n)


def _cace(self: FunctionEstimator, data: Contrast, options: Options) -> Result:
    if data.received is None:
        return NotEstimable(self.name, "the data do not say who received the treatment", data.n)
    took = data.received.astype(float)
    first = welch_of(moments_of(took[data.treated]), moments_of(took[~data.treated]))
    strength = first.estimate / first.se if first.se > 0.0 else math.inf * first.estimate
    if first.estimate <= 0.0 or strength < WEAK:
        return NotEstimable(
            self.name,
            f"assignment changed receipt by {first.estimate:.2%} only (t = {strength:.1f}): "
            "too weak an instrument",
            data.n,
        )
    effect = float(data.outcome[data.treated].mean() - data.outcome[~data.treated].mean()) / first.estimate
    residual = data.outcome - effect * took
    one, zero = moments_of(residual[data.treated]), moments_of(residual[~data.treated])
    error = welch(0.0, one.variance(), one.n, 0.0, zero.variance(), zero.n)
    return wald(self.name, self.estimand, effect, error.se / first.estimate, math.inf, options.level, data.n)


_KINDS = ("mean", "proportion", "count")
ESTIMATORS: tuple[FunctionEstimator, ...] = (
    FunctionEstimator(
        "itt", _KINDS, "effect of being assigned: difference of means, treatment minus control", _itt
    ),
    FunctionEstimator(
        "cace",
        _KINDS,
        "effect of receiving, on accounts that receive exactly when assigned",
        _cace,
        ("received",),
    ),
)
