"""Speed of this engine and of its peers, measured as ratios within one run."""
