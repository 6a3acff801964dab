"""Who people are, beyond what the portfolio shows: latent traits, drawn given the observables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import Word, rule
from sim.randomness import Draw, uniform
from sim.rules.exact import exp_exact, normal_quantile
from sim.state import Records

REASONS = 5


@rule
def level(cumulative: NDArray[np.float64], u: float) -> int:
    """Return the first index whose cumulative share exceeds u."""
    k = 0
    while k < len(cumulative) - 1 and u >= cumulative[k]:
        k += 1
    return k


@rule
def mean_one(seed: Word, entity: Word, draw: int, log_sd: float) -> float:
    """Return a lognormal factor with mean 1 and the given log-standard deviation."""
    if log_sd == 0.0:
        return 1.0
    return exp_exact(log_sd * normal_quantile(uniform(seed, entity, draw, 0)) - 0.5 * log_sd * log_sd)


@rule
def draw_people(person: Records, seed: Word, dpd: NDArray[np.int64], score_z: NDArray[np.float64],
                share_from: NDArray[np.int64], share: NDArray[np.float64], profiles: NDArray[np.float64],
                log_sd: NDArray[np.float64], tolerance: float, score_effect: float) -> None:
    """Fill the latent traits of all persons.

    Args:
        person: PERSON records, `id` filled.
        seed: the replication's population seed.
        dpd: days past due at entry, (P,).
        score_z: standardised risk score, 0 where unknown, (P,).
        share_from: days past due from which a band of reason shares holds, (bands,).
        share: cumulative reason shares, (bands, reasons).
        profiles: cumulative shares of reach profiles.
        log_sd: of frailty, sensitivity, reach, home, tolerance.
        tolerance: median tolerance.
        score_effect: change of log frailty for one standard deviation of the score.

    Draws: REASON, PROFILE, FRAILTY, SENSITIVITY, REACHABILITY, ABILITY (reach at home), TOLERANCE.
    """
    for i in range(len(person)):
        p = person[i]
        band = len(share_from) - 1
        while band > 0 and share_from[band] > dpd[i]:
            band -= 1
        p.reason = level(share[band], uniform(seed, p.id, Draw.REASON, 0))
        p.profile = level(profiles, uniform(seed, p.id, Draw.PROFILE, 0))
        p.frailty = mean_one(seed, p.id, Draw.FRAILTY, log_sd[0]) * exp_exact(score_effect * score_z[i])
        p.sensitivity = mean_one(seed, p.id, Draw.SENSITIVITY, log_sd[1])
        p.reach = mean_one(seed, p.id, Draw.REACHABILITY, log_sd[2])
        p.home = mean_one(seed, p.id, Draw.ABILITY, log_sd[3])
        p.tolerance = tolerance * exp_exact(log_sd[4] * normal_quantile(uniform(seed, p.id, Draw.TOLERANCE, 0)))


@rule
def agent_skill(seed: Word, agent: Records, log_sd: NDArray[np.float64]) -> None:
    """Draw each agent's skill, lognormal with mean 1. Draws: AGENT_SKILL. `log_sd` by agent, 0 for machines."""
    for n in range(len(agent)):
        agent[n].skill = mean_one(seed, agent[n].id, Draw.AGENT_SKILL, log_sd[n])
