"""What contact rules remember: attempts and events as they happen, folded into counters and ends.

The gate's answers (`sim.rules.gate`) must be those of `sim.compliance.evaluate.check` on the history that the log holds.
Facts arrive here in the order in which the log is written: attempts when they begin and again with their outcome, all
else from `sim.rules.logging.note`. Nobody else changes what the gate knows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.codes import GateKind, Outcome, PackEvent, Period, Reason, Row
from sim.compiled import rule
from sim.rules.clock import DAY_S, local_second
from sim.state import NEVER, World

MEDIA = 9
"""Channels of the packs (`sim.spec.behaviour.CountsAs`): call ai_call notify_call sms im email app letter visit."""
VOICE_MEDIA = 0b000000111
WRITTEN_MEDIA = 0b011111000
VISIT_MEDIUM = 8
INBOUND_BITS = 16
"""Outcome masks hold contacts by the debtor from this bit on."""
DAY_MARGIN = 2
"""Tables by local day begin two days before the calendar."""

SEEN_VISIT, SEEN_VOICE, SEEN_WRITTEN, SEEN_SPOKEN, SEEN_NOTICE = 1, 2, 4, 8, 16
HONOUR_NONE, HONOUR_SECONDS, HONOUR_DAYS, HONOUR_WORKDAYS = 0, 1, 2, 3
DATED_PROMISE, DATED_UNTIL = 1, 2

ONE = 1
DISPUTED = (ONE << PackEvent.DISPUTE_OPENED | ONE << PackEvent.DISPUTE_ON_VALID_GROUNDS | ONE << PackEvent.OPEN_DISPUTE
            | ONE << PackEvent.WRITTEN_DISPUTE_IN_VALIDATION_PERIOD | ONE << PackEvent.COMPLAINT_OR_OBJECTION_OPEN)
HARD_UP = ONE << PackEvent.HARDSHIP_NOTICE | ONE << PackEvent.DECLARED_INABILITY
PROMISED = ONE << PackEvent.PROMISE_TO_PAY | ONE << PackEvent.DEBTOR_NAMED_PAYMENT_OR_CONTACT_TIME
OPTED_OUT = (ONE << PackEvent.OPT_OUT | ONE << PackEvent.MEDIUM_REFUSED | ONE << PackEvent.CEASE_REQUEST_WRITTEN
             | ONE << PackEvent.REFUSAL_OF_DIRECT_CONTACT)
AGREED = ONE << PackEvent.INSTALMENT_AGREEMENT_SIGNED | ONE << PackEvent.AGREEMENT
COMPLAINED = ONE << PackEvent.COMPLAINT_OR_OBJECTION_OPEN
BROKEN = ONE << PackEvent.PROMISE_BROKEN
EVENTS = len(PackEvent)
BEFORE_RUN_S = -1
"""When the portfolio's own states are taken to have begun."""


@rule
def events_of(row: int, value: int) -> int:
    """Return the events (bits by `PackEvent`) that packs hear in a log row; 0 in most."""
    if row == Row.PROMISE:
        return PROMISED
    if row == Row.PROMISE_BROKEN or row == Row.PROMISE_PARTLY:
        return BROKEN
    if row == Row.DISPUTE:
        return DISPUTED
    if row == Row.DISCLOSED and value == Reason.HARDSHIP:
        return HARD_UP
    if row == Row.COMPLAINT:
        return COMPLAINED
    if row == Row.OPT_OUT:
        return OPTED_OUT
    if row == Row.STATUS and value & 1 == 1:
        return AGREED
    return 0


@rule
def wall_second(world: World, zone: int, local: int) -> int:
    """Return the clock second of a local second as Python's `zoneinfo` does: by the offset before a gap or fold.

    Reads: zone_from, zone_offset. Writes, Draws: nothing.
    """
    last = world.zone_from.shape[1] - 1
    for k in range(last + 1):
        t = local - world.zone_offset[zone, k]
        if k == last or t < world.zone_from[zone, k + 1]:
            if k > 0 and t < world.zone_from[zone, k]:
                return local - world.zone_offset[zone, k - 1]
            return t
    return local - world.zone_offset[zone, last]


@rule
def days_later(world: World, zone: int, t: int, days: int) -> int:
    """Return the second at which the wall clock shows the same time some days later."""
    return wall_second(world, zone, local_second(world, zone, t) + days * DAY_S)


@rule
def midnight(world: World, zone: int, day: int) -> int:
    """Return the second at which a local day begins."""
    return wall_second(world, zone, day * DAY_S)


@rule
def zone_of(world: World, r: int, i: int) -> int:
    """Return the zone row by which rule r reads the time for person i."""
    own = world.gate_rule[r].zone
    return own if own >= 0 else world.person[i].zone


@rule
def table_day(world: World, day: int) -> int:
    """Return a local day's place in the tables of days."""
    place = day + DAY_MARGIN
    if place < 0:
        return 0
    last = len(world.gate_month) - 1
    return place if place < last else last


@rule
def medium_of(world: World, channel: int) -> int:
    """Return the packs' channel that a channel counts as, -1 for none."""
    return world.channel[channel].counts_as if channel >= 0 else -1


@rule
def class_of(world: World, account: int, content: int) -> int:
    """Return the row of `gate_on` and `gate_counts` for an account and a content (-1: a call by the debtor)."""
    place = content if content >= 0 else len(world.gate_purpose) - 1
    return world.gate_class[account] * world.params[0].gate_purposes + world.gate_purpose[place]


@rule
def period_of(world: World, r: int, day: int) -> int:
    """Return the number of the day, week, month or lifetime that a local day falls in."""
    per = world.gate_rule[r].per
    if per == Period.WEEK:
        return (day + world.params[0].weekday) // 7
    if per == Period.MONTH:
        return world.gate_month[table_day(world, day)]
    if per == Period.LIFETIME:
        return 0
    return day


@rule
def counter_of(world: World, r: int, account: int, medium: int) -> int:
    """Return the place of a cap's counter in `gate_sum`; of those that do not pool channels, one by channel."""
    g = world.gate_rule[r]
    key = world.gate_key[g.scope, account]
    return g.state + (key if g.width == 1 else key * g.width + medium)


@rule
def roll(world: World, r: int, c: int, day: int) -> int:
    """Move counter c on to a local day and return its count. Days only go on. Writes: gate_sum, gate_period, gate_ring."""
    g = world.gate_rule[r]
    now = period_of(world, r, day)
    last = world.gate_period[c]
    if now <= last:
        return world.gate_sum[c]
    if g.per == Period.ROLLING:
        n = g.n_days
        base = g.ring + (c - g.state) * n
        if now - last >= n:
            for k in range(n):
                world.gate_ring[base + k] = 0
            world.gate_sum[c] = 0
        else:
            for d in range(last + 1, now + 1):
                world.gate_sum[c] -= world.gate_ring[base + d % n]
                world.gate_ring[base + d % n] = 0
    else:
        world.gate_sum[c] = 0
    world.gate_period[c] = now
    return world.gate_sum[c]


@rule
def count(world: World, r: int, c: int, day: int, by: int) -> None:
    """Add `by` to what counter c holds of a local day, if that day still counts. Writes: gate_sum, gate_ring."""
    g = world.gate_rule[r]
    if g.per == Period.ROLLING:
        if day <= world.gate_period[c] - g.n_days:
            return
        world.gate_ring[g.ring + (c - g.state) * g.n_days + day % g.n_days] += by
        world.gate_sum[c] += by
    elif period_of(world, r, day) == world.gate_period[c]:
        world.gate_sum[c] += by


@rule
def attempt_begins(world: World, k: int, t: int) -> None:
    """Task k's contact begins at t: it takes a place in every cap in which it may come to count.

    A machine's call that is handed on to a human is still the same call. Reads: task, gate tables. Writes: gate counters.
    """
    task = world.task[k]
    if task.inbound > 1:
        return
    i = task.person
    medium = medium_of(world, task.channel)
    content = task.content if task.inbound == 0 else -1
    row = class_of(world, task.account, content)
    flight = INBOUND_BITS if task.inbound == 1 else 0
    for r in range(len(world.gate_rule)):
        g = world.gate_rule[r]
        if g.kind != GateKind.CAP or g.media >> medium & 1 == 0 or world.gate_counts[row, r] >> flight & 1 == 0:
            continue
        c = counter_of(world, r, task.account, medium)
        day = local_second(world, zone_of(world, r, i), t) // DAY_S
        roll(world, r, c, day)
        count(world, r, c, day, 1)
    if task.inbound == 0:
        world.gate_tried[task.account] = 1
        seen = world.gate_person[i].seen
        seen |= SEEN_VISIT if medium == VISIT_MEDIUM else 0
        seen |= SEEN_VOICE if VOICE_MEDIA >> medium & 1 == 1 else 0
        seen |= SEEN_WRITTEN if WRITTEN_MEDIA >> medium & 1 == 1 else 0
        world.gate_person[i].seen = seen


@rule
def attempt_ends(world: World, k: int) -> None:
    """Task k's outcome is known: places that it does not need are given back, cooldowns start on the day it began.

    Reads: task, gate tables. Writes: gate counters, gate_state, gate_person.
    """
    task = world.task[k]
    if task.inbound > 1:
        return
    i = task.person
    t = task.start_s
    outcome = task.outcome
    medium = medium_of(world, task.channel)
    content = task.content if task.inbound == 0 else -1
    row = class_of(world, task.account, content)
    flight = INBOUND_BITS if task.inbound == 1 else 0
    for r in range(len(world.gate_rule)):
        g = world.gate_rule[r]
        if g.media >> medium & 1 == 0:
            continue
        if g.kind == GateKind.CAP:
            counts = world.gate_counts[row, r]
            if counts >> flight & 1 == 1 and counts >> (flight + outcome) & 1 == 0:
                day = local_second(world, zone_of(world, r, i), t) // DAY_S
                count(world, r, counter_of(world, r, task.account, medium), day, -1)
        elif g.kind == GateKind.COOLDOWN:
            starts = g.inbound_outcomes if task.inbound == 1 else g.outcomes
            if starts >> outcome & 1 == 1:
                extend(world, r, task.account, cooldown_end(world, r, i, t))
    if task.inbound == 0:
        if outcome == Outcome.CONVERSATION or outcome == Outcome.REFUSED or outcome == Outcome.MET:
            world.gate_person[i].seen |= SEEN_SPOKEN
        if outcome == Outcome.DELIVERED and world.gate_on[row, 0] == 2:
            world.gate_person[i].seen |= SEEN_NOTICE


@rule
def cooldown_end(world: World, r: int, i: int, t: int) -> int:
    """Return the first second after a cooldown of rule r that began at t."""
    g = world.gate_rule[r]
    if g.hours_s > 0:
        return t + g.hours_s
    if g.by_date == 1:
        zone = zone_of(world, r, i)
        return midnight(world, zone, local_second(world, zone, t) // DAY_S + g.days)
    return t + g.days * DAY_S


@rule
def extend(world: World, r: int, account: int, end: int) -> None:
    """Let a pause or cooldown last until `end` at least. Writes: gate_state."""
    g = world.gate_rule[r]
    place = g.state + world.gate_key[g.scope, account]
    world.gate_state[place] = end if end > world.gate_state[place] else world.gate_state[place]


@rule
def shorten(world: World, r: int, account: int, end: int) -> None:
    """Let a pause end at `end` at the latest. Writes: gate_state."""
    g = world.gate_rule[r]
    place = g.state + world.gate_key[g.scope, account]
    world.gate_state[place] = end if end < world.gate_state[place] else world.gate_state[place]


@rule
def hear(world: World, t: int, row: int, i: int, account: int, channel: int, value: int) -> None:
    """Let contact rules hear of what a log row says. Reads: gate tables. Writes: gate_state, gate_person."""
    events = events_of(row, value)
    if events == 0:
        return
    world.gate_person[i].heard |= events
    dated = 0
    date = 0
    today = local_second(world, world.person[i].zone, t) // DAY_S
    if row == Row.PROMISE:
        dated = DATED_PROMISE
        date = today + value
    else:
        which = 0 if row == Row.DISPUTE else 1 if row == Row.DISCLOSED else 2 if row == Row.COMPLAINT else -1
        if which >= 0 and world.gate_resolved[which] >= 0:
            dated = DATED_UNTIL
            date = today + world.gate_resolved[which]
    medium = medium_of(world, channel) if row == Row.OPT_OUT else -1
    for e in range(EVENTS):
        if events >> e & 1 == 1:
            for r in range(len(world.gate_rule)):
                tell(world, r, e, t, i, account, medium, dated, date)


@rule
def tell(world: World, r: int, e: int, t: int, i: int, account: int, medium: int, dated: int, date: int) -> None:
    """Tell rule r of event e at t. `dated`, `date`: a local day that it carries, of a promise or of its end."""
    g = world.gate_rule[r]
    if g.kind == GateKind.PAUSE:
        tell_pause(world, r, e, t, i, account, dated, date)
    elif g.kind == GateKind.COOLDOWN:
        if g.events >> e & 1 == 1 and (medium < 0 or g.media >> medium & 1 == 1):
            extend(world, r, account, cooldown_end(world, r, i, t))
    elif (g.kind == GateKind.OPT_OUT or g.kind == GateKind.CONSENT) and (g.events | g.ends) >> e & 1 == 1:
        ended = g.ends >> e & 1 == 1
        binds = binding_from(world, r, i, t)
        first = g.state + world.gate_key[g.scope, account] * g.width
        for m in range(g.width):
            if g.width > 1 and medium >= 0 and m != medium:
                continue
            if g.kind == GateKind.CONSENT:
                world.gate_state[first + m] = 2 if ended else 1
            elif world.gate_state[first + m] == NEVER:
                world.gate_state[first + m] = binds


@rule
def tell_pause(world: World, r: int, e: int, t: int, i: int, account: int, dated: int, date: int) -> None:
    """Tell a pause of event e at t: it may end what began before, and begin anew."""
    g = world.gate_rule[r]
    zone = zone_of(world, r, i)
    if g.lifts >> e & 1 == 1:
        shorten(world, r, account, days_later(world, zone, t, g.until_days))
    elif g.lifts_now >> e & 1 == 1:
        shorten(world, r, account, t)
    if g.events >> e & 1 == 1:
        end = NEVER
        if g.days > 0:
            end = days_later(world, zone, t, g.days)
        if g.dated & dated != 0:
            stated = days_later(world, zone, midnight(world, zone, date), g.until_days)
            end = stated if stated < end else end
        extend(world, r, account, end)


@rule
def binding_from(world: World, r: int, i: int, t: int) -> int:
    """Return the second from which an opt-out that was said at t binds."""
    g = world.gate_rule[r]
    zone = zone_of(world, r, i)
    if g.honour_unit == HONOUR_SECONDS:
        return t + g.honour
    if g.honour_unit == HONOUR_DAYS:
        return days_later(world, zone, t, g.honour)
    if g.honour_unit == HONOUR_WORKDAYS:
        day = local_second(world, zone, t) // DAY_S
        return midnight(world, zone, world.gate_workday[g.workdays, table_day(world, day)] + 1)
    return t


@rule
def hear_portfolio(world: World, dispute: NDArray[np.bool_], plan: NDArray[np.bool_]) -> None:
    """Let contact rules hear of disputes and hardship plans that the portfolio states, as of the second before the run.

    Arrays of shape (accounts,). Writes: gate_state, gate_person.
    """
    for a in range(len(world.account)):
        if dispute[a]:
            hear(world, BEFORE_RUN_S, Row.DISPUTE, world.account[a].person, a, -1, 0)
        if plan[a]:
            hear(world, BEFORE_RUN_S, Row.STATUS, world.account[a].person, a, -1, 1)
