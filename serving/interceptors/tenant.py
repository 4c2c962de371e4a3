"""Tenant: innermost. Every request of every method says whose it is."""

from typing import Any, Final

import grpc

from schemas.tenancy import check_tenant
from serving.interceptors.unary import Next, UnaryInterceptor

HEALTH_CHECK: Final = "/HealthCheck"
"""What the one method of each service that is about the process, and so about no tenant, ends with."""


class TenantInterceptor(UnaryInterceptor):
    """Refuses a request whose `tenant_id` is missing or malformed, before any method but HealthCheck sees it."""

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response; raise InvalidFieldError, naming tenant_id."""
        if not method.endswith(HEALTH_CHECK):
            check_tenant(request.tenant_id)
        return await call(request, context)
