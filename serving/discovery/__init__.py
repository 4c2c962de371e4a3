"""Discovery: where the other services are, by what the process runs on."""
