"""Names that rules and facts share: channels, outcomes, counting bases, actors, counterparties, places."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sim.spec.rulepack_fields import CHANNEL_GROUPS, CHANNEL_NAMES

CHANNELS = CHANNEL_NAMES
OUTCOMES = (
    "busy",
    "no_answer",
    "invalid",
    "voicemail",
    "wrong_party",
    "refused",
    "conversation",
    "delivered",
    "undelivered",
    "met",
    "not_met",
    "in_flight",
)
IN_FLIGHT = "in_flight"
"""An attempt whose outcome is not known yet. It holds a place in every cap that it may come to count in."""

BASES: dict[str, frozenset[str]] = {
    "attempt": frozenset(OUTCOMES),
    "unanswered": frozenset({"busy", "no_answer", "invalid"}),
    "connected": frozenset({"no_answer", "voicemail", "wrong_party", "refused", "conversation"}),
    "delivered": frozenset({"delivered"}),
    "contact": frozenset({"conversation", "refused", "delivered", "met"}),
    "conversation": frozenset({"conversation"}),
}
"""Counting basis -> outcomes that count (section 15, detail 0, of the research page behind the packs)."""

OURS_ONLY = frozenset({"attempt", "unanswered"})
"""Bases that count what we dial or send; a call by the debtor is never one of these."""

DEBTOR = "debtor"
_LENDERS = frozenset({"lender", "bank", "consumer_finance", "microlender"})
_COLLECTORS = frozenset({"third_party_collector", "agency"})
ACTORS = (
    "lender",
    "bank",
    "consumer_finance",
    "microlender",
    "third_party_collector",
    "debt_buyer",
    "agency",
)
_BOUND_AS: dict[str, frozenset[str]] = {
    "lender": _LENDERS,
    "bank": frozenset({"bank", "lender"}),
    "consumer_finance": frozenset({"consumer_finance", "lender"}),
    "microlender": frozenset({"microlender", "lender"}),
    "third_party_collector": _COLLECTORS,
    "agency": _COLLECTORS,
    "debt_buyer": frozenset({"debt_buyer"}),
    "financing_company": frozenset({"consumer_finance", "lender"}),
    "lending_company": frozenset({"microlender", "lender"}),
    "service_provider": _COLLECTORS,
}
"""A pack's own word for an actor -> the actors of the common vocabulary that it binds."""

THIRD_PARTIES = frozenset(
    {
        "third_party",
        "unrelated_third_party",
        "family",
        "friend",
        "colleague",
        "referee",
        "reference",
        "contact_list",
        "employer",
        "workplace",
        "employer_or_workplace",
        "beneficiary",
        "minor",
        "elderly_non_debtor",
        "neighbour",
        "household_member",
        "spouse",
        "parent_of_minor",
        "guardian",
        "executor",
        "public_social_media",
    }
)
OBLIGORS = frozenset({"guarantor", "joint_debtor", "co_maker"})
REPRESENTATIVES = frozenset({"attorney", "debt_adviser", "creditor", "representative"})
COUNTERPARTIES = (DEBTOR, *sorted(THIRD_PARTIES | OBLIGORS | REPRESENTATIVES))
_ANY_THIRD_PARTY = frozenset({"third_party", "unrelated_third_party"})
_AT_WORK = frozenset({"workplace", "employer_or_workplace"})

HOME_PLACES = frozenset({"home", "cell", "residence", "domicile", "home_or_cell"})
WORK_PLACES = frozenset({"work", "workplace", "employer"})


def channel_set(names: Iterable[str]) -> frozenset[str]:
    """Return the channels that names and groups stand for; ("voice", "sms") is four channels."""
    return frozenset(channel for name in names for channel in CHANNEL_GROUPS.get(name, (name,)))


def actor_bound(actor: str, actors: Collection[str]) -> bool:
    """Whether a pack that names these actors binds this one. An empty list binds everybody."""
    return not actors or any(actor == name or actor in _BOUND_AS.get(name, ()) for name in actors)


def same_actor(one: str | None, other: str | None) -> bool:
    """Whether two actors share a counter that is not pooled. An unknown actor is taken for the same."""
    if one is None or other is None or one == other:
        return True
    return one in _COLLECTORS and other in _COLLECTORS


def is_third_party(counterparty: str) -> bool:
    """Whether this is neither debtor, nor bound by the contract, nor a representative. Unknown names are."""
    return counterparty != DEBTOR and counterparty not in OBLIGORS and counterparty not in REPRESENTATIVES


def who_covers(who: Collection[str], counterparty: str, place: str) -> bool:
    """Whether a counterparty rule speaks of this counterparty, or of this place of work.

    A rule on third parties covers each of them; a counterparty given only as `third_party` may be any of
    those that a rule lists, so it is covered too.
    """
    if place in WORK_PLACES and _AT_WORK & set(who):
        return True
    if counterparty in who:
        return True
    if counterparty in ("employer", "workplace") and "employer_or_workplace" in who:
        return True
    if not is_third_party(counterparty):
        return False
    if _ANY_THIRD_PARTY & set(who):
        return True
    return counterparty in _ANY_THIRD_PARTY and any(name in THIRD_PARTIES for name in who)


def place_covers(rule_place: str | None, place: str) -> bool:
    """Whether a rule with this place speaks of a contact at `place`."""
    if rule_place is None or rule_place == "any":
        return True
    if rule_place == "home_or_cell":
        return place in HOME_PLACES
    if rule_place == "elsewhere":
        return place not in HOME_PLACES
    if rule_place == "home":
        return place in HOME_PLACES
    if rule_place == "work":
        return place in WORK_PLACES
    return rule_place == place


def named(text: str) -> str:
    """Return an event or flag name in the form that rules use: lower case, underscores."""
    plain = text.strip().lower().replace(" + ", "_plus_")
    return plain.replace(" ", "_").replace("-", "_")
