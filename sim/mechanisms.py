"""Lowering of the mechanisms that a scenario switches on: zeros where they are off."""

from __future__ import annotations

import numpy as np

from sim.spec.behaviour import Behaviour
from sim.state import MECHANISM, Records


def lower_mechanisms(behaviour: Behaviour) -> Records:
    """Return the values of mechanisms, MECHANISM (1,)."""
    record = np.zeros(1, MECHANISM)
    if behaviour.backfire is not None and behaviour.backfire.on:
        record["backfire"] = behaviour.backfire.strength.value
        record["backfire_missed"] = behaviour.backfire.missed_weight.value
    return record
