"""One integer holds the place within a second; comparing integers compares (kind, pool, entity, ordinal)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sim.order import CHANNEL_BITS, ENTITY_BITS, NUMBER_BITS, ORDINAL_BITS, POOL_BITS, STEP_BITS, Kind, key, tie_of

PLACES = st.tuples(st.sampled_from(list(Kind)), st.integers(0, 2**POOL_BITS - 1), st.integers(0, 2**ENTITY_BITS - 1),
                   st.integers(0, 2**ORDINAL_BITS - 1))


def test_the_kinds_stand_in_the_documented_order():
    assert [kind.name for kind in sorted(Kind)] == [
        "OWN", "TICK", "ROSTER", "RELEASE", "OUTCOME", "FREE", "READ", "HANG_UP", "INBOUND", "RETRY", "SEND"]


@given(PLACES, PLACES)
def test_integers_compare_as_places_do(one, other):
    assert (key(*map(int, one)) < key(*map(int, other))) == (one < other)
    assert (key(*map(int, one)) == key(*map(int, other))) == (one == other)


@given(PLACES)
def test_the_parts_can_be_read_back(place):
    packed = key(*map(int, place))
    assert 0 <= packed < 2**63
    # As `desk_compiled.handle` reads them.
    assert (packed >> 59, packed >> 52 & 127, packed >> 20 & 0xFFFFFFFF, packed & 0xFFFFF) == place


def test_the_largest_key_fits_into_int64():
    assert key(int(Kind.SEND), 2**POOL_BITS - 1, 2**ENTITY_BITS - 1, 2**ORDINAL_BITS - 1) < 2**63
    assert key.py_func(10, 127, 2**32 - 1, 2**20 - 1) == key(10, 127, 2**32 - 1, 2**20 - 1)


TASKS = st.tuples(st.integers(0, 2**ENTITY_BITS - 1), st.integers(0, 2**CHANNEL_BITS - 1), st.integers(-1, 2**STEP_BITS - 2),
                  st.integers(0, 2**NUMBER_BITS - 1))


@given(TASKS, TASKS)
def test_no_two_tasks_tie(one, other):
    assert (tie_of(*one) == tie_of(*other)) == (one == other)
    assert (tie_of(*one) < tie_of(*other)) == (one < other)
    assert 0 <= tie_of(*one) < 2**63


def test_two_calls_of_one_person_in_one_second_are_told_apart():
    # Seen on the card portfolio: calls back after two missed calls, both at second 482,152; only their numbers differ.
    assert tie_of(3, 1, -1, 65_536) < tie_of(3, 1, -1, 65_537)
