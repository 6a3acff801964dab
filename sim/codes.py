"""Small integers with names, shared by rules, engines, log and folds. Values are part of the log format."""

from __future__ import annotations

from enum import IntEnum, IntFlag


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


class Flag(IntFlag):
    """Observable states of a person or account that exclude or redirect contact."""

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
