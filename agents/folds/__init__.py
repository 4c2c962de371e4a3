"""Folds: pure functions from a row and its events to the row as it then stands, whatever the events' order."""
