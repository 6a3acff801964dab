"""Rule packs as frozen records: groups resolved, clocks in seconds, lengths read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from sim.compliance.clock import Length, local_date
from sim.compliance.vocabulary import actor_bound, named

NEVER = "forever"


@dataclass(frozen=True, slots=True)
class Head:
    """What every rule carries, whatever it demands."""

    id: str
    kind: str
    """The section of the pack, such as window, cap, pause."""
    severity: str
    confidence: str
    enforce: str
    source: str
    note: str
    active: bool
    off_because: str
    """Why the rule is off: disputed, unverified, draft, switched off; empty for an active one."""
    regions: frozenset[str]
    product: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """Contact is allowed in [open_s, close_s) of the local day; never where `open_s` equals `close_s`."""

    head: Head
    channels: frozenset[str]
    days: str
    open_s: int
    close_s: int
    place: str | None
    unless: tuple[str, ...]
    budget_s: int | None


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` counted facts per period and scope key."""

    head: Head
    channels: frozenset[str]
    limit: int
    per: str
    n_days: int
    scope: tuple[str, ...]
    counts: str
    pool_channels: bool
    pool_actors: bool
    exclude: tuple[str, ...]
    unless: tuple[str, ...]
    place: str | None


@dataclass(frozen=True, slots=True)
class Cooldown:
    """No contact for a while after an event; with `require`, contact only for a while after one."""

    head: Head
    after: str
    channels: frozenset[str]
    days: int
    hours: int
    by_date: bool
    scope: tuple[str, ...]
    includes_inbound: bool
    exempt: tuple[str, ...]
    require: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """An event stops contact for `days` (0: no fixed length) or until `until` plus `until_days`."""

    head: Head
    triggers: tuple[str, ...]
    channels: frozenset[str]
    days: int
    until: str
    until_days: int
    extend_on: str
    extend_within_days: int
    allow: tuple[str, ...]
    exempt: tuple[str, ...]
    min_days_past_due: int
    scope: tuple[str, ...]
    place: str | None


@dataclass(frozen=True, slots=True)
class OptOut:
    """A request to stop. `honour` None binds at once."""

    head: Head
    channels: frozenset[str]
    events: tuple[str, ...]
    honour: Length | None
    honour_text: str
    medium_specific: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """These channels need a consent that is in force."""

    head: Head
    channels: frozenset[str]
    need: str
    withdrawn_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counterparty:
    """Who may be spoken to."""

    head: Head
    who: tuple[str, ...]
    rule: str
    conditions: tuple[str, ...]
    exempt: tuple[str, ...]
    allowed_purpose: tuple[str, ...]
    stop_on_refusal: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """What must hold before a visit starts."""

    head: Head
    min_staff: int
    give_notice: bool
    places: tuple[str, ...]
    not_if: tuple[str, ...]
    only_if: str
    min_days_past_due: int
    min_missed_appearances: int
    workplace: str
    conduct: tuple[str, ...]
    """How the visit is held, such as show_id: taken as promised, unless a flag of that name is false."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that must be done, started by a first contact or by an event."""

    head: Head
    when: tuple[str, ...]
    do: str
    deadline: Length | None
    precondition: bool
    first_contact_not_by: frozenset[str]
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A rule that a simulator can only repeat: evidence, forbidden conduct, a cap without a number."""

    head: Head
    text: tuple[str, ...]


Rule = Window | Cap | Cooldown | Pause | OptOut | Consent | Counterparty | Visit | Duty | Statement


@dataclass(frozen=True, slots=True)
class Pack:
    """One rule pack. Immutable; a run's manifest records id, version and digest."""

    id: str
    title: Mapping[str, str]
    jurisdiction: str
    version: str
    effective_from: date
    effective_to: date | None
    verified_on: date
    force: str
    zone: str | None
    """IANA zone of the pack, None for the debtor's."""
    country: str | None
    """Whose public holidays count, None for the debtor's country."""
    actors: tuple[str, ...]
    products: tuple[str, ...]
    sources: Mapping[str, tuple[str, str]]
    """Key -> (reference, address)."""
    rules: tuple[Rule, ...]
    notes: tuple[str, ...]
    digest: str
    switches_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    """Every event and flag name that some rule of the pack knows, switched off ones included."""

    def active_rules(self) -> tuple[Rule, ...]:
        """Return the rules that are switched on."""
        return tuple(rule for rule in self.rules if rule.head.active)

    def names_of_active(self) -> frozenset[str]:
        """Return the event and flag names that active rules know."""
        return frozenset(name for rule in self.active_rules() for name in rule_names(rule))

    def not_in_force(self, second: int, zone: ZoneInfo) -> str:
        """Return why the pack does not hold at a second; empty where it does."""
        day = local_date(second, ZoneInfo(self.zone) if self.zone else zone)
        if day < self.effective_from:
            return f"it takes effect on {self.effective_from}"
        if self.effective_to is not None and day > self.effective_to:
            return f"it ended on {self.effective_to}"
        return ""

    def not_binding(self, actor: str | None, product: str | None) -> str:
        """Return why the pack does not bind an actor or product; empty where it does."""
        if actor is not None and not actor_bound(actor, self.actors):
            return f"it binds {', '.join(self.actors)}, not the actor `{actor}`"
        if product is not None and self.products and product not in self.products:
            return f"it covers {', '.join(self.products)}, not the product `{product}`"
        return ""


def switched(pack: Pack, on: Collection[str] = (), off: Collection[str] = ()) -> Pack:
    """Return the pack with these rules switched on and off; ids that it does not hold are ignored."""
    rules = []
    for rule in pack.rules:
        head = rule.head
        if head.id in off:
            head = replace(head, active=False, off_because="switched off")
        elif head.id in on:
            head = replace(head, active=True, off_because="")
        rules.append(replace(rule, head=head))
    return replace(pack, rules=tuple(rules))


def rule_names(rule: Rule) -> frozenset[str]:
    """Return the event and flag names that a rule knows."""
    match rule:
        case Window():
            found: tuple[str, ...] = (
                *rule.unless,
                *(("debtor_blocked",) if rule.days == "debtor_blocked" else ()),
            )
        case Cap():
            found = (*rule.exclude, *rule.unless)
        case Cooldown():
            found = (rule.after, *rule.exempt, *rule.require)
        case Pause():
            full = f"{rule.until}_plus_{rule.until_days}d" if rule.until_days else rule.until
            found = (*rule.triggers, rule.until, full, rule.extend_on, *rule.allow, *rule.exempt)
        case OptOut():
            found = (*rule.events, "opt_in", "reconsent")
        case Consent():
            found = (rule.need, f"{rule.need}_withdrawn", *rule.withdrawn_by)
        case Counterparty():
            found = (
                *rule.conditions,
                *rule.exempt,
                *(("third_party_refused",) if rule.stop_on_refusal else ()),
            )
        case Visit():
            found = (
                *rule.not_if,
                *rule.conduct,
                rule.only_if,
                *(NOTICE_NAMES if rule.give_notice else ()),
                *(("missed_appearance",) if rule.min_missed_appearances else ()),
                *(("debtor_requested",) if rule.workplace else ()),
            )
        case Duty():
            found = (*rule.when, named(rule.do), *rule.unless)
        case Statement():
            found = ()
    return frozenset(found) - {"", NEVER} - OUTCOME_NAMES


NOTICE_NAMES = ("give_notice", "notice_given", "visit_notice", "visit_notice_given", "written_notice")
"""Flags and events that say that a visit was announced."""
OUTCOME_NAMES = frozenset({"conversation"})
