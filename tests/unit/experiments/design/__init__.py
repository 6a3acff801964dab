"""Unit tests of experiments.design."""
