"""Single lives: a borrower's timeline, and where two worlds first differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from sim.codes import REASON_NAMES, Outcome, Row
from sim.errors import InputError, nearest
from sim.eventlog import Names
from sim.run import Run, names_of
from sim.state import Records
from sim.strategies.protocol import Strategy
from sim.world import Setting

ACTIONS = (Row.PLANNED, Row.MERGED, Row.STATUS, Row.STARVED, Row.CARRIED_OVER, Row.ATTEMPT)
"""Rows that a strategy causes directly."""
HANDED_OVER = 2
"""Value of an inbound row whose caller came from a machine."""
TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "ENTRY": "enters {ordinal} days past due, owes {money}", "PAYMENT": "pays {money}",
        "PAYMENT_AGREED": "pays {money}, as agreed by {channel}", "FORGIVEN": "{money} waived", "CURED": "back to current",
        "PROMISE_KEPT": "promise kept", "PROMISE_PARTLY": "promise kept in part ({money})", "PROMISE_BROKEN": "promise broken",
        "STATUS": "{status}", "STATUS_1": "hardship plan", "STATUS_2": "offer made", "STATUS_4": "channels stopped", "and": ", ",
        "PLANNED": "planned: {step}", "MERGED": "taken along by another contact: {step}", "STARVED": "never reached: {step}",
        "CARRIED_OVER": "not reached today, stays due: {step}",
        "READ": "{channel} read", "CALL_BACK": "rings back", "INBOUND": "call-back answered, {talk} s of talk",
        "INBOUND_HANDED": "handed over by the machine, {talk} s of talk", "INBOUND_CLOSED": "hangs up: the line is closed",
        "INBOUND_ABANDONED": "hangs up after {lead} s", "HAND_OFF": "asks the {channel} for a human",
        "DISCLOSED": "reason learned: {reason}", "PROMISE": "promises {money} within {value} days",
        "DISPUTE": "disputes the debt", "COMPLAINT": "complains about the {channel}", "OPT_OUT": "wants no more {channel}",
        "BLOCKED": "{channel} blocked by {rule}", "VIOLATION": "{channel} against {rule} (in shadow)",
        "REPLACED": "an agent leaves, a beginner comes", "ABSENT": "an agent stays away", "TRAINED": "an agent attends a course",
        "LIQUIDITY": "the money is there again", "LIQUIDITY_HIT": "short of money after a shock",
        "FELL_DUE": "an instalment of {money} falls due on top", "FELL_DUE_1": "an instalment of {money} is paid on time",
        "FELL_DUE_2": "misses an instalment of {money}, overdue anew", "FELL_DUE_3": "late fee of {money}",
        "CHARGED_OFF": "written off, {money} owed", "COMMISSION": "commission of {money} to the agency",
        "ARRANGED": "agrees", "ARRANGED_1": "agrees on a plan of {ordinal} instalments for {money}",
        "ARRANGED_2": "gets {ordinal} days more", "ARRANGED_3": "gets a hardship pause of {ordinal} days",
        "ARRANGEMENT_OVER": "plan completed", "ARRANGEMENT_OVER_1": "plan ended after missed instalments",
        "ARRANGEMENT_OVER_2": "the agreed days are over",
        "DEBIT": "direct debit fails", "DEBIT_PAID": "direct debit of {money}", "PAYMENT_AGENCY": "pays {money} to the agency",
        "FORGIVEN_0": "{money} of fees waived", "FORGIVEN_1": "{money} of interest waived",
        "FORGIVEN_2": "{money} of principal waived"},
    "zh": {
        "ENTRY": "入催, 逾期 {ordinal} 天, 欠款 {money}", "PAYMENT": "还款 {money}",
        "PAYMENT_AGREED": "还款 {money} (经 {channel} 约定)", "FORGIVEN": "减免 {money}", "CURED": "出催 (恢复正常)",
        "PROMISE_KEPT": "承诺兑现", "PROMISE_PARTLY": "承诺部分兑现 ({money})", "PROMISE_BROKEN": "跳票",
        "STATUS": "{status}", "STATUS_1": "困难纾解方案", "STATUS_2": "提出优惠", "STATUS_4": "停止渠道",
        "and": ", ", "PLANNED": "计划: {step}", "MERGED": "并入另一次触达: {step}", "STARVED": "未完成: {step}",
        "CARRIED_OVER": "当天未执行, 顺延: {step}",
        "READ": "已读 {channel}", "CALL_BACK": "回拨", "INBOUND": "回拨接通, 通话 {talk} 秒",
        "INBOUND_HANDED": "由机器人转人工, 通话 {talk} 秒", "INBOUND_CLOSED": "挂断: 非服务时间",
        "INBOUND_ABANDONED": "等待 {lead} 秒后挂断", "HAND_OFF": "在 {channel} 中要求转人工",
        "DISCLOSED": "得知原因: {reason}", "PROMISE": "承诺 {value} 天内还款 {money}", "DISPUTE": "对债务提出异议",
        "COMPLAINT": "投诉 {channel}", "OPT_OUT": "退订 {channel}",
        "BLOCKED": "{channel} 被规则 {rule} 拦截", "VIOLATION": "{channel} 违反规则 {rule} (影子模式)",
        "REPLACED": "坐席离职, 新人接替", "ABSENT": "坐席缺勤", "TRAINED": "坐席参加培训",
        "LIQUIDITY": "资金恢复", "LIQUIDITY_HIT": "突发变故, 资金紧张",
        "FELL_DUE": "新一期 {money} 到期", "FELL_DUE_1": "按期还款 {money}", "FELL_DUE_2": "未按期还款 {money}, 再次逾期",
        "FELL_DUE_3": "滞纳金 {money}", "CHARGED_OFF": "核销, 尚欠 {money}", "COMMISSION": "委外佣金 {money}",
        "ARRANGED": "达成安排", "ARRANGED_1": "达成分 {ordinal} 期还款方案, 共 {money}", "ARRANGED_2": "延期 {ordinal} 天",
        "ARRANGED_3": "困难暂停 {ordinal} 天", "ARRANGEMENT_OVER": "方案完成", "ARRANGEMENT_OVER_1": "多次未还, 方案终止",
        "ARRANGEMENT_OVER_2": "约定期限已到",
        "DEBIT": "代扣失败", "DEBIT_PAID": "代扣 {money}", "PAYMENT_AGENCY": "向委外机构还款 {money}",
        "FORGIVEN_0": "减免费用 {money}", "FORGIVEN_1": "减免利息 {money}", "FORGIVEN_2": "减免本金 {money}"},
}
"""What rows mean, in words."""
OUTCOMES_ZH: Mapping[Outcome, str] = {
    Outcome.NONE: "无结果", Outcome.UNDELIVERED: "未送达", Outcome.DELIVERED: "已送达", Outcome.INVALID: "空号",
    Outcome.BUSY: "占线", Outcome.NO_ANSWER: "无人接听", Outcome.VOICEMAIL: "语音信箱", Outcome.WRONG_PARTY: "非本人接听",
    Outcome.REFUSED: "拒绝通话", Outcome.CONVERSATION: "本人通话", Outcome.NOT_MET: "未见到", Outcome.MET: "见面",
    Outcome.ABANDONED: "挂断"}
REASONS_ZH = ("遗忘", "突发变故", "经济困难", "不愿还款", "有异议")
VALUED: Mapping[Row, str] = {Row.LIQUIDITY: "LIQUIDITY_HIT", Row.FELL_DUE: "FELL_DUE_{value}", Row.DEBIT: "DEBIT_PAID",
                            Row.PAYMENT: "PAYMENT_AGENCY", Row.ARRANGED: "ARRANGED_{value}",
                            Row.ARRANGEMENT_OVER: "ARRANGEMENT_OVER_{value}", Row.FORGIVEN: "FORGIVEN_{value}"}
"""Rows whose value, where it is not 0, says what happened."""
ATTEMPT: Mapping[str, Mapping[str, str]] = {
    "en": {"text": "{channel} no. {number}: {outcome}{length}", "length": " ({spent} s{agent})", "agent": ", agent {agent}"},
    "zh": {"text": "{channel} 第 {number} 次: {outcome}{length}", "length": " ({spent} 秒{agent})", "agent": ", 坐席 {agent}"},
}


@dataclass(frozen=True, slots=True)
class Life:
    """One event of one borrower."""

    when: str
    """Local time in the borrower's zone."""
    day: int
    t_s: int
    kind: str
    what: str
    channel: str
    amount_minor: int
    account: str
    action: bool
    """Whether the strategy did it, rather than the borrower."""

    @property
    def address(self) -> tuple[int, str, str, str, int, str]:
        """What is compared between two worlds."""
        return (self.t_s, self.kind, self.what, self.channel, self.amount_minor, self.account)


def find_borrower(setting: Setting, borrower: str) -> int:
    """Return the person row of a borrower's id, or of one of their accounts.

    Raises:
        InputError: nobody of that name, with the nearest.
    """
    portfolio = setting.portfolio
    for column in (portfolio.person_id, portfolio.account_id):
        rows = np.flatnonzero(column == borrower)
        if len(rows):
            return int(np.searchsorted(setting.first_accounts(), rows[0], side="right")) - 1
    known = [str(name) for name in portfolio.account_id]
    some = ", ".join(known[:5])
    raise InputError("--borrower", borrower, f"an account or person of the portfolio, such as {some}",
                     nearest(borrower, known[:100_000]))


def life_of(setting: Setting, strategies: Sequence[Strategy], run: Run, person: int, language: str = "en") -> list[Life]:
    """Return a borrower's events in one world, in order.

    Args:
        setting: scenario and portfolio.
        strategies: those of the run, for the names of steps.
        run: the finished world.
        person: the borrower's row.
        language: "en" or "zh", of `Life.what`.
    """
    names = names_of(setting, strategies)
    first = int(setting.first_accounts()[person])
    zone = setting.portfolio.zone
    code = int(zone.codes[first])
    own = ZoneInfo(zone.labels[code] if code >= 0 and zone.labels[code] else setting.scenario.calendar.zone)
    home = ZoneInfo(setting.scenario.calendar.zone)
    start = datetime.combine(setting.scenario.calendar.start, time(), home).astimezone(UTC)
    ticks = np.array(setting.timetable.ticks)
    out = []
    for row in run.rows[run.rows["person"] == person]:
        moment = (start + timedelta(seconds=int(row["t_s"]))).astimezone(own)
        day = int(np.searchsorted(ticks, row["t_s"], side="right"))
        kind = Row(int(row["row"]))
        account = names.accounts[row["account"]] if row["account"] >= 0 else ""
        channel = names.channels[int(row["channel"])] if row["channel"] >= 0 else ""
        out.append(Life(moment.strftime("%Y-%m-%d %H:%M:%S"), day, int(row["t_s"]), kind.name.lower(),
                        _words(kind, row, names, setting.scenario.currency.minor_per_major, language), channel,
                        int(row["amount_minor"]), account, kind in ACTIONS))
    return out


def _money(row: Records, minor: int) -> str:
    return f"{int(row['amount_minor']) / minor:,.2f}"


def _attempt(row: Records, names: Names, language: str) -> str:
    say = ATTEMPT[language]
    outcome = Outcome(int(row["outcome"]))
    spent = int(row["lead_s"]) + int(row["talk_s"])
    agent = say["agent"].format(agent=int(row["agent"])) if row["agent"] >= 0 else ""
    return say["text"].format(channel=names.channels[int(row["channel"])], number=int(row["ordinal"]) + 1,
                              outcome=OUTCOMES_ZH[outcome] if language == "zh" else outcome.name.lower().replace("_", " "),
                              length=say["length"].format(spent=spent, agent=agent) if spent else "")


def _words(kind: Row, row: Records, names: Names, minor: int, language: str) -> str:
    """Return an event in words."""
    if kind == Row.ATTEMPT:
        return _attempt(row, names, language)
    say = TEXTS[language]
    value, channel = int(row["value"]), names.channels[int(row["channel"])] if row["channel"] >= 0 else ""
    name: str = kind.name
    if kind == Row.PAYMENT and channel:
        name = "PAYMENT_AGREED"
    if value and kind in VALUED:
        name = VALUED[kind].format(value=value)
    elif kind == Row.FORGIVEN:
        name = f"FORGIVEN_{value}"
    if kind == Row.INBOUND and row["outcome"] == Outcome.ABANDONED:
        name = "INBOUND_CLOSED" if value else "INBOUND_ABANDONED"
    elif kind == Row.INBOUND and value == HANDED_OVER:
        name = "INBOUND_HANDED"
    status = say["and"].join(say[f"STATUS_{bit}"] for bit in (1, 2, 4) if value & bit)
    return say[name].format(
        money=_money(row, minor), ordinal=int(row["ordinal"]), channel=channel, value=value, status=status,
        step=names.steps[int(row["step"])] if row["step"] >= 0 else "", talk=int(row["talk_s"]), lead=int(row["lead_s"]),
        rule=names.rules[value] if kind in {Row.BLOCKED, Row.VIOLATION} else "",
        reason=(REASONS_ZH if language == "zh" else REASON_NAMES)[value % len(REASON_NAMES)])


def first_difference(a: Sequence[Life], b: Sequence[Life]) -> int | None:
    """Return the place of the first event that differs between two timelines, None where they are the same."""
    for place, (one, other) in enumerate(zip(a, b, strict=False)):
        if one.address != other.address:
            return place
    return None if len(a) == len(b) else min(len(a), len(b))
