"""Jobs: what is to be done, who does it, and what came of it, all of it events in the log."""
