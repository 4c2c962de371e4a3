"""What features read of a request."""
