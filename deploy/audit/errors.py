"""Errors of deploy/audit."""

from deploy.errors import DeployError


class AuditError(DeployError):
    """Nothing can be audited: no decision of the log has features. Configure a ranker whose model is released."""


class UnknownRequestError(DeployError):
    """The log has no decision of that request. See that the id and the tenant are right; a record may come a second
    after its answer, and scenarios may be configured not to be recorded."""
