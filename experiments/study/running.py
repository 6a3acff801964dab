"""A study from its file to its answer: fit, predict, and compare with what was frozen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.study.fitting import Fitted, fit
from experiments.study.loading import Study
from experiments.study.playing import Player, runner
from sim.spec.study import Prediction, StudySpec, Unit

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Predicted:
    """One figure that the model was asked for; nan with a reason where it has none."""

    item: Prediction
    horizon_days: int
    unit: Unit
    estimate: float
    mc_se: float
    """Monte-Carlo standard error of the estimate, given what was fitted: not the uncertainty of targets or of the model."""
    interval: tuple[float, float] | None = None
    """Where one more observation of its kind falls 95 times in 100, from the spread of earlier ones (t)."""
    observed: float | None = None

    @property
    def passes(self) -> bool | None:
        """Whether the estimate lies in its band; None without one."""
        return None if self.item.band is None else self.item.band[0] <= self.estimate <= self.item.band[1]


@dataclass(frozen=True, slots=True)
class StudyResult:
    """What a study found."""

    study: Study
    calibrated: tuple[Fitted, ...]
    predictions: tuple[Predicted, ...]
    worlds: int
    """Worlds played."""


def run_study(study: Study, jobs: int, tell: Callable[[int], None]) -> StudyResult:
    """Run a study. Figures do not depend on `jobs`.

    Args:
        study: what to run.
        jobs: worker processes; 1 runs here, -1 uses all processors.
        tell: told the number of worlds played after each.

    Raises:
        RunFailed: a worker process was ended from outside.
    """
    spec = study.spec
    with runner(study, jobs) as run:
        player = Player(study, run, tell)
        fitted, values = fit(study, player)
        asked = [item for item in spec.predictions if not item.cannot]
        # Other luck than the fit's, so that what was fitted to luck does not come back as a prediction.
        replications = range(spec.replications.fit, spec.replications.fit + spec.replications.predict)
        figures = dict(zip(map(id, asked), player.figures(asked, values, replications), strict=True))
        predictions = tuple(_predicted(study, player, item, figures.get(id(item))) for item in spec.predictions)
    return StudyResult(study, tuple(fitted), predictions, player.worlds)


def worlds_expected(spec: StudySpec) -> int:
    """Return about how many worlds a study plays: how soon a fit meets its target is not known before."""
    evaluations = 9
    arms = {name for item in spec.predictions if not item.cannot for arm in (item.arm, item.against) if arm
            for name in (spec.arms[arm].mean_of or (arm,))}
    fits = sum(len(spec.arms[arm].mean_of) or 1 for item in spec.calibrated for arm in (item.arm, item.against) if arm)
    return evaluations * spec.replications.fit * fits + spec.replications.predict * len(arms)


def _predicted(study: Study, player: Player, item: Prediction, figure: NDArray[np.float64] | None) -> Predicted:
    days, unit = study.spec.days(item), study.spec.unit(item)
    if figure is None:
        return Predicted(item, days, unit, math.nan, math.nan)
    known = figure[~np.isnan(figure)]
    estimate = float(known.mean()) if len(known) else math.nan
    error = float(known.std(ddof=1) / math.sqrt(len(known))) if len(known) > 1 else math.nan
    interval, observed = None, None
    if item.observed is not None:
        observed = player.observed(item, item.observed, item.arm)
        if item.spread_of:
            seen = [player.observed(item, item.observed, arm) for arm in item.spread_of]
            low, high = next_one(estimate, seen)
            interval = (max(low, 0.0), min(high, 100.0)) if unit == "percent" else (low, high)
    return Predicted(item, days, unit, estimate, error, interval, observed)


def next_one(centre: float, seen: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval for one more observation around a centre, from the spread of earlier ones.

    Source: t prediction interval of a normal sample, centre +- t(n - 1) s sqrt(1 + 1 / n).
    """
    n = len(seen)
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1)) * float(np.std(seen, ddof=1)) * math.sqrt(1 + 1 / n)
    return centre - half, centre + half
