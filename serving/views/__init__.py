"""Read models that follow changelogs."""
