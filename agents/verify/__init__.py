"""Verify: whether the live tables are what the log gives, shown by a rebuild of them, row by row."""
