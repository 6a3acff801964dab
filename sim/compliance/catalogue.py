"""The texts of `sim.compliance.words`, one set a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """Templates and words of one language. Both languages hold the same keys; a test says so."""

    disclaimer: str
    comma: str
    stop: str
    times: str
    labels: Mapping[str, str]
    sections: Mapping[str, str]
    off: Mapping[str, str]
    severity: Mapping[str, str]
    enforce: Mapping[str, str]
    confidence: Mapping[str, str]
    channels: Mapping[str, str]
    days: Mapping[str, str]
    bases: Mapping[str, str]
    periods: Mapping[str, str]
    scopes: Mapping[str, str]
    pools: Mapping[str, str]
    units: Mapping[str, str]
    tails: Mapping[str, str]
    counterparty: Mapping[str, str]
    visit: Mapping[str, str]
    day_one: Mapping[bool, str]
    window: str
    cap: str
    cooldown: str
    recent: str
    length: str
    hours: str
    pause: str
    until: str
    plus: str
    opt_out: str
    consent: str
    duty: str


ENGLISH = Texts(
    disclaimer="A modelling aid, not legal advice. Have counsel check each value before you contact anybody.",
    comma=", ",
    stop="; ",
    times=" and ",
    labels={
        "version": "Version",
        "force": "Force",
        "effective": "In force from",
        "verified": "Last checked on",
        "zone": "Time zone",
        "debtor_zone": "the debtor's",
        "actors": "Binds",
        "everybody": "everybody",
        "switches_on": "Switches on, in",
        "confidence": "confidence",
        "source": "source",
        "note": "note",
        "notes": "Notes",
        "on": "on",
        "off": "off",
        "never": "never",
        "forever": "for good",
    },
    sections={
        "window": "Hours",
        "cap": "How often",
        "cooldown": "How long after",
        "pause": "When contact stops",
        "optout": "Requests to stop",
        "consent": "Consent",
        "counterparty": "Who may be spoken to",
        "visit": "Visits",
        "required": "Duties",
        "evidence": "Records",
        "forbidden": "Forbidden conduct",
        "relief": "Relief",
    },
    off={
        "unverified": "unverified",
        "draft": "a draft",
        "disputed or a house choice": "disputed, or a house choice where the law has no number",
        "switched off": "switched off",
    },
    severity={
        "hard": "binding",
        "presumption": "rebuttable presumption",
        "should": "recommendation",
        "draft": "draft, not in force when read",
    },
    enforce={
        "gate": "checked when contact is made",
        "state": "an event changes what is allowed",
        "plan": "a duty with a deadline",
        "report": "reported, cannot be decided by a simulator of contacts",
    },
    confidence={
        "read": "the rule's own text was read",
        "read2": "a law firm, news or trade page that states the rule was read, not the rule",
        "memory": "from memory, unverified; such rules load switched off",
        "policy": "not law, a house choice",
    },
    channels={
        "any": "any channel",
        "none": "no channel",
        "voice": "voice",
        "text": "text messages of all kinds",
        "call": "calls",
        "ai_call": "bot calls",
        "notify_call": "recorded calls",
        "sms": "SMS",
        "im": "instant messages",
        "email": "e-mail",
        "app": "app notices",
        "letter": "letters",
        "visit": "visits",
    },
    days={
        "all": "every day",
        "mon-fri": "Monday to Friday",
        "mon-sat": "Monday to Saturday",
        "mon-sun": "Monday to Sunday",
        "sat": "Saturday",
        "sat+sun": "Saturday and Sunday",
        "sat+sun+hol": "Saturday, Sunday, public holidays",
        "sun+hol": "Sunday, public holidays",
        "hol": "public holidays",
        "workday": "working days",
        "weekend+hol": "weekends, public holidays",
        "debtor_blocked": "times that the debtor blocked",
    },
    bases={
        "attempt": "attempt(s)",
        "unanswered": "unanswered dial(s)",
        "connected": "call(s) that reached the number",
        "delivered": "delivered message(s)",
        "contact": "contact(s) made",
        "conversation": "conversation(s)",
    },
    periods={
        "day": "calendar day",
        "week": "calendar week",
        "month": "calendar month",
        "rolling": "{} consecutive days",
        "lifetime": "lifetime",
    },
    scopes={
        "person": "person",
        "debt": "debt",
        "account": "account",
        "phone": "phone number",
        "household": "household",
        "third_party": "third party",
    },
    pools={
        "channels": "channels together",
        "each_channel": "each channel by itself",
        "actors": "lender and agencies together",
        "each_actor": "each actor by itself",
    },
    units={"d": "{} days", "h": "{} hours", "bd": "{} business days"},
    tails={
        "place": ", at {}",
        "unless": ", unless {}",
        "exclude": "; not counted: {}",
        "inbound": "; calls by the debtor too",
        "allow": "; still allowed: {}",
        "extend": "; for good after {}",
        "min_dpd": "; from {} days past due",
        "purpose": ", and then only to {}",
        "refusal": "; stop on refusal",
        "within": ", within {}",
        "before": ", {} before",
        "precondition": "; no contact before that",
    },
    counterparty={
        "forbid": "{who}: may not be contacted",
        "forbid_if": "{who}: may not be contacted if {conditions}",
        "allow": "{who}: may be contacted",
        "allow_if": "{who}: only if {conditions}",
        "treat_as_debtor": "{who}: treated as the debtor",
    },
    visit={
        "staff": "at least {} staff",
        "notice": "notice before the first visit",
        "places": "only at {}",
        "only_if": "only if {}",
        "not_if": "not if {}",
        "min_dpd": "not before {} days past due",
        "missed": "at home only after {} missed appearances",
        "work": "at work {}",
        "conduct": "conduct: {}",
    },
    day_one={True: "the day itself is day 1", False: "to the second"},
    window="{channels}, {days}: {hours}",
    cap="{channels}: at most {limit} {basis} per {period}, for each {scope}",
    cooldown="{channels}: not for {length} after {after} ({day_one}), for each {scope}",
    recent="{channels}: only within {length} of {names}; judged where the history holds one",
    length="{} days",
    hours="{} hours",
    pause="after {trigger}: {channels} stop, {end}",
    until="until {}",
    plus=" plus {} days",
    opt_out="{events}: {channels} stop, honoured: {honour}",
    consent="{channels}: only with {need}",
    duty="{when}: {do}",
)

CHINESE = Texts(
    disclaimer="本规则仅供建模参考，不构成法律意见。联系任何人之前，请由律师核对每一个数值。",
    comma="、",
    stop="；",
    times="×",
    labels={
        "version": "版本",
        "force": "效力",
        "effective": "生效日期",
        "verified": "最近核对日期",
        "zone": "时区",
        "debtor_zone": "债务人所在时区",
        "actors": "适用主体",
        "everybody": "所有主体",
        "switches_on": "启用规则包",
        "confidence": "可信度",
        "source": "来源",
        "note": "备注",
        "notes": "说明",
        "on": "启用",
        "off": "停用",
        "never": "禁止",
        "forever": "永久",
    },
    sections={
        "window": "允许时段",
        "cap": "频控",
        "cooldown": "冷却期",
        "pause": "暂停联系",
        "optout": "退订与拒绝",
        "consent": "事先同意",
        "counterparty": "联系对象",
        "visit": "外访条件",
        "required": "义务",
        "evidence": "留存记录",
        "forbidden": "禁止行为",
        "relief": "纾困",
    },
    off={
        "unverified": "未核实",
        "draft": "征求意见稿",
        "disputed or a house choice": "有争议，或法律无数值时的内部选择",
        "switched off": "已手动停用",
    },
    severity={"hard": "强制", "presumption": "可反驳的推定", "should": "建议", "draft": "草案，查阅时未生效"},
    enforce={
        "gate": "联系时检查",
        "state": "由事件改变状态",
        "plan": "有期限的义务",
        "report": "仅报告，联系模拟无法判定",
    },
    confidence={
        "read": "已阅读规则原文",
        "read2": "只阅读了转述规则的律所、新闻或行业页面",
        "memory": "凭记忆，未核实；此类规则默认停用",
        "policy": "并非法律，内部选择",
    },
    channels={
        "any": "所有渠道",
        "none": "无渠道",
        "voice": "语音",
        "text": "各类文字消息",
        "call": "人工电话",
        "ai_call": "AI外呼",
        "notify_call": "语音通知",
        "sms": "短信",
        "im": "即时消息",
        "email": "邮件",
        "app": "应用推送",
        "letter": "信函",
        "visit": "外访",
    },
    days={
        "all": "每天",
        "mon-fri": "周一至周五",
        "mon-sat": "周一至周六",
        "mon-sun": "周一至周日",
        "sat": "周六",
        "sat+sun": "周六日",
        "sat+sun+hol": "周六日及公共假日",
        "sun+hol": "周日及公共假日",
        "hol": "公共假日",
        "workday": "工作日",
        "weekend+hol": "周末及公共假日",
        "debtor_blocked": "债务人屏蔽的时段",
    },
    bases={
        "attempt": "次尝试",
        "unanswered": "次未接通",
        "connected": "次接通号码的呼叫",
        "delivered": "条送达消息",
        "contact": "次触达",
        "conversation": "次有效通话",
    },
    periods={
        "day": "自然日",
        "week": "自然周",
        "month": "自然月",
        "rolling": "连续{}天",
        "lifetime": "全程",
    },
    scopes={
        "person": "个人",
        "debt": "债务",
        "account": "账户",
        "phone": "号码",
        "household": "家庭",
        "third_party": "第三方",
    },
    pools={
        "channels": "各渠道合计",
        "each_channel": "各渠道分别计",
        "actors": "机构与受托方合计",
        "each_actor": "各主体分别计",
    },
    units={"d": "{}天", "h": "{}小时", "bd": "{}个工作日"},
    tails={
        "place": "，地点：{}",
        "unless": "，除非 {}",
        "exclude": "；不计入：{}",
        "inbound": "；债务人来电亦计",
        "allow": "；仍允许：{}",
        "extend": "；{} 后长期有效",
        "min_dpd": "；逾期满{}天起",
        "purpose": "，且仅限 {}",
        "refusal": "；对方拒绝即停止",
        "within": "，期限{}",
        "before": "，提前{}",
        "precondition": "；完成前不得联系",
    },
    counterparty={
        "forbid": "{who}：不得联系",
        "forbid_if": "{who}：若 {conditions} 则不得联系",
        "allow": "{who}：可以联系",
        "allow_if": "{who}：仅当 {conditions}",
        "treat_as_debtor": "{who}：视同债务人",
    },
    visit={
        "staff": "至少{}人",
        "notice": "首次外访前须通知",
        "places": "仅限 {}",
        "only_if": "仅当 {}",
        "not_if": "若 {} 则不得",
        "min_dpd": "逾期满{}天前不得",
        "missed": "缺席{}次后方可上门",
        "work": "工作场所 {}",
        "conduct": "行为要求：{}",
    },
    day_one={True: "当天算第1天", False: "精确到秒"},
    window="{channels}，{days}：{hours}",
    cap="{channels}：每{period}每{scope}至多{limit}{basis}",
    cooldown="{channels}：{after}后{length}内不得联系（{day_one}），按{scope}计",
    recent="{channels}：须在 {names} 后{length}内；仅在历史中有记录时判断",
    length="{}天",
    hours="{}小时",
    pause="{trigger} 之后：{channels}停止，{end}",
    until="直到 {}",
    plus=" 再加{}天",
    opt_out="{events}：{channels}停止，落实期限：{honour}",
    consent="{channels}：须有 {need}",
    duty="{when}：{do}",
)

TEXTS: Mapping[str, Texts] = {"en": ENGLISH, "zh": CHINESE}
"""Language code -> texts."""
