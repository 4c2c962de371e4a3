"""Administration: what operators change while servers run."""
