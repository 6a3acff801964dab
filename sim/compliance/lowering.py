"""From the models of a pack's file (`sim.spec.rulepack`) to the frozen records that the evaluator reads."""

from __future__ import annotations

import re

from sim.compliance.clock import parse_length
from sim.compliance.pack import (
    Cap,
    Consent,
    Cooldown,
    Counterparty,
    Duty,
    Head,
    OptOut,
    Pack,
    Pause,
    Rule,
    Statement,
    Visit,
    Window,
    rule_names,
)
from sim.compliance.vocabulary import channel_set
from sim.spec import rulepack as spec

_PLUS = re.compile(r"^(?P<name>.+?)_plus_(?P<days>\d+)d$")
_COUNTRY = re.compile(r"^[A-Z]{2}$")


def lower(pack: spec.PackSpec, digest: str) -> Pack:
    """Return the frozen records of a validated pack.

    Args:
        pack: the pack as its file states it.
        digest: hash of the file, recorded in manifests.
    """
    rules = tuple(_lower_rule(rule) for rule in pack.rules())
    country = pack.calendar or (pack.jurisdiction if _COUNTRY.match(pack.jurisdiction) else None)
    return Pack(
        id=pack.id,
        title={"en": pack.title.en, "zh": pack.title.zh},
        jurisdiction=pack.jurisdiction,
        version=pack.version,
        effective_from=pack.effective_from,
        effective_to=pack.effective_to,
        verified_on=pack.verified_on,
        force=pack.force,
        zone=None if pack.tz == "debtor_local" else pack.tz,
        country=None if country == "EU" else country,
        actors=pack.applies_to.actors,
        products=pack.applies_to.products,
        sources={key: (source.ref, source.url) for key, source in pack.sources.items()},
        rules=rules,
        notes=pack.notes,
        digest=digest,
        switches_on=dict(pack.switches_on),
        names=frozenset(name for rule in rules for name in rule_names(rule)),
    )


def _lower_rule(rule: spec.RuleSpec) -> Rule:
    """Return the record of a rule that the gate asks."""
    match rule:
        case spec.WindowSpec():
            opens, closes = (_seconds(text) for text in rule.allow) if rule.allow else (0, 0)
            budget = None if rule.budget_hours_per_week is None else int(rule.budget_hours_per_week * 3600)
            return Window(
                _head(rule, "window"),
                channel_set(rule.channels),
                rule.days,
                opens,
                closes,
                rule.place,
                rule.unless,
                budget,
            )
        case spec.CapSpec():
            if rule.max is None:
                return Statement(_head(rule, "cap"), ("no number in the source; reported only",))
            return Cap(
                _head(rule, "cap"),
                channel_set(rule.channels),
                rule.max,
                rule.per,
                rule.n_days or 0,
                rule.scope,
                rule.counts,
                rule.pool_channels,
                rule.pool_actors,
                rule.exclude,
                rule.unless,
                rule.place,
            )
        case spec.CooldownSpec():
            return Cooldown(
                _head(rule, "cooldown"),
                rule.after,
                channel_set(rule.channels),
                rule.days or 0,
                rule.hours or 0,
                rule.day_one == "event_date",
                rule.scope,
                rule.includes_inbound,
                rule.except_,
                rule.require,
            )
        case spec.PauseSpec():
            return _lower_pause(rule)
        case _:
            return _lower_state(rule)


def _lower_state(rule: spec.RuleSpec) -> Rule:
    match rule:
        case spec.OptOutSpec():
            return OptOut(
                _head(rule, "optout"),
                channel_set(rule.channels),
                rule.events,
                parse_length(rule.honour_within),
                rule.honour_within,
                rule.medium_specific,
            )
        case spec.ConsentSpec():
            return Consent(_head(rule, "consent"), channel_set(rule.channels), rule.need, rule.withdrawn_by)
        case spec.CounterpartySpec():
            return Counterparty(
                _head(rule, "counterparty"),
                rule.who,
                rule.rule,
                rule.if_,
                rule.except_,
                rule.allowed_purpose,
                rule.stop_on_refusal,
            )
        case spec.VisitSpec():
            return Visit(
                _head(rule, "visit"),
                rule.min_staff or 1,
                bool(rule.give_notice),
                rule.place,
                rule.not_if,
                rule.only_if or "",
                rule.min_days_past_due or 0,
                rule.min_missed_appearances or 0,
                rule.workplace or "",
                _conduct(rule),
            )
        case _:
            return _lower_other(rule)


def _lower_other(rule: spec.RuleSpec) -> Rule:
    match rule:
        case spec.RequiredSpec():
            return Duty(
                _head(rule, "required"),
                rule.when,
                rule.do,
                parse_length(rule.deadline),
                rule.precondition,
                channel_set(rule.first_contact_not_by),
                rule.unless,
            )
        case spec.ReliefSpec():
            if rule.when:
                return Duty(
                    _head(rule, "relief"),
                    rule.when,
                    rule.what,
                    parse_length(rule.deadline),
                    False,
                    frozenset(),
                    (),
                )
            words = (rule.duty, rule.what, *((rule.max_term,) if rule.max_term else ()))
            return Statement(_head(rule, "relief"), words)
        case spec.EvidenceSpec():
            return Statement(_head(rule, "evidence"), (rule.what, rule.retain))
        case spec.ForbiddenSpec():
            return Statement(_head(rule, "forbidden"), rule.what)
        case _:
            raise TypeError(f"no record for a {type(rule).__name__}")


def _lower_pause(rule: spec.PauseSpec) -> Pause:
    until, days = rule.until or "", 0
    found = _PLUS.match(until)
    if found is not None:
        until, days = found["name"], int(found["days"])
    extension = rule.extension
    return Pause(
        _head(rule, "pause"),
        rule.trigger,
        channel_set(rule.channels),
        rule.days or 0,
        until,
        days,
        extension.on if extension else "",
        extension.within_days if extension else 0,
        rule.allow,
        rule.except_,
        rule.min_days_past_due or 0,
        rule.scope,
        rule.place,
    )


def _conduct(rule: spec.VisitSpec) -> tuple[str, ...]:
    names = (
        "show_id",
        "explain_purpose",
        "consent_to_enter_home",
        "record",
        "stay_outside_unless_invited",
        "leave_when_asked",
    )
    entry = (f"enter_{rule.enter}",) if rule.enter else ()
    return (
        *(name for name in names if getattr(rule, name)),
        *entry,
        *(f"carry_{name}" for name in rule.carry),
    )


def _head(rule: spec.RuleSpec, kind: str) -> Head:
    off = ""
    if rule.default is False:
        off = "disputed or a house choice"
    if rule.sev == "draft":
        off = "draft"
    if rule.conf == "memory":
        off = "unverified"
    return Head(
        rule.id,
        kind,
        rule.sev,
        rule.conf,
        rule.enforce,
        rule.src,
        rule.note,
        not off,
        off,
        frozenset(region.upper() for region in rule.region),
        rule.product,
    )


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
