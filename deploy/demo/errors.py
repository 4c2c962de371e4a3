"""Errors of deploy/demo."""

from deploy.errors import DeployError


class DemoError(DeployError):
    """Something did not hold that the demonstration shows. The message says what, and where the log of it is."""


class ChildEndedError(DemoError):
    """The worker or the server ended, or did not end when told to. The message ends with its log's last lines."""


class NotCaughtUpError(DemoError):
    """The tables did not reach the end of the log in time. The message says which partitions are behind."""


class NeverChangedError(DemoError):
    """A recommendation stayed as it was after an event that has to change it."""
