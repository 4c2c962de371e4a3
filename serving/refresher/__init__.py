"""Lists made ahead of the request: a client of the recommender, with a consumer group of its own."""
