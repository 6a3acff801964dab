"""Tests of what is simulated: specs and their reading."""
