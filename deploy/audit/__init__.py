"""The audit: what rankers read is computed again from the log, and must be the same."""
