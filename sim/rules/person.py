"""A person's own events: entering, paying, keeping promises. They need no queue: whoever looks at a person at second t
first calls `advance(world, i, t)`, which carries out everything due up to and including t, at its own second.
"""

from __future__ import annotations

from sim.codes import AccountStatus, Row
from sim.compiled import rule
from sim.rules.arrangement import renew_own
from sim.rules.fortune import begin_account, begin_fortune, slow_event
from sim.rules.logging import note
from sim.rules.payment import new_residual, pass_time, pay_by_oneself, renew_base, schedule_payment
from sim.rules.promise import check_kept, promise_check, promise_due
from sim.state import FULL, NEVER, World


@rule
def enter(world: World, i: int, t: int) -> None:
    """Open the person's accounts whose entry has come. Writes: accounts, payment clock, log (ENTRY: amount = balance).

    Draws: PAYMENT_TIME 0 at the first entry.
    """
    p = world.person[i]
    first = p.open_accounts == 0 and p.payments == 0
    upcoming = NEVER
    if not first:
        pass_time(world, i, t)
    for a in range(p.first_account, p.first_account + p.accounts):
        account = world.account[a]
        if account.status != AccountStatus.FUTURE:
            continue
        if account.entry_s <= t:
            account.status = AccountStatus.OPEN
            p.open_accounts += 1
            note(world, account.entry_s, Row.ENTRY, i, a, account.arm, account.entry_minor, account.dpd, -1, 0)
            if world.mechanism[0].slow == 1:
                begin_account(world, i, a)
        elif account.entry_s < upcoming:
            upcoming = account.entry_s
    p.next_entry_s = upcoming
    if first:
        p.clock_s = t
        new_residual(world, i)
        if world.mechanism[0].slow == 1:
            begin_fortune(world, i, t)
    elif p.open_accounts > 0 and p.clock_s < t:
        p.clock_s = t
    if world.mechanism[0].slow == 1:
        renew_own(world, i)
    renew_base(world, i, t)
    schedule_payment(world, i)


@rule
def next_own_event(world: World, i: int) -> int:
    """Return the second of the person's next own event. Reads: person. Writes, Draws: nothing."""
    p = world.person[i]
    now = p.next_pay_s
    now = p.promise_due_s if p.promise_due_s < now else now
    now = p.promise_check_s if p.promise_check_s < now else now
    now = p.next_entry_s if p.next_entry_s < now else now
    return p.edge_s if p.edge_s < now else now


@rule
def advance(world: World, i: int, t: int) -> None:
    """Carry out the person's own events up to and including second t, each at its own second. Looking twice changes
    nothing, and mostly there is nothing to do: that much is worth a short function.

    Reads, Writes, Draws: as `own_event`.
    """
    now = next_own_event(world, i)
    while now <= t:
        own_event(world, i, now)
        now = next_own_event(world, i)


@rule
def own_event(world: World, i: int, now: int) -> None:
    """Carry out the person's own event that is due at `now`; of several, in the order payment, promised payment, promise
    check, entry, change of base with the slow events.

    Reads, Writes: the person and their accounts, log. Draws: those of the events.
    """
    p = world.person[i]
    if now == p.next_pay_s:
        pay_by_oneself(world, i, now)
        check_kept(world, i, now)
    elif now == p.promise_due_s:
        promise_due(world, i, now)
    elif now == p.promise_check_s:
        promise_check(world, i, now)
    elif now == p.next_entry_s:
        enter(world, i, now)
    else:
        pass_time(world, i, now)
        if now == p.own_s:
            slow_event(world, i, now)
        renew_base(world, i, now)
        schedule_payment(world, i)


@rule
def advance_all(world: World, t: int, first: int) -> int:
    """Advance persons first, first + 1, ... to t. Returns the next one to do: less than P when the log is full."""
    for i in range(first, len(world.person)):
        if world.counters[FULL] != 0:
            return i
        advance(world, i, t)
    return len(world.person)
