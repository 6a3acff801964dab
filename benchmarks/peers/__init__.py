"""The shared workload, written as a textbook would with each tool. One file for each implementation.

Every module has one function `simulate(centre, seed) -> Tally` and imports its tool only when it is imported.
"""
