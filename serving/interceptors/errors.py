"""Errors: the one table from errors to gRPC statuses."""

import logging
import math
from typing import Any, Final

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from schemas.errors import InvalidFieldError, RegistryUnavailableError
from serving.api.recommender.v1.status_pb2 import BadRequest, RetryInfo, Status
from serving.call import REQUEST_ID
from serving.errors import (
    AlreadyExistsError,
    DeadlineError,
    IndexUnavailableError,
    LimitedError,
    NoIndexError,
    NotReadyError,
    NoVectorError,
    OverloadedError,
    PermissionDeniedError,
    TooManyKeysError,
    UnauthenticatedError,
    UnknownDecisionError,
    UnknownItemError,
    UnknownModelError,
    UnknownTenantError,
    UnknownVersionError,
    VersionConflictError,
    WrongModelError,
)
from serving.interceptors.unary import Next, UnaryInterceptor
from topics.errors import BrokerUnavailableError, DeliveryError, StalledError, UnknownJobError
from training.errors import NoReleaseError, WorseModelError

_LOG = logging.getLogger(__name__)

STATUSES: Final[dict[type[Exception], grpc.StatusCode]] = {
    InvalidFieldError: grpc.StatusCode.INVALID_ARGUMENT,
    UnauthenticatedError: grpc.StatusCode.UNAUTHENTICATED,
    PermissionDeniedError: grpc.StatusCode.PERMISSION_DENIED,
    TooManyKeysError: grpc.StatusCode.FAILED_PRECONDITION,
    UnknownTenantError: grpc.StatusCode.NOT_FOUND,
    UnknownVersionError: grpc.StatusCode.NOT_FOUND,
    UnknownItemError: grpc.StatusCode.NOT_FOUND,
    AlreadyExistsError: grpc.StatusCode.ALREADY_EXISTS,
    UnknownJobError: grpc.StatusCode.NOT_FOUND,
    UnknownModelError: grpc.StatusCode.NOT_FOUND,
    NoReleaseError: grpc.StatusCode.NOT_FOUND,
    NoVectorError: grpc.StatusCode.NOT_FOUND,
    WorseModelError: grpc.StatusCode.FAILED_PRECONDITION,
    WrongModelError: grpc.StatusCode.FAILED_PRECONDITION,
    NoIndexError: grpc.StatusCode.FAILED_PRECONDITION,
    UnknownDecisionError: grpc.StatusCode.NOT_FOUND,
    VersionConflictError: grpc.StatusCode.ABORTED,
    NotReadyError: grpc.StatusCode.UNAVAILABLE,
    BrokerUnavailableError: grpc.StatusCode.UNAVAILABLE,
    DeliveryError: grpc.StatusCode.UNAVAILABLE,
    StalledError: grpc.StatusCode.UNAVAILABLE,
    IndexUnavailableError: grpc.StatusCode.UNAVAILABLE,
    RegistryUnavailableError: grpc.StatusCode.UNAVAILABLE,
    OverloadedError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    DeadlineError: grpc.StatusCode.DEADLINE_EXCEEDED,
    NotImplementedError: grpc.StatusCode.UNIMPLEMENTED,
}
"""By error class; a class not listed stands as its nearest base does, anything else is INTERNAL."""

DETAILS: Final = "grpc-status-details-bin"
"""Name of the metadata in which a refusal's details come."""

RETRY_AFTER: Final = "retry-after-ms"
"""Name of the metadata that says after how many milliseconds a refused call may be tried again."""

_MOST_TEXT: Final = 500

_BAD_REQUEST: Final = "type.googleapis.com/google.rpc.BadRequest"
_RETRY_INFO: Final = "type.googleapis.com/google.rpc.RetryInfo"


class ErrorsInterceptor(UnaryInterceptor):
    """Turns what a method raises into a status; only errors of the table show their text to the client."""

    async def around(self, method: str, call: Next, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Return the response, or abort the call."""
        try:
            return await call(request, context)
        except Exception as error:
            code = status_of(error)
            message = _short(str(error))
            if code is grpc.StatusCode.INTERNAL:
                message = f"internal error; the server's log has it under request id {REQUEST_ID.get()}"
                _LOG.exception("%s failed, request id %s", method, REQUEST_ID.get())
            await context.abort(code, message, _metadata(code, message, error))


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
        if detail.type_url == _BAD_REQUEST:
            named += [each.field for each in BadRequest.FromString(detail.value).field_violations]
    return named


def _metadata(code: grpc.StatusCode, message: str, error: Exception) -> tuple[tuple[str, str | bytes], ...]:
    """Return the details of a refusal: which field is to blame, or when to try again."""
    if isinstance(error, InvalidFieldError):
        violation = BadRequest.FieldViolation(field=_short(error.field), description=_short(error.why))
        return ((DETAILS, _details(code, message, _BAD_REQUEST, BadRequest(field_violations=[violation]))),)
    if isinstance(error, LimitedError):
        after_ms = math.ceil(error.retry_after_s * 1000)
        delay = Duration(seconds=after_ms // 1000, nanos=after_ms % 1000 * 1_000_000)
        details = _details(code, message, _RETRY_INFO, RetryInfo(retry_delay=delay))
        return (DETAILS, details), (RETRY_AFTER, str(after_ms))
    return ()


def _short(text: str) -> str:
    """Return the text, cut where it repeats too much of what was sent: clients take no more than 16 kB of metadata."""
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}..."


def _details(code: grpc.StatusCode, message: str, kind: str, detail: Message) -> bytes:
    """Return a google.rpc.Status with one detail."""
    packed = AnyMessage(type_url=kind, value=detail.SerializeToString())
    return bytes(Status(code=code.value[0], message=message, details=[packed]).SerializeToString())
