"""Where a strategy and its contact rules pull apart, known before any run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.codes import GateKind, Outcome, Period
from sim.contact_rules import ContactRules, purpose_rows
from sim.state import Records
from sim.strategies.protocol import DAY_S, Step, Strategy
from sim.world import Setting

DAYS_AHEAD = 35
"""Local days of which openings are looked at: every weekday five times, and the holidays among them."""
DAY_MARGIN = 2
ALWAYS = 2
EVERY_ATTEMPT = 1 << int(Outcome.NO_ANSWER) | 1 << int(Outcome.VOICEMAIL)

SAYS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "always": "{rule} refuses it for {share:.0%} of accounts whatever happens ({why})",
        "never_open": "{rule} lets it through on none of the next {days} days ({window})",
        "closed_days": "{rule} refuses it on {closed} of the next {days} days",
        "cut": "{rule} leaves {share:.0%} of its window {window}",
        "cap": "{rule} allows {limit} of its {per_day} attempts a day",
        "notice": "{rule} refuses a first visit without notice (`flags: {{notice_given: true}}` says that it is given)",
        "visit_dpd": "{rule} refuses visits before {days} days past due",
        "first": "{rule} refuses it as the first contact",
        "consent": "no consent", "visit": "staff, place or practice", "duty": "something must come first",
        "other": "a flag or condition that holds for them",
    },
    "zh": {
        "always": "{rule} 对 {share:.0%} 的账户一律拒绝 ({why})",
        "never_open": "未来 {days} 天 {rule} 均不允许 ({window})",
        "closed_days": "未来 {days} 天中有 {closed} 天被 {rule} 拒绝",
        "cut": "时段 {window} 中 {rule} 仅允许 {share:.0%}",
        "cap": "每天 {per_day} 次, {rule} 仅允许 {limit} 次",
        "notice": "首次上门未事先通知, 被 {rule} 拒绝 (`flags: {{notice_given: true}}` 表示已通知)",
        "visit_dpd": "逾期不足 {days} 天, {rule} 不允许上门",
        "first": "{rule} 不允许以此作为首次联系",
        "consent": "没有同意", "visit": "人数、地点或做法", "duty": "须先履行义务", "other": "已有标记或条件",
    },
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One step against one rule."""

    step: str
    rule: str
    what: str
    """In words."""


def conflicts(setting: Setting, strategy: Strategy, language: str = "en") -> tuple[Conflict, ...]:
    """Return where a strategy asks for what its contact rules refuse; empty without packs."""
    rules = setting.rules
    if rules.tables is None:
        return ()
    found = []
    channels = list(setting.scenario.channels)
    media = [str(channel.counts_as) for channel in setting.scenario.channels.values()]
    for step in strategy.steps:
        if not step.channel:
            continue
        medium = _MEDIA.index(media[channels.index(step.channel)])
        purpose = int(purpose_rows(rules)[setting.content_names[step.channel, step.content]])
        for number, (rule, record) in enumerate(zip(rules.rules, rules.tables.arrays["rule"], strict=True)):
            if rule.head is not None and record["media"] >> medium & 1:
                found += [Conflict(step.label, rule.id, text)
                          for text in _of(rules, step, number, record, purpose, medium, SAYS[language])]
    return tuple(found)


_MEDIA = ("call", "ai_call", "notify_call", "sms", "im", "email", "app", "letter", "visit")


def _of(rules: ContactRules, step: Step, number: int, record: Records, purpose: int, medium: int,
        say: Mapping[str, str]) -> Iterator[str]:
    """Yield what one rule has against one step."""
    arrays, rule = rules.tables.arrays if rules.tables else {}, rules.rules[number].id
    purposes = len(arrays["on"]) // len(rules.standing_of)
    weight = np.bincount(arrays["class"], minlength=len(rules.standing_of))
    on = arrays["on"][purpose::purposes, number]
    share = float(weight[on == ALWAYS].sum() / max(weight.sum(), 1))
    kind = int(record["kind"])
    if share > 0:
        why = {GateKind.CONSENT: "consent", GateKind.VISIT: "visit", GateKind.DUTY: "duty"}.get(GateKind(kind), "other")
        yield say["always"].format(rule=rule, share=share, why=say[why])
    if not (on & 1).any():
        return
    if kind == GateKind.WINDOW:
        yield from _window(arrays["selects"][record["selector"]], record, step, rule, medium, say)
    elif kind == GateKind.CAP and record["per"] in {Period.DAY, Period.ROLLING} and record["limit"] < step.attempts_per_day:
        counted = np.bitwise_or.reduce(arrays["counts"][purpose::purposes, number])
        if counted & EVERY_ATTEMPT:
            yield say["cap"].format(rule=rule, per_day=step.attempts_per_day, limit=int(record["limit"]))
    elif kind == GateKind.VISIT:
        if record["notice"] and not (on & 4).all():
            yield say["notice"].format(rule=rule)
        if record["min_dpd"]:
            yield say["visit_dpd"].format(rule=rule, days=int(record["min_dpd"]))
    elif kind == GateKind.DUTY and record["first"] in {1, 2}:
        yield say["first"].format(rule=rule)


def _window(selects: Sequence[int], record: Records, step: Step, rule: str, medium: int,
            say: Mapping[str, str]) -> Iterator[str]:
    """Yield what a window rule has against a step's window on the days of its selector."""
    days = selects[DAY_MARGIN:DAY_MARGIN + DAYS_AHEAD]
    chosen = int(sum(days))
    opens, closes = int(record["open_s"]), int(record["close_s"])
    closes -= int(record["days"]) if _MEDIA[medium] == "visit" else 0
    length = step.window.close_s - step.window.open_s
    left = max(0, min(closes, step.window.close_s) - max(opens, step.window.open_s))
    window = f"{_clock(step.window.open_s)}-{_clock(step.window.close_s)}"
    if not chosen or left >= length:
        return
    if left == 0 and chosen == len(days):
        yield say["never_open"].format(rule=rule, days=len(days), window=window)
    elif left == 0:
        yield say["closed_days"].format(rule=rule, closed=chosen, days=len(days))
    else:
        yield say["cut"].format(rule=rule, window=window, share=left / length)


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}" if second < DAY_S else "24:00"
