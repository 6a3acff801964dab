"""The shared call-centre workload states its sizes and refuses those on which its counts would mislead."""

from __future__ import annotations

import math

import pytest

from benchmarks.workload import CallCentre


def test_full_size_is_the_published_one():
    """20,000 borrowers, 50 agents, 30 days, 09:00 to 18:00."""
    centre = CallCentre.sized(20_000)
    assert centre == CallCentre()
    assert (centre.agents, centre.days, centre.opening(1), centre.closing(0)) == (50, 30, 118_800, 64_800)


def test_mean_of_talk_does_not_depend_on_its_spread():
    """exp(mu + sigma^2 / 2) is the stated mean."""
    for sigma in (0.1, 0.8, 1.5):
        centre = CallCentre(talk_sigma_log=sigma)
        assert math.exp(centre.talk_mu_log + sigma**2 / 2) == pytest.approx(180.0, rel=1e-12)


@pytest.mark.parametrize(("borrowers", "agents", "days"), [(9, 1, 1), (400, 0, 1), (400, 1, 0)])
def test_too_small_is_refused(borrowers, agents, days):
    """Fewer than ten borrowers for an agent, no agent and no day are errors."""
    with pytest.raises(ValueError, match="expected at least"):
        CallCentre(borrowers=borrowers, agents=agents, days=days)
