"""Unit tests of experiments.estimators."""
