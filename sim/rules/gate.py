"""May this contact be made now? The packs' rules, lowered to arrays and asked at dispatch.

The answer is that of `sim.compliance.evaluate.check` for the same attempt and history; tests hold the two together on
whole campaigns. Which field of a rule means what stands in `sim.compliance.gate_tables`.
"""

from __future__ import annotations

from sim.codes import GateKind, GateMode, Period, Row, TaskState, Verdict
from sim.compiled import rule
from sim.rules.clock import DAY_S, local_day, local_second
from sim.rules.gate_facts import (
    SEEN_NOTICE,
    SEEN_SPOKEN,
    SEEN_VISIT,
    SEEN_VOICE,
    SEEN_WRITTEN,
    VISIT_MEDIUM,
    class_of,
    counter_of,
    medium_of,
    midnight,
    period_of,
    roll,
    table_day,
    wall_second,
    zone_of,
)
from sim.rules.logging import seal, write
from sim.state import NEVER, World

MOST_REFUSED = 256
"""So many messages a gateway of a limited rate is refused in a second; the others are looked at in the next."""
MOST_MONTH_DAYS = 32
WITHDRAWN = 2
"""State of a consent after a withdrawal; 1 after it was given, 0 as the account states it."""


@rule
def days_late(world: World, account: int, t: int) -> int:
    """Return the account's days past due on the local day of second t."""
    a = world.account[account]
    zone = world.person[a.person].zone
    return a.dpd + local_day(world, zone, t) - local_day(world, zone, a.entry_s)


@rule
def lifted(world: World, r: int, i: int, account: int, t: int) -> bool:
    """Return whether an exception of rule r holds: an event that was heard, or days past due above a number."""
    g = world.gate_rule[r]
    if g.unless_heard & world.gate_person[i].heard != 0:
        return True
    return g.unless_dpd >= 0 and days_late(world, account, t) > g.unless_dpd


@rule
def in_force(world: World, r: int, day: int) -> bool:
    """Return whether rule r's pack holds on a local day."""
    g = world.gate_rule[r]
    return g.from_day <= day <= g.to_day


@rule
def refuses(world: World, r: int, i: int, account: int, row: int, medium: int, t: int) -> bool:
    """Return whether rule r refuses a contact of ours at t.

    Reads: gate tables, person, account. Writes: counters move on to the day (`roll`). Draws: nothing.
    """
    g = world.gate_rule[r]
    if g.kind == GateKind.ZONE:
        return world.gate_person[i].zone_known == 0
    on = world.gate_on[row, r]
    # Where the zone is unknown the evaluator reads these three as if nothing were known, and names the zone instead.
    needs_hour = g.kind == GateKind.WINDOW or g.kind == GateKind.CAP or g.kind == GateKind.COOLDOWN
    if on == 0 or g.media >> medium & 1 == 0 or (needs_hour and world.gate_person[i].zone_known == 0):
        return False
    zone = zone_of(world, r, i)
    local = local_second(world, zone, t)
    day = local // DAY_S
    if not in_force(world, r, day):
        return False
    if g.kind >= GateKind.OPT_OUT:
        return standing_refuses(world, r, i, account, on, medium, t)
    if lifted(world, r, i, account, t):
        return False
    if g.kind == GateKind.WINDOW:
        now = local - day * DAY_S
        close = g.close_s - (g.days if medium == VISIT_MEDIUM else 0)
        return world.gate_selects[g.selector, table_day(world, day)] == 1 and not g.open_s <= now < close
    if g.kind == GateKind.CAP:
        return roll(world, r, counter_of(world, r, account, medium), day) >= g.limit
    paused = t < world.gate_state[g.state + world.gate_key[g.scope, account]] or on == 2
    return paused and (g.min_dpd <= 0 or days_late(world, account, t) >= g.min_dpd)


@rule
def standing_refuses(world: World, r: int, i: int, account: int, on: int, medium: int, t: int) -> bool:
    """Return whether a rule on requests, consents, visits or duties refuses, or one that always does."""
    g = world.gate_rule[r]
    if g.kind == GateKind.VISIT:
        return visit_refused(world, r, i, account, on, t)
    if g.kind == GateKind.DUTY:
        return duty_refuses(world, r, i, account, t)
    place = g.state + world.gate_key[g.scope, account] * g.width + (medium if g.width > 1 else 0)
    if g.kind == GateKind.CONSENT:
        state = world.gate_state[place]
        return state == WITHDRAWN or (state == 0 and on == 2)
    if g.kind == GateKind.OPT_OUT:
        return on == 2 or t >= world.gate_state[place]
    return True


@rule
def visit_refused(world: World, r: int, i: int, account: int, on: int, t: int) -> bool:
    """Return whether a precondition of a visit does not hold: staff and place (fixed), notice, other ways first, stage."""
    g = world.gate_rule[r]
    if on == 2:
        return True
    seen = world.gate_person[i].seen
    heard = world.gate_person[i].heard
    if g.notice == 1 and on & 4 == 0 and seen & (SEEN_VISIT | SEEN_NOTICE) == 0:
        return True
    if g.only_if == 1 and on & 8 == 0:
        failed = seen & SEEN_VOICE != 0 and seen & SEEN_WRITTEN != 0 and seen & SEEN_SPOKEN == 0
        late = g.unless_dpd >= 0 and days_late(world, account, t) > g.unless_dpd
        if not failed and not late and g.events & heard == 0:
            return True
    if g.ends & heard != 0 or (g.not_if_dpd >= 0 and days_late(world, account, t) > g.not_if_dpd):
        return True
    return g.min_dpd > 0 and days_late(world, account, t) < g.min_dpd


@rule
def duty_refuses(world: World, r: int, i: int, account: int, t: int) -> bool:
    """Return whether something must come before this contact and has not."""
    g = world.gate_rule[r]
    if g.first == 1:
        return world.gate_tried[account] == 0 and not lifted(world, r, i, account, t)
    if g.first == 2:
        return world.gate_tried[account] == 0
    return g.events & world.gate_person[i].heard != 0


@rule
def free_from(world: World, r: int, i: int, account: int, medium: int, t: int) -> int:
    """Return a second after t before which rule r will go on refusing, NEVER where nothing but an event ends it.

    The next day where the exact end takes a search: whoever comes back then is asked again.
    """
    g = world.gate_rule[r]
    zone = zone_of(world, r, i)
    local = local_second(world, zone, t)
    day = local // DAY_S
    if g.kind == GateKind.WINDOW:
        if local - day * DAY_S < g.open_s < g.close_s:
            return wall_second(world, zone, day * DAY_S + g.open_s)
        return midnight(world, zone, day + 1)
    if g.kind == GateKind.CAP:
        return cap_free_from(world, r, counter_of(world, r, account, medium), zone, day)
    if g.kind == GateKind.COOLDOWN or (g.kind == GateKind.PAUSE and g.min_dpd <= 0):
        end = world.gate_state[g.state + world.gate_key[g.scope, account]]
        return end if end > t else NEVER
    if g.kind == GateKind.VISIT and g.min_dpd > 0 and days_late(world, account, t) < g.min_dpd:
        own = world.person[i].zone
        return midnight(world, own, local_day(world, own, t) + g.min_dpd - days_late(world, account, t))
    return NEVER


@rule
def cap_free_from(world: World, r: int, c: int, zone: int, day: int) -> int:
    """Return the first midnight at which counter c would be below its cap if nothing more were counted."""
    g = world.gate_rule[r]
    if g.limit <= 0 or g.per == Period.LIFETIME:
        return NEVER
    if g.per == Period.ROLLING:
        left = world.gate_sum[c]
        base = g.ring + (c - g.state) * g.n_days
        for ahead in range(1, g.n_days + 1):
            left -= world.gate_ring[base + (day + ahead) % g.n_days]
            if left < g.limit:
                return midnight(world, zone, day + ahead)
        return NEVER
    ahead = 1
    while ahead < MOST_MONTH_DAYS and period_of(world, r, day + ahead) == period_of(world, r, day):
        ahead += 1
    return midnight(world, zone, day + ahead)


@rule
def gate(world: World, k: int, t: int) -> int:
    """Return the number of the first rule that stops task k at t, -1 when none does. Rules in shadow stop nothing."""
    task = world.task[k]
    medium = medium_of(world, task.channel)
    row = class_of(world, task.account, task.content)
    for r in range(len(world.gate_rule)):
        if world.gate_rule[r].mode == GateMode.ENFORCE and refuses(world, r, task.person, task.account, row, medium, t):
            return r
    return -1


@rule
def log_refusals(world: World, k: int, t: int, mode: int, kind: int) -> int:
    """Log every rule of a mode that refuses task k at t. Returns the second before which all of them hold on.

    Writes: log (BLOCKED or VIOLATION; value: rule, ordinal: its place among those that refuse).
    """
    task = world.task[k]
    i = task.person
    medium = medium_of(world, task.channel)
    row = class_of(world, task.account, task.content)
    place = 0
    again = t
    for r in range(len(world.gate_rule)):
        if world.gate_rule[r].mode != mode or not refuses(world, r, i, task.account, row, medium, t):
            continue
        free = free_from(world, r, i, task.account, medium, t)
        again = free if free > again else again
        n = write(world, t, kind, i, task.account, task.arm, 0, place)
        world.log[n].step = task.step
        world.log[n].channel = task.channel
        world.log[n].pool = task.pool
        world.log[n].value = r
        seal(world, n)
        place += 1
    return again


@rule
def gate_verdict(world: World, k: int, t: int) -> int:
    """Return START, DEFERRED (wait until the task's `open_s`) or BLOCKED for a task that nothing else holds back.

    Reads: gate tables. Writes: log, task, step state: with `blocked: drop`, or where no end is known, the step's day is
    used up; with `defer` a step that was not tried today is due again on the first day on which the rules may let it through.
    """
    if gate(world, k, t) < 0:
        log_refusals(world, k, t, GateMode.SHADOW, Row.VIOLATION)
        return Verdict.START
    again = log_refusals(world, k, t, GateMode.ENFORCE, Row.BLOCKED)
    task = world.task[k]
    step = world.step[task.step]
    state = world.step_state[task.account, task.step]
    if step.drop == 1 or again >= NEVER:
        state.attempts += step.per_day - task.attempts
        if state.attempts >= step.total:
            state.done = 1
        return Verdict.BLOCKED
    if t < again < task.close_s:
        task.open_s = again
        task.state = TaskState.WAITING
        return Verdict.DEFERRED
    if task.attempts > 0:
        return Verdict.BLOCKED
    zone = world.person[task.person].zone
    today = local_day(world, zone, t)
    day = local_day(world, zone, again)
    state.hold_day = day if day > today else today + 1
    state.open_s = step.open_s
    state.close_s = step.close_s
    state.deferred = 1
    return Verdict.BLOCKED
