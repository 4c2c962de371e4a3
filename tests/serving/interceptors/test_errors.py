"""The one table from errors to statuses."""

import grpc
import pytest

from schemas.errors import InvalidFieldError, RegistryUnavailableError, TidelineError
from serving.errors import (
    AlreadyExistsError,
    DeadlineError,
    NotReadyError,
    OverloadedError,
    UnknownItemError,
    UnknownTenantError,
    UnknownVersionError,
    ViewError,
)
from serving.interceptors.errors import status_of
from topics.errors import BrokerUnavailableError


class NarrowerError(NotReadyError):
    pass


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidFieldError("count", "must be 1 to 500"), "INVALID_ARGUMENT"),
        (UnknownTenantError("acme"), "NOT_FOUND"),
        (UnknownItemError("tea"), "NOT_FOUND"),
        (AlreadyExistsError("tea"), "ALREADY_EXISTS"),
        (NotReadyError("wait"), "UNAVAILABLE"),
        (NarrowerError("wait"), "UNAVAILABLE"),
        (BrokerUnavailableError("down"), "UNAVAILABLE"),
        (RegistryUnavailableError("down"), "UNAVAILABLE"),
        (OverloadedError("busy"), "RESOURCE_EXHAUSTED"),
        (DeadlineError("late"), "DEADLINE_EXCEEDED"),
        (ViewError("lost"), "INTERNAL"),
        (TidelineError("ours, but the client's business it is not"), "INTERNAL"),
        (UnknownVersionError("serving has no version 7"), "NOT_FOUND"),
        (NotImplementedError("not here"), "UNIMPLEMENTED"),
        (KeyError("a bug"), "INTERNAL"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_each_error_has_its_status(error: Exception, code: str) -> None:
    assert status_of(error) is grpc.StatusCode[code]
