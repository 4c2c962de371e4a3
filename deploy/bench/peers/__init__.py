"""Other engines at the same job, on the same broker: found, set up in a cache, run, and believed only when whole."""
