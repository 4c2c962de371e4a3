"""One decision in the log, found by the time that its request id tells."""

from threading import Event
from typing import Final
from uuid import RFC_4122, UUID

from schemas.codec import Codec
from schemas.decision_records import Decision
from schemas.tenancy import TenantKey
from schemas.validation import MAX_REQUEST_ID
from topics.catalog import DECISIONS
from topics.offsets import Partition
from topics.partitioning import partition_of
from topics.reader import LogReader

BEFORE_MS: Final = 5_000
"""How much earlier than its request a record may be stamped: clocks of two machines differ."""

AFTER_MS: Final = 60_000
"""How much later: it is written once the answer was sent, and waits where there are many."""

HEAD: Final = 5 + 10 + MAX_REQUEST_ID * 4
"""Bytes within which a record's request id ends, its first field: the registry's prefix, a length, UTF-8."""

_TIMED: Final = 7


def made_at(request_id: str) -> int | None:
    """Return when the id was made, in milliseconds since 1970; None for any but a UUIDv7, which alone tells."""
    try:
        found = UUID(request_id)
    except ValueError:
        return None
    return found.int >> 80 if found.variant == RFC_4122 and found.version == _TIMED else None


def find_decision(
    reader: LogReader,
    codec: Codec[Decision],
    tenant: str,
    request_id: str,
    user: str | None = None,
    *,
    stop: Event | None = None,
) -> Decision | None:
    """Return the tenant's decision of the request, or None: what is looked through is a minute of the log.

    Args:
        reader: of the log.
        codec: of decisions.
        tenant: whose; those of others are passed over by their key.
        request_id: a UUIDv7; of any other the time is not known, and all of the log is looked through.
        user: for whom it was, where that is known: then one partition is enough.
        stop: ends the search when set.

    Raises:
        InvalidFieldError: no such tenant or user can be.
        TopicsError, UndecodableError: as they say.
    """
    partitions = reader.offsets.partitions(DECISIONS.name)
    prefix = f"{tenant}/".encode()
    if user is not None:
        prefix = TenantKey(tenant, user).encode()
        partitions = [partitions[partition_of(prefix, len(partitions))]]
    start, until = _window(reader, partitions, made_at(request_id))
    wanted = request_id.encode()
    for batch in reader.read(start, until, stop=stop):
        for record in batch.records:
            key, value = record.key() or b"", record.value() or b""
            if not (key == prefix if user is not None else key.startswith(prefix)) or wanted not in value[:HEAD]:
                continue
            decision = codec.decode(value)
            if decision.request_id == request_id:
                return decision
    return None


def _window(
    reader: LogReader, partitions: list[Partition], moment: int | None
) -> tuple[dict[Partition, int], dict[Partition, int]]:
    offsets = reader.offsets
    if moment is None:
        return offsets.start(partitions), offsets.end(partitions)
    return offsets.since(partitions, max(0, moment - BEFORE_MS)), offsets.since(partitions, moment + AFTER_MS)
