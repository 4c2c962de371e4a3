"""Paging: a token holds what the pages before it showed, so that any server can make the next one without a repeat.

Servers keep nothing, and the state moves between two pages: only what was shown itself can be left out for sure. The
token is opaque to clients, and bound to its list by a MAC. One who forges it gains nothing: it only keeps items out of
the forger's own list, which the bounds below keep cheap. So it serves without a key, too, as a checksum.
"""

import base64
import binascii
import hmac
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from schemas.errors import InvalidFieldError
from schemas.packing import MARK, join, split
from schemas.tenancy import MAX_ID_BYTES

MAX_PAGED: Final = 1_000
"""Items that a token holds at most; a list ends with the page that shows more in all."""

MAX_TOKEN: Final = 1 << 16
"""Characters of a token at most; where ids are so long that it would be passed, a list ends earlier."""

_VERSION: Final = b"\x01"
_MAC_BYTES: Final = 16
_FIELD: Final = "page_token"


class List(NamedTuple):
    """Whose list is paged through."""

    tenant: str
    user: str
    scenario: str


@dataclass(frozen=True, slots=True)
class PageTokens:
    """Issues tokens and reads them again."""

    key: bytes = b""
    """Servers that have the same one take each other's tokens."""

    def issue(self, of: List, shown: Sequence[str]) -> str:
        """Return the token of the page after those that showed these items; empty where the list is to end."""
        if len(shown) > MAX_PAGED:
            return ""
        packed = zlib.compress(join(shown).encode())
        token = base64.urlsafe_b64encode(_VERSION + self._mac(of, packed) + packed).decode()
        return token if len(token) <= MAX_TOKEN else ""

    def shown(self, of: List, token: str) -> tuple[str, ...]:
        """Return what the pages before the token's showed; nothing where there is no token.

        Raises InvalidFieldError if the token was not issued for this list, or has been changed.
        """
        if not token:
            return ()
        if len(token) > MAX_TOKEN:
            raise InvalidFieldError(_FIELD, f"must be at most {MAX_TOKEN} characters, not {len(token)}")
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise _unknown() from error
        mac, packed = raw[1 : 1 + _MAC_BYTES], raw[1 + _MAC_BYTES :]
        if raw[:1] != _VERSION or not hmac.compare_digest(mac, self._mac(of, packed)):
            raise _unknown()
        return _unpacked(packed)

    def _mac(self, of: List, packed: bytes) -> bytes:
        message = MARK.join((*of, "")).encode() + packed  # no name holds MARK, so no two lists have one message
        return hmac.digest(self.key, _VERSION + message, "sha256")[:_MAC_BYTES]


def _unpacked(packed: bytes) -> tuple[str, ...]:
    """Return the items; with bounds, as without a key anybody can make a token."""
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(packed, MAX_PAGED * (MAX_ID_BYTES + 1)).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise _unknown() from error
    items = tuple(split(text))
    if not unpacking.eof or len(items) > MAX_PAGED:
        raise _unknown()
    return items


def _unknown() -> InvalidFieldError:
    return InvalidFieldError(
        _FIELD, "is no token of this tenant, user and scenario, or has been changed; begin again at the first page"
    )
