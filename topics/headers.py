"""Names and codecs of the Kafka headers that Tideline writes."""

from typing import Final, NamedTuple, Self

from topics.errors import InvalidOriginError

TRACEPARENT: Final = "traceparent"
"""W3C trace context, so that a trace runs from the producer through the agents."""

ORIGIN: Final = "tl-origin"
"""Where an event that travels on stood first: `topic/partition/offset`."""


class Origin(NamedTuple):
    """A position in the log: the place of one record for ever, whatever topics it travels through."""

    topic: str
    partition: int
    offset: int

    def encode(self) -> bytes:
        """Return the header's bytes, readable in any Kafka tool."""
        return f"{self.topic}/{self.partition}/{self.offset}".encode()

    @classmethod
    def decode(cls, header: bytes) -> Self:
        """Return the origin that the bytes encode; raise InvalidOriginError if they do not."""
        topic, _, rest = header.partition(b"/")
        partition, _, offset = rest.partition(b"/")
        try:
            return cls(topic.decode(), int(partition), int(offset))
        except ValueError:
            raise InvalidOriginError(f"{header[:100]!r} is not topic/partition/offset") from None
