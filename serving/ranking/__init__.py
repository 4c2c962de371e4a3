"""Ranking: one ranker scores all candidates at once."""
