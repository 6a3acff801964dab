"""Every peer implementation conserves what it counts, repeats itself, and agrees with the others."""

from __future__ import annotations

import pytest

from benchmarks import agreement, harness
from benchmarks.implementations import BASELINE, IMPLEMENTATIONS
from benchmarks.workload import CallCentre

BORROWERS = 2_000
ROUNDS = 4
# In this process: quick to import, no warnings of their own. The others are measured as the benchmark does.
DIRECT = ("duecourse_compiled", "duecourse_campaign", "duecourse_reference", "c_heap", "numba_heap", "heapq_loop",
          "simpy_per_agent", "simpy_per_borrower")
OUTSIDE = tuple(known.name for known in IMPLEMENTATIONS if known.name not in DIRECT)


def implementation(name):
    """The implementation of that name; skips the test where what it needs is not installed."""
    found = next(known for known in IMPLEMENTATIONS if known.name == name)
    if found.missing():
        pytest.skip(found.missing())
    return found


def check_conserves(tally, centre):
    """attempts >= contacts >= payers > 0, nobody pays twice, nobody is called twice a day."""
    assert tally.attempts >= tally.contacts >= tally.payers > 0
    assert tally.payers <= centre.borrowers
    assert tally.attempts <= centre.borrowers * centre.days
    longest_s = centre.days * (centre.closing_s - centre.opening_s)
    assert 0 < tally.listing_s < longest_s + centre.days * 3_600
    assert tally.talk_s > 0


@pytest.fixture(scope="module")
def baseline():
    """The row of the baseline, ROUNDS runs with seeds of their own."""
    centre = CallCentre.sized(BORROWERS)
    simulate = BASELINE.load()
    return row_of(BASELINE, centre, tuple(simulate(centre, 9_000 + seed) for seed in range(ROUNDS)))


def row_of(chosen, centre, tallies):
    """A row of the benchmark with counts only: times play no part in agreement."""
    spread = harness.Spread(1.0, 1.0, 1.0)
    return harness.Row(harness.Entry("call_centre", chosen, centre), spread, spread, 0.0, tallies)


@pytest.mark.parametrize("name", DIRECT)
def test_counts_are_conserved_and_repeatable(name):
    """Also where the day ends before the list does, and with a single agent."""
    simulate = implementation(name).load()
    for centre in (
        CallCentre.sized(400),
        CallCentre(borrowers=300, agents=10),
        CallCentre(borrowers=900, agents=1),
    ):
        tally = simulate(centre, 5)
        check_conserves(tally, centre)
        assert simulate(centre, 5) == tally
        assert simulate(centre, 6) != tally


@pytest.mark.parametrize("name", DIRECT)
def test_a_single_agent_has_nothing_in_progress_when_the_list_ends(name):
    """With one agent, seconds worked and seconds until the list ends are the same number."""
    centre = CallCentre.sized(400)
    tally = implementation(name).load()(centre, 11)
    assert agreement.in_progress_s(centre, tally) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("name", DIRECT)
def test_agrees_with_the_baseline(name, baseline):
    """Null: the same law. n = 4 runs of 2,000 borrowers and 30 days; false-alarm rate 1e-6 for all tests."""
    chosen = implementation(name)
    centre = CallCentre.sized(BORROWERS)
    simulate = chosen.load()
    row = row_of(chosen, centre, tuple(simulate(centre, 100 + seed) for seed in range(ROUNDS)))
    rows = [row, baseline] if chosen != BASELINE else [baseline]
    assert agreement.check(rows).failed == ()


@pytest.mark.parametrize("name", OUTSIDE)
def test_outside_peer_conserves_and_agrees(name, baseline):
    """As above for packages that need not be installed, measured once in a process of its own."""
    chosen = implementation(name)
    entry = harness.Entry("call_centre", chosen, CallCentre.sized(BORROWERS))
    measurement = harness.run_child(entry, 0, seed=17)
    check_conserves(measurement.tally, entry.centre)
    assert agreement.check([row_of(chosen, entry.centre, (measurement.tally,)), baseline]).failed == ()


def test_closing_time_cuts_the_list():
    """Two agents cannot call 2,000 borrowers a day: 18:00 comes first and a third of them waits."""
    centre = CallCentre(borrowers=2_000, agents=2, days=2)
    for name in DIRECT:
        tally = implementation(name).load()(centre, 3)
        assert tally.attempts < centre.borrowers * 2 * 2 / 3
        assert tally.listing_s >= 2 * (centre.closing_s - centre.opening_s)
