"""Values from outside this project, transcribed independently."""
