"""What relief does to the intensity of paying: a hardship plan, an arrangement that runs, an offer that is valid."""

from __future__ import annotations

from sim.codes import Arrangement, Flag
from sim.compiled import rule
from sim.state import World


@rule
def arranged_log_odds(world: World, kind: int) -> float:
    """Return what an arrangement that runs adds to the log-odds of paying, before how far relief fits the reason."""
    m = world.mechanism[0]
    if kind == Arrangement.EXTENSION:
        return m.extension
    return m.pause if kind == Arrangement.PAUSE else 0.0


@rule
def relief_log_odds(world: World, i: int, t: int) -> float:
    """Return what relief adds to the log-odds of paying at t: an arrangement or hardship plan, an offer that is valid.

    Reads: reason, flags, offer, arrangement. Writes, Draws: nothing.
    """
    p = world.person[i]
    params = world.params[0]
    reason = world.reason[p.reason]
    log_odds = 0.0
    kind = world.fortune[i].arranged if world.mechanism[0].arranges == 1 else 0
    if kind != Arrangement.NONE:
        log_odds += arranged_log_odds(world, kind) * reason.relief
    elif p.flags & Flag.HARDSHIP_PLAN:
        log_odds += params.plan_log_odds * reason.relief
    if p.offer_until_s > t:
        log_odds += params.waiver_log_odds * reason.relief * (p.offer_fees + p.offer_interest)
        if p.offer_principal > 0.0:
            log_odds += world.mechanism[0].settlement * reason.relief * p.offer_principal
    return log_odds
