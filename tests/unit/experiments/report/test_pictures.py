"""Pictures are data: their figures are valid, their numbers are the result's, their titles say what was found."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from experiments.report.contrasts import cost_breakdown, dominated, harm_scatter, net_differences
from experiments.report.curves import difference_curve, paired_band, recovery_curves, shown_days
from experiments.report.lives import common_start, lives, moment_of
from experiments.report.metrics_table import grouped, metric_rows, metrics_csv
from experiments.report.operations import blocks, capacity, funnel
from experiments.report.page import pictures
from experiments.report.picture import Table, clean, plain
from experiments.report.reading import Reading
from experiments.results import LifeEvent
from tests.unit.experiments.report.example import HOSTILE, example


def read(language="en", **settings):
    return Reading.of(example(**settings), language)


def lines(picture, group):
    """Return the drawn lines of a strategy, bands left out."""
    return [trace for trace in picture.traces if trace.get("meta") == group and trace.get("fill") is None]


CASES = {
    "usual": {},
    "one replication": {"replications": 1},
    "one day": {"days": 1},
    "three years": {"days": 1095},
    "hostile names": {"names": HOSTILE},
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("case", CASES)
def test_every_figure_is_valid_and_fit_for_json(case, language):
    reading = read(language, **CASES[case])
    for picture in (*pictures(reading), *(life.picture for life in lives(reading))):
        go.Figure(picture.figure)
        assert "NaN" not in json.dumps(picture.figure, allow_nan=False)
        assert picture.title
        assert "nan" not in f"{picture.title} {picture.note}"
        assert all(len(view.visible) == len(picture.traces) for view in picture.views)


@pytest.mark.parametrize("case", CASES)
def test_every_picture_has_rows_to_download(case):
    for picture in pictures(read(**CASES[case])):
        rows = list(csv.reader(io.StringIO(picture.table.csv())))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(picture.table.columns)}


def test_the_recovery_curve_ends_at_the_recovered_share_and_amount():
    reading = read()
    picture = recovery_curves(reading)
    share, money = lines(picture, "s2")
    mean = reading.result.strategy("multichannel").metrics["recovery_minor"].mean
    assert share["y"][-1] == pytest.approx(100.0 * mean / reading.result.entry_balance_minor)
    assert money["y"][-1] == pytest.approx(mean / 100.0)
    assert picture.title.startswith("multichannel recovers most: 61.")


def test_the_last_day_of_the_difference_curve_is_the_contrast():
    reading = read()
    (line,) = lines(difference_curve(reading), "s2")
    gap = reading.difference("multichannel", "call_ladder", "recovery_minor")
    assert line["y"][-1] == pytest.approx(gap.estimate / 100.0)
    low, high = (
        end[-1]
        for end in paired_band(
            next(
                c.daily_recovery
                for c in reading.result.contrasts
                if (c.strategy, c.against) == ("multichannel", "call_ladder")
            )
        )[1:]
    )
    assert (low, high) == (pytest.approx(gap.low), pytest.approx(gap.high))


def test_the_difference_title_says_since_when_it_is_clear():
    result = example()
    days = np.arange(60.0)
    contrasts = tuple(
        replace(
            c, daily_recovery=np.outer([1.0, 1.01, 0.99, 1.0, 1.0, 1.0, 1.0, 1.0], np.where(days < 20, -5000.0, 1e6))
        )
        if c.against == "call_ladder" and c.strategy == "multichannel"
        else c
        for c in result.contrasts
    )
    title = difference_curve(Reading.of(replace(result, contrasts=contrasts), "en")).title
    assert (
        title == "multichannel ends CNY 10,000 ahead of the champion call_ladder in recovery, clearly so from day 21 on"
    )


def test_a_difference_that_holds_zero_is_called_not_distinguishable():
    title = difference_curve(read(paid_share=(0.54, 0.60, 0.60, 0.58, 0.50), noise=0.02)).title
    assert "are not distinguishable in recovery on day 60" in title


def test_with_one_replication_there_are_no_bands_and_the_captions_say_so():
    for picture in (recovery_curves(read(replications=1)), difference_curve(read(replications=1))):
        assert all("fill" not in trace for trace in picture.traces)
        assert "One replication: no bands" in picture.note


def test_long_runs_are_thinned_and_say_so():
    reading = read(days=1095)
    days = shown_days(reading.result)
    assert len(days) <= 400
    assert days[-1] == 1095
    assert "Of every 3 days one is drawn" in recovery_curves(reading).note
    assert len(recovery_curves(reading).table.rows) == 5 * 1095
    assert blocks(reading.result)[-1][1] == 1095


def test_the_funnel_gives_both_denominators():
    reading = read()
    picture = funnel(reading)
    trace = next(t for t in picture.traces if t["meta"] == "s1")
    accounts, of_entered, of_before = trace["customdata"][3]
    stages = dict(reading.result.strategy("call_ladder").funnel)
    assert trace["y"][3] == stages["right_party"].mean
    assert of_entered == f"{100 * stages['right_party'].mean / 4000:.1f}\u202f% of accounts entered"
    assert of_before == f"{100 * stages['right_party'].mean / stages['answered'].mean:.1f}\u202f% of answered"
    assert accounts.startswith("1,9")


def test_paying_is_no_part_of_keeping_a_promise():
    trace = next(t for t in funnel(read()).traces if t["meta"] == "s1")
    assert trace["customdata"][6][2] == "no part of the stage before"


def test_the_title_of_capacity_names_the_tight_pool_and_what_it_cost():
    reading = read()
    daily = reading.result.strategy("call_ladder").daily
    load = 100.0 * daily["busy_s_desk.general"].sum() / daily["rostered_s_desk.general"].sum()
    lost = daily["starved_call"].mean(axis=0).sum()
    assert capacity(reading).title == (
        f"Capacity is tight: call_ladder keeps desk (general) busy for {load:.1f}\u202f% of "
        f"rostered hours, and {lost:,.0f} of its planned actions are never done"
    )


def test_capacity_without_a_roster_says_so():
    result = example()
    bare = tuple(replace(s, daily={"recovery_minor": s.daily["recovery_minor"]}) for s in result.strategies)
    picture = capacity(Reading.of(replace(result, strategies=bare), "en"))
    assert picture.title.startswith("No pool has rostered hours")
    go.Figure(picture.figure)


def test_costs_are_stacked_to_each_strategys_total():
    reading = read()
    picture = cost_breakdown(reading)
    for place, strategy in enumerate(reading.result.strategies):
        drawn = sum(trace["x"][place] for trace in picture.traces)
        assert drawn == pytest.approx(sum(e.mean for e in strategy.cost_by_kind.values()) / 100.0)
    dearest = reading.result.strategy("call_ladder").cost_by_kind
    total, roster = sum(e.mean for e in dearest.values()), dearest["roster desk.general"].mean
    assert picture.title == (
        f"call_ladder costs most: CNY {total / 100:,.0f}; the largest part is roster: desk (general), "
        f"{100 * roster / total:.1f}\u202f%"
    )


def test_a_strategy_that_another_beats_on_both_counts_is_named():
    reading = read(complaints=(0.3, 3.9, 2.9, 1.1, 0.0))
    assert dominated(reading)["call_ladder"] == "multichannel"
    assert harm_scatter(reading).title == (
        "call_ladder is beaten on both counts: multichannel recovers more with fewer complaints"
    )


def test_the_differences_carry_their_intervals():
    reading = read()
    picture = net_differences(reading)
    gap = reading.difference("sms_only", "do_nothing", "net_minor")
    trace = picture.traces[0]
    assert trace["x"][0] == pytest.approx(gap.estimate / 100.0)
    assert trace["error_x"]["array"][0] == pytest.approx((gap.high - gap.estimate) / 100.0)
    assert "4 of 4 plans" in picture.title
    assert "call_ladder: 1 of 3 challengers" in picture.title


def test_every_metric_stands_in_the_table_once_with_unit_and_denominator():
    reading = read()
    names = [name for group in grouped(reading).values() for name in group]
    assert sorted(names) == sorted(reading.result.metrics)
    row = metric_rows(reading, ("complaints_per_1000",))[0]
    assert row.base == "per 1,000 accounts, over accounts entered"
    assert [gap.against for gap in row.cells[2].gaps] == ["do_nothing", "call_ladder"]
    assert [gap.sign for gap in row.cells[2].gaps] == ["worse", "worse"]


def test_what_cannot_be_estimated_is_said_in_the_table_and_empty_in_the_csv():
    reading = read()
    assert metric_rows(reading, ("kept_rate",))[0].cells[-1].value == "not estimable"
    row = next(
        r
        for r in csv.DictReader(io.StringIO(metrics_csv(reading).csv()))
        if r["metric"] == "kept_rate" and r["strategy"] == "do_nothing" and not r["against"]
    )
    assert row["estimate"] == ""


def test_lives_part_where_their_events_first_differ():
    (life,) = lives(read())
    assert life.picture.title == "A-000017: the same luck in 5 lives, which part on day 2"
    assert {shared for _, _, shared in life.lanes} == {1}
    assert common_start([]) == 0


def test_an_event_stands_at_its_time_of_day():
    assert moment_of(LifeEvent("2025-09-03 12:00:00", 3, "a", "b", "", 0)) == 3.5
    assert moment_of(LifeEvent("soon", 3, "a", "b", "", 0)) == 3.0


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("plain", "plain"),
        (-1.5, "-1.5"),
        (3, "3"),
        (math.nan, ""),
        (None, ""),
    ],
)
def test_text_in_a_download_is_never_a_formula(cell, written):
    assert list(csv.reader(io.StringIO(Table(("a",), ((cell,),)).csv())))[1:] in (
        [[written]],
        [[]] if not written else [],
    )


def test_text_for_plotly_stands_for_itself():
    assert plain("<b>a & b</b> %{x}") == "&lt;b&gt;a &amp; b&lt;/b&gt; %&#123;x}"


def test_numbers_for_the_page_hold_no_nan():
    assert clean({"a": (math.nan, math.inf, 1.123456789, 2)}) == {"a": [None, None, 1.123457, 2]}
