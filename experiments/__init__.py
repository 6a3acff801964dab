"""The question: designs, estimators, truth, comparison, reports and the command line."""
