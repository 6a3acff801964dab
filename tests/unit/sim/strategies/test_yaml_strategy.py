"""Which steps are due for whom: tiny stories with exact plans."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.spec.strategy_source import strategy_from
from sim.spec.yaml_source import parse_yaml
from sim.strategies.protocol import DAY_S
from sim.strategies.yaml_strategy import YamlStrategy
from tests.unit.sim.strategies.battery import check_strategy
from tests.unit.sim.strategies.views import VOCABULARY, TableView, random_view

HOUR = 3600


def strategy(text):
    document = parse_yaml(f"strategy: story\n{text}", Path("story.yaml"))
    return YamlStrategy(strategy_from(document, VOCABULARY), VOCABULARY)


def sequence(*steps, exclude="[]", on="{}", when="dpd >= 0"):
    lines = "".join(f"      - {step}\n" for step in steps) or "      []\n"
    return strategy(
        f'exclude: {exclude}\nsegments:\n  - name: m\n    when: "{when}"\n    on: {on}\n'
        f"    sequence:\n{lines}  - {{name: otherwise, sequence: []}}\n"
    )


def view(rows=1, day=0, **columns):
    filled = {name: np.asarray(values) for name, values in columns.items()}
    filled.setdefault("entry_day", np.ones(rows, int))
    return TableView(rows, filled, day)


def due_days(plan_of, seen, days, reached=True):
    """Return {label: days on which it was planned} for row 0, when every planned contact is tried at once."""
    out = {}
    for _ in range(days):
        plan = plan_of.plan(seen)
        for number in plan.step.tolist():
            out.setdefault(plan_of.steps[number].label, []).append(seen.day)
        seen.carry_out(plan_of, plan, np.full(len(plan.row), reached))
        seen = seen.later()
    return out


def test_a_step_is_due_on_its_day_since_entry_and_once():
    story = sequence("{day: 1, sms: reminder}", "{day: 3, sms: helpful}")
    assert due_days(story, view(), 10) == {"m/1 sms reminder": [0], "m/2 sms helpful": [2]}


def test_a_step_on_days_past_due_waits_for_that_day():
    story = sequence("{day: 5, anchor: dpd, sms: reminder}")
    assert due_days(story, view(dpd=[3]), 10) == {"m/1 sms reminder": [2]}


def test_every_seven_days_until_a_day():
    story = sequence("{day: 2, every: 7, until: 20, sms: reminder}")
    assert due_days(story, view(), 40) == {"m/1 sms reminder": [1, 8, 15]}


def test_an_old_account_joins_the_grid_where_it_is():
    story = sequence("{day: 1, every: 10, sms: reminder}")
    assert due_days(story, view(entry_day=[93], dpd=[200]), 20) == {"m/1 sms reminder": [8, 18]}


def test_an_open_step_that_was_starved_stays_due_until_its_days_are_over():
    story = sequence("{day: 2, call: negotiate, days_open: 3}")
    seen, days = view(), []
    for _ in range(8):
        days += [seen.day] * len(story.plan(seen).row)  # nothing is carried out
        seen = seen.later()
    assert days == [1, 2, 3]


@pytest.mark.parametrize(("step", "tried", "expected"), [
    ("{day: 2, call: negotiate, days_open: 3}", False, {1: True, 2: True, 3: False}),
    ("{day: 1, every: 4, call: negotiate, days_open: 2}", False, {0: True, 1: False, 4: True, 5: False}),
    # Once tried, a repeating step that starves is not due again without a retry by days; another one is.
    ("{day: 1, every: 4, call: negotiate, days_open: 3, attempts: 2/day up to 4}", True, {0: True, 4: True}),
    ("{day: 1, call: negotiate, days_open: 3, attempts: 2/day up to 4}", True, {0: True, 1: True, 2: False}),
])
def test_a_plan_says_what_is_due_again_if_nobody_gets_to_it(step, tried, expected):
    story, seen, found = sequence(step), view(), {}
    for _ in range(6):
        plan = story.plan(seen)
        found |= dict(zip([seen.day] * len(plan.row), plan.again.tolist(), strict=True))
        if tried and len(plan.row):
            seen.state(0).attempts[0], seen.state(0).first_day[0] = 1, seen.day - seen.day % 4
        seen = seen.later()
    assert found == expected


def test_unreached_people_are_tried_again_next_day_until_attempts_are_used():
    story = sequence("{day: 1, call: negotiate, attempts: 1/day up to 3, days_open: 9}")
    assert due_days(story, view(), 9, reached=False) == {"m/1 call negotiate": [0, 1, 2]}


def test_a_repeating_step_that_reached_somebody_rests_until_its_next_turn():
    story = sequence("{day: 1, every: 7, call: negotiate, attempts: 2/day, days_open: 5}")
    assert due_days(story, view(), 16) == {"m/1 call negotiate": [0, 7, 14]}


def test_a_firing_that_was_tried_goes_on_to_another_day_only_by_a_retry_of_days():
    story = sequence("{day: 1, every: 9, call: negotiate, attempts: 2/day up to 4, days_open: 5}")
    seen = view()
    seen.state(0).first_day[0] = 0
    assert len(story.plan(seen.later()).row) == 1  # starved: nothing was tried
    seen.state(0).attempts[0] = 1
    assert len(story.plan(seen.later()).row) == 0
    seen.state(0).hold[0], seen.state(0).close_s[0] = 1, 20 * HOUR
    assert len(story.plan(seen.later()).row) == 1


def test_a_retry_by_days_waits_for_its_day_and_takes_its_window():
    story = sequence(
        '{day: 1, call: negotiate, attempts: 1/day up to 2, retry: {no_answer: "+2d evening"}, '
        "window: morning}"
    )
    seen = view()
    state = seen.state(0)
    state.attempts[0], state.first_day[0], state.hold[0] = 1, 0, 2
    state.open_s[0], state.close_s[0] = 18 * HOUR, 20 * HOUR
    assert len(story.plan(seen.later(1)).row) == 0
    plan = story.plan(seen.later(2))
    assert (plan.open_s.tolist(), plan.close_s.tolist()) == (
        [2 * DAY_S + 18 * HOUR],
        [2 * DAY_S + 20 * HOUR],
    )
    assert story.steps[0].retry["no_answer"].delay_days == 2
    assert story.steps[0].open_days == 3  # so that the second attempt fits


def test_the_first_matching_segment_wins_and_otherwise_takes_the_rest():
    story = strategy(
        "exclude: []\nsegments:\n"
        '  - {name: a, when: "dpd > 30", sequence: [{day: 1, sms: helpful}]}\n'
        '  - {name: b, when: "dpd > 10", sequence: [{day: 1, sms: reminder}]}\n'
        "  - {name: otherwise, sequence: []}\n"
    )
    seen = view(rows=3, dpd=[40, 20, 5])
    assert story.segment_of(seen).tolist() == [0, 1, 2]
    plan = story.plan(seen)
    assert list(zip(plan.row.tolist(), plan.step.tolist(), strict=True)) == [(0, 0), (1, 1)]


def test_exclusions_hold_back_but_not_the_reaction_to_their_own_event():
    story = sequence(
        "{day: 1, call: negotiate}",
        exclude="[dispute, promise_live, balance < 50]",
        on="{dispute: {call: relief, within: 2d}, promise: {remind: -1d}}",
    )
    seen = view(
        rows=4,
        dispute=[True, False, False, False],
        promise_live=[False, True, False, False],
        days_to_promise=[np.nan, 1, np.nan, np.nan],
        balance=[99, 99, 20, 99],
    )
    seen.events = {"dispute": [0, -1, -1, -1]}
    plan = story.plan(seen)
    planned = {
        row: story.steps[step].label
        for row, step in zip(plan.row.tolist(), plan.step.tolist(), strict=True)
    }
    assert planned == {
        0: "on dispute call relief",
        1: "on promise sms promise_reminder",
        3: "m/1 call negotiate",
    }
    assert [step.exclude for step in story.steps] == [
        ("dispute", "promise_live"),
        ("dispute",),
        ("promise_live",),
    ]


def test_who_opted_out_of_a_channel_is_not_contacted_there_but_elsewhere():
    story = sequence("{day: 1, call: negotiate}", "{day: 1, sms: reminder}")
    plan = story.plan(view(opt_out_call=[True], opt_out=[True]))
    assert [story.steps[step].channel for step in plan.step] == ["sms"]


def test_a_broken_promise_is_followed_up_within_its_days_each_time():
    story = sequence(on="{promise: {check: +2d, broken: {call: firm, within: 1d}}}")
    seen, days = view(day=5), []
    seen.events = {"broken": [5]}
    for _ in range(12):
        if seen.day == 10:
            seen.events = {"broken": [10]}
        plan = story.plan(seen)
        days += [seen.day] * len(plan.row)
        seen.carry_out(story, plan, [True] * len(plan.row))
        seen = seen.later()
    assert days == [6, 11]  # the check waits one day beyond the first


def test_an_excluded_person_is_still_answered_on_a_later_day_within_the_reaction_s_days():
    story = sequence(exclude="[dispute]", on="{dispute: {call: relief, within: 2d}}")
    seen = view(dispute=[True])
    seen.events = {"dispute": [0]}
    assert [len(story.plan(seen.later(days)).row) for days in range(4)] == [1, 1, 1, 0]


def test_each_event_is_answered_also_when_it_follows_the_day_after():
    story = sequence(on="{promise: {check: +2d, broken: {call: firm, within: 1d}}}")
    seen = view(day=6)
    seen.events = {"broken": [5]}
    seen.carry_out(story, story.plan(seen), [True])
    seen.events = {"broken": [6]}
    assert len(story.plan(seen.later()).row) == 1


def test_reactions_and_reminders_go_ahead_of_their_segment_s_priority_unless_they_state_one():
    story = strategy(
        "exclude: []\nsegments:\n"
        "  - {name: a, when: dpd > 0, priority: 450, sequence: [{day: 1, sms: reminder}],\n"
        "     on: {promise: {remind: -1d}, broken: {call: firm}, refused: {sms: helpful, priority: 7}}}\n"
        "  - {name: otherwise, sequence: []}\n"
    )
    assert [step.priority for step in story.steps] == [450, 350, 350, 7]


def test_plans_are_ordered_by_row_then_step():
    story = sequence(
        "{day: 1, every: 2, sms: reminder}",
        "{day: 1, every: 2, call: negotiate}",
        "{day: 2, every: 2, visit: talk}",
    )
    plan = story.plan(random_view(3_000, 5))
    assert len(plan.row) > 3_000
    assert sorted(zip(plan.row, plan.step, strict=True)) == list(zip(plan.row, plan.step, strict=True))


def test_hardship_begins_a_plan_even_under_exclusions_and_only_once():
    story = sequence(
        exclude="[promise_live]", on="{hardship: {move_to: hardship_plan}, opt_out: {stop: [sms, call]}}"
    )
    seen = view(promise_live=[True])
    seen.events = {"hardship": [0], "opt_out": [0]}
    plan = story.plan(seen)
    assert [story.steps[step].set_hardship_plan for step in plan.step] == [True, False]
    assert story.steps[1].stop_channels == ("sms", "call")
    seen.carry_out(story, plan, [True, True])
    assert len(story.plan(seen.later()).row) == 0
    already = view(hardship_plan=[True])
    already.events = {"hardship": [0]}
    assert len(story.plan(already).row) == 0


def test_move_to_treats_the_account_as_in_another_segment_and_the_latest_event_counts():
    story = strategy(
        "exclude: []\nsegments:\n"
        '  - {name: a, when: "dpd > 0", sequence: [{day: 1, call: negotiate}],\n'
        "     on: {refused: {move_to: texts}, broken: {move_to: seniors}}}\n"
        "  - {name: texts, sequence: [], on: {complaint: {move_to: silence}}}\n"
        "  - {name: seniors, sequence: []}\n  - {name: silence, sequence: []}\n"
        "  - {name: otherwise, sequence: []}\n"
    )
    seen = view(rows=9, day=9, dpd=[1, 1, 1, 1, 1, 0, 1, 1, 1])
    seen.events = {
        "refused": [-1, 4, 4, 6, 4, 4, 4, 5, 4],
        "broken": [-1, -1, 6, 4, -1, -1, -1, 5, -1],
        "complaint": [8, -1, -1, -1, 5, -1, 3, -1, 4],
    }
    names = [story.tables.segments[place] for place in story.segment_of(seen)]
    assert names == ["a", "texts", "seniors", "texts", "silence", "otherwise", "texts", "texts", "texts"]


def test_reactions_that_segments_state_alike_are_one_step():
    story = strategy(
        "exclude: []\nsegments:\n"
        '  - {name: a, when: "dpd > 30", sequence: [], on: {broken: {call: firm}}}\n'
        '  - {name: b, when: "dpd > 0", sequence: [], on: {broken: {call: firm}}}\n'
        '  - {name: c, when: "dpd == 0", sequence: [], on: {broken: {call: firm, skill: senior}}}\n'
        "  - {name: otherwise, sequence: []}\n"
    )
    assert [(s.label, s.segment) for s in story.steps] == [
        ("on broken call firm", ""),
        ("c/on broken call firm", "c"),
    ]
    seen = view(rows=3, dpd=[40, 20, 0])
    seen.events = {"broken": [0, 0, 0]}
    assert story.plan(seen).step.tolist() == [0, 0, 1]


def test_windows_are_local_and_those_already_closed_are_not_planned():
    story = sequence(
        '{day: 1, sms: reminder, at: "10:00"}', '{day: 1, sms: helpful, window: "00:00-02:00"}'
    )
    seen = view(day=3, entry_day=[1])
    seen.zone_offset_s = 3 * HOUR  # local midnight came three hours before the tick
    plan = story.plan(seen)
    assert [story.steps[step].label for step in plan.step] == ["m/1 sms reminder"]
    assert plan.open_s.tolist() == [3 * DAY_S + 7 * HOUR]


def test_defaults_of_attempts_and_retries():
    story = sequence(
        '{day: 1, bot_call: m1, window: "18:00-20:30", attempts: 2}',
        '{day: 4, call: negotiate, attempts: 2/day up to 4, retry: {no_answer: "+1d evening", busy: none}}',
        "{day: 9, visit: talk, attempts: 1/day up to 2}",
    )
    bot, call, visit = story.steps
    assert (bot.attempts_per_day, bot.attempts_total, bot.open_days) == (2, 2, 1)
    assert (bot.retry["busy"].delay_s, bot.retry["no_answer"].delay_s) == (
        1200,
        3000,
    )  # a third of the window
    assert "refused" not in bot.retry
    assert "wrong_party" not in bot.retry
    assert (call.open_days, call.retry["no_answer"].window.open_s, "busy" in call.retry) == (
        4,
        18 * HOUR,
        False,
    )
    assert (visit.open_days, visit.retry["not_met"].delay_days) == (2, 1)


@pytest.mark.parametrize("seed", range(4))
def test_a_strategy_with_everything_passes_the_battery(seed):
    story = sequence(
        "{day: 1, every: 7, call: negotiate, attempts: 2/day, days_open: 5}",
        "{day: -2, anchor: payday, sms: reminder}",
        "{day: 3, anchor: last_payment, sms: helpful}",
        "{day: 60, anchor: dpd, every: 5, offer: {waive_fees: 0.5}}",
        exclude="[dispute, hardship_plan, promise_live, complaint, days_since_payment <= 2]",
        on="{promise: {remind: -1d, broken: {call: firm}}, hardship: {move_to: hardship_plan}, "
        "opt_out: {stop: all}, refused: {sms: helpful, within: 3d}}",
    )
    plan = check_strategy(story, random_view(3_000, seed))
    assert set(plan.step.tolist()) == set(range(len(story.steps)))
