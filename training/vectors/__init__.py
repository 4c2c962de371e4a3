"""Vectors of items and users, made by released models and published to the log."""
