"""Texts of the HTML report of a comparison."""

from __future__ import annotations

from collections.abc import Mapping

# fmt: off
# One entry a text, English then Chinese, short ones on one line: laid out by hand, so that the file can be held in mind.
PAGE: Mapping[str, tuple[str, str]] = {
    # ---------------------------------------------------------------------------------------- small words
    "comma": (", ", "、"),
    "do_nothing": ("do nothing", "不采取行动"),
    "points": ("pp", "个百分点"),
    "interval": ("{low} to {high}", "{low} 至 {high}"),
    "no_interval": ("one replication: no interval", "仅一次重复，无区间"),
    "not_estimable": ("not estimable", "无法估计"),
    "per": ("over {base}", "口径：{base}"),
    "roster.fixed": ("fixed", "固定"),
    "roster.avoidable": ("avoidable", "可免"),
    "thinned": (
        "Of every {step} days one is drawn (bars are means of {step} days); the CSV holds all days.",
        "图中每 {step} 天取一点（柱为 {step} 天均值），CSV 含全部日期。"),
    "unit.share": ("share", "比例"),
    "unit.count": ("count", "数量"),
    "unit.per 1000 accounts": ("per 1,000 accounts", "每千户"),
    "unit.per account": ("per account", "每户"),
    "denominator.the whole portfolio": ("the whole portfolio", "全部资产组合"),
    "denominator.balance at entry": ("balance at entry", "入催金额"),
    "denominator.accounts entered": ("accounts entered", "入催账户"),
    "denominator.cash received": ("cash received", "回收金额"),
    "denominator.dials and visits": ("dials and visits", "拨打与外访次数"),
    "denominator.messages sent": ("messages sent", "已发送短信"),
    "denominator.messages delivered": ("messages delivered", "已送达消息"),
    "denominator.promises matured": ("promises matured", "已到期承诺"),
    "denominator.inbound calls": ("inbound calls", "呼入电话"),
    "denominator.planned actions": ("planned actions", "计划动作"),
    "denominator.rostered time of desk agents": ("rostered time of desk agents", "坐席排班工时"),
    "denominator.talk + wrap-up + idle time of desk agents": (
        "talk + wrap-up + idle time of desk agents", "坐席通话、话后与空闲时间之和"),
    "channel.sms": ("sms", "短信"),
    "channel.call": ("call", "人工外呼"),
    "channel.bot_call": ("bot call", "AI外呼"),
    "channel.visit": ("visit", "外访"),
    "channel.money": ("entry, payment, promise", "入催、还款、承诺"),
    "channel.other": ("other events", "其他事件"),
    "pool.skill": ("{pool} ({skill})", "{pool}（{skill}）"),
    "skill.general": ("general", "普通"),
    "skill.senior": ("senior", "资深"),
    "pool.desk": ("desk", "坐席"),
    "pool.bots": ("bot lines", "AI外呼线路"),
    "pool.bot_lines": ("bot lines", "AI外呼线路"),
    "pool.field": ("field team", "外访团队"),
    "pool.gateway": ("message gateway", "短信网关"),
    "stage.entered": ("entered", "入催"),
    "stage.attempted": ("attempted", "已触发联系"),
    "stage.answered": ("answered", "接通"),
    "stage.right_party": ("right party", "本人接通"),
    "stage.promised": ("promised", "承诺还款"),
    "stage.kept": ("promise kept", "承诺兑现"),
    "stage.paid": ("paid", "有还款"),
    "stage.cured": ("cured", "出催"),
    # --------------------------------------------------------------------------------------- the verdict
    "verdict.beats": (
        "{best} beats the champion {other}: {gap} more net recovery in {days} days (95 % interval {interval}).",
        "{best} 优于冠军策略 {other}：{days} 天净回收多 {gap}（95% 区间 {interval}）。"),
    "verdict.stays": (
        ("The champion {best} stays ahead: {gap} more net recovery in {days} days than the best challenger {other} "
        "(95 % interval {interval})."),
        "冠军策略 {best} 保持领先：{days} 天净回收比最佳挑战者 {other} 多 {gap}（95% 区间 {interval}）。"),
    "verdict.nothing": (
        ("No plan earns its cost: doing nothing nets {gap} more in {days} days than the best plan {other} "
        "(95 % interval {interval})."),
        "没有策略能收回成本：{days} 天内不采取行动的净回收比最佳策略 {other} 多 {gap}（95% 区间 {interval}）。"),
    "verdict.alone": (
        "{best} beats doing nothing: {gap} more net recovery in {days} days (95 % interval {interval}).",
        "{best} 优于不采取行动：{days} 天净回收多 {gap}（95% 区间 {interval}）。"),
    "verdict.open": (
        ("{best} and {other} are not distinguishable in net recovery: {best} leads by {gap} in {days} days, but the "
        "95 % interval ({interval}) holds zero."),
        "{best} 与 {other} 的净回收无法区分：{days} 天内 {best} 领先 {gap}，但 95% 区间（{interval}）包含零。"),
    "verdict.single": (
        ("{best} nets {gap} more than {other} in {days} days, in one replication: without more replications nobody "
        "can say whether that is luck."),
        "在仅一次重复中，{days} 天内 {best} 的净回收比 {other} 多 {gap}；重复次数不足，无法判断是否为偶然。"),
    "verdict.unknown": (
        "{best} has the highest net recovery; its difference from {other} was not estimable.",
        "{best} 的净回收最高；与 {other} 的差异无法估计。"),
    "verdict.no_plans": ("Only doing nothing was run: there is nothing to compare.", "仅运行了不采取行动，无可比较。"),
    "nothing.clear": (
        "Against doing nothing, {best} brings {gap} in net recovery.", "与不采取行动相比，{best} 的净回收变化 {gap}。"),
    "nothing.open": (
        "Against doing nothing, {best} is not distinguishable in net recovery: {gap} holds zero.",
        "与不采取行动相比，{best} 的净回收无法区分：{gap} 包含零。"),
    "harm.worse": (
        "Harm gets worse: complaints per 1,000 accounts rise, {gap} against {other}.",
        "客户伤害加重：与 {other} 相比，千户投诉率上升 {gap}。"),
    "harm.better": (
        "Harm gets less: complaints per 1,000 accounts fall, {gap} against {other}.",
        "客户伤害减轻：与 {other} 相比，千户投诉率下降 {gap}。"),
    "harm.open": (
        ("Harm is not distinguishable: complaints per 1,000 accounts change by {gap} against {other}, and the interval "
        "holds zero."),
        "客户伤害无法区分：与 {other} 相比，千户投诉率变化 {gap}，区间包含零。"),
    "harm.single": (
        "Complaints per 1,000 accounts change by {gap} against {other}.",
        "与 {other} 相比，千户投诉率变化 {gap}。"),
    "roster.same": (
        "{best} nets most whether idle agents' pay counts (fixed roster) or not (avoidable roster).",
        "无论空闲坐席工资是否计入（固定或可免排班成本），{best} 的净回收均最高。"),
    "roster.differs": (
        ("The winner depends on the roster: {fixed} nets most where rostered hours are paid anyway (fixed), {avoidable} "
        "where unused days are not paid (avoidable)."),
        "胜者取决于排班成本口径：排班成本固定时 {fixed} 净回收最高，可免时 {avoidable} 最高。"),
    "tile.of": ("{metric}, {name}", "{metric}，{name}"),
    "tile.versus": ("{metric} against {other}", "{metric}，对比 {other}"),
    "tile.se": ("± {se} standard error", "标准误 ± {se}"),
    "tile.no_se": ("one replication: no standard error", "仅一次重复，无标准误"),
    "tile.ci": ("95 % interval, Monte-Carlo error only: {interval}", "95% 区间（仅蒙特卡洛误差）：{interval}"),
    "tile.holds_zero": (", which holds zero", "，包含零"),
    "tile.roster_used": ("Net recovery, roster {view} (used here)", "净回收，排班成本{view}（本报告采用）"),
    "tile.roster_other": ("Net recovery, roster {view}", "净回收，排班成本{view}"),
    "card.monte_carlo": (
        ("Intervals: Monte-Carlo error only, over {replications} replications with shared luck. They do not cover what is "
        "assumed about behaviour, and are not widened for having picked the best of {plans} plans."),
        "区间仅含蒙特卡洛误差（{replications} 次重复，共享随机数），不含行为假设的误差，也未因从 {plans} 个策略中择优放宽。"),
    "card.single": (
        "One replication: there are no intervals. Run more replications before deciding.",
        "仅一次重复，没有区间。请增加重复次数后再决策。"),
    # --------------------------------------------------------------------------------- titles and captions
    "net.title": (
        ("Clearly better than doing nothing in net recovery: {nothing} of {plans} plans; clearly better than the champion "
        "{champion}: {better} of {challengers} challengers"),
        "{plans} 个策略中有 {nothing} 个净回收明显优于不采取行动；{challengers} 个挑战者中有 {better} 个明显优于冠军 {champion}"),
    "net.title_alone": (
        "Clearly better than doing nothing in net recovery: {nothing} of {plans} plans",
        "{plans} 个策略中有 {nothing} 个净回收明显优于不采取行动"),
    "net.title_single": (
        "Differences in net recovery, from one replication: no intervals", "净回收差异（仅一次重复，无区间）"),
    "net.note": (
        ("Mean paired difference over replications with its 95 % t interval: Monte-Carlo error only. Clear: the "
        "interval lies above zero."),
        "各次重复配对差异的均值与 95% t 区间，仅含蒙特卡洛误差。明显：区间在零以上。"),
    "net.note_single": ("Paired difference in one replication.", "一次重复中的配对差异。"),
    "curves.title": (
        "{best} recovers most: {rate} of the balance at entry in {days} days; {nothing} comes in when nothing is done",
        "{best} 回收最多：{days} 天回收入催金额的 {rate}；不采取行动时为 {nothing}"),
    "curves.title_alone": (
        "{best} recovers most: {rate} of the balance at entry in {days} days",
        "{best} 回收最多：{days} 天回收入催金额的 {rate}"),
    "curves.title_unknown": ("Recovery over days", "逐日回收"),
    "curves.note": (
        ("Cash received, cumulative; denominator: balance at entry of all accounts that entered within the horizon. "
        "Line: mean; band: from the {low} to the {high} quantile of {replications} replications."),
        "累计回款；分母：期内全部入催账户的入催金额。线：均值；带：{replications} 次重复的 {low} 至 {high} 分位。"),
    "curves.note_single": (
        ("Cash received, cumulative; denominator: balance at entry of all accounts that entered within the horizon. "
        "One replication: no bands."),
        "累计回款；分母：期内全部入催账户的入催金额。仅一次重复，无带。"),
    "difference.title_ahead": (
        "{name} ends {gap} ahead of the champion {champion} in recovery, clearly so from day {since} on",
        "{name} 的回收最终领先冠军 {champion} {gap}，自第 {since} 天起差异明显"),
    "difference.title_behind": (
        "The best other, {name}, ends {gap} behind the champion {champion} in recovery, clearly so from day {since} on",
        "其余最佳的 {name} 的回收最终落后冠军 {champion} {gap}，自第 {since} 天起差异明显"),
    "difference.title_open": (
        "{name} and the champion {champion} are not distinguishable in recovery on day {days} ({signed})",
        "第 {days} 天，{name} 与冠军 {champion} 的回收无法区分（{signed}）"),
    "difference.title_single": (
        "{name} against the champion {champion} on day {days}: {signed} recovery, in one replication",
        "第 {days} 天，{name} 相对冠军 {champion} 的回收差异：{signed}（仅一次重复）"),
    "difference.title_none": ("There is no other strategy to compare the champion with", "没有可与冠军比较的其他策略"),
    "difference.note": (
        ("Cumulative recovery minus that of {champion}, the same luck in both. Band: pointwise 95 % t interval of the paired "
        "difference, Monte-Carlo error only."),
        "累计回收减去 {champion} 的累计回收，两者共享随机数。带：配对差异的逐点 95% t 区间，仅含蒙特卡洛误差。"),
    "difference.note_single": (
        "Cumulative recovery minus that of {champion}, the same luck in both. One replication: no bands.",
        "累计回收减去 {champion} 的累计回收，两者共享随机数。仅一次重复，无带。"),
    "difference.luck": (
        "Sharing luck took away {low} to {high} of the variance of these differences (net recovery).",
        "共享随机数消除了这些差异（净回收）{low} 至 {high} 的方差。"),
    "funnel.title": (
        "{best} reaches the right party of {reached} of accounts; {paid} pay, and {nothing} pay when nothing is done",
        "{best} 触达 {reached} 账户的本人；{paid} 有还款，不采取行动时 {nothing} 有还款"),
    "funnel.title_alone": (
        "{best} reaches the right party of {reached} of accounts; {paid} pay",
        "{best} 触达 {reached} 账户的本人；{paid} 有还款"),
    "funnel.title_nothing": (
        "{paid} of accounts pay when nothing is done, which nets more than any plan",
        "不采取行动时 {paid} 账户有还款，净回收高于任何策略"),
    "funnel.note": (
        ("Accounts, mean over replications. A text answers nothing: answered and right party are calls and visits. Paid and "
        "cured are no parts of the stages before them: most people who pay never promised."),
        "账户数，为各次重复均值。短信不计接通：接通与本人接通指通话与外访。有还款与出催不是前一环节的子集：还款不以承诺为前提。"),
    "funnel.of_entered": ("{share} of accounts entered", "占入催账户 {share}"),
    "funnel.of_before": ("{share} of {stage}", "占{stage} {share}"),
    "funnel.no_part": ("no part of the stage before", "非前一环节的子集"),
    "capacity.title_tight": (
        ("Capacity is tight: {name} keeps {pool} busy for {load} of rostered hours, and {lost} of its planned actions are "
        "never done"),
        "产能紧张：{name} 占用{pool}排班工时的 {load}，其 {lost} 个计划动作未能执行"),
    "capacity.title_some": (
        "The busiest pool is {pool}: {load} of rostered hours under {name}, which leaves {lost} planned actions undone",
        "最忙的资源是{pool}：{name} 占用其排班工时的 {load}，{lost} 个计划动作未能执行"),
    "capacity.title_loose": (
        ("No pool is tight: even {pool} is busy for only {load} of rostered hours under {name}; {lost} planned actions are "
        "still never done"),
        "产能并不紧张：最忙的{pool}在 {name} 下也仅占用排班工时的 {load}；仍有 {lost} 个计划动作未能执行"),
    "capacity.title_none": ("No pool has rostered hours: capacity is not limited by people", "没有排班资源，产能不受人力限制"),
    "capacity.note": (
        ("Hours a day, mean over replications; busy: ringing or travel, talk and wrap-up. Starved: planned actions that never "
        "happened, for want of capacity or of opening hours (closed days)."),
        "每日小时数，为各次重复均值；占用含振铃或路程、通话与话后处理。未完成：因产能或营业时间（休息日）不足而未发生的计划动作。"),
    "capacity.panel": ("{pool}: busy against rostered hours", "{pool}：占用与排班工时"),
    "capacity.lost": ("Planned, never done", "计划而未执行"),
    "capacity.busy": ("busy", "占用"),
    "capacity.rostered": ("rostered", "排班"),
    "capacity.starved": ("starved actions", "未完成动作"),
    "cost.title": (
        "{name} costs most: {total}; the largest part is {kind}, {share}",
        "{name} 成本最高，为 {total}；最大一项是{kind}，占 {share}"),
    "cost.title_none": ("No strategy costs anything", "各策略均无成本"),
    "cost.note": (
        "Whole horizon, mean over replications. Roster counted as {roster}; forgiven amounts count as cost.",
        "全期，为各次重复均值。排班成本按{roster}口径；减免金额计入成本。"),
    "cost.roster": ("roster: {pool}", "排班：{pool}"),
    "cost.of": ("{channel}: {word}", "{channel}：{word}"),
    "cost.small": ("{count} kinds below 1 % each", "其余 {count} 项（各低于 1%）"),
    "cost.word.attempts": ("attempts", "按次费用"),
    "cost.word.messages": ("messages", "短信费"),
    "cost.word.lines": ("lines", "线路费"),
    "cost.word.minutes": ("minutes", "时长费用"),
    "cost.word.travel": ("travel", "路程费用"),
    "cost.complaints": ("complaints", "投诉"),
    "cost.forgiven": ("forgiven", "减免"),
    "harm.title": (
        "{name} recovers most of the plans, with {harm} complaints per 1,000 accounts; no plan is beaten on both",
        "各策略中 {name} 回收最多，千户投诉率 {harm}；没有策略在两方面同时落后"),
    "harm.title_dominated": (
        "{name} is beaten on both counts: {other} recovers more with fewer complaints",
        "{name} 在两方面均落后：{other} 回收更多且投诉更少"),
    "harm.title_dominated_means": (
        "By their means {name} is beaten on both counts by {other}, which recovers more with fewer complaints",
        "就均值而言，{name} 在两方面均落后于 {other}：后者回收更多且投诉更少"),
    "harm.title_unknown": ("Complaints were not measured", "未计量投诉"),
    "harm.note": (
        ("Up and to the left is better. Bars: one standard error (Monte-Carlo). What a complaint is worth is for people to "
        "decide."),
        "越靠左上越好。误差线：一个标准误（蒙特卡洛）。投诉的代价应由人来权衡。"),
    "harm.note_single": (
        "Up and to the left is better. One replication: no error bars.", "越靠左上越好。仅一次重复，无误差线。"),
    # ------------------------------------------------------------------------------------- table and lives
    "table.title": (
        "In {differ} of {count} metrics some plan clearly differs from the champion {champion}",
        "{count} 个指标中，有 {differ} 个至少有一个策略与冠军 {champion} 差异明显"),
    "table.title_single": ("{count} metrics, from one replication", "{count} 个指标（仅一次重复）"),
    "table.metric": ("metric (unit, denominator)", "指标（单位，口径）"),
    "table.base": ("{unit}, over {base}", "{unit}，口径：{base}"),
    "table.against": ("vs {other}:", "对比 {other}："),
    "table.note": (
        ("Mean ± standard error; below it differences with 95 % t intervals, Monte-Carlo error only. ▲ clearly better, ▼ "
        "clearly worse, ◆ clearly different and neither is better in itself; grey: the interval holds zero. Where nothing "
        "differs, about one comparison in twenty still looks clear by luck."),
        ("均值 ± 标准误；其下为差异与 95% t 区间，仅含蒙特卡洛误差。▲ 明显更好，▼ 明显更差，◆ 明显不同但无好坏之分；"
        "灰色：区间包含零。即使并无差异，约二十分之一的比较也会因偶然而显得明显。")),
    "table.note_single": (
        "One replication: values without standard error, differences without intervals.",
        "仅一次重复：无标准误，差异无区间。"),
    "group.money": ("Money and cure", "资金与出催"),
    "group.harm": ("Harm", "客户伤害"),
    "group.reach": ("Reach", "触达"),
    "group.promise": ("Promises", "承诺"),
    "group.work": ("Work and capacity", "作业与产能"),
    "group.other": ("Other", "其他"),
    "champion": ("champion", "冠军"),
    "strategy": ("strategy", "策略"),
    "lives.title": (
        "{account}: the same luck in {lives} lives, which part on day {day}",
        "{account}：{lives} 种经历共享随机数，自第 {day} 天起不同"),
    "lives.title_same": ("{account}: the same life under every strategy", "{account}：各策略下经历相同"),
    "lives.note": (
        ("A few borrowers in replication 0, each under every strategy with the same luck. They are examples, chosen for what "
        "happens to them, and no evidence."),
        "第 0 次重复中的几位借款人，在各策略下共享随机数。仅为举例（按情节挑选），不作为证据。"),
    "lives.none": ("No single lives were recorded.", "未记录个体经历。"),
    "lives.left_out": ("Shown: {shown} of {total} recorded borrowers.", "显示 {total} 位已记录借款人中的 {shown} 位。"),
    "lives.events": (
        "All events side by side (grey: the same under every strategy)", "逐条并列（灰色：各策略相同）"),
    # ------------------------------------------------------------------------------------------- the page
    "language.name": ("English", "中文"),
    "theme.title": ("light or dark", "浅色或深色"),
    "page.title": ("Duecourse comparison: {scenario}", "Duecourse 策略对比：{scenario}"),
    "page.facts": (
        ("{borrowers} borrowers, {accounts} accounts, {balance} at entry; {days} days from {start}; replications: "
        "{replications}; champion: {champion}"),
        "{borrowers} 位借款人，{accounts} 个账户，入催 {balance}；{start} 起 {days} 天；重复 {replications} 次；冠军 {champion}"),
    "page.contents": ("Contents", "目录"),
    "page.no_script": (
        "The pictures need JavaScript; the verdict and the tables do not.",
        "图表需要 JavaScript；结论与表格不需要。"),
    "csv.old": (
        "This browser is too old to unpack the data; a browser from 2023 or later can.",
        "浏览器版本过旧，无法解压数据；请使用 2023 年及以后的浏览器。"),
    "csv.title": ("Download the data of this picture", "下载本图数据"),
    "cut": ("… ({letters} more letters)", "…（另有 {letters} 个字符）"),
    "section.decision": ("Decision", "结论"),
    "section.first": ("Read this first", "阅前须知"),
    "section.net": ("Differences in net recovery", "净回收差异"),
    "section.curves": ("Recovery over days", "逐日回收"),
    "section.difference": ("Difference from the champion", "相对冠军的差异"),
    "section.funnel": ("Funnel", "漏斗"),
    "section.capacity": ("Capacity", "产能"),
    "section.cost": ("Cost", "成本"),
    "section.harm": ("Harm and recovery", "伤害与回收"),
    "section.table": ("All metrics", "全部指标"),
    "section.lives": ("Single lives", "个体经历"),
    "section.words": ("The strategies in words", "策略说明"),
    "section.rerun": ("How to run this again", "如何重跑"),
    "view.share": ("share of entry balance", "占入催金额"),
    "view.money": ("money", "金额"),
    "view.against": ("against {other}", "对比 {other}"),
    "view.both": ("both", "两者"),
    "view.harm": ("complaints", "投诉"),
    "view.cost": ("cost", "成本"),
    "axis.day": ("day of the campaign (day 1: {start})", "活动天数（第 1 天：{start}）"),
    "axis.recovered_share": ("recovered, % of balance at entry", "累计回收，占入催金额 %"),
    "axis.recovered_money": ("recovered, {currency}, whole portfolio", "累计回收，{currency}，全部资产组合"),
    "axis.difference": ("recovery minus {champion}, {currency}", "回收减 {champion}，{currency}"),
    "axis.net_difference": (
        "net recovery minus {other}, {currency}, whole portfolio", "净回收减 {other}，{currency}，全部资产组合"),
    "axis.accounts": ("accounts", "账户数"),
    "axis.hours": ("hours a day", "小时/天"),
    "axis.starved": ("actions a day", "动作/天"),
    "axis.cost": ("cost, {currency}, whole portfolio", "成本，{currency}，全部资产组合"),
    "axis.metric": ("{metric} ({unit}, over {base})", "{metric}（{unit}，口径：{base}）"),
    "assumptions.summary": (
        "Behaviour values that stand on no published source (assumed): {count}",
        "没有公开来源的行为参数（假设值）：{count} 个"),
    "assumptions.none": ("Every behaviour value names a published source.", "所有行为参数均注明公开来源。"),
    "assumptions.key": ("key", "参数"),
    "assumptions.value": ("value", "取值"),
    "assumptions.range": ("range", "范围"),
    "assumptions.no_range": ("no range given", "未给范围"),
    "assumptions.unit": ("unit", "单位"),
    "exclusions.summary": (
        "Accounts left out of the portfolio on purpose: {accounts} (rules: {rules})",
        "按规则排除的账户：{accounts} 个（规则 {rules} 条）"),
    "exclusions.none": ("No account was left out of the portfolio.", "资产组合未排除任何账户。"),
    "exclusions.rule": ("rule", "规则"),
    "exclusions.accounts": ("accounts", "账户数"),
    "exclusions.balance": ("balance", "金额"),
    "notes.summary": ("How the portfolio was read (notes: {count})", "资产组合读取说明 {count} 条"),
    "words.none": ("Nothing is done: nobody is contacted.", "不采取任何行动，不联系任何人。"),
    "rerun.note": (
        "The run folder's manifest holds everything that the run was made from; running it again gives the same digests.",
        "运行目录中的 manifest 记录了全部输入；重跑得到相同摘要。"),
    "rerun.what": ("this run", "本次运行"),
    "rerun.version": ("version", "版本"),
    "rerun.engine": ("engine", "引擎"),
    "rerun.folder": ("run folder", "运行目录"),
    "rerun.redrawn": ("drawn anew in each replication", "每次重复重新抽取"),
    "rerun.digest": ("digest of its event logs", "事件日志摘要"),
}
# fmt: on
