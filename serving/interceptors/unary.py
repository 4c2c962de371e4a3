"""The shape of our interceptors: all methods are unary, so each is a function around the next."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import grpc

OURS: Final = "/recommender.v1."
"""What the methods of our services begin with; health and reflection are left alone."""

_HEALTH_CHECK: Final = "/HealthCheck"

Next: TypeAlias = Callable[[Any, grpc.aio.ServicerContext], Awaitable[Any]]


def is_open(method: str) -> bool:
    """Return whether anybody may call the method: whoever watches over a server has no tenant's key."""
    return method.endswith(_HEALTH_CHECK)


class UnaryInterceptor(grpc.aio.ServerInterceptor, ABC):  # type: ignore[misc]  # grpc has no types
    """Wraps every unary method of our services."""

    @abstractmethod
    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response: normally that of `call(request, context)`."""

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        """Return the method's handler, wrapped."""
        handler = await continuation(details)
        if handler is None or not details.method.startswith(OURS):
            return handler
        method, inner = details.method, handler.unary_unary

        async def wrapped(request: Any, context: grpc.aio.ServicerContext) -> Any:
            return await self.around(method, inner, request, context)

        return grpc.unary_unary_rpc_method_handler(
            wrapped,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )
