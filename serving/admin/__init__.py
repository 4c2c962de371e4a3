"""What operators change while the servers run."""
