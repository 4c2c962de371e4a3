"""Tenant: every request says whose it is, but for the few that concern all tenants."""

from functools import cache
from typing import Any, Final

import grpc
from google.protobuf.descriptor import Descriptor

from schemas.tenancy import check_tenant
from serving.interceptors.unary import Next, UnaryInterceptor

FIELD: Final = "tenant_id"


def tenant_of(request: Any) -> str | None:
    """Return the tenant that the request names; None for a kind of request that names none.

    Raises InvalidFieldError, naming tenant_id, if it is missing or malformed.
    """
    return check_tenant(request.tenant_id) if _names_a_tenant(request.DESCRIPTOR) else None


@cache
def _names_a_tenant(kind: Descriptor) -> bool:
    """Return whether messages of this kind have the field."""
    return FIELD in kind.fields_by_name


HEALTH_CHECK: Final = "/HealthCheck"
"""What the one method of each service that is about the process, and so about no tenant, ends with."""


class TenantInterceptor(UnaryInterceptor):
    """Refuses a request whose `tenant_id` is missing or malformed, before any method but HealthCheck sees it."""

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response; raise InvalidFieldError, naming tenant_id."""
        if not method.endswith(HEALTH_CHECK):
            tenant_of(request)
        return await call(request, context)
