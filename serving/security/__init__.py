"""Who calls, what they may, how much of it, and over which transport."""
