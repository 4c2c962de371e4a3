"""Tokens: JSON Web Tokens of an issuer, each naming a tenant; checked with its public keys."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWK

from schemas.errors import InvalidFieldError
from schemas.tenancy import check_tenant
from serving.errors import UnauthenticatedError
from serving.security.reloaded import Reloaded
from serving.security.settings import AuthSettings

MAX_TOKEN: Final = 8 << 10
"""Most characters of a token: checking one costs time before anybody is known."""

_REQUIRED: Final = ["exp", "iss", "aud"]
_SYMMETRIC: Final = "oct"
_PRIVATE: Final = "d"
"""The member of a JSON Web Key that only a private one has."""

_ONLY: Final = ""
"""Stands for the id of a key that has none."""

_WRONG: Final = "the token is not valid"


class Tokens:
    """Tells whose a token is. Threads may share it."""

    def __init__(self, settings: AuthSettings) -> None:
        """Read the keys; raise InvalidConfigError if there are none."""
        assert settings.jwt_keys is not None  # without keys nobody makes this
        self._settings = settings
        self._keys = Reloaded([settings.jwt_keys], _public_keys)

    def tenant(self, token: str) -> str:
        """Return whose the token is; raise UnauthenticatedError, which says no more than the caller must know.

        The algorithm is one of those allowed and of the key's own kind: a public key is never taken for the secret of
        an HMAC, and a token without a signature is none.
        """
        if len(token) > MAX_TOKEN:
            raise UnauthenticatedError(_WRONG)
        settings = self._settings
        try:
            claims = jwt.decode(
                token,
                self._key(token),
                algorithms=list(settings.jwt_algorithms),
                issuer=settings.jwt_issuer,
                audience=settings.jwt_audience,
                leeway=settings.jwt_leeway_s,
                options={"require": _REQUIRED},
            )
            return check_tenant(claims[settings.jwt_tenant_claim])
        except jwt.ExpiredSignatureError:
            raise UnauthenticatedError("the token has expired; ask its issuer for a new one") from None
        except (jwt.PyJWTError, InvalidFieldError, LookupError, ValueError, TypeError):
            raise UnauthenticatedError(_WRONG) from None  # why, would help whoever forges one

    def _key(self, token: str) -> Any:
        keys = self._keys.get()
        named = jwt.get_unverified_header(token).get("kid", _ONLY)
        found = keys.get(_ONLY if len(keys) == 1 and _ONLY in keys else named)
        if found is None:
            raise UnauthenticatedError(_WRONG)
        return found


def _public_keys(files: Sequence[bytes]) -> Mapping[str, Any]:
    """Return the keys of a JWKS or PEM file by their ids; raise ValueError if it holds anything but public keys."""
    (text,) = files
    try:
        if text.lstrip().startswith(b"-----BEGIN"):
            return {_ONLY: load_pem_public_key(text)}
        found = json.loads(text)["keys"]
        keys = {each.get("kid", _ONLY): PyJWK(each) for each in found}
    except (KeyError, TypeError, AttributeError, UnsupportedAlgorithm, jwt.PyJWTError) as error:
        raise ValueError(f"is neither a JWKS nor a PEM public key: {error}") from error
    if not keys or len(keys) < len(found):
        raise ValueError("holds no key, or two with one id")
    if any(each.get("kty") == _SYMMETRIC or _PRIVATE in each for each in found):
        raise ValueError("holds a secret or private key: tokens are checked with public ones")
    return keys
