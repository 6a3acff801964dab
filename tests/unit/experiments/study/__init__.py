"""Studies: loading, outcomes, fitting, frozen predictions."""
