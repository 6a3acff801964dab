"""Texts of `duecourse sweep` and `duecourse sensitivity`: terminal and pages."""

from __future__ import annotations

from collections.abc import Mapping

# fmt: off
SWEEP: Mapping[str, tuple[str, str]] = {
    "sweep.page": ("Duecourse sweep: {scenario}", "Duecourse 参数扫描：{scenario}"),
    "sweep.facts": (
        ("{points} points over {axes}; {strategies} strategies, {replications} replications each, the same luck at every point; "
        "{borrowers} borrowers, {accounts} accounts, {days} days"),
        "{axes} 共 {points} 个点；{strategies} 个策略，各重复 {replications} 次，各点共享随机数；{borrowers} 位借款人，{accounts} 个账户，{days} 天"),
    "sweep.title": (
        "{scenario}: {metric} over {axes}; {points} points, replications: {replications}",
        "{scenario}：{axes} 下的{metric}；{points} 个点，重复 {replications} 次"),
    "sweep.legend": (
        "* best at this point; ? its lead over the next could be luck (95 % interval, Monte-Carlo error only)",
        "* 该点最佳；? 领先幅度可能出于偶然（95% 区间，仅蒙特卡洛误差）"),
    "sweep.wins": ("best at: {wins}; clearly so at {clear} of {points} points", "最佳点数：{wins}；{points} 个点中 {clear} 个明显领先"),
    "sweep.switch": ("{after} overtakes {before} between {below} and {above}{sure}", "{below} 与 {above} 之间 {after} 超过 {before}{sure}"),
    "sweep.unsure": (" (not clear on both sides)", "（两侧并非均明显）"),
    "sweep.always": ("{name} is best at every point", "{name} 在所有点均最佳"),
    "sweep.always_clear": ("{name} is best at all {points} points, clearly so at {clear}", "{name} 在全部 {points} 个点最佳，其中 {clear} 个明显领先"),
    "sweep.changes": (
        "The best strategy depends on {key}: {switches}", "最佳策略取决于 {key}：{switches}"),
    "sweep.mixed": (
        "{name} is best at {count} of {points} points; {others}; at {open} points the lead could be luck",
        "{name} 在 {points} 个点中的 {count} 个最佳；{others}；{open} 个点的领先可能出于偶然"),
    "sweep.other": ("{name} at {count}", "{name} {count} 个"),
    "sweep.read": (
        ("Read at each point: which strategy has the best {metric}. Intervals are Monte-Carlo error only and not widened for "
        "having picked the best; between points nothing was played."),
        "各点比较哪个策略的{metric}最佳。区间仅含蒙特卡洛误差，未因择优放宽；点与点之间未作模拟。"),
    "section.sweep_lines": ("By strategy", "按策略"),
    "section.sweep_gap": ("Against the champion", "对比冠军"),
    "section.sweep_map": ("Winner map", "胜者图"),
    "section.sweep_table": ("All points", "全部点"),
    "section.sweep_first": ("Read this first", "阅前须知"),
    "sweep.lines_note": (
        "Points: means over replications; bars: one standard error. Lines only join neighbouring points.",
        "点：各次重复均值；误差线：一个标准误。连线仅连接相邻点。"),
    "sweep.gap_title": (
        "Against the champion {champion}: {best} is ahead at {count} of {points} points, clearly at {clear}",
        "对比冠军 {champion}：{best} 在 {points} 个点中的 {count} 个领先，其中 {clear} 个明显"),
    "sweep.gap_note": (
        ("Mean paired difference from the champion with its 95 % t interval, Monte-Carlo error only; above zero (in the better "
        "direction of the metric) is better."),
        "与冠军的配对差异均值与 95% t 区间，仅含蒙特卡洛误差。"),
    "sweep.gap_axis": ("{metric} minus {champion}, {unit}", "{metric}减 {champion}，{unit}"),
    "sweep.map_note": (
        "Colour and letter: the best strategy at the point; ?: its lead could be luck. Hover for the lead over the next.",
        "颜色与字母：该点最佳策略；?：领先可能出于偶然。悬停查看领先幅度。"),
    "sweep.view_best": ("best strategy", "最佳策略"),
    "sweep.view_lead": ("lead over the next", "领先幅度"),
    "sweep.view_value": ("value of the best", "最佳策略的值"),
    "sweep.hover": ("{best}: {value}; lead over {next}: {lead}", "{best}：{value}；领先 {next}：{lead}"),
    "sweep.report": ("Report: {path}", "报告：{path}"),
    # -------------------------------------------------------------------------------------------------- sensitivity
    "sensitivity.page": ("Duecourse sensitivity: {scenario}", "Duecourse 敏感性分析：{scenario}"),
    "sensitivity.facts": (
        ("{values} values, each at the low and the high end of its range, {strategies} strategies, {replications} replications, the "
        "same luck throughout; {borrowers} borrowers, {accounts} accounts, {days} days"),
        "{values} 个参数，各取范围上下限；{strategies} 个策略，重复 {replications} 次，共享随机数；{borrowers} 位借款人，{accounts} 个账户，{days} 天"),
    "sensitivity.base": (
        "As it stands, {best} leads {next} by {lead} in {metric}.", "基准下 {best} 的{metric}领先 {next} {lead}。"),
    "sensitivity.stays": (
        "No single value of {values} changes the best strategy within its range; {key} moves the lead most, by {swing}",
        "{values} 个参数单独在其范围内变动均不改变最佳策略；{key} 对领先幅度影响最大，为 {swing}"),
    "sensitivity.flips": (
        "{count} of {values} values can change the best strategy: {first}", "{values} 个参数中有 {count} 个可改变最佳策略：{first}"),
    "sensitivity.flip": ("{other} wins where {key} is {side} about {at}", "{key} {side}约 {at} 时 {other} 胜出"),
    "sensitivity.below": ("below", "低于"),
    "sensitivity.above": ("above", "高于"),
    "sensitivity.read": (
        ("One value at a time: values that matter together are not seen here (`compare --ensemble` draws all at once). A value moves "
        "the lead clearly where the 95 % interval of the shift leaves zero out; with {values} values about one in twenty looks "
        "clear by luck. Break-evens lie on a straight line between the two points that were played."),
        ("每次仅变动一个参数，看不到共同作用（可用 `compare --ensemble` 同时抽取全部参数）。移动的 95% 区间不含零即为明显；{values} 个参数中约"
        "二十分之一会因偶然而显得明显。临界值为两个模拟点间的直线插值。")),
    "sensitivity.clear": ("{count} of {values} values move the lead clearly", "{values} 个参数中有 {count} 个明显移动领先幅度"),
    "section.tornado": ("Tornado", "龙卷风图"),
    "section.break_even": ("Break-even", "临界值"),
    "section.sensitivity_table": ("All values", "全部参数"),
    "tornado.note": (
        ("Lead of {best} over {next} with one value at the low (hatched) and the high end of its range; line: the lead as it stands. "
        "Left of zero the order of the two is turned round. Shown: the {shown} values with the largest swing of {values}."),
        "单个参数取下限（斜线）与上限时 {best} 对 {next} 的领先；竖线：基准领先。零以左两者次序反转。共 {values} 个参数，显示影响最大的 {shown} 个。"),
    "tornado.axis": ("lead of {best} over {next}: {metric}, {unit}", "{best} 对 {next} 的领先：{metric}，{unit}"),
    "tornado.low": ("at the low end", "取下限"),
    "tornado.high": ("at the high end", "取上限"),
    "tornado.hover": ("{key} = {at}: lead {lead}, best {best}", "{key} = {at}：领先 {lead}，最佳 {best}"),
    "break_even.none": ("No value changes the best strategy within its range.", "没有参数在其范围内改变最佳策略。"),
    "break_even.takes_over": ("overtaken by", "被谁超过"),
    "break_even.at": ("break-even", "临界值"),
    "col.swing": ("swing of the lead", "领先变动幅度"),
    "col.at_low": ("lead at low", "下限时领先"),
    "col.at_high": ("lead at high", "上限时领先"),
    "col.assumed": ("source", "来源"),
    "word.assumed": ("assumed", "假设"),
    "word.published": ("published", "已发表"),
}
# fmt: on
