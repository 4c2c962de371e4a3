"""Features: what models read of a moment, computed by the same code in training and in serving."""
