"""Duecourse on the shared workload: both desks do the same, and what the workload lacks does not happen."""

from __future__ import annotations

from collections import Counter

from benchmarks import engine
from benchmarks.workload import CallCentre
from sim.codes import Outcome, Row
from sim.run import simulate
from sim.spec.scenario import Seeds
from sim.strategies.protocol import Window
from sim.world import luck_of

CENTRE = CallCentre.sized(400)


def run(desk):
    """One run of the small workload on a desk."""
    strategy = engine.CallEverybody(Window(CENTRE.opening_s, CENTRE.closing_s))
    return simulate(engine.setting_of(CENTRE), [strategy], luck_of(Seeds(), 0), engine=desk)


def test_both_desks_write_the_same_log():
    """Digests are equal, and so are the counts of every row of the benchmark."""
    assert run("compiled").digest == run("reference").digest
    assert engine.compiled(CENTRE, 3) == engine.reference(CENTRE, 3) == engine.compiled_campaign(CENTRE, 3)


def test_nothing_happens_that_the_workload_does_not_have():
    """Only entries, plans, calls that ring out or are answered by the right person, and payments in full."""
    rows = run("compiled").rows
    kinds = Counter(Row(kind).name for kind in rows["row"].tolist())
    assert set(kinds) - {"STARVED"} == {"ENTRY", "PLANNED", "ATTEMPT", "PAYMENT", "CURED"}
    assert kinds["ENTRY"] == CENTRE.borrowers
    assert kinds["PAYMENT"] == kinds["CURED"]
    attempts = rows[rows["row"] == Row.ATTEMPT]
    assert set(attempts["outcome"].tolist()) == {Outcome.NO_ANSWER, Outcome.CONVERSATION}
    assert set(attempts["lead_s"].tolist()) == {25}
    assert set(attempts["wrap_s"][attempts["outcome"] == Outcome.CONVERSATION].tolist()) == {30}


def test_calls_begin_in_opening_hours_only():
    """Also where the list is longer than the day; everybody is called at most once a day."""
    centre = CallCentre(borrowers=2_000, agents=2, days=2)
    strategy = engine.CallEverybody(Window(centre.opening_s, centre.closing_s))
    rows = simulate(engine.setting_of(centre), [strategy], luck_of(Seeds(), 0)).rows
    attempts = rows[rows["row"] == Row.ATTEMPT]
    second = attempts["t_s"] % 86_400
    assert second.min() == centre.opening_s
    assert second.max() < centre.closing_s
    calls = Counter(zip(attempts["person"].tolist(), (attempts["t_s"] // 86_400).tolist(), strict=True))
    assert max(calls.values()) == 1
    # Who could not be called is counted: planned = called + starved.
    assert (rows["row"] == Row.PLANNED).sum() == len(attempts) + (rows["row"] == Row.STARVED).sum()
