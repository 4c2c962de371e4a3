"""The proto package `recommender`."""
