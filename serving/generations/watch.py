"""Watch: learns which generation is to serve, at start and whenever somebody says so."""

import logging
from collections.abc import Iterator
from threading import Event

from schemas.errors import NotFramedError, RegistryUnavailableError, UndecodableError, UnknownSchemaError
from topics.catalog import GENERATIONS
from topics.errors import BrokerUnavailableError, StalledError
from topics.generation import Generation
from topics.generations import SERVING_KEY, Generations
from topics.reader import LogReader

_LOG = logging.getLogger(__name__)


class Watch:
    """Follows the topic of generations."""

    def __init__(self, reader: LogReader, generations: Generations, retry_s: float) -> None:
        """Take the log, and how long to wait before asking again."""
        self._reader = reader
        self._generations = generations
        self._retry_s = retry_s

    def changes(self, stop: Event) -> Iterator[Generation]:
        """Yield the generation that is to serve, and again each time that somebody says which; blocks in between.

        Ends when `stop` is set. While the broker is away, or what was said cannot be read, it asks again and again:
        what serves goes on. Raises MissingTopicError or OffsetLostError if there is no topic to follow.
        """
        while not stop.is_set():
            try:
                yield from self._followed(stop)
            except (BrokerUnavailableError, RegistryUnavailableError, StalledError) as error:
                _LOG.warning("which generation is to serve cannot be told now: %s", error)
            except (NotFramedError, UndecodableError, UnknownSchemaError) as error:
                _LOG.error("which generation is to serve was said in a record that cannot be read: %s", error)
            stop.wait(self._retry_s)

    def _followed(self, stop: Event) -> Iterator[Generation]:
        offsets = self._reader.offsets
        # Before the first question: what is said between the two is met again, and never missed.
        ends = offsets.end(offsets.partitions(GENERATIONS.name))
        yield self._generations.serving()
        for batch in self._reader.read(ends, stop=stop):
            if any(record.key() == SERVING_KEY for record in batch.records):
                yield self._generations.serving()
