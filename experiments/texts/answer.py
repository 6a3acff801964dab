"""Texts of a question and its answer, for the terminal and the page."""

from __future__ import annotations

from collections.abc import Mapping

ANSWER: Mapping[str, tuple[str, str]] = {
    "answer.heading": ("The question", "问题"),
    "answer.question": ("Question: is this so? {claim}", "问题：以下说法成立吗？{claim}"),
    "answer.yes": ("Answer: YES. The numbers bear it out.", "回答：成立。数字支持这一说法。"),
    "answer.no": ("Answer: NO. The numbers do not bear it out.", "回答：不成立。数字不支持这一说法。"),
    "answer.part": ("Answer: IN PART. The numbers bear out some of it and not the rest.",
                    "回答：部分成立。数字支持其一部分，不支持其余部分。"),
    "answer.open": ("Answer: NOT SETTLED. With {n} replications an interval holds the margin; run more.",
                    "回答：尚无定论。{n} 次重复下区间仍包含界限，请增加重复次数。"),
    "answer.single": ("Answer: NOT SETTLED. One replication gives no interval; run more.",
                      "回答：尚无定论。仅一次重复，没有区间，请增加重复次数。"),
    "answer.for": ("{finding}: as claimed.", "{finding}：与说法一致。"),
    "answer.against": ("{finding}: not as claimed.", "{finding}：与说法不一致。"),
    "answer.undecided": ("{finding}: not settled.", "{finding}：尚无定论。"),
    "answer.beside": ("Beside it: {finding}.", "另外：{finding}。"),
    "answer.finding": ("{metric}: {a} {value_a}, {b} {value_b}; difference {gap}{interval}",
                       "{metric}：{a} {value_a}，{b} {value_b}；差异 {gap}{interval}"),
    "answer.interval": (" (95 % interval {low} to {high})", "（95% 区间 {low} 至 {high}）"),
    "answer.within": (", 95 % interval {low} to {high}", "，95% 区间 {low} 至 {high}"),
    "answer.margin": ("; at least {margin} was asked for", "；要求至少 {margin}"),
    "answer.wasted": (
        ("Wasted: of {forgiven} forgiven under {a}, {wasted} ({share}{interval}) went to accounts that come back to current under {b} "
         "too, with the same luck."),
        "浪费：{a}共减免 {forgiven}，其中 {wasted}（{share}{interval}）给了在相同随机数下、在{b}时同样会出催的账户。"),
    "answer.price": (
        "Break-even: {a} pays against {b} up to {price} for each {unit}{interval}; it costs {paid}.",
        "盈亏平衡：与{b}相比，{a}的{unit}单价不超过 {price} 时划算{interval}；现价 {paid}。"),
    "answer.points": ("{value} points", "{value} 个百分点"),
    "answer.evidence": ("Published: {text}", "已发表的结果：{text}"),
    "answer.sure": ("Intervals: Monte-Carlo error only. They do not cover what is assumed about behaviour.",
                    "区间仅含蒙特卡洛误差，不含行为假设的不确定性。"),
    "answer.nothing": ("doing nothing", "不采取行动"),
}
