"""Sinks: what the log says, written to stores that others read."""
