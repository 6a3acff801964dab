"""Closed forms that a simulation must meet within a stated false-alarm rate."""
