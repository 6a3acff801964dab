"""What a reader must know before believing the numbers; and, in Chinese, sentences that the simulator says in English."""

from __future__ import annotations

import re
from collections.abc import Mapping

# fmt: off
WARNING: Mapping[str, tuple[str, str]] = {
    "warning.assumed": (
        ("Behaviour values without a published source are labelled assumed; intervals show Monte-Carlo error only, not uncertainty "
        "about behaviour."),
        "没有公开来源的行为参数标为假设值；区间仅反映蒙特卡洛误差，不含行为参数的不确定性。"),
    "warning.rules": (
        "No contact rules are applied beyond the strategies' own windows and limits.", "除策略自身的时段和次数限制外，未应用任何触达规则。"),
    "warning.gate": (
        "Contact rules are enforced at dispatch: {packs}. A modelling aid, not legal advice.",
        "触达规则在拨出时执行：{packs}。仅供建模参考，不构成法律意见。"),
    "warning.shadow": (
        "Contact rules run in shadow: {packs}. Nothing is blocked, violations are counted. A modelling aid, not legal advice.",
        "触达规则以影子模式运行：{packs}。不拦截，只统计违规。仅供建模参考，不构成法律意见。"),
    "warning.one": (
        "Only one replication: there are no intervals, and the difference may be luck.", "仅一次重复：没有区间，差异可能只是偶然。"),
    "warning.few": (
        "Only {n} replications: intervals are wide and themselves uncertain.", "仅 {n} 次重复：区间较宽，且本身不可靠。"),
    "warning.starved": (
        "{name}: {share} of planned actions never happened for want of capacity or opening hours.",
        "{name}：{share} 的计划动作因产能或服务时间不足而未执行。"),
    "warning.no_logs": (
        "Event logs are not kept for more than {accounts} accounts; `duecourse timeline` plays single worlds again when asked.",
        "账户超过 {accounts} 个时不保留事件日志；`duecourse timeline` 可按需重跑单个世界。"),
    "redrawn.population": (
        "latent traits of borrowers and agents (population seed)", "借款人与坐席的潜在特征（population 种子）"),
    "redrawn.behaviour": ("everything that happens (behaviour seed)", "发生的一切（behaviour 种子）"),
}
# fmt: on

SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple((re.compile(english), chinese) for english, chinese in (
    (r"the pack (\S+) does not apply: (.*)", r"规则包 \1 不适用：\2"),
    ((r"([\d,]+) of ([\d,]+) borrowers have no known time zone, or several: contact rules refuse all their contacts "
     r"\(tz_unknown\)\."), r"\2 位借款人中有 \1 位时区未知或不止一个：触达规则拒绝其全部触达（tz_unknown）。"),
    (r"the pack (\S+) is not in force in this horizon: it takes effect on (\S+)", r"规则包 \1 在本期内未生效：\2 起生效"),
    (r"the pack (\S+) is not in force in this horizon: it ended on (\S+)", r"规则包 \1 在本期内未生效：已于 \2 失效"),
    (r"the pack (\S+) is in force only from (\S+) to (\S+): .*", r"规则包 \1 仅于 \2 至 \3 生效，期内其余日子其规则不适用"),
    (r"the pack (\S+) is in force only from (\S+): .*", r"规则包 \1 自 \2 起生效，期内此前其规则不适用"),
    (r"the pack (\S+) is in force only to (\S+): .*", r"规则包 \1 至 \2 失效，期内此后其规则不适用"),
    (r"every account is taken for a person of its own, as the file has no person key \(assumed\)",
     r"文件没有借款人编号，每个账户视为一位借款人（假设）"),
    (r"the stock, its mix, balances and the daily inflow of new accounts are assumed; no lender's data were used",
     r"存量、结构、余额与每日新增账户均为假设；未使用任何机构的数据"),
))
"""English sentence -> Chinese, whole sentences only; what is not here stays as its author wrote it."""


def in_chinese(text: str) -> str:
    """Return a sentence of the simulator in Chinese, or as it is where nobody has translated it."""
    for english, chinese in SENTENCES:
        found = english.fullmatch(text)
        if found:
            return found.expand(chinese)
    return text
