"""Where records live: topics, keys, headers, producers and readers."""
