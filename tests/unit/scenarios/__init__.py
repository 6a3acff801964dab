"""Unit tests of the loader of packaged data."""
