"""What a run shows: its figures and its page."""
