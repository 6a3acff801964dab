"""One test module for each module of the packages, in the same place."""
