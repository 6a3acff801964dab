"""Mechanisms that a scenario switches on. Off is exact: nothing is drawn, nothing is looked at, no trajectory changes.

A section that is off keeps its values, ranges and sources in `scenarios/base.yaml`, so that a scenario needs no more than
`on: true`. What each does stands in `sim/MODEL.md`.
"""

from __future__ import annotations

from sim.spec.values import Factor, Spec


class Switch(Spec):
    """A mechanism."""

    on: bool = False


class Backfire(Switch):
    """Contact beyond what a person bears works against itself."""

    strength: Factor
    """Taken off a contact's effect for each tolerance of pressure beyond the first; the effect may turn negative."""
    missed_weight: Factor
    """Pressure of an attempt that reached nobody, in units of the channel's contacts: a telephone that rings presses too."""
