"""Errors of deploy/evaluation."""

from deploy.errors import DeployError


class EvaluationError(DeployError):
    """The log cannot be evaluated: it has too few users, items or events. The message says what it has and needs."""
