"""What befalls people slowly, whatever anybody does: shocks that pass. One second, `own_s`, says when the next of it comes;
it bounds `edge_s`, at which the base intensity is renewed anyway, so that it costs nothing where it is off.
"""

from __future__ import annotations

from sim.codes import Reason, Row
from sim.compiled import rule
from sim.randomness import Draw, uniform
from sim.rules.exact import exponential_quantile
from sim.rules.logging import note
from sim.state import NEVER, World


@rule
def begin_fortune(world: World, i: int, t: int) -> None:
    """Schedule the slow events of a person who enters at t. Writes: person. Draws: as `schedule_turn`."""
    schedule_turn(world, i, t)
    renew_own(world, i)


@rule
def renew_own(world: World, i: int) -> None:
    """Set the second of the person's next slow event. Writes: person.own_s. Draws: nothing."""
    p = world.person[i]
    p.own_s = p.turn_s


@rule
def slow_event(world: World, i: int, t: int) -> None:
    """Carry out the person's slow events that are due at t; the caller renews the base. Reads, Writes, Draws: theirs."""
    p = world.person[i]
    if p.turn_s <= t:
        turn(world, i, t)
    renew_own(world, i)


@rule
def schedule_turn(world: World, i: int, t: int) -> None:
    """Draw when liquidity turns next: who forgot is hit by a shock, who had one recovers; others keep their reason.

    Reads: reason, mechanism. Writes: person.turn_s. Draws: LIQUIDITY at the number of turns.
    """
    p = world.person[i]
    m = world.mechanism[0]
    rate = 0.0
    if p.reason == Reason.FORGOT:
        rate = m.hit_per_s
    elif p.reason == Reason.SHOCK:
        rate = m.recovers_per_s
    p.turn_s = NEVER
    if rate > 0.0:
        wait = exponential_quantile(uniform(world.params[0].behaviour_seed, p.id, Draw.LIQUIDITY, p.turns)) / rate
        if wait < 1e9:
            p.turn_s = t + 1 + int(wait)


@rule
def turn(world: World, i: int, t: int) -> None:
    """Liquidity turns at t. What somebody told about their reason is not taken back.

    Writes: person.reason, turns, log (LIQUIDITY: value 1 hit, 0 recovered). Draws: the next turn.
    """
    p = world.person[i]
    hit = p.reason == Reason.FORGOT
    p.reason = Reason.SHOCK if hit else Reason.FORGOT
    p.turns += 1
    a = p.first_account
    note(world, t, Row.LIQUIDITY, i, a, world.account[a].arm, 0, p.turns, -1, 1 if hit else 0)
    schedule_turn(world, i, t)
