"""Contact rules: packs as data, and the slow, obviously correct evaluator of an attempt against a history.

A modelling aid, not legal advice. `evaluate.check` is the reference that the gate of the simulation is held
against.
"""
