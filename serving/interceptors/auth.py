"""Auth: who calls is known, and may do what it asks, before anything of the request is looked at."""

from typing import Any

import grpc

from serving.call import CREDENTIAL
from serving.credentials import AUTHORIZATION
from serving.errors import PermissionDeniedError, UnauthenticatedError
from serving.interceptors.tenant import tenant_of
from serving.interceptors.unary import Next, UnaryInterceptor, is_open
from serving.metrics import Metrics
from serving.security.caller import Doorkeeper, check_access
from serving.security.certificates import tenant_named


class AuthInterceptor(UnaryInterceptor):
    """Lets a call in whose key, token or certificate is one of the tenant that it names, or an operator's."""

    def __init__(self, doorkeeper: Doorkeeper, certificate_tenant: str, metrics: Metrics) -> None:
        """Take who tells callers apart, where certificates name a tenant (`AuthSettings`), and what to count in."""
        self._doorkeeper = doorkeeper
        self._certificate_tenant = certificate_tenant
        self._metrics = metrics

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response; raise UnauthenticatedError, PermissionDeniedError or InvalidFieldError."""
        if is_open(method):
            return await call(request, context)
        try:
            sent = _authorization(context)
            caller = self._doorkeeper.caller(sent, self._certified(context))
            check_access(caller, method, tenant_of(request))
        except UnauthenticatedError:
            self._metrics.refusals.labels("unauthenticated").inc()
            raise
        except PermissionDeniedError:
            self._metrics.refusals.labels("denied").inc()
            raise
        CREDENTIAL.set(sent or "")
        return await call(request, context)

    def _certified(self, context: grpc.aio.ServicerContext) -> str | None:
        where = self._certificate_tenant
        return tenant_named(where, context.auth_context()) if where else None


def _authorization(context: grpc.aio.ServicerContext) -> str | None:
    """Return what was sent as authorization; raise UnauthenticatedError for two, of which only one can be meant."""
    sent = [value for name, value in context.invocation_metadata() or () if name == AUTHORIZATION]
    if len(sent) > 1:
        raise UnauthenticatedError("authorization must be sent once")
    return str(sent[0]) if sent else None
