"""Metrics of recommendation: pure functions of lists and of what was relevant."""
