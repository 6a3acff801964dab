"""Payments: an intensity with a decaying jump after each contact, solved for the next second; and where cash goes.

The intensity after a breakpoint at operational time 0 is  base + jump e^(-kappa tau)  (shot noise, after Chehrazi and
Weber 2015, "Dynamic valuation of delinquent credit-card accounts"). The k-th payment falls at the smallest whole second
at which the integral since the last payment passes an Exp(1) draw addressed (person, PAYMENT_TIME, k).
"""

from __future__ import annotations

from sim.codes import AccountStatus, Arrangement, Component, Event, Row
from sim.compiled import rule
from sim.randomness import Draw, uniform
from sim.rules.clock import DAY_S, day_index, local_day, operational, second_of_local, second_of_operational
from sim.rules.exact import exp_exact, exponential_quantile, log_exact
from sim.rules.logging import note
from sim.rules.relief import relief_log_odds
from sim.state import NEVER, World


@rule
def days_past_due(world: World, i: int, t: int) -> int:
    """Return the person's days past due at t: the oldest of the open accounts; 0 when none is open.

    Reads: account. Writes, Draws: nothing.
    """
    p = world.person[i]
    day = local_day(world, p.zone, t)
    if world.mechanism[0].arranges == 1 and world.fortune[i].arranged != Arrangement.NONE:
        day = world.fortune[i].from_day  # the clock stands still while an arrangement runs
    oldest = 0
    for a in range(p.first_account, p.first_account + p.accounts):
        account = world.account[a]
        if account.status == AccountStatus.OPEN:
            past = day - local_day(world, p.zone, account.entry_s)
            dpd = account.dpd + past if past > 0 else account.dpd
            if dpd > oldest:
                oldest = dpd
    return oldest


@rule
def stage_of(world: World, i: int, t: int) -> int:
    """Return the row of the stage table that holds for the person's days past due at t."""
    k = len(world.stage_from) - 1
    if k == 0:
        return 0
    dpd = days_past_due(world, i, t)
    while k > 0 and world.stage_from[k] > dpd:
        k -= 1
    return k


@rule
def payday_near(world: World, i: int, day: int) -> bool:
    """Return whether local day `day` is the person's payday or one of the days after it that still count."""
    payday = world.person[i].payday
    if payday <= 0:
        return False
    for back in range(world.params[0].payday_days):
        if world.month_day[day_index(world, day - back)] == payday:
            return True
    return False


@rule
def renew_base(world: World, i: int, t: int) -> None:
    """Set the base intensity that holds from t on, and the next second at which it changes by itself.

    Reads: hazard table, reason, flags, offer, payday. Writes: person.base, edge_s, jump. Draws: nothing.
    """
    p = world.person[i]
    params = world.params[0]
    if p.open_accounts == 0:
        p.base = 0.0
        p.jump = 0.0
        p.edge_s = p.own_s
        return
    day = local_day(world, p.zone, t)
    dpd = days_past_due(world, i, t)
    k = len(world.hazard_from) - 1
    while k > 0 and world.hazard_from[k] > dpd:
        k -= 1
    reason = world.reason[p.reason]
    edge_day = day + 1_000_000
    if k + 1 < len(world.hazard_from):
        edge_day = day + (world.hazard_from[k + 1] - dpd)
    factor = 1.0
    if p.payday > 0:
        near = payday_near(world, i, day)
        if near:
            factor = params.payday_factor
        ahead = 1
        while ahead < 40 and payday_near(world, i, day + ahead) == near:
            ahead += 1
        if day + ahead < edge_day:
            edge_day = day + ahead
    p.edge_s = second_of_local(world, p.zone, edge_day * DAY_S)
    if p.own_s < p.edge_s:
        p.edge_s = p.own_s
    if t < p.offer_until_s < p.edge_s:
        p.edge_s = p.offer_until_s
    p.base = world.hazard[k] * reason.hazard * p.frailty * factor * exp_exact(relief_log_odds(world, i, t))
    if world.mechanism[0].arranges == 1 and world.fortune[i].arranged == Arrangement.PLAN:
        p.base = 0.0  # who has a plan pays by the plan
    if p.jump < -p.base:
        p.jump = -p.base  # a contact that backfired takes away what is there, never more


@rule
def intensity_integral(base: float, jump: float, decay: float, span: float) -> float:
    """Return the integral of base + jump e^(-decay tau) over [0, span]; span in operational seconds."""
    if jump == 0.0:
        return base * span
    return base * span + jump / decay * (1.0 - exp_exact(-decay * span))


@rule
def solve_span(base: float, jump: float, decay: float, target: float) -> float:
    """Return the span at which the integral reaches target, to within 1e-3 s; the integral does reach it.

    Newton never oversteps here: with a positive jump f is concave and f(x) <= (base + jump) x gives a start to the left;
    with a negative one (a contact that backfired) f is convex and f(x) >= base x + jump / decay gives one to the right.
    """
    if jump == 0.0:
        return target / base
    x = target / (base + jump) if jump > 0.0 else (target - jump / decay) / base
    for _ in range(60):
        e = exp_exact(-decay * x)
        step = (target - (base * x + jump / decay * (1.0 - e))) / (base + jump * e)
        x += step
        if -1e-3 < step < 1e-3:
            break
    return x


@rule
def schedule_payment(world: World, i: int) -> None:
    """Store the next second at which the person pays by themselves, NEVER if not before the next edge.

    Reads: the person's payment clock. Writes: person.next_pay_s. Draws: nothing.
    """
    p = world.person[i]
    p.next_pay_s = NEVER
    if p.open_accounts == 0:
        return
    if p.residual <= 0.0:
        p.next_pay_s = p.clock_s + 1
        return
    decay = world.params[0].decay_per_s
    end_s = p.edge_s if p.edge_s < world.params[0].end_s else world.params[0].end_s
    start = operational(world, p.zone, p.clock_s)
    if intensity_integral(p.base, p.jump, decay, operational(world, p.zone, end_s) - start) < p.residual:
        return
    t = second_of_operational(world, p.zone, start + solve_span(p.base, p.jump, decay, p.residual))
    if t <= p.clock_s:
        t = p.clock_s + 1
    while intensity_integral(p.base, p.jump, decay, operational(world, p.zone, t) - start) < p.residual:
        t += 1
    while t - 1 > p.clock_s and intensity_integral(
            p.base, p.jump, decay, operational(world, p.zone, t - 1) - start) >= p.residual:
        t -= 1
    p.next_pay_s = t


@rule
def pass_time(world: World, i: int, t: int) -> None:
    """Move the person's payment clock to breakpoint t: use up the residual, let the jump decay.

    Reads, Writes: person.residual, jump, clock_s. Draws: nothing. Called at breakpoints only, never to look.
    """
    p = world.person[i]
    if t <= p.clock_s:
        return
    decay = world.params[0].decay_per_s
    span = operational(world, p.zone, t) - operational(world, p.zone, p.clock_s)
    p.residual -= intensity_integral(p.base, p.jump, decay, span)
    if p.jump != 0.0:
        p.jump *= exp_exact(-decay * span)
    p.clock_s = t


@rule
def new_residual(world: World, i: int) -> None:
    """Draw what the integral has to pass until the next payment.

    Writes: person.residual. Draws: PAYMENT_TIME at the number of payments made.
    """
    p = world.person[i]
    p.residual = exponential_quantile(
        uniform(world.params[0].behaviour_seed, p.id, Draw.PAYMENT_TIME, p.payments))


@rule
def persuade(world: World, i: int, t: int, log_odds: float) -> None:
    """Raise the intensity by a contact at t: right after it the base counts e^log_odds times, then the rest decays.

    Reads: reason. Writes: the payment clock. Draws: nothing. A negative effect lowers the jump, never the sum
    below zero. Source: effects of experiments are on the log-odds scale; for small hazards that is the log of the
    intensity.
    """
    p = world.person[i]
    if p.open_accounts == 0 or log_odds == 0.0:
        return
    pass_time(world, i, t)
    p.jump += p.base * (exp_exact(log_odds) - 1.0)
    if p.jump < -p.base:
        p.jump = -p.base
    schedule_payment(world, i)


@rule
def balance_of(world: World, i: int) -> int:
    """Return what the person owes on open accounts, minor units."""
    p = world.person[i]
    total = 0
    for a in range(p.first_account, p.first_account + p.accounts):
        account = world.account[a]
        if account.status == AccountStatus.OPEN:
            total += account.principal + account.interest + account.fees
    return total


@rule
def next_account(world: World, i: int, t: int) -> int:
    """Return the open account that cash goes to next: one with the live promise, then the most days past due, then
    the first by hash. -1 when none is open.
    """
    p = world.person[i]
    best = -1
    best_dpd = -1
    for a in range(p.first_account, p.first_account + p.accounts):
        account = world.account[a]
        if account.status != AccountStatus.OPEN:
            continue
        if p.promise_live == 1 and a == p.promise_account:
            return a
        dpd = account.dpd + local_day(world, p.zone, t) - local_day(world, p.zone, account.entry_s)
        if dpd > best_dpd:
            best = a
            best_dpd = dpd
    return best


@rule
def pay_account(world: World, a: int, cash: int) -> int:
    """Put cash on the parts of an account's debt in the scenario's order. Returns what is left over.

    Reads: mechanism (order). Writes: account.fees, interest, principal, paid. Draws: nothing.
    """
    first, second = world.mechanism[0].first_part, world.mechanism[0].second_part
    left = pay_part(world, a, first, cash)
    left = pay_part(world, a, second, left)
    left = pay_part(world, a, 3 - first - second, left)
    world.account[a].paid += cash - left
    return left


@rule
def pay_part(world: World, a: int, component: int, cash: int) -> int:
    """Put cash on one part of an account's debt. Returns what is left over. Writes: account. Draws: nothing."""
    account = world.account[a]
    if component == Component.FEES:
        part = min(account.fees, cash)
        account.fees -= part
    elif component == Component.INTEREST:
        part = min(account.interest, cash)
        account.interest -= part
    else:
        part = min(account.principal, cash)
        account.principal -= part
    return cash - part


@rule
def waived(world: World, a: int) -> int:
    """Return what the person's live offer would take off an account, minor units. Reads: offer, account."""
    account = world.account[a]
    p = world.person[account.person]
    total = int(account.fees * p.offer_fees) + int(account.interest * p.offer_interest)
    return total + int(account.principal * p.offer_principal) if p.offer_principal > 0.0 else total


@rule
def forgive(world: World, a: int, t: int) -> int:
    """Take the offered shares off an account's debt; returns the amount forgiven, minor units.

    Reads: the person's offer. Writes: account, log (FORGIVEN: one row for each part, value = its number). Draws: nothing.
    """
    account = world.account[a]
    p = world.person[account.person]
    fees = int(account.fees * p.offer_fees)
    interest = int(account.interest * p.offer_interest)
    principal = int(account.principal * p.offer_principal)
    account.fees -= fees
    account.interest -= interest
    account.principal -= principal
    account.forgiven += fees + interest + principal
    for component in range(3):
        amount = fees if component == Component.FEES else interest if component == Component.INTEREST else principal
        if amount > 0:
            note(world, t, Row.FORGIVEN, account.person, a, account.arm, amount, component, -1, component)
    return fees + interest + principal


@rule
def close_account(world: World, a: int, t: int) -> None:
    """Mark an account as back to current. Writes: account, person.open_accounts, log (CURED)."""
    account = world.account[a]
    account.status = AccountStatus.CURED
    account.cured_s = t
    world.person[account.person].open_accounts -= 1
    note(world, t, Row.CURED, account.person, a, account.arm, account.paid, 0, -1, 0)


@rule
def receive(world: World, i: int, t: int, cash: int, channel: int) -> None:
    """Take in cash from a person at t and put it on their accounts in the stated order.

    Reads: accounts, offer, promise. Writes: accounts, person's totals, log (PAYMENT, FORGIVEN, CURED). Draws: nothing.
    `channel` is the conversation in which it was paid, -1 when paid by oneself. The caller reschedules the clock.
    """
    p = world.person[i]
    left = cash
    while left > 0:
        a = next_account(world, i, t)
        if a < 0:
            break
        account = world.account[a]
        if p.offer_until_s > t and left >= account.principal + account.interest + account.fees - waived(world, a):
            forgive(world, a, t)
        rest = pay_account(world, a, left)
        note(world, t, Row.PAYMENT, i, a, account.arm, left - rest, p.payments, channel, 0)
        if p.promise_live == 1 and a == p.promise_account:
            p.promise_paid_minor += left - rest
        p.paid_minor += left - rest
        left = rest
        if account.principal + account.interest + account.fees == 0:
            close_account(world, a, t)
    p.last_payment_s = t
    p.payments += 1
    world.event_day[i, Event.PAID] = local_day(world, p.zone, t)


@rule
def amount_to_pay(world: World, i: int, t: int, ordinal: int) -> int:
    """Return how much the person pays by themselves: everything (less what an offer waives), or a part.

    Reads: balance, reason, offer. Writes: nothing. Draws: PAYMENT_FULL, PAYMENT_SHARE at `ordinal`.
    """
    p = world.person[i]
    params = world.params[0]
    due = balance_of(world, i)
    if p.offer_until_s > t:
        for a in range(p.first_account, p.first_account + p.accounts):
            if world.account[a].status == AccountStatus.OPEN:
                due -= waived(world, a)
    if uniform(params.behaviour_seed, p.id, Draw.PAYMENT_FULL, ordinal) < world.reason[p.reason].full:
        return due
    u = uniform(params.behaviour_seed, p.id, Draw.PAYMENT_SHARE, ordinal)
    share = params.partial_floor + (1.0 - params.partial_floor) * exp_exact(params.partial_power * log_exact(u))
    part = int(share * due)
    part = params.minimum_minor if part < params.minimum_minor else part
    return due if part > due else part


@rule
def pay_by_oneself(world: World, i: int, t: int) -> None:
    """The intensity's payment falls at t.

    Reads, Writes: accounts, payment clock, log. Draws: amount at the payment's ordinal, then the next residual. A
    payment raises the intensity of the next one (self-exciting).
    """
    p = world.person[i]
    pass_time(world, i, t)
    receive(world, i, t, amount_to_pay(world, i, t, p.payments), -1)
    new_residual(world, i)
    renew_base(world, i, t)
    p.jump += p.base * (exp_exact(world.params[0].excitation_log_odds) - 1.0)
    schedule_payment(world, i)
