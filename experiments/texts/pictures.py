"""Texts of the report's pictures below totals: frontier, buckets, hours, amounts, segments, steps, contact rules."""

from __future__ import annotations

from collections.abc import Mapping

# fmt: off
PICTURES: Mapping[str, tuple[str, str]] = {
    "section.frontier": ("Efficient frontier", "有效前沿"),
    "frontier.title": (
        "On the frontier of cost and recovery: {names}; dominated: {dominated}",
        "成本与回收的有效前沿：{names}；被占优：{dominated}"),
    "frontier.title_all": ("On the frontier of cost and recovery: {names}; none is dominated", "成本与回收的有效前沿：{names}；无被占优策略"),
    "frontier.note": (
        ("Means over replications. Grey and open: another strategy recovers at least as much for no more cost. Ring: the champion. "
        "Only the strategies that were run are compared; points between them were not played."),
        "各次重复均值。灰色空心：另有策略以不高于其成本回收不少于其金额。圆环：冠军。仅比较已运行的策略，其间未作模拟。"),
    "section.roll": ("Buckets at entry and at the end", "入催与期末账龄"),
    "section.flow": ("Flow between buckets", "账龄流向"),
    "roll.title": (
        ("Under {best} {cured} of accounts are back to current by day {days} and {rolled} are in a later bucket; when nothing is done "
        "{nothing} are back to current"),
        "{best} 下至第 {days} 天 {cured} 的账户出催，{rolled} 迁徙至更后账龄；不采取行动时 {nothing} 出催"),
    "roll.title_alone": (
        "Under {best} {cured} of accounts are back to current by day {days} and {rolled} are in a later bucket",
        "{best} 下至第 {days} 天 {cured} 的账户出催，{rolled} 迁徙至更后账龄"),
    "roll.note": (
        ("Row: bucket at entry; column: at the end of the run; each row adds up to 100 %. Mean over replications; part payments do not "
        "set days past due back here, and accounts that entered late had less time. M1: 1-30 days past due, M2: 31-60, ..."),
        "行：入催账龄；列：期末账龄；每行合计 100%。各次重复均值；部分还款不降低逾期天数，较晚入催的账户观察期较短。M1：逾期 1-30 天，M2：31-60，……"),
    "flow.note": (
        "Width: mean number of accounts over replications. Left: bucket at entry; right: at the end of the run.",
        "宽度：各次重复的平均账户数。左：入催账龄；右：期末账龄。"),
    "roll.from": ("bucket at entry", "入催账龄"),
    "roll.to": ("at the end", "期末"),
    "roll.view_accounts": ("{name}, accounts", "{name}，账户"),
    "roll.view_money": ("{name}, balance at entry", "{name}，入催金额"),
    "end.cured": ("current", "出催"),
    "section.hours": ("When people answer", "接通时段"),
    "hours.title": (
        ("Under {name} people answer most from {hour}:00 on: {rate} of {dials} dials and visits; the right party is met most from "
        "{right_hour}:00 on: {right_rate}"),
        "{name} 下 {hour} 时接通率最高：{dials} 次拨打与外访中 {rate}；{right_hour} 时本人接通率最高：{right_rate}"),
    "hours.title_none": ("Nobody was called or visited often enough to say when people answer", "拨打与外访次数不足，无法判断接通时段"),
    "hours.note": (
        ("Replication 0 only. Left: answered / dials and visits; right: right-party contacts / dials and visits; by weekday and hour of "
        "the calendar's zone. Cells with fewer than {least} dials and visits are left empty."),
        "仅第 0 次重复。左：接通/拨打与外访；右：本人接通/拨打与外访；按日历时区的星期与小时。少于 {least} 次的格留空。"),
    "hours.answered": ("answered", "接通率"),
    "hours.right": ("right party", "本人接通率"),
    "hours.hour": ("hour of the day", "小时"),
    "hours.hover": ("{day} {hour}:00: {rate} of {dials} dials and visits", "{day} {hour}:00：{dials} 次拨打与外访中 {rate}"),
    "day.0": ("Monday", "周一"),
    "day.1": ("Tuesday", "周二"),
    "day.2": ("Wednesday", "周三"),
    "day.3": ("Thursday", "周四"),
    "day.4": ("Friday", "周五"),
    "day.5": ("Saturday", "周六"),
    "day.6": ("Sunday", "周日"),
    "section.amounts": ("How much single accounts pay", "单户还款分布"),
    "amounts.title": (
        "Under {best} {zero} of accounts pay nothing and {all} pay all; the 1 % that pay most bring {top} of the cash",
        "{best} 下 {zero} 的账户分文未还，{all} 全额还清；还款最多的 1% 账户贡献现金的 {top}"),
    "amounts.note": (
        "Accounts by the share of their balance at entry that they paid, mean over replications; bars: one standard error.",
        "按已还占入催金额的比例划分账户，各次重复均值；误差线：一个标准误。"),
    "amounts.axis_accounts": ("accounts entered, %", "占入催账户 %"),
    "amounts.axis_money": ("cash received, %", "占回收金额 %"),
    "amounts.paid": ("paid, of balance at entry", "已还占入催金额"),
    "amounts.nothing": ("nothing", "未还"),
    "amounts.up_to": ("up to {high} %", "至 {high}%"),
    "amounts.less": ("75 % to less than all", "75% 至未还清"),
    "amounts.everything": ("all", "全部"),
    "view.accounts": ("accounts", "账户"),
    "section.segments": ("Who gains", "分群效果"),
    "segments.title": (
        ("{name} against {champion} in {metric}: clearly better in {better} and clearly worse in {worse} of {count} segments, with control "
        "for {tests} comparisons"),
        "{metric}：{name} 对比 {champion}，{count} 个分群中 {better} 个明显更好、{worse} 个明显更差（已控制 {tests} 次比较）"),
    "segments.title_none": ("One strategy alone: no segment to compare", "仅一个策略，无分群可比"),
    "segments.title_single": ("Differences by segment, from one replication: no intervals", "分群差异（仅一次重复，无区间）"),
    "segments.note": (
        ("Difference from {champion} by segment at entry, paired over replications, with unadjusted 95 % t intervals (Monte-Carlo error "
        "only). Filled: clear at 5 % after Holm's adjustment over all segments and strategies of this metric; open: not. Diamond: "
        "everybody."),
        ("按入催分群与 {champion} 的配对差异及未校正 95% t 区间（仅蒙特卡洛误差）。实心：经 Holm 法对本指标全部分群与策略校正后在 5% 水平明显；"
        "空心：不明显。菱形：全体。")),
    "segments.everybody": ("everybody", "全体"),
    "segments.axis": ("{metric} minus {champion}, {unit}", "{metric}减 {champion}，{unit}"),
    "segments.hover": ("{segment}: {gap}; adjusted p = {p}", "{segment}：{gap}；校正 p = {p}"),
    "dimension.product": ("product", "产品"),
    "dimension.region": ("region", "地区"),
    "dimension.bucket": ("bucket", "账龄"),
    "dimension.balance": ("balance", "余额"),
    "group.label_other": ("other", "其他"),
    "section.protected": ("Protected groups", "受保护群体"),
    "protected.none": (
        "The portfolio names no column that says who somebody is (sex, age, ...): gaps between such groups cannot be reported.",
        "资产组合未含身份类字段（性别、年龄等），无法报告群体间差距。"),
    "protected.title": (
        "Largest gap in recovery rate between groups of {column}: {gap} under {name}", "按{column}划分，回收率最大差距为 {gap}（{name}）"),
    "protected.note": (
        ("A report, never a lever: strategies may not use these columns. Gap: highest less lowest group, mean over replications ± "
        "standard error; gaps also stem from what groups owe and how they enter."),
        "仅供报告，不得用作策略手段。差距：最高组减最低组，各次重复均值 ± 标准误；差距亦可能源于欠款结构与入催构成。"),
    "protected.recovery": ("recovered, of balance at entry", "回收占入催金额"),
    "protected.complaints": ("complaints per 1,000 accounts", "千户投诉率"),
    "protected.relief": ("forgiven, of balance at entry", "减免占入催金额"),
    "section.steps": ("Strategy trees", "策略树"),
    "steps.title": (
        "{name}: {first} makes most attempts ({attempts}); last touches give most cash to {touch} ({money})",
        "{name}：触达最多的步骤是 {first}（{attempts} 次）；按末次触达归因最多的是 {touch}（{money}）"),
    "steps.none": ("{name}: no steps", "{name}：无步骤"),
    "steps.note": (
        ("Replication 0 only. Last touch: cash whose payer had this step's contact last, within two weeks before. It is a custom, not a "
        "cause: many would have paid anyway ({untouched} came with no touch). `duecourse attribute` removes each step under shared luck."),
        ("仅第 0 次重复。末次触达：付款前两周内最后一次有效触达所属步骤的回款。仅为惯例而非因果，许多人本会还款（{untouched} 并无触达）。"
        "`duecourse attribute` 在公共随机数下逐步移除步骤。")),
    "steps.reactions": ("reactions", "事件响应"),
    "steps.step": ("step", "步骤"),
    "steps.planned": ("planned", "计划"),
    "steps.attempts": ("attempts", "触达"),
    "steps.answered": ("answered", "接通"),
    "steps.right_party": ("right party", "本人接通"),
    "steps.starved": ("starved", "未完成"),
    "steps.last_touch": ("last touch, {currency}", "末次触达（{currency}）"),
    "section.rules": ("Contact rules", "触达规则"),
    "rules.title": (
        "{rule} stops most: {count} attempts under {name}", "拦截最多的规则是 {rule}：{name} 下 {count} 次"),
    "rules.note": (
        ("Attempts that each rule refused, or in shadow would refuse; one refused by two rules counts under both. What rules cost in "
        "money: `duecourse rules price`. A modelling aid, not legal advice."),
        "各规则拒绝（影子模式下应拒绝）的触达次数；两条规则同时拒绝则各计一次。规则的金额代价见 `duecourse rules price`。仅供建模参考，不构成法律意见。"),
    "rules.axis": ("attempts refused", "被拒绝的触达次数"),
    "filter.strategies": ("Strategies shown everywhere:", "各图显示的策略："),
}
# fmt: on
