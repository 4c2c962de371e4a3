"""Errors of deploy/experiments."""

from deploy.errors import DeployError


class NothingServedError(DeployError):
    """No list of the experiment is recorded, or all of them are still open. See that it has arms, that its scenarios
    are recorded, and that the attribution window has passed (--open counts lists whose window has not)."""
