"""Keys: how they are made, how they are stored, and whose each one is."""

import threading
from collections.abc import Iterable, Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from schemas.tenant_records import TenantChange
from serving.errors import NotReadyError
from topics.tenants import Key, tenants_of

PREFIX: Final = "tide_"
"""What keys begin with, so that scanners for leaked secrets can know them."""

_RANDOM_BYTES: Final = 32


def new_key() -> str:
    """Return a key of 256 random bits: 48 characters of `a-z A-Z 0-9 _ -`."""
    return PREFIX + token_urlsafe(_RANDOM_BYTES)


def key_hash(key: str) -> str:
    """Return what is stored of a key: its SHA-256, in hexadecimal.

    No slow hash and no salt: they keep people's passwords from being guessed, and 256 random bits cannot be. A slow
    one would cost each call tens of milliseconds, and let anybody burn the server's time with wrong keys.
    """
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class Keyring:
    """The keys of all tenants, in a table that is swapped whole. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: dict[str, TenantChange] = {}
        self._keys: Mapping[str, Key] | None = None

    def add(self, changes: Iterable[TenantChange]) -> None:
        """Know of these changes too. Who adds what, in which order and how often, makes no difference."""
        with self._lock:
            self._changes |= {change.event_id: change for change in changes}
            tenants = tenants_of(self._changes.values())
            self._keys = {key.hash: key for tenant in tenants.values() for key in tenant.keys}

    def tenant(self, key: str, now_ms: int) -> str | None:
        """Return whose key it is at that time, milliseconds since 1970 UTC; None for a wrong or ended one.

        Raises NotReadyError before the first changes: a good key must not be called wrong because nobody has read yet.

        The table is asked by hash. How long that takes may tell of hashes that are near, and whoever tries keys can
        choose no hash: nothing is learned about a key.
        """
        keys = self._keys
        if keys is None:
            raise NotReadyError("the tenants' keys have not been read yet; try again")
        found = keys.get(key_hash(key))
        return found.tenant if found is not None and found.good(now_ms) else None
