"""Texts of the console command: what each command does, and the frame of messages. Their parts stay as the checks say them."""

from __future__ import annotations

from collections.abc import Mapping

# fmt: off
CONSOLE: Mapping[str, tuple[str, str]] = {
    "console.about": (
        "Duecourse: compare collection strategies before anyone is contacted.", "Duecourse：在联系任何人之前比较催收策略。"),
    "console.streams": (
        "Results go to stdout, progress to stderr. Exit codes: 0 ok, 1 the run failed, 2 invalid input, 3 a check failed.",
        "结果写入 stdout，进度写入 stderr。退出码：0 正常，1 运行失败，2 输入无效，3 检查未通过。"),
    "console.commands": ("Commands", "命令"),
    "fault.parts": ("{where}: got {got}, expected {expected}.{advice}", "{where}：得到 {got}，应为 {expected}。{advice}"),
    "fault.one": (
        "Correct this and run the same command again. Nothing was run or written.", "请更正后重新运行同一命令。未运行也未写入任何内容。"),
    "fault.many": (
        "{count} faults. Correct them and run the same command again. Nothing was run or written.",
        "共 {count} 处错误。请更正后重新运行同一命令。未运行也未写入任何内容。"),
    "fault.failed": ("The run failed: {why}", "运行失败：{why}"),
    "fault.stopped": ("Stopped. Nothing was written.", "已停止。未写入任何内容。"),
    "fault.stopped_kept": ("Stopped: {note}", "已停止：{note}"),
    "help.init": (
        "Make a folder with a small project to start from.", "建立一个可上手的小项目文件夹。"),
    "help.validate": (
        "Check a scenario, its strategies and its portfolio.", "检查情景、策略与资产组合。"),
    "help.describe": (
        "Say in plain words what a scenario will do, before any run.", "运行前用通俗语言说明情景将做什么。"),
    "help.run": (
        "Run one strategy and keep its full event log.", "运行一个策略并保留完整事件日志。"),
    "help.compare": (
        "Compare all strategies of a scenario with each other and with doing nothing.", "在共享随机数下比较情景中的全部策略以及不采取行动。"),
    "help.plan": (
        "Show what a strategy plans on one day.", "显示某策略某一天的计划。"),
    "help.timeline": (
        "Show one borrower's events in a run.", "显示一次运行中一位借款人的事件。"),
    "help.diff": (
        "Show one borrower under two strategies, and where they first differ.", "并列显示同一借款人在两个策略下的经历及最早分歧。"),
    "help.rules": (
        "Contact rules of twenty countries: list, show, check.", "二十个国家的触达规则：列出、显示、检查。"),
    "help.ab": (
        "A/B tests: size, bounds, assign, analyze.", "A/B 测试：样本量、边界、分配、分析。"),
    "help.study": (
        "Published experiments: calibrate on some arms, predict the others.", "已发表实验：用部分组校准，预测其余组。"),
    "help.sweep": (
        "Play all strategies over a range of one or two values: which is best where.", "让一两个参数取一系列值，运行全部策略：何处谁最佳。"),
    "help.sensitivity": (
        "Move each value through its range, one at a time: which of them matter.", "逐一让参数在其范围内变动：哪些重要。"),
    "help.attribute": (
        "Remove each step of a strategy, one at a time: what it brings, last touch beside it.", "逐一移除策略的步骤：各带来多少，并列末次触达。"),
    "help.report": (
        "Write a run's report again, as a page or a workbook, perhaps in another language.", "重新生成一次运行的报告（网页或工作簿），可换语言。"),
    "help.rerun": (
        "Repeat a run from its manifest and compare digests.", "按 manifest 重跑并比对摘要。"),
    "help.glossary": (
        "Explain metrics and terms, in English and Chinese.", "指标与术语的中英文说明。"),
}
# fmt: on
