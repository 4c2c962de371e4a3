"""Recall models that are fitted rather than trained: each reads interactions and gives a model for serving."""
