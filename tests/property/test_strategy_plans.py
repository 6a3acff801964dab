"""Whatever a planner writes, and whoever is in the portfolio: plans keep their contract."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.spec.strategy_source import strategy_from
from sim.spec.yaml_source import Document, parse_yaml
from sim.strategies.yaml_strategy import YamlStrategy
from tests.unit.sim.strategies.battery import check_strategy
from tests.unit.sim.strategies.views import CHANNELS, VOCABULARY, TableView, random_view

channel = st.sampled_from(sorted(CHANNELS)).flatmap(
    lambda name: st.sampled_from(CHANNELS[name]).map(lambda content: {name: content})
)
window = st.one_of(
    st.sampled_from(("morning", "evening", "day")),
    st.tuples(st.integers(0, 12), st.integers(13, 24)).map(lambda t: f"{t[0]:02d}:00-{t[1]:02d}:00"),
)


@st.composite
def step(draw):
    anchor = draw(st.sampled_from(("entry", "dpd", "payday", "promise_due", "last_payment")))
    low, high = {"entry": (1, 60), "payday": (-9, 0), "last_payment": (0, 20), "promise_due": (-3, 2)}.get(
        anchor, (0, 90)
    )
    out = {"day": draw(st.integers(low, high)), "anchor": anchor, "window": draw(window), **draw(channel)}
    per_day = draw(st.integers(1, 3))
    out["attempts"] = f"{per_day}/day up to {per_day + draw(st.integers(0, 3))}"
    if draw(st.booleans()):
        out["every"] = draw(st.integers(1, 15))
        out["days_open"] = draw(st.integers(1, out["every"]))
    return out


reaction = st.one_of(
    channel, st.just({"move_to": "hardship_plan"}), st.just({"move_to": "last"}), st.just({"stop": "all"})
)
on = st.dictionaries(
    st.sampled_from(("broken", "hardship", "refused", "opt_out", "complaint")), reaction, max_size=3
)
segment = st.fixed_dictionaries(
    {
        "when": st.sampled_from(
            (
                "dpd > 60",
                "balance >= 5000",
                "number_valid and dpd <= 30",
                "contacts_call == 0",
                "reason in ['shock']",
                "dispute or promises_broken > 1",
            )
        ),
        "sequence": st.lists(step(), max_size=3),
        "on": on,
    }
)
strategies = st.fixed_dictionaries(
    {
        "exclude": st.lists(
            st.sampled_from(("dispute", "hardship_plan", "promise_live", "complaint", "balance < 100")),
            unique=True,
        ),
        "segments": st.lists(segment, min_size=1, max_size=3),
    }
)


def build(data):
    segments = [{"name": f"s{k}", **body} for k, body in enumerate(data["segments"])]
    whole = {
        "strategy": "generated",
        **data,
        "segments": [
            *segments,
            {"name": "last", "when": "dpd < 0", "sequence": []},
            {"name": "otherwise", "sequence": []},
        ],
    }
    return YamlStrategy(strategy_from(Document(whole, Path("generated.yaml")), VOCABULARY), VOCABULARY)


@settings(deadline=None)
@given(strategies, st.integers(0, 2**32 - 1))
def test_generated_strategies_pass_the_battery(data, seed):
    check_strategy(build(data), random_view(60, seed))


@settings(deadline=None)
@given(strategies, st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_attempts_of_a_firing_never_exceed_their_total(data, seed, days):
    """Nobody is ever reached, the worst case for attempts. Days pass, each plan is carried out."""
    strategy = build(data)
    view = random_view(30, seed)
    for _ in range(days):
        plan = strategy.plan(view)
        view.carry_out(strategy, plan, np.zeros(len(plan.row), bool))
        for number, item in enumerate(strategy.steps):
            assert (view.step_attempts(number) <= item.attempts_total).all()
        view = view.later()


@settings(deadline=None)
@given(step(), st.integers(1, 90))
def test_a_step_that_happens_once_reaches_an_account_at_most_once(body, days):
    body.pop("every", None)
    body |= {"anchor": "entry", "day": 1 + abs(body["day"])}
    strategy = build({"exclude": [], "segments": [{"when": "dpd >= 0", "sequence": [body], "on": {}}]})
    view, contacts = TableView(1, {"dpd": np.array([3]), "entry_day": np.array([1])}), 0
    for _ in range(days):
        plan = strategy.plan(view)
        contacts += len(plan.row)
        view.carry_out(strategy, plan, np.ones(len(plan.row), bool))
        view = view.later()
    assert contacts == (1 if days >= body["day"] else 0)


@settings(deadline=None)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=8)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    (
                        "strategy",
                        "segments",
                        "name",
                        "when",
                        "sequence",
                        "on",
                        "day",
                        "sms",
                        "retry",
                        "attempts",
                        "window",
                        "promise",
                        "broken",
                        "move_to",
                        "exclude",
                        "inherits",
                    )
                ),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=12,
    )
)
def test_any_data_is_a_strategy_or_an_input_error(data):
    base = parse_yaml("strategy: base\nsegments:\n  - {name: otherwise, sequence: []}\n", Path("base.yaml"))
    try:
        found = strategy_from(Document(data, Path("any.yaml")), VOCABULARY, {"base": base})
    except InputError:
        return
    assert found.segments[-1].name == "otherwise"
