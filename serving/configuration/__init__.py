"""Configuration while servers run: followed from the log, laid over the file, chosen by tenant, scenario and user."""
