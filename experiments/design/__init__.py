"""Sample size, power and assignment of experiments."""
