"""Behaviour: what users do goes into the log."""
