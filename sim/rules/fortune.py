"""What befalls people and debts slowly, whatever anybody does: shocks that pass, later instalments, charge-off, direct debits,
what was arranged.

One second, `own_s`, says when a person's next slow event comes; it bounds `edge_s`, at which the base intensity is renewed
anyway, so that it costs nothing where it is off.
"""

from __future__ import annotations

from sim.codes import AccountStatus, Reason, Row
from sim.compiled import rule
from sim.randomness import Draw, uniform
from sim.rules.arrangement import OVER, end_arrangement, plan_due, renew_own
from sim.rules.clock import DAY_S, HOUR_S, day_index, local_day, second_of_local
from sim.rules.exact import exp_exact, exponential_quantile, log_exact
from sim.rules.logging import note
from sim.rules.payment import balance_of, new_residual, pay_account, receive
from sim.rules.promise import check_kept, end_promise
from sim.state import NEVER, World

DEBIT_AHEAD_DAYS = 62
"""No payday is further away."""


@rule
def begin_fortune(world: World, i: int, t: int) -> None:
    """Schedule the slow events of a person who enters at t. Writes: person. Draws: DEBIT_AGREED, as `schedule_turn`."""
    p = world.person[i]
    fortune = world.fortune[i]
    m = world.mechanism[0]
    schedule_turn(world, i, t)
    if m.debit_share > 0.0:
        fortune.debit = 1 if uniform(world.params[0].population_seed, p.id, Draw.DEBIT_AGREED, 0) < m.debit_share else 0
        schedule_debit(world, i, t)


@rule
def begin_account(world: World, i: int, a: int) -> None:
    """Schedule an account's later instalments and its charge-off when it enters. Writes: account. Draws: INSTALMENTS_LEFT."""
    account = world.account[a]
    debt = world.debt[a]
    m = world.mechanism[0]
    zone = world.person[i].zone
    day = local_day(world, zone, account.entry_s)
    if m.every_days > 0 and account.instalment > 0:
        u = uniform(world.params[0].population_seed, account.id, Draw.INSTALMENTS_LEFT, 0)
        debt.left = int(u * (m.most_left + 1))
        if debt.left > 0:
            debt.due_s = second_of_local(world, zone, (day + m.every_days - account.dpd % m.every_days) * DAY_S)
    if m.charge_off_day > account.dpd:
        debt.old_s = second_of_local(world, zone, (day + m.charge_off_day - account.dpd) * DAY_S)


@rule
def slow_event(world: World, i: int, t: int) -> None:
    """Carry out the person's slow events that are due at t, in the order liquidity, instalments, charge-off, debit,
    arrangement. The caller has moved the payment clock and renews the base. Reads, Writes, Draws: theirs.
    """
    p = world.person[i]
    fortune = world.fortune[i]
    if fortune.turn_s <= t:
        turn(world, i, t)
    for a in range(p.first_account, p.first_account + p.accounts):
        if world.debt[a].due_s <= t:
            fall_due(world, i, a, t)
        if world.debt[a].old_s <= t:
            grow_old(world, i, a, t)
    if fortune.debit_s <= t:
        debit(world, i, t)
    if fortune.plan_s <= t:
        plan_due(world, i, t)
    if fortune.until_s <= t:
        end_arrangement(world, i, t, OVER)
    renew_own(world, i)


@rule
def schedule_turn(world: World, i: int, t: int) -> None:
    """Draw when liquidity turns next: who forgot is hit by a shock, who had one recovers; others keep their reason.

    Reads: reason, mechanism. Writes: person.turn_s. Draws: LIQUIDITY at the number of turns.
    """
    p = world.person[i]
    fortune = world.fortune[i]
    m = world.mechanism[0]
    rate = 0.0
    if p.reason == Reason.FORGOT:
        rate = m.hit_per_s
    elif p.reason == Reason.SHOCK:
        rate = m.recovers_per_s
    fortune.turn_s = NEVER
    if rate > 0.0:
        wait = exponential_quantile(uniform(world.params[0].behaviour_seed, p.id, Draw.LIQUIDITY, fortune.turns)) / rate
        if wait < 1e9:
            fortune.turn_s = t + 1 + int(wait)


@rule
def turn(world: World, i: int, t: int) -> None:
    """Liquidity turns at t. What somebody told about their reason is not taken back.

    Writes: person.reason, turns, log (LIQUIDITY: value 1 hit, 0 recovered). Draws: the next turn.
    """
    p = world.person[i]
    fortune = world.fortune[i]
    hit = p.reason == Reason.FORGOT
    p.reason = Reason.SHOCK if hit else Reason.FORGOT
    fortune.turns += 1
    a = p.first_account
    note(world, t, Row.LIQUIDITY, i, a, world.account[a].arm, 0, fortune.turns, -1, 1 if hit else 0)
    schedule_turn(world, i, t)


@rule
def pays_on_time(world: World, i: int) -> float:
    """Return the chance that somebody back to current pays a later instalment on time: logistic in reason, trust and marks of
    early contact, or by a direct debit that succeeds.
    """
    p = world.person[i]
    fortune = world.fortune[i]
    m = world.mechanism[0]
    x = m.on_time + world.reason[p.reason].kept + log_exact(p.trust) - m.mark_on_time * p.mark
    chance = 1.0 / (1.0 + exp_exact(-x))
    if fortune.debit == 1:
        chance = 1.0 - (1.0 - chance) * (1.0 - m.debit_succeeds * world.reason[p.reason].full)
    return chance


@rule
def fall_due(world: World, i: int, a: int, t: int) -> None:
    """An instalment of account a falls due at t: it adds to what is overdue; who is back to current pays it on time, outside of
    collections, or misses it and is overdue anew, from day 0.

    Reads: mechanism, reason. Writes: account, person, step state, log (FELL_DUE: value 0 added, 1 paid on time, 2 missed, 3 late
    fee). Draws: ON_TIME of the account at the number of instalments left.
    """
    account = world.account[a]
    debt = world.debt[a]
    m = world.mechanism[0]
    debt.left -= 1
    debt.due_s = NEVER
    if account.status != AccountStatus.OPEN and account.status != AccountStatus.CURED:
        return
    if debt.left > 0:
        zone = world.person[i].zone
        debt.due_s = second_of_local(world, zone, (local_day(world, zone, t) + m.every_days) * DAY_S)
    value = 0
    if account.status == AccountStatus.CURED:
        u = uniform(world.params[0].behaviour_seed, account.id, Draw.ON_TIME, debt.left)
        value = 1 if u < pays_on_time(world, i) else 2
    note(world, t, Row.FELL_DUE, i, a, account.arm, account.instalment, debt.left, -1, value)
    if value == 1:
        return
    interest = int(account.instalment * m.interest_share)
    account.interest += interest
    account.principal += account.instalment - interest
    debt.fell_due += account.instalment
    if m.late_fee > 0:
        account.fees += m.late_fee
        debt.fell_due += m.late_fee
        note(world, t, Row.FELL_DUE, i, a, account.arm, m.late_fee, debt.left, -1, 3)
    if value == 2:
        reopen(world, i, a, t)


@rule
def reopen(world: World, i: int, a: int, t: int) -> None:
    """Let account a be overdue anew from t on, as on a first entry with 0 days past due; steps begin again.

    Writes: account, person.open_accounts, step state. Draws: nothing.
    """
    account = world.account[a]
    debt = world.debt[a]
    zone = world.person[i].zone
    account.status = AccountStatus.OPEN
    account.cured_s = NEVER
    account.dpd = 0
    account.entry_s = t
    world.person[i].open_accounts += 1
    if world.mechanism[0].charge_off_day > 0:
        day = local_day(world, zone, t) + world.mechanism[0].charge_off_day
        debt.old_s = second_of_local(world, zone, day * DAY_S)
    for s in range(world.step_state.shape[1]):
        state = world.step_state[a, s]
        state.first_day = -1
        state.hold_day = -1
        state.attempts = 0
        state.done = 0
        state.deferred = 0


@rule
def grow_old(world: World, i: int, a: int, t: int) -> None:
    """Account a has reached the age of charge-off, or another month at the agency has passed.

    Reads: mechanism. Writes: account, person, log (CHARGED_OFF: amount = what is owed). Draws: as `agency_month`.
    """
    account = world.account[a]
    debt = world.debt[a]
    p = world.person[i]
    debt.old_s = NEVER
    if account.status == AccountStatus.OPEN:
        if p.promise_live == 1 and p.promise_account == a:
            end_promise(world, i, t, Row.PROMISE_PARTLY if p.promise_paid_minor > 0 else Row.PROMISE_BROKEN)
        account.status = AccountStatus.CHARGED_OFF
        p.open_accounts -= 1
        owed = account.principal + account.interest + account.fees
        note(world, t, Row.CHARGED_OFF, i, a, account.arm, owed, 0, -1, 0)
    elif account.status == AccountStatus.CHARGED_OFF:
        agency_month(world, i, a, t)
    owed = account.principal + account.interest + account.fees
    if account.status == AccountStatus.CHARGED_OFF and world.mechanism[0].agency == 1 and owed > 0:
        debt.old_s = t + world.mechanism[0].agency_days * DAY_S


@rule
def agency_month(world: World, i: int, a: int, t: int) -> None:
    """The agency is paid a share of what is owed, or nothing, and keeps its commission.

    Reads: mechanism. Writes: account, person.paid_minor, log (PAYMENT: value 1; COMMISSION). Draws: AGENCY_PAYS of the account
    at the month.
    """
    account = world.account[a]
    debt = world.debt[a]
    m = world.mechanism[0]
    debt.months += 1
    if uniform(world.params[0].behaviour_seed, account.id, Draw.AGENCY_PAYS, debt.months) >= m.agency_pays:
        return
    owed = account.principal + account.interest + account.fees
    cash = int(owed * m.agency_share)
    cash = owed if cash < 1 else cash
    pay_account(world, a, cash)
    world.person[i].paid_minor += cash
    note(world, t, Row.PAYMENT, i, a, account.arm, cash, debt.months, -1, 1)
    note(world, t, Row.COMMISSION, i, a, account.arm, int(cash * m.commission + 0.5), debt.months, -1, 0)


@rule
def schedule_debit(world: World, i: int, t: int) -> None:
    """Set the next payday's debit. Reads: payday. Writes: person.debit_s. Draws: nothing."""
    p = world.person[i]
    fortune = world.fortune[i]
    fortune.debit_s = NEVER
    if fortune.debit == 0 or p.payday <= 0:
        return
    day = local_day(world, p.zone, t)
    for ahead in range(1, DEBIT_AHEAD_DAYS):
        if world.month_day[day_index(world, day + ahead)] == p.payday:
            fortune.debit_s = second_of_local(world, p.zone, (day + ahead) * DAY_S + world.mechanism[0].debit_hour * HOUR_S)
            return


@rule
def debit(world: World, i: int, t: int) -> None:
    """A direct debit of all that is overdue is tried at t, a payday, without any contact.

    Reads: mechanism, reason. Writes: accounts, person, log (DEBIT: value 1 it succeeded; and its payments). Draws: DEBIT at the
    day; the next payment's time.
    """
    p = world.person[i]
    schedule_debit(world, i, t)
    if p.open_accounts == 0:
        return
    chance = world.mechanism[0].debit_succeeds * world.reason[p.reason].full
    day = local_day(world, p.zone, t) + 2
    paid = uniform(world.params[0].behaviour_seed, p.id, Draw.DEBIT, day) < chance
    a = p.first_account
    due = balance_of(world, i)
    note(world, t, Row.DEBIT, i, a, world.account[a].arm, due if paid else 0, day, -1, 1 if paid else 0)
    if paid:
        receive(world, i, t, due, -1)
        new_residual(world, i)
        check_kept(world, i, t)
