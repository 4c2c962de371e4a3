"""Errors of deploy/bench."""

from deploy.errors import DeployError


class BenchError(DeployError):
    """A benchmark has no figure to give. The message says which one and why."""


class WrongTablesError(BenchError):
    """The tables are not what a single-process fold of the same events gives. No rate is worth anything then: it is a
    fault of the worker; the message names the tables."""


class NotDoneError(BenchError):
    """The worker did not come to the end of the log in time. Look at its log, which the message ends with."""


class TooFewEventsError(BenchError):
    """All was done before the clock could be read twice. Ask for more events."""


class PeerError(BenchError):
    """A peer was there but did not do its job. The message ends with its output's last lines."""


class PeerAbsentError(BenchError):
    """A peer cannot be run here: its script, its engine or its compiler is missing. It is reported as absent."""
