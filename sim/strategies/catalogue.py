"""All texts of strategies in words, English and Chinese, in one place. Terms as in the project's glossary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sim.errors import InputError

Lang = Literal["en", "zh"]

CATALOGUE: Mapping[str, Mapping[str, str]] = {
    "title": {"en": "Strategy {name}. {about}", "zh": "策略 {name}。{about}"},
    "exclude": {"en": "Left alone: {items}.", "zh": "以下账户不联系：{items}。"},
    "exclude_none": {"en": "Nobody is left alone.", "zh": "不排除任何账户。"},
    "segment": {"en": "Segment {name}, if {when}:", "zh": "客群 {name}，条件 {when}："},
    "segment_moved": {
        "en": "Segment {name}, for those who are moved here:",
        "zh": "客群 {name}，仅接收转入账户：",
    },
    "otherwise": {"en": "Everybody else:", "zh": "其余账户："},
    "nothing": {"en": "nothing is done", "zh": "不采取任何动作"},
    "once": {"en": "{when}: {deed}", "zh": "{when}：{deed}"},
    "grid": {
        "en": "from {when} every {every}{until}: {deed}",
        "zh": "自{when}起每{every}一次{until}：{deed}",
    },
    "day_counted": {"en": "day {day} {anchor}", "zh": "{anchor}第{day}天"},
    "day_before": {"en": "{days} before {anchor}", "zh": "{anchor}前{days}"},
    "day_on": {"en": "on {anchor}", "zh": "{anchor}当天"},
    "day_after": {"en": "{days} after {anchor}", "zh": "{anchor}后{days}"},
    "one_day": {"en": "1 day", "zh": "1天"},
    "days": {"en": "{n} days", "zh": "{n}天"},
    "until": {"en": " until day {until}", "zh": "，至第{until}天"},
    "anchor.entry": {"en": "since entry", "zh": "入催"},
    "anchor.dpd": {"en": "past due", "zh": "逾期"},
    "anchor.payday": {"en": "the salary day", "zh": "发薪日"},
    "anchor.promise_due": {"en": "the promised day", "zh": "承诺还款日"},
    "anchor.last_payment": {"en": "since the last payment", "zh": "最近还款后"},
    "contact": {"en": "{channel} `{content}`, {window}", "zh": "{channel}“{content}”，{window}"},
    "skill": {"en": "by {skill}", "zh": "由{skill}组处理"},
    "attempts": {
        "en": "at most {per_day} attempts a day and {total} in all",
        "zh": "每天最多{per_day}次，共{total}次",
    },
    "retry_min": {"en": "{outcome}: again after {minutes} min", "zh": "{outcome}：{minutes}分钟后重试"},
    "retry_day": {
        "en": "{outcome}: {days} later{window}",
        "zh": "{outcome}：{days}后{window}重试",
    },
    "retry_none": {"en": "{outcome}: not again", "zh": "{outcome}：不再重试"},
    "open": {"en": "stays due {days}", "zh": "保留{days}"},
    "offer": {"en": "offer for {days}: {parts}", "zh": "{days}内有效的减免：{parts}"},
    "waive_fees": {"en": "{share} of fees waived", "zh": "减免费用{share}"},
    "offer.plan": {"en": "a plan of {size} monthly instalments is offered", "zh": "可分 {size} 期按月还款"},
    "offer.extend_days": {"en": "{size} days more are offered", "zh": "可延期 {size} 天"},
    "offer.pause_days": {"en": "a hardship pause of {size} days is offered", "zh": "可暂停还款 {size} 天"},
    "waive_principal": {"en": "{share} of principal waived", "zh": "减免本金{share}"},
    "waive_interest": {"en": "{share} of interest waived", "zh": "减免利息{share}"},
    "after": {"en": "after {event}: {deed}", "zh": "{event}后：{deed}"},
    "within": {"en": "{deed}, within {days}", "zh": "{deed}，{days}内"},
    "check": {"en": "a promise is checked {days} after it was due", "zh": "承诺到期后{days}核查"},
    "plan": {"en": "a hardship plan begins and contact pauses", "zh": "进入困难纾解方案，暂停联系"},
    "move": {"en": "treated as in segment {segment}", "zh": "转入客群 {segment}"},
    "stop_all": {"en": "no channel is used again", "zh": "停用所有渠道"},
    "stop": {"en": "no longer used: {channels}", "zh": "停用渠道：{channels}"},
    "event.promise": {"en": "a promise", "zh": "承诺还款"},
    "event.broken": {"en": "a broken promise", "zh": "跳票"},
    "event.hardship": {"en": "a report of hardship", "zh": "告知困难"},
    "event.dispute": {"en": "a dispute", "zh": "提出异议"},
    "event.refused": {"en": "a refusal to talk", "zh": "拒绝沟通"},
    "event.wrong_number": {"en": "a wrong number", "zh": "号码非本人"},
    "event.opt_out": {"en": "an opt-out", "zh": "拒收"},
    "event.complaint": {"en": "a complaint", "zh": "投诉"},
    "outcome.busy": {"en": "busy", "zh": "占线"},
    "outcome.no_answer": {"en": "no answer", "zh": "无人接听"},
    "outcome.voicemail": {"en": "voicemail", "zh": "语音信箱"},
    "outcome.wrong_party": {"en": "wrong person", "zh": "非本人接听"},
    "outcome.refused": {"en": "refused", "zh": "拒绝沟通"},
    "outcome.not_met": {"en": "not met", "zh": "未见面"},
    "outcome.undelivered": {"en": "not delivered", "zh": "未送达"},
    "same": {"en": "{a} and {b} do the same.", "zh": "{a} 与 {b} 完全相同。"},
    "train": {"en": "Agents attend: {courses}.", "zh": "坐席参加培训：{courses}。"},
    "train_more": {"en": "{b} trains its agents: {courses}.", "zh": "{b} 培训坐席：{courses}。"},
    "train_less": {"en": "{b} does not train its agents in: {courses}.", "zh": "{b} 不培训：{courses}。"},
    "exclude_more": {"en": "{b} also leaves alone: {items}.", "zh": "{b} 另外排除：{items}。"},
    "exclude_less": {"en": "{b} no longer leaves alone: {items}.", "zh": "{b} 不再排除：{items}。"},
    "segment_new": {
        "en": "{b} adds segment {name}, if {when}.",
        "zh": "{b} 新增客群 {name}，条件 {when}。",
    },
    "segment_gone": {"en": "{b} drops segment {name}.", "zh": "{b} 删除客群 {name}。"},
    "when": {
        "en": "Segment {name}: now if {new}, before if {old}.",
        "zh": "客群 {name}：条件由 {old} 改为 {new}。",
    },
    "order": {
        "en": "The segments are asked in another order: {names}.",
        "zh": "客群匹配顺序变为：{names}。",
    },
    "priority": {
        "en": "Segment {name}: priority {new}, before {old}.",
        "zh": "客群 {name}：优先级由 {old} 改为 {new}。",
    },
    "step_new": {"en": "Segment {name}: new: {deed}.", "zh": "客群 {name}：新增：{deed}。"},
    "step_gone": {"en": "Segment {name}: dropped: {deed}.", "zh": "客群 {name}：删除：{deed}。"},
    "never_segment": {
        "en": "no account of this portfolio comes into its segment within {days}",
        "zh": "{days}内现有账户均不会进入该客群",
    },
    "never_day": {
        "en": "no account of this portfolio is due for it within {days}",
        "zh": "{days}内现有账户均不会轮到此步骤",
    },
}


def say(key: str, lang: str, **values: object) -> str:
    """Return a text of the catalogue, filled in.

    Raises:
        InputError: a language that is not there.
    """
    texts = CATALOGUE[key]
    if lang not in texts:
        raise InputError("--lang", lang, "en or zh")
    return texts[lang].format(**values)


def days_text(number: int, lang: str) -> str:
    """Return "1 day", "3 days"."""
    return say("one_day", lang) if number == 1 else say("days", lang, n=number)
