"""Effects, standard errors and intervals from outcome tables."""
