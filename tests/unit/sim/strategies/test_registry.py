"""Strategies by name: built in, or registered by another package under the group `duecourse.strategies`."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from sim.errors import InputError
from sim.strategies import registry
from sim.strategies.protocol import DoNothing


class Registered(DoNothing):
    """Stands in for a class of another package."""


@pytest.fixture
def points(monkeypatch):
    here = Registered.__module__
    monkeypatch.setitem(sys.modules, here, sys.modules[here])
    made = EntryPoints(
        [
            EntryPoint("gentle", f"{here}:Registered", registry.GROUP),
            EntryPoint("broken", f"{here}:Missing", registry.GROUP),
            EntryPoint("number", "builtins:int", registry.GROUP),
        ]
    )
    monkeypatch.setattr(registry, "entry_points", lambda group: made.select(group=group))


def test_do_nothing_is_built_in():
    assert isinstance(registry.registered_strategy("do_nothing", "s.yaml:3"), DoNothing)
    assert "do_nothing" in registry.registered_names()


@pytest.mark.usefixtures("points")
def test_a_registered_class_is_made_by_its_name():
    assert isinstance(registry.registered_strategy("gentle", "s.yaml:3"), Registered)
    assert registry.registered_names() == ("broken", "do_nothing", "gentle", "number")


@pytest.mark.usefixtures("points")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gentel", "Did you mean `gentle`?"),
        ("broken", "AttributeError"),
        ("number", "a class with name, steps"),
    ],
)
def test_unknown_or_unfit_names_are_input_errors(name, says):
    with pytest.raises(InputError, match=r"s\.yaml:3") as caught:
        registry.registered_strategy(name, "s.yaml:3")
    assert says in str(caught.value)
