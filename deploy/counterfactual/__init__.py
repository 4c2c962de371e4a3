"""What another configuration would have shown, by the records of what was decided."""
