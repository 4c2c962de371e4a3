"""Errors of deploy/audit."""

from deploy.errors import DeployError


class AuditError(DeployError):
    """Nothing can be audited: no decision of the log has features. Configure a ranker whose model is released."""
