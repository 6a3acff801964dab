"""Tables, HTML and Excel reports of runs and experiments."""
