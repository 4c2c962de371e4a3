"""What the tables hold, read from their changelogs alone: rows, and digests of all rows."""
