"""Rule packs in plain words, English and Chinese: one sentence a rule, its source and confidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sim.compliance.catalogue import TEXTS, Texts
from sim.compliance.clock import Length
from sim.compliance.pack import (
    NEVER,
    Cap,
    Consent,
    Cooldown,
    Counterparty,
    Duty,
    OptOut,
    Pack,
    Pause,
    Rule,
    Statement,
    Visit,
    Window,
)
from sim.compliance.vocabulary import CHANNELS, channel_set

LANGUAGES = tuple(TEXTS)


def disclaimer(lang: str) -> str:
    """Return the sentence that stands above every pack."""
    return TEXTS[lang].disclaimer


def describe_pack(pack: Pack, lang: str) -> Iterator[str]:
    """Yield the lines of a pack: what it is, the disclaimer, each rule with source and confidence, notes."""
    say = TEXTS[lang]
    yield f"{pack.id}  {pack.title[lang]}"
    yield say.disclaimer
    yield ""
    yield f"{say.labels['version']}: {pack.version}"
    yield f"{say.labels['force']}: {pack.force}"
    yield f"{say.labels['effective']}: {pack.effective_from}" + (
        f" … {pack.effective_to}" if pack.effective_to else ""
    )
    yield f"{say.labels['verified']}: {pack.verified_on}"
    yield f"{say.labels['zone']}: {pack.zone or say.labels['debtor_zone']}"
    yield f"{say.labels['actors']}: {', '.join(pack.actors) or say.labels['everybody']}"
    for other, ids in pack.switches_on.items():
        yield f"{say.labels['switches_on']} {other}: {', '.join(ids)}"
    yield f"{say.labels['confidence']}:"
    for name, meaning in say.confidence.items():
        yield f"  {name}: {meaning}"
    section = ""
    for rule in pack.rules:
        if rule.head.kind != section:
            section = rule.head.kind
            yield ""
            yield say.sections[section]
        yield from _rule_lines(pack, rule, say)
    if pack.notes:
        yield ""
        yield say.labels["notes"]
        for note in pack.notes:
            yield f"  - {note}"


def _rule_lines(pack: Pack, rule: Rule, say: Texts) -> Iterator[str]:
    head = rule.head
    state = say.labels["on"] if head.active else f"{say.labels['off']}: {say.off[head.off_because]}"
    where = [*sorted(head.regions), *((head.product,) if head.product else ())]
    yield f"  {head.id} [{state}] " + (f"({', '.join(where)}) " if where else "") + sentence(rule, say)
    reference, address = pack.sources[head.source]
    yield (
        f"      {say.severity[head.severity]}; {say.enforce[head.enforce]}; "
        f"{say.labels['confidence']} {head.confidence}; {say.labels['source']}: {reference}, {address}"
    )
    if head.note:
        yield f"      {say.labels['note']}: {head.note}"


def sentence(rule: Rule, say: Texts) -> str:
    """Return one rule as a sentence."""
    makers: tuple[tuple[type, Callable[..., str]], ...] = (
        (Window, _window),
        (Cap, _cap),
        (Cooldown, _cooldown),
        (Pause, _pause),
        (OptOut, _opt_out),
        (Consent, _consent),
        (Counterparty, _counterparty),
        (Visit, _visit),
        (Duty, _duty),
        (Statement, _statement),
    )
    return next(make(rule, say) for kind, make in makers if isinstance(rule, kind))


def channels_text(channels: frozenset[str], say: Texts) -> str:
    """Return channels in words, by group where a whole group is meant."""
    if channels == frozenset(CHANNELS):
        return say.channels["any"]
    left, words = set(channels), []
    for group in ("voice", "text"):
        members = channel_set((group,))
        if members <= left:
            words.append(say.channels[group])
            left -= members
    words += [say.channels[name] for name in CHANNELS if name in left]
    return say.comma.join(words) or say.channels["none"]


def _with(text: str, say: Texts, **lists: Iterable[str]) -> str:
    """Append the exceptions and conditions that are there."""
    for key, names in lists.items():
        joined = say.comma.join(names)
        if joined:
            text += say.tails[key].format(joined)
    return text


def _window(rule: Window, say: Texts) -> str:
    hours = (
        f"{_clock(rule.open_s)}-{_clock(rule.close_s)}" if rule.close_s > rule.open_s else say.labels["never"]
    )
    text = say.window.format(
        channels=channels_text(rule.channels, say), days=say.days[rule.days], hours=hours
    )
    return _with(text, say, place=(rule.place,) if rule.place else (), unless=rule.unless)


def _cap(rule: Cap, say: Texts) -> str:
    text = say.cap.format(
        channels=channels_text(rule.channels, say),
        limit=rule.limit,
        basis=say.bases[rule.counts],
        period=say.periods[rule.per].format(rule.n_days),
        scope=say.times.join(say.scopes[key] for key in rule.scope),
    )
    pooled = (
        [say.pools["channels" if rule.pool_channels else "each_channel"]] if len(rule.channels) > 1 else []
    )
    pooled.append(say.pools["actors" if rule.pool_actors else "each_actor"])
    return _with(
        f"{text}{say.comma}{say.comma.join(pooled)}",
        say,
        place=(rule.place,) if rule.place else (),
        unless=rule.unless,
        exclude=rule.exclude,
    )


def _cooldown(rule: Cooldown, say: Texts) -> str:
    length = say.hours.format(rule.hours) if rule.hours else say.length.format(rule.days)
    if rule.require:
        return say.recent.format(
            channels=channels_text(rule.channels, say), names=say.comma.join(rule.require), length=length
        )
    text = say.cooldown.format(
        channels=channels_text(rule.channels, say),
        length=length,
        after=say.bases.get(rule.after, rule.after),
        day_one=say.day_one[rule.by_date],
        scope=say.times.join(say.scopes[key] for key in rule.scope),
    )
    if rule.includes_inbound:
        text += say.tails["inbound"]
    return _with(text, say, unless=rule.exempt)


def _pause(rule: Pause, say: Texts) -> str:
    if rule.days:
        end = say.length.format(rule.days)
    elif rule.until == NEVER:
        end = say.labels["forever"]
    else:
        end = say.until.format(rule.until) + (say.plus.format(rule.until_days) if rule.until_days else "")
    text = say.pause.format(
        trigger=say.comma.join(rule.triggers), channels=channels_text(rule.channels, say), end=end
    )
    if rule.min_days_past_due:
        text += say.tails["min_dpd"].format(rule.min_days_past_due)
    return _with(
        text,
        say,
        place=(rule.place,) if rule.place else (),
        allow=rule.allow,
        unless=rule.exempt,
        extend=(rule.extend_on,) if rule.extend_on else (),
    )


def _opt_out(rule: OptOut, say: Texts) -> str:
    return say.opt_out.format(
        events=say.comma.join(rule.events),
        channels=channels_text(rule.channels, say),
        honour=_length(rule.honour, say) or rule.honour_text,
    )


def _consent(rule: Consent, say: Texts) -> str:
    return say.consent.format(channels=channels_text(rule.channels, say), need=rule.need)


def _counterparty(rule: Counterparty, say: Texts) -> str:
    text = say.counterparty[rule.rule].format(
        who=say.comma.join(rule.who), conditions=say.comma.join(rule.conditions)
    )
    text = _with(text, say, unless=rule.exempt, purpose=rule.allowed_purpose)
    return text + (say.tails["refusal"] if rule.stop_on_refusal else "")


def _visit(rule: Visit, say: Texts) -> str:
    parts = []
    if rule.min_staff > 1:
        parts.append(say.visit["staff"].format(rule.min_staff))
    if rule.give_notice:
        parts.append(say.visit["notice"])
    if rule.places:
        parts.append(say.visit["places"].format(say.comma.join(rule.places)))
    if rule.only_if:
        parts.append(say.visit["only_if"].format(rule.only_if))
    if rule.not_if:
        parts.append(say.visit["not_if"].format(say.comma.join(rule.not_if)))
    if rule.min_days_past_due:
        parts.append(say.visit["min_dpd"].format(rule.min_days_past_due))
    if rule.min_missed_appearances:
        parts.append(say.visit["missed"].format(rule.min_missed_appearances))
    if rule.workplace:
        parts.append(say.visit["work"].format(rule.workplace))
    conduct = say.comma.join(rule.conduct)
    if conduct:
        parts.append(say.visit["conduct"].format(conduct))
    return say.stop.join(parts)


def _duty(rule: Duty, say: Texts) -> str:
    deadline = _length(rule.deadline, say)
    text = say.duty.format(when=say.comma.join(rule.when), do=rule.do)
    if deadline:
        text += say.tails["before" if rule.deadline and rule.deadline.before else "within"].format(deadline)
    if rule.precondition:
        text += say.tails["precondition"]
    return _with(text, say, unless=rule.unless)


def _statement(rule: Statement, say: Texts) -> str:
    return say.comma.join(rule.text)


def _length(length: Length | None, say: Texts) -> str:
    if length is None:
        return ""
    return say.units[length.unit].format(length.count)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
