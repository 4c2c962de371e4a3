"""What the services of all packages have in common, by version."""
