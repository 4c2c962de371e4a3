"""Errors: the one table from errors to gRPC statuses."""

import logging
from typing import Any, Final

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage

from schemas.errors import InvalidFieldError, RegistryUnavailableError
from serving.api.recommender.v1.status_pb2 import BadRequest, Status
from serving.call import REQUEST_ID
from serving.errors import (
    DeadlineError,
    NotReadyError,
    OverloadedError,
    UnknownDecisionError,
    UnknownTenantError,
    VersionConflictError,
)
from serving.interceptors.unary import Next, UnaryInterceptor
from topics.errors import BrokerUnavailableError, DeliveryError

_LOG = logging.getLogger(__name__)

STATUSES: Final[dict[type[Exception], grpc.StatusCode]] = {
    InvalidFieldError: grpc.StatusCode.INVALID_ARGUMENT,
    UnknownTenantError: grpc.StatusCode.NOT_FOUND,
    UnknownDecisionError: grpc.StatusCode.NOT_FOUND,
    VersionConflictError: grpc.StatusCode.ABORTED,
    NotReadyError: grpc.StatusCode.UNAVAILABLE,
    BrokerUnavailableError: grpc.StatusCode.UNAVAILABLE,
    DeliveryError: grpc.StatusCode.UNAVAILABLE,
    RegistryUnavailableError: grpc.StatusCode.UNAVAILABLE,
    OverloadedError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    DeadlineError: grpc.StatusCode.DEADLINE_EXCEEDED,
}
"""By error class; a class not listed stands as its nearest base does, anything else is INTERNAL."""

DETAILS: Final = "grpc-status-details-bin"
"""Name of the metadata in which a refusal's details come."""

_BAD_REQUEST: Final = "type.googleapis.com/google.rpc.BadRequest"


class ErrorsInterceptor(UnaryInterceptor):
    """Turns what a method raises into a status; only errors of the table show their text to the client."""

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response, or abort the call."""
        try:
            return await call(request, context)
        except Exception as error:
            code = status_of(error)
            message = str(error)
            if code is grpc.StatusCode.INTERNAL:
                message = f"internal error; the server's log has it under request id {REQUEST_ID.get()}"
                _LOG.exception("%s failed, request id %s", method, REQUEST_ID.get())
            metadata = ((DETAILS, _details(code, message, error)),) if isinstance(error, InvalidFieldError) else ()
            await context.abort(code, message, metadata)


def status_of(error: Exception) -> grpc.StatusCode:
    """Return the status that the error means to a client."""
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return grpc.StatusCode.INTERNAL


def fields_of(details: bytes) -> list[str]:
    """Return the fields that the details of a refusal name."""
    named = []
    for detail in Status.FromString(details).details:
        named += [each.field for each in BadRequest.FromString(detail.value).field_violations]
    return named


def _details(code: grpc.StatusCode, message: str, error: InvalidFieldError) -> bytes:
    """Return a google.rpc.Status whose BadRequest names the field."""
    violation = BadRequest.FieldViolation(field=error.field, description=error.why)
    detail = AnyMessage(type_url=_BAD_REQUEST, value=BadRequest(field_violations=[violation]).SerializeToString())
    return bytes(Status(code=code.value[0], message=message, details=[detail]).SerializeToString())
