"""Tasks: what the one training loop is given; a module, its batches, its loss and its validation."""
