"""The shape of our interceptors: all methods are unary, so each is a function around the next."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

import grpc

OURS: Final = "/recommender.v1."
"""What the methods of our services begin with; health and reflection are left alone."""

_HEALTH_CHECK: Final = "/HealthCheck"

Next: TypeAlias = Callable[[Any, grpc.aio.ServicerContext], Awaitable[Any]]


def is_open(method: str) -> bool:
    """Return whether anybody may call the method: whoever watches over a server has no tenant's key."""
    return method.endswith(_HEALTH_CHECK)


class UnaryInterceptor(ABC):
    """Stands around every unary method of our services."""

    @abstractmethod
    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response: normally that of `call(request, context)`."""


class Interceptors(grpc.aio.ServerInterceptor):  # type: ignore[misc]  # grpc has no types
    """All interceptors as one. gRPC asks for a handler with each call, and each of several would make one anew."""

    def __init__(self, interceptors: Sequence[UnaryInterceptor]) -> None:
        """Take the interceptors, the first outermost."""
        self._interceptors = tuple(interceptors)
        self._wrapped: dict[str, Any] = {}

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        """Return the method's handler with all interceptors around it, made at the first call of the method."""
        method = details.method
        if (known := self._wrapped.get(method)) is not None:
            return known
        handler = await continuation(details)
        if handler is None or not method.startswith(OURS):
            return handler
        call: Next = handler.unary_unary
        for interceptor in reversed(self._interceptors):
            call = partial(interceptor.around, method, call)
        self._wrapped[method] = grpc.unary_unary_rpc_method_handler(
            call, request_deserializer=handler.request_deserializer, response_serializer=handler.response_serializer
        )
        return self._wrapped[method]
