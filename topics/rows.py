"""Rows: records of compacted topics as changes of what stands under their keys."""

import logging
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from schemas.codec import Decoder
from schemas.errors import InvalidFieldError, NotFramedError, UndecodableError, UnknownSchemaError
from schemas.records import Record, Row
from schemas.tenancy import TenantKey, split_chunk_key

_LOG = logging.getLogger(__name__)

R = TypeVar("R", bound=Record)


class Change(NamedTuple, Generic[R]):
    """One record: the row that a key has from now on."""

    key: bytes
    """The row's key as it stands in the log."""

    owner: TenantKey
    """Whose row it is: what the key begins with."""

    chunk: str
    """Which of the owner's rows: a day, a scenario; empty where there is but one."""

    row: R | None
    """The row; None if it was deleted."""

    raw: bytes | None
    """The bytes that the row was decoded from; None if it was deleted."""


class RowDecoder(Generic[R]):
    """Decodes the rows of one table, asking the registry once for a schema that is new.

    What is no row of the table was not written by a worker of ours; it is left out, with a line in the log. The
    methods raise RegistryUnavailableError where that cannot be known now.
    """

    def __init__(self, decoder: Decoder[R], fetch: Callable[[int], None]) -> None:
        """Make a decoder; `fetch` brings a schema into its cache (`schemas.loading.Codecs.fetch`)."""
        self._decoder = decoder
        self._fetch = fetch

    def of_applied(self) -> "RowDecoder[Row]":
        """Return what reads of the same rows only how far each is folded."""
        return RowDecoder(self._decoder.narrowed(Row), self._fetch)

    def change(self, key: bytes | None, raw: bytes | None) -> Change[R] | None:
        """Return what the changelog record says; None if its key or value cannot be decoded."""
        try:
            source, chunk = split_chunk_key(key or b"")
            owner = TenantKey.decode(source)
        except (InvalidFieldError, UnicodeDecodeError) as error:
            _LOG.error("record with key %r of %s is left out: %s", key, self._decoder.name, error)
            return None
        row = None if raw is None else self.row(raw)
        return Change(key or b"", owner, chunk, row, raw) if row or raw is None else None

    def row(self, raw: bytes) -> R | None:
        """Return the row; None if the bytes cannot be decoded."""
        try:
            return self._decoded(raw)
        except (NotFramedError, UndecodableError, UnknownSchemaError) as error:
            _LOG.error("a row of %s is left out: %s", self._decoder.name, error)
            return None

    def _decoded(self, raw: bytes) -> R:
        try:
            return self._decoder.decode(raw)
        except UnknownSchemaError as error:
            self._fetch(error.schema_id)
            return self._decoder.decode(raw)
