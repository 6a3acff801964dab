"""Tests of strategies, with a view made of arrays and the battery that every strategy must pass."""
