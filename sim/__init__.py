"""Duecourse's world: borrowers, channels, desks and rules; it knows nothing of experiments."""
