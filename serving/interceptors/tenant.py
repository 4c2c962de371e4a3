"""Tenant: before any work. Every request of every method says whose it is."""

from typing import Any

import grpc

from schemas.tenancy import check_tenant
from serving.interceptors.unary import Next, UnaryInterceptor


class TenantInterceptor(UnaryInterceptor):
    """Refuses a request whose `tenant_id` is missing or malformed, before any method sees it."""

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response; raise InvalidFieldError, naming tenant_id."""
        check_tenant(request.tenant_id)
        return await call(request, context)
