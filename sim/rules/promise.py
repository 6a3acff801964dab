"""The life of a promise: made in a conversation, due on a day, kept, partly kept or broken; broken ones lower trust."""

from __future__ import annotations

from sim.codes import Event, Flag, Row
from sim.compiled import rule
from sim.randomness import Draw, uniform
from sim.rules.clock import DAY_S, local_day, second_of_local
from sim.rules.exact import exp_exact, log_exact
from sim.rules.logging import note
from sim.rules.payment import balance_of, new_residual, pass_time, receive, renew_base, schedule_payment
from sim.state import NEVER, World


@rule
def make_promise(world: World, i: int, account: int, t: int, channel: int, pool: int, arm: int) -> None:
    """The person promises an amount by a date.

    Reads: balance. Writes: the person's promise, event_day, log (PROMISE: value = days until due). Draws: PROMISE_DAYS,
    PROMISE_SHARE, PROMISE_SECOND at the number of promises made.
    """
    p = world.person[i]
    params = world.params[0]
    n = p.promises
    days = 1 + int(uniform(params.behaviour_seed, p.id, Draw.PROMISE_DAYS, n) * params.promise_days)
    share = 1.0
    u = uniform(params.behaviour_seed, p.id, Draw.PROMISE_SHARE, n)
    if u >= params.promise_full:
        share = 0.2 + 0.6 * (u - params.promise_full) / (1.0 - params.promise_full)
    amount = int(share * balance_of(world, i))
    amount = 1 if amount < 1 else amount
    day = local_day(world, p.zone, t) + days
    # Promised money arrives between 08:00 and 22:00 of the day.
    second = 28800 + int(uniform(params.behaviour_seed, p.id, Draw.PROMISE_SECOND, n) * 50400.0)
    p.promises += 1
    p.promise_live = 1
    p.promise_reminded = 0
    p.promise_channel = channel
    p.promise_pool = pool
    p.promise_account = account
    p.promise_minor = amount
    p.promise_paid_minor = 0
    p.promise_due_s = second_of_local(world, p.zone, day * DAY_S + second)
    p.promise_check_s = second_of_local(world, p.zone, (day + 1 + params.grace_days) * DAY_S)
    p.flags |= Flag.PROMISE_LIVE
    world.event_day[i, Event.PROMISE] = day - days
    note(world, t, Row.PROMISE, i, account, arm, amount, n, channel, days)


@rule
def end_promise(world: World, i: int, t: int, row: int) -> None:
    """Close the live promise as kept, partly kept or broken. Writes: person, event_day, log (amount = paid on it)."""
    p = world.person[i]
    p.promise_live = 0
    p.promise_due_s = NEVER
    p.promise_check_s = NEVER
    p.flags -= p.flags & Flag.PROMISE_LIVE
    day = local_day(world, p.zone, t)
    if row == Row.PROMISE_KEPT:
        p.kept += 1
        world.event_day[i, Event.KEPT] = day
    else:
        p.broken += 1
        p.trust *= world.params[0].broken_trust
        world.event_day[i, Event.BROKEN] = day
    a = p.promise_account
    note(world, t, row, i, a, world.account[a].arm, p.promise_paid_minor, p.promises - 1, p.promise_channel, 0)


@rule
def check_kept(world: World, i: int, t: int) -> None:
    """Close the live promise as kept as soon as what was promised is paid, or nothing is owed any more."""
    p = world.person[i]
    if p.promise_live == 1 and (p.promise_paid_minor >= p.promise_minor or p.open_accounts == 0):
        end_promise(world, i, t, Row.PROMISE_KEPT)


@rule
def keep_probability(world: World, i: int) -> float:
    """Return the chance that the live promise is kept: logistic in who took it, reason, trust and reminders."""
    p = world.person[i]
    params = world.params[0]
    x = params.kept_base + world.channel[p.promise_channel].kept_log_odds + world.reason[p.reason].kept
    if world.mechanism[0].promise_skill != 0.0:
        x += world.mechanism[0].promise_skill * log_exact(p.promise_skill)
    x += log_exact(p.trust) + (params.kept_reminded if p.promise_reminded == 1 else 0.0)
    return 1.0 / (1.0 + exp_exact(-x))


@rule
def promise_due(world: World, i: int, t: int) -> None:
    """The promised day has come: the person pays what was promised, a part of it, or nothing.

    Reads: promise, reason, trust. Writes: accounts, clock, log. Draws: PROMISE_KEPT, PROMISE_KEPT_SHARE at the promise.
    """
    p = world.person[i]
    params = world.params[0]
    p.promise_due_s = NEVER
    n = p.promises - 1
    left = p.promise_minor - p.promise_paid_minor
    owed = balance_of(world, i)
    left = owed if left > owed else left
    u = uniform(params.behaviour_seed, p.id, Draw.PROMISE_KEPT, n)
    kept = keep_probability(world, i)
    if u >= kept:
        if u >= kept + (1.0 - kept) * params.kept_partly:
            return
        left = int(left * uniform(params.behaviour_seed, p.id, Draw.PROMISE_KEPT_SHARE, n))
    if left > 0:
        pass_time(world, i, t)
        receive(world, i, t, left, p.promise_channel)
        new_residual(world, i)
        renew_base(world, i, t)
        schedule_payment(world, i)
        check_kept(world, i, t)


@rule
def promise_check(world: World, i: int, t: int) -> None:
    """The grace after the promised day is over: what is not kept by now is partly kept or broken."""
    row = Row.PROMISE_PARTLY if world.person[i].promise_paid_minor > 0 else Row.PROMISE_BROKEN
    end_promise(world, i, t, row)
