"""Names and codecs of the Kafka headers that Tideline writes."""

from functools import lru_cache
from typing import Final, Self

from msgspec import Struct

from topics.errors import InvalidOriginError

TRACEPARENT: Final = "traceparent"
"""W3C trace context, so that a trace runs from the producer through the agents."""

ORIGIN: Final = "tl-origin"
"""Where an event that travels on stood first: `topic/partition/offset`."""

_PARTITIONS: Final = 4096
"""How many partitions' places are kept taken apart: every event that travels on names one."""


class Origin(Struct, frozen=True, gc=False):
    """A position in the log: the place of one record for ever, whatever topics it travels through."""

    topic: str
    partition: int
    offset: int

    def encode(self) -> bytes:
        """Return the header's bytes, readable in any Kafka tool."""
        return b"%s%d" % (_prefix(self.topic, self.partition), self.offset)

    @classmethod
    def decode(cls, header: bytes) -> Self:
        """Return the origin that the bytes encode; raise InvalidOriginError if they do not."""
        prefix, _, offset = header.rpartition(b"/")
        try:
            return cls(*_place(prefix), int(offset))
        except ValueError:
            raise InvalidOriginError(f"{header[:100]!r} is not topic/partition/offset") from None


@lru_cache(_PARTITIONS)
def _prefix(topic: str, partition: int) -> bytes:
    return f"{topic}/{partition}/".encode()


@lru_cache(_PARTITIONS)
def _place(prefix: bytes) -> tuple[str, int]:
    topic, _, partition = prefix.partition(b"/")
    return topic.decode(), int(partition)
