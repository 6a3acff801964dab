"""Who is simulated: import of a portfolio file, or a synthetic draw from a spec."""
