"""What a schema must be and how it may change: checked without a registry, as a second opinion to it."""
