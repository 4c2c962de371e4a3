"""Errors of deploy/replay."""

from deploy.errors import DeployError


class ReplayError(DeployError):
    """The past could not be replayed. The message says of which request; the log has the cause."""
