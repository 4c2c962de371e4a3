"""Experiments: what came of the lists of each arm."""
