"""The console command as a user runs it."""
