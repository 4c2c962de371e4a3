"""The batch runtime: whole fetched batches, and one fixed order from fold to commit."""
