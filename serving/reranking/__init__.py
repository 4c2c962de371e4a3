"""Reranking: rules take candidates out (filters) or put them in another order."""
