"""Tenants, and the key of every record."""

import re
from functools import lru_cache
from typing import Final, NamedTuple, Self

from schemas.errors import InvalidFieldError
from schemas.text import check_name, wrong_type

MAX_ID_BYTES: Final = 256
_MAX_TENANT: Final = 63
_TENANT: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_CHUNK_MARK: Final = b"\x00"


def check_tenant(tenant: str, field: str = "tenant_id") -> str:
    """Return the tenant if it is 1 to 63 of `a-z 0-9 . _ -`, beginning with a letter or digit.

    Raises InvalidFieldError otherwise.
    """
    if not isinstance(tenant, str):
        raise wrong_type(tenant, field, "text")
    if len(tenant) > _MAX_TENANT or not _is_tenant(tenant):
        why = "must not be empty" if not tenant else "must be 1 to 63 of a-z 0-9 . _ - and begin with a-z or 0-9"
        raise InvalidFieldError(field, why)
    return tenant


@lru_cache(maxsize=4096)
def _is_tenant(tenant: str) -> bool:
    return _TENANT.fullmatch(tenant) is not None


def check_id(value: str, field: str) -> str:
    """Return the id if it is 1 to 256 bytes of printable UTF-8; raise InvalidFieldError otherwise."""
    if type(value) is str and value.isascii() and value.isprintable() and 0 < len(value) <= MAX_ID_BYTES:
        return value
    check_name(value, field, MAX_ID_BYTES)
    if len(value.encode()) > MAX_ID_BYTES:
        raise InvalidFieldError(field, f"must be at most {MAX_ID_BYTES} bytes long")
    return value


class TenantKey(NamedTuple):
    """The key of every record: whose it is, and which one.

    Its bytes are `tenant/id` in UTF-8: canonical (a tenant has no slash, so the first one parts them), readable
    in any Kafka tool, and without a schema id. Key bytes decide the partition: were they to change with a
    schema, one user's events would land in two partitions and be folded into two rows.
    """

    tenant: str
    id: str

    def encode(self) -> bytes:
        """Return the canonical bytes; raise InvalidFieldError if the tenant or the id is not valid."""
        try:
            return _encoded(self.tenant, self.id)
        except TypeError:  # not text, and nothing that a cache can look up: checked, it is refused by name
            return _encoded.__wrapped__(self.tenant, self.id)

    @classmethod
    def decode(cls, key: bytes) -> Self:
        """Return the key that these bytes encode; raise InvalidFieldError if they are not canonical."""
        try:
            tenant, slash, identity = key.decode().partition("/")
        except UnicodeDecodeError:
            raise InvalidFieldError("key", "is not UTF-8") from None
        if not slash:
            raise InvalidFieldError("key", "must be `tenant/id`")
        return cls(check_tenant(tenant), check_id(identity, "id"))


@lru_cache(maxsize=1 << 16)
def _encoded(tenant: str, identity: str) -> bytes:
    """Return a key's bytes; kept, for a request encodes a hundred keys, mostly those of the requests before it."""
    return f"{check_tenant(tenant)}/{check_id(identity, 'id')}".encode()


def chunk_key(key: bytes, chunk: str) -> bytes:
    """Return the key of one chunk of what `key` names: `tenant/id`, NUL, chunk.

    NUL cannot stand in an id, so `key + NUL` is a prefix of this key's chunks and of nothing else.
    """
    return key + _CHUNK_MARK + chunk.encode()


def chunk_prefix(key: bytes) -> bytes:
    """Return the bytes that all chunk keys of `key` begin with."""
    return key + _CHUNK_MARK


def split_chunk_key(row_key: bytes) -> tuple[bytes, str]:
    """Return (source key, chunk) of a row's key; the chunk is empty for a row that is not chunked."""
    key, _, chunk = row_key.partition(_CHUNK_MARK)
    return key, chunk.decode()
