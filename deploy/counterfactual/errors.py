"""Errors of deploy/counterfactual."""

from deploy.errors import DeployError


class NoRerunError(DeployError):
    """The records do not hold what the configuration needs, or there are none. The message says which value it is;
    release the model and serve with it, or take another value."""
