"""Fold the log into tables: pure folds, the batch runtime that runs them, and the agents that join the two."""
