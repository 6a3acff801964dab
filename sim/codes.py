"""Small integers with names, shared by rules, engines, log and folds. Values are part of the log format."""

from __future__ import annotations

from enum import IntEnum


class ResourceKind(IntEnum):
    """What carries a channel's contacts."""

    BATCH = 0
    """A message gateway: sends at a rate, no conversation."""
    DESK = 1
    """People who dial, talk and wrap up."""
    LINES = 2
    """Concurrent machine lines."""
    FIELD = 3
    """Teams that travel and knock."""


class Outcome(IntEnum):
    """How one contact attempt ended. Names as in the contact-rule packs."""

    NONE = 0
    UNDELIVERED = 1
    DELIVERED = 2
    INVALID = 3
    BUSY = 4
    NO_ANSWER = 5
    VOICEMAIL = 6
    WRONG_PARTY = 7
    REFUSED = 8
    """The right person, who would not talk."""
    CONVERSATION = 9
    NOT_MET = 10
    MET = 11
    ABANDONED = 12
    """An inbound caller who hung up in the queue."""


RETRYABLE = ("busy", "no_answer", "voicemail", "wrong_party", "refused", "not_met", "undelivered")
"""Outcomes for which a step may state a retry."""


class Reason(IntEnum):
    """Why somebody does not pay. Latent until a conversation reveals it."""

    FORGOT = 0
    SHOCK = 1
    HARDSHIP = 2
    UNWILLING = 3
    DISPUTE = 4


REASON_NAMES = ("forgot", "shock", "hardship", "unwilling", "dispute")


class Event(IntEnum):
    """What a strategy may react to: the last day of each is an observable column."""

    PROMISE = 0
    KEPT = 1
    BROKEN = 2
    HARDSHIP = 3
    DISPUTE = 4
    REFUSED = 5
    WRONG_NUMBER = 6
    OPT_OUT = 7
    COMPLAINT = 8
    PAID = 9
    CONTACT = 10
    """A right-party contact on any channel, or a delivered message."""


EVENT_NAMES = tuple(event.name.lower() for event in Event)


class Flag(IntEnum):
    """Observable states of a person that exclude or redirect contact: bits that add up."""

    DISPUTE = 1
    HARDSHIP_PLAN = 2
    COMPLAINT = 4
    WRONG_NUMBER = 8
    PROMISE_LIVE = 16


class AccountStatus(IntEnum):
    """Where an account is in its life here."""

    FUTURE = 0
    OPEN = 1
    CURED = 2
    CHARGED_OFF = 3
    """Written off: nobody here contacts it any more, it is owed all the same."""


class Arrangement(IntEnum):
    """What may be agreed on instead of paying everything at once."""

    NONE = 0
    PLAN = 1
    """Equal instalments by 30 days."""
    EXTENSION = 2
    """Some days more; contact goes on."""
    PAUSE = 3
    """A hardship pause: some days without contact."""


class Component(IntEnum):
    """Parts of an account's debt."""

    FEES = 0
    INTEREST = 1
    PRINCIPAL = 2


class Row(IntEnum):
    """Kinds of log rows, in causal order within a second. `sim.eventlog.COLUMNS_BY_ROW` says what each column holds."""

    ENTRY = 0
    PAYMENT = 1
    FORGIVEN = 2
    CURED = 3
    PROMISE_KEPT = 4
    PROMISE_PARTLY = 5
    PROMISE_BROKEN = 6
    STATUS = 7
    PLANNED = 8
    MERGED = 9
    STARVED = 10
    ATTEMPT = 11
    READ = 12
    CALL_BACK = 13
    INBOUND = 14
    HAND_OFF = 15
    DISCLOSED = 16
    PROMISE = 17
    DISPUTE = 18
    COMPLAINT = 19
    OPT_OUT = 20
    BLOCKED = 21
    VIOLATION = 22
    CARRIED_OVER = 23
    REPLACED = 24
    ABSENT = 25
    TRAINED = 26
    LIQUIDITY = 27
    FELL_DUE = 28
    CHARGED_OFF = 29
    COMMISSION = 30
    DEBIT = 31
    ARRANGED = 32
    ARRANGEMENT_OVER = 33


class TaskState(IntEnum):
    """Where a task is between plan and end."""

    FREE = 0
    WAITING = 1
    """Its window has not opened, or a retry is pending."""
    READY = 2
    RUNNING = 3
    GONE = 4
    """A caller who hung up, still in the queue."""


class Verdict(IntEnum):
    """Whether a task may start now (`sim.rules.contact.admit`)."""

    START = 0
    OBSOLETE = 1
    STARVED = 2
    BUSY = 3
    """The person is in another contact at this second."""
    BLOCKED = 4
    """A contact rule refuses, and not only for today's window."""
    DEFERRED = 5
    """A contact rule refuses until later in today's window: the task waits until its `open_s`."""


class GateKind(IntEnum):
    """What a rule of the gate asks (`sim.rules.gate`); kinds as in the packs. From OPT_OUT on, no general exception holds."""

    ZONE = 0
    """Refuses whoever's zone is not known."""
    WINDOW = 1
    CAP = 2
    COOLDOWN = 3
    PAUSE = 4
    OPT_OUT = 5
    CONSENT = 6
    FIXED = 7
    """Nothing that happens in a run changes the answer."""
    VISIT = 8
    DUTY = 9


class GateMode(IntEnum):
    """What follows where a rule of the gate refuses."""

    ENFORCE = 1
    SHADOW = 2
    """The contact is made and logged as a violation."""


class Period(IntEnum):
    """Over which days a cap counts."""

    DAY = 0
    WEEK = 1
    MONTH = 2
    ROLLING = 3
    LIFETIME = 4


class PackEvent(IntEnum):
    """What packs can hear of in a simulation: bits by place. Their own names, in the order in which one happening is told.

    The readings are the cautious ones: every dispute counts as written, in time and on valid grounds, every opt-out as a
    request to cease, every hardship plan as a signed agreement.
    """

    PROMISE_TO_PAY = 0
    DEBTOR_NAMED_PAYMENT_OR_CONTACT_TIME = 1
    PROMISE_BROKEN = 2
    DISPUTE_OPENED = 3
    DISPUTE_ON_VALID_GROUNDS = 4
    OPEN_DISPUTE = 5
    WRITTEN_DISPUTE_IN_VALIDATION_PERIOD = 6
    COMPLAINT_OR_OBJECTION_OPEN = 7
    HARDSHIP_NOTICE = 8
    DECLARED_INABILITY = 9
    OPT_OUT = 10
    MEDIUM_REFUSED = 11
    CEASE_REQUEST_WRITTEN = 12
    REFUSAL_OF_DIRECT_CONTACT = 13
    INSTALMENT_AGREEMENT_SIGNED = 14
    AGREEMENT = 15


PACK_EVENT_NAMES = tuple(event.name.lower() for event in PackEvent)
