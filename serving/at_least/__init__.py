"""At least as new: reads wait until the state that they answer from holds given places of the log."""
