"""Limits: innermost. No tenant takes more than its share of the server."""

from typing import Any

import grpc

from serving.errors import LimitedError
from serving.interceptors.tenant import tenant_of
from serving.interceptors.unary import Next, UnaryInterceptor
from serving.metrics import Metrics
from serving.security.limits import Limiter


class LimitsInterceptor(UnaryInterceptor):
    """Refuses the calls of a tenant that are more than it may make a second, or at once."""

    def __init__(self, limiter: Limiter, metrics: Metrics) -> None:
        self._limiter = limiter
        self._metrics = metrics

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response; raise LimitedError. What names no tenant is an operator's, and not limited."""
        tenant = tenant_of(request)
        if tenant is None:
            return await call(request, context)
        try:
            self._limiter.enter(tenant)
        except LimitedError:
            self._metrics.refusals.labels("limited").inc()
            raise
        try:
            return await call(request, context)
        finally:
            self._limiter.leave(tenant)
