"""The contract over time: what was released stays as it was."""
