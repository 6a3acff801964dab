"""The arrays that rules read and write: what `sim.world` lowers a scenario to, and the only thing engines see.

One record a person, an account, a task: the fields that one contact needs lie side by side in memory. Times are int64
clock seconds, money int64 minor units, intensities are per operational second (`sim.rules.clock`). Whole numbers that
rules hand on are int64 throughout: each further width of an argument would compile every rule below it once more.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.arrays import ArraySet, lines

NEVER = np.int64(2**62)
"""A clock second that never comes."""

Records = NDArray[Any]

PERSON = lines([
    # two cache lines that are read whenever somebody looks at the person or tries to reach them: next own events first
    ("id", "u8"), ("next_pay_s", "i8"), ("promise_due_s", "i8"), ("promise_check_s", "i8"), ("next_entry_s", "i8"),
    ("edge_s", "i8"), ("flags", "i8"), ("opted_out", "i8"),
    ("open_accounts", "i8"), ("in_flight", "i8"), ("attempts", "i8"), ("number_valid", "i8"), ("zone", "i8"), ("profile", "i8"),
    ("reach", "f8"), ("sensitivity", "f8"),
    # a third for what a contact changes: the payment clock (intensity = base + jump e^(-decay tau), residual Exp(1) left to
    # pass) and pressure
    ("base", "f8"), ("jump", "f8"), ("residual", "f8"), ("clock_s", "i8"), ("pressure", "f8"), ("pressure_s", "i8"),
    ("tolerance", "f8"), ("reason", "i8"),
    # the rest, observable and latent
    ("first_account", "i8"), ("accounts", "i8"), ("contacts", "i8"), ("last_contact_s", "i8"), ("revealed", "i8"),
    ("trust", "f8"), ("payments", "i8"), ("payday", "i8"), ("frailty", "f8"), ("home", "f8"), ("entry_s", "i8"),
    ("last_payment_s", "i8"), ("paid_minor", "i8"), ("promises", "i8"), ("kept", "i8"), ("broken", "i8"),
    # the live promise
    ("promise_live", "i8"), ("promise_reminded", "i8"), ("promise_channel", "i8"), ("promise_pool", "i8"),
    ("promise_account", "i8"), ("promise_minor", "i8"), ("promise_paid_minor", "i8"), ("promise_skill", "f8"),
    # the live offer
    ("offer_until_s", "i8"), ("offer_fees", "f8"), ("offer_interest", "f8"),
    # mechanisms that scenarios switch on: next of all slow events, marks of early contacts
    ("own_s", "i8"), ("mark", "f8"), ("offer_principal", "f8"),
])
"""One record a person."""

FORTUNE = np.dtype([
    ("turn_s", "i8"), ("turns", "i8"), ("debit", "i8"), ("debit_s", "i8"),
    ("arranged", "i8"), ("from_day", "i8"), ("until_s", "i8"), ("plan_s", "i8"), ("plan_left", "i8"), ("plan_minor", "i8"),
    ("plan_missed", "i8"), ("plans", "i8"),
], align=True)
"""A person's slow events: next turn of liquidity and how many there were, whether debits are agreed, the next of them; the
arrangement that runs (`Arrangement`), since which day and until when, and the plan's next instalment."""

DEBT = np.dtype([("due_s", "i8"), ("left", "i8"), ("fell_due", "i8"), ("old_s", "i8"), ("months", "i8")], align=True)
"""An account's slow events: next instalment, how many are left, what fell due since entry, charge-off or next month at the
agency, months there so far."""

ACCOUNT = np.dtype([
    ("id", "u8"), ("person", "i8"), ("status", "i8"), ("dpd", "i8"), ("entry_s", "i8"), ("arm", "i8"), ("team", "i8"),
    ("area", "i8"), ("principal", "i8"), ("interest", "i8"), ("fees", "i8"), ("instalment", "i8"), ("paid", "i8"),
    ("forgiven", "i8"), ("entry_minor", "i8"), ("cured_s", "i8"),
], align=True)
"""One record an account. `dpd` as on the day of entry; `principal interest fees` outstanding."""

STEP_STATE = np.dtype([
    ("first_day", "i4"), ("hold_day", "i4"), ("open_s", "i4"), ("close_s", "i4"),
    ("attempts", "i2"), ("done", "i1"), ("pending", "i1"), ("deferred", "i1"),
], align=True)
"""What happened so far to one step of one account; `open_s`, `close_s` are seconds of the local day. `deferred` 1: a contact
rule put it off, so that it is due from `hold_day` on whatever its days."""

TASK = np.dtype([
    ("key", "i8"), ("open_s", "i8"), ("close_s", "i8"), ("start_s", "i8"), ("end_s", "i8"),
    ("person", "i8"), ("account", "i8"), ("ordinal", "i8"), ("agent", "i8"), ("duration_s", "i8"),
    ("step", "i8"), ("content", "i8"), ("channel", "i8"), ("pool", "i8"), ("arm", "i8"), ("attempts", "i8"),
    ("outcome", "i8"), ("inbound", "i8"), ("state", "i8"), ("again", "i8"),
    ("ringing", "i8"),
], align=True)
"""One planned action, or one inbound call, from the queue to its end. `key` orders the queue: lower is earlier.
`again` 1: the step is due another day if nobody gets to it today. `ringing` 1: dialled ahead, for whoever is idle when it is
answered."""

STEP = np.dtype([
    ("channel", "i8"), ("pool", "i8"), ("content", "i8"), ("per_day", "i8"), ("total", "i8"), ("open_days", "i8"),
    ("repeats", "i8"), ("priority", "i8"), ("exclude", "i8"), ("open_s", "i8"), ("close_s", "i8"), ("drop", "i8"),
    ("offer_days", "i8"), ("offer_fees", "f8"), ("offer_interest", "f8"), ("offer_principal", "f8"),
    ("arrange", "i8"), ("arrange_size", "i8"),
], align=True)
"""One step of the world's strategies; `content` indexes the content table. `drop` 1: a blocked attempt uses up its day.
`offer_days` above 0: who is reached is made an offer that long."""

RETRY = np.dtype([("delay_s", "i8"), ("delay_days", "i8"), ("open_s", "i8"), ("close_s", "i8")], align=True)
"""What follows an outcome of a step: shape (steps, outcomes). `open_s` -1 keeps the step's window."""

CHANNEL = np.dtype([
    ("kind", "i8"), ("counts_as", "i8"), ("call_back_pool", "i8"), ("hand_off_pool", "i8"),
    ("delivered", "f8"), ("read", "f8"), ("read_delay_median_s", "f8"), ("read_delay_sigma", "f8"),
    ("answer", "f8"), ("busy", "f8"), ("voicemail", "f8"), ("wrong_party", "f8"),
    ("ring_s", "f8"), ("ring_full", "i8"),
    ("talk_median_s", "f8"), ("talk_sigma", "f8"), ("talk_exponential", "i8"), ("wrap_s", "f8"),
    ("answer_fatigue", "f8"),
    ("refused", "f8"), ("disclosed", "f8"), ("promised", "f8"), ("pays_now", "f8"), ("kept_log_odds", "f8"),
    ("missed_log_odds", "f8"), ("habituation", "f8"), ("pressure_weight", "f8"),
    ("opt_out", "f8"), ("complaint", "f8"), ("disputed", "f8"),
    ("carry_over", "f8"), ("call_back", "f8"), ("missed_call_back", "f8"), ("call_back_delay_s", "f8"), ("hand_off", "f8"),
], align=True)
"""One channel: probabilities per attempt, message or conversation, seconds, log-odds."""

CONTENT = np.dtype([("log_odds", "f8"), ("reminds", "i8")], align=True)
"""One piece of content: its effect on the log-odds of paying, and whether it reminds of a promise."""

POOL = np.dtype([
    ("kind", "i8"), ("first_agent", "i8"), ("agents", "i8"), ("unlimited", "i8"), ("per_second", "i8"), ("teams", "i8"),
    ("visits_per_day", "i8"), ("skill", "f8"),
    ("travel_within_s", "f8"), ("travel_between_s", "f8"), ("travel_sigma", "f8"),
    ("km_within", "f8"), ("km_between", "f8"), ("patience_median_s", "f8"), ("patience_sigma", "f8"),
    ("patience_exponential", "i8"), ("queues", "i8"), ("map", "i8"), ("tour", "i8"), ("m_per_s", "f8"),
    # predictive dialling: dials for each idle agent, most abandoned, weight of one answered call; abandoned so far, dials out
    ("predictive", "i8"), ("lines_per_agent", "f8"), ("ceiling", "f8"), ("newest", "f8"), ("abandoned", "f8"), ("ringing", "i8"),
], align=True)
"""One pool of like capacity: a skill group of a desk, a bank of lines, a gateway, the field teams. `map` counts from 1, 0 is
none; `tour` 1: a day's visits follow a round."""

AGENT = np.dtype([
    ("skill", "f8"), ("id", "u8"), ("pool", "i8"), ("state", "i8"), ("task", "i8"), ("area", "i8"), ("visits", "i8"),
    # how somebody came by their skill and conduct, where staff is simulated (`sim.rules.staff`)
    ("conduct", "f8"), ("talent", "f8"), ("manner", "f8"), ("skill_log_sd", "f8"), ("worked", "f8"),
    ("skill_gain", "f8"), ("conduct_gain", "f8"), ("gain_kept", "f8"), ("day", "i8"), ("hired", "i8"),
], align=True)
"""One agent, line or team. `skill` multiplies the effect of what they say, `conduct` complaints; `state` is one of `AGENT_*`."""

AGENT_OFF, AGENT_IDLE, AGENT_BUSY, AGENT_LEAVING, AGENT_ABSENT = 0, 1, 2, 3, 4

COURSE = np.dtype([
    ("pool", "i8"), ("day", "i8"), ("off_s", "i8"), ("skill", "f8"), ("conduct", "f8"), ("kept", "f8"), ("price_minor", "i8"),
], align=True)
"""A course that a pool's agents attend on a day: seconds off the floor, gains, and the share of them kept a worked day."""

REASON = np.dtype([
    ("hazard", "f8"), ("full", "f8"), ("persuaded", "f8"), ("promised", "f8"), ("kept", "f8"), ("relief", "f8"),
], align=True)
"""By reason: factors on the base intensity, the chance to pay in full, on persuasion and on promises given;
log-odds of keeping a promise; factor on the effect of relief."""

PARAMS = np.dtype([
    ("population_seed", "u8"), ("behaviour_seed", "u8"), ("end_s", "i8"), ("weekday", "i8"), ("month_day", "i8"),
    ("decay_per_s", "f8"), ("payday_factor", "f8"), ("payday_days", "i8"),
    ("excitation_log_odds", "f8"), ("partial_floor", "f8"), ("partial_power", "f8"), ("minimum_minor", "i8"),
    ("pressure_decay_per_s", "f8"), ("kept_base", "f8"), ("kept_reminded", "f8"), ("kept_partly", "f8"),
    ("promise_full", "f8"), ("promise_days", "i8"), ("grace_days", "i8"), ("broken_trust", "f8"),
    ("plan_log_odds", "f8"), ("waiver_log_odds", "f8"), ("retry_busy_s", "i8"),
    ("inbound_channel", "i8"), ("inbound_content", "i8"), ("log_rows", "i8"), ("door_s", "f8"), ("gate_purposes", "i8"),
], align=True)
"""Single values, one record."""

MECHANISM = np.dtype([
    ("backfire", "f8"), ("backfire_missed", "f8"),
    ("staff", "i8"), ("promise_skill", "f8"), ("conduct_log_sd", "f8"), ("provoked", "f8"), ("beginner_skill", "f8"),
    ("beginner_conduct", "f8"), ("learning_per_day", "f8"), ("experience_days", "f8"), ("leaves", "f8"), ("absent", "f8"),
    ("hiring_minor", "i8"),
    ("slow", "i8"), ("hit_per_s", "f8"), ("recovers_per_s", "f8"),
    ("mark_until_s", "f8"), ("mark_log", "f8"), ("mark_on_time", "f8"),
    ("every_days", "i8"), ("most_left", "i8"), ("interest_share", "f8"), ("on_time", "f8"), ("late_fee", "i8"),
    ("charge_off_day", "i8"), ("agency", "i8"), ("agency_days", "i8"),
    ("commission", "f8"), ("agency_pays", "f8"), ("agency_share", "f8"),
    ("debit_share", "f8"), ("debit_succeeds", "f8"), ("debit_hour", "i8"),
    ("arranges", "i8"), ("by_message", "f8"), ("plan_kept", "f8"), ("plan_first_days", "i8"), ("plan_misses", "i8"),
    ("extension", "f8"), ("pause", "f8"),
    ("first_part", "i8"), ("second_part", "i8"), ("settlement", "f8"),
], align=True)
"""Values of mechanisms that scenarios switch on, one record; all 0 where they are off (`sim.mechanisms`)."""

LOG = np.dtype([
    ("t_s", "i8"), ("amount_minor", "i8"),
    ("person", "i4"), ("account", "i4"), ("ordinal", "i4"), ("lead_s", "i4"), ("talk_s", "i4"), ("wrap_s", "i4"),
    ("step", "i2"), ("agent", "i2"), ("arm", "i2"), ("value", "i2"),
    ("row", "i1"), ("channel", "i1"), ("pool", "i1"), ("outcome", "i1"),
], align=True)
"""One log row, 56 bytes. Meaning of the columns by row kind: `sim.eventlog`."""

OUTBOX = np.dtype([("t_s", "i8"), ("kind", "i8"), ("task", "i8")], align=True)
"""Something that a rule causes later; the desk puts it into its queue."""

GATE_RULE = np.dtype([(name, "i8") for name in (
    "kind", "mode", "media", "zone", "from_day", "to_day", "scope", "state", "width",
    "unless_heard", "unless_dpd", "min_dpd",
    "selector", "open_s", "close_s",
    "limit", "per", "n_days", "ring",
    "days", "hours_s", "by_date", "outcomes", "inbound_outcomes", "events", "ends",
    "until_days", "lifts", "lifts_now", "dated", "honour", "honour_unit", "workdays",
    "notice", "only_if", "not_if_dpd", "first",
)], align=True)
"""One active contact rule; `sim.compliance.gate_tables` says what each field means by kind. Media, outcomes, events are bits."""

GATE_PERSON = np.dtype([("zone_known", "i8"), ("heard", "i8"), ("seen", "i8")], align=True)
"""What the gate knows of a person: events heard (bits by `PackEvent`), ways tried (bits `SEEN_*` of `sim.rules.gate_facts`)."""

# Places in `World.counters`.
N_LOG, N_OUTBOX, N_TASKS, N_HASHED, DIGEST_A, DIGEST_B, FULL, N_COUNTERS = 0, 1, 2, 3, 4, 5, 6, 7


I1, I4, I8, U8, F8 = (np.dtype(code) for code in ("i1", "i4", "i8", "u8", "f8"))


class World(ArraySet):
    """All arrays of one world. Shapes: P persons, A accounts, S steps, C channels, Z zones, D days."""

    FIELDS: ClassVar = {
        "params": (PARAMS, 1),  # (1,)
        "mechanism": (MECHANISM, 1),  # (1,)
        "person": (PERSON, 1),  # (P,)
        "account": (ACCOUNT, 1),  # (A,)
        "fortune": (FORTUNE, 1),  # (P,)
        "debt": (DEBT, 1),  # (A,)
        "person_id": (U8, 1),  # (P,): ids side by side, for the digest, which needs nothing else of a person
        "account_id": (U8, 1),  # (A,)
        "tally": (I4, 3),  # (P, C, 3): outbound attempts, contacts, inbound calls
        "event_day": (I4, 2),  # (P, events): last day of each event, -1 never
        "step_state": (STEP_STATE, 2),  # (A, S)
        "step": (STEP, 1),  # (S,)
        "retry": (RETRY, 2),  # (S, outcomes)
        "channel": (CHANNEL, 1),  # (C,)
        "content": (CONTENT, 1),  # (contents,)
        "pool": (POOL, 1),  # (pools,)
        "agent": (AGENT, 1),  # (agents,)
        "area_m": (F8, 3),  # (maps, areas + 1, areas + 1): metres by road between areas; the last is the teams' base
        "course": (COURSE, 1),  # (courses x pools x days,)
        "reason": (REASON, 1),  # (5,)
        "takes_up": (F8, 2),  # (arrangements, reasons): chance to take one up, from `Arrangement.NONE` on
        "hazard_from": (I8, 1),  # (knots,), ascending days past due
        "hazard": (F8, 1),  # (knots,), per operational second
        "stage_from": (I8, 1),  # (stages,), ascending days past due
        "stage_reach": (F8, 1),  # (stages,)
        "stage_ability": (F8, 1),  # (stages,)
        "at_phone": (F8, 3),  # (profiles, 2, 24): weekday, free day
        "at_home": (F8, 3),  # (profiles, 2, 24)
        "hour_weight": (F8, 1),  # (24,), mean 1
        "hour_start": (F8, 1),  # (24,), operational seconds before the hour
        "zone_from": (I8, 2),  # (Z, transitions): clock second from which an offset holds
        "zone_offset": (I8, 2),  # (Z, transitions): local second of the calendar = clock second + offset
        "free_day": (I1, 1),  # (D + margin,): 1 on weekends and holidays
        "month_day": (I1, 1),  # (D + margin,): day of the month
        "task": (TASK, 1),  # (capacity,)
        "free_task": (I8, 1),  # (capacity,): numbers of free tasks, the first counters[N_TASKS] of them
        "log": (LOG, 1),  # (capacity,)
        "outbox": (OUTBOX, 1),  # (16,)
        "counters": (I8, 1),  # (N_COUNTERS,)
        # the gate: all of length 0 where no rule packs are on
        "gate_rule": (GATE_RULE, 1),  # (rules,), the first is the unknown zone
        "gate_person": (GATE_PERSON, 1),  # (P,)
        "gate_tried": (I1, 1),  # (A,): 1 after the first attempt of ours
        "gate_class": (I4, 1),  # (A,): accounts that rules treat alike
        "gate_purpose": (I4, 1),  # (contents + 1,): the purpose of each content; the last is of calls by the debtor
        "gate_on": (I1, 2),  # (classes x purposes, rules): 0 never refuses, 1 it depends, 2 refuses by what is fixed
        "gate_counts": (I8, 2),  # (classes x purposes, rules): outcomes that a cap counts, calls by the debtor from bit 16 on
        "gate_key": (I4, 2),  # (scopes, A): whose counter or state
        "gate_state": (I8, 1),  # seconds or states of pauses, cooldowns, opt-outs, consents
        "gate_sum": (I4, 1),  # counts of caps in the period `gate_period`
        "gate_period": (I4, 1),
        "gate_ring": (I4, 1),  # daily counts of rolling caps
        "gate_selects": (I1, 2),  # (selectors, D + margin): whether a day selector takes in a local day
        "gate_month": (I4, 1),  # (D + margin,): number of the month
        "gate_workday": (I4, 2),  # (lengths, D + margin): the local day that many working days later
        "gate_resolved": (I4, 1),  # (3,): days until a dispute, hardship notice, complaint is dealt with, -1 never
    }
    __slots__ = tuple(FIELDS)
    params: Records
    mechanism: Records
    person: Records
    account: Records
    fortune: Records
    debt: Records
    person_id: NDArray[np.uint64]
    account_id: NDArray[np.uint64]
    tally: NDArray[np.int32]
    event_day: NDArray[np.int32]
    step_state: Records
    step: Records
    retry: Records
    channel: Records
    content: Records
    pool: Records
    agent: Records
    area_m: NDArray[np.float64]
    course: Records
    reason: Records
    takes_up: NDArray[np.float64]
    hazard_from: NDArray[np.int64]
    hazard: NDArray[np.float64]
    stage_from: NDArray[np.int64]
    stage_reach: NDArray[np.float64]
    stage_ability: NDArray[np.float64]
    at_phone: NDArray[np.float64]
    at_home: NDArray[np.float64]
    hour_weight: NDArray[np.float64]
    hour_start: NDArray[np.float64]
    zone_from: NDArray[np.int64]
    zone_offset: NDArray[np.int64]
    free_day: NDArray[np.int8]
    month_day: NDArray[np.int8]
    task: Records
    free_task: NDArray[np.int64]
    log: Records
    outbox: Records
    counters: NDArray[np.int64]
    gate_rule: Records
    gate_person: Records
    gate_tried: NDArray[np.int8]
    gate_class: NDArray[np.int32]
    gate_purpose: NDArray[np.int32]
    gate_on: NDArray[np.int8]
    gate_counts: NDArray[np.int64]
    gate_key: NDArray[np.int32]
    gate_state: NDArray[np.int64]
    gate_sum: NDArray[np.int32]
    gate_period: NDArray[np.int32]
    gate_ring: NDArray[np.int32]
    gate_selects: NDArray[np.int8]
    gate_month: NDArray[np.int32]
    gate_workday: NDArray[np.int32]
    gate_resolved: NDArray[np.int32]
