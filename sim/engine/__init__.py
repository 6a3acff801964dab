"""The campaign loop, the order of events, and the desk: SimPy reference and compiled."""
