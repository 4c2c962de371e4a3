"""Errors of deploy/load."""

from deploy.errors import DeployError


class LoadError(DeployError):
    """A data set cannot be loaded at all: a file or a column is missing. The message names it; check the folder.

    A single bad row is no error: it is reported with its place, counted, and the rest goes on.
    """
