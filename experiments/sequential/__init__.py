"""Looking at an experiment before its end: boundaries and always-valid inference."""
