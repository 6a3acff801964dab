"""The metrics of a world: one table of formulas that code computes from and `duecourse glossary` prints.

A metric's name says its unit or denominator; adding one is adding an entry here (or an entry point of the group
`duecourse.metrics` that gives a `Metric`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sim.codes import ResourceKind
from sim.outcomes import Outcomes
from sim.world import Setting


@dataclass(frozen=True, slots=True)
class Measured:
    """What a metric is computed from."""

    setting: Setting
    outcomes: Outcomes

    def cost(self, mode: str) -> float:
        """Return cost with roster as fixed or avoidable, minor units; forgiven amounts are a cost."""
        place = 0 if mode == "fixed" else 1
        roster = sum(pair[place] for pair in self.outcomes.roster_minor.values())
        return sum(self.outcomes.cost_minor.values()) + roster

    def npv(self, mode: str) -> float:
        """Return net recovery discounted to the first day by the scenario's yearly rate, minor units."""
        daily = self.outcomes.daily
        net = daily["recovery_minor"] - daily["direct_cost_minor"] - daily[f"roster_{mode}_minor"]
        rate = self.setting.scenario.costs.discount_per_year.value
        return float((net * (1.0 + rate) ** (-np.arange(len(net)) / YEAR_DAYS)).sum())

    @property
    def recovery(self) -> float:
        """Cash received, minor units."""
        return float(self.outcomes.accounts.paid_minor.sum())

    @property
    def entered(self) -> int:
        """Accounts that entered within the horizon."""
        return self.outcomes.funnel["entered"]

    def seconds(self, word: str, kind: ResourceKind) -> float:
        """Return seconds of a kind ("rostered_s", "talk_s", ...) over all pools of a resource kind."""
        pools = self.setting.pools
        return float(sum(self.outcomes.daily.get(f"{word}_{plan.name}", np.zeros(1)).sum() for plan in pools.plans
                         if plan.kind == kind and not plan.unlimited))


YEAR_DAYS = 365.0


def _ratio(top: float, bottom: float) -> float:
    """Return top / bottom, nan when there is nothing below: a rate of nothing is not zero."""
    return top / bottom if bottom else float("nan")


def _occupancy(m: Measured) -> float:
    talking = m.seconds("talk_s", ResourceKind.DESK) + m.seconds("wrap_s", ResourceKind.DESK)
    idle = m.seconds("rostered_s", ResourceKind.DESK) - talking - m.seconds("lead_s", ResourceKind.DESK)
    return _ratio(talking, talking + max(idle, 0.0))


def _utilisation(m: Measured) -> float:
    busy = m.seconds("talk_s", ResourceKind.DESK) + m.seconds("wrap_s", ResourceKind.DESK)
    return _ratio(busy, m.seconds("rostered_s", ResourceKind.DESK))


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: how it is called, computed and read."""

    name: str
    unit: str
    denominator: str
    english: str
    chinese: str
    formula: str
    better: str
    compute: Callable[[Measured], float]


def _count(name: str, english: str, chinese: str, better: str = "") -> Metric:
    return Metric(name, "count", "the whole portfolio", english, chinese, f"number of {english.lower()}", better,
                  lambda m: float(m.outcomes.counts[name]))


METRICS: Mapping[str, Metric] = {metric.name: metric for metric in (
    Metric("recovery_minor", "minor", "the whole portfolio", "Recovery", "回收金额", "cash received within the horizon", "higher",
           lambda m: m.recovery),
    Metric("cost_minor", "minor", "the whole portfolio", "Cost", "成本",
           "messages + minutes + travel + complaints + training + hiring + commission + forgiven + roster as the scenario counts it", "lower",
           lambda m: m.cost(m.setting.scenario.costs.roster)),
    Metric("net_minor", "minor", "the whole portfolio", "Net recovery", "净回收", "recovery - cost", "higher",
           lambda m: m.recovery - m.cost(m.setting.scenario.costs.roster)),
    Metric("net_fixed_minor", "minor", "the whole portfolio", "Net recovery, roster fixed", "净回收 (排班成本固定)",
           "recovery - cost, all rostered hours paid whatever the strategy does", "higher",
           lambda m: m.recovery - m.cost("fixed")),
    Metric("net_avoidable_minor", "minor", "the whole portfolio", "Net recovery, roster avoidable", "净回收 (排班成本可免)",
           "recovery - cost, a pool's hours paid on days on which it had work", "higher",
           lambda m: m.recovery - m.cost("avoidable")),
    Metric("npv_minor", "minor", "the whole portfolio", "Net present value", "净现值",
           "net recovery of each day / (1 + yearly discount rate) ^ (day / 365)", "higher",
           lambda m: m.npv(m.setting.scenario.costs.roster)),
    Metric("roster_fixed_minor", "minor", "the whole portfolio", "Roster cost, fixed", "排班成本 (固定)", "all rostered hours", "lower",
           lambda m: sum(pair[0] for pair in m.outcomes.roster_minor.values())),
    Metric("roster_avoidable_minor", "minor", "the whole portfolio", "Roster cost, avoidable", "排班成本 (可免)",
           "rostered hours of days with work", "lower", lambda m: sum(pair[1] for pair in m.outcomes.roster_minor.values())),
    Metric("forgiven_minor", "minor", "the whole portfolio", "Forgiven", "减免金额", "fees, interest and principal waived", "",
           lambda m: float(m.outcomes.accounts.forgiven_minor.sum())),
    Metric("recovery_rate", "share", "balance at entry", "Recovery rate", "回收率", "recovery / balance at entry", "higher",
           lambda m: _ratio(m.recovery, float(m.outcomes.accounts.entry_minor.sum()))),
    Metric("cost_to_collect", "share", "cash received", "Cost per unit collected", "每回收一元成本", "cost / recovery", "lower",
           lambda m: _ratio(m.cost(m.setting.scenario.costs.roster), m.recovery)),
    Metric("cure_rate", "share", "accounts entered", "Cure rate", "出催率 (治愈率)", "accounts back to current / accounts entered",
           "higher", lambda m: _ratio(m.outcomes.funnel["cured"], m.entered)),
    Metric("pay_rate_account", "share", "accounts entered", "Payer rate", "还款户数率", "accounts with any payment / accounts entered",
           "higher", lambda m: _ratio(m.outcomes.funnel["paid"], m.entered)),
    Metric("coverage_rate", "share", "accounts entered", "Coverage", "覆盖率", "accounts with at least one attempt / accounts entered",
           "", lambda m: _ratio(m.outcomes.funnel["attempted"], m.entered)),
    Metric("attempts_per_account", "per account", "accounts entered", "Attempts per account", "渗透率 (次/户)",
           "attempts / accounts entered", "", lambda m: _ratio(m.outcomes.counts["attempts"], m.entered)),
    Metric("answer_rate_dial", "share", "dials and visits", "Answer rate", "接通率", "answered / dials and visits", "higher",
           lambda m: _ratio(m.outcomes.counts["answered"], m.outcomes.counts["dials"] + m.outcomes.counts["visits"])),
    Metric("rpc_rate_dial", "share", "dials and visits", "Right-party contacts per dial", "本人接通率 (按拨打)",
           "right-party contacts / dials and visits", "higher",
           lambda m: _ratio(m.outcomes.counts["right_party"], m.outcomes.counts["dials"] + m.outcomes.counts["visits"])),
    Metric("rpc_rate_account", "share", "accounts entered", "Accounts reached", "触达率 (案件)",
           "accounts with a right-party contact / accounts entered", "higher",
           lambda m: _ratio(m.outcomes.funnel["right_party"], m.entered)),
    Metric("sms_delivery_rate", "share", "messages sent", "Message delivery", "送达率", "delivered / sent", "higher",
           lambda m: _ratio(m.outcomes.counts["delivered"], m.outcomes.counts["messages"])),
    Metric("message_read_rate", "share", "messages delivered", "Messages read", "消息阅读率", "read / delivered", "higher",
           lambda m: _ratio(m.outcomes.counts["read"], m.outcomes.counts["delivered"])),
    _count("promises", "Promises to pay", "承诺还款数 (PTP)"),
    Metric("kept_rate", "share", "promises matured", "Promises kept", "兑现率", "kept / (kept + partly kept + broken)", "higher",
           lambda m: _ratio(m.outcomes.counts["promises_kept"], m.outcomes.counts["promises_kept"]
                            + m.outcomes.counts["promises_partly"] + m.outcomes.counts["promises_broken"])),
    _count("complaints", "Complaints", "投诉数", "lower"),
    Metric("complaints_per_1000", "per 1000 accounts", "accounts entered", "Complaints per 1,000 accounts", "千户投诉率",
           "1000 x complaints / accounts entered", "lower",
           lambda m: _ratio(1000.0 * m.outcomes.counts["complaints"], m.entered)),
    _count("opt_outs", "Opt-outs", "退订数", "lower"),
    _count("disputes", "Disputes", "争议数"),
    Metric("missed_rate", "share", "later instalments due from accounts back to current", "Later instalments missed", "后续期次逾期率",
           "missed / (missed + paid on time)", "lower",
           lambda m: _ratio(m.outcomes.counts["missed_later"],
                            m.outcomes.counts["missed_later"] + m.outcomes.counts["paid_on_time"])),
    _count("arranged", "Plans, extensions and pauses agreed", "达成安排数"),
    _count("charged_off", "Accounts charged off", "核销户数", "lower"),
    _count("trained", "Courses attended", "培训人次"),
    _count("agents_left", "Agents who left", "离职坐席数", "lower"),
    _count("disclosed", "Reasons learned", "原因查明数"),
    _count("right_party", "Right-party contacts", "本人接通数", "higher"),
    _count("inbound_calls", "Inbound calls", "呼入数"),
    Metric("abandonment_rate", "share", "inbound calls", "Inbound calls abandoned", "呼入放弃率",
           "callers who hung up or found the line closed / inbound calls", "lower",
           lambda m: _ratio(m.outcomes.counts["abandoned_calls"], m.outcomes.counts["inbound_calls"])),
    Metric("abandoned_dial_rate", "share", "dials answered", "Dials abandoned", "外呼放弃率",
           "answered when nobody was idle / (answered and talked + abandoned)", "lower",
           lambda m: _ratio(m.outcomes.counts["abandoned_dials"],
                            m.outcomes.counts["answered"] + m.outcomes.counts["abandoned_dials"])),
    Metric("occupancy", "share", "talk + wrap-up + idle time of desk agents", "Occupancy", "坐席占用率",
           "(talk + wrap-up) / (talk + wrap-up + idle); ringing is neither", "", _occupancy),
    Metric("utilisation", "share", "rostered time of desk agents", "Utilisation", "工时利用率",
           "(talk + wrap-up) / rostered time", "", _utilisation),
    _count("planned_actions", "Planned actions", "计划动作数"),
    _count("starved_actions", "Starved actions", "未完成任务数", "lower"),
    _count("carried_over_actions", "Carried over to another day", "顺延次数", "lower"),
    Metric("capacity_shortfall", "share", "planned actions, each once", "Planned, not done", "未完成任务率",
           "starved actions / (planned actions - carried over to another day)", "lower",
           lambda m: _ratio(m.outcomes.counts["starved_actions"],
                            m.outcomes.counts["planned_actions"] - m.outcomes.counts["carried_over_actions"])),
    Metric("blocked_actions", "count", "the whole portfolio", "Blocked attempts", "被规则拦截次数",
           "attempts that a contact rule refused at dispatch", "", lambda m: float(m.outcomes.counts["blocked_actions"])),
    Metric("violations_per_10000", "per 10,000 attempts", "attempts", "Violations per 10,000 attempts", "每万次触达违规数",
           "10000 x attempts made that a rule in shadow refuses / attempts", "lower",
           lambda m: _ratio(10_000.0 * m.outcomes.counts["violating_attempts"], m.outcomes.counts["attempts"])),
)}
"""Every metric by name."""


def measure(setting: Setting, found: Outcomes) -> dict[str, float]:
    """Return every metric of a world by name; nan where its denominator is empty."""
    measured = Measured(setting, found)
    return {name: metric.compute(measured) for name, metric in METRICS.items()}
