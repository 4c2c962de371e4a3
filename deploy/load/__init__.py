"""Put data sets into the log: each loader turns rows into events, and the rows' own identity into event ids."""
