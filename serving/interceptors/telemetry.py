"""Telemetry: outermost. Counts and times every call by its final status, and gives it its request id."""

import time
from typing import Any, Final

import grpc
from uuid_utils import uuid7

from schemas.errors import InvalidFieldError
from schemas.text import check_name
from schemas.validation import MAX_REQUEST_ID
from serving.call import REQUEST_ID
from serving.interceptors.unary import Next, UnaryInterceptor
from serving.metrics import Metrics

REQUEST_ID_HEADER: Final = "x-request-id"


class TelemetryInterceptor(UnaryInterceptor):
    """Counts calls by method and status."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response; the request id is the client's where it sent a valid one."""
        REQUEST_ID.set(_request_id(context))
        began = time.perf_counter()
        code = grpc.StatusCode.CANCELLED  # stands unless the call ends by itself
        try:
            response = await call(request, context)
            code = grpc.StatusCode.OK
            return response
        except grpc.aio.AbortError:
            code = context.code()
            raise
        finally:
            self._metrics.calls.note(method, code.name)
            self._metrics.call_seconds.note(time.perf_counter() - began, method)


def _request_id(context: grpc.aio.ServicerContext) -> str:
    for name, value in context.invocation_metadata() or ():
        if name == REQUEST_ID_HEADER:
            try:
                check_name(value, REQUEST_ID_HEADER, MAX_REQUEST_ID)
            except InvalidFieldError:
                break
            return str(value)
    return str(uuid7())
