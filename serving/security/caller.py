"""Callers: who somebody is, and what they may do."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from serving.errors import PermissionDeniedError, UnauthenticatedError
from serving.security.keyring import Keyring, key_hash
from serving.security.tokens import Tokens

MAX_AUTHORIZATION: Final = 16 << 10
"""Most characters of the metadata `authorization`."""

_BEARER: Final = re.compile(r"bearer +(\S+)", re.IGNORECASE | re.ASCII)

ADMIN: Final = "/recommender.v1.AdminService/"
FOR_OPERATORS: Final = frozenset({f"{ADMIN}ListTenants", f"{ADMIN}CreateTenant"})
"""Methods that concern all tenants."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who has shown who they are."""

    tenant: str | None
    """Whose key they have; None for an operator."""


OPERATOR: Final = Caller(None)


def check_access(caller: Caller, method: str, tenant: str | None) -> None:
    """Raise PermissionDeniedError unless the caller may call the method for the tenant; None: it names none.

    Operators administer all tenants, and read and write nobody's users and items.
    """
    if caller.tenant is None:
        if not method.startswith(ADMIN):
            raise PermissionDeniedError(
                "the operators' key is for AdminService; call this with a key of the tenant: "
                "`tideline tenants rotate` makes one"
            )
    elif method in FOR_OPERATORS or tenant is None:
        raise PermissionDeniedError("only operators may do this")
    elif caller.tenant != tenant:
        raise PermissionDeniedError("the key is not one of the request's tenant")


class Doorkeeper:
    """Tells who calls, by what they show. Threads may share it."""

    def __init__(
        self, keyring: Keyring, clock: Callable[[], int], operators: Collection[str] = (), tokens: Tokens | None = None
    ) -> None:
        """Take the tenants' keys, the time in milliseconds, hashes of operators' keys, and who reads tokens."""
        self._keyring = keyring
        self._clock = clock
        self._operators = tuple(operators)
        self._tokens = tokens

    def caller(self, authorization: str | None, certified: str | None) -> Caller:
        """Return who calls; raise UnauthenticatedError, or NotReadyError before the keys were read.

        Args:
            authorization: what was sent under that name; where anything was, it alone decides.
            certified: the tenant that a client certificate names, if one does.
        """
        if authorization is None:
            if certified is None:
                raise UnauthenticatedError("a key must be sent as `authorization: Bearer <key>`")
            return Caller(certified)
        found = _BEARER.fullmatch(authorization) if len(authorization) <= MAX_AUTHORIZATION else None
        if found is None:
            raise UnauthenticatedError("authorization must be `Bearer <key>`")
        return self._bearer(found[1])

    def _bearer(self, key: str) -> Caller:
        if self._tokens is not None and key.count(".") == 2:  # our keys have no dots
            return Caller(self._tokens.tenant(key))
        digest = key_hash(key)
        if any(compare_digest(digest, operator) for operator in self._operators):
            return OPERATOR
        tenant = self._keyring.tenant(key, self._clock())
        if tenant is None:
            raise UnauthenticatedError("the key is not valid (any more)")
        return Caller(tenant)
