"""A strategy in plain words, English and Chinese."""

from __future__ import annotations

from collections.abc import Iterator

from sim.spec.strategy import (
    HARDSHIP_PLAN,
    OTHERWISE,
    ContactSpec,
    ReactionSpec,
    SegmentSpec,
    StepSpec,
    StrategySpec,
    reactions_of,
)
from sim.spec.strategy_times import at_window_s, delay_of, window_s
from sim.strategies.catalogue import Lang, days_text, say


def strategy_text(spec: StrategySpec, lang: Lang = "en") -> list[str]:
    """Return what a strategy does, one sentence a line; steps are indented by two blanks."""
    lines = [say("title", lang, name=spec.name, about=spec.about).rstrip()]
    stop = "、" if lang == "zh" else ", "
    lines.append(
        say("exclude", lang, items=stop.join(spec.exclude)) if spec.exclude else say("exclude_none", lang)
    )
    if spec.train:
        lines.append(say("train", lang, courses=stop.join(spec.train)))
    for segment in spec.segments:
        if segment.name == OTHERWISE:
            lines.append(say("otherwise", lang))
        elif segment.when is None:
            lines.append(say("segment_moved", lang, name=segment.name))
        else:
            lines.append(say("segment", lang, name=segment.name, when=segment.when))
        deeds = [*segment_words(segment, spec, lang)]
        lines.extend(f"  {deed}" for deed in deeds or [say("nothing", lang)])
    return lines


def segment_words(segment: SegmentSpec, spec: StrategySpec, lang: str) -> Iterator[str]:
    """Yield each step and reaction of a segment in words."""
    for step in segment.sequence:
        yield _step_words(step, segment, spec, lang)
    promise = segment.on.promise
    if promise is not None and promise.remind is not None:
        remind = promise.remind.model_copy(update={"anchor": "promise_due"})
        yield say(
            "after", lang, event=say("event.promise", lang), deed=_step_words(remind, segment, spec, lang)
        )
    if promise is not None and promise.check > 1:
        yield say("check", lang, days=days_text(promise.check, lang))
    for event, _, reactions in reactions_of(segment.on):
        for reaction in reactions:
            yield say(
                "after", lang, event=say(f"event.{event}", lang), deed=_reaction_words(reaction, spec, lang)
            )


def _step_words(step: StepSpec, segment: SegmentSpec, spec: StrategySpec, lang: str) -> str:
    when = _day_words(step.day, step.anchor or segment.anchor, lang)
    parts = _contact_words(step, spec, lang)
    if step.days_open is not None and step.days_open > 1:
        parts.append(say("open", lang, days=days_text(step.days_open, lang)))
    deed = ("；" if lang == "zh" else "; ").join(parts)
    if step.every is None:
        return say("once", lang, when=when, deed=deed)
    until = "" if step.until is None else say("until", lang, until=step.until)
    return say("grid", lang, when=when, every=days_text(step.every, lang), until=until, deed=deed)


def _day_words(day: int, anchor: str, lang: str) -> str:
    named = say(f"anchor.{anchor}", lang)
    if anchor not in {"payday", "promise_due"}:
        return say("day_counted", lang, day=day, anchor=named)
    key = "day_on" if day == 0 else "day_before" if day < 0 else "day_after"
    return say(key, lang, days=days_text(abs(day), lang), anchor=named)


def _reaction_words(reaction: ReactionSpec, spec: StrategySpec, lang: str) -> str:
    if reaction.move_to == HARDSHIP_PLAN:
        return say("plan", lang)
    if reaction.move_to:
        return say("move", lang, segment=reaction.move_to)
    if reaction.stop == "all":
        return say("stop_all", lang)
    if reaction.stop is not None:
        return say("stop", lang, channels=", ".join(reaction.stop))
    deed = ("；" if lang == "zh" else "; ").join(_contact_words(reaction, spec, lang))
    return say("within", lang, deed=deed, days=days_text(reaction.within, lang))


def _contact_words(contact: ContactSpec, spec: StrategySpec, lang: str) -> list[str]:
    parts: list[str] = []
    if contact.channel:
        window = (
            window_s(contact.window or "day", spec.all_windows)
            if contact.at is None
            else at_window_s(contact.at)
        )
        parts.append(
            say("contact", lang, channel=contact.channel, content=contact.content, window=_clock(window))
        )
        if contact.skill:
            parts.append(say("skill", lang, skill=contact.skill))
        if contact.attempts.total > 1:
            parts.append(
                say("attempts", lang, per_day=contact.attempts.per_day, total=contact.attempts.total)
            )
        parts.extend(_retry_words(contact, spec, lang))
    if contact.offer is not None:
        shares = {"waive_fees": contact.offer.waive_fees, "waive_interest": contact.offer.waive_interest,
                  "waive_principal": contact.offer.waive_principal}
        given = [say(key, lang, share=f"{share:.0%}") for key, share in shares.items() if share > 0]
        if given:
            parts.append(
                say("offer", lang, days=days_text(contact.offer.valid_days, lang), parts=", ".join(given))
            )
        sizes = {key: getattr(contact.offer, key) for key in ("plan", "extend_days", "pause_days")}
        parts.extend(say(f"offer.{key}", lang, size=size) for key, size in sizes.items() if size)
    return parts


def _retry_words(contact: ContactSpec, spec: StrategySpec, lang: str) -> Iterator[str]:
    for name, text in (contact.retry or {}).items():
        outcome, delay = say(f"outcome.{name}", lang), delay_of(text, spec.all_windows)
        if delay is None:
            yield say("retry_none", lang, outcome=outcome)
        elif delay.days:
            window = f" {delay.window}" if delay.window else ""
            yield say("retry_day", lang, outcome=outcome, days=days_text(delay.days, lang), window=window)
        else:
            yield say("retry_min", lang, outcome=outcome, minutes=delay.seconds // 60)


def _clock(window: tuple[int, int]) -> str:
    return "-".join(f"{second // 3600:02d}:{second % 3600 // 60:02d}" for second in window)
