"""The strategy language: what may be written, what it means, what a challenger inherits, what faults say."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.spec.plain_errors import BadValue
from sim.spec.strategy import DEFAULT_EXCLUDE, Vocabulary
from sim.spec.strategy_source import check_columns, inherited, load_strategy, strategy_from, view_columns
from sim.spec.strategy_times import Attempts, Delay, at_window_s, attempts_of, days_of, delay_of, window_s
from sim.spec.yaml_source import parse_yaml

CHANNELS = {"sms": ("reminder", "promise_reminder"), "call": ("negotiate", "firm"), "bot_call": ("m1",)}
VOCABULARY = Vocabulary(
    CHANNELS, ("senior",), view_columns(CHANNELS, {"sex": "text", "score_band": "text"}), ("sex",)
)
CHAMPION = """strategy: soft-digital-first
exclude: [dispute, hardship_plan, promise_live]
segments:
  - name: m1_high_balance
    when: "1 <= dpd <= 30 and balance >= 5000"
    sequence:
      - {day: 1, sms: reminder, at: "10:00"}
      - {day: 2, bot_call: m1, window: "18:00-20:30", attempts: 2}
      - {day: 4, call: negotiate, skill: senior, attempts: 2/day up to 4, retry: {no_answer: "+1d evening"}}
      - {day: 20, offer: {waive_fees: 0.5, valid_days: 7}}
    on:
      promise: {remind: -1d, check: +1d, broken: {call: firm, within: 1d}}
      hardship: {move_to: hardship_plan}
  - name: otherwise
    sequence: []
"""


def document(text, name="s.yaml"):
    return parse_yaml(text, Path(name))


def faults(text, bases=None, vocabulary=VOCABULARY):
    with pytest.raises(InputError) as caught:
        strategy_from(document(text), vocabulary, bases)
    return str(caught.value).splitlines()


def steps(*lines, head=""):
    body = "".join(f"      - {line}\n" for line in lines)
    return (
        f"strategy: s\n{head}segments:\n  - name: a\n    when: dpd > 0\n    sequence:\n{body}"
        "  - {name: otherwise, sequence: []}\n"
    )


def test_the_example_of_the_design_is_read_in_full():
    spec = strategy_from(document(CHAMPION), VOCABULARY)
    segment = spec.segments[0]
    sms, bot, call, offer = segment.sequence
    assert (spec.name, spec.exclude, segment.anchor) == ("soft-digital-first", DEFAULT_EXCLUDE, "entry")
    assert (sms.channel, sms.content, sms.at, bot.attempts) == ("sms", "reminder", "10:00", Attempts(2, 2))
    assert (call.attempts, call.retry, call.skill) == (
        Attempts(2, 4),
        {"no_answer": "+1d evening"},
        "senior",
    )
    assert (offer.channel, offer.offer.waive_fees, offer.offer.valid_days) == ("", 0.5, 7)
    assert (segment.on.promise.remind.content, segment.on.promise.remind.day) == ("promise_reminder", -1)
    assert [(r.content, r.within) for r in segment.on.promise.broken] == [("firm", 1)]
    assert segment.on.hardship[0].move_to == "hardship_plan"
    assert spec.where(("segments", 0, "on", "hardship", 0, "move_to")) == (
        "s.yaml:13 segments[0].on.hardship.move_to"
    )


def test_every_wrong_step_is_reported_at_its_line():
    said = faults(
        steps(
            '{day: 0, sms: remindr, at: "25:00"}',
            "{day: 1, smss: reminder, windw: x}",
            "{day: 1, sms: reminder, call: firm}",
            "{day: 2, call: firm, skill: seniour, attempts: 4/day up to 2, priority: 1000}",
            '{day: 2, call: firm, attempts: 2, retry: {no_answr: "+1d"}}',
            "{day: 1.5, sms: reminder}",
            "{day: 1}",
            "{day: 3, offer: {waive_fees: 50}}",
            "{day: 3, offer: {valid_days: 3}}",
            "{day: 3, sms: reminder, until: 9}",
            "{day: 9, sms: reminder, every: 2, until: 3}",
            "{day: 3, sms: reminder, every: 2, days_open: 3}",
            "{day: 3, offer: {waive_fees: 1}, attempts: 2}",
            '{day: 3, sms: reminder, at: "10:00", window: evening}',
            '{day: 3, call: firm, retry: {busy: "+20min"}}',
            head='windows: {lunch: "12:00-11:00"}\n',
        )
    )
    at = [line.split(":", 2)[1].split()[0] for line in said]
    assert at == [
        "2",
        "7",
        "8",
        "8",
        "9",
        "10",
        "10",
        "10",
        "11",
        "12",
        "13",
        "14",
        "15",
        "16",
        "17",
        "18",
        "19",
        "20",
        "21",
    ]
    text = "\n".join(said)
    for part in (
        "Did you mean `reminder`?",
        "Did you mean `sms`?",
        "Did you mean `window`?",
        "expected one channel",
        "Did you mean `senior`?",
        "The total may not be below",
        "a whole number from 0 to 999",
        "Did you mean `no_answer`?",
        "a whole number of days",
        "a step that does nothing",
        "A percentage? 50 % is 0.5.",
        "an offer of nothing",
        "`until` beside `every`",
        "The step ends before it begins",
        "overlap its next turn",
        "`attempts` without a channel",
        "`at` and `window`",
        "a retry of a single attempt",
        "A window over midnight is two.",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("window", "says"),
    [
        ("20:00-20:00", "Let it close after it opens."),
        ("21:00-09:00", "A window over midnight is two."),
        ("evning", "Did you mean `evening`?"),
        ("9-17", "a time of day"),
        ("10:00-24:30", "from 00:00 to 24:00"),
    ],
)
def test_a_window_that_never_opens_is_an_error(window, says):
    (line,) = faults(steps(f'{{day: 1, sms: reminder, window: "{window}"}}'))
    assert line.startswith("s.yaml:6 segments[0].sequence[0].window: got ")
    assert says in line


def test_the_whole_must_have_otherwise_last_unique_names_and_known_targets():
    segments = "strategy: s\nsegments:\n"
    a = "  - {name: a, when: dpd > 0, sequence: [], on: {refused: {move_to: c}}}\n"
    end = "  - {name: otherwise, sequence: []}\n"
    assert "a last segment named `otherwise`" in faults(segments + a.replace("c}", "hardship_plan}"))[0]
    assert (
        "`otherwise` as the last segment"
        in faults(segments + end + "  - {name: b, when: dpd > 1, sequence: []}\n")[0]
    )
    said = faults(segments + a + a + end)
    assert [line.split(": got ")[0] for line in said] == [
        "s.yaml:3 segments[0].on.refused.move_to",
        "s.yaml:4 segments[1].name",
        "s.yaml:4 segments[1].on.refused.move_to",
    ]
    assert (
        "no `when` in `otherwise`"
        in faults(segments + "  - {name: otherwise, when: dpd > 1, sequence: []}\n")[0]
    )
    assert "that nothing moves to" in faults(segments + "  - {name: b, sequence: []}\n" + end)[0]
    assert (
        "starts a plan"
        in faults(segments + "  - {name: hardship_plan, when: dpd > 1, sequence: []}\n" + end)[0]
    )
    assert "at least one item" in faults("strategy: s\nsegments: []\n")[0]


def test_conditions_are_checked_against_columns_with_python_and_protected_ones_refused():
    base = (
        'strategy: s\nexclude: [{exclude}]\nsegments:\n  - {{name: a, when: "{when}", sequence: []}}\n'
        "  - {{name: otherwise, sequence: []}}\n"
    )
    assert "a call in `open(dpd)`" in faults(base.format(exclude="dispute", when="open(dpd)"))[0]
    said = faults(base.format(exclude="disputed, balance", when="sex == 'f'"))
    assert said[0].startswith("s.yaml:2 exclude[0]: got the unknown name `disputed`")
    assert "Did you mean `dispute`?" in said[0]
    assert "a result that is a flag" in said[1]
    assert said[2].startswith("s.yaml:4 segments[0].when: got the protected column `sex`")
    allowed = Vocabulary(CHANNELS, None, VOCABULARY.columns)
    assert strategy_from(document(base.format(exclude="", when="sex == 'f'")), allowed).exclude == ()
    spec = strategy_from(document(base.format(exclude="", when="nonsense > 1")), Vocabulary(CHANNELS))
    with pytest.raises(InputError, match="unknown name `nonsense`"):
        check_columns(spec, view_columns(CHANNELS))


def test_reactions_do_one_thing_and_name_known_channels_and_events():
    def on(text):
        return faults(f"strategy: s\nsegments:\n  - {{name: otherwise, sequence: [], on: {text}}}\n")[0]

    assert "several things" not in on("{hardship: {}}")
    assert "a reaction that does nothing" in on("{hardship: {}}")
    assert "a reaction that does" in on("{hardship: {move_to: hardship_plan, stop: all}}")
    assert "Did you mean `sms`?" in on("{opt_out: {stop: [smss]}}")
    assert "Did you mean `hardship`?" in on("{hardshp: {stop: all}}")
    assert "A strategy plans by whole days." in on("{broken: {call: firm, within: 4h}}")
    assert "`broken` twice" in on("{broken: {call: firm}, promise: {broken: {call: firm}}}")
    assert "a day before the promise is due" in on("{promise: {remind: +1d}}")
    bare = Vocabulary({"call": ("firm",)})
    said = faults(
        "strategy: s\nsegments:\n  - {name: otherwise, sequence: [], on: {promise: {remind: -1d}}}\n",
        vocabulary=bare,
    )
    assert "No channel has a content named promise_reminder" in said[0]


def test_several_reactions_to_one_event_are_a_list():
    spec = strategy_from(
        document(
            "strategy: s\nsegments:\n  - name: otherwise\n    sequence: []\n"
            "    on: {hardship: [{sms: reminder}, {move_to: hardship_plan}]}\n"
        ),
        VOCABULARY,
    )
    assert [r.channel or r.move_to for r in spec.segments[0].on.hardship] == ["sms", "hardship_plan"]


def test_code_in_a_strategy_is_refused():
    assert "a strategy in YAML holds no code" in faults('strategy: s\npython: "module:Class"\n')[0]


def test_a_challenger_states_only_its_differences():
    bases = {"champion": document(CHAMPION, "champion.yaml")}
    child = document(
        """strategy: challenger
inherits: champion
exclude: [dispute]
segments:
  - {name: late, when: "dpd > 30", sequence: [{day: 1, sms: reminder}]}
  - {name: first, after: m1_high_balance, when: "dpd < 1", sequence: []}
  - name: m1_high_balance
    when: "dpd > 10"
""",
        "challenger.yaml",
    )
    spec = strategy_from(child, VOCABULARY, bases)
    assert [segment.name for segment in spec.segments] == ["m1_high_balance", "first", "late", "otherwise"]
    assert spec.segments[0].when == "dpd > 10"
    assert len(spec.segments[0].sequence) == 4
    assert spec.exclude == ("dispute",)
    assert spec.where(("segments", 0, "when")) == "challenger.yaml:8 segments[2].when"
    assert spec.where(("segments", 0, "sequence", 1, "bot_call")) == (
        "champion.yaml:8 segments[0].sequence[1].bot_call"
    )
    assert (
        spec.where(("segments", 2, "sequence", 0, "sms")) == "challenger.yaml:5 segments[0].sequence[0].sms"
    )
    wrong = document(
        "strategy: w\ninherits: champion\nsegments:\n  - {name: m1_high_balance, when: nope > 1}\n"
    )
    with pytest.raises(InputError, match=r"s.yaml:4 segments\[0\].when: got the unknown name `nope`"):
        strategy_from(wrong, VOCABULARY, bases)


def test_segments_are_dropped_by_remove_and_inheritance_may_be_deep():
    bases = {
        "champion": document(CHAMPION, "champion.yaml"),
        "middle": document("strategy: middle\ninherits: champion\nabout: between\n", "middle.yaml"),
    }
    spec = strategy_from(
        document(
            "strategy: leaf\ninherits: middle\nsegments:\n  - {name: m1_high_balance, remove: true}\n"
        ),
        VOCABULARY,
        bases,
    )
    assert ([segment.name for segment in spec.segments], spec.about) == (["otherwise"], "between")


def test_inheriting_from_nobody_or_in_a_circle_is_an_error():
    bases = {
        "champion": document(CHAMPION),
        "x": document("strategy: x\ninherits: y\n"),
        "y": document("strategy: y\ninherits: x\n"),
    }
    assert "Did you mean `champion`?" in faults("strategy: s\ninherits: champon\n", bases)[0]
    with pytest.raises(InputError, match="Break the circle"):
        inherited(bases["x"], bases)
    own = document("strategy: z\ninherits: champion\n")
    with pytest.raises(InputError, match="Break the circle"):  # the champion under its second name
        inherited(own, {"champion": own, "z": own})
    lines = {
        "{name: nope, remove: true}": "got nope",
        "{name: z, after: nope, when: dpd > 1, sequence: []}": "got nope",
        "{when: dpd > 1}": "a segment without a name",
    }
    for line, says in lines.items():
        assert says in faults(f"strategy: s\ninherits: champion\nsegments:\n  - {line}\n", bases)[0]


def test_a_file_is_loaded_from_its_path(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(CHAMPION, encoding="utf-8")
    assert load_strategy(path, VOCABULARY).name == "soft-digital-first"


@pytest.mark.parametrize(
    ("value", "means"),
    [
        (3, Attempts(3, 3)),
        ("2/day", Attempts(2, 2)),
        ("2/day up to 4", Attempts(2, 4)),
        ("1 per day up to 3", Attempts(1, 3)),
    ],
)
def test_attempts(value, means):
    assert attempts_of(value) == means


@pytest.mark.parametrize("value", [0, 101, True, "two", "0/day", "3/day up to 2", 1.5, None])
def test_wrong_attempts(value):
    with pytest.raises(BadValue):
        attempts_of(value)


@pytest.mark.parametrize(
    ("value", "means"),
    [
        ("+20min", Delay(seconds=1200)),
        ("+2h", Delay(seconds=7200)),
        ("+1d", Delay(days=1)),
        ("+1d evening", Delay(days=1, window="evening")),
        ("+2d 09:00-10:00", Delay(days=2, window="09:00-10:00")),
        ("none", None),
        (None, None),
    ],
)
def test_delays(value, means):
    assert delay_of(value, {"evening": "18:00-20:00"}) == means


@pytest.mark.parametrize("value", ["1d", "+0d", "+25h", "+1w", "+1d nigt", "+20min evening", "+400d", 3])
def test_wrong_delays(value):
    with pytest.raises(BadValue):
        delay_of(value, {"evening": "18:00-20:00"})


def test_windows_and_days():
    assert window_s("evening", {"evening": "18:00-20:30"}) == (64_800, 73_800)
    assert window_s("00:00-24:00", {}) == (0, 86_400)
    assert at_window_s("23:30") == (84_600, 86_400)
    assert (days_of("-1d"), days_of("+2d"), days_of("3d"), days_of(4)) == (-1, 2, 3, 4)
    for wrong in ("1h", "d", True, 1.5):
        with pytest.raises(BadValue):
            days_of(wrong)
