"""What may be agreed on instead of paying at once: an instalment plan, an extension, a hardship pause. While one runs, days past
due stand still.
"""

from __future__ import annotations

from sim.codes import AccountStatus, Arrangement, Flag, Row
from sim.compiled import rule
from sim.randomness import CHANNEL_STRIDE, Draw, uniform
from sim.rules.clock import DAY_S, HOUR_S, local_day, second_of_local
from sim.rules.exact import exp_exact, log_exact
from sim.rules.logging import note
from sim.rules.payment import balance_of, new_residual, pass_time, receive, renew_base, schedule_payment
from sim.rules.promise import check_kept
from sim.state import NEVER, World

PLAN_DAYS = 30
PLAN_HOUR = 12
"""The hour at which an instalment of a plan arrives, if it does."""
DONE, BROKEN, OVER = 0, 1, 2
"""How an arrangement ends: everything was paid as agreed, instalments were missed, its days are over."""


@rule
def renew_own(world: World, i: int) -> None:
    """Set the second of the person's next slow event. Reads: fortune, debt. Writes: person.own_s. Draws: nothing."""
    p = world.person[i]
    fortune = world.fortune[i]
    upcoming = fortune.turn_s if fortune.turn_s < fortune.debit_s else fortune.debit_s
    upcoming = fortune.until_s if fortune.until_s < upcoming else upcoming
    upcoming = fortune.plan_s if fortune.plan_s < upcoming else upcoming
    for a in range(p.first_account, p.first_account + p.accounts):
        debt = world.debt[a]
        upcoming = debt.due_s if debt.due_s < upcoming else upcoming
        upcoming = debt.old_s if debt.old_s < upcoming else upcoming
    p.own_s = upcoming


@rule
def propose(world: World, k: int, t: int, factor: float) -> bool:
    """Offer the arrangement of task k's step to the person it reached; returns whether it is taken up.

    How likely that is says how far it fits the reason; `factor` is below 1 where it was only read. Nobody has two at a time.
    Reads: step, reason, takes_up. Writes: as `arrange`. Draws: TAKES_UP at the n-th contact of the channel.
    """
    task = world.task[k]
    if task.step < 0 or world.step[task.step].arrange == Arrangement.NONE:
        return False
    step = world.step[task.step]
    i = task.person
    p = world.person[i]
    if p.open_accounts == 0 or world.fortune[i].arranged != Arrangement.NONE or p.flags & (Flag.DISPUTE | Flag.HARDSHIP_PLAN):
        return False
    chance = world.takes_up[step.arrange, p.reason] * factor
    u = uniform(world.params[0].behaviour_seed, p.id, Draw.TAKES_UP + CHANNEL_STRIDE * task.channel, task.ordinal)
    if u >= chance:
        return False
    arrange(world, i, t, step.arrange, step.arrange_size)
    note(world, t, Row.ARRANGED, i, task.account, task.arm, balance_of(world, i), step.arrange_size, task.channel, step.arrange)
    if step.arrange != Arrangement.EXTENSION:
        p.flags |= Flag.HARDSHIP_PLAN
        note(world, t, Row.STATUS, i, task.account, task.arm, 0, task.step, task.channel, 1)
    return True


@rule
def arrange(world: World, i: int, t: int, kind: int, size: int) -> None:
    """Let an arrangement begin at t. Writes: fortune, payment clock. Draws: nothing."""
    p = world.person[i]
    fortune = world.fortune[i]
    pass_time(world, i, t)
    day = local_day(world, p.zone, t)
    fortune.arranged = kind
    fortune.from_day = day
    if kind == Arrangement.PLAN:
        fortune.plan_left = size
        fortune.plan_minor = (balance_of(world, i) + size - 1) // size
        fortune.plan_missed = 0
        first = day + world.mechanism[0].plan_first_days
        fortune.plan_s = second_of_local(world, p.zone, first * DAY_S + PLAN_HOUR * HOUR_S)
    else:
        fortune.until_s = second_of_local(world, p.zone, (day + size) * DAY_S)
    renew_own(world, i)
    renew_base(world, i, t)
    schedule_payment(world, i)


@rule
def plan_kept(world: World, i: int) -> float:
    """Return the chance that an instalment of a plan is paid: as a promise is kept, plus what a plan adds."""
    p = world.person[i]
    x = world.params[0].kept_base + world.mechanism[0].plan_kept + world.reason[p.reason].kept + log_exact(p.trust)
    return 1.0 / (1.0 + exp_exact(-x))


@rule
def plan_due(world: World, i: int, t: int) -> None:
    """An instalment of the person's plan is due at t: paid, or missed, which is made good at the end unless the plan ends.

    The caller has moved the payment clock and renews the base. Reads: mechanism, reason, trust. Writes: fortune, accounts, log.
    Draws: PLAN_KEPT at the day; the next payment's time.
    """
    p = world.person[i]
    fortune = world.fortune[i]
    fortune.plan_s = NEVER
    day = local_day(world, p.zone, t)
    if p.open_accounts > 0:
        if uniform(world.params[0].behaviour_seed, p.id, Draw.PLAN_KEPT, day + 2) < plan_kept(world, i):
            owed = balance_of(world, i)
            receive(world, i, t, fortune.plan_minor if fortune.plan_minor < owed else owed, -1)
            new_residual(world, i)
            check_kept(world, i, t)
            fortune.plan_left -= 1
        else:
            fortune.plan_missed += 1
    if p.open_accounts == 0 or fortune.plan_left <= 0:
        end_arrangement(world, i, t, DONE)
    elif fortune.plan_missed >= world.mechanism[0].plan_misses:
        p.trust *= world.params[0].broken_trust
        end_arrangement(world, i, t, BROKEN)
    else:
        fortune.plan_s = second_of_local(world, p.zone, (day + PLAN_DAYS) * DAY_S + PLAN_HOUR * HOUR_S)


@rule
def end_arrangement(world: World, i: int, t: int, how: int) -> None:
    """Let the arrangement end at t: days past due go on from where they stood. The caller renews the base.

    Writes: fortune, accounts, flags, log (ARRANGEMENT_OVER: value = how, ordinal = kind). Draws: nothing.
    """
    p = world.person[i]
    fortune = world.fortune[i]
    day = local_day(world, p.zone, t)
    for a in range(p.first_account, p.first_account + p.accounts):
        account = world.account[a]
        if account.status == AccountStatus.OPEN:
            began = local_day(world, p.zone, account.entry_s)
            account.dpd -= day - (began if began > fortune.from_day else fortune.from_day)
    kind = fortune.arranged
    if kind != Arrangement.EXTENSION:
        p.flags -= p.flags & Flag.HARDSHIP_PLAN
    fortune.arranged = Arrangement.NONE
    fortune.until_s = NEVER
    fortune.plan_s = NEVER
    a = p.first_account
    note(world, t, Row.ARRANGEMENT_OVER, i, a, world.account[a].arm, 0, kind, -1, how)
