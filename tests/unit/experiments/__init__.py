"""Unit tests of `experiments`."""
