"""Reference and compiled engine agree to the bit."""
