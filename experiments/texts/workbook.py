"""Texts of the Excel workbook: names of sheets, headers, notes."""

from __future__ import annotations

from collections.abc import Mapping

# fmt: off
WORKBOOK: Mapping[str, tuple[str, str]] = {
    "sheet.read_me": ("Read me", "说明"),
    "sheet.assumptions": ("Assumptions", "假设"),
    "sheet.summary": ("Summary", "摘要"),
    "sheet.kpi": ("KPI by strategy", "指标-按策略"),
    "sheet.segments": ("KPI by segment", "指标-按分群"),
    "sheet.roll": ("Roll matrix", "迁徙矩阵"),
    "sheet.sensitivity": ("Sensitivity", "敏感性"),
    "book.what.segments": ("size, money and rates of each segment", "各分群的规模、金额与比率"),
    "book.what.roll": ("buckets at entry and at the end", "入催与期末账龄"),
    "book.what.sensitivity": ("ranges of assumed values", "假设参数的范围"),
    "book.segments_title": (
        "{count} segments at entry under {strategies} strategies", "{strategies} 个策略下的 {count} 个入催分群"),
    "book.segments_note": (
        "Means over replications with their Monte-Carlo standard errors. Protected groups: a report, never a lever.",
        "各次重复均值与蒙特卡洛标准误。受保护群体：仅供报告，不得用作策略手段。"),
    "book.sensitivity_title": (
        "{count} values without a published source carry a range", "{count} 个无公开来源的参数带有范围"),
    "book.sensitivity_note": (
        "What the ranges do to the verdict was not asked in this run: `duecourse sensitivity SCENARIO` plays each end.",
        "本次运行未检验这些范围对结论的影响：`duecourse sensitivity SCENARIO` 会模拟各端点。"),
    "col.segment": ("segment", "分群"),
    "col.share_of": ("{name}: share", "{name}：占比"),
    "word.protected": ("protected", "受保护"),
    "sheet.daily": ("Daily", "逐日"),
    "sheet.funnel": ("Funnel", "漏斗"),
    "sheet.experiment": ("Experiment", "对比实验"),
    "sheet.dictionary": ("Data dictionary", "数据字典"),
    "sheet.data": ("data", "明细数据"),
    "book.how": (
        ("Every number here is written as a value, none as a formula. Money is in {currency}; the sheet {data} holds the same "
        "numbers in full, one a row, for pivot tables."),
        "本工作簿所有数字均为数值，不含公式。金额单位为{currency}；工作表“{data}”逐行列出同一批数字，可用于数据透视表。"),
    "book.folded": (
        "The HTML report of the same run shows more pictures and single lives.", "同一次运行的 HTML 报告含更多图表与个体经历。"),
    "book.warnings": ("Before believing the numbers", "使用前须知"),
    "book.sheets": ("Sheets", "工作表"),
    "book.again": ("How to run this again", "如何重跑"),
    "book.portfolio": ("How the portfolio was read", "资产组合读取说明"),
    "book.what.assumptions": (
        "behaviour values without a published source, and accounts left out", "没有公开来源的行为参数，以及被排除的账户"),
    "book.what.summary": ("verdict and the numbers that carry it", "结论及其依据"),
    "book.what.kpi": ("every metric of every strategy", "各策略全部指标"),
    "book.what.daily": ("recovery, cost and attempts by day", "逐日回收、成本与触达"),
    "book.what.funnel": ("accounts by stage", "各环节账户数"),
    "book.what.experiment": (
        "differences between strategies under shared luck, with intervals", "公共随机数下的策略差异与区间"),
    "book.what.dictionary": ("what each metric is divided by and how it is computed", "各指标的口径与公式"),
    "book.what.data": ("all numbers in full, one a row", "全部数字，每行一个"),
    "col.key": ("key", "参数"),
    "col.value": ("value", "取值"),
    "col.low": ("low", "下限"),
    "col.high": ("high", "上限"),
    "col.unit": ("unit", "单位"),
    "col.rule": ("left out by", "排除规则"),
    "col.accounts": ("accounts", "账户数"),
    "col.balance": ("balance, {currency}", "金额（{currency}）"),
    "col.metric": ("metric", "指标"),
    "col.id": ("id", "编号"),
    "col.denominator": ("denominator", "口径（分母）"),
    "col.strategy": ("strategy", "策略"),
    "col.against": ("against", "对比"),
    "col.se": ("standard error", "标准误"),
    "col.estimate": ("difference", "差异"),
    "col.mean": ("mean", "均值"),
    "col.ci_low": ("95 % interval, low", "95% 区间下限"),
    "col.ci_high": ("95 % interval, high", "95% 区间上限"),
    "col.reading": ("reading", "判读"),
    "col.formula": ("formula", "公式"),
    "col.better": ("better", "方向"),
    "col.english": ("English", "英文"),
    "col.chinese": ("Chinese", "中文"),
    "col.day": ("day", "天"),
    "col.stage": ("stage", "环节"),
    "col.of_entered": ("share of accounts entered", "占入催账户"),
    "col.of_before": ("share of the stage before", "占前一环节"),
    "col.saved": ("variance saved by shared luck (net recovery)", "公共随机数节省方差（净回收）"),
    "col.kind": ("cost, {currency}", "成本项（{currency}）"),
    "col.sheet": ("sheet", "工作表"),
    "col.holds": ("what it holds", "内容"),
    "col.recovery_of": ("{name}: recovery, {currency}", "{name}：回收（{currency}）"),
    "col.cumulative_of": ("{name}: cumulative recovery, {currency}", "{name}：累计回收（{currency}）"),
    "col.cost_of": ("{name}: direct cost, {currency}", "{name}：直接成本（{currency}）"),
    "col.attempts_of": ("{name}: attempts", "{name}：触达次数"),
    "col.accounts_of": ("{name}: accounts", "{name}：账户数"),
    "col.se_of": ("{name}: standard error", "{name}：标准误"),
    "reading.better": ("clearly better", "明显更好"),
    "reading.worse": ("clearly worse", "明显更差"),
    "reading.changed": ("clearly different", "明显不同"),
    "reading.open": ("interval holds zero", "区间包含零"),
    "reading.none": ("no interval", "无区间"),
    "better.higher": ("higher", "越高越好"),
    "better.lower": ("lower", "越低越好"),
    "better.": ("neither", "无好坏之分"),
    "book.kpi_title": (
        "{count} metrics of {strategies} strategies, means over {replications} replications",
        "{strategies} 个策略的 {count} 个指标，{replications} 次重复的均值"),
    "book.kpi_note": (
        "Monte-Carlo standard errors beside the means; an empty cell cannot be estimated.",
        "均值旁为蒙特卡洛标准误；空单元格表示无法估计。"),
    "book.experiment_note": (
        ("Mean paired difference over replications and its 95 % t interval: Monte-Carlo error only, not uncertainty about "
        "behaviour. Differences of shares are in percentage points."),
        "各次重复配对差异的均值与 95% t 区间，仅含蒙特卡洛误差，不含行为参数的不确定性。比例的差异以百分点表示。"),
    "book.daily_note": (
        "Means over replications. Roster cost is apart: it is in the KPI sheet.", "各次重复的均值。不含排班成本，排班成本见指标表。"),
    "book.data_note": (
        "Full precision; money in minor units of the currency. `against` is empty for a strategy's own mean.",
        "全精度；金额为货币最小单位。“against”为空表示策略自身均值。"),
    "book.assumed_title": (
        "{count} behaviour values stand on no published source", "{count} 个行为参数没有公开来源"),
    "book.assumed_note": (
        "Change any of them with --set KEY=VALUE, or ask `duecourse sensitivity` which of them matter.",
        "可用 --set KEY=VALUE 修改；可用 `duecourse sensitivity` 查看哪些参数重要。"),
    "book.dictionary_title": ("What the metrics mean", "指标含义"),
    "book.dictionary_note": (
        "Money is counted against the balance at entry unless the denominator says otherwise.", "除另有说明外，金额以入催金额为口径。"),
    "book.data_title": ("All numbers of the run, one a row", "本次运行的全部数字"),
}
# fmt: on
