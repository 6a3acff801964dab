"""Two-stage designs: teams that treat different shares of their accounts tell what treating everybody would do."""

from __future__ import annotations

import math

import numpy as np

from experiments.estimators.data import Contrast, Options
from experiments.estimators.results import NotEstimable, Result, wald

TEAM_SLOPE = "team_slope"


def team_slope(data: Contrast, options: Options) -> Result:
    """Return the slope of team means on the share treated: the total effect if interference is linear.

    Source: Hudgens and Halloran (2008) for two-stage randomisation; least squares over teams, t with teams - 2 degrees of
    freedom.
    """
    if data.cluster is None:
        return NotEstimable(TEAM_SLOPE, "the data name no cluster", data.n)
    names, place = np.unique(data.cluster, return_inverse=True)
    size = np.bincount(place).astype(np.float64)
    y = np.bincount(place, weights=data.outcome) / size
    x = np.bincount(place, weights=data.treated.astype(np.float64)) / size
    spread = float(((x - x.mean()) ** 2).sum())
    if len(names) < 4 or spread <= 0.0:
        return NotEstimable(TEAM_SLOPE, "fewer than four teams, or all with the same share treated", data.n)
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / spread)
    residual = y - y.mean() - slope * (x - x.mean())
    se = math.sqrt(float((residual**2).sum()) / (len(names) - 2) / spread)
    return wald(TEAM_SLOPE, "total effect of treating everybody", slope, se, len(names) - 2, options.level, data.n, len(names))
