"""Random packs, histories and attempts for tests of the contact rules, the compiled gate included."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from sim.compliance.evaluate import Situation
from sim.compliance.facts import Attempt, Fact, Parties
from sim.compliance.library import assemble, shipped, shipped_ids
from sim.compliance.pack import Pack
from sim.compliance.vocabulary import CHANNELS, OUTCOMES

START_S = int(datetime(2026, 9, 7, tzinfo=UTC).timestamp())
"""A Monday on which every shipped pack is in force."""
HORIZON_S = 40 * 86_400
EVENTS = (
    "breathing_space",
    "instalment_agreement_signed",
    "agreement_breached",
    "hardship_notice",
    "dispute_opened",
    "resolved",
    "promise_to_pay",
    "stop",
    "opt_in",
    "written_dispute_in_validation_period",
    "verification_sent",
    "abandoned_call",
    "start_notice",
    "debtor_agreed",
    "prior_express_consent",
    "debtor_blocked",
)
ZONES = ("Asia/Shanghai", "America/New_York", "Europe/Rome", "Australia/Sydney", "Asia/Kolkata")
VOICE_OUTCOMES = ("busy", "no_answer", "invalid", "voicemail", "wrong_party", "refused", "conversation")
TEXT_OUTCOMES = ("delivered", "undelivered")


def outcomes_of(channel: str) -> tuple[str, ...]:
    """Return the outcomes that an attempt on a channel can end with."""
    if channel == "visit":
        return ("met", "not_met", "refused")
    return VOICE_OUTCOMES if channel in ("call", "ai_call", "notify_call") else TEXT_OUTCOMES


def parties() -> st.SearchStrategy[Parties]:
    """Two people with two debts each; phones and households are shared between them."""
    return st.builds(
        lambda person, debt, phone, house: Parties(
            person=f"P{person}",
            debt=f"D{person}{debt}",
            account=f"A{person}{debt}",
            phone=f"N{phone}",
            household=f"H{house}",
        ),
        st.integers(1, 2),
        st.integers(1, 2),
        st.integers(1, 2),
        st.integers(1, 2),
    )


def seconds() -> st.SearchStrategy[int]:
    """Seconds of the horizon, mostly at round times, where rules have their edges."""
    whole = st.integers(0, HORIZON_S // 1800).map(lambda half_hour: START_S + 1800 * half_hour)
    return st.one_of(whole, whole.map(lambda t: t - 1), st.integers(START_S, START_S + HORIZON_S))


@st.composite
def contacts(draw: st.DrawFn) -> Fact:
    """An attempt that was made, with an outcome that its channel can have, or still in flight."""
    channel = draw(st.sampled_from(CHANNELS))
    return Fact(
        draw(seconds()),
        "attempt",
        draw(parties()),
        channel,
        draw(st.sampled_from((*outcomes_of(channel), OUTCOMES[-1]))),
        inbound=draw(st.booleans()) and channel == "call",
        actor=draw(st.sampled_from(("lender", "agency", "debt_buyer", None))),
        place=draw(st.sampled_from(("home", "work"))),
    )


@st.composite
def events(draw: st.DrawFn) -> Fact:
    """Something that happened and that some rule listens to."""
    return Fact(draw(seconds()), draw(st.sampled_from(EVENTS)), draw(parties()), hours=(12 * 3600, 15 * 3600))


def facts(most: int = 25) -> st.SearchStrategy[tuple[Fact, ...]]:
    """A history, in order of time."""
    one = st.one_of(contacts(), contacts(), events())
    return st.lists(one, max_size=most).map(lambda found: tuple(sorted(found, key=lambda fact: fact.t)))


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    """A contact to be judged."""
    return Attempt(
        draw(seconds()),
        draw(st.sampled_from(CHANNELS)),
        draw(parties()),
        actor=draw(st.sampled_from(("lender", "agency", None))),
        counterparty=draw(st.sampled_from(("debtor", "debtor", "debtor", "family", "guarantor"))),
        place=draw(st.sampled_from(("home", "work"))),
        regions=draw(
            st.sampled_from((frozenset(), frozenset({"NYC"}), frozenset({"MA"}), frozenset({"RJ"})))
        ),
        days_past_due=draw(st.one_of(st.none(), st.integers(0, 200))),
        staff=draw(st.sampled_from((None, 1, 2))),
        flags=draw(
            st.dictionaries(
                st.sampled_from(
                    ("debtor_agreed", "give_notice", "prior_express_consent", "known_vulnerable")
                ),
                st.booleans(),
                max_size=2,
            )
        ),
    )


def pack_lists() -> st.SearchStrategy[tuple[Pack, ...]]:
    """One to three shipped packs together."""
    names = st.lists(st.sampled_from(shipped_ids()), min_size=1, max_size=3, unique=True)
    return names.map(lambda found: assemble(shipped(name) for name in found))


def situations() -> st.SearchStrategy[Situation]:
    """A debtor in one known zone."""
    return st.sampled_from(ZONES).map(lambda name: Situation((ZoneInfo(name),), "US"))
