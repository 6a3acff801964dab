"""Unit tests of experiments.sequential."""
