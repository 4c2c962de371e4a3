"""Jobs in the log: what may be asked for, what is said of each, and what that makes of it; for all who ask or work."""
