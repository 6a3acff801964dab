"""Terms of the field in English and Chinese; false friends say so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """One term."""

    english: str
    chinese: str
    note: str = ""


TERMS = (
    Term("Account", "账户 / 借据", "a debt; a case (案件) may bundle a customer's accounts"),
    Term("Days past due (DPD)", "逾期天数", "of the oldest instalment due"),
    Term("Bucket M1, M2, ...", "账龄 M1, M2, ...", "M1: 1-30 days past due, M2: 31-60; M0 is current"),
    Term("Entry into collections", "入催", "the balance on that day is the recovery denominator (入催金额)"),
    Term("Cure", "出催 / 治愈", "here: back to current; 出催 elsewhere also counts accounts given up"),
    Term("Self-cure", "自愈", "cures under do_nothing"),
    Term("Recovery rate", "回收率 / 催回率", "cash / balance at entry, by horizon"),
    Term("Coverage", "覆盖率", "share of accounts with an attempt; English penetration means this"),
    Term("Attempts per account", "渗透率", "false friend: Chinese 渗透率 is intensity, English penetration is coverage"),
    Term("Answer (connect) rate", "接通率", "answered / dials; some sources count voicemail or in-service numbers"),
    Term("Right-party contact (RPC)", "本人接通", "the debtor only; some Chinese sources include relatives"),
    Term("Promise to pay (PTP)", "承诺还款 (下P)", ""),
    Term("Promise kept", "兑现 / 履约", "paid as promised by the due day plus grace, over promises that matured"),
    Term("Broken promise", "跳票 / 破P", ""),
    Term("Direct debit", "自动代扣", "pays without any contact: not modelled yet"),
    Term("Champion / challenger", "冠军策略 / 挑战者策略", ""),
    Term("Do nothing", "空白组", "always run; recovery against it is incremental (增量回收)"),
    Term("Skill group", "技能组", ""),
    Term("Shift, roster", "班次, 排班", ""),
    Term("Occupancy", "坐席占用率", "(talk + wrap-up) / (talk + wrap-up + idle); false friend of utilisation"),
    Term("Utilisation", "工时利用率", "(talk + wrap-up) / rostered time"),
    Term("AI voice bot", "AI外呼 / 智能外呼", "a conversation with a machine; IVR 语音播报 is weaker"),
    Term("Field visit", "外访 / 上门", ""),
    Term("Hardship plan", "困难纾解 / 个性化分期", "contact pauses, payments are reduced"),
    Term("Waiver", "减免", "a cost"),
    Term("Complaints per 1,000 accounts", "千户投诉率", ""),
    Term("Opt-out", "退订", ""),
    Term("Starved action", "未完成任务", "planned, but its last window closed before capacity reached it"),
    Term("Carried over", "顺延", "planned and not reached on the day; the step is due again another day"),
    Term("Common random numbers", "公共随机数", "strategies share each borrower's luck"),
    Term("Monte-Carlo error", "蒙特卡洛误差", "what more replications would take away; not uncertainty about behaviour"),
)
