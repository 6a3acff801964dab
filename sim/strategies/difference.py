"""What a challenger does otherwise than the champion, in plain words."""

from __future__ import annotations

import difflib

from sim.spec.strategy import SegmentSpec, StrategySpec
from sim.strategies.catalogue import Lang, say
from sim.strategies.wording import segment_words


def strategy_difference(a: StrategySpec, b: StrategySpec, lang: Lang = "en") -> list[str]:
    """Return one sentence for each difference of `b` from `a`, in the order of `b`'s file.

    Only what changes who is contacted, how or when is named: a window's new name or a text in `about` is not.
    """
    out: list[str] = []
    more = [item for item in b.exclude if item not in a.exclude]
    less = [item for item in a.exclude if item not in b.exclude]
    if more:
        out.append(say("exclude_more", lang, b=b.name, items=", ".join(more)))
    if less:
        out.append(say("exclude_less", lang, b=b.name, items=", ".join(less)))
    for key, one, other in (("train_more", a, b), ("train_less", b, a)):
        courses = [name for name in other.train if name not in one.train]
        if courses:
            out.append(say(key, lang, b=b.name, courses=", ".join(courses)))
    before = {segment.name: segment for segment in a.segments}
    after = {segment.name: segment for segment in b.segments}
    for name, segment in after.items():
        if name in before:
            out.extend(_segment_difference(before[name], segment, a, b, lang))
        else:
            out.append(say("segment_new", lang, b=b.name, name=name, when=segment.when or "-"))
            out.extend(
                say("step_new", lang, name=name, deed=deed) for deed in segment_words(segment, b, lang)
            )
    out.extend(say("segment_gone", lang, b=b.name, name=name) for name in before if name not in after)
    shared_before, shared_after = [n for n in before if n in after], [n for n in after if n in before]
    if shared_before != shared_after:
        out.append(say("order", lang, names=", ".join(after)))
    return out or [say("same", lang, a=a.name, b=b.name)]


def _segment_difference(
    old: SegmentSpec, new: SegmentSpec, a: StrategySpec, b: StrategySpec, lang: Lang
) -> list[str]:
    out: list[str] = []
    if old.when != new.when:
        out.append(say("when", lang, name=new.name, new=new.when or "-", old=old.when or "-"))
    if old.priority != new.priority:
        out.append(
            say("priority", lang, name=new.name, new=_stated(new.priority), old=_stated(old.priority))
        )
    was, now = [*segment_words(old, a, lang)], [*segment_words(new, b, lang)]
    for change, from_i, to_i, from_j, to_j in difflib.SequenceMatcher(
        None, was, now, autojunk=False
    ).get_opcodes():
        if change == "equal":
            continue
        out.extend(say("step_gone", lang, name=new.name, deed=deed) for deed in was[from_i:to_i])
        out.extend(say("step_new", lang, name=new.name, deed=deed) for deed in now[from_j:to_j])
    return out


def _stated(priority: int | None) -> str:
    return "500" if priority is None else str(priority)
