"""The sheets below totals: metrics by segment, buckets at entry and at the end, and where sensitivity is found."""

from __future__ import annotations

from experiments.excel.book import Cell, Column, Number, Sheet
from experiments.excel.cells import figure, name_of
from experiments.paired import estimate
from experiments.patterns import BUCKETS, MEASURES
from experiments.report.reading import Reading
from experiments.report.rolling import end_names, has_buckets, mean_matrix, shares_of
from experiments.report.segments import RATES, label_of, rate_of
from experiments.report.voice import visible


def segments(reading: Reading) -> Sheet:
    """Return each segment of each strategy: its size, its money, its rates with their errors."""
    result = reading.result
    rates = [name for name in RATES if name in result.metrics]
    rows: list[tuple[Cell, ...]] = []
    for strategy in result.strategies:
        if "groups" not in strategy.patterns:
            continue
        sums = strategy.patterns["groups"].mean(axis=0)
        found = {name: rate_of(strategy, name) for name in rates}
        for n, group in enumerate(result.groups):
            cells: list[Cell] = [
                reading.label(strategy.name),
                label_of(reading, group),
                reading.say("word.protected") if group.protected else None,
                Number(float(sums[n, MEASURES.index("accounts")]), "count"),
                figure(reading, float(sums[n, MEASURES.index("entry_minor")]), "minor"),
                figure(reading, float(sums[n, MEASURES.index("paid_minor")]), "minor"),
            ]
            for name in rates:
                one = estimate(found[name][:, n].tolist())
                unit = reading.info(name).unit
                cells += [figure(reading, one.mean, unit), figure(reading, one.se, unit)]
            rows.append(tuple(cells))
    currency = visible(result.currency)
    columns = [
        Column(reading.say("col.strategy"), 20),
        Column(reading.say("col.segment"), 28),
        Column(reading.say("word.protected"), 12),
        Column(reading.say("col.accounts"), 12),
        Column(reading.say("col.balance", currency=currency), 18),
        Column(f"{reading.metric('recovery_minor')}, {currency}", 18),
    ]
    for name in rates:
        columns += [Column(reading.metric(name), 16), Column(reading.say("col.se_of", name=reading.metric(name)), 14)]
    title = reading.say("book.segments_title", count=len(result.groups), strategies=len(result.strategies))
    return Sheet(name_of(reading, "segments"), title, reading.say("book.segments_note"), tuple(columns), tuple(rows), 2)


def roll(reading: Reading) -> Sheet:
    """Return accounts, and shares of each bucket at entry, by bucket at the end."""
    rows: list[tuple[Cell, ...]] = []
    for strategy in reading.result.strategies if has_buckets(reading) else ():
        matrix = mean_matrix(strategy, "accounts")
        shares = shares_of(matrix)
        for row, bucket in enumerate(BUCKETS):
            if matrix[row].sum() > 0:
                counts: list[Cell] = [Number(float(value), "count") for value in matrix[row]]
                parts: list[Cell] = [Number(float(value), "share") for value in shares[row]]
                rows.append((reading.label(strategy.name), bucket, *counts, *parts))
    names = end_names(reading)
    columns = (
        Column(reading.say("col.strategy"), 20),
        Column(reading.say("roll.from"), 14),
        *(Column(reading.say("col.accounts_of", name=name), 12) for name in names),
        *(Column(reading.say("col.share_of", name=name), 12) for name in names),
    )
    return Sheet(name_of(reading, "roll"), reading.say("section.roll"), reading.say("roll.note"), columns, tuple(rows), 2)


def sensitivity(reading: Reading) -> Sheet:
    """Return the ranges of the values that stand on no published source, and the command that asks which of them matter."""
    rows = tuple(
        (a.key, *(None if value is None else Number(value, "plain") for value in (a.low, a.value, a.high)))
        for a in reading.result.assumptions
        if a.low is not None or a.high is not None
    )
    keys = (("key", 56), ("low", 14), ("value", 14), ("high", 14))
    columns = tuple(Column(reading.say(f"col.{key}"), width) for key, width in keys)
    title = reading.say("book.sensitivity_title", count=len(rows))
    return Sheet(name_of(reading, "sensitivity"), title, reading.say("book.sensitivity_note"), columns, rows)
