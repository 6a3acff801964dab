"""What happened and what is asked: facts, the attempt to be judged, and when a fact concerns an attempt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sim.compliance.clock import at, local_date
from sim.compliance.vocabulary import BASES, DEBTOR, IN_FLIGHT, OURS_ONLY

_MORE_DAYS = re.compile(r"^dpd_gt_(\d+)$")
_HOLDS_DAYS = re.compile(r"_(\d+)d$")


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom a fact or attempt concerns. None is not known."""

    person: str | None = None
    debt: str | None = None
    account: str | None = None
    phone: str | None = None
    household: str | None = None
    third_party: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened at a UTC second: an attempt (`event` is "attempt") or any other event."""

    t: int
    event: str
    parties: Parties = Parties()
    channel: str | None = None
    outcome: str = IN_FLIGHT
    inbound: bool = False
    actor: str | None = None
    counterparty: str = DEBTOR
    place: str = "home"
    purpose: str | None = None
    days_past_due: int | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)
    dates: Mapping[str, datetime] = field(default_factory=dict)
    """Dates that the event carries, such as promised_date; naive local times, midnight for a date alone."""
    hours: tuple[int, int] | None = None
    """For `debtor_blocked`: the seconds of the local day [from, to) that the debtor blocked."""
    days: str = "all"
    """For `debtor_blocked`: which days."""

    def is_attempt(self) -> bool:
        """Whether this is a contact attempt of ours, or a contact by the debtor."""
        return self.event == "attempt"

    def counts_as(self, basis: str) -> bool:
        """Whether this attempt counts on a basis; one in flight counts wherever it may come to count."""
        if not self.is_attempt() or (self.inbound and basis in OURS_ONLY):
            return False
        return self.outcome == IN_FLIGHT or self.outcome in BASES[basis]


@dataclass(frozen=True, slots=True)
class Attempt:
    """The contact that is asked about, at a UTC second. `flags` hold for debtor, account or contact."""

    t: int
    channel: str
    parties: Parties = Parties()
    actor: str | None = None
    counterparty: str = DEBTOR
    place: str = "home"
    purpose: str | None = None
    product: str | None = None
    regions: frozenset[str] = frozenset()
    days_past_due: int | None = None
    staff: int | None = None
    inbound: bool = False
    flags: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """An attempt, what had happened when it was made, and where the debtor is."""

    attempt: Attempt
    history: Sequence[Fact]
    """Facts up to the attempt's second, in order of time."""
    zone: ZoneInfo
    country: str | None = None

    def days_past_due(self, second: int) -> int | None:
        """Return the attempt's days past due at a later second, if nobody pays meanwhile."""
        if self.attempt.days_past_due is None:
            return None
        passed = local_date(second, self.zone) - local_date(self.attempt.t, self.zone)
        return self.attempt.days_past_due + passed.days

    def flag(self, name: str, second: int) -> bool:
        """Whether a flag holds: as stated, as computed (dpd_gt_15), or as an event of that name set it.

        An event sets its flag until `<name>_withdrawn` or `<name>_ended`; a name that ends in `_7d` holds
        for seven local days, the event's day included.
        """
        if name in self.attempt.flags:
            return self.attempt.flags[name]
        more = _MORE_DAYS.match(name)
        if more is not None:
            days = self.days_past_due(second)
            return days is not None and days > int(more[1])
        holds = False
        for fact in self.history:
            if not concerns(fact.parties, self.attempt.parties, ("person",)):
                continue
            if fact.event == name:
                holds = self._still_holds(name, fact.t, second)
            elif fact.event in (f"{name}_withdrawn", f"{name}_ended"):
                holds = False
        return holds

    def _still_holds(self, name: str, since: int, second: int) -> bool:
        length = _HOLDS_DAYS.search(name)
        if length is None:
            return True
        return second < at(local_date(since, self.zone) + timedelta(days=int(length[1])), 0, self.zone)

    def any_flag(self, names: Sequence[str], second: int) -> bool:
        """Whether any of these flags holds."""
        return any(self.flag(name, second) for name in names)

    def exempted(self, names: Sequence[str], second: int) -> bool:
        """Whether the attempt is one of these exceptions: by flag, purpose or counterparty."""
        said = {self.attempt.purpose, self.attempt.counterparty}
        return any(name in said or self.flag(name, second) for name in names)

    def events(self, names: Sequence[str], scope: Sequence[str] = ("person",)) -> Iterator[Fact]:
        """Yield the facts with one of these event names that concern the attempt, in order."""
        for fact in self.history:
            if fact.event in names and concerns(fact.parties, self.attempt.parties, scope):
                yield fact

    def attempts(self, scope: Sequence[str]) -> Iterator[Fact]:
        """Yield the earlier attempts that concern this one, in order."""
        yield from self.events(("attempt",), scope)

    def first_day(self) -> date:
        """Return the local day of the attempt."""
        return local_date(self.attempt.t, self.zone)


def concerns(fact: Parties, attempt: Parties, scope: Sequence[str]) -> bool:
    """Whether a fact concerns an attempt on these keys.

    A key that both know must be equal. Where one side does not know a key, the fact is taken to concern the
    attempt, unless all that both do know differs: what is not known does not open the gate.
    """
    unknown = False
    for key in scope:
        verdict = _same(fact, attempt, key)
        if verdict is False:
            return False
        unknown = unknown or verdict is None
    if not unknown:
        return True
    known = [
        verdict
        for key in ("person", "debt", "account", "phone", "household")
        if (verdict := _same(fact, attempt, key)) is not None
    ]
    return not known or any(known)


def _same(fact: Parties, attempt: Parties, key: str) -> bool | None:
    ours, theirs = getattr(fact, key), getattr(attempt, key)
    if (ours is None or theirs is None) and key == "debt":  # an account is a debt
        ours, theirs = fact.account, attempt.account
    elif (ours is None or theirs is None) and key == "account":
        ours, theirs = fact.debt, attempt.debt
    elif (ours is None or theirs is None) and key == "third_party":
        ours, theirs = fact.phone, attempt.phone
    return None if ours is None or theirs is None else bool(ours == theirs)


def excluded(fact: Fact, names: Sequence[str]) -> bool:
    """Whether a past attempt is one that a cap does not count."""
    for name in names:
        if fact.flags.get(name, False) or name in (fact.purpose, fact.counterparty):
            return True
        if name == "inbound" and fact.inbound:
            return True
        if name == "busy_or_invalid_number" and fact.outcome in ("busy", "invalid"):
            return True
        if name == "attorney_or_creditor_calls" and fact.counterparty in ("attorney", "creditor"):
            return True
        if name == "no_person_contacted" and fact.outcome == "not_met":
            return True
        if name == "not_reached" and fact.outcome in (
            "busy",
            "no_answer",
            "invalid",
            "undelivered",
            "not_met",
        ):
            return True
    return False
